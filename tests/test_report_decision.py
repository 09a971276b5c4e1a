"""The page that decides: a verdict that follows from the numbers, in words that anybody reads."""

import re

import pytest

from tests.outputs import specimen
from threatmodel.assessment import assess
from threatmodel.description.load import load_agent
from threatmodel.outputs import report_html
from threatmodel.outputs.pages.decision import LINE, decision_of, in_short

EXAMPLES = sorted(specimen.AGENTS.glob("*.yaml"))


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda file: file.stem)
def assessment(request):
    return assess(load_agent(request.param))


def test_the_verdict_follows_from_the_numbers(assessment):
    found, score = decision_of(assessment), assessment.score
    if found.verdict == "Yes":
        assert score.high < LINE
    elif found.verdict.startswith("Yes, if"):
        assert score.value < LINE <= score.high
        assert f"{score.high:.1f}" in found.asks
    elif found.verdict.startswith("Yes, under"):
        assert score.value >= LINE > found.stairs[-1].value
    else:
        assert found.verdict == "Not yet"
    assert all(a.value >= b.value for a, b in zip(found.stairs, found.stairs[1:], strict=False))


def test_without_conditions_it_never_says_yes_where_the_whole_page_asks_for_some(assessment):
    short, whole = in_short(assessment, None), decision_of(assessment)
    if whole.verdict.startswith("Yes, under"):
        assert short.verdict == "Not as it is"
    elif whole.verdict.startswith("Yes"):
        assert short.verdict == whole.verdict
    assert short.stories == whole.stories


def test_page_two_has_no_id(assessment):
    html = report_html.render(assessment)
    start = html.index('id="summary"')
    page = re.sub(r"<[^>]+>", " ", html[start : html.index('id="score"')])
    assert not re.search(r"\b(TH-\w+-\d+|mt-\w+|pc-\w+|[a-z]{1,2}\.[a-z_]+)\b", page)


def test_an_agent_of_which_nothing_is_known_gets_no_yes():
    assert decision_of(specimen.nothing_known()).verdict == "Not yet"
    assert in_short(specimen.nothing_known(), None).verdict == "Not yet"


def test_answers_that_undo_the_conditions_are_counted_and_the_gravest_stand_first():
    decided = decision_of(assess(load_agent(specimen.AGENTS / "confluent.yaml")))
    over = [one for one in decided.advice.asked if one.high >= 7]
    assert len(over) > 3
    assert decided.verdict.endswith("if the open answers come out well")
    assert f"{len(over)} open answers could lift it over that line again" in decided.asks
    highest = max(one.high for one in over)
    assert f"{highest:.1f} under the conditions" in decided.unknown[0]


def test_one_answer_that_undoes_the_conditions_is_told_as_one():
    decided = decision_of(assess(load_agent(specimen.AGENTS / "trading-agent.yaml")))
    assert "1 open answer could lift it over that line again: it stands below." in decided.asks
