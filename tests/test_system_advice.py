"""Conditions for a system: the file that promises them, the policies to match, checks at flows."""

import json
from pathlib import Path

import pytest
import yaml

from threatmodel.advise import advise
from threatmodel.advise.choices import POLICY
from threatmodel.assessment import assess
from threatmodel.assessment.system import SystemAssessment
from threatmodel.cli import main
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.outputs.advice import left_text
from threatmodel.outputs.pages.decision import decision_of
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.residual import residual_of

AGENTS = Path(__file__).parents[1] / "agents"
CHAIN = """
name: Chain
form: deployment
members:
  - {name: clerk, tools: []}
  - name: runner
    tools: [{name: run_command, description: Run a shell command and return its output.}]
  - name: payer
    tools: [{name: create_refund, description: Refund a payment to a card.}]
outside: [{name: customers}]
flows:
  - {from: customers, to: clerk, carries: [text, data], note: letters}
  - {from: clerk, to: runner, carries: [task]}
  - {from: clerk, to: payer, carries: [task]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in AGENTS.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "chain.yaml").write_text(CHAIN, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("kind", ["", "rego"])
@pytest.mark.parametrize("name", ["insurance-claims", "assistant-six-servers", "chain"])
def test_what_is_promised_is_the_score_of_the_file_that_is_written(name, kind, folder, capsys):
    out = folder / "deployed.yaml"
    asked = ["--for", kind] if kind else []
    status = main(
        ["advise", str(folder / f"{name}.yaml"), *asked, "-o", str(out), "--format", "json"]
    )
    told = json.loads(capsys.readouterr().out)
    assert status == (0 if told["reached"] else 1)
    deployed = assess(load_agent(out), trying=True)
    assert isinstance(deployed, SystemAssessment)
    conditions = {step["condition"] for step in told["conditions"]}
    values = []
    for member in deployed.members:
        guarded = f"{member.agent.name}/{POLICY}" in conditions
        policy = compile_policy(kind, member.plan, member.readings) if kind else None
        values.append(residual_of(member, policy).value if guarded else member.score.value)
        beside = list(folder.glob(f"deployed.{member.agent.name}.*"))
        assert len(beside) == (1 if guarded and kind else 0)
        if beside:
            assert beside[0].read_text(encoding="utf-8").endswith(policy.text)
    assert max(values) == told["value"]


def test_a_check_is_asked_for_where_it_costs_less_than_what_it_spares(folder):
    found = assess(load_agent(folder / "chain.yaml"))
    advice = advise(found, 5.0)
    (check, *_) = advice.steps
    assert check.choice.check == "schema"
    assert check.choice.says == "Hold what customers hands to clerk to fixed fields and values."
    alone = sum(advise(member, 5.0).effort for member in found.members)
    assert advice.reached
    assert advice.effort < alone
    assert advice.deployed.flows[0].checks == ("schema",)
    assert advice.deployed.flows[0].note == "letters"


def test_a_system_assessed_again_with_a_check_is_the_one_assessed_anew(folder):
    whole = assess(load_agent(folder / "chain.yaml"))
    assert isinstance(whole, SystemAssessment)
    first, *others = whole.system.flows
    checked = first.changed({"checked_by": ("person",)})
    system = whole.system.changed({"flows": (checked, *others)})
    again, anew = whole.again(system), assess(system, trying=True)
    assert isinstance(anew, SystemAssessment)
    assert all(one is other for one, other in zip(again.alone, whole.alone, strict=True))
    for one, other in zip(again.members, anew.members, strict=True):
        assert (one.score.value, one.facts.said) == (other.score.value, other.facts.said)
        told, anew_told = (
            [fact.evidence for fact in it.facts.facts.values()] for it in (one, other)
        )
        assert told == anew_told
    assert [one.facts.said for one in again.members] != [one.facts.said for one in whole.members]


def test_a_member_that_a_check_does_not_reach_is_not_assessed_again(folder):
    whole = assess(load_agent(folder / "chain.yaml"), trying=True)
    assert isinstance(whole, SystemAssessment)
    first, second, third = whole.system.flows
    checked = second.changed({"checked_by": ("person",)})
    again = whole.again(whole.system.changed({"flows": (first, checked, third)}))
    clerk, runner, payer = again.members
    assert clerk is whole.members[0]
    assert payer is whole.members[2]
    assert runner is not whole.members[1]
    # Whatever else changes, all are looked at anew: words may speak of it.
    kept = {id(one) for one in whole.members}
    longer = whole.system.changed({"flows": (first, second)})
    renamed = whole.system.changed({"outside": ()})
    for system in (longer, renamed):
        assert kept.isdisjoint(map(id, whole.again(system).members))


def test_a_flow_that_gets_a_check_is_written_with_all_others(folder):
    out = folder / "deployed.yaml"
    assert main(["advise", str(folder / "chain.yaml"), "--under", "5", "-o", str(out)]) == 0
    before, after = load_agent(folder / "chain.yaml"), load_agent(out)
    assert [(f.sender, f.to, f.carries, f.note) for f in after.flows] == [
        (f.sender, f.to, f.carries, f.note) for f in before.flows
    ]
    assert [f.checks for f in after.flows] == [("schema",), (), ()]


OVER = """
name: Chain, deployed
extends: chain.yaml
form: deployment
members:
  - {name: payer, autonomy: {approvals: all}, facts: {k.kill_switch: yes}}
