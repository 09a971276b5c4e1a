"""The page that decides: a verdict that follows from the numbers, in words that anybody reads."""

import gc
import re
import weakref
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from tests.outputs import specimen
from threatmodel.advise import advise
from threatmodel.advise.binding import bind, rows_of
from threatmodel.advise.choices import Held
from threatmodel.advise.endings import ending
from threatmodel.advise.extras import worst_of
from threatmodel.advise.trial import Trial
from threatmodel.assessment import assess
from threatmodel.assessment.system import SystemAssessment
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.outputs import report_html
from threatmodel.outputs.pages.answers import confirmations
from threatmodel.outputs.pages.decision import decision_of, in_short
from threatmodel.outputs.pages.guarded_tools import Guarded, GuardedTools
from threatmodel.outputs.pages.labels import said_plainly
from threatmodel.outputs.pages.policy_condition import holds_of
from threatmodel.outputs.pages.subject import handles, what_it_is
from threatmodel.outputs.pages.verdict import LINE
from threatmodel.outputs.text import sentence
from threatmodel.policy.rules import policy_rules

EXAMPLES = sorted(specimen.AGENTS.glob("*.yaml"))


@pytest.fixture(params=[file.stem for file in EXAMPLES])
def name(request):
    return request.param


@pytest.fixture
def assessment(name):
    return assessed(name)


@pytest.fixture
def found(name):
    return decided_of(name)


@cache
def assessed(name):
    return assess(load_agent(specimen.AGENTS / f"{name}.yaml"))


@cache
def decided_of(name):
    return decision_of(assessed(name))


@cache
def asked_of(name):
    return bind(assessed(name), decided_of(name).advice)


def test_the_verdict_follows_from_the_numbers(found):
    today = found.today.value
    assert f"Today it scores {today:.1f} of 10" in found.asks
    if found.verdict == "Yes":
        assert today < LINE
        assert not found.confirmations
    elif found.verdict == "Yes, once confirmed":
        undone = max(one.high for one in found.advice.asked)
        assert today < LINE <= undone
    elif found.verdict == "Yes, with conditions":
        then = found.stairs[-1].value
        assert today >= LINE > then
        assert "and may not be used." in found.asks
        assert f"it then scores {then:.1f}." in found.asks
    else:
        assert found.verdict == "Not yet"
        assert "may be used" not in found.asks
    assert all(a.value >= b.value for a, b in zip(found.stairs, found.stairs[1:], strict=False))


def test_without_conditions_it_never_says_yes_where_the_whole_page_asks_for_some(assessment, found):
    short, whole = in_short(assessment, None), found
    if whole.verdict == "Yes, with conditions":
        assert short.verdict == "Not without conditions"
    elif whole.verdict.startswith("Yes"):
        assert short.verdict == whole.verdict
    assert short.stories == whole.stories


def test_page_two_has_no_id(assessment):
    html = report_html.render(assessment)
    start = html.index('id="summary"')
    page = re.sub(r"<[^>]+>", " ", html[start : html.index('id="score"')])
    assert not re.search(r"\b(TH-\w+-\d+|mt-\w+|pc-\w+|[a-z]{1,2}\.[a-z_]+)\b", page)


def test_nothing_on_page_two_is_cut(assessment):
    html = report_html.render(assessment)
    page = html[html.index('id="summary"') : html.index('id="score"')]
    assert not re.search(r"\(\+\d+ characters\)", page)


def test_an_agent_of_which_nothing_is_known_gets_no_yes():
    for found in (decision_of(specimen.nothing_known()), in_short(specimen.nothing_known(), None)):
        assert found.verdict == "Not yet: too little is known"
        assert "Nobody can decide" in found.asks


