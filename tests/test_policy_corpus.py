"""Real servers: every policy in every format is whole, can be read, and stops its calls."""

import json
from functools import lru_cache

import cedarpy
import pytest

from tests.policy.make import open_all
from tests.policy.sample import WISHES
from tests.support.checks import check_policy
from tests.support.checks.shape import load_yaml
from threatmodel.classify.classify import load_class_rules, read_tools
from threatmodel.description.agent import Agent, Tool
from threatmodel.policy.formats import FORMATS, compile_policy
from threatmodel.policy.plan import plan_policy
from threatmodel.policy.proof import engine_rego, prove
from threatmodel.rules.load import load_knowledge

KEYS = ("name", "title", "description", "inputSchema")
WISHED = {key: value for key, value in WISHES.items() if key != "limits"}


READ = {
    "cedar": cedarpy.policies_to_json_str,
    "rego": lambda text: engine_rego.version() and engine_rego.load(text),
    "agentgateway": load_yaml,
    "envoy": load_yaml,
}


@lru_cache(maxsize=1)
def threats():
    return open_all(load_knowledge())


def server(file):
    """Read the tools of one recorded server."""
    recorded = json.loads(file.read_bytes())
    rows = [{key: tool[key] for key in KEYS if tool.get(key)} for tool in recorded["tools"]]
    tools = tuple(Tool.of(row) for row in rows)
    agent = Agent.of({"name": file.stem, "policy": WISHED})
    return agent.changed({"tools": tools}), read_tools(tools, load_class_rules())


@pytest.mark.parametrize("every", [30, pytest.param(1, marks=pytest.mark.long)])
def test_every_recorded_server_compiles_to_every_format(corpus, every):
    files = sorted((corpus / "mcp").glob("*.json"))
    assert len(files) >= 110
    files = files[::every]
    written = 0
    for file in files:
        agent, readings = server(file)
        for preset in ("published", "recommended", "strict"):
            made = plan_policy(agent, readings, threats(), load_knowledge(), preset)
            guards = sorted(guard.id for guard in made.guards)
            assert len(set(guards)) == len(guards), file.name
            for kind in FORMATS:
                compiled = compile_policy(kind, made, readings)
                lost = [loss.guard for loss in compiled.losses]
                assert sorted([*compiled.kept, *lost]) == guards
                if preset != "published":
                    assert check_policy(kind, compiled.text) == ()
                    READ.get(kind, str)(compiled.text)
                written += 1
    assert written == len(files) * 3 * len(FORMATS)


@pytest.mark.parametrize(
    ("kind", "every"),
    [
        *((kind, 24) for kind in ("cedar", "envoy", "policylayer", "intercept")),
        pytest.param("cedar", 8, marks=pytest.mark.long),
        pytest.param("envoy", 16, marks=pytest.mark.long),
        pytest.param("policylayer", 8, marks=pytest.mark.long),
        pytest.param("intercept", 8, marks=pytest.mark.long),
    ],
)
def test_policies_of_recorded_servers_stop_what_they_must(corpus, kind, every):
    calls = 0
    for file in sorted((corpus / "mcp").glob("*.json"))[::every]:
        agent, readings = server(file)
        made = plan_policy(agent, readings, threats(), load_knowledge())
        proof = prove(made, compile_policy(kind, made, readings), readings)
        assert [(f.guard, f.says, f.calls[-1]) for f in proof.failures] == []
        calls += proof.calls
    assert calls > 2400 / every


@pytest.mark.parametrize(
    ("most", "least"), [(1, 5), pytest.param(1000, 50, marks=pytest.mark.long)]
)
@pytest.mark.parametrize("kind", ["agentgateway", "rego"])
def test_small_recorded_servers_pass_on_the_slower_engines(corpus, kind, most, least):
    calls = 0
    for file in sorted((corpus / "mcp").glob("*.json")):
        if most == 0:
            break
        agent, readings = server(file)
        if len(readings) == 4:
            most -= 1
            made = plan_policy(agent, readings, threats(), load_knowledge())
            proof = prove(made, compile_policy(kind, made, readings), readings)
            assert [(f.guard, f.says, f.calls[-1]) for f in proof.failures] == []
            calls += proof.calls
    assert calls > least


def test_the_largest_server_fits_a_route(corpus):
    files = sorted((corpus / "mcp").glob("*.json"), key=lambda file: file.stat().st_size)
    agent, readings = server(files[-1])
    made = plan_policy(agent, readings, threats(), load_knowledge())
    document = load_yaml(compile_policy("envoy", made, readings).text)
    rules = document["spec"]["securityPolicy"]["authorization"]["rules"]
    assert len(rules) <= 32
    assert all(len(rule["cel"]) <= 4096 for rule in rules)
