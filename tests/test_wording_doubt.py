"""Where a name alone speaks of a harm, sentences keep to the name: nothing thin is asserted."""

import pytest

from threatmodel.advise.extras import worst_of
from threatmodel.assessment import assess
from threatmodel.classify.classify import load_class_rules, read_tools
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.overrides import Statement
from threatmodel.description.sections import Data
from threatmodel.outputs.pages.abilities import doing_of
from threatmodel.outputs.pages.residual import story


def tool(name, says, **arguments):
    properties = {key: {"type": kind} for key, kind in arguments.items()}
    return Tool(
        name=name, description=says, input_schema={"type": "object", "properties": properties}
    )


RENEW_PASS = tool("renew_membership", "Renew a membership for a term.", member_id="string")
PAY = tool("pay_invoice", "Pay an invoice.", invoice_id="string", amount="number")
CASES = tool("list_cases", "List the open cases of the house.", status="string")
MAILS = tool("list_emails", "List the emails of the desk.", folder="string")
PATIENT = tool("get_patient", "Get the record of an animal with its keeper.", id="string")
HOOK = tool("create_webhook", "Create a webhook for bookings.", url="string")
FETCH = tool("fetch_page", "Fetch a web page by its address.", url="string")
ODD = tool("frobnicate_ledge", "", ledge="string")


def one(*tools, **given):
    return assess(Agent(name="Probe", kind="mcp-server", tools=tools, **given))


def said(assessment):
    model = assessment.model
    told = [f.text + " " + f.attack for f in model.open]
    told += [step.text for path in model.paths for step in path.steps]
    told += [path.story for path in model.paths]
    told += [story(case) for case in worst_of(assessment)]
    return "\n".join([*told, doing_of(assessment)])


def thin(*tools):
    return {r.name: r.thin for r in read_tools(tools, load_class_rules())}


def test_evidence_is_thin_or_plain():
    found = thin(RENEW_PASS, PAY, CASES, MAILS, HOOK, FETCH, ODD)
    assert found["renew_membership"] == ("t.final", "t.money")
    assert "t.read_inbound" in found["list_cases"]
    assert "t.http_out" in found["create_webhook"]
    assert "t.write" in found["frobnicate_ledge"]
    assert [found[name] for name in ("pay_invoice", "list_emails", "fetch_page")] == [()] * 3


def test_what_only_may_cost_money_is_not_said_to_move_it():
    told = said(one(RENEW_PASS, MAILS))
    assert "money moves" not in told.lower()
    assert "move or commit money" not in told
    assert "spend or move money" not in told
    assert "renew_membership" in told


def test_what_pays_is_said_to_pay():
    assert "Money moves, or is promised, through pay_invoice" in said(one(PAY, MAILS))


def test_beside_what_pays_what_only_may_is_not_named():
    told = said(one(PAY, RENEW_PASS, MAILS))
    assert "Money moves, or is promised, through pay_invoice, and" in told


def test_who_writes_a_case_is_not_made_up():
    told = said(one(CASES, PAY))
    assert "list_cases brings in text that others wrote" not in told
    assert "Where outsiders write what list_cases returns" in told
    assert "list_emails brings in text that others wrote" in said(one(MAILS, PAY))


def test_who_writes_a_case_is_taken_from_the_description():
    told = said(one(CASES, PAY, data=Data(written_by_outsiders=("letters",))))
    assert "list_cases brings in text that others wrote" in told


def test_what_a_person_says_of_all_is_in_no_doubt_for_a_tool():
    stated = {"t.money": Statement(value=True, by="operator")}
    assert "Money is moved or committed" in said(one(RENEW_PASS, MAILS, facts=stated))


def test_what_is_done_all_the_same_is_named_among_what_has_power():
    assert "the power of renew_membership and pay_invoice meet" in said(one(RENEW_PASS, PAY, MAILS))


def test_animals_have_no_health_data():
    told = said(one(PATIENT, tool("create_prescription", "Write a prescription.", drug="string")))
    assert "ealth data" not in told


def test_a_webhook_is_called_from_where_the_service_runs():
    told = said(one(HOOK, MAILS))
    assert "comes back in the chat" not in told
    assert "report to an address that the model chooses" in told


