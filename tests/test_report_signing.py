"""The page that decides, for who signs: what to tick, what to fill in, what a yes accepts."""

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from markupsafe import escape

from tests.outputs import specimen
from threatmodel.advise.binding import bind, parts_as_they_are
from threatmodel.advise.endings import case_left
from threatmodel.advise.extras import left_of, worst_of
from threatmodel.advise.trial import Trial
from threatmodel.assessment import assess
from threatmodel.assessment.system import SystemAssessment
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.description.overrides import PolicyWishes
from threatmodel.outputs import report_html
from threatmodel.outputs.pages.answers import confirmations, lifting
from threatmodel.outputs.pages.decision import decision_of, in_short
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.load import load_knowledge
from threatmodel.score.result import Question

EXAMPLES = sorted(file.stem for file in specimen.AGENTS.glob("*.yaml"))
NEGATION = re.compile(r"\b(no|not|none|nobody|nothing|never|cannot|nor|neither)\b|n't\b")


@cache
def assessed(name):
    return assess(load_agent(specimen.AGENTS / f"{name}.yaml"))


@cache
def decided_of(name):
    return decision_of(assessed(name))


def decided(text):
    return decision_of(assess(load_agent_text(text.encode(), "made-up.yaml")))


def lines_of(found):
    return [line for one in found.confirmations for line in one.lines]


# What to tick.


def test_each_fact_that_makes_things_worse_says_what_is_so_where_it_is_not():
    facts = load_knowledge().facts.values()
    bare = [row.id for row in facts if row.raises and not row.confirm]
    assert bare == []
    for row in facts:
        assert not NEGATION.search(row.confirm), row.confirm
        for told in (row.confirm, row.look):
            assert not told or re.fullmatch(r"[A-Z][^.]*\.", told), told


def test_each_line_to_tick_says_how_somebody_sees_that_it_is_so():
    """What tools do shows in their list; of all else whoever ticks is told where to look."""
    knowledge = load_knowledge()
    rules = policy_rules(knowledge).advise
    facts = [row for row in knowledge.facts.values() if row.confirm and row.belongs != "product"]
    own = [row for row in facts if row.family not in ("t", "f", "mo")]
    assert [row.id for row in own if not row.look] == []
    rows = (*rules.confirm, *rules.together, *rules.themes, *rules.beyond)
    for row in (*rows, *own):
        assert re.match(r"(?!Be |Make sure|Ensure)[A-Z]\w+ ", row.look), row.look


def test_nobody_is_asked_to_promise_what_only_time_shows():
    """An act or a state of things can be looked at; that nothing will ever go wrong cannot."""
    promises = re.compile(r"\b(whatever|stays? safe|stay safe|always|any mistake)\b")
    rows = [row for row in load_knowledge().facts.values() if not row.id.startswith("t.")]
    told = [row.confirm for row in rows if promises.search(row.confirm)]
    assert told == [rows_confirm("s.repo_config")]


def rows_confirm(fact):
    return load_knowledge().facts[fact].confirm


@pytest.mark.parametrize("name", EXAMPLES)
def test_nobody_has_to_negate_a_negation(name):
    for line in lines_of(decided_of(name)):
        assert not NEGATION.search(line.says), line.says
        assert line.says.count(". ") == 0


@pytest.mark.parametrize("name", ["confluent", "weather", "docs-bot"])
def test_beside_each_line_stands_the_score_if_it_is_not_so(name):
    one, found = assessed(name), decided_of(name)
    trial = Trial(one, "")
    chosen = frozenset(step.choice.id for step in found.advice.steps)
    rows, values = one.knowledge.facts, {line.says: line.value for line in lines_of(found)}
    told = 0
    for q in lifting(one, found.advice.asked):
        if (row := rows.get(q.fact)) and row.confirm in values:
            told += 1
            assert values[row.confirm] == trial.value_if(chosen, [(q.fact, True)])
    assert told


def test_what_stands_for_several_facts_scores_what_all_of_them_make():
    one, found = assessed("memory-skill"), decided_of("memory-skill")
    rules = policy_rules(one.knowledge).advise
    values = {line.says: line.value for line in lines_of(found)}
    over = {q.fact for q in lifting(one, found.advice.asked)}
    rule = next(rule for rule in rules.together if rule.says in values)
    chosen = frozenset(step.choice.id for step in found.advice.steps)
    bad = [(fact, True) for fact in rule.facts if fact in over]
    assert values[rule.says] == Trial(one, "").value_if(chosen, bad)


