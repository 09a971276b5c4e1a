"""Promises of the sentences: nothing false, counts that agree, at most ten findings to act on."""

from pathlib import Path

import pytest

from tests.support.claims import HARMLESS, counts, untrue
from tests.test_corpus_model import agent_of
from threatmodel.advise.extras import worst_of
from threatmodel.assessment import Assessment, assess
from threatmodel.classify.words import plural
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.load import load_agent
from threatmodel.outputs.pages.abilities import doing_of
from threatmodel.outputs.pages.findings import cards, merged
from threatmodel.outputs.report_markdown import render
from threatmodel.policy.tool_page import tool_page

ROOT = Path(__file__).parents[1]
DESCRIBED = sorted([*ROOT.glob("agents/*.yaml"), *ROOT.glob("tests/trades/*.yaml")])
CARDS = 10


def server(tools: dict[str, str], **fields: object) -> Assessment:
    made = tuple(Tool(name=name, description=text) for name, text in tools.items())
    return assess(Agent(name="Probe", kind="mcp-server", tools=made, **fields))


def faults(one: Assessment) -> list[str]:
    found = [*untrue(one)]
    told = counts(one)
    if len(told) > 1:
        found.append(f"counts of tools that return what is not public: {told}")
    shown = cards(one)
    ids = [f.id for card in shown for f in (card.finding, *(part for _, part in card.parts))]
    if len(shown) > CARDS:
        found.append(f"{len(shown)} findings to act on")
    if one.model.open and one.score.threat not in ids:
        found.append(f"the headline's {one.score.threat} is not among the findings to act on")
    return found


@pytest.mark.parametrize("file", DESCRIBED, ids=lambda file: file.stem)
def test_nothing_false_is_said_of_described_agents(file):
    assert faults(assess(load_agent(file))) == []


@pytest.mark.long
def test_nothing_false_is_said_of_recorded_servers(corpus, say):
    found, rows = [], []
    for file in sorted((corpus / "mcp").glob("*.json")):
        one = assess(agent_of(file))
        found += [f"{file.stem}: {fault}" for fault in faults(one)]
        first = [f for f, _ in merged(one.model.open) if f.priority in ("act now", "plan")]
        rows.append(len(first))
    over = sum(row > CARDS for row in rows)
    say(f"{len(rows)} reports: {over} with more than ten findings to act on, {max(rows)} at most")
    assert found == []


def test_the_summary_is_about_a_threat_of_its_own():
    one = server({"wire_out": "Wire money from a client account to a bank account."})
    shared = {f.attack for f in one.model.shared}
    assert one.model.summary not in shared


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("cancel_order", "Cancel an order that has not been filled."),
        ("emergency_stop", "Stop all motion of a crane at once."),
        ("abort_job", "Abort a running job."),
    ],
)
def test_a_brake_is_told_as_what_stops_and_never_as_what_destroys(name, says):
    one = server({name: says})
    assert one.facts.by_tool["t.stop"] == (name,)
    assert not [fact for fact in HARMLESS if name in one.facts.by_tool.get(fact, ())]


def test_a_cancelled_booking_is_gone():
    one = server({"cancel_booking": "Cancel a booking."})
    assert one.facts.by_tool["t.delete"] == ("cancel_booking",)


def test_what_overwrites_is_not_said_to_delete():
    one = server(
        {
            "delete": "Delete a record of any type.",
            "update_page": "Permanently deletes the old page, then updates the index.",
        }
    )
    text = next(f.text for f in one.model.open if f.id == "TH-L2-06")
    assert "`delete` and update_page remove or overwrite what they are pointed at." in text


def test_what_opens_files_is_not_said_to_fetch_records():
    schema = {"properties": {"input_file": {"type": "string"}, "output_file": {"type": "string"}}}
    tool = Tool(
        name="convert_document",
        description="Convert the file at a path to another format.",
        inputSchema=schema,
    )
    one = assess(Agent(name="Probe", kind="mcp-server", tools=(tool,)))
    told = {f.id: f.text for f in one.model.open}
    assert "opens whatever path" in told["TH-L2-01"]
    assert "whole files" in told["TH-L2-08"]


def test_a_reason_that_our_rules_add_names_no_file_of_ours():
    one = assess(load_agent(ROOT / "agents/confluent.yaml"))
    places = {reason.place for card in cards(one) for reason in card.reasons}
    assert {"assumed", "follows from other facts"} <= places
    assert not [place for place in places if "frameworks" in place]


