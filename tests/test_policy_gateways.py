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
from threatmodel.cli import main
from threatmodel.description.agent import Agent, Tool
from threatmodel.policy.formats import FORMATS, compile_policy, headed
from threatmodel.policy.formats.kong import ROUTE
from threatmodel.policy.proof import engine_of
from threatmodel.policy.proof.session import Call
from threatmodel.policy.tools import offered_at

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


BOTH = tuple((tool, server) for tool in ("look", "wipe") for server in ("One", "Two"))
SAYS = {
    "docker": ("--tools=one:look ", "--tools=two:look "),
    "litellm": ("  One:", "  Two:"),
    "codex": (
        '[mcp_servers."One".tools."look"]',
        '[mcp_servers."Two".tools."look"]',
        'disabled_tools = ["wipe"]\n\n[mcp_servers."One".tools',
        'disabled_tools = ["wipe"]\n\n[mcp_servers."Two".tools',
    ),
    "claude-code": (
        *("mcp__One__look", "mcp__Two__look"),
        *("mcp__One__wipe", "mcp__Two__wipe"),
    ),
    "gemini-cli": tuple(
        f'mcpName = "{server}"\ntoolName = "{tool}"\n'
        for tool in ("look", "wipe")
        for server in ("one", "two")
    ),
    "contextforge": ("tools.invoke.one-look", "tools.invoke.two-look"),
    "cedar": ('"One___look"', '"Two___look"', '"One___wipe"', '"Two___wipe"'),
}
"""Format -> what it says of tools that two servers offer by one name."""


@pytest.mark.parametrize("kind", SAYS)
def test_the_guards_of_a_tool_hold_at_each_server_that_offers_one_of_its_name(kind):
    readings = (READINGS[0], READINGS[2])
    made = replace(plan(*readings), servers=BOTH)
    compiled = compile_policy(kind, made, readings)
    assert [words for words in SAYS[kind] if words not in compiled.text] == []
    if kind == "litellm":
        for entry in yaml.safe_load(compiled.text)["mcp_servers"].values():
            assert (entry["allowed_tools"], entry["disallowed_tools"]) == (["look"], ["wipe"])
    session = engine_of(made, compiled, readings)[1]()
    assert session.call(Call("wipe")).verdict == "refuse"
    assert session.call(Call("look")).verdict == "pass"


PAIR = """
name: Pair
kind: multi-agent
members:
  - {name: desk, kind: agent, tools: [{name: ring_bell, description: Ring the bell.}]}
  - {name: shed, kind: mcp-server, tools: [{name: count_rakes, description: Count the rakes.}]}
  - {name: barn, kind: mcp-server, tools: [{name: count_rakes, description: Count the rakes.},
      {name: drop_herd, server: herd, description: Permanently delete all records of the herd.}]}
flows: [{from: desk, to: shed}, {from: desk, to: barn}]
"""


def test_the_tools_of_a_system_are_named_by_the_servers_that_are_its_members(tmp_path, capsys):
    file = tmp_path / "pair.yaml"
    file.write_text(PAIR, encoding="utf-8")
    assert main(["policy", str(file), "--for", "claude-code"]) == 0
    out, err = capsys.readouterr()
    named = {
        rule for rules in json.loads(out)["permissions"].values() for rule in rules if "__" in rule
    }
    assert named == {
        *("mcp__pair__ring_bell", "mcp__shed__count_rakes"),
        *("mcp__barn__count_rakes", "mcp__herd__drop_herd"),
    }
    assert "servers are called as their members" in err
    assert main(["policy", str(file), "--for", "codex", "--member", "shed"]) == 0
    assert '[mcp_servers."shed"]' in capsys.readouterr().out


def test_a_tool_that_no_server_is_said_to_offer_is_named_by_the_agent_beside_its_twin():
    tools = [{"name": "look", "server": "One"}, {"name": "look"}, {"name": "note"}]
    agent = Agent.of({"name": "Desk", "kind": "agent", "tools": tools})
    assert offered_at(agent) == (("look", "One"), ("look", "desk"))


def test_docker_is_told_what_makes_the_gateway_take_two_tools_of_one_name():
    notes = " ".join(
        compile_policy("docker", replace(plan(*READINGS), servers=BOTH), READINGS).notes
    )
    assert "Several servers offer look" in notes
    assert "docker mcp feature enable tool-name-prefix" in notes
    assert "wipe" not in notes  # hidden at both: the gateway never meets it
    alone = replace(plan(*READINGS), servers=TWO)
    assert "Several" not in " ".join(compile_policy("docker", alone, READINGS).notes)


def test_docker_is_told_of_a_tool_that_is_called_as_one_of_the_gateway():
    readings = (reading("mcp-find"), reading("look"))
    notes = " ".join(compile_policy("docker", plan(*readings), readings).notes)
    assert "a tool of its own that is called mcp-find:" in notes
    notes = " ".join(compile_policy("docker", plan(*READINGS), READINGS).notes)
    assert "of its own" not in notes


def test_litellm_keeps_servers_apart_that_it_would_write_alike():
    servers = (("look", "notes-a"), ("wipe", "notes a"))
    made = replace(plan(*READINGS), servers=servers)
    compiled = compile_policy("litellm", made, READINGS)
    entries = yaml.safe_load(compiled.text)["mcp_servers"]
    assert entries["notes_a"]["disallowed_tools"] == ["wipe"]
    assert entries["notes_a_2"]["allowed_tools"] == ["look"]
    assert "notes_a_2 is the server notes-a." in compiled.notes
    session = engine_of(made, compiled, READINGS)[1]()
    for tool, verdict in (("look", "pass"), ("wipe", "refuse")):
        assert session.call(Call(tool)).verdict == verdict


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
