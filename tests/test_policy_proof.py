"""A policy stops what it is meant to stop: shown on real engines where one can be installed."""

from collections import Counter
from dataclasses import replace
from importlib import import_module

import pytest

from tests.policy.make import argument, finding, plan, reading
from tests.policy.sample import WISHES, bank, confluent
from threatmodel.classify.classify import load_class_rules, read_tools
from threatmodel.description.agent import Tool
from threatmodel.errors import MissingPartError
from threatmodel.policy.against import against
from threatmodel.policy.formats import FORMATS, compile_policy
from threatmodel.policy.guard import ArgumentCheck, Loss
from threatmodel.policy.plan import only, without
from threatmodel.policy.proof import OUR_READING, _Tally, engine_cedar, prove
from threatmodel.policy.proof.hostile import hostile
from threatmodel.policy.proof.reference import all_hold, amount_of
from threatmodel.policy.proof.session import (
    Call,
    CallOutcome,
    ReplayCase,
    Session,
    fitting,
    with_value,
)
from threatmodel.threats.result import AttackPath, PathStep

SAMPLES = {
    "broker": (confluent(), plan(*confluent(), wishes=WISHES)),
    "broker-published": (confluent(), plan(*confluent(), preset="published")),
    "bank": (bank(), plan(*bank(), wishes=WISHES)),
    "bank-needs-all": (
        bank(),
        plan(*bank(), wishes=WISHES | {"tools": [one.name for one in bank()]}),
    ),
}
QUICK = [name for name in SAMPLES if name != "bank-needs-all"]
ACCESS = ("allow", "hide", "deny", "approval", "dry-run")


def compiled_sample(name, kind):
    readings, made = SAMPLES[name]
    return readings, made, compile_policy(kind, made, readings)