@pytest.mark.parametrize("name", ["confluent", "confluent-estimated", "memory-skill"])
def test_where_there_are_many_those_that_have_something_in_common_stand_in_one_line(name):
    """Each is a part of the line, so that nothing of it is lost."""
    one, found = assessed(name), decided_of(name)
    rules = policy_rules(one.knowledge).advise
    over = [q.fact for q in lifting(one, found.advice.asked)]
    assert len(over) > rules.many
    assert len(lines_of(found)) < len(over)
    lines = [line.says for line in lines_of(found)]
    for rule in rules.themes:
        parts = [text for fact, text in rule.parts.items() if fact in over]
        whole = [line for line in lines if line.startswith(rule.says.partition("{")[0])]
        assert len(whole) == (len(parts) > 1)
        assert all(part in line for line in whole for part in parts)


def test_of_a_control_whoever_would_put_it_in_place_says_whether_it_is_there():
    """Nobody asks the maker whether the calls of one office are written down."""
    knowledge = load_knowledge()
    rules = policy_rules(knowledge).advise
    who = {one.fact: one.who for one in rules.conditions}
    one, parts = assessed("weather"), parts_as_they_are(assessed("weather"))
    for fact, does in (("k.monitoring", who["k.monitoring"]), ("k.audit_log", "platform team")):
        (told,) = confirmations(one, parts, [Question(fact, "", 6.0, 8.0, ())])
        assert told.who == does
    assert who["k.monitoring"] == "security team"


def test_a_fact_of_a_pack_without_such_a_sentence_is_told_by_what_it_says():
    words = policy_rules(load_knowledge()).advise.page
    told = words.not_so.format(fact="it is used at night")
    assert told == "It is not so that it is used at night."


def test_each_line_has_a_box_of_its_own():
    html = report_html.render(assessed("weather"))
    assert confirming(html).count(BOX) == len(lines_of(decided_of("weather")))


BOX = '<td class="box"><i></i></td>'


def confirming(html):
    """Give the block of the page that decides in which confirmations stand."""
    return html[html.index("<h3>Confirmations") : html.index("<h3>The worst")]


@pytest.mark.parametrize("name", ["confluent", "confluent-estimated", "insurance-claims"])
def test_what_weighs_most_stands_on_the_page_that_decides_and_the_rest_at_the_signature(name):
    """Nothing is told twice, nothing is lost, and each line has its box and how to see it."""
    found, html = decided_of(name), report_html.render(assessed(name))
    first, most = confirming(html), policy_rules(assessed(name).knowledge).advise.shown
    last = html[html.index("<h3>The other confirmations") : html.index('id="signoff"')]
    lines = lines_of(found)
    shown = [line for one in found.confirmations for line in one.lines[: one.shown]]
    assert first.count(BOX) == len(shown) == most
    assert last.count(BOX) == len(lines) - most
    for line in lines:
        mine, other = (first, last) if line in shown else (last, first)
        assert f"{escape(line.says)} <span" in mine
        assert f"{escape(line.says)} <span" not in other
        assert escape(line.look) in mine
    least = min(line.value for line in shown)
    assert all(line.value <= least for line in lines if line not in shown)
    for one in found.confirmations:
        assert one.who.capitalize() in first
        assert bool(one.more) is (one.who.capitalize() in last)


def test_a_single_line_that_is_left_stands_with_the_others():
    """Nobody turns to another page for one of eight."""
    for name in EXAMPLES:
        assert sum(one.more for one in decided_of(name).confirmations) != 1


# What a yes accepts.


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_worst_case_that_nothing_stops_stands_right_under_the_verdict(name):
    found, one = decided_of(name), assessed(name)
    left = [
        str(n)
        for n, stop in enumerate(found.stops, 1)
        if stop.says.startswith("Not stopped") or "but for this" in stop.says
    ]
    if not found.enough:
        assert not found.stays.label
    elif not found.stairs:
        every = [str(n) for n, _ in enumerate(found.stories, 1)]
        assert re.findall(r"\b\d\b(?![.])", named(found)) == every
    elif left:
        assert re.findall(r"\b\d\b(?![.])", named(found)) == left
        bound, worst = bind(one, found.advice), worst_of(one)
        told = [f"{left_of(one, bound, worst[int(n) - 1]).value:.1f}" for n in left]
        scores = re.findall(r"\d\.\d", found.stays.label)[: len(told)]
        assert scores == told or ("each scores" in found.stays.label and {scores[0]} == set(told))
    else:
        assert found.stays.label.startswith("Each of the worst cases below is stopped or asked")
        assert found.stays.text
    if found.stays.label:
        html = report_html.render(one)
        assert html.index("Verdict asked for") < html.index(found.stays.label)