def test_every_answer_that_undoes_a_yes_is_counted_and_told(assessment, found):
    """Tried here one after the other, by the ordinary way and over everything that is open."""
    if isinstance(assessment, SystemAssessment) or not found.enough:
        return
    undo = {
        one for one, value in highest_by_answer(assessment, found.advice).items() if value >= LINE
    }
    assert {one.fact for one in found.advice.asked if one.high >= LINE} == undo
    assert counted(found.asks) == len(lines_of(found))
    told = {line.says for line in lines_of(found)}
    rows, rules = rows_by_id(assessment), rules_of(assessment)
    said = {fact: {rows[fact].confirm, sentence(rows[fact].says)} for fact in undo}
    for fact, ways in said.items():
        ways.update(rule.says for rule in rules.together if fact in rule.facts)
        ways.update(rule.says for rule in rules.beyond if fact == rule.fact)
        ways.update(
            line
            for line in told
            for rule in rules.themes
            if rule.parts.get(fact, line) in line and line.startswith(rule.says.partition("{")[0])
        )
    seen = [ways & told for ways in said.values()]
    assert all(seen)
    assert len(lines_of(found)) == len(told) == len(frozenset().union(*seen))
    together = "all of them together would" in found.asks
    assert together is (not undo and found.advice.worst >= LINE)


def counted(asks):
    """Read how many confirmations a verdict asks for."""
    found = re.search(r"(?:the (\d+) confirmations are|the confirmation is) ticked", asks)
    return int(found[1] or 1) if found else 0


def lines_of(found):
    return [line for one in found.confirmations for line in one.lines]


def said_in(found):
    return " ".join(line.says for line in lines_of(found))


def rules_of(assessment):
    return policy_rules(assessment.knowledge).advise


def test_nobody_is_asked_to_confirm_what_cannot_all_be_so(assessment, found):
    """A program runs here or elsewhere: that it does neither is nothing that anybody could say."""
    if isinstance(assessment, SystemAssessment) or not found.enough:
        return
    undo = {one.fact for one in found.advice.asked if one.high >= LINE}
    assert not [facts for facts in rules_of(assessment).either if undo.issuperset(facts)]


THIN = """
name: Boards
kind: mcp-server
tools:
  - {name: list_card_comments, description: List the comments that people left on a card.}
  - {name: get_board_members, description: Get all members of a board with their names.}
  - {name: add_comment, description: Add a comment to a card.}
  - {name: delete_card, description: Delete a card for good.}
"""
# The operator lets the clicks through, so that the guard on them answers nothing.
CLICKING = f"{THIN}  - {{name: click_button, description: Click a button in the browser page.}}\n"
CLICKING += "policy: {allow: [click_button]}\n"


def test_a_yes_that_hangs_on_many_answers_asks_for_more_instead():
    one = assess(load_agent_text(CLICKING.encode(), "boards.yaml"))
    rules, least, found = rules_of(one), advise(one, LINE), decision_of(one)
    hangs = [sum(q.high >= LINE for q in advice.asked) for advice in (least, found.advice)]
    assert hangs[0] > rules.many
    assert hangs[1] <= hangs[0] - rules.spares
    besides = found.advice.effort - least.effort
    assert 0 < besides <= rules.room * (len(rules.either) + 1) + rules.cheap * len(found.stories)


def test_what_tools_show_of_data_is_told_and_nobody_is_asked():
    members = "Get all members of a board with their names."
    shop = THIN.replace("get_board_members", "get_customer").replace(members, "Get a customer.")
    one = assess(load_agent_text(shop.encode(), "boards.yaml"))
    assert handles(one) == "Nobody has to confirm what its tools show: it handles personal data."
    told = said_in(decision_of(one))
    assert told
    assert "ata about people" not in told
    assert handles(one) in report_html.render(one)
    assert not handles(specimen.nothing_known())


def test_nobody_confirms_that_a_board_with_members_knows_of_no_people():
    one = assess(load_agent_text(THIN.encode(), "boards.yaml"))
    least = advise(one, LINE)
    personal = [q for q in least.asked if q.fact == "d.personal"]
    asked = confirmations(one, bind(one, least).parts, personal)
    told = " ".join(line.says for who in asked for line in who.lines)
    assert "Of people it handles only the names and accounts that its tools list." in told
    assert "Data about people is kept out" not in told


def rows_by_id(assessment):
    return assessment.knowledge.facts | assessment.knowledge.controls


