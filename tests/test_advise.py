"""Conditions for a yes: exact, as promised, and told to those who must meet them."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatmodel.advise import advise, open_answers
from threatmodel.advise.choices import POLICY, Choice, deployment
from threatmodel.advise.search import cheapest
from threatmodel.advise.surface import Surface
from threatmodel.advise.system import opened_together, together
from threatmodel.advise.trial import Trial
from threatmodel.assessment import assess
from threatmodel.cli import main
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.description.overrides import PolicyWishes, truth_of
from threatmodel.facts.find import find_facts
from threatmodel.policy.residual import credited, effective, force_of, residual_of
from threatmodel.policy.rules import policy_rules
from threatmodel.score import trials

ROOT = Path(__file__).parent.parent
AGENTS = ROOT / "agents"
EXAMPLES = ("confluent", "support-agent", "weather", "coding-agent")

MAIL = """
name: Mail
kind: mcp-server
tools:
  - {name: list_messages, description: "Read the messages of the inbox, written by anyone."}
"""
PAGER = """
name: Pager
kind: mcp-server
tools:
  - {name: send_sms, description: "Send a text message to any phone number.",
     inputSchema: {type: object, properties: {to: {type: string}, body: {type: string}}}}
"""


def example(name: str) -> Path:
    return next(path for path in sorted((ROOT / "agents").glob("*.yaml")) if name in path.name)


def dearest_first(efforts: dict[str, int], passes) -> int | None:
    """Find the least effort by trying every set."""
    sets = (
        frozenset(chosen)
        for size in range(len(efforts) + 1)
        for chosen in itertools.combinations(sorted(efforts), size)
    )
    found = [sum(efforts[i] for i in chosen) for chosen in sets if passes(chosen)]
    return min(found, default=None)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_surface_put_together_tool_by_tool_is_the_one_found_anew(name):
    one = assess(load_agent(example(name)))
    rules, force = policy_rules(one.knowledge), force_of(one.plan, None)
    surface = Surface(one, force, rules)
    tools = [reading.name for reading in one.readings]
    for hold, gone in ((tools[::3], tools[1::3]), (tools, []), ([], tools), ([], [])):
        changed = dict.fromkeys(hold, "approval") | dict.fromkeys(gone, "hide")
        anew = replace(force, access=force.access | changed)
        left = tuple(effective(one.readings, anew.access, anew.guards, rules))
        controls, _ = credited(one.readings, anew, rules, one.knowledge)
        said = find_facts(one.agent, left, one.knowledge, one.flows).said
        found = surface.seen((frozenset(hold), frozenset(gone)))
        assert found == (*said, one.knowledge.mask(*controls))


WATCH = """
name: Watch
kind: mcp-server
stated_by: vendor
tools:
  - {name: query_logs, description: "Query the logs of a service."}
  - {name: delete_record, description: "Delete a record for good."}
  - {name: get_record, description: "Return a record of a patient."}
facts:
  t.delete: no
  t.read_private: unknown
  t.send_msg: unknown
  t.many: no
