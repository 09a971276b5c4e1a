"""The rule graph holds together, and two independent ways of judging an agent agree."""

import json

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.oracle import Oracle
from threatmodel.files import shipped
from threatmodel.rules import graph as rule_graph
from threatmodel.rules.evaluate import derive, judge
from threatmodel.rules.load import knowledge_of, load_knowledge
from threatmodel.scales import STATES

KNOWLEDGE = load_knowledge()
ORACLE = Oracle(KNOWLEDGE)
ASKED = (*KNOWLEDGE.facts, *KNOWLEDGE.controls)


@st.composite
def agents(draw):
    """Draw values for all facts, and which of the true ones are merely presumed."""
    rng = draw(st.randoms(use_true_random=False))
    known, yes = draw(st.floats(0, 1)), draw(st.floats(0, 1))
    values = {name: (rng.random() < yes) if rng.random() < known else None for name in ASKED}
    presumed = {name for name, value in values.items() if value is not None and rng.random() < 0.2}
    firm = {name: None if name in presumed else value for name, value in values.items()}
    return values, firm


def closed_masks(values):
    true = KNOWLEDGE.mask(*(name for name, value in values.items() if value is True))
    false = KNOWLEDGE.mask(*(name for name, value in values.items() if value is False))
    return derive(KNOWLEDGE, true, false)


@given(agents())
def test_masks_and_conditions_as_written_judge_alike(agent):
    values, firm = agent
    slow = ORACLE.judge(values, firm)
    fast = judge(KNOWLEDGE, closed_masks(values), closed_masks(firm))
    for row, verdict in zip(KNOWLEDGE.threats, fast, strict=True):
        found = (verdict.state, verdict.impact, verdict.likelihood, verdict.priority)
        assert found == slow[row.id], row.id


@given(agents(), st.sampled_from(sorted(KNOWLEDGE.controls)))
def test_a_control_never_makes_a_threat_more_severe(agent, control):
    values, firm = agent
    order = KNOWLEDGE.priority.priorities.index
    without = judge(KNOWLEDGE, *map(closed_masks, (values | {control: None}, firm)))
    having = judge(KNOWLEDGE, *map(closed_masks, (values | {control: True}, firm)))
    for before, after in zip(without, having, strict=True):
        assert order(after.priority) <= order(before.priority)


@given(
    agents(), st.sampled_from(sorted(name for name, row in KNOWLEDGE.facts.items() if row.raises))
)
def test_a_true_fact_that_makes_things_worse_never_lowers_a_severity(agent, fact):
    values, _ = agent
    order = KNOWLEDGE.priority.priorities.index
    no, yes = (closed_masks(values | {fact: value}) for value in (False, True))
    for before, after in zip(judge(KNOWLEDGE, no, no), judge(KNOWLEDGE, yes, yes), strict=True):
        if "open_assumed" in (before.state, after.state) and before.state == after.state:
            assert order(after.priority) >= order(before.priority)
        assert (after.state == "not_applicable") <= (before.state == "not_applicable")


def test_every_threat_applies_when_all_facts_are_true_and_none_when_all_are_false():
    every, none = (closed_masks(dict.fromkeys(KNOWLEDGE.facts, value)) for value in (True, False))
    assert {verdict.state for verdict in judge(KNOWLEDGE, every, every)} == {"open_assumed"}
    assert {verdict.state for verdict in judge(KNOWLEDGE, none, none)} == {"not_applicable"}


def test_controls_that_are_all_in_place_close_what_can_be_closed_and_reduce_the_rest():
    facts = dict.fromkeys(KNOWLEDGE.facts, True) | {"m.learns_from_use": False}
    masks = closed_masks(facts | dict.fromkeys(KNOWLEDGE.controls, True))
    for row, verdict in zip(KNOWLEDGE.threats, judge(KNOWLEDGE, masks, masks), strict=True):
        closable = bool(row.texts.closed_by)
        assert verdict.state == ("closed" if closable else "reduced"), row.id


def test_nothing_known_gives_questions_and_no_findings():
    states = {verdict.state for verdict in judge(KNOWLEDGE, (0, 0), (0, 0))}
    assert states == {"needs_answer"}


def verdict_of(threat, full, firm):
    return tuple(judge(KNOWLEDGE, full, firm))[KNOWLEDGE.threats.index(threat)]


def test_a_threat_that_only_presumed_facts_open_needs_an_answer():
    row = KNOWLEDGE.by_id["TH-L3-12"]
    full = closed_masks({"au.multi_step": True})
    assert verdict_of(row, full, full).state == "open_assumed"
    assert verdict_of(row, full, (0, 0)).state == "needs_answer"


