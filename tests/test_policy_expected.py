"""What an expert would expect of a tool by its name alone: held, or open within its arguments."""

import pytest

from tests.policy.make import plan
from threatmodel.classify import load_class_rules, read_tools
from threatmodel.description.agent import Tool

TEXT = {"type": "string"}


def planned(name, says="", **properties):
    schema = {"type": "object", "properties": properties}
    tool = Tool.model_validate({"name": name, "description": says, "inputSchema": schema})
    made = plan(*read_tools((tool,), load_class_rules()), tools=[tool])
    kinds = ("allow", "hide", "deny", "approval", "dry-run")
    access = next(g.kind for g in made.guards if g.tool == name and g.kind in kinds)
    return access, {g.checks[0].path[0]: g.checks[0] for g in made.guards if g.kind == "argument"}


@pytest.mark.parametrize(
    "name",
    [
        "unshare_folder",
        "remove_public_link",
        "restore_page",
        "reject_access_request",
        "lock_vault",
        "generate_passphrase",
        "clear_cache",
        "delete_paragraph",
        "merge_table_cells",
        "create_board",
        "update_card",
        "add_comment",
        "unschedule_release",
    ],
)
def test_what_undoes_or_does_little_stays_open(name):
    assert planned(name)[0] == "allow"


def test_what_a_description_speaks_of_does_not_except_a_tool_named_after_harm():
    told = "Publishes a workflow draft, promoting it to the live version."
    assert planned("publish_workflow", told)[0] == "approval"


@pytest.mark.parametrize(
    "name",
    [
        "login",
        "switch_account",
        "install_extension",
        "uninstall_plugin",
        "accept_dispute",
        "waive_fine",
        "write_off_invoice",
        "confirm_cost",
        "create_automation",
        "update_workflow",
        "create_webhook",
        "sync_application",
        "merge_pull_request",
        "restore_backup",
        "update_seats",
        "bulk_update_contacts",
        "publish_page",
        "publish_workflow",
        "schedule_release",
        "reply_to_forum",
        "send_webhook_message",
        "send_direct_message",
        "reset_password",
    ],
)
def test_what_lasts_binds_or_lets_somebody_in_does_not(name):
    assert planned(name)[0] != "allow"


@pytest.mark.parametrize(
    ("argument", "shape"),
    [
        ("project_id", "name"),
        ("namespace", "name"),
        ("index", "name"),
        ("content_file", "under"),
        ("output_dir", "under"),
        ("limit", "lte"),
    ],
)
def test_an_argument_of_a_read_is_held_to_its_kind(argument, shape):
    kind = {"type": "integer"} if argument == "limit" else TEXT
    access, checks = planned("search_logs", **{argument: kind})
    assert (access, checks[argument].operator) == ("allow", shape)


def test_an_operation_without_a_listed_set_passes_by_its_word():
    access, checks = planned("manage_event", action=TEXT, title=TEXT)
    assert access == "allow"
    assert checks["action"].operator == "not_named"
    assert {"delete", "send"} <= set(checks["action"].value)


def test_an_operation_that_lets_somebody_in_waits_whatever_its_word():
    assert planned("manage_folder_access", action=TEXT)[0] in ("approval", "hide")


@pytest.mark.parametrize(
    ("tool", "argument"),
    [
        ("update_customer", "email"),
        ("update_order", "shipping_address"),
        ("move_issue", "target_project"),
        ("update_issue", "additional_fields"),
    ],
)
def test_whose_address_and_whose_place_it_is_waits(tool, argument):
    access, checks = planned(tool, **{argument: TEXT, "id": TEXT})
    assert access != "allow" or checks[argument].value == ("(none agreed yet)",)


@pytest.mark.parametrize("argument", ["organization", "source_format", "header_footer_type"])
def test_a_word_in_a_name_is_not_the_name(argument):
    assert argument not in planned("update_contact", **{argument: TEXT})[1]
