"""Charts: well-formed, titled, inside their frame, in few elements."""

import re
from xml.etree.ElementTree import fromstring as read_xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outputs import specimen
from tests.outputs.marks_font import build
from threatmodel.files import shipped
from threatmodel.outputs.charts.attack_path import Stop, attack_path
from threatmodel.outputs.charts.bars import answer_span, before_after, factor_bar, waterfall
from threatmodel.outputs.charts.radar import Spoke, radar
from threatmodel.outputs.pages.flow import diagram
from threatmodel.outputs.pages.score import radar_of, waterfall_of

SHARE = st.integers(0, 20).map(lambda n: n / 20)
POINTS = st.integers(0, 100).map(lambda n: n / 10)


def shapes(svg):
    """Parse a chart; check what holds for each."""
    root = read_xml(svg)  # noqa: S314 (our own drawing)
    first = root[0]
    assert first.tag.endswith("title")
    assert len(first.text) > 2
    assert root.get("font-family") == "Public Sans"
    assert root.get("role") == "img"
    drawn = re.sub(r"<(title|text).*?</\1>", "", svg, flags=re.DOTALL)  # names may say anything
    assert "nan" not in drawn
    assert not re.search(r"\d\.\d{2,}", drawn)
    return [element.tag.rpartition("}")[2] for element in root.iter()]


@given(st.lists(st.tuples(st.text(max_size=30), SHARE, SHARE, SHARE), min_size=3, max_size=12))
def test_a_radar_is_well_formed_for_any_factors(rows):
    spokes = [Spoke(name, b, *sorted((a, c))) for name, a, b, c in rows]
    assert shapes(radar(spokes)).count("text") == 2 * len(spokes)


def test_a_radar_or_waterfall_of_nothing_is_nothing():
    assert radar([]) == ""
    assert waterfall([], "x") == ""


@given(SHARE, SHARE, SHARE)
def test_a_factor_bar_is_two_shapes_at_most(value, low, high):
    assert shapes(factor_bar(value, *sorted((low, high)))).count("path") <= 2


@given(POINTS, POINTS, POINTS)
def test_an_answer_lies_on_its_axis(low, high, today):
    svg = answer_span(*sorted((low, high)), today, (0.0, 10.0))
    assert shapes(svg).count("path") == 2


@given(POINTS, POINTS, POINTS, POINTS, st.none() | POINTS)
def test_before_and_after_is_well_formed_for_any_scores(value, low, high, after, amended):
    shapes(before_after((value, *sorted((low, high))), after, amended))


@given(st.lists(st.tuples(st.text(max_size=40), st.floats(-5, 10), POINTS), min_size=1, max_size=8))
def test_a_waterfall_is_well_formed_for_any_terms(steps):
    shapes(waterfall(steps, "What each term adds"))


@pytest.mark.parametrize("at", [-1, 0, 1, 2])
def test_an_attack_path_marks_its_break(at):
    stops = [Stop("L1", "a" * 60), Stop("L3", ""), Stop("L1", "delete-topics")]
    lanes = [("L3", "Agent Frameworks"), ("L1", "Foundation Models")]
    svg = attack_path(stops, lanes, at, "A path")
    shapes(svg)
    assert ("#0f5a8a" in svg) == (at >= 0)


@pytest.mark.parametrize("kind", ["confluent", "nothing_known"])
def test_charts_of_an_assessment_are_well_formed(kind):
    assessment = getattr(specimen, kind)()
    shapes(radar_of(assessment.score))
    if assessment.score.waterfall:
        shapes(waterfall_of(assessment.score))
    drawn = diagram(assessment)
    shapes(drawn.figure)
    assert [row.number for row in drawn.rows] == list(range(1, len(drawn.flows) + 1))


def test_the_marks_font_is_what_its_drawing_says():
    assert shipped("reports/fonts/Marks.ttf").read_bytes() == build()