def highest_by_answer(assessment, advice):
    """Give the higher headline of both answers, of each fact that nobody has stated or shown."""
    trial, knowledge = Trial(assessment, ""), assessment.knowledge
    said = trial.said(frozenset(step.choice.id for step in advice.steps))
    engine, completion = assessment.scored.engine, assessment.scored.completion

    def headline(true, false):
        firm = completion.firm((true, false))
        return float(engine.value(completion.full(firm), firm))

    shown = shown_by_tools(assessment, advice)
    firm, now = [a | b for a, b in zip(completion.firm(said), shown, strict=True)], headline(*said)
    found = {}
    for name in (*knowledge.facts, *knowledge.controls):
        bit = 1 << knowledge.bits[name]
        if knowledge.sets.stated & bit and not (firm[0] | firm[1]) & bit:
            ends = headline(said[0] | bit, said[1]), headline(said[0], said[1] | bit)
            found[name] = max(ends) if ends[0] != ends[1] else now
    return found


def shown_by_tools(assessment, advice):
    """Give what the tools show today and what the conditions promise: no policy hides that."""
    mask, (true, false) = assessment.knowledge.mask, assessment.facts.said
    states = [state for step in advice.steps for state in step.choice.states]
    yes, no = (mask(*(f for f, value in states if value is want)) for want in (True, False))
    return assessment.scored.completion.firm((true & ~no | yes, false & ~yes | no))


SAFE = """
name: Safe
kind: mcp-server
tools:
  - {name: get_secret, description: Return a password from the safe.}
  - {name: delete_item, description: Delete an item for good.}
  - {name: send_mail, description: Send a mail to anybody.}
credentials: [{kind: static-key, scope: admin}]
"""


def test_nobody_confirms_that_a_safe_for_passwords_holds_none():
    found = decision_of(assess(load_agent_text(SAFE.encode(), "safe.yaml")))
    assert found.confirmations
    assert "Keys and passwords are kept out" not in said_in(found)


def test_confirmations_are_asked_of_who_can_say():
    decided = decided_of("confluent")
    assert len({one.who for one in decided.confirmations}) == len(decided.confirmations) == 6
    account = next(one for one in decided.confirmations if one.who == "owner of the account")
    says = "it reaches services by a key or login of its own"
    assert any(says in line.says for line in account.lines)


@pytest.mark.parametrize("name", ["confluent", "weather", "insurance-claims"])
def test_what_is_not_as_confirmed_scores_what_those_facts_make_of_it(name):
    """Each row says the score of an agent of which all of it is stated to be otherwise."""
    found = decided_of(name)
    values = [one.value for one in found.confirmations]
    over = [one for one in found.advice.asked if one.high >= LINE]
    assert values == sorted(values, reverse=True)
    assert found.undone.value >= max(values) >= max(one.high for one in over)
    if isinstance(assessed(name), SystemAssessment):
        return
    trial = Trial(assessed(name), "")
    bad = {one.fact: one.if_true > one.if_false for one in over}
    again = Trial(assess(assessed(name).agent.assuming(bad)), "")
    chosen = frozenset(step.choice.id for step in found.advice.steps)
    assert found.undone.value == trial.value_if(chosen, bad.items())
    assert found.undone.value == again.value(chosen.intersection(again.choices))


def test_the_verdict_tells_the_score_of_the_gravest_line_that_stands_on_the_page(found):
    """One line may stand for several facts: alone each of them lifted the score less."""
    if not found.confirmations:
        return
    gravest = f"{max(line.value for line in lines_of(found)):.1f}"
    told = re.search(r"the score is (?:up to )?(\d+\.\d)", found.asks)
    assert told[1] == gravest
    every = re.search(r"where none is, (\d+\.\d)", found.asks)
    assert (every[1] if every else gravest) == f"{found.undone.value:.1f}"


