"""Laws of the scores of systems, and what the weakest member and the best check are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threatmodel.assessment import assess
from threatmodel.assessment.system import SystemAssessment
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.load import load_agent_text
from threatmodel.description.system import Flow, Outside, Person, Store, System
from threatmodel.outputs.documents import score_json
from threatmodel.rules.load import load_knowledge

RULES = load_knowledge()
FACTS = sorted(name for name, row in RULES.facts.items() if row.belongs != "system")
CONTROLS = sorted(RULES.controls)
CARRIED = ("task", "text", "data", "secrets", "fixed")
CHECKS = ("schema", "filter", "person", "redaction", "identity", "record")
TOOLS = (
    Tool(name="list_tickets", description="List support tickets that customers wrote."),
    Tool(name="update_record", description="Change a record of the customer database."),
    Tool(name="delete_record", description="Delete a record for good."),
    Tool(name="send_email", description="Send an email to any address."),
    Tool(name="run_command", description="Run a shell command and return its output."),
    Tool(name="create_refund", description="Refund a payment to a card."),
)

tools = st.lists(st.sampled_from(TOOLS), unique_by=lambda tool: tool.name, max_size=3).map(tuple)
said = st.dictionaries(st.sampled_from([*FACTS, *CONTROLS]), st.booleans(), max_size=6)


@st.composite
def systems(draw):
    members = [
        Agent(
            name=f"m{number}",
            kind=draw(st.sampled_from(["agent", "agent", "mcp-server"])),
            form=draw(st.sampled_from(["deployment", "unknown"])),
            tools=draw(tools),
            facts=draw(said),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    if draw(st.booleans()):
        members.append(Person(name="person", kind="person"))
    parts = {"stores": (Store(name="s"),), "outside": (Outside(name="o"),)}
    names = [*(one.name for one in members), "s", "o"]
    ends = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda e: e[0] != e[1])
    flows = tuple(
        Flow(
            sender=sender,
            to=to,
            carries=(draw(st.sampled_from(CARRIED)),),
            checked_by=tuple(draw(st.lists(st.sampled_from(CHECKS), max_size=1))),
        )
        for sender, to in draw(st.lists(ends, max_size=8))
    )
    return System(name="S", kind="multi-agent", members=tuple(members), flows=flows, **parts)


def scored(system: System) -> SystemAssessment:
    found = assess(system)
    assert isinstance(found, SystemAssessment)
    return found


def in_place(found: SystemAssessment) -> dict[str, float]:
    return {one.agent.name: one.score.value for one in found.members}


@settings(max_examples=40, deadline=None)
@given(systems(), st.data())
def test_adding_a_check_to_a_flow_never_raises_a_score(system, data):
    if not system.flows:
        return
    index = data.draw(st.integers(0, len(system.flows) - 1))
    check = data.draw(st.sampled_from(CHECKS))
    flow = system.flows[index]
    checked = flow.changed({"checked_by": (*flow.checks, check)})
    flows = (*system.flows[:index], checked, *system.flows[index + 1 :])
    before, after = scored(system), scored(system.changed({"flows": flows}))
    assert after.score.value <= before.score.value
    assert all(value <= in_place(before)[name] for name, value in in_place(after).items())


@settings(max_examples=40, deadline=None)
@given(systems(), st.data())
def test_removing_a_member_never_raises_a_score(system, data):
    gone = data.draw(st.sampled_from([one.name for one in system.members]))
    left = tuple(one for one in system.members if one.name != gone)
    if not any(isinstance(one, Agent) for one in left):
        return
    flows = tuple(flow for flow in system.flows if gone not in (flow.sender, flow.to))
    before, after = scored(system), scored(system.changed({"members": left, "flows": flows}))
    assert after.score.value <= before.score.value
    assert all(value <= in_place(before)[name] for name, value in in_place(after).items())


@settings(max_examples=40, deadline=None)
@given(systems())
def test_a_member_in_its_place_never_scores_below_itself_and_the_headline_is_the_highest(system):
    found = scored(system)
    alone = {one.agent.name: one.score.value for one in found.alone}
    assert all(value >= alone[name] for name, value in in_place(found).items())
    assert found.score.value == max(in_place(found).values())
    assert found.score.low <= found.score.value <= found.score.high


@settings(max_examples=40, deadline=None)
@given(systems())
def test_a_system_of_one_member_scores_as_that_member(system):
    agent = system.agents[0]
    found = scored(system.changed({"members": (agent,), "flows": ()}))
    assert score_json(found.score) == score_json(assess(agent).score)


LINE = """
name: Line
form: deployment
members:
  - name: reader
    tools:
      - name: read_reviews
        description: Read reviews that customers posted on the public web site.
        inputSchema: {type: object, properties: {page: {type: integer}}}
  - {name: clerk, tools: []}
  - name: payer
    tools:
      - name: create_refund
        description: Refund a payment to a card.
        inputSchema: {type: object, properties: {amount: {type: number}}}
outside: [{name: customers}]
flows:
  - {from: customers, to: reader, carries: [text]}
  - {from: reader, to: clerk, carries: [data]}
  - {from: clerk, to: payer, carries: [task]}
"""


@pytest.fixture(scope="module")
def line() -> SystemAssessment:
    return scored(load_agent_text(LINE.encode(), "line.yaml"))


def test_what_reaches_a_member_raises_it_over_itself(line):
    alone = {one.agent.name: one.score.value for one in line.alone}
    assert in_place(line)["payer"] > alone["payer"]


def test_the_way_that_makes_the_headline_is_told(line):
    assert line.worst.agent.name == "payer"
    ways = [one for one in line.paths if one.member == "payer" and one.way]
    assert [line.agent.flows[index].sender for index in ways[0].way] == [
        "customers", "reader", "clerk",
    ]  # fmt: skip


def test_the_check_that_helps_most_is_found_and_holds_when_it_is_made(line):
    best = line.trial.best
    assert best is not None
    assert best.value < line.score.value or sum(best.scores) < sum(in_place(line).values())
    flow = line.agent.flows[best.flow]
    checked = flow.changed({"checked_by": (*flow.checks, best.check)})
    flows = list(line.agent.flows)
    flows[best.flow] = checked
    after = scored(line.agent.changed({"flows": tuple(flows)}))
    assert (after.score.value, tuple(in_place(after).values())) == (best.value, best.scores)
    assert "payer" in best.freed


def test_flows_and_members_in_another_order_give_the_same_scores(line):
    system = line.agent
    turned = system.changed({"members": system.members[::-1], "flows": system.flows[::-1]})
    assert in_place(scored(turned)) == in_place(line)


@settings(max_examples=40, deadline=None)
@given(systems(), st.data())
def test_a_question_names_who_is_asked_and_the_headline_is_what_their_answers_make_it(system, data):
    found = scored(system)
    assert all(bool(q.members) is (len(found.members) > 1) for q in found.score.questions)
    if not found.score.questions:
        return
    question = data.draw(st.sampled_from(found.score.questions))
    answer = data.draw(st.booleans())
    asked = question.members or tuple(in_place(found))
    members = tuple(
        one.changed({"facts": {**one.facts, question.fact: answer}}) if one.name in asked else one
        for one in system.members
    )
    after = scored(system.changed({"members": members})).score.value
    assert after == (question.if_true if answer else question.if_false)
    assert found.score.low <= after <= found.score.high