def test_what_nobody_understood_is_said_to_do_nothing():
    told = said(one(ODD, PAY, tool("update_rack", "Update a rack.", id="string")))
    assert "frobnicate_ledge and" not in told
    assert "use frobnicate_ledge" in told


def test_what_can_be_had_back_is_not_called_final():
    bin_ = tool("delete_card", "Delete a card (soft-delete). It can be restored.", id="string")
    gone = tool("delete_card", "Delete a card.", id="string")
    first, second = read_tools([bin_], load_class_rules()), read_tools([gone], load_class_rules())
    assert "Removes cards" in first[0].signals
    assert "Permanently deletes cards" in second[0].signals
    assert "cannot simply be taken back" not in said(one(bin_))
    assert "cannot simply be taken back" in said(one(gone))


@pytest.mark.parametrize(
    ("name", "says", "signal"),
    [
        ("merge_racks", "Merge two racks into one.", "Merges racks"),
        ("release_bench", "Release a bench.", "Releases benches"),
        ("update_rack", "Update a rack.", "Modifies racks"),
    ],
)
def test_a_change_is_told_by_the_verb_of_the_tool(name, says, signal):
    (reading,) = read_tools([tool(name, says, id="string")], load_class_rules())
    assert signal in reading.signals


def test_who_is_added_to_a_list_is_not_created():
    told = said(one(tool("add_reader_to_list", "Add a reader to a list.", reader="string"), MAILS))
    assert "create readers with" not in told


def test_data_that_nobody_calls_public_is_not_called_private():
    told = said(one(tool("list_shows", "List the shows of the season.", day="string"), PAY))
    assert "are not public" not in told
    assert "nowhere called public" in told


def test_the_name_of_the_product_is_no_thing():
    names = ("quill_delete", "quill_list", "quill_find", "quill_get_page")
    told = said(
        one(*(tool(name, "Delete, list or find entries of Quill.", id="string") for name in names))
    )
    assert "quills" not in told.lower()
    assert "delete quill" not in told


def test_an_agent_of_an_insurer_starts_no_work():
    told = said(one(tool("create_agent", "Create a new insurance agent.", licence="string"), MAILS))
    assert "starts goes on" not in told
    assert "starts jobs or agents" not in told


def test_what_is_cancelled_is_not_said_to_be_gone():
    told = said(one(tool("cancel_slot_booking", "Cancel a booking of a slot.", id="string"), MAILS))
    assert "are deleted, and" not in told


def test_records_of_several_people_are_told_once():
    tools = (
        tool("create_customer", "Create a customer.", label="string"),
        tool("update_customer", "Update a customer.", label="string"),
        tool("create_patron", "Create a patron.", label="string"),
        tool("update_patron", "Update a patron.", label="string"),
    )
    told = said(one(*tools))
    assert "records of customers and patrons" in told


def test_who_sends_a_code_changes_no_rights():
    told = said(one(tool("send_password_reset", "Send a password reset link.", phone="string")))
    assert "changes accounts, rights" not in told
    assert "who may do what" not in told


def test_who_takes_an_account_away_is_not_said_to_grant_rights():
    told = said(one(tool("delete_team_user", "Delete a user of the team.", user_id="string")))
    assert "grant" not in told
    assert "change who may do what" in told


def test_what_only_takes_a_file_up_returns_nothing_of_it():
    up = tool("import_cards", "Import cards from a CSV file.", file_path="string")
    convert = tool("convert_sheet", "Convert a sheet to another form.", file_path="string")
    reads = tool("get_card", "Get a card.", id="string")
    assert "all that get_card returns goes" in said(one(up, reads))
    assert "all that get_card and convert_sheet return goes" in said(one(convert, reads))
    make = tool("generate_video", "Generate a video from an image file.", image_path="string")
    assert "all that get_card and generate_video return goes" in said(one(make, reads))


def test_what_reads_a_file_returns_it():
    reads = tool("read_ledger", "Read a ledger from a file.", file_path="string")
    told = said(one(reads, tool("get_card", "Get a card.", id="string")))
    assert "read_ledger can take up a file" in told