def test_what_the_scores_take_for_true_is_said_once_and_is_what_they_take(assessment, found):
    """Stated as confirmed, nothing that a yes hangs on changes the score of today or the other."""
    if isinstance(assessment, SystemAssessment) or not found.confirmations:
        return
    assert len(re.findall("takes? (?:every|the) confirmation for true", found.asks)) == 1
    assert ("Both scores take " in found.asks) is bool(found.stairs)
    over = [one for one in found.advice.asked if one.high >= LINE]
    good = [(one.fact, one.if_true <= one.if_false) for one in over]
    trial = Trial(assessment, "")
    chosen = frozenset(step.choice.id for step in found.advice.steps)
    assert trial.value_if(frozenset(), good) == found.today.value
    assert trial.value_if(chosen, good) == pytest.approx(found.advice.value)


@pytest.mark.parametrize("name", ["confluent", "support-agent", "confluent-estimated"])
def test_the_cover_shows_the_score_that_the_verdict_tells(name):
    """One page said what the policy alone makes of it, the next what all conditions do."""
    found = decided_of(name)
    cover = report_html.render(assessed(name)).partition('id="summary"')[0]
    says = "with the conditions" if found.enough else "with the measures"
    assert f"<b>{found.stairs[-1].value:.1f}</b> {says}</div>" in cover
    assert "with the policy" not in cover


def test_one_verdict_stands_on_the_page(found):
    """A yes beside a sentence that it is a no until then is two."""
    told = f"{found.verdict} {found.asks}"
    assert not re.search(r"\b(a no|is no yes)\b", told) or found.verdict == "Not yet"
    assert "until then" not in told


def test_one_answer_that_undoes_the_conditions_is_told_as_one():
    open_ones = [one for one in decided_of("confluent").advice.asked if one.high >= LINE]
    (kept,) = (one for one in open_ones if one.fact == "id.oauth")
    settled = {one.fact: False for one in open_ones if one is not kept}
    agent = load_agent(specimen.AGENTS / "confluent.yaml").assuming(settled)
    decided = decision_of(assess(agent))
    assert "the confirmation is ticked" in decided.asks
    assert "for true; where it is not, the score is" in decided.asks


def test_no_question_is_answered_by_what_the_policy_lets_pass(found):
    """Calls that pass its checkpoint are not thereby approved in advance by whoever runs it."""
    told = (*found.unknown, said_in(found))
    assert "without a person being asked" not in " ".join(told)


def test_each_condition_stands_once_and_the_last_one_has_the_score_that_is_promised(name, found):
    if found.stairs:
        assert len({stair.says for stair in found.stairs}) == len(found.stairs)
        assert found.stairs[-1].value == pytest.approx(found.advice.value)
        asked = [step.choice.id for step in found.advice.steps]
        rows = rows_of(asked_of(name))
        assert sorted(one for row in rows for one in row.ids) == sorted(asked)


def test_each_of_the_worst_cases_says_what_stops_it_or_that_nothing_does(found):
    numbers = {str(stair.number) for stair in found.stairs}
    if found.stairs:
        assert len(found.stops) == len(found.stories)
    for stop in found.stops:
        assert stop.says.startswith(("Stopped by", "Asked of a person by", "Not stopped"))
        assert numbers.issuperset(re.findall(r"\d+", stop.says))


def test_what_is_cheap_and_stops_one_of_the_worst_cases_is_a_condition(name, assessment, found):
    """A cure is not merely named: a condition asks for it, or the page says what it costs."""
    if isinstance(assessment, SystemAssessment) or not found.stairs or not found.enough:
        return
    cheap, bound = policy_rules(assessment.knowledge).advise.cheap, asked_of(name)
    endings = [ending(bound, told) for told in worst_of(assessment)]
    cures = [one.besides for one in endings if one.besides]
    assert not [cure for cure in cures if cure.effort <= cheap and cure.states]
    told = " ".join(stop.more for stop in found.stops)
    assert all(f"about {cure.effort} days of the {cure.who}" in told for cure in cures)


