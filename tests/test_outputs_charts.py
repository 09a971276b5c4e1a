"""Charts: well-formed, titled, inside their frame, in few elements."""

import re
from xml.etree.ElementTree import fromstring as read_xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outputs import specimen
from tests.outputs.marks_font import build
from threatmodel.assessment import assess
from threatmodel.description.load import load_agent
from threatmodel.files import shipped
from threatmodel.outputs import report_html
from threatmodel.outputs.charts.score import Spoke, answer_span, factor_bar, radar, waterfall
from threatmodel.outputs.pages.flow import diagram
from threatmodel.outputs.pages.score import radar_of, radar_says, waterfall_of

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


@given(st.lists(st.tuples(st.text(max_size=40), st.floats(-5, 10), POINTS), min_size=1, max_size=8))
def test_a_waterfall_is_well_formed_for_any_terms(steps):
    shapes(waterfall(steps, "What each term adds"))


def test_a_radar_tells_what_is_given_from_what_rules_estimate():
    given = [Spoke(f"F{n}", 0.5, 0.5, 0.5, 0.7) for n in range(3)]
    assert "stroke-dasharray" in radar(given)
    assert "estimated 0.70" in radar(given)
    estimated = [Spoke(f"F{n}", 0.5, 0.5, 0.5) for n in range(3)]
    assert "stroke-dasharray" not in radar(estimated)


def test_the_sentence_of_the_radar_names_where_given_and_estimated_part():
    said = radar_says(specimen.confluent().score)
    assert "Solid: as given by a person for 10 factors. Dashed: as rules estimate." in said
    assert "0.30 given, 0.20 estimated" in said
    assert radar_says(specimen.nothing_known().score).startswith("All ten are estimated by rules")


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


@pytest.mark.parametrize("name", ["confluent", "assistant-six-servers"])
def test_no_line_of_a_frame_is_cut_by_the_edge_of_its_picture(name):
    """Half of a line lies outside of what it frames: on the edge it would be half as thick."""
    one = assess(load_agent(specimen.AGENTS / f"{name}.yaml"))
    html = report_html.render(one)
    framed = 0
    for drawn in re.findall(r"<svg xmlns.*?</svg>", html, re.DOTALL):
        picture = read_xml(drawn)  # noqa: S314 (our own)
        left, top, wide, tall = map(float, picture.get("viewBox").split())
        for box in picture.iter("{http://www.w3.org/2000/svg}rect"):
            half = float(box.get("stroke-width") or 0) / 2
            x, y, w, h = (float(box.get(key)) for key in ("x", "y", "width", "height"))
            framed += half > 0
            assert left <= x - half
            assert x + w + half <= left + wide
            assert top <= y - half
            assert y + h + half <= top + tall
    assert framed