def named(found):
    """Give the part of what a yes accepts that names the worst cases."""
    return found.stays.label.partition(" below;")[0]


def test_what_stays_has_the_score_of_its_gravest_threat_under_the_conditions():
    one, found = assessed("weather"), decided_of("weather")
    rated = {f.id: f.score for f in (*one.model.open, *one.model.shared)}
    scores = [
        f"{max(rated[step.id] for step in path.steps if step.id in rated):.1f}"
        for path in worst_of(one)
    ]
    assert re.findall(r"\d\.\d", found.stays.label) == scores


CLOCK = """
name: Clock
kind: mcp-server
tools: [{name: convert_time, description: Convert a time between two time zones.}]
"""


def test_what_scores_more_than_the_whole_says_why():
    """What any agent of its kind shares is in no score of its own, and a yes accepts it too."""
    found = decided(CLOCK)
    (case, whole) = re.findall(r"\d\.\d", found.stays.label)
    assert float(case) > float(whole) == found.today.value
    assert "what every agent of its kind shares" in found.stays.label
    assert "shares" not in decided_of("docs-bot").stays.label


def test_what_stays_besides_the_worst_cases_is_really_open():
    clerk = """
name: Desk
tools:
  - {name: delete_note, description: Delete a note for good.}
  - {name: list_mails, description: List the mails that customers have sent.}
  - {name: send_mail, description: Send a mail to anybody.}
credentials: [{kind: static-key, scope: admin}]
"""
    one = assess(load_agent_text(clerk.encode(), "desk.yaml"))
    found = decision_of(one)
    bound, worst = bind(one, found.advice), worst_of(one)
    assert all(stop.says.startswith(("Stopped", "Asked")) for stop in found.stops)
    others = [case_left(bound, path) for path in one.model.paths if path not in worst]
    (score,) = re.findall(r"\d\.\d", found.stays.label)
    text, shared, _ = found.stays.text.partition(" Only what every agent")
    assert (text, score) in [(case.story, f"{case.value:.1f}") for case in others]
    assert bool(shared) is (float(score) > found.advice.value)


def test_without_a_search_the_same_stays():
    assert in_short(assessed("weather"), None).stays == decided_of("weather").stays


# Stopped, asked, not stopped.

OFFICE = """
name: Office
kind: mcp-server
tools:
  - {name: delete_account, description: Delete an account for good.}
  - {name: list_mails, description: List the mails that customers have sent.}
  - name: pay_bill
    description: Pay a bill.
    inputSchema: {type: object, properties: {amount: {type: number}}}
"""


