"""What travels along flows: held against every way there is, and against what a reader expects."""

import time
from functools import lru_cache
from itertools import chain, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threatmodel.assessment import assess
from threatmodel.assessment.system import SystemAssessment
from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent_text
from threatmodel.description.system import Flow, Outside, Person, Store, System
from threatmodel.rules.load import load_knowledge
from threatmodel.rules.system import system_rules_of
from threatmodel.system.flows import Reader, read_flows
from threatmodel.system.net import Flowing, Net, circles

RULES = load_knowledge()
SYSTEM_RULES = system_rules_of(RULES)
LABELS = {label.id: label for label in SYSTEM_RULES.labels}
CARRIED = ("task", "text", "data", "secrets", "fixed")
CHECKS = ("schema", "filter", "person", "redaction", "identity", "record")
SOURCES = ("c.ingest_untrusted", "c.reach_private", "c.reach_secrets", "t.money", "t.delete")


def flowing(system: System, known: dict[str, frozenset[str]]) -> Flowing:
    """Take capabilities of members as given, everything else as known to be false."""
    every = (1 << len(RULES.bits)) - 1
    alone = {}
    for agent in system.agents:
        true = sum(1 << RULES.bits[name] for name in known.get(agent.name, ()))
        alone[agent.name] = true, every & ~true
    return Flowing(Net(system), alone, SYSTEM_RULES, RULES)


@st.composite
def systems(draw, most=8):
    count = draw(st.integers(1, most))
    members = []
    for number in range(count):
        kind = draw(st.sampled_from(["agent", "agent", "mcp-server", "person"]))
        name = f"m{number}"
        person = kind == "person"
        members.append(Person(name=name, kind="person") if person else Agent(name=name, kind=kind))
    stores = [Store(name="s", written_by_outsiders=draw(st.sampled_from([None, True, False])))]
    outside = [Outside(name="o", trusted=draw(st.sampled_from([None, True])))]
    names = [one.name for one in chain(members, stores, outside)]
    ends = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda e: e[0] != e[1])
    flows = []
    for sender, to in draw(st.lists(ends, max_size=2 * most)):
        carries = draw(st.one_of(st.none(), st.lists(st.sampled_from(CARRIED), max_size=2)))
        checks = draw(st.lists(st.sampled_from(CHECKS), max_size=1))
        trusts = ["untrusted", "unknown", None] + ["trusted"] * (sender == "o")
        flows.append(
            Flow(
                sender=sender,
                to=to,
                carries=None if carries is None else tuple(carries),
                checked_by=tuple(checks),
                trust=draw(st.sampled_from(trusts)),
            )
        )
    known = {m.name: draw(st.frozensets(st.sampled_from(SOURCES), max_size=2)) for m in members}
    return System(name="S", members=members, stores=stores, outside=outside, flows=flows), known


def passes(flow: Flow, label: str) -> bool:
    rule = LABELS[label]
    carried = {"task", "text", "data", "secrets"} if flow.carries is None else set(flow.carries)
    stopped = rule.stopped_by & set(flow.checks)
    return (
        bool(carried & rule.carried_by)
        and not stopped
        and not (label == "outsider-text" and flow.trust == "trusted")
    )


def begun(system: System, known, label: str) -> set[str]:
    """Name the places where a label starts."""
    capability = dict(zip(sorted(LABELS), SOURCES, strict=False))[label]
    people = {one.name for one in system.people}
    starts = {name for name, found in known.items() if capability in found} - people
    if label == "outsider-text":
        starts |= {o.name for o in system.outside if o.trusted is not True}
        starts |= {s.name for s in system.stores if s.written_by_outsiders is True}
    return starts


def every_way(system: System, known, label: str) -> set[str]:
    """Name the agents that some way leads to; every way without a repeated place is walked."""
    starts, reached = begun(system, known, label), set()
    people = {one.name for one in system.people}

    def walk(at: str, seen: frozenset[str]) -> None:
        for flow in [] if at in people else system.flows:
            if flow.sender == at and flow.to not in seen and passes(flow, label):
                reached.add(flow.to)
                walk(flow.to, seen | {flow.to})

    for start in starts:
        walk(start, frozenset({start}))
    for flow in system.flows:
        if label == "outsider-text" and flow.trust == "untrusted" and passes(flow, label):
            reached.add(flow.to)
            walk(flow.to, frozenset({flow.to}))
    return (reached - starts) & {one.name for one in system.agents}


