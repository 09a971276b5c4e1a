"""The `intercept` program is asked over stdio, in front of a server that does nothing."""

import json
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from tests.policy.make import argument, plan, reading
from tests.support.checks.intercept import check_intercept
from threatmodel.errors import MissingPartError
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.plan import without
from threatmodel.policy.proof import prove
from threatmodel.policy.proof.stub import answers, main

READINGS = (
    reading("get"),
    reading("read_mail", flags=["reads_untrusted_content"]),
    reading("put", "Write", argument("topic"), flags=["can_exfiltrate"]),
    reading("drop", "Destructive"),
)
PLAN = plan(*READINGS, wishes={"topics": ["orders"], "limits": [{"tool": "put", "max": 3}]})


@pytest.fixture
def program(tmp_path):
    """Make a program that stands where `intercept` would."""
    double = Path(__file__).parent / "policy" / "intercept_double.py"
    root = Path(__file__).parents[1]
    script = tmp_path / "intercept"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} {double} "$@"\n', encoding="utf-8"
    )
    script.chmod(0o755)
    return str(script)


def test_a_policy_is_replayed_through_the_program(program):
    compiled = compile_policy("intercept", PLAN, READINGS)
    proof = prove(PLAN, compiled, READINGS, program=program)
    assert [(failure.guard, failure.says) for failure in proof.failures] == []
    assert (proof.engine, proof.real) == ("intercept", True)
    assert proof.cases > 20


def test_a_guard_that_is_missing_is_found_out_through_the_program(program):
    compiled = compile_policy("intercept", PLAN, READINGS)
    weaker = compile_policy("intercept", without(PLAN, "taint:put"), READINGS)
    kept = tuple(one for one in compiled.kept if one.startswith(("allow:", "taint:")))
    proof = prove(PLAN, replace(compiled, text=weaker.text, kept=kept), READINGS, program=program)
    assert {failure.guard for failure in proof.failures} == {"taint:put"}


def test_a_program_that_does_not_start_is_a_missing_part():
    compiled = compile_policy("intercept", PLAN, READINGS)
    with pytest.raises(MissingPartError, match="does not start"):
        prove(PLAN, compiled, READINGS, program="/nowhere/intercept")


def test_a_program_that_ends_at_once_is_a_missing_part():
    compiled = compile_policy("intercept", PLAN, READINGS)
    with pytest.raises(MissingPartError, match="ended"):
        prove(PLAN, compiled, READINGS, program="/bin/true")


def test_the_stub_offers_the_tools_and_does_nothing(tmp_path, monkeypatch, capsys):
    tools = [{"name": "get"}]
    requests = [
        {"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"},
        {"id": 3, "method": "tools/call", "params": {"name": "get"}},
        {"id": 4, "method": "ping"},
    ]
    lines = [json.dumps(request) for request in requests]
    found = [json.loads(answer)["result"] for answer in answers(lines, tools)]
    assert found[0]["protocolVersion"] == "2025-11-25"
    assert found[1] == {"tools": tools}
    assert found[2]["isError"] is False
    assert found[3] == {}
    (tmp_path / "tools.json").write_text(json.dumps(tools), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", StringIO("\n".join(lines)))
    assert main([str(tmp_path / "tools.json")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(found)


RATE = {"name": "r", "rate_limit": "3/minute"}
DENY = {"name": "d", "action": "deny"}
EVEN = {"name": "e", "conditions": [{"path": "args.a", "op": "eq", "value": 1}]}


def tools(*rules):
    return {"version": "1", "default": "deny", "tools": {"t": {"rules": list(rules)}}}


def condition(**changes):
    return tools(
        {"name": "c", "conditions": [{"path": "args.a", "op": "eq", "value": 1} | changes]}
    )


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"version": "2", "tools": {}}, 'version must be "1"'),
        ({"version": "1", "default": "maybe"}, "default must be"),
        ({"version": "1", "hide": [""]}, "entry must not be empty"),
        ({"version": "1", "hide": ["a", "a"]}, "duplicate entry"),
        (tools(RATE, RATE), "duplicate state counter"),
        (tools(RATE | {"rate_limit": "many"}), "rate_limit must be N/window"),
        (tools(RATE | {"rate_limit": "0/minute"}), "positive integer"),
        (tools(RATE | {"rate_limit": "3/week"}), "window must be"),
        (tools(RATE | {"conditions": EVEN["conditions"]}), "cannot be combined"),
        (tools(RATE | {"action": "deny"}), "cannot be used with action deny"),
        (tools({"action": "deny"}), "must have a name"),
        (tools(DENY | {"action": "ask"}), "action must be evaluate or deny"),
        (tools(EVEN | {"action": "deny"}), "deny rules must not have conditions"),
        (tools({"name": "x"}), "at least one condition"),
        (condition(path="a"), "path must start"),
        (condition(op="like"), "unknown operator"),
        (condition(op="in"), "in needs a list"),
        (condition(op="lte", value="1"), "lte needs a number"),
        (condition(op="exists", value="yes"), "exists needs a boolean"),
        (condition(op="regex", value=1), "regex value must be a string"),
        (condition(op="regex", value="("), "invalid regex"),
        (condition(op="regex", value="(?=a)"), "beyond RE2"),
        (tools(EVEN | {"state": {"counter": "", "window": "day"}}), "must be a text"),
        (tools(EVEN | {"state": {"counter": "c", "window": "week"}}), "must be one of"),
        (
            tools(EVEN | {"state": {"counter": "c", "window": "day", "increment_from": "a"}}),
            "increment_from must start",
        ),
        (condition(path="state.t.c", op="lte"), "no matching state block"),
        ({"version": "1", "tools": {"a.b": {"rules": [RATE]}}}, "split on dots"),
        (tools(EVEN | {"require_approval": True}), "unknown key"),
        ([], "must be a mapping"),
    ],
)
def test_each_rule_of_the_validator_is_held(document, fault):
    assert any(fault in found for found in check_intercept(json.dumps(document)))


def test_what_is_not_yaml_is_told():
    assert check_intercept("a: [")[0].startswith("not YAML")