def test_what_is_hidden_is_stopped_and_what_is_approved_is_asked():
    found = decided(OFFICE)
    said = dict(zip(found.stories, (stop.says for stop in found.stops), strict=True))
    paid = next(says for story, says in said.items() if "Money moves" in story)
    assert paid.startswith("Asked of a person by the policy (condition 1)")
    every = [stop.says for name in EXAMPLES for stop in decided_of(name).stops]
    assert {says.partition(" by ")[0] for says in every if " by " in says} == {
        "Asked of a person",
        "Stopped",
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_asked_is_said_where_a_person_who_always_says_yes_would_stop_nothing(name):
    one, found = assessed(name), decided_of(name)
    if isinstance(one, SystemAssessment):
        return
    bound = bind(one, found.advice)
    (part,) = bound.parts.values()
    easy = part.trial.unattended
    for stop, told in zip(found.stops, worst_of(one), strict=False):
        if stop.says.startswith("Stopped by the policy") and hasattr(told, "steps"):
            threats = [step.id for step in told.steps if step.kind == "threat"]
            rated = easy.outcome(frozenset(part.steps)).rated
            assert "but for this" in stop.says or not set(threats) <= rated.keys()


def test_no_policy_stops_a_wrong_answer():
    """Whoever approves a call does not see what people are then told."""
    reads = "  - {name: get_logs, description: Get the console logs of the open page.}"
    mails = "  - {name: list_mails, description: List the mails that customers have sent.}"
    deletes = "  - {name: delete_account, description: Delete an account for good.}\n"
    found = decided(OFFICE.replace(deletes, "").replace(mails, reads))
    said = dict(zip(found.stories, (stop.says for stop in found.stops), strict=True))
    (wrong,) = (says for story, says in said.items() if "wrong answer" in story)
    assert wrong == "Not stopped: a yes accepts it."


# Conditions that lower no score.


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_condition_that_lowers_no_score_says_why_it_is_there(name):
    if isinstance(assessed(name), SystemAssessment):
        return  # what one member is asked for may be idle for the whole
    found = decided_of(name)
    before = found.today.value
    for stair in found.stairs:
        idle = stair.value >= before and not stair.joined
        assert bool(stair.why) is idle
        assert "score" not in stair.why
        assert not idle or re.search(
            r"it (helps to close the way to|makes)|there would be \d+ c", stair.why
        )
        before = stair.value


POST = """
name: Post
kind: mcp-server
tools:
  - {name: search_emails, description: Search the emails of a mailbox.}
  - {name: delete_email, description: Delete an email for good.}
  - name: send_email
    description: Send an email to anybody.
    inputSchema: {type: object, properties: {to: {type: string}, body: {type: string}}}
  - {name: create_filter, description: Create a filter that forwards mails.}
  - {name: get_patient_record, description: Get the medical record of a patient.}
"""


def test_what_is_said_to_spare_confirmations_spares_them():
    one = assess(load_agent_text(POST.encode(), "post.yaml"))
    found = decision_of(one)
    (stair,) = (stair for stair in found.stairs if "more to tick" in stair.why)
    (part,) = bind(one, found.advice).parts.values()
    without = frozenset(part.steps) - {part.steps[stair.number - 1]}
    asked = lifting(one, part.trial.asked(without))
    told = confirmations(one, {"": replace(part, steps=tuple(without))}, asked)
    spared = sum(len(who.lines) for who in told) - len(lines_of(found))
    assert f"there would be {spared} confirmation" in stair.why


def test_nothing_is_asked_for_that_lowers_no_score_and_spares_nothing():
    for text in (POST, OFFICE, FILES):
        for stair, before in pairwise(decided(text).stairs[::-1]):
            assert stair.value < before.value or stair.joined or stair.why


# What is filled in.

FILES = """
name: Files
kind: mcp-server
tools:
  - name: write_file
    description: Write a file.
    inputSchema:
      {type: object, properties: {path: {type: string}, text: {type: string}}, required: [path]}
  - {name: delete_account, description: Delete an account for good.}
  - {name: pay_bill, description: Pay a bill.}
  - {name: list_mails, description: List the mails that customers have sent.}
"""


def test_the_agreed_folder_is_asked_for_with_who_says_it_and_what_holds_until_then():
    (line,) = (one for one in decided(FILES).unsaid if "folders" in one)
    assert line == (
        "Which folders may it touch? The platform team says; until then, the usual ones for work"
        " pass, such as /workspace and /data."
    )
    named = decided(FILES + "policy: {paths: [/srv/notes]}\n")
    assert "folders" not in " ".join(named.unsaid)


def test_what_passes_until_a_folder_is_named_is_what_the_policy_lets_pass():
    rules = policy_rules(load_knowledge())
    free = next(rule.free for rule in rules.advise.agreed if rule.wish == "paths")
    allowed = {one for rule in rules.arguments if rule.parameter == "paths" for one in rule.allow}
    assert allowed.issuperset(re.findall(r"/\w+", free))


def test_what_is_asked_for_can_be_wished_for():
    for rule in policy_rules(load_knowledge()).advise.agreed:
        assert hasattr(PolicyWishes(), rule.wish)


@pytest.mark.parametrize(
    "names",
    [
        # Reading tools pass where only the writing ones wait.
        "get_patient list_patients get_invoice update_patient",
        # Two of many things are named; which two they are says nothing of what is left.
        (
            "update_ticket get_ticket_articles get_ticket_stats get_ticket_states create_user "
            "update_user delete_user get_current_user list_groups"
        ),
        # The same things, in another order.
        (
            "get_appointment list_invoice_items create_patient list_appointments get_invoice "
            "update_appointment get_patient update_patient get_appointment_invoices delete_patient "
            "list_patients"
        ),
    ],
)
def test_what_is_read_out_is_not_stopped_where_other_tools_wait(names):
    tools = "".join(f"  - {{name: {name}}}\n" for name in names.split())
    found = decided(f"name: desk\nkind: mcp-server\nform: product\ntools:\n{tools}")
    read = [n for n, story in enumerate(found.stories) if "are read out" in story]
    assert read
    assert all(found.stops[n].says.startswith("Not stopped") for n in read)
