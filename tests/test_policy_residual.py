"""A policy is credited with a control only where every tool that reaches the effect is guarded."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.policy.make import argument, finding, guard, model, open_all, plan, reading
from tests.policy.sample import WISHES, bank, confluent
from threatmodel.assessment import assess
from threatmodel.classify.result import Clue
from threatmodel.description.load import load_agent
from threatmodel.outputs.pages.summary import counts
from threatmodel.policy.formats import FORMATS, compile_policy
from threatmodel.policy.guard import Plan
from threatmodel.policy.plan import without
from threatmodel.policy.residual import effective, residual_of
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.load import Knowledge, load_knowledge
from threatmodel.score.agent import Rescored
from threatmodel.threats.result import ThreatModel


@dataclass(frozen=True)
class Assessed:
    """An agent whose threats close one by one with the controls credited."""

    plan: Plan
    readings: tuple
    model: ThreatModel = field(default_factory=open_all)
    knowledge: Knowledge = field(default_factory=load_knowledge)

    def rescore(self, controls, readings):
        del readings
        ids = list(self.knowledge.by_id)
        closed = dict.fromkeys(ids[: len(controls)], "closed")
        states = dict.fromkeys(ids, "open_stated") | closed | {ids[-1]: "reduced"}
        return Rescored(states, 9.0 - len(controls), "High", ids[0], None)


def left(made, readings, kind="rego", threats=None):
    assessed = Assessed(made, tuple(readings), threats or open_all())
    return residual_of(assessed, compile_policy(kind, made, readings) if kind else None)


def test_hiding_delete_tools_leaves_the_statement_that_drops():
    bound = "argument:create-flink-statement:statement:statement"
    residual = left(without(plan(*confluent()), bound), confluent())
    assert "k.tool_hidden" not in residual.controls
    assert any(
        way.startswith("create-flink-statement can still delete by a statement of its own")
        for way in residual.ways_round
    )


def test_bounding_the_statement_closes_that_way_round():
    made = plan(*confluent(), wishes=WISHES)
    assert "k.tool_hidden" in left(made, confluent()).controls


def test_an_argument_that_nothing_bounds_is_a_way_round():
    readings = (
        reading("read", "Read", argument("path", "path")),
        reading("call", "Read", argument("amount", "amount")),
    )
    made = plan(*readings, wishes={"paths": ["/srv"]})
    residual = left(made, readings)
    assert "k.path_scope" in residual.controls
    assert "k.arg_rules" not in residual.controls
    assert [way.partition(",")[0] for way in residual.ways_round if "arguments" in way] == [
        "call takes arguments that nothing bounds"
    ]


def test_where_no_tool_reaches_the_effect_nothing_is_credited():
    readings = (reading("get"),)
    residual = left(plan(*readings), readings)
    assert "k.path_scope" not in residual.controls
    assert "k.human_approval" not in residual.controls
    assert residual.ways_round == ()


def test_what_a_format_drops_is_not_credited():
    made = plan(*confluent(), wishes=WISHES)
    assert "k.rate_limit" in left(made, confluent(), "policylayer").controls
    assert "k.rate_limit" not in left(made, confluent(), "cedar").controls
    assert "k.definition_pin" not in left(made, confluent(), "policylayer").controls


def test_refusing_instead_of_asking_is_credited_as_strictly():
    made = plan(*bank(), wishes=WISHES | {"tools": [one.name for one in bank()]})
    assert "k.human_approval" in left(made, bank(), "cedar").controls
    assert "k.human_approval" in left(made, bank(), "claude-code").controls


def test_a_hidden_tool_that_a_format_only_refuses_does_not_count_as_hidden():
    readings = (reading("drop", "Destructive", effects=["delete table"]),)
    made = plan(*readings)
    assert "k.tool_hidden" in left(made, readings, "intercept").controls
    assert "k.tool_hidden" not in left(made, readings, "contextforge").controls


@pytest.mark.parametrize("kind", FORMATS)
def test_a_format_is_credited_with_no_more_than_the_plan_that_refuses_what_it_refuses(kind):
    made = plan(*bank(), wishes=WISHES)
    compiled = compile_policy(kind, made, bank())
    refused = {loss.guard for loss in compiled.losses if loss.becomes == "deny"}
    stricter = tuple(replace(g, kind="deny") if g.id in refused else g for g in made.guards)
    whole = set(left(replace(made, guards=stricter), bank(), "").controls)
    assert set(left(made, bank(), kind).controls) <= whole


def test_states_are_counted():
    residual = left(plan(*confluent(), wishes=WISHES), confluent())
    assert residual.closed == len(residual.controls)
    assert residual.reduced == 1
    assert residual.open + residual.reduced + residual.closed == len(residual.states)


@pytest.mark.parametrize(("state", "holds"), [("closed", True), ("open_stated", False)])
def test_all_of_it_depends_on_the_way_around_the_proxy(state, holds):
    rules = policy_rules(load_knowledge())
    threats = model(finding(rules.condition.threat, state=state))
    residual = left(plan(*confluent()), confluent(), threats=threats)
    assert (residual.condition == rules.condition.holds) is holds


def test_credits_are_given_by_mitigations_through_their_clauses():
    known = load_knowledge()
    rows = known.sections["policy"]["credits"]
    for row in rows:
        mitigation = known.mitigations[row["mitigation"]]
        assert row["control"] in mitigation.gives
        assert set(row["clauses"]) <= set(mitigation.clauses)


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[1] / "agents").glob("*.yaml")))
def test_what_is_left_is_counted_over_the_same_threats_as_before(file):
    assessed = assess(load_agent(file))
    today = counts(assessed)
    for left in assessed.residuals:
        assert left.open + left.reduced <= today.live
        assert left.open <= today.open


def test_an_argument_of_another_harm_confirms_no_deletion(tmp_path):
    """A call back that waits for a listed host leaves the deletion itself without anybody."""
    described = """