@pytest.mark.parametrize(
    ("controls", "state"),
    [
        ({}, "open_assumed"),
        ({"k.human_approval": False}, "open_assumed"),
        ({"k.sod": False, "k.human_approval": False}, "open_stated"),
        ({"k.human_approval": True}, "reduced"),
        ({"k.sod": True}, "closed"),
    ],
)
def test_the_state_follows_from_what_is_said_about_controls(controls, state):
    masks = closed_masks({"t.approve": True, "t.write": True} | controls)
    assert verdict_of(KNOWLEDGE.by_id["TH-L6-09"], masks, masks).state == state


def test_every_state_has_a_meaning():
    assert set(KNOWLEDGE.priority.states) == set(STATES)


def test_the_graph_has_no_fault(capsys):
    graph = rule_graph.build_graph(KNOWLEDGE)
    with capsys.disabled():
        print(f"\nrule graph: {len(graph)} nodes, {graph.size()} edges")  # noqa: T201
    assert rule_graph.faults(KNOWLEDGE) == ()


@pytest.mark.parametrize(
    ("part", "row", "fault"),
    [
        ("loops", ["TH-L2-01", "TH-L2-06"], "listed as a loop and is none: TH-L2-01, TH-L2-06"),
        (
            "cascades",
            {"source": "TH-L2-06", "target": "TH-L2-01", "kind": "enables"},
            "threats feed each other and are not listed as a loop",
        ),
        (
            "facts",
            {"id": "t.new", "family": "t", "says": "new", "question": "New?", "from": [],
             "presumed": None, "raises": True, "belongs": "product"},
            "fact t.new leads to no threat",
        ),
        (
            "facts",
            {"id": "k.new", "family": "k", "says": "new", "question": "New?", "from": [],
             "presumed": None, "raises": False, "belongs": "product"},
            "control k.new is given by no mitigation",
        ),
        (
            "layers",
            {"id": "L8", "number": 8, "name": "new", "about": "new", "vertical": False,
             "mapped_by": [], "asks": []},
            "layer L8 has no threat",
        ),
        (
            "clauses",
            {"id": "pc-new", "says": "new"},
            "clause pc-new leads to no threat",
        ),
    ],
)  # fmt: skip
def test_a_fault_of_the_graph_is_found(part, row, fault):
    data = json.loads(shipped("frameworks/compiled.json").read_bytes())
    data[part].append(row)
    if part == "cascades":
        data[part].append({"source": "TH-L2-01", "target": "TH-L2-06", "kind": "enables"})
    assert any(fault in found for found in rule_graph.faults(knowledge_of(data)))


def test_a_mitigation_that_does_nothing_for_its_threat_is_found():
    data = json.loads(shipped("frameworks/compiled.json").read_bytes())
    row = next(row for row in data["threats"] if row["id"] == "TH-L6-09")
    row["mitigations"] = ["mt-rate", "mt-approval"]
    assert set(rule_graph.faults(knowledge_of(data))) == {
        "TH-L6-09: mt-rate gives no control that it asks for",
        "TH-L6-09: no mitigation of it gives k.sod",
    }


def test_an_edge_to_nowhere_is_refused():
    data = json.loads(shipped("frameworks/compiled.json").read_bytes())
    data["mitigations"][0]["gives"] = ["k.nowhere"]
    with pytest.raises(KeyError, match="no such node"):
        rule_graph.build_graph(knowledge_of(data))


def test_capabilities_form_no_circle_and_are_listed_after_their_parts():
    graph = rule_graph.build_graph(KNOWLEDGE)
    seen: set[str] = set()
    for name in KNOWLEDGE.capabilities:
        parts = {n for n in graph.predecessors(name) if graph.nodes[n]["kind"] == "capability"}
        assert parts <= seen
        seen.add(name)


def test_every_threat_is_reached_from_a_fact():
    graph = rule_graph.build_graph(KNOWLEDGE)
    for row in KNOWLEDGE.threats:
        assert nx.ancestors(graph, row.id) & set(KNOWLEDGE.facts)


def test_every_step_of_a_chain_can_lead_to_the_next():
    graph = rule_graph.cascade_graph(KNOWLEDGE)
    for chain in KNOWLEDGE.chains.values():
        assert chain.breaks_best_at in chain.steps
        for step, following in zip(chain.steps, chain.steps[1:], strict=False):
            assert nx.has_path(graph, step, following), (chain.id, step, following)