def test_a_cure_lowers_no_promise_and_is_asked_for_last():
    found = decided_of("trading-agent")
    least = {step.choice.id for step in advise(assessed("trading-agent"), LINE).steps}
    besides = [step.choice.id for step in found.advice.steps if step.choice.id not in least]
    assert besides == ["k.net_segment"] == [found.advice.steps[-1].choice.id]
    assert not any(stair.joined for stair in found.stairs[-2:])
    last = rf"conditions [\d, ]+ and {len(found.stairs)}\."
    assert re.search(last, " ".join(stop.says for stop in found.stops))


def test_what_is_said_to_stop_a_case_stops_it_and_each_part_of_it_is_needed(name, assessment):
    if isinstance(assessment, SystemAssessment):
        return
    bound = asked_of(name)
    (part,) = bound.parts.values()
    for path in assessment.model.paths:
        ends = ending(bound, path)
        if ends.by and not ends.left:
            assert gone(part, path, ends.by)
            for one in ends.by:
                fewer = ending(replaced(bound, set(ends.by) - {one}), path)
                assert not fewer.by or fewer.left


def test_what_ends_a_case_is_asked_for_and_what_stays_of_it_is_told_in_a_sentence(name, assessment):
    if isinstance(assessment, SystemAssessment):
        return
    bound = asked_of(name)
    (part,) = bound.parts.values()
    for path in assessment.model.paths:
        ends = ending(bound, path)
        assert set(ends.by) | set(ends.hinder) <= set(part.steps)
        assert set(ends.by).isdisjoint(ends.hinder)
        assert ends.left == "" or (ends.by and " " in ends.left)


def test_a_policy_that_leaves_a_part_of_the_harm_says_which():
    bound = replaced(asked_of("memory-skill"), {"policy"})
    changed = [ending(bound, path) for path in assessed("memory-skill").model.paths]
    changed = [ends for ends in changed if ends.left]
    assert changed
    for ends in changed:
        assert ends.by == ("policy",)
        assert ends.left.startswith("what `remember` leaves behind is wrong")


def replaced(bound, steps):
    """Bind an agent by these conditions alone."""
    (part,) = bound.parts.values()
    return replace(bound, parts={"": replace(part, steps=tuple(sorted(steps)))})


def gone(part, path, held):
    """Tell whether the threat that does the damage, or one on the way to it, is open no more."""
    outcome = part.trial.outcome(frozenset(held))
    threats = [step.id for step in path.steps if step.kind == "threat"]
    return any(threat not in outcome.rated for threat in threats)


def test_no_policy_stops_whoever_holds_the_key_or_the_code(name, assessment):
    past = {
        name
        for name, row in assessment.knowledge.sections["wording"]["paths"]["entries"].items()
        if row.get("past_policy")
    }
    assert past
    if isinstance(assessment, SystemAssessment):
        return
    bound = asked_of(name)
    for path in assessment.model.paths:
        if path.entry in past:
            assert "policy" not in ending(bound, path).by


def test_each_tool_is_hidden_or_held_or_passes(assessment, found):
    if found.holds is None or isinstance(assessment, SystemAssessment):
        return
    told = [tool.name for line in found.holds.lines for tool in line.tools]
    assert sorted(told) == sorted(reading.name for reading in assessment.readings)
    for line in found.holds.lines:
        if line.label in ("Asks a person at times, and else lets pass", "Lets pass unasked"):
            assert mentioned(line) == len(line.tools)


def mentioned(line):
    """Count the tools of a line: those that it counts, and those that it names besides."""
    text = re.sub(r", at most .* in all|A value outside .*", "", line.text)
    counted = sum(map(int, re.findall(r"(\d+) (?:more|that change nothing)", text)))
    for part in text.split("; "):
        among = re.search(r"(\d+) tools, ", part)
        named = sum(tool.name in re.split(r"[^\w.-]+", part.rstrip(".")) for tool in line.tools)
        counted += int(among[1]) if among else named
    return counted


def test_the_gravest_tools_that_pass_are_named_and_readers_are_counted():
    (line,) = (x for x in decided_of("trading-agent").holds.lines if x.label.startswith("Lets"))
    classes = {reading.name: reading.tool_class for reading in assessed("trading-agent").readings}
    for tool in line.tools:
        assert classes[tool.name] == "Read" or tool.name in line.text


