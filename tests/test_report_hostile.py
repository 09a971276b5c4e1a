"""Names and texts of others stay text in every form: inert, whole, and never fetched."""

import csv
import io
import json
import re
from html import unescape
from html.parser import HTMLParser
from xml.etree.ElementTree import fromstring as read_xml

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from tests.outputs import specimen
from threatmodel.outputs import (
    EMBEDS,
    embed,
    report_csv,
    report_html,
    report_json,
    report_markdown,
    report_pdf,
    report_questions,
    report_sarif,
    report_tm_bom,
)
from threatmodel.outputs.pages.policy import PAGE_HOLDS
from threatmodel.outputs.text import visible
from threatmodel.reading.yaml import parse

ATTACKS = (
    "<script>alert(1)</script>",
    "</title></style></script><img src=http://127.0.0.1:9/x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7*7 }}{% for x in y %}",
    "{% raw %}",
    "url(http://127.0.0.1:9/a)",
    "</style><style>*{display:none}",
    "@import 'http://127.0.0.1:9/a.css';",
    "javascript:alert(1)",
    '=HYPERLINK("http://127.0.0.1:9")',
    "+1+cmd|' /C calc'!A0",
    "]]></metadata><script>1</script>",
    "-->*/ --!>",
    "](http://127.0.0.1:9) ![x](http://127.0.0.1:9)",
    "```\n# heading\n| a | b |",
    "\u202egnp.exe\u202c",
    "\u200bzero\u2066width\u2069",
    "\U000e0041\U000e0042 tags",
    "a\x00b\x1bc\x7f",
    "شركة العربية",
    "line\r\nbreak\tand tab",
    "x" * 10_000,
    "名前" * 3_000,
    "&lt;b&gt; &amp; &#x3c;",
    '#35;" end click A href',
)

TOKENS = st.sampled_from(
    ("<", ">", "&", '"', "'", "`", "{{", "}}", "{%", "-->", "]]>", "</script>", "\n", "\r", "\t",
     "=", "+", "-", "@", "|", "\\", "\x00", "\u202e", "\u2028", "url(", "http://127.0.0.1:9/",
     "onload=", "a", "é", "名", "😀", "#", "*", "_", "[", "]", "(", ")", "!", ":", ";", ",")
)  # fmt: skip
HOSTILE = st.lists(TOKENS, min_size=1, max_size=30).map("".join)

EMPTY = {"meta", "br", "img", "link", "input", "hr"}


class Markup(HTMLParser):
    """Reads HTML as a browser would, collecting what could act."""

    def __init__(self):
        """Start with nothing seen."""
        super().__init__()
        self.tags, self.handlers, self.addresses = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        names = ("href", "src", "srcset", "action", "data", "style")
        self.addresses += [value or "" for name, value in attrs if name in names]


def acts(html):
    """Say what in some HTML could run or fetch."""
    reader = Markup()
    reader.feed(html)
    reader.close()
    bad = reader.tags & {"script", "iframe", "object", "embed", "img", "link", "base", "form"}
    bad |= set(reader.handlers)
    bad |= {a for a in reader.addresses if "127.0.0.1" in a or a.startswith("javascript:")}
    return bad


def page_of(words):
    """Render the HTML and take out the script that is ours, where it is the only one allowed."""
    html = report_html.render(specimen.hostile(words))
    ours = f"<script>{report_html.script()}</script>"
    assert html.count("<script") == html.count(ours) <= 1
    assert html.count(f'content="{escape(report_html.allowed())}"') == 1
    return html.replace(ours, "")


@pytest.fixture(params=ATTACKS, ids=range(len(ATTACKS)))
def assessment(request):
    return specimen.hostile(request.param)


def test_html_holds_hostile_text_as_text(assessment):
    html = page_of(assessment.agent.vendor)
    assert not acts(html)
    assert "\u202e" not in html
    assert "\x00" not in html
    whole = r"<style>.*?</style>|<details class=\"whole\">.*?</details>"
    assert not re.search(r"\S{3000}", re.sub(whole, "", html, flags=re.DOTALL))
    policies = re.findall(r"<details class=\"whole\">.*?</details>", html, flags=re.DOTALL)
    assert all(len(unescape(policy)) < PAGE_HOLDS + 1000 for policy in policies)


