"""Embeds: score, band, profile, date, link and a digest, in every form."""

import datetime as dt
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.etree.ElementTree import fromstring as read_xml

import pytest

from tests.outputs import specimen
from threatmodel.assessment import assess
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.errors import slug
from threatmodel.outputs import EMBEDS, Options, embed, embed_picture, render
from threatmodel.outputs.claim import Claim, claim_of
from threatmodel.verify import verify

AGENTS = Path(__file__).parents[1] / "agents"

CARRIES = ("badge", "card", "markdown", "web-component", "json-ld")


def carried(text):
    """Read back the claim that an embed carries."""
    plain = unescape(text)
    start = plain.find('{"agent": ')
    if start >= 0:
        return json.JSONDecoder().raw_decode(plain, start)[0]
    listed = json.loads(text)["additionalProperty"]
    found = {entry["name"].removeprefix("aivss:"): entry["value"] for entry in listed}
    return {name: value for name, value in found.items() if name != "outdated"}


@pytest.mark.parametrize("kind", CARRIES)
def test_an_embed_carries_its_claim_with_a_digest_that_recomputes(kind):
    assessment = specimen.confluent()
    said = carried(embed(kind, assessment, link="https://example.org/why"))
    digest = said.pop("digest")
    claim = Claim(**said)
    assert claim.digest == digest
    assert claim.value == assessment.score.value
    assert claim.band == assessment.score.severity
    assert claim.profile == "agentic"
    assert claim.date == assessment.date
    assert claim.link == "https://example.org/why"


def test_any_change_of_a_claim_changes_its_digest():
    claim = claim_of(specimen.confluent(), Options())
    changed = Claim(**{f: getattr(claim, f) for f in Claim.__slots__} | {"value": 1.0})
    assert changed.digest != claim.digest


@pytest.mark.parametrize("kind", ["badge", "card", "shields", "markdown"])
def test_an_outdated_embed_says_so(kind):
    assert "outdated" in embed(kind, specimen.confluent(), outdated=True)
    assert "outdated" not in re.sub(r"\{.*?\}", "", embed(kind, specimen.confluent()))


def claim(band, value):
    return Claim(
        agent="A", value=value, band=band, low=0.0, high=9.0, profile="agentic", date="",
        vector="", description="", rules="", link="a.html",
    )  # fmt: skip


@pytest.mark.parametrize("value", [None, 0.0, 2.4, 5.5, 8.3, 9.9])
def test_a_badge_tells_score_and_band_in_words_and_in_bars(value):
    bands = {None: "", 0.0: "None", 2.4: "Low", 5.5: "Medium", 8.3: "High", 9.9: "Critical"}
    svg = read_xml(embed_picture.draw_badge(claim(bands[value], value)))  # noqa: S314 (our own drawing)
    words = "no data" if value is None else f"{value:.1f} {bands[value]}"
    assert svg.get("aria-label") == f"AIVSS: {words}"
    assert svg.find("{*}title").text == f"AIVSS: {words}"
    assert svg.get("height") == "20"


def test_an_agent_of_which_nothing_is_known_has_no_score_to_show():
    assert "no data" in embed("badge", specimen.nothing_known())
    assert "no data" in embed("card", specimen.nothing_known())
    assert json.loads(embed("shields", specimen.nothing_known()))["message"] == "no data"


def test_the_default_link_is_the_agents_own_page():
    made = embed("markdown", specimen.confluent())
    assert "(confluent-mcp-server.html)" in made


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("Confluent MCP server", "confluent-mcp-server"),
        ("../../etc/passwd", "etc-passwd"),
        ("A" * 300, "a" * 80),
    ],
)
def test_a_slug_is_letters_digits_and_hyphens(name, page):
    assert slug(name) == page


def test_names_without_latin_letters_get_distinct_pages():
    first, second = slug("名前"), slug("別の名前")
    assert first != second
    assert re.fullmatch(r"agent-[0-9a-f]{8}", first)


@pytest.mark.parametrize("kind", EMBEDS)
def test_no_embed_loads_anything(kind):
    made = embed(kind, specimen.confluent(), link="page.html")
    assert not re.search(r"(?:src\s*=|@import|fetch\(|import\()", made.replace("description", ""))


@pytest.mark.parametrize("kind", ["badge", "card", "markdown", "json-ld"])
@pytest.mark.parametrize(
    ("true", "forged"), [("a.example", "b.example"), ("2026-01-02", "2026-03-04")]
)
def test_an_embed_in_which_anything_was_changed_does_not_verify(tmp_path, kind, true, forged):
    """Its score may still follow from its vector: link and day are held as well."""
    one = assess(load_agent(AGENTS / "weather.yaml"), date=dt.date(2026, 1, 2))
    text = str(embed(kind, one, link="https://a.example/why"))
    file = tmp_path / "embed"
    file.write_text(text)
    assert all(check.holds for check in verify(file))
    for old, new in (
        (true, forged),
        (true.replace("-", "\\u002d"), forged.replace("-", "\\u002d")),
    ):
        text = text.replace(old, new)
    file.write_text(text)
    assert not all(check.holds for check in verify(file))


@pytest.mark.parametrize("profile", ["agentic", "owasp-0.8", "owasp-0.8-amended", "owasp-0.5"])
def test_a_report_by_any_profile_is_held_to_the_score_by_that_profile(tmp_path, profile):
    described = load_agent(AGENTS / "confluent.yaml")
    file = tmp_path / "a.json"
    file.write_text(str(render("json", assess(described, profile=profile))))
    assert all(check.holds for check in verify(file, assess(described)))
    other = assess(load_agent(AGENTS / "weather.yaml"))
    assert not all(check.holds for check in verify(file, other))


def test_a_claim_made_by_other_rules_is_told_to_be_so(tmp_path):
    one = assess(load_agent(AGENTS / "weather.yaml"))
    file = tmp_path / "embed"
    file.write_text(str(embed("badge", one)))
    other = replace(one, knowledge=replace(one.knowledge, digest="0" * 64))
    (found,) = verify(file, other)
    assert [check.what for check in found.checks if not check.holds] == ["digest of the rules"]


@pytest.mark.parametrize("name", ["A --> <b>B</b>", "A --!> B", "-->", "A <!-- B"])
def test_no_name_ends_the_comment_that_carries_a_claim(name):
    text = json.dumps({"name": name, "tools": []})
    snippet = str(embed("markdown", assess(load_agent_text(text.encode(), "a.json"))))
    comment = snippet[snippet.index("<!-- aivss ") :]
    assert comment.count("--") == 2
    assert comment.endswith("-->\n")
    assert carried(comment)["agent"] == name
