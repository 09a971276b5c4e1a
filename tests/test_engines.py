"""Policies are loaded and decided by the programs that enforce them, where these can be had."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.outputs import specimen
from tests.policy.make import argument, plan, reading
from threatmodel.assessment import assess
from threatmodel.description.load import load_agent
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.formats.contextforge import gateway_name
from threatmodel.policy.plan import without
from threatmodel.policy.proof import NOTHING, engine_of, is_real, prove
from threatmodel.policy.proof.search import search
from threatmodel.policy.proof.session import Call

ROOT = Path(__file__).parents[1]
PDP = "plugins.unified_pdp.unified_pdp.UnifiedPDPPlugin"
CPEX = ROOT / "build" / "engines" / "cpex" / "bin" / "python"
GEMINI = ROOT / "tests" / "engines" / "node_modules" / "@google" / "gemini-cli-core"
INSTALL = "not installed: sh install.sh --engines"

others = pytest.mark.parametrize(
    "file",
    sorted(file for file in (ROOT / "agents").glob("*.yaml") if file.stem != "confluent"),
    ids=lambda f: f.stem,
)


@cache
def assessed(file):
    return assess(load_agent(file))


def opened(made, kind="rego"):
    readings = tuple(reading(guard.tool) for guard in made.guards if guard.kind == "allow")
    engine, session = engine_of(made, compile_policy(kind, made, readings), readings)
    if not is_real(engine):
        pytest.skip(f"{engine}: sh install.sh --dev")
    return session()


# Hundreds of rules on each request; `test_policy_proof` asks agentgateway about smaller plans.
SLOW = pytest.param("agentgateway", marks=pytest.mark.long)


@pytest.mark.parametrize("kind", ["rego", "cedar", SLOW, "envoy"])
def test_the_worked_example_is_loaded_and_decided_right_by_the_real_engine(kind):
    one = specimen.confluent()
    proof = prove(one.plan, compile_policy(kind, one.plan, one.readings), one.readings)
    if not proof.real:
        pytest.skip(proof.says)
    assert proof.failures == ()
    assert proof.cases > 20


@pytest.mark.long
@others
@pytest.mark.parametrize("kind", ["rego", "cedar", "agentgateway", "envoy"])
def test_every_other_example_is_loaded_and_decided_right(kind, file):
    one = assessed(file)
    proof = prove(one.plan, compile_policy(kind, one.plan, one.readings), one.readings)
    if not proof.real:
        pytest.skip(proof.says)
    assert proof.failures == ()


@pytest.mark.parametrize("wrong", ["missing", None, True, 7, ["ann"], {"is": "ann"}])
def test_opa_refuses_where_what_a_rule_reads_is_missing_or_of_another_type(wrong):
    made = plan(reading("get"), wishes={"subjects": ["ann"]})
    session = opened(made)
    fine = session._input(Call("get", subject="ann"))  # noqa: SLF001 - to leave parts of it out
    assert session.ask(fine)["verdict"] == "allow"
    for name in ("subject", "definition", "same_call", "counts"):
        given = {key: value for key, value in fine.items() if key != name}
        given |= {} if wrong == "missing" else {name: wrong}
        same_type = name == "same_call" and wrong == 7
        assert same_type or session.ask(given)["verdict"] == "deny", name


@pytest.mark.parametrize("wrong", ["missing", None, True, 7, ["src/a.txt"], {"is": "a"}, ""])
def test_opa_holds_where_a_guarded_argument_is_missing_or_of_another_type(wrong):
    made = plan(reading("get", "Read", argument("path", "path")))
    session = opened(made)
    assert session.call(Call("get", {"path": "src/a.txt"})).verdict == "pass"
    arguments = {} if wrong == "missing" else {"path": wrong}
    assert session.call(Call("get", arguments)).verdict == "hold"


@pytest.mark.parametrize("kind", ["rego", "cedar", "agentgateway", "envoy"])
def test_a_check_left_out_of_one_tool_is_noticed(kind):
    readings = tuple(reading(name, "Read", argument("path", "path")) for name in ("a", "b", "c"))
    made = plan(*readings)
    compiled = compile_policy(kind, made, readings)
    for name in ("a", "b", "c"):
        weaker = compile_policy(kind, without(made, f"argument:{name}:path:under"), readings)
        proof = prove(made, type(compiled)(**_fields(compiled) | {"text": weaker.text}), readings)
        if not proof.real:
            pytest.skip(proof.says)
        assert {failure.guard for failure in proof.failures} == {f"argument:{name}:path:under"}


def _fields(compiled):
    return {name: getattr(compiled, name) for name in compiled.__slots__}


def test_agentgateway_takes_at_most_64_conditional_entries():
    readings = [reading(f"put-{n}", "Write") for n in range(200)]
    text = compile_policy("agentgateway", plan(*readings), readings).text
    policies = yaml.safe_load(text)["mcp"]["policies"]
    assert 32 < len(policies["localRateLimit"]["conditional"]) <= 64


def gemini(compiled, tmp_path, server, mode, *tools):
    node = shutil.which("node")
    if node is None or not GEMINI.exists():
        pytest.skip(f"Gemini CLI is {INSTALL}")
    file = tmp_path / "policy.toml"
    file.write_text(compiled.text)
    script = ROOT / "tests" / "engines" / "gemini.mjs"
    command = [node, str(script), str(file), server, mode, *tools]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return next(
        json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"errors"')
    )


def test_gemini_cli_loads_the_policy_and_refuses_what_is_hidden_in_every_mode(tmp_path):
    readings = (reading("look"), reading("drop", "Destructive"))
    made = plan(*readings)
    compiled = compile_policy("gemini-cli", made, readings)
    for mode in ("default", "yolo"):
        found = gemini(compiled, tmp_path, made.name, mode, "look", "drop", "unlisted")
        assert [one for one in found["errors"] if not one.endswith("_warning")] == []
        assert found["decisions"] == {"look": "allow", "drop": "deny", "unlisted": "deny"}


def test_contextforge_counts_calls_by_the_name_that_it_lists(tmp_path):
    if not CPEX.exists():
        pytest.skip(f"the plugins of ContextForge are {INSTALL}")
    readings = (reading("put_record", "Write"),)
    made = plan(*readings)
    document = yaml.safe_load(compile_policy("contextforge", made, readings).text)
    counts = [plugin for plugin in document["plugins"] if plugin["kind"] != PDP]
    assert counts
    file = tmp_path / "plugins.yaml"
    file.write_text(yaml.safe_dump({**document, "plugins": counts}))
    calls = [gateway_name(made.name, "put_record")] * 40
    script = ROOT / "tests" / "engines" / "contextforge.py"
    ran = subprocess.run(
        [str(CPEX), str(script), str(file)],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = json.loads(ran.stdout.strip().splitlines()[-1])
    assert found == {"plugins": 1, "passed": [True] * 30 + [False] * 10}


MIXED = (
    reading("look", "Read", argument("path", "path")),
    reading("find", "Read"),
    reading("fetch_mail", "Read", flags=("reads_untrusted_content",)),
    reading("write_note", "Write", argument("path", "path")),
    reading("delete_note", "Destructive"),
    reading("run", "Execute", argument("command", "command")),
)


def proof_of(text, made, base):
    proof = prove(made, type(base)(**_fields(base) | {"text": text}), MIXED)
    if not proof.real:
        pytest.skip(proof.says)
    return proof


@pytest.mark.long
@pytest.mark.parametrize("kind", ["rego", "cedar", "agentgateway", "envoy"])
def test_deleting_any_guard_is_noticed_by_the_engine_that_decided_it(kind, say):
    made = plan(*MIXED, wishes={"subjects": ["planner"]})
    base = compile_policy(kind, made, MIXED)
    decided = dict(proof_of(base.text, made, base).decided)
    kept = [g for g in made.guards if g.id in base.kept and decided[g.id] != NOTHING]
    missed = []
    for guard in kept:
        weaker = compile_policy(kind, without(made, guard.id), MIXED)
        if not proof_of(weaker.text, made, base).failures:
            missed.append(guard.id)
    say(f"{kind}: {len(kept)} guards deleted one by one, {len(missed)} unnoticed {missed}")
    assert missed == []


@pytest.mark.long
@pytest.mark.parametrize("kind", ["rego", "cedar", "agentgateway", "envoy"])
def test_letting_a_stranger_call_any_one_tool_is_noticed(kind, say):
    made = plan(*MIXED, wishes={"subjects": ["planner"]})
    base = compile_policy(kind, made, MIXED)
    places = [found.start() for found in re.finditer(r'(?<=")planner(?=\\?")', base.text)]
    missed = 0
    for place in places:
        changed = f"{base.text[:place]}aivss-stranger{base.text[place + len('planner') :]}"
        missed += not proof_of(changed, made, base).failures
    say(f"{kind}: the caller changed in {len(places)} places, {missed} unnoticed")
    assert places
    assert missed == 0


@pytest.mark.parametrize("kind", ["rego", "cedar", "agentgateway", "envoy"])
def test_deleting_a_guard_opens_a_sequence_of_up_to_three_calls(kind, say):
    made = plan(*MIXED, wishes={"subjects": ["planner"]})
    base = compile_policy(kind, made, MIXED)
    whole = search(made, made, base, MIXED)
    if not whole.real:
        pytest.skip(whole.engine)
    dropped = {loss.guard for loss in base.losses if loss.outcome == "dropped"}
    assert {way.guard for way in whole.ways} <= dropped
    counted = ("rate", "repeat", "audit", "allow", "spend")
    held = [g for g in made.guards if g.id in base.kept and g.kind not in counted]
    opened, tried = [], []
    for guard in held:
        less = without(made, guard.id)
        if guard.kind in ("hide", "deny", "approval"):
            # Without any word on it the tool would be refused, as one that is not listed.
            free = replace(guard, kind="allow", id=f"allow:{guard.tool}", parameter="")
            less = replace(less, guards=(*less.guards, free))
        found = search(made, less, compile_policy(kind, less, MIXED), MIXED)
        opened.append(any(way.guard == guard.id for way in found.ways))
        tried.append(found.tried)
    # Where one call is a way, no other is looked for.
    assert min(tried) < whole.tried
    say(f"{kind}: {sum(opened)} of {len(held)} deleted guards open a sequence")
    assert sum(opened) >= 0.95 * len(opened)


def test_the_published_preset_leaves_what_the_search_finds():
    one = assessed(ROOT / "agents" / "confluent.yaml")
    loose = replace(one, preset="published")
    found = search(
        one.plan, loose.plan, compile_policy("rego", loose.plan, one.readings), one.readings
    )
    if not found.real:
        pytest.skip(found.engine)
    assert "approval:create-connector" in {way.guard for way in found.ways}
    assert all(1 <= len(way.calls) <= 3 for way in found.ways)