"""


def test_a_file_that_extends_a_system_says_of_a_member_what_differs(folder):
    (folder / "over.yaml").write_text(OVER, encoding="utf-8")
    system = load_agent(folder / "over.yaml")
    assert [one.name for one in system.members] == ["clerk", "runner", "payer"]
    payer = system.members[2]
    assert [tool.name for tool in payer.known_tools] == ["create_refund"]
    assert payer.autonomy.approvals == "all"
    assert str(payer.places.of(("facts", "k.kill_switch"))).endswith("over.yaml:6:70")
    assert str(system.places.of(("members", 1))).endswith("chain.yaml:6:5")


def test_a_member_that_the_extended_system_does_not_have_is_refused_unless_it_is_described(folder):
    over = folder / "over.yaml"
    over.write_text(OVER.replace("name: payer", "name: payr"), encoding="utf-8")
    with pytest.raises(Exception, match="has no member 'payr'") as caught:
        load_agent(over)
    assert "payer" in str(caught.value.hint)
    over.write_text(OVER.replace("name: payer,", "name: clerk 2, tools: [],"), encoding="utf-8")
    assert [one.name for one in load_agent(over).members][-1] == "clerk 2"
    again = OVER + "  - {name: payer, tools: []}\n"
    over.write_text(again, encoding="utf-8")
    with pytest.raises(ExceptionGroup, match="do not fit") as several:
        load_agent(over)
    assert "there are 2 called 'payer'" in str(several.value.exceptions[0])


def test_a_deployment_that_could_not_extend_its_system_is_refused(capsys):
    assert main(["advise", str(AGENTS / "insurance-claims.yaml"), "-o", "/nowhere/x.yaml"]) == 2
    assert "can only extend a file beside or below it" in capsys.readouterr().err


def test_a_way_that_the_conditions_leave_open_is_told_with_the_check_that_closes_it():
    whole = assess(load_agent_text(CHAIN.encode(), "chain.yaml"))
    found = advise(whole, 9.9)  # a line that is met as it is
    ways = {one.member: one for one in found.left}
    assert ways["payer"].way == ("customers", "clerk", "payer")
    closing = ways["payer"].closing
    assert closing is not None
    assert closing.says == "Hold what clerk hands to payer to fixed fields and values."
    # The check does close it, and what is closed is told no more.
    checked = CHAIN.replace(
        "to: payer, carries: [task]}", "to: payer, carries: [task], checked_by: [schema]}"
    )
    after = advise(assess(load_agent_text(checked.encode(), "chain.yaml")), 9.9)
    assert {one.member for one in after.left} == {"runner"}


def test_where_two_ways_lead_to_a_member_no_single_check_is_offered():
    twice = CHAIN + "  - {from: customers, to: payer, carries: [task]}\n"
    twice = twice.replace(
        "tools: []}", "tools: [{name: read_mail, description: Read mail that customers sent.}]}"
    )
    found = advise(assess(load_agent_text(twice.encode(), "chain.yaml")), 9.9)
    (way,) = (one for one in found.left if one.member == "payer")
    assert way.closing is None
    assert "No single check closes it." in left_text(way)


def _chains(many: int) -> SystemAssessment:
    """Assess a system of separate chains, in each of which one check is worth its effort."""
    members = "".join(
        f"  - {{name: clerk {n}, tools: []}}\n  - name: payer {n}\n    tools:"
        " [{name: create_refund, description: Refund a payment to a card.}]\n"
        for n in range(many)
    )
    flows = "".join(
        f"  - {{from: customers, to: clerk {n}, carries: [text, data]}}\n"
        f"  - {{from: clerk {n}, to: payer {n}, carries: [task]}}\n"
        for n in range(many)
    )
    text = (
        f"name: Chains\nform: deployment\nmembers:\n{members}outside: [{{name: customers}}]\n"
        f"flows:\n{flows}"
    )
    found = assess(load_agent_text(text.encode(), "chains.yaml"))
    assert isinstance(found, SystemAssessment)
    return found


@pytest.mark.parametrize(("many", "asked"), [(2, 2), (7, 6)])
def test_of_many_flows_that_would_gain_from_a_check_six_are_asked_for(many, asked):
    advice = advise(_chains(many), 5.0)
    checked = [step.choice.id for step in advice.steps if step.choice.check]
    assert len(set(checked)) == len(checked) == asked
    assert advice.reached  # what no check spares is asked of the members themselves
    assert sum(bool(flow.checks) for flow in advice.deployed.flows) == asked


def test_a_condition_that_lowers_no_score_of_a_system_says_why_it_is_there():
    trader = yaml.safe_load((AGENTS / "trading-agent.yaml").read_text("utf-8"))
    ours = "name kind summary model users autonomy memory credentials data tools runtime network"
    sections = (*ours.split(), "controls", "supply", "facts")
    clerk = {"name": "clerk", "tools": []}
    desk = {
        "name": "Desk",
        "form": "deployment",
        "members": [{key: trader[key] for key in sections if key in trader}, clerk],
        "outside": [{"name": "customers"}],
        "flows": [
            {"from": "customers", "to": "clerk", "carries": ["text"]},
            {"from": "clerk", "to": trader["name"], "carries": ["task"]},
        ],
    }
    whole = assess(load_agent_text(json.dumps(desk, default=str).encode(), "desk.json"))
    stairs, before = decision_of(whole).stairs, whole.score.value
    idle = []
    for one in stairs:
        idle += [one] if one.value >= before and not one.joined else []
        before = one.value
    assert idle
    assert all(one.why.startswith(("it helps to close", "without it")) for one in idle)