"""


@pytest.mark.parametrize("said", ["", "  t.unlisted: yes\n"])
def test_what_is_said_of_the_tools_that_are_left_is_what_is_found_anew(said):
    one = assess(load_agent_text((WATCH + said).encode(), "watch.yaml"))
    for size in range(len(one.readings) + 1):
        for some in itertools.combinations(one.readings, size):
            for left in (some, some * 9):
                anew = find_facts(one.agent, left, one.knowledge, one.flows)
                shown = one.tools_left.shown(left)
                assert one.tools_left.said(shown) == (anew.said, anew.asked)
    assert any(fact == "t.telemetry" for fact, _ in one.readings[0].traits)


@given(st.data())
def test_the_search_equals_brute_force(data):
    names = [f"c{n}" for n in range(data.draw(st.integers(1, 9)))]
    efforts = {name: data.draw(st.integers(1, 9)) for name in names}
    enough = data.draw(st.lists(st.frozensets(st.sampled_from(names)), max_size=6))

    def passes(chosen: frozenset[str]) -> bool:
        return any(one <= chosen for one in enough)

    found = cheapest(efforts, passes)
    told = None if found is None else sum(efforts[i] for i in found)
    assert told == dearest_first(efforts, passes)


def test_a_set_that_fails_the_slow_test_is_passed_over():
    efforts = {"a": 1, "b": 2, "c": 4}
    found = cheapest(efforts, bool, lambda chosen: bool({"b", "c"} & chosen))
    assert found is not None
    assert sum(efforts[i] for i in found) in (2, 3)


@pytest.mark.parametrize("name", ["weather", "support-agent"])
def test_the_advice_equals_brute_force_over_ten_real_choices(name):
    trial = Trial(assess(load_agent(example(name)), trying=True), "")
    line = max(7.0, trial.value(frozenset(trial.choices)) + 0.1)
    advice = advise(trial.assessment, line)
    kept = [step.choice.id for step in advice.steps]
    others = [i for i in trial.choices if i not in kept]
    kept += others[:: max(1, len(others) // 5)][: max(0, 10 - len(kept))]
    efforts = {i: trial.choices[i].effort for i in kept}
    least = dearest_first(efforts, lambda chosen: trial.value(chosen) < line)
    assert advice.reached
    assert advice.effort == least


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_condition_more_never_raises_the_score(name):
    trial = Trial(assess(load_agent(example(name)), trying=True), "")
    names = sorted(trial.choices)
    for turn in range(120):
        chosen = frozenset(names[turn % 7 :: 2 + turn % 5])
        more = names[turn * 31 % len(names)]
        assert trial.value(chosen | {more}) <= trial.value(chosen), (sorted(chosen), more)


@pytest.mark.parametrize("kind", ["", "rego"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_promised_is_the_score_of_the_file_that_is_written(name, kind, tmp_path, capsys):
    product = example(name)
    for file in (ROOT / "agents").iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    asked = ["--for", kind] if kind else []
    out = tmp_path / "deployed.yaml"
    status = main(
        ["advise", str(tmp_path / product.name), *asked, "-o", str(out), "--format", "json"]
    )
    told = json.loads(capsys.readouterr().out)
    assert status == (0 if told["reached"] else 1)
    deployed = assess(load_agent(out), trying=True)
    if any(step["condition"] == POLICY for step in told["conditions"]):
        policy = next((p for p in deployed.policies if p.format == kind), None)
        assert residual_of(deployed, policy).value == told["value"]
        if policy:
            beside = out.with_name(f"deployed.{Path(policy.file_name).name}")
            assert beside.read_text(encoding="utf-8").endswith(policy.text)
    else:
        assert deployed.score.value == told["value"]
    assert not told["reached"] or told["value"] < 7.0


@pytest.mark.parametrize(
    ("kind", "held"), [("rego", "Waits for a person"), ("envoy", "Refused, as")]
)
def test_what_becomes_of_held_calls_is_told_as_the_format_does_it(capsys, kind, held):
    main(["advise", str(AGENTS / "confluent.yaml"), "--for", kind])
    told = capsys.readouterr().out
    assert held in told
    assert ("Waits for a person" in told) == (kind == "rego")


def test_a_line_that_nothing_reaches_is_told_with_what_stays(capsys):
    assert main(["advise", str(example("confluent")), "--under", "0.2"]) == 1
    said = capsys.readouterr().out
    assert "no known set" in said
    assert "What the score then rests on" in said
    assert max(len(line) for line in said.splitlines()) <= 80


def test_an_agent_under_the_line_needs_nothing(capsys):
    assert main(["advise", str(example("weather")), "--under", "10"]) == 0
    assert "as it is" in capsys.readouterr().out


def test_two_servers_in_one_session_open_what_neither_opens_alone(tmp_path, capsys):
    files = []
    for name, text in (("mail", MAIL), ("pager", PAGER)):
        files.append(tmp_path / f"{name}.yaml")
        files[-1].write_text(text, encoding="utf-8")
    alone = [assess(load_agent(file)) for file in files]
    whole = assess(together(alone), trying=True)
    opened = opened_together(whole, alone)
    assert opened
    assert whole.score.value >= max(one.score.value for one in alone)
    assert main(["advise", *map(str, files), "--format", "markdown"]) in (0, 1)
    said = capsys.readouterr().out
    assert opened[0] in said


def test_a_deployment_cannot_be_written_where_it_could_not_be_read(tmp_path, capsys):
    out = tmp_path / "elsewhere.yaml"
    assert main(["advise", str(example("confluent")), "-o", str(out)]) == 2
    assert "beside or below" in capsys.readouterr().err
    assert not out.exists()


def test_a_product_is_not_replaced(tmp_path, capsys):
    product = tmp_path / "mail.yaml"
    product.write_text(MAIL, encoding="utf-8")
    assert main(["advise", str(product), "-o", str(product)]) == 2
    assert product.read_text(encoding="utf-8") == MAIL
    assert "another file" in capsys.readouterr().err


def test_stated_conditions_appear_as_promises_of_the_operator(tmp_path):
    product = tmp_path / "pager.yaml"
    product.write_text(PAGER, encoding="utf-8")
    advice = advise(assess(load_agent(product)), 4.0)
    stated = [fact for step in advice.steps for fact, _ in step.choice.states]
    for fact in stated:
        answer = advice.deployed.facts[fact]
        assert answer.by == "operator"
        assert "verified" in answer.note


def test_what_nobody_knows_is_no_yes(tmp_path, capsys):
    file = tmp_path / "unknown.yaml"
    file.write_text("name: Helper\nkind: agent\ntools: unknown\n")
    assert main(["advise", str(file)]) == 1
    assert "too little is known" in " ".join(capsys.readouterr().out.split())
    assert main(["advise", str(file), "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["known"] is False
    assert document["high"] >= 7


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_what_answers_could_lift_is_told_where_no_condition_is_needed(capsys, form):
    assert main(["advise", str(AGENTS / "weather.yaml"), "--format", form]) == 0
    assert "open questions could lift it to" in " ".join(capsys.readouterr().out.split())


def test_an_answer_under_the_conditions_is_what_the_trial_with_it_says():
    """Told is what each answer would make of the score once the conditions hold."""
    assessment = assess(load_agent(AGENTS / "confluent.yaml"))
    advice, trial = advise(assessment, 7.0), Trial(assessment, "")
    chosen = frozenset(step.choice.id for step in advice.steps)
    assert advice.asked
    for question in advice.asked:
        assert min(question.if_true, question.if_false) <= trial.value(chosen) <= question.high
    over = next(one for one in advice.asked if one.if_true >= 7)
    agent = assessment.agent.changed({"facts": {**assessment.agent.facts, over.fact: True}})
    again = Trial(assess(agent), "")
    assert again.value(chosen.intersection(again.choices)) == over.if_true


def test_questions_try_no_answer_again_that_a_yes_hangs_on(monkeypatch):
    agent = load_agent(AGENTS / "confluent.yaml")
    told, fresh = assess(agent), assess(agent).score.questions
    assert open_answers(told)
    monkeypatch.delattr(trials, "_tried")  # whatever is tried anew fails
    assert told.score.questions == fresh


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_answers_that_undo_the_conditions_are_told(capsys, form):
    assert main(["advise", str(AGENTS / "confluent.yaml"), "--format", form]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Answers that lift it over the line" in told
    assert "The scores above take each of them to come out well." in told
    assert "schedule or trigger with nobody watching? If yes: 8" in told


@pytest.mark.parametrize(
    ("answers", "fact", "control"),
    [
        (("yes", ""), True, None),
        (("yes", "no"), True, False),
        (("no", "no"), False, False),
        (("no", ""), None, False),
        (("yes", "yes"), True, True),
    ],
)
def test_in_one_session_the_worst_holds_that_is_said_of_any_agent(answers, fact, control):
    """A weakness of one is one of the session, and a control has to be in place at all."""
    for order in (answers, answers[::-1]):
        alone = []
        for name, answer in zip(("A", "B"), order, strict=True):
            said = f"facts: {{i.cleartext: {answer}, k.rate_limit: {answer}}}\n" if answer else ""
            alone.append(assess(load_agent_text(f"name: {name}\ntools: []\n{said}".encode(), "a")))
        said = together(alone).facts
        assert truth_of(said.get("i.cleartext")) is fact
        assert truth_of(said.get("k.rate_limit")) is control


def test_wishes_of_the_description_stay_beside_the_conditions_of_a_deployment():
    """What must wait by the description waits on, whatever else is to be approved."""
    one = assess(load_agent(AGENTS / "confluent.yaml"))
    names = [guard.tool for guard in one.plan.guards if guard.kind == "allow"]
    wished = PolicyWishes.of({"approve": [names[0]], "subjects": ["desk"]})
    hold = Choice("hold:x", "owner", 1, "Hold it.", hold=frozenset({names[1]}))
    made = deployment(one.agent.changed({"policy": wished}), [hold], one.plan).policy
    assert set(made.approve) == set(names[:2])
    assert made.subjects == ("desk",)


def test_one_truth_is_one_condition():
    """A key that opens no more than its tools need is narrow: nobody is asked for it twice."""
    one = assess(load_agent(AGENTS / "confluent.yaml"))
    rules, advice = policy_rules(one.knowledge).advise.conditions, advise(one, 7.0)
    also = [(rule.fact, fact, value) for rule in rules for fact, value in rule.also.items()]
    assert ("k.least_privilege", "id.broad_scope", False) in also
    stated = [fact for step in advice.steps for fact, _ in step.choice.states]
    assert {"k.least_privilege", "id.broad_scope"} <= set(stated)
    assert len(set(stated)) == len(stated)
    for fact, other, value in also:
        if fact in stated:
            assert truth_of(advice.deployed.facts[other]) is value


PAYS = """
name: Desk
kind: agent
users: {outsiders_prompt: yes}
autonomy: {approvals: none}
tools:
  - {name: look_up_order, description: Look up an order of a customer.}
  - {name: refund_order, description: Refund an order to the card it was paid with.}
"""


def test_where_nothing_reaches_the_line_the_lowest_known_headline_is_told():
    one = assess(load_agent_text(PAYS.encode(), "desk.yaml"))
    trial = Trial(one, "")
    missed = advise(one, 0.1)
    assert not missed.reached
    reached = [advise(one, line / 10) for line in range(70, 0, -5)]
    assert missed.value == min(found.value for found in (*reached, missed))
    # Doing without every tool leaves none, and does not mean that all are needed.
    every = frozenset(trial.choices)
    assert trial.assessed(every).value <= trial.value(every) + 0.1


def test_a_limit_of_a_tool_that_goes_does_not_keep_it():
    limited = PAYS + "policy: {limits: [{tool: refund_order, max: 5, window: day}]}\n"
    one = assess(load_agent_text(limited.encode(), "desk.yaml"))
    trial = Trial(one, "")
    (without,) = (i for i, c in trial.choices.items() if "refund_order" in c.without)
    left = trial.assessed(frozenset((POLICY, without))).assessment
    assert {g.kind for g in left.plan.guards if g.tool == "refund_order"} == {"hide"}