def test_what_only_takes_delicate_data_in_is_not_said_to_return_it():
    one = server(
        {
            "get_child": "Return a child's name, class, allergies and balance.",
            "set_allergies": "Set the allergies of a child.",
        }
    )
    layer = next(layer for layer in one.model.layers if layer.id == "L2")
    assert layer.text.startswith("get_child returns what is nowhere called public")
    assert "This server handles health data." in layer.text


def test_a_group_without_names_is_spoken_of_as_many():
    facts = {"ma.multi_agent": True, "ma.third_party_peer": False}
    one = assess(Agent(name="Probe", kind="agent", facts=facts))
    said = next(f.text for f in one.model.findings if f.id == "TH-L7-03")
    assert said.startswith("Other agents send messages to ")


@pytest.mark.parametrize(
    ("one", "many"),
    [("child", "children"), ("sick person", "sick people"), ("analysis", "analyses")],
)
def test_odd_plurals_are_known(one, many):
    assert plural(one) == many


def test_one_remedy_for_the_same_tools_and_cause_is_one_finding():
    for file in DESCRIBED:
        groups = merged(assess(load_agent(file)).model.open)
        firsts = [first for first, _ in groups]
        alike = [
            (a.id, b.id)
            for at, a in enumerate(firsts)
            for b in firsts[at + 1 :]
            if (a.tools, a.because, a.mitigations[:2]) == (b.tools, b.because, b.mitigations[:2])
        ]
        assert alike == []


def test_every_open_finding_is_told_once_in_markdown():
    for file in DESCRIBED:
        one = assess(load_agent(file))
        part = render(one).split("## Findings")[1].split("## Seven layers")[0]
        assert {f.id: part.count(f"`{f.id}`") for f in one.model.open} == dict.fromkeys(
            (f.id for f in one.model.open), 1
        )


def lost(tools: dict[str, str]) -> str:
    return next(p.story for p in server(tools).model.paths if p.impact == "data-lost")


def test_what_most_tools_are_about_is_named_first():
    tools = {
        "delete_label": "Delete a label.",
        "delete_order": "Delete an order.",
        "list_orders": "List the orders.",
        "create_order": "Create an order.",
    }
    assert "Orders and labels are gone" in lost(tools)


def test_of_two_things_of_one_kind_and_another_one_of_each_is_named():
    tools = {
        "delete_mail_rule": "Delete a mail rule.",
        "delete_firewall_rule": "Delete a firewall rule.",
        "delete_case": "Delete a case.",
    }
    assert " rules, cases and more are gone" in lost(tools)


def test_a_thing_is_named_where_its_verb_stands_last_and_as_it_is_counted():
    tools = {
        "container_remove": "Removes a Docker or Podman container.",
        "container_list": "Lists the containers.",
    }
    assert "Containers are gone" in lost(tools)


def test_the_state_of_a_thing_is_told_as_the_thing():
    one = server({"get_order_status": "Get the status of an order.", "list_orders": "List orders."})
    (story,) = (path.story for path in one.model.paths if path.impact == "data-exposed")
    assert "Orders are read out" in story


READS = {"get_patient": "Get the medical record of a patient.", "list_visits": "List the visits."}


def test_what_only_reads_can_be_read_out_to_strangers():
    """On a host of several servers another tool of the session can hand on what one reads."""
    one = server(READS)
    exposed = [path for path in one.model.paths if path.impact == "data-exposed"]
    assert any("can hand" in path.story and "strangers" in path.story for path in exposed)
    assert any("ealth data" in path.story for path in exposed)


def test_of_a_leak_and_what_may_become_one_the_leak_is_told():
    one = server(READS | {"send_mail": "Send a mail to somebody."})
    told = [case.impact for case in worst_of(one)]
    assert "data-leaked" in told
    assert "data-exposed" not in told


def test_a_link_that_is_shared_is_not_said_to_pass_words_on():
    tools = {"create_shared_link": "Create a public link to an album, for anyone.", **READS}
    told = next(f for f in server(tools).model.findings if f.id == "TH-L7-09")
    assert "stranger's words on" not in told.attack


def test_what_is_removed_is_not_said_to_run_then():
    tools = {"server_remove": "Removes a server.", "server_stop": "Stops a server."}
    (drained,) = (one for one in server(tools).model.findings if one.id == "TH-L4-08")
    assert "change which of them run" in drained.text
    assert "is paid for by the owner" in drained.attack


