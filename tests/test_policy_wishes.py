"""A wish of a description that comes to nothing is told, with why; one that holds is not."""

import pytest

from threatmodel.assessment import assess
from threatmodel.description.load import load_agent_text

AGENT = """
name: Desk
kind: agent
tools:
  - name: look_up_order
    description: Look up an order.
    inputSchema: {type: object, properties: {id: {type: string}}}
  - name: refund_order
    description: Refund an order to the card it was paid with.
    inputSchema: {type: object, properties: {order: {type: string}, amount: {type: number}}}
"""
MAIL = """
  - name: send_mail
    description: Send a mail to a customer.
    inputSchema: {type: object, properties: {to: {type: string}, body: {type: string}}}
"""
FILES = """
  - name: read_file
    description: Read a file.
    inputSchema: {type: object, properties: {path: {type: string}}}
"""
WEB = """
  - name: web_fetch
    description: Fetch a web page.
    inputSchema: {type: object, properties: {url: {type: string}}}
"""
TOLD = {"no guard is made from it", "it changes nothing", "no call passes by it"}


def told(text: str) -> dict[str, str]:
    plan = assess(load_agent_text(text.encode(), "agent.yaml")).plan
    return {one.name: one.says for one in plan.parameters if one.default in TOLD}


@pytest.mark.parametrize("wish", ["domains", "paths", "recipients", "statements", "topics"])
def test_a_list_that_no_argument_is_held_to_is_told(wish):
    found = told(f"{AGENT}policy: {{{wish}: [abc]}}\n")
    assert found == {f"policy.{wish}": "No tool has an argument that is held to it."}


@pytest.mark.parametrize(
    ("tools", "wish", "value"),
    [
        (WEB, "domains", "https://example.com/x"),
        (WEB, "domains", "*"),
        (WEB, "domains", "ex*.com"),
        (MAIL, "recipients", "*@example.com"),
        (MAIL, "recipients", "Bob <bob@example.com>"),
        (FILES, "paths", "/srv/**"),
        (FILES, "paths", "/srv/*.txt"),
    ],
)
def test_a_value_that_no_call_can_meet_is_told_with_how_it_is_written(tools, wish, value):
    found = told(f"{AGENT}{tools}policy: {{{wish}: ['{value}']}}\n")
    assert list(found) == [f"policy.{wish}"]
    assert found[f"policy.{wish}"].startswith(f"`{value}` is no ")


@pytest.mark.parametrize(
    ("tools", "wish", "values"),
    [
        (WEB, "domains", "example.com, '*.example.org', localhost"),
        (MAIL, "recipients", "'@example.com', bob@example.com"),
        (FILES, "paths", "/srv/reports, '/home/*/work', '.', /"),
    ],
)
def test_a_wish_that_holds_something_is_not_told(tools, wish, values):
    assert told(f"{AGENT}{tools}policy: {{{wish}: [{values}]}}\n") == {}


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("allow: [refund_order], approve: [refund_order]", "stands under `approve` as well"),
        ("allow: [refund_order], tools: [look_up_order]", "is not among `tools`"),
    ],
)
def test_leave_that_another_wish_takes_back_is_told(policy, says):
    assert says in told(f"{AGENT}policy: {{{policy}}}\n")["policy.allow"]


def test_values_of_a_tool_that_waits_are_told_until_it_is_let_through():
    values = "values: {refund_order.order: ['1']}"
    assert "refund_order is held" in told(f"{AGENT}policy: {{{values}}}\n")["policy.values"]
    assert told(f"{AGENT}policy: {{{values}, allow: [refund_order]}}\n") == {}
