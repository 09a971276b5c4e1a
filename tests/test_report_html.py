"""The HTML report: one file, every section, sensible words where there is nothing to show."""

import base64
import hashlib
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment
from markupsafe import escape

from tests.outputs import specimen
from threatmodel.assessment import assess
from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent
from threatmodel.outputs import Options, report_html, templates
from threatmodel.outputs.pages.page import CONTENTS
from threatmodel.outputs.pages.policy import PAGE_HOLDS
from threatmodel.outputs.theme import Theme

REPORT = Path(__file__).parents[1] / "reports/report"
ALLOWED_SCHEMES = ("data:", "#")


class Reader(HTMLParser):
    """Collects what a test asks about."""

    VOID = ("meta", "br", "img", "link", "input", "hr")

    def __init__(self):
        """Start with nothing seen."""
        super().__init__()
        self.ids, self.links, self.sources, self.open, self.unbalanced = [], [], [], [], []
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.add(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found.get("href"))
        self.sources += [v for k, v in found.items() if k in ("src", "srcset", "action", "data")]
        if tag == "link":
            self.sources.append(found.get("href"))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)


def read(html):
    reader = Reader()
    reader.feed(html)
    return reader


@pytest.fixture(scope="module", params=["confluent", "nothing_known", "decided"])
def html(request):
    return report_html.render(getattr(specimen, request.param)())


def test_every_section_of_the_contents_is_there_once(html):
    ids = read(html).ids
    assert all(ids.count(anchor) == 1 for _, anchor, _ in CONTENTS)


def test_ids_are_unique_and_every_link_inside_leads_somewhere(html):
    reader = read(html)
    assert len(reader.ids) == len(set(reader.ids))
    inside = {link.removeprefix("#") for link in reader.links if link.startswith("#")}
    assert inside <= set(reader.ids)


def test_tags_are_balanced(html):
    reader = read(html)
    assert not reader.unbalanced
    assert not reader.open


def test_nothing_is_fetched_and_nothing_runs(html):
    reader = read(without_our_script(html))
    assert not [s for s in reader.sources if not s.startswith(ALLOWED_SCHEMES)]
    addresses = re.findall(r"url\(([^)]{1,40})", html)
    assert addresses
    assert all(address.startswith("data:font/ttf;base64,") for address in addresses)
    assert not reader.tags & {"script", "iframe", "object", "embed", "link", "base", "form"}
    assert "@import" not in html


def without_our_script(html):
    """Take out the script that adds copy buttons, and nothing that differs from it by a letter."""
    ours = (REPORT / "copy.js").read_text(encoding="utf-8")
    return html.replace(f"<script>{ours}</script>", "", 1)


