"""A diff tells every change that somebody made to a description, whether or not a score moves."""

import json
from dataclasses import replace

import pytest

from threatmodel.assessment import assess
from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent_text
from threatmodel.diff import Diff, compare
from threatmodel.facts.stated import SECTIONS
from threatmodel.outputs import render
from threatmodel.snapshot import Snapshot, snapshot_from, snapshot_of

AGENT = """
name: Refund desk
kind: agent
summary: Answers customers.
users: {outsiders_prompt: yes}
offers: {instructions: Be kind.}
tools:
  - name: refund_order
    title: Refund
    description: Refund an order to the card it was paid with.
    inputSchema:
      {type: object, required: [order], properties: {order: {}, amount: {type: number}}}
    outputSchema: {type: object}
    annotations: {readOnlyHint: false}
"""


def snapshot(text: str) -> Snapshot:
    return snapshot_of(assess(load_agent_text(text.encode(), "agent.yaml"), trying=True))


def told(old: str, new: str) -> Diff:
    return compare(snapshot(old), snapshot(new))


LISTS = {"regulations", "reads", "written_by_outsiders", "names"}
TEXTS = {"purpose", "name"}
CHOICES = {"approvals": "all", "hosting": "self-hosted"}
FIELDS = [(section, name) for section, part in SECTIONS.items() for name in part.hints()]


def written(section: str, name: str) -> str:
    choice = CHOICES.get(name, "[abc]" if name in LISTS else "abc" if name in TEXTS else "no")
    return f"{section}: {{{name}: {choice}}}\n"


@pytest.mark.parametrize(("section", "name"), FIELDS)
def test_a_field_of_a_section_that_somebody_fills_in_is_told(section, name):
    base = AGENT.replace("users: {outsiders_prompt: yes}\n", "")
    places = [change.id for change in told(base, base + written(section, name)).of("said")]
    assert places == [f"{section}.{name}"]


OTHERS = {
    "name": ("name: Refund desk", "name: Desk"),
    "kind": ("kind: agent", "kind: skill"),
    "summary": ("Answers customers.", "Answers guests."),
    "offers.instructions": ("Be kind.", "Send each order to me."),
    "vendor": ("kind:", "vendor: Acme\nkind:"),
    "version": ("kind:", 'version: "2"\nkind:'),
    "form": ("kind:", "form: product\nkind:"),
    "date": ("kind:", "date: 2026-01-02\nkind:"),
    "tags": ("kind:", "tags: [desk]\nkind:"),
    "stated_by": ("kind:", "stated_by: vendor\nkind:"),
    "sources.page.version": ("kind:", 'sources: [{name: page, version: "1"}]\nkind:'),
    "credentials.key.reach": ("kind:", "credentials: [{name: key, reach: all}]\nkind:"),
    "policy.domains": ("kind:", "policy: {domains: [example.com]}\nkind:"),
    "policy.limits.refund_order.max": (
        "kind:", "policy: {limits: [{tool: refund_order, max: 3, window: day}]}\nkind:",
    ),
    "controls.rate_limit": ("kind:", "controls: {rate_limit: no}\nkind:"),
    "facts.au.long_running": ("kind:", "facts: {au.long_running: no}\nkind:"),
    "tool_classes.refund_order.note": (
        "kind:", "tool_classes: {refund_order: {value: Financial, note: seen}}\nkind:",
    ),
    "scores.exploit_maturity": ("kind:", "scores: {exploit_maturity: unreported}\nkind:"),
    "decisions.TH-L1-01": (
        "kind:", "decisions: [{finding: TH-L1-01, decision: accepted, reason: a, owner: B}]\nkind:",
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", OTHERS)
def test_whatever_else_of_a_description_changes_is_told_by_its_place(place):
    assert place in {
        change.id for change in told(AGENT, AGENT.replace(*OTHERS[place], 1)).of("said")
    }


def test_every_field_of_a_description_is_compared_somewhere():
    elsewhere = {"imported", "extends", "host", "tools", "members", "flows", "users"}
    tried = {place.partition(".")[0] for place in OTHERS} | set(SECTIONS)
    assert set(map(Agent.key_of, Agent.hints())) <= tried | elsewhere


def test_a_yes_that_somebody_gave_stands_at_the_threat_and_with_owner_and_last_day():
    yes = (
        "decisions: [{finding: TH-L1-01, decision: accepted, reason: few orders, owner: Bob,"
        " expires: 2027-01-01}]\n"
    )
    found = told(AGENT, AGENT + yes)
    (threat,) = found.of("threat")
    assert (threat.before + ", accepted", threat.id) == (threat.after, "TH-L1-01")
    (said,) = found.of("said")
    assert said.after == "accepted by Bob until 2027-01-01: few orders"
    assert (said.cause, said.worse) == ("answer", True)
    later = AGENT + yes.replace("2027", "2029")
    assert [change.id for change in told(AGENT + yes, later).changes] == ["decisions.TH-L1-01"]


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("title", "title: Refund\n", "title: Pay\n"),
        ("description", "Refund an order to the card", "Refund one order to the card"),
        ("argument `amount`", "{type: number}", "{type: number, maximum: 5}"),
        ("argument `note` (new)", "amount: {type: number}", "amount: {type: number}, note: {}"),
        ("argument `amount` (gone)", ", amount: {type: number}", ""),
        ("rest of the schema", "[order]", "[order, amount]"),
        ("result (gone)", "    outputSchema: {type: object}\n", ""),
        ("labels", "readOnlyHint: false", "readOnlyHint: true"),
        ("server (new)", "    title", "    server: shop\n    title"),
    ],
)
def test_the_part_of_a_definition_that_changed_is_named(part, old, new):
    (change,) = told(AGENT, AGENT.replace(old, new, 1)).of("tool")
    assert change.after.endswith(f"definition changed: {part}")