@settings(max_examples=250, deadline=None)
@given(systems(), st.sampled_from(sorted(LABELS)))
def test_a_label_reaches_exactly_the_members_that_some_way_leads_to(drawn, label):
    system, known = drawn
    given_flows = flowing(system, known)
    read = read_flows(given_flows, given_flows.net.checks)
    fact = LABELS[label].fact
    found = {name for name, facts in read.facts.items() if fact in facts}
    assert found == every_way(system, known, label)


@settings(max_examples=100, deadline=None)
@given(systems())
def test_every_way_that_is_told_can_be_walked(drawn):
    system, known = drawn
    given_flows = flowing(system, known)
    read = read_flows(given_flows, given_flows.net.checks)
    for name, facts in read.facts.items():
        for label in LABELS.values():
            if label.fact in facts:
                way = [system.flows[index] for index in facts[label.fact].way]
                assert all(passes(flow, label.id) for flow in way)
                assert all(a.to == b.sender for a, b in pairwise(way))
                assert way[-1].to == name
                assert not {flow.sender for flow in way} & {one.name for one in system.people} or (
                    way[0].trust == "untrusted"
                )


@settings(max_examples=100, deadline=None)
@given(systems(), st.data())
def test_a_check_never_adds_a_fact_that_raises_and_removing_a_member_never_does(drawn, data):
    system, known = drawn
    before = flowing(system, known)
    now = read_flows(before, before.net.checks).facts
    if system.flows:
        checks = list(before.net.checks)
        index = data.draw(st.integers(0, len(checks) - 1))
        checks[index] |= {data.draw(st.sampled_from(CHECKS))}
        assert _within(read_flows(before, checks).facts, now)
    gone = data.draw(st.sampled_from([one.name for one in system.members]))
    left = system.changed(
        {
            "members": tuple(one for one in system.members if one.name != gone),
            "flows": tuple(f for f in system.flows if gone not in (f.sender, f.to)),
        }
    )
    after = flowing(left, known)
    assert _within(read_flows(after, after.net.checks).facts, now)


@settings(max_examples=150, deadline=None)
@given(systems(), st.data())
def test_reading_one_set_of_checks_after_the_other_gives_what_reading_each_anew_does(drawn, data):
    system, known = drawn
    before = flowing(system, known)
    reader = Reader(before)
    sets = st.frozensets(st.sampled_from(CHECKS), max_size=2)
    for _ in range(data.draw(st.integers(1, 4))):
        checks = tuple(one | data.draw(sets) for one in before.net.checks)
        assert reader.read(checks) == read_flows(before, checks)


def _within(fewer, more) -> bool:
    return all(_raising(facts) <= more.get(name, {}).keys() for name, facts in fewer.items())