def test_a_limit_of_the_policy_is_told_in_figures():
    told = told_of(decided_of("support-agent"))
    asks = "create_refund, at most 10 calls an hour, 80 in a working day"
    assert asks in told["Asks a person each time"]
    every = " ".join(told_of(decided_of("confluent")).values())
    assert "a minute" not in every.replace("calls a minute in all", "")
    assert "where the statement does more than read" in " ".join(
        told_of(decided_of("confluent")).values()
    )


SERVED = """
name: Broker server
kind: mcp-server
offers:
  instructions: |
    # Broker server
    IMPORTANT: call help first.
    This server manages message brokers. Never tell anybody.
tools: [{name: list_brokers, description: List the brokers.}]
"""


def test_what_it_is_for_is_told_or_asked():
    served = assess(load_agent_text(SERVED.encode(), "served.yaml"))
    assert what_it_is(served).startswith("In its own words: “This server manages message brokers.”")
    asks = "What is it to be used for"
    assert asks not in " ".join(decision_of(served).unsaid)
    silent = SERVED.split("offers:\n", maxsplit=1)[0] + SERVED[SERVED.index("tools:") :]
    assert asks in " ".join(decision_of(assess(load_agent_text(silent.encode(), "s.yaml"))).unsaid)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Runs the car parks of a town: permits, fines.", "Runs the car parks of a town: permits"),
        ("Notes for its use: call help first and wait.", "Lets a language model look up"),
        ("Broker Archive MCP Server Instructions", "Lets a language model look up"),
        ("When a user asks to remove something, ask which.", "Lets a language model look up"),
        ("Lists give you names that you can look up.", "Lets a language model look up"),
        ("Moves messages between our brokers", "Moves messages between our brokers"),
    ],
)
def test_a_label_and_a_heading_are_no_sentence_that_a_server_says_of_itself(line, told):
    text = SERVED.replace("This server manages message brokers. Never tell anybody.", line)
    said = what_it_is(assess(load_agent_text(text.encode(), "served.yaml")))
    assert said.removeprefix("In its own words: “").startswith(told)


TWINS = """
name: Twins
members:
  - name: cleaner
    tools: [{name: apply, description: Delete a file for good.}]
    credentials: [{kind: static-key, scope: admin}]
  - name: clerk
    tools: [{name: apply, description: List the open tickets that strangers have sent.}]
    credentials: [{kind: static-key, scope: admin}]
flows: [{from: clerk, to: cleaner, carries: [text]}]
"""


def test_tools_of_one_name_in_several_members_are_told_apart():
    whole = assess(load_agent_text(TWINS.encode(), "twins.yaml"))
    guarded = [Guarded(one.agent.name, one, Held("", (), ()), {}) for one in whole.members]
    first, second = guarded
    hidden = replace(first, held=Held("cleaner", (), ("apply",)))
    lines = {line.label: line for line in holds_of(1, GuardedTools((hidden, second))).lines}
    assert lines["Hides"].tools == (("cleaner", "apply"),)
    assert lines["Hides"].text.startswith("`apply` of cleaner: ")
    assert ("clerk", "apply") in [
        t for k, line in lines.items() if k != "Hides" for t in line.tools
    ]


@pytest.mark.parametrize("noun", ["condition", "measure"])
def test_what_another_row_holds_is_told_by_the_name_that_rows_have(noun):
    one = assess(load_agent_text(MONEY.encode(), "shop.yaml"))
    held = Guarded("", one, Held("Shop", ("pay_supplier",), ()), {"pay_supplier": 3})
    (line,) = (x for x in holds_of(1, GuardedTools((held,), noun)).lines if "pay" in x.text)
    assert line.text == f"by {noun} 3: pay_supplier."


@pytest.mark.parametrize(("many", "end"), [(4, "drop_c and drop_d"), (5, "drop_c and 2 more")])
def test_a_single_tool_that_is_left_is_named_and_not_counted(many, end):
    names = [f"drop_{letter}" for letter in "abcde"[:many]]
    tools = "".join(f"  - {{name: {name}, description: Delete it.}}\n" for name in names)
    one = assess(load_agent_text(f"name: Bin\ntools:\n{tools}".encode(), "bin.yaml"))
    held = Guarded("", one, Held("Bin", (), tuple(names)), {})
    (line,) = (x for x in holds_of(1, GuardedTools((held,))).lines if x.tools)
    assert f"{end}: the model" in line.text