@given(HOSTILE)
def test_html_holds_any_text_as_text(words):
    assert not acts(page_of(words))


@given(HOSTILE)
def test_json_sarif_and_tm_bom_read_back_to_the_same_names(words):
    assessment = specimen.hostile(words)
    data = json.loads(report_json.render(assessment))
    assert data["agent"]["name"] == assessment.agent.name
    assert [tool["name"] for tool in data["tools"]] == [r.name for r in assessment.readings]
    assert json.loads(report_sarif.render(assessment))["version"] == "2.1.0"
    assert json.loads(report_tm_bom.render(assessment))["version"] == "1"


@given(HOSTILE)
def test_no_cell_of_the_csv_is_a_formula(words):
    rows = list(csv.reader(io.StringIO(report_csv.render(specimen.hostile(words)))))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) == len(specimen.hostile(words).model.findings) + 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


@given(HOSTILE)
def test_the_form_reads_back_as_yaml_with_the_same_name(words):
    assessment = specimen.hostile(words)
    tree = parse(report_questions.render(assessment).encode("utf-8"), "questions.yaml")
    assert tree.value["name"] == assessment.agent.name
    assert all(answer["by"] == "vendor" for answer in tree.value["facts"].values())


@given(HOSTILE)
def test_markdown_has_no_markup_of_others(words):
    text = report_markdown.render(specimen.hostile(words))
    assert not re.search(r"<(?!/?details>|/?summary>)", text)
    assert "](http" not in text
    assert not re.search(r"(?<!\\)://127", re.sub(r"`+[^`]*`+", "", text))


@given(HOSTILE)
def test_mermaid_labels_stay_inside_their_quotes(words):
    for line in report_markdown.mermaid(specimen.hostile(words)).splitlines():
        assert line.count('"') in (0, 2)
        assert "<" not in line


@given(HOSTILE)
def test_embeds_are_well_formed_and_inert(words):
    assessment = specimen.hostile(words)
    badge = read_xml(embed("badge", assessment, link=words))  # noqa: S314 (our own drawing)
    assert {element.tag.rpartition("}")[2] for element in badge.iter()} <= {
        "svg", "title", "metadata", "rect", "path", "g", "text",
    }  # fmt: skip
    card = embed("card", assessment)
    script = '<script type="application/json" class="claim">'
    assert card.count("<script") == card.count(script) == 1
    assert not acts(card) - {"script"}
    assert json.loads(embed("json-ld", assessment, link=words))["@type"] == "Review"
    assert "<" not in embed("json-ld", assessment)
    assert json.loads(embed("shields", assessment))["schemaVersion"] == 1
    component = embed("web-component", assessment, link=words)
    assert "<" not in component.removeprefix("// <aivss-score>")
    assert component.count("*/") == 1


@pytest.mark.parametrize("kind", EMBEDS)
def test_a_link_that_is_no_web_address_leads_nowhere(kind):
    made = embed(kind, specimen.nothing_known(), link="javascript:alert(1)")
    active = re.sub(r"\{\"agent\".*?\}", "", made.replace("&quot;", '"').replace('\\"', '"'))
    if kind == "json-ld":
        active = json.loads(made)["url"]
    assert "javascript:" not in active


@pytest.mark.parametrize(
    "words",
    [ATTACKS[1], pytest.param("".join(ATTACKS[:12]) + "w" * 10_000, marks=pytest.mark.long)],
    ids=["one", "many"],
)
def test_the_pdf_prints_hostile_text_and_fetches_nothing(words):
    made = report_pdf.render(specimen.hostile(words))
    assert made.startswith(b"%PDF-")


@given(st.text())
def test_visible_text_has_no_control_or_direction_marks(text):
    hidden = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    assert not re.search(hidden, visible(text))