def test_a_page_allows_the_script_of_its_copy_buttons_and_no_other():
    html = report_html.render(specimen.confluent())
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)"/>', html)
    (script,) = re.findall(r"<script>(.+?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = dict(rule.split(" ", 1) for rule in unescape(policy).split("; "))
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert html.index("Content-Security-Policy") < html.index("<style>")
    assert "<button" not in html  # without the script there is nothing that would do nothing


def test_no_template_of_a_report_is_read_anew_and_one_that_changed_is(monkeypatch):
    read = []
    compiled = Environment.compile
    monkeypatch.setattr(
        Environment, "compile", lambda *given: read.append(given[2]) or compiled(*given)
    )
    report_html.environment.cache_clear()
    from_code = report_html.render(specimen.confluent())
    assert read == []
    monkeypatch.setattr(templates, "_made", dict)
    report_html.environment.cache_clear()
    assert report_html.render(specimen.confluent()) == from_code
    assert "report/summary.html.j2" in read


def test_a_template_that_differs_from_what_its_code_was_made_of_is_read():
    made = Environment(autoescape=True, loader=templates.MadeLoader(lambda name: f"Another {name}"))
    assert made.get_template("report/summary.html.j2").render() == "Another report/summary.html.j2"


def test_a_template_is_read_where_its_code_was_made_with_other_options(monkeypatch):
    """The code of a template holds what these decided."""
    read = []
    compiled = Environment.compile
    monkeypatch.setattr(
        Environment, "compile", lambda *given: read.append(given[2]) or compiled(*given)
    )
    ours = report_html.environment()
    for option in ({}, {"autoescape": False}, {"lstrip_blocks": False}, {"optimized": True}):
        read.clear()
        ours.overlay(**option).get_template("report/summary.html.j2")
        assert bool(read) == bool(option), option


def test_a_silent_description_gets_words_instead_of_empty_tables():
    html = report_html.render(specimen.nothing_known())
    for words in (
        "Nothing here lists its tools",
        "No attack path runs",
        "No risk has been accepted",
    ):
        assert words in html
    assert not re.search(r"<tbody>\s*</tbody>", html)
    assert not re.search(r"<[uo]l[^>]*>\s*</[uo]l>", html)


def test_what_is_not_known_has_no_data_on_the_cover_and_where_it_is_signed():
    # One fact that is known fills the list of facts, and says nothing of the score.
    shown = report_html.render(assess(Agent.of({"name": "Shed"})))
    assert 'class="bigscore">–<' in shown
    assert "What is signed: Shed, no data;" in shown
    assert "no data: too little is known for a score" in shown
    assert "<b>no data</b> today" in shown
    assert ">None</td>" not in shown
    assert "Nothing to compare: too little is known for a score." in shown
    assert 'data-foot="AIVSS no data' in shown


def test_decisions_are_shown_with_owner_reason_and_end():
    html = report_html.render(specimen.decided())
    for words in ("Platform team", "The cluster holds test data only.", "20 May 2027", "accepted"):
        assert words in html


def test_a_theme_sets_name_classification_colours_and_paper():
    theme = Theme(
        organisation="Example Bank", classification="Confidential", accent="#7a1f5c", page="Letter"
    )
    html = report_html.render(specimen.confluent(), Options(theme=theme))
    assert "Example Bank" in html
    assert "Confidential" in html
    assert "size: Letter" in html
    assert 'fill="#7a1f5c"' in html
    assert 'fill="#0f5a8a"' not in html


def test_two_runs_give_the_same_text():
    first = report_html.render(specimen.confluent())
    assert first == report_html.render(specimen.confluent())


def test_every_open_finding_has_a_fold_with_its_evidence():
    assessment = specimen.confluent()
    html = report_html.render(assessment)
    assert html.count('<details class="card fold') == len(assessment.model.open)
    for finding in assessment.model.open:
        assert f'id="{finding.id}"' in html
        assert f"{finding.vector}</span> = {finding.base:.1f}" in html
        assert all(str(one) in html for ids in finding.refs.values() for one in ids)


def test_a_filter_has_a_rule_for_each_choice_and_counts_what_it_leaves():
    assessment = specimen.confluent()
    html = report_html.render(assessment)
    choices = re.findall(r'id="by-(\w+)"', html)  # the two that show all are spelt with a dash
    assert {"p0", "p1", "p2", "p3", "L1", "L7", "XL"} <= set(choices)
    for choice in choices:
        assert f"#findings:has(#by-{choice}:checked) .fold:not(.{choice})" in html
    urgent = sum(finding.priority == "act now" for finding in assessment.model.open)
    assert f">Act now {urgent}</label>" in html


def test_a_layer_to_choose_is_named_and_paper_shows_every_finding():
    assessment = specimen.confluent()
    html = report_html.render(assessment)
    layers = {finding.layer for finding in assessment.model.open}
    for layer in layers:
        assert re.search(rf">{layer} {assessment.knowledge.layers[layer].name} \d+</label>", html)
    on_screen = re.findall(r"@media screen \{\n(  #findings.+?)\n\}", html, re.DOTALL)
    assert "".join(on_screen).count("#findings:has(") == html.count("#findings:has(")


def test_paper_has_no_heading_over_policies_that_only_a_screen_shows():
    html = report_html.render(specimen.confluent())
    before, copies, _ = re.split(r'(<div class="copies">.+?</div>)', html, flags=re.DOTALL)
    assert "The policy in every format" in copies
    assert copies.count('<details class="whole">') == html.count('<details class="whole">')
    assert re.search(r"@media print \{\s*\.filter, \.copies \{ display: none \}", before)


def test_a_policy_is_there_whole_to_be_copied_or_named():
    assessment = specimen.confluent()
    html = report_html.render(assessment)
    for policy in assessment.policies:
        assert policy.title in html
        assert (str(escape(policy.text)) in html) == (len(policy.text) <= PAGE_HOLDS)
    assert str(escape(assessment.policies[0].text)) in html


@pytest.mark.parametrize(
    ("name", "told"),
    [("trading-agent", "1 threat comes with"), ("coding-agent", "threats come with")],
)
def test_one_threat_of_the_host_is_told_as_one(name, told):
    html = report_html.render(assess(load_agent(specimen.AGENTS / f"{name}.yaml")))
    assert told in html
    assert "1 threats" not in html
