"""What it is: a sentence without odd nouns, made of what the tools are called and described."""

import json

import pytest

from threatmodel.assessment import assess
from threatmodel.description.load import load_agent_text
from threatmodel.outputs.pages.subject import what_it_is


def told(*tools, name="acme-server"):
    listed = [{"name": tool, "description": said} for tool, said in tools]
    text = f"name: {name}\nkind: mcp-server\ntools: {json.dumps(listed)}\n"
    return what_it_is(assess(load_agent_text(text.encode(), "a.yaml")))


@pytest.mark.parametrize(
    ("tool", "said", "does"),
    [
        ("list_invoices", "List invoices.", "look up invoices (1 tool)"),
        ("invite_member", "Invite a member to the board.", "invite members (1 tool)"),
        ("unlock_door", "Unlock a door.", "unlock doors (1 tool)"),
        ("stop_heating", "Stop the heating.", "stop heating (1 tool)"),
        ("reboot_lift", "Reboot a lift.", "reboot lifts (1 tool)"),
        (
            "announce_on_board",
            "Read a text out over the loudspeakers.",
            "announce on board (1 tool)",
        ),
        ("post_to_channel", "Post a message to a channel.", "send or publish messages (1 tool)"),
        ("command_commands", "Run a command.", "run command"),
        ("create_dsn", "Create a DSN for a project.", "create DSNs (1 tool)"),
        ("get_dns", "Get the DNS settings of a domain.", "look up DNS"),
        ("aggregate_logs", "Read select queries over log groups.", "log"),
        (
            "place_order",
            "Place a limit order at the exchange.",
            "spend or move money with limit orders",
        ),
        ("generate_map", "Generate a map of places.", "make maps (1 tool)"),
        ("list_docs_and_notes", "List docs and notes.", "use list_docs_and_notes (1 tool)"),
    ],
)
def test_a_tool_is_told_by_what_it_does_to_what(tool, said, does):
    assert does in told((tool, said))


def test_the_name_of_the_product_is_no_thing_of_its_tools():
    said = told(
        ("git_log", "Show the commit log of a git repository."),
        ("git_diff", "Show git diffs."),
        ("git_show", "Show a git commit."),
        name="git",
    )
    assert "gits" not in said


def test_what_no_word_tells_is_named_by_its_tool_and_stands_last():
    said = told(("frob_it", "Frob."), ("list_users", "List users."), ("wibble", "Wibble."))
    assert said.endswith("look up users (1 tool) and use frob_it and `wibble` (2).")


def test_words_that_say_little_make_way_for_those_that_say_more():
    said = told(
        ("get_info", "Get info."), ("list_lists", "List lists."), ("get_user", "Get a user.")
    )
    assert "look up users, lists and more (3 tools)" in said