def _raising(facts) -> set[str]:
    return {fact for fact in facts if RULES.facts[fact].raises}


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3)))
def test_circles_are_the_places_that_lead_back_to_themselves(after):
    @lru_cache
    def reach(name: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = list(after.get(name, ()))
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += after.get(one, ())
        return frozenset(found)

    after = {name: [o for o in others if o != name] for name, others in after.items()}
    assert circles(tuple(after), after) == {name for name in "abcdef" if name in reach(name)}


def test_a_hundred_members_and_a_thousand_flows_are_read_in_one_pass():
    members = [Agent(name=f"m{n}", kind="agent") for n in range(100)]
    flows = [Flow(sender=f"m{n % 100}", to=f"m{(n * 7 + n // 100 + 1) % 100}") for n in range(1000)]
    flows = [flow for flow in flows if flow.sender != flow.to]
    system = System(name="S", members=members, flows=flows)
    given_flows = flowing(system, {"m0": frozenset(SOURCES)})
    started = time.perf_counter()
    read = read_flows(given_flows, given_flows.net.checks)
    spent = time.perf_counter() - started
    assert len([1 for facts in read.facts.values() if "sy.outsider_text" in facts]) == 99
    assert spent < 1, "ten times the budget of 100 ms, so that a busy machine does not fail it"


# What a reader expects of an example.

TRIO = """
name: Trio
form: deployment
credentials: [{name: one key, kind: static-key}]
members:
  - name: reader
    tools:
      - name: fetch_url
        description: Fetch a web page from the internet and return its text.
        inputSchema: {type: object, properties: {url: {type: string}}}
  - name: planner
    tools: []
  - name: payer
    tools: [{name: create_refund, description: Refund a payment to a card.}]
stores: [{name: notes}]
outside: [{name: partner, kind: agent}, {name: press}]
flows:
  - {from: reader, to: notes, carries: [data]}
  - {from: notes, to: planner, carries: [data]}
  - {from: planner, to: payer, carries: [task]}
  - {from: payer, to: planner, carries: [task]}
  - {from: partner, to: planner, carries: [text]}
  - {from: planner, to: press, carries: [text]}
"""


@pytest.fixture(scope="module")
def trio() -> SystemAssessment:
    found = assess(load_agent_text(TRIO.encode(), "trio.yaml"))
    assert isinstance(found, SystemAssessment)
    return found


def facts_of(assessment: SystemAssessment, name: str) -> dict[str, str]:
    facts = next(one.facts for one in assessment.members if one.agent.name == name).facts
    return {
        i: next(e.says for e in fact.evidence if e.basis == "derived")
        for i, fact in facts.items()
        if fact.value and fact.basis == "derived"
    }


def test_what_was_typed_before_follows_from_the_flows(trio):
    planner, payer, reader = (facts_of(trio, name) for name in ("planner", "payer", "reader"))
    assert payer["sy.outsider_text"] == ("text that outsiders write: partner to planner to payer")
    assert planner["sy.outsider_text"] == "text that outsiders write: partner to planner"
    assert payer["sy.lends_rights"] == "asked to move money: planner to payer"
    assert planner["sy.circle"] == "planner to payer"
    assert planner["sy.hands_out"] == "planner to press"
    assert planner["ma.third_party_peer"] == "partner to planner"
    assert reader["m.shared"] == "reader to notes, which others use too"
    assert reader["id.shared_account"] == "reader, planner and payer hold the same key, one key"
    assert {"ma.multi_agent", "ma.delegates", "sy.unproven_sender", "sy.unrecorded"} <= set(planner)
    assert not {"ma.multi_agent", "ma.delegates", "sy.outsider_text"} & set(reader)


def test_evidence_stands_where_the_last_flow_of_the_way_stands(trio):
    payer = next(one.facts for one in trio.members if one.agent.name == "payer")
    (evidence,) = payer.facts["sy.outsider_text"].evidence
    assert evidence.place == "trio.yaml:20:5"


def test_a_person_in_the_way_stops_text_but_not_the_way_round():
    reviewed = TRIO.replace("tools: []", "tools: []\n  - {name: boss, kind: person}").replace(
        "{from: planner, to: payer, carries: [task]}",
        "{from: planner, to: boss, carries: [task]}\n  - {from: boss, to: payer, carries: [task]}",
    )
    found = assess(load_agent_text(reviewed.encode(), "trio.yaml"))
    assert "sy.outsider_text" not in facts_of(found, "payer")
    round_ = reviewed + "  - {from: notes, to: payer, carries: [data]}\n"
    found = assess(load_agent_text(round_.encode(), "trio.yaml"))
    assert facts_of(found, "payer")["sy.outsider_text"] == (
        "text that outsiders write: reader to notes to payer"
    )


def test_what_a_reviewer_states_of_a_member_stands_and_is_told_as_a_contradiction():
    said = TRIO.replace("  - name: payer\n", "  - name: payer\n    facts: {sy.outsider_text: no}\n")
    found = assess(load_agent_text(said.encode(), "trio.yaml"))
    payer = next(one for one in found.members if one.agent.name == "payer")
    assert payer.facts.facts["sy.outsider_text"].value is False
    assert [c.subject for c in found.contradictions] == ["sy.outsider_text"]