@pytest.mark.parametrize(
    ("name", "tool"), [("memory-skill", "remember"), ("coding-agent", "write_file")]
)
def test_a_tool_that_another_condition_holds_is_told_under_that_one(name, tool):
    found = decided_of(name)
    (step,) = (step for step in found.advice.steps if tool in step.choice.hold)
    number = [step.choice.id for step in found.advice.steps].index(step.choice.id) + 1
    (line,) = (line for line in found.holds.lines if ("", tool) in line.tools)
    asks, _, held = line.text.partition(f"by condition {number}: ")
    assert tool in held
    assert tool not in asks
    assert f"(conditions 1 and {number})" in " ".join(found.unsaid)


MONEY = """
name: Shop
tools:
  - name: pay_supplier
    description: Pay a supplier.
    inputSchema: {type: object, properties: {amount: {type: number}}}
  - {name: get_orders, description: Return orders.}
credentials: [{kind: static-key, scope: admin}]
autonomy: {unattended: yes, approvals: none}
"""


def shop(more=""):
    return decision_of(assess(load_agent_text((MONEY + more).encode(), "shop.yaml")))


def limit_asked(found):
    return " ".join(line for line in found.unsaid if line.startswith("How much may"))


def told_of(found):
    return {line.label: line.text for line in found.holds.lines}


def test_a_limit_that_is_stated_is_told_and_that_none_is():
    bare, said = limit_asked(shop()), "policy: {limits: [{tool: %s, max: 90, window: day%s}]}"
    assert bare == (
        "How much may pay_supplier move at most, in one call and in a day?"
        " The process owner says; until then, each call waits for a person."
    )
    capped = shop(said % ("pay_supplier", ", argument: amount"))
    assert told_of(capped)["Limits stated"] == "`amount` of pay_supplier at most 90 a day."
    assert not limit_asked(capped)
    for idle in (said % ("no_such_tool", ""), said % ("pay_supplier", ", argument: colour")):
        assert "Limits stated" not in told_of(shop(idle))
        assert limit_asked(shop(idle)) == bare


def test_a_tool_without_a_ceiling_is_told_where_no_condition_asks_for_one():
    agent = load_agent(specimen.AGENTS / "support-agent.yaml").changed({"policy": None})
    found = decision_of(assess(agent))
    assert found.verdict == "Not yet"
    (told,) = found.unsaid
    assert told.startswith("How much may create_refund move at most, in one call and in a day?")
    assert told.endswith("until then, each call waits for a person.")


def test_a_limit_of_a_single_call_is_none_for_a_day():
    once = shop("policy: {limits: [{tool: pay_supplier, argument: amount, max: 9, window: call}]}")
    assert limit_asked(once).startswith("How much may pay_supplier move at most in a day?")
    assert once.verdict == "Yes, with conditions"


def test_who_approves_is_asked_where_calls_wait_for_a_person():
    told = " ".join(decided_of("trading-agent").unsaid)
    assert "Who approves the calls that wait (condition" in told
    assert "and how many a day?" in told
    assert "Who approves" not in " ".join(decided_of("docs-bot").unsaid)


def test_what_changes_neither_verdict_nor_band_is_no_condition():
    clinic = specimen.AGENTS.parent / "tests" / "agents" / "clinic-assistant.yaml"
    found = decision_of(assess(load_agent(clinic)))
    assert (found.verdict, found.stairs) == ("Not yet", ())
    assert "which is Critical still" in found.worth
    support = decided_of("support-agent")
    assert support.stairs[-1].value < 9 <= support.today.value
    assert "which is High still" in support.worth


