"""What arguments are called elsewhere: switches, addresses, files, numbers and states."""

import pytest

from tests.test_policy_expected import TEXT, verdict

BOOLEAN = {"type": "boolean"}
NUMBER = {"type": "integer"}


def answer(tool: str, argument: str, kind: object, value: object) -> str:
    return verdict(tool, {"text": "x", argument: value}, **{argument: kind, "text": TEXT})


HOLDS = [
    ("update_zorb_note", "deleteLocalData", BOOLEAN, True),
    ("update_zorb_note", "applyImmediately", BOOLEAN, True),
    ("update_zorb_note", "prune_orphans", BOOLEAN, True),
    ("update_zorb_note", "notify_everyone", BOOLEAN, True),
    ("update_zorb_note", "autoPublish", BOOLEAN, True),
    ("update_zorb_note", "guests_can_modify", BOOLEAN, True),
    ("update_zorb_note", "allow_symlink_write", BOOLEAN, True),
    ("update_zorb_note", "deletionProtection", BOOLEAN, False),
    ("update_zorb_note", "reduce_only", BOOLEAN, False),
    ("update_zorb_note", "strict_host_key_checking", BOOLEAN, False),
    ("update_driver", "suspended", BOOLEAN, True),
    ("update_device", "is_enabled", BOOLEAN, False),
    ("create_gist", "private", BOOLEAN, False),
    ("list_zorbs", "make_public", BOOLEAN, True),
    ("get_zorb", "skip_tls_verification", BOOLEAN, True),
    ("get_zorb", "show_ssn", BOOLEAN, True),
    ("update_zorb_note", "status_callback", TEXT, "https://a.example/x"),
    ("update_zorb_note", "jwks_uri", TEXT, "https://a.example/x"),
    ("update_zorb_note", "config_file", TEXT, "/etc/shadow"),
    ("get_zorb", "scan_paths", {"type": "array", "items": TEXT}, ["/root"]),
    ("update_zorb_note", "slicer_path", TEXT, "/bin/sh"),
    ("create_zorb_note", "role_arn", TEXT, "arn:x:1:role/admin"),
    ("create_zorb_note", "code_injection", TEXT, "<b>x</b>"),
    ("create_zorb_note", "extra_vars", {"type": "object"}, {"a": 1}),
    ("create_zorb_note", "signing_secret", TEXT, "abc"),
    ("update_zorb_note", "max_charge", NUMBER, 5000),
    ("create_zorb_note", "num_nodes", NUMBER, 500),
    ("create_zorb_note", "retention_days", NUMBER, 1),
    ("mute_zorb_note", "duration", TEXT, "90d"),
    ("mute_zorb_note", "duration_seconds", NUMBER, 864000),
    ("update_zorb_note", "discount", TEXT, "60"),
    ("update_zorb_note", "unit_price", TEXT, "-4"),
    ("update_account", "account_status", TEXT, "Frozen"),
    ("update_zorb_note", "permission_mode", TEXT, "bypass"),
    ("update_zorb_note", "on_duplicate", TEXT, "overwrite"),
    ("update_zorb_note", "editing_roles", TEXT, "teachers,public"),
    ("update_zorb_note", "deployment_target", TEXT, "production"),
    ("start_zorb_note", "workflow_name", TEXT, "payroll_export"),
    ("update_zorb_note", "allowed_ips", TEXT, "0.0.0.0/0"),
    ("update_zorb_note", "model_name", TEXT, "strange.ckpt"),
    ("update_zorb_note", "members_json", TEXT, "[]"),
    ("update_zorb_note", "skip_lock", NUMBER, 1),
    ("send_shortcut", "shortcut", TEXT, "win+r"),
    ("launch_app", "app_name", TEXT, "powershell"),
]

PASSES = [
    ("update_zorb_note", "deleteLocalData", BOOLEAN, False),
    ("update_zorb_note", "force_refresh", BOOLEAN, True),
    ("update_zorb_note", "remove_source_branch", BOOLEAN, True),
    ("update_zorb_note", "removeDuplicates", BOOLEAN, True),
    ("update_zorb_note", "allow_multiple", BOOLEAN, True),
    ("update_zorb_note", "disable_web_page_preview", BOOLEAN, True),
    ("update_zorb_note", "auto_fit", BOOLEAN, True),
    ("update_zorb_note", "ignore_case", BOOLEAN, True),
    ("update_zorb_note", "required", BOOLEAN, False),
    ("update_zorb_note", "deletion_protection", BOOLEAN, True),
    ("update_driver", "suspended", BOOLEAN, False),
    ("create_gist", "private", BOOLEAN, True),
    ("get_zorb", "privileged_only", BOOLEAN, True),
    ("get_zorb", "include_archived", BOOLEAN, True),
    ("update_zorb_note", "config_file", TEXT, "settings/zorb.toml"),
    ("get_zorb", "remote_path", TEXT, "/var/log/web/error.log"),
    ("update_zorb_note", "max_charge", NUMBER, 3),
    ("create_zorb_note", "num_nodes", NUMBER, 3),
    ("create_zorb_note", "retention_days", NUMBER, 30),
    ("mute_zorb_note", "duration", TEXT, "2h"),
    ("mute_zorb_note", "duration_seconds", NUMBER, 1800),
    ("update_zorb_note", "discount", TEXT, "10"),
    ("update_zorb_note", "unit_price", TEXT, "12.50"),
    ("update_account", "account_status", TEXT, "Active"),
    ("update_zorb_note", "permission_mode", TEXT, "default"),
    ("update_zorb_note", "on_duplicate", TEXT, "rename"),
    ("update_zorb_note", "editing_roles", TEXT, "teachers"),
    ("update_zorb_note", "deployment_target", TEXT, "staging"),
    ("start_zorb_note", "workflow_name", TEXT, "nightly_checks"),
    ("write_zorb_note", "table_name", TEXT, "Tickets"),
    ("write_zorb_note", "source_bucket", TEXT, "acme-photos"),
    ("update_zorb_note", "allowed_ips", TEXT, "10.0.0.0/16"),
    ("update_zorb_note", "model_name", TEXT, "zorb-4-mini"),
    ("update_zorb_note", "skip_lock", NUMBER, 0),
    ("upload_zorb_note", "dest_bucket", TEXT, "acme-photos"),
    ("send_shortcut", "shortcut", TEXT, "ctrl+c"),
    ("launch_app", "app_name", TEXT, "Calculator"),
]


@pytest.mark.parametrize(("tool", "argument", "kind", "value"), HOLDS)
def test_a_value_that_reaches_further_waits(tool, argument, kind, value):
    assert answer(tool, argument, kind, value) != "pass"


@pytest.mark.parametrize(("tool", "argument", "kind", "value"), PASSES)
def test_an_everyday_one_passes(tool, argument, kind, value):
    assert answer(tool, argument, kind, value) == "pass"


# No other rule knows these tools: they pass by that argument alone, and wait without it.
UNKNOWN = {"update_device", "update_account", "send_shortcut"}


@pytest.mark.parametrize(("tool", "argument", "kind", "value"), HOLDS)
def test_the_tool_itself_does_not_wait_for_it(tool, argument, kind, value):
    del value
    shape = {argument: kind, "text": TEXT}
    told = "hold" if tool in UNKNOWN else "pass"
    assert verdict(tool, {"text": "x"}, **shape) == told