@pytest.mark.parametrize("name", [*QUICK, pytest.param("bank-needs-all", marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_that_must_be_stopped_passes_and_nothing_that_must_pass_is_stopped(name, kind):
    readings, made, compiled = compiled_sample(name, kind)
    proof = prove(made, compiled, readings)
    assert [(f.guard, f.says, f.calls[-1]) for f in proof.failures] == []
    assert proof.calls > 0
    assert proof.real == bool(FORMATS[kind].engine)


@pytest.mark.parametrize("kind", [kind for kind, known in FORMATS.items() if not known.engine])
def test_a_format_without_an_engine_is_not_called_proven(kind):
    readings, made, compiled = compiled_sample("broker", kind)
    proof = prove(made, compiled, readings)
    assert proof.engine == OUR_READING
    assert "not proven here" in proof.says


def shown_by_its_own_cases(made, guard, kind, readings):
    """Tell whether a policy without a guard fails the cases of the guard."""
    compiled = compile_policy(kind, made, readings)
    weaker = compile_policy(kind, without(made, guard.id), readings)
    tools = {one.tool for one in made.guards if guard.tool in ("*", one.tool)} | {*guard.after}
    access = {one.id for one in made.guards if one.kind in ACCESS and one.tool in tools}
    doors = sorted(access & set(compiled.kept))
    weak = tuple(loss for loss in compiled.losses if loss.guard in {guard.id, *access})
    kept = (*doors, *({guard.id} & set(compiled.kept)))
    return prove(made, replace(compiled, text=weaker.text, kept=kept, losses=weak), readings)


def guards_written(made, kind, readings):
    """Yield the guards without which the policy would read otherwise."""
    compiled = compile_policy(kind, made, readings)
    alive = {*compiled.kept, *(loss.guard for loss in compiled.losses if not loss.threats)}
    for guard in made.guards:
        weaker = compile_policy(kind, without(made, guard.id), readings)
        if guard.id in alive and guard.kind != "audit" and weaker.text != compiled.text:
            yield guard


@pytest.mark.parametrize("name", ["broker", pytest.param("bank", marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_policy_without_one_of_its_guards_fails_its_replay(name, kind):
    readings, made = SAMPLES[name]
    unnoticed = [
        guard.id
        for guard in guards_written(made, kind, readings)
        if not shown_by_its_own_cases(made, guard, kind, readings).failures
        and not is_outdone(made, guard, kind, readings)
    ]
    assert unnoticed == []


def is_outdone(made, guard, kind, readings):
    """Tell whether a rate is noticed once the sums of its tool, held by counting calls, go."""
    compiled = compile_policy(kind, made, readings)
    counted = {loss.guard for loss in compiled.losses if "calls per" in loss.instead}
    sums = [g.id for g in made.guards if g.id in counted and g.tool == guard.tool]
    for one in sums if guard.kind == "rate" else ():
        made = without(made, one)
    return bool(sums and shown_by_its_own_cases(made, guard, kind, readings).failures)


@pytest.mark.parametrize("kind", ["cedar", "rego", "agentgateway", "envoy", "intercept"])
def test_what_guards_a_kept_tool_is_written(kind):
    readings, made = SAMPLES["broker"]
    written = Counter(guard.kind for guard in guards_written(made, kind, readings))
    assert written["allow"] >= 2
    assert written["hide"] == 1
    assert written["default-deny"] == 1


@pytest.mark.parametrize("name", SAMPLES)
def test_every_hostile_argument_breaks_its_check_and_every_fitting_one_keeps_it(name):
    _, made = SAMPLES[name]
    for guard in made.guards:
        for check in guard.checks:
            fine = with_value({}, check.path, fitting(check))
            assert all_hold((check,), fine), (guard.id, fine)
            for says, value in hostile(check):
                bad = with_value({}, check.path, value)
                assert not all_hold((check,), bad), (guard.id, says, value)


@pytest.mark.parametrize("operator", ["url_host", "host", "recipient"])
@pytest.mark.parametrize(
    "allowed",
    [
        ("api.corp.example", "*.corp.example"),
        ("*.corp.example",),
        ("*.a.corp.example", "*.corp.example", "x.a.corp.example"),
        ("a.example", "b.example"),
    ],
)
def test_what_is_tried_against_a_list_is_nothing_that_another_entry_of_it_lets_pass(
    operator, allowed
):
    if operator == "recipient":
        allowed = tuple(f"@{host.removeprefix('*.')}" for host in allowed)
    check = ArgumentCheck(("a",), operator, allowed, type="string")
    passed = {says: value for says, value in hostile(check) if all_hold((check,), {"a": value})}
    assert passed == {}


def step(kind, id_, *tools):
    return PathStep(kind, id_, "L3", "", tuple(tools))


def test_an_attack_path_is_played_and_the_stop_is_named():
    readings, made = SAMPLES["broker"]
    steps = (
        step("entry", "t.read_inbound", "consume-messages"),
        step("threat", "TH-L3-01", "produce-message"),
        step("threat", "TH-L2-06", "delete-topics"),
    )
    path = AttackPath("CH-01", "", steps, 9.0, "TH-L3-01", "mt-taint", "pc-taint")
    proof = prove(made, compile_policy("rego", made, readings), readings, (path,))
    assert proof.failures == ()
    assert [(p.path, p.calls, p.stopped_at, p.by) for p in proof.paths] == [
        ("CH-01", 3, "delete-topics", ("hide:delete-topics",))
    ]


def test_a_path_that_no_kept_guard_stops_is_told():
    readings, made = SAMPLES["broker"]
    steps = (step("entry", "e", "consume-messages"), step("threat", "t", "produce-message"))
    path = AttackPath("CH-02", "", steps, 9.0, "t", "", "")
    proof = prove(made, compile_policy("envoy", made, readings), readings, (path,))
    assert proof.paths[0].stopped_at == ""


def test_a_missing_engine_proves_nothing(monkeypatch):
    readings, made, compiled = compiled_sample("broker", "cedar")
    monkeypatch.setattr(engine_cedar, "version_of", lambda _: "")
    proof = prove(made, compiled, readings)
    assert not proof.real
    assert "(the plan itself, as Cedar by cedarpy is not installed)" in proof.says


@pytest.mark.parametrize("kind", [kind for kind, one in FORMATS.items() if one.engine])
def test_where_an_engine_is_missing_the_line_that_brings_it_is_told(monkeypatch, kind):
    readings, made, compiled = compiled_sample("broker", kind)
    module = import_module(f"threatmodel.policy.proof.{FORMATS[kind].engine}")
    monkeypatch.setattr(module, "version", lambda: "")
    with pytest.raises(MissingPartError) as fault:
        against(made, compiled, readings, compiled.text, "old")
    assert fault.value.hint.startswith("python -m pip install")


def test_a_clock_that_cannot_be_moved_skips_the_case():
    limits = [
        {"tool": "put", "max": 30, "window": "minute"},
        {"tool": "put", "max": 60, "window": "day"},
    ]
    readings = (reading("put", "Write"),)
    made = plan(*readings, wishes={"limits": limits}, threats=[])
    compiled = compile_policy("cedar", made, readings)
    kept = replace(compiled, kept=(*compiled.kept, "rate:put:day"), losses=())
    assert prove(made, kept, readings).skipped == 1


def prices(kind, *limits):
    """Give a tool that pays, with an amount of a type, and limits on it."""
    readings = (
        reading("get"),
        reading("pay", "Financial", argument("amount", "amount", kind), effects=["pay order"]),
        reading("put", "Write", argument("rows.[]", "content")),
    )
    return readings, plan(*readings, wishes={"limits": list(limits)})


PER_CALL = {"tool": "pay", "argument": "amount", "max": 10, "window": "call"}
PER_DAY = {"tool": "pay", "argument": "amount", "max": 45, "window": "day"}
MANY = {"tool": "put", "max": 5000, "window": "day"}


@pytest.mark.parametrize("amount", ["string", "integer", "number", "any"])
@pytest.mark.parametrize("kind", FORMATS)
def test_sums_are_held_whatever_the_amount_is_written_as(kind, amount):
    readings, made = prices(amount, PER_CALL, PER_DAY)
    proof = prove(made, compile_policy(kind, made, readings), readings)
    assert [(f.guard, f.says, f.calls[-1]) for f in proof.failures] == []


@pytest.mark.parametrize("kind", ["rego", "agentgateway", "intercept", "policylayer"])
def test_limits_too_large_to_play_are_filled_or_skipped(kind):
    readings, made = prices("integer", MANY, PER_DAY | {"max": 100000})
    proof = prove(made, compile_policy(kind, made, readings), readings)
    assert proof.failures == ()
    assert (proof.skipped == 0) is (kind == "rego")


def test_a_policy_that_lies_about_a_guard_is_found_out():
    readings = (reading("put", "Write"),)
    made = plan(*readings, threats=[finding("TH-L2-07")])
    compiled = compile_policy("cedar", made, readings)
    lost = tuple(Loss(one.guard, "weakened", "A lie.", ()) for one in compiled.losses)
    proof = prove(made, replace(compiled, losses=lost), readings)
    assert {failure.guard for failure in proof.failures} == {"rate:put"}


def test_one_tool_alone_can_be_proven():
    readings, made = SAMPLES["broker"]
    alone = only(made, "produce-message")
    proof = prove(alone, compile_policy("cedar", alone, readings), readings)
    assert proof.failures == ()


def test_amounts_add_up_from_numbers_texts_and_arrays():
    arguments = Call("t", {"a": {"b": 2.5}, "c": "3.5", "d": [1, 2], "e": True, "f": "x"}).arguments
    assert amount_of(("a", "b"), arguments, items=False) == 2.5
    assert amount_of(("c",), arguments, items=False) == 3.5
    assert amount_of(("d",), arguments, items=True) == 2
    assert amount_of(("d",), arguments, items=False) == 0
    assert amount_of(("e",), arguments, items=False) == 0
    assert amount_of(("f", "g"), arguments, items=True) == 0


@pytest.mark.parametrize("open_way", ["first", "second", "none"])
def test_where_none_of_the_ways_may_pass_each_that_does_is_told(open_way):
    class Lax(Session):
        def call(self, call):
            return CallOutcome("pass" if open_way in call.arguments else "refuse")

    ways = tuple((Call("put", {name: 1}),) for name in ("first", "second"))
    made = plan(reading("put"), threats=[])
    tally = _Tally({guard.id: guard for guard in made.guards}, Lax)
    tally.replay(ReplayCase(made.guards[0].id, "it is tried", "stop", ways), Lax)
    failures = tally.proof("cedar", "an engine", ()).failures
    assert [one.calls[0].arguments for one in failures] == [
        way[0].arguments for way in ways if open_way in way[0].arguments
    ]


TEXT = {"type": "string"}
WHO = {"type": "object", "properties": {"email": TEXT, "name": TEXT}}
MADE = {
    "send_email": {"to": {"type": "array", "items": WHO}, "body": TEXT},
    "send_mail": {"to": WHO, "cc": WHO},
    "create_document": {
        "collection": TEXT,
        "data": {"type": "object"},
    },  # whose name holds no comma
    "run_job": {"job_name": TEXT, "parameters": {"type": "object"}},
    "scale_deployment": {"replicas": {"type": "integer"}, "namespace": TEXT},
}


@pytest.mark.parametrize("kind", ["cedar", "rego", "envoy", "policylayer"])
def test_what_has_to_be_given_or_stands_in_an_object_is_held_as_planned(kind):
    shapes = {
        name: {"type": "object", "properties": some, "required": [next(iter(some))]}
        for name, some in MADE.items()
    }
    tools = tuple(Tool.of({"name": n, "inputSchema": shape}) for n, shape in shapes.items())
    readings = read_tools(tools, load_class_rules())
    made = plan(*readings, tools=tools, wishes={"recipients": ["@example.com"]})
    assert {g.rule for g in made.guards} >= {"recipients", "jobs", "job-inputs", "copies-scaled"}
    proof = prove(made, compile_policy(kind, made, readings), readings)
    assert [(f.guard, f.says, f.calls[-1]) for f in proof.failures] == []