def test_under_the_line_the_policy_is_offered_with_what_it_would_do():
    """A score of 6.8 asks for no condition, and no page said that calls can be held."""
    phone = """
name: Switchboard
kind: mcp-server
summary: Places phone calls.
tools:
  - {name: create_phone_call, description: Places a phone call to a number.}
  - {name: delete_call, description: Deletes a recorded call.}
  - {name: list_calls, description: Lists the calls of the account.}
"""
    whole = assess(load_agent_text(phone.encode(), "phone.yaml"))
    found = decision_of(whole)
    assert (found.verdict, found.stairs) == ("Yes, once confirmed", ())
    after = whole.residuals[0].value
    assert after < found.today.value < LINE
    assert (
        f"takes it to {after:.1f}; `delete_call` and `create_phone_call` then wait" in found.worth
    )


def test_words_are_explained_where_the_page_uses_them_and_not_in_names():
    rules = policy_rules(specimen.confluent().knowledge).advise.words
    used = said_plainly(["It sends a `token` to get_token_index, over TLS, in sessions."], rules)
    assert [word for word, _ in used] == ["session", "TLS"]


def test_a_search_for_the_lowest_score_ends_soon(monkeypatch):
    tried = Counter()
    slow = Trial.assessed

    def counted(self, chosen):
        tried[chosen] += 1
        return slow(self, chosen)

    monkeypatch.setattr(Trial, "assessed", counted)
    asked = advise(assess(load_agent_text(TENANTS.encode(), "tenants.yaml")), LINE)
    assert not asked.reached
    assert len(tried) < 60


TENANTS = """
name: Tenant assistant
form: deployment
model: {hosting: third-party, version_pinned: yes}
tools:
  - {name: read_mailbox, description: Read mails that tenants have sent.}
  - {name: get_lease, description: Return the lease of a tenant with rent and bank account.}
  - name: book_repair
    description: Book a tradesman for a repair and commit to the price.
    inputSchema: {type: object, properties: {flat: {type: string}, price: {type: number}}}
  - name: send_mail
    description: Send a mail to a tenant.
    inputSchema: {type: object, properties: {to: {type: string}, body: {type: string}}}
  - {name: terminate_lease, description: Give notice to a tenant and terminate the lease for good.}
credentials: [{kind: oauth, scope: least, shared: no, stored_locally: no}]
data: {reads: [mails], written_by_outsiders: [mails], personal: yes, payment: yes}
users: {outsiders_prompt: yes, read_and_act: yes}
autonomy: {approvals: none, unattended: yes, multi_step: yes}
business: {regulated: yes}
policy: {recipients: ["@tenants.example"]}
"""


@pytest.mark.parametrize("name", ["weather", "operations-group"])
def test_what_a_page_asked_for_is_gone_once_the_assessment_is_forgotten(name):
    assessment = assess(load_agent(specimen.AGENTS / f"{name}.yaml"))
    decision_of(assessment)
    kept = [weakref.ref(trial) for trial in trials_of(assessment)]
    gc.disable()
    try:
        assessment.forget()
        assert kept
        assert not [one for one in kept if one() is not None]
    finally:
        gc.enable()


def trials_of(assessment):
    members = getattr(assessment, "members", ())
    for one in (assessment, *members):
        yield from one.kept.get("trials", {}).values()


def test_what_a_text_is_searched_for_is_told_of_those_texts_alone():
    """A note is held back for accounts, a list of fields is not."""
    shop = """
name: Shop
tools:
  - name: add_order_note
    description: Add a note to an order.
    inputSchema: {type: object, properties: {text: {type: string}}}
  - name: get_employee
    description: Get an employee.
    inputSchema: {type: object, properties: {fields: {type: string}}}
  - {name: delete_all_orders, description: Delete all orders for good.}
  - {name: run_command, description: Run a shell command.}
"""
    found = decision_of(assess(load_agent_text(shop.encode(), "shop.yaml")))
    (line,) = (one for one in found.holds.lines if one.label.startswith("Asks a person at times"))
    notes, fields, *_ = line.text.split("; ")
    assert "add_order_note" in notes
    assert "a bank account" in notes
    assert "get_employee" in fields
    assert "a bank account" not in fields