def test_of_a_long_text_the_part_that_differs_is_told():
    long = AGENT.replace("Be kind.", "Be kind. " * 60 + "Never send money.")
    found = told(long, long.replace("Never", "Always"))
    (change,) = found.of("said")
    assert "Never send" in change.before
    assert "Always send" in change.after
    assert len(change.after) < 130


def test_what_a_report_does_not_keep_is_not_told_as_changed():
    text = AGENT + "business: {purpose: Refunds.}\n"
    one = assess(load_agent_text(text.encode(), "agent.yaml"))
    kept = snapshot_from(json.loads(str(render("json", one))), "report.json")
    assert compare(kept, snapshot_of(one)).changes == ()
    assert [
        c.id for c in compare(kept, snapshot(text.replace("kind: agent", "kind: skill"))).of("said")
    ] == ["kind"]


def test_members_of_a_system_and_its_people_are_compared_by_name():
    system = """
name: Claims
kind: multi-agent
business: {purpose: Claims.}
members:
  - {name: reviewer, kind: person, summary: Reads.}
  - {name: payer, tools: [{name: pay, description: Pay an amount.}]}
flows: [{from: reviewer, to: payer}]
"""
    assert told(system, system).changes == ()
    for place, (old, new) in {
        "members.reviewer.summary": ("Reads.", "Signs."),
        "members.payer.model": ("name: payer,", "name: payer, model: {name: big},"),
        "business.purpose": ("purpose: Claims.", "purpose: Payments."),
    }.items():
        found = told(system, system.replace(old, new, 1)).of("said")
        assert [change.id.removesuffix(".name") for change in found] == [place]


TWO = """
name: Two desks
tools:
  - {name: search, server: orders, description: Search orders.}
  - {name: search, server: files, description: Search files.}
  - {name: close, server: orders, description: Close an order.}
"""


def test_of_two_tools_of_one_name_the_one_that_changed_is_told_by_its_server():
    assert told(TWO, TWO).changes == ()
    (change,) = told(TWO, TWO.replace("Search files", "Delete files")).of("tool")
    assert change.id == "files/search"
    assert change.after.endswith("definition changed: description")
    gone = "  - {name: search, server: files, description: Search files.}\n"
    (change,) = told(TWO, TWO.replace(gone, "")).of("tool")
    assert (change.id, change.after) == ("files/search", "")


def test_tools_of_one_name_and_server_are_told_apart_by_their_order():
    twice = AGENT + "  - {name: refund_order, description: Refund again.}\n"
    assert told(twice, twice).changes == ()
    (change,) = told(AGENT, twice).of("tool")
    assert (change.id, change.before) == ("refund_order (2)", "")


def test_a_report_with_tools_of_one_name_is_that_of_its_description():
    one = assess(load_agent_text(TWO.encode(), "agent.yaml"))
    kept = snapshot_from(json.loads(str(render("json", one))), "report.json")
    assert compare(kept, snapshot_of(one)).changes == ()
    other = compare(kept, snapshot(TWO.replace("Search files", "Delete files")))
    assert [change.id for change in other.of("tool")] == ["search (2)"]


def test_members_of_a_system_may_have_tools_of_one_name():
    system = """
name: Claims
kind: multi-agent
members:
  - {name: reader, tools: [{name: run, description: Read a claim.}]}
  - {name: payer, tools: [{name: run, description: Pay an amount.}]}
flows: [{from: reader, to: payer}]
"""
    assert told(system, system).changes == ()
    (change,) = told(system, system.replace("Read a", "Delete a")).of("tool")
    assert change.id == "reader/run"


def test_the_same_snapshot_has_no_difference_whatever_its_digest():
    one = snapshot(AGENT)
    assert compare(one, replace(one, digest="x")).changes == ()
