"""What gateways took amiss once our policies were loaded into them, with tools made by hand."""

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.policy.make import finding, plan, reading
from tests.support.checks import check_policy
from threatmodel.description.agent import Tool
from threatmodel.policy.formats import FORMATS, compile_policy, headed
from threatmodel.policy.formats.kong import ROUTE
from threatmodel.policy.proof import engine_of
from threatmodel.policy.proof.session import Call

ROOT = Path(__file__).parents[1]
READINGS = (reading("look"), reading("put_note", "Write"), reading("wipe", "Destructive"))
TWO = (("look", "Notes One"), ("put_note", "Notes One"), ("wipe", "Notes Two"))


def rules_of(made):
    document = yaml.safe_load(compile_policy("contextforge", made, READINGS).text)
    return document["plugins"][0]["config"]["engines"][0]["settings"]["rules"]


def test_contextforge_asks_for_no_role_since_its_plugins_are_told_none():
    rules = rules_of(plan(*READINGS))
    assert rules
    assert all(rule["roles"] == ["*"] for rule in rules)


def test_contextforge_is_told_to_stop_where_a_plugin_does_not_load():
    notes = " ".join(compile_policy("contextforge", plan(*READINGS), READINGS).notes)
    assert "PLUGINS_FAIL_ON_PLUGIN_ERROR=true" in notes


def test_kong_gets_a_description_of_each_tool_and_a_route_of_its_own():
    compiled = compile_policy("kong", plan(*READINGS), READINGS)
    (plugin,) = yaml.safe_load(compiled.text)["plugins"]
    assert plugin["route"] == ROUTE
    assert all(tool["description"] for tool in plugin["config"]["tools"])
    assert any(ROUTE in note for note in compiled.notes)


@pytest.mark.parametrize("left_out", ["description: ", "route: "])
def test_what_kong_would_not_take_or_take_for_every_route_is_found(left_out):
    text = compile_policy("kong", plan(*READINGS), READINGS).text
    lines = [line for line in text.splitlines() if not line.strip().startswith(left_out)]
    assert any("missing" in fault for fault in check_policy("kong", "\n".join(lines)))


def test_kong_is_not_told_to_delete_what_the_file_does_not_name():
    assert "`deck gateway apply` this file" in FORMATS["kong"].place


@pytest.mark.parametrize(
    ("refused", "allowed", "kept"),
    [
        ("Keep", "keeP", False),
        ("keep", "keeps", True),
        ("\u212aeep", "keep", False),
        ("test-agent:look", "look", False),
    ],
)
def test_docker_refuses_what_it_cannot_tell_from_a_refused_tool(refused, allowed, kept):
    readings = (reading(refused, "Destructive"), reading(allowed), reading("other"))
    made = plan(*readings, threats=[])
    compiled = compile_policy("docker", made, readings)
    assert (f"--tools={made.name}:{allowed}" in compiled.text) is kept
    assert (f"allow:{allowed}" in compiled.kept) is kept
    assert f"--tools={made.name}:other" in compiled.text
    session = engine_of(made, compiled, readings)[1]()
    assert session.call(Call(refused)).verdict == "refuse"
    assert (session.call(Call(allowed)).verdict == "pass") is kept


def test_litellm_gets_an_entry_for_each_server():
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    tools = [Tool.of({"name": one.name, "inputSchema": schema}) for one in READINGS]
    made = replace(plan(*READINGS, tools=tools, threats=[finding("TH-L3-11")]), servers=TWO)
    compiled = compile_policy("litellm", made, READINGS)
    entries = yaml.safe_load(compiled.text)["mcp_servers"]
    assert [*entries] == ["Notes_One", "Notes_Two"]
    assert entries["Notes_One"]["allowed_tools"] == ["look", "put_note"]
    assert [*entries["Notes_One"]["allowed_params"]] == ["look", "put_note"]
    assert entries["Notes_Two"]["allowed_tools"] == ["aivss-none"]
    assert entries["Notes_Two"]["disallowed_tools"] == ["wipe"]
    session = engine_of(made, compiled, READINGS)[1]()
    for tool, verdict in (("look", "pass"), ("wipe", "refuse"), ("unlisted", "refuse")):
        assert session.call(Call(tool, {"id": "a"})).verdict == verdict


def test_litellm_gives_several_servers_a_share_each_of_the_calls_of_all():
    made = plan(*READINGS)
    (overall,) = [g for g in made.guards if g.tool == "*" and g.kind == "rate"]
    most = int(overall.limit.max)
    for servers, share in (((), most), (TWO, most // 2)):
        compiled = compile_policy("litellm", replace(made, servers=servers), READINGS)
        entries = yaml.safe_load(compiled.text)["mcp_servers"].values()
        assert {entry["rpm"] for entry in entries} == {share}
        told = [loss.instead for loss in compiled.losses if loss.guard == overall.id]
        assert (
            told == [f"Servers are counted apart: {share} calls a minute for each."][: len(servers)]
        )


@pytest.mark.parametrize("kind", FORMATS)
def test_the_head_says_which_program_took_such_policies_or_that_none_was_asked(kind):
    made = plan(*READINGS)
    compiled = compile_policy(kind, made, READINGS)
    text = " ".join(headed(compiled, made, "A", "", "1").split("\n# ")[:8])
    tried, comment = FORMATS[kind].tried, FORMATS[kind].comment
    if comment:
        assert (tried or "Not tried with") in " ".join(text.replace(comment, "").split())


def pinned():
    """Give the versions that our own files pin: word of the format's entry -> version."""
    clients = json.loads((ROOT / "tests/engines/clients/package.json").read_text())
    gemini = json.loads((ROOT / "tests/engines/package-lock.json").read_text())["packages"]
    locks = (ROOT / "requirements-dev.lock", *(ROOT / "tests/engines").glob("*.lock"))
    lines = "\n".join(lock.read_text() for lock in locks)
    found = dict(re.findall(r"^([a-z-]+)==([0-9.]+)", lines, re.MULTILINE))
    return {
        "cedar": found["cedarpy"],
        "rego": found["opa-golib-python-bindings"],
        "contextforge": found["cpex"],
        "gemini-cli": gemini["node_modules/@google/gemini-cli-core"]["version"],
        "claude-code": clients["dependencies"]["@anthropic-ai/claude-code"],
        "codex": clients["dependencies"]["@openai/codex"],
    }


def test_the_version_that_is_told_is_the_one_that_tests_ask():
    for kind, version in pinned().items():
        assert version in FORMATS[kind].tried.split(), kind


def test_what_goes_into_a_configuration_is_read_by_its_language():
    made = plan(*READINGS)
    assert tomllib.loads(headed(compile_policy("codex", made, READINGS), made, "A\n", "", "1"))
    assert yaml.safe_load(headed(compile_policy("kong", made, READINGS), made, "A\n", "", "1"))