name: Shop
kind: mcp-server
tools:
  - name: delete_database
    description: Delete a database for good.
    inputSchema:
      type: object
      properties: {name: {type: string}, webhook_url: {type: string}}
      required: [name]
policy: {allow: [delete_database]}
"""
    file = tmp_path / "shop.yaml"
    file.write_text(described)
    assert "k.human_approval" not in residual_of(assess(load_agent(file)), None).controls


@pytest.mark.parametrize("free", ["source", "target", "more[]"])
def test_a_control_over_arguments_needs_every_one_of_them_held(free):
    """One of several that nothing bounds is the way round, whichever it is."""
    paths = (
        argument("source", "path"),
        argument("target", "path"),
        argument("more.[]", "path", required=False),
    )
    readings = (reading("copy", "Write", *paths), reading("read", "Read", paths[0]))
    made = plan(*readings, wishes={"paths": ["/srv"]})
    assert "k.path_scope" in left(made, readings).controls
    (bound,) = (g.id for g in made.guards if g.id.startswith(f"argument:copy:{free}:"))
    loose = left(without(made, bound), readings)
    assert "k.path_scope" not in loose.controls
    assert any(way.startswith("copy ") for way in loose.ways_round)


def test_of_two_facts_that_a_guard_makes_one_the_first_keeps_what_shows_it():
    rules = policy_rules(load_knowledge())
    row = next(one for one in rules.arguments if one.turns)
    turned, becomes = next(iter(row.turns.items()))
    clues = [(Clue("name", "", text, ""),) for text in ("first", "second")]
    tool = reading("get")._replace(traits=((turned, clues[0]), (becomes, clues[1])))
    kept = guard(plan(*bank()), "argument:fetch:file:under")
    held = replace(kept, tool="get", rule=row.id)
    (left,) = effective([tool], {"get": "allow"}, {"get": (held,)}, rules)
    assert left.traits == ((becomes, clues[0]),)