def test_what_can_hurt_is_among_the_stories_that_are_told():
    """Damage to people or things is kept, however many other ways there are."""
    tools = {
        "unlock_door": "Open the electronic lock of the service door.",
        "set_temperature": "Change the target temperature of a cooled machine.",
        "refund_sale": "Refund a card sale.",
        "reboot_machine": "Restart the controller of a machine.",
        "set_price": "Set the price of a product.",
        "get_sales": "Get the sales of a machine.",
        "list_machines": "List the machines of a route.",
    }
    assert any(path.impact == "person-harmed" for path in server(tools).model.paths)


def test_nobody_changes_people_but_records_of_them():
    tools = {
        "update_pupil": "Update a pupil.",
        "list_pupils": "List the pupils.",
        "add_pupil": "Add a pupil.",
    }
    told = [p.story for p in server(tools).model.paths if p.impact == "data-altered"]
    assert any("Records of pupils are made or changed" in story for story in told)


def test_what_everybody_reads_is_told_before_who_is_invited():
    tools = {
        "publish_show": "Publish a show to all directories.",
        "invite_helper": "Send an invitation by e-mail to a helper.",
        "list_comments": "List the comments of listeners.",
    }
    told = [p.story for p in server(tools).model.paths if p.impact == "voice-misused"]
    assert told
    assert all("verybody reads, by way of publish_show," in story for story in told)


def test_a_deed_whose_thing_stands_first_is_told_in_its_own_words():
    tools = {"filing_submit": "Submit a prepared envelope. Fees are charged to the account."}
    assert "submit filings" in doing_of(server(tools))


SENDS = {
    "get_profile": "Get the profile of a customer.",
    "push_notice": "Push a message to a customer.",
    "delete_menu": "Delete a menu.",
    "list_menus": "List the menus.",
    "set_menu": "Set the menu of a customer.",
}


def test_a_leak_is_told_once_and_leaves_room_for_other_damage():
    told = [path.impact for path in server(SENDS).model.paths]
    assert "data-leaked" in told
    assert "data-exposed" not in told
    assert "voice-misused" in told


def test_changed_records_are_worse_than_wrong_advice():
    tools = {"update_note": "Update a note.", "list_notes": "List your notes."}
    told = [case.impact for case in worst_of(server(tools))]
    assert told.index("data-altered") < told.index("person-harmed")


@pytest.mark.parametrize(
    ("name", "says", "told"),
    [
        ("compose_music", "Compose music.", "music"),
        ("update_bank_details", "Change the bank details of an artist.", "bank details"),
        ("dispatch_mechanic", "Send a mechanic to a site.", "dispatch mechanics"),
        ("serve_parties", "Serve the parties of a case by e-mail.", "serve parties"),
        ("make_outbound_call", "Make an outbound call.", "place outbound calls"),
        ("record_donation", "Record a gift or donation.", "gifts"),
        ("hold_berth", "Reserve a berth for a yacht.", "reserve berths"),
        ("attach_scan", "Attach a scan to a specimen.", "attach scans"),
        ("invite_relative", "Invite a relative by e-mail to see the tree.", "invite relatives"),
        ("remove_novice", "Remove a novice from the list of monks.", "remove novices"),
        ("reply_listener", "Reply to a listener.", "reply to listeners"),
        ("grant_permit", "Grant a permit.", "grant permits"),
        ("share_map", "Make a public link to a map.", "share maps"),
    ],
)
def test_what_is_done_is_told_in_words_of_the_trade(name, says, told):
    assert told in doing_of(server({name: says, "list_things": "List the things."}))


def test_the_page_of_a_tool_says_what_it_does_by_its_own_verb():
    page = tool_page(server({"hold_berth": "Reserve a berth for a yacht."}), "hold_berth")
    assert page.does == "hold_berth reserves berths."
    answers = {one.question: one.answer for one in page.questions}
    assert answers["What does hold_berth do?"] == page.does


@pytest.mark.parametrize(
    ("name", "says", "does"),
    [
        ("get_sailor", "Get a sailor.", "looks up sailors."),
        ("search_charts", "Search the charts of a coast.", "searches charts."),
        ("find_berth", "Find a free berth.", "finds berths."),
        ("berth_get_by_id", "Get a berth.", "looks up berths."),
        ("rank_berths", "Rank the berths.", "ranks berths."),
        ("connect_all", "Connects.", "changes or sends something."),
        ("search_by_reader", "Search notes sent to a reader.", "searches notes."),
        ("list_by_age", "List letters received of late.", "lists letters."),
        ("zqmar_berth_create", "Create a berth.", "creates berths."),
        ("suggest", "Suggest berths similar to one.", "suggests berths."),
        (
            "should_i_moor",
            "Decide whether to moor.",
            "looks things up and leaves them as they are.",
        ),
        (
            "get_mentioned",
            "Get who is named.",
            "looks things up and leaves them as they are.",
        ),
        ("export_tmx", "Export the memory as TMX.", "exports TMXs."),
        ("invite_relative", "Invite a relative by e-mail.", "invites relatives."),
        ("open_coop", "Open the motorised door of the coop.", "opens motorised doors."),
        ("book_hall", "Book the parish hall.", "books parish halls."),
        ("merge_donors", "Merge two donors.", "merges donors."),
        ("log_time", "Log time on a matter.", "logs time."),
        ("undo_action", "Undo an action.", "undoes actions."),
        ("remove_novice", "Remove a novice from the list.", "removes novices."),
    ],
)
def test_a_page_says_nothing_of_a_tool_that_it_does_not_do(name, says, does):
    assert tool_page(server({name: says}), name).does == f"{name} {does}"


def test_a_page_tells_the_worst_of_several_operations_as_one_of_them():
    kinds = {"type": "string", "enum": ["list", "purge", "show"]}
    tool = Tool(name="crane_log", description="Log.", inputSchema={"properties": {"action": kinds}})
    one = assess(Agent(name="Probe", kind="mcp-server", tools=(tool,)))
    does = "What crane_log does depends on its argument action; at worst it"
    assert tool_page(one, "crane_log").does.startswith(does)


def test_a_page_asserts_nothing_of_a_tool_that_nobody_understood():
    page = tool_page(server({"morph_zq": "Morphs."}), "morph_zq")
    assert page.does.startswith("Nothing in its definition says what morph_zq does")


def test_where_one_tool_tells_of_animals_health_is_in_doubt():
    tools = {
        "list_slips": "List prescriptions.",
        "get_history": "Return the prescriptions of a horse.",
        "find_owner": "Find an owner.",
    }
    one = server(tools)
    told = render(one).split("## Policy")[0]
    assert "In doubt: it handles health data." in told
    assert "- It handles health data" not in told


def test_who_looks_up_the_catalogue_returns_nothing_that_is_called_private():
    tools = {
        "search_titles": "Search titles by author.",
        "find_patron": "Find a patron by e-mail.",
        "send_notice": "Send a notice to a patron by e-mail.",
    }
    text = " ".join(layer.text for layer in server(tools).model.layers)
    assert "return what is nowhere called public" in text


def test_what_lies_within_reach_is_not_returned():
    path = {"properties": {"file_path": {"type": "string", "description": "Path of the file"}}}
    tool = {"name": "check_file", "description": "Check a bilingual file.", "inputSchema": path}
    key = {"name": "a key", "kind": "static-key", "stored_locally": True}
    made = {"name": "Probe", "kind": "mcp-server", "tools": [tool], "credentials": [key]}
    model = assess(Agent.of(made)).model
    because = next(layer.because for layer in model.layers if layer.id == "L2")
    assert "keys lie within reach of its tools" in because


def test_only_what_sends_is_read_by_people():
    tools = {
        "message_parents": "Message the parents of a child.",
        "mark_attendance": "Mark a child present.",
        "note_meal": "Note what was eaten.",
    }
    told = [p.story for p in server(tools).model.paths if "people read" in p.story.lower()]
    assert told
    assert all("by way of message_parents," in story for story in told)


@pytest.mark.parametrize(
    ("fact", "tools"),
    [
        ("d.health", {"get_chair": "Chair of a dialysis session of a patient."}),
        ("d.payment", {"get_card": "Card of a toll: brand, last four digits, expiry."}),
        ("ma.multi_agent", {"hand_over_berth": "Hand a berth over to another agent."}),
    ],
)
def test_what_tools_show_is_known_whoever_is_asked_where_they_do_not(fact, tools):
    shown, silent = server(tools), server({"list_berths": "List the berths of a quay."})
    assert (shown.facts.facts[fact].value, shown.facts.facts[fact].basis) == (True, "observed")
    assert silent.facts.facts[fact].value is False
    asked = [one.fact for one in shown.score.questions]
    assert fact not in asked


def test_whoever_hands_work_to_agents_is_not_said_to_start_none():
    facts = server({"hand_over_berth": "Hand a berth over to another agent."}).facts.facts
    assert facts["ma.delegates"].basis == "assumed"
    facts = server({"list_berths": "List the berths of a quay."}).facts.facts
    assert facts["ma.delegates"].basis == "derived"
