"""A folder of descriptions becomes a site; what changed is built again, and says why it moved."""

import json
import re
import shutil
import xml.etree.ElementTree as ET
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest

from threatmodel.advise import advise
from threatmodel.assessment import assess
from threatmodel.catalogue import job
from threatmodel.catalogue.build import How, build_site
from threatmodel.catalogue.discover import find_descriptions, id_of
from threatmodel.catalogue.job import Choices
from threatmodel.cli import main
from threatmodel.description.load import load_agent
from threatmodel.errors import AivssError, InvalidFileError
from threatmodel.files import shipped
from threatmodel.outputs.pages.verdict import lower_band
from threatmodel.policy.formats import FORMATS
from threatmodel.policy.tool_page import tool_page
from threatmodel.verify import verify

ROOT = Path(__file__).parent.parent
DAY = Choices(day="2026-11-20")
ALONE = How(jobs=1)
SMALL = "name: {name}\nkind: agent\ndate: 2026-11-01\ntags: [one]\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two examples in folders of different depth, and one that says nearly nothing."""
    place = tmp_path / "descriptions"
    (place / "servers" / "deep").mkdir(parents=True)
    shutil.copy(ROOT / "agents/weather.yaml", place / "weather.yaml")
    shutil.copy(ROOT / "agents/support-agent.yaml", place / "servers/deep/support.yaml")
    (place / "bare.yaml").write_text(SMALL.format(name="Bare"), encoding="utf-8")
    return place


@pytest.fixture
def site(tmp_path) -> Path:
    return tmp_path / "site"


def entries(site: Path) -> dict[str, dict]:
    index = json.loads((site / "api/index.json").read_bytes())
    rows = [dict(zip(index["columns"], row, strict=True)) for row in index["agents"]]
    return {row["id"]: row for row in rows}


def changes(site: Path) -> list[dict]:
    return json.loads((site / "api/changes.json").read_bytes())["changes"]


def test_every_description_at_any_depth_has_a_page_and_the_tool_lists_have_none(folder, site):
    (folder / "weather.tools.json").write_text('{"tools": []}', encoding="utf-8")
    (folder / ".hidden").mkdir()
    shutil.copy(folder / "weather.yaml", folder / ".hidden/weather.yaml")
    built = build_site(folder, site, DAY, ALONE)
    assert (built.agents, built.rebuilt, built.faults) == (3, 3, ())
    assert set(entries(site)) == {"weather", "servers--deep--support", "bare"}
    for id_ in entries(site):
        assert (site / "agents" / id_ / "index.html").is_file()


def test_ids_tell_any_two_files_apart_and_are_safe_names():
    paths = ["a/b.yaml", "a-b.yaml", "A/b.yaml", "a/b.yml", "a b.yaml", "ä.yaml", "..a.yaml"]
    paths += ["x" * 200 + ".yaml", "x" * 201 + ".yaml", "con/" * 60 + "f.yaml"]
    ids = [id_of(path) for path in paths]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]{1,140}", one) for one in ids)
    assert id_of("servers/kafka.yaml") == "servers--kafka"


def test_every_link_inside_the_site_leads_somewhere(folder, site):
    choices = Choices(day="2026-11-20", also=("markdown", "description"))
    build_site(folder, site, choices, ALONE)
    broken = []
    for page in sorted(site.rglob("*.html")):
        for link in links_of(page.read_text("utf-8")):
            parts = urlsplit(link)
            assert not parts.scheme or parts.scheme == "data", (page, link)
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.is_file():
                broken.append((str(page.relative_to(site)), link))
            elif parts.fragment:
                assert f'id="{parts.fragment}"' in target.read_text("utf-8"), (page, link)
    assert broken == []


def test_no_page_holds_a_style_or_script_of_its_own(folder, site):
    build_site(folder, site, DAY, ALONE)
    for page in sorted(site.rglob("*.html")):
        text = page.read_text("utf-8")
        assert "Content-Security-Policy" in text, page
        assert "<style" not in text, page
        assert not re.search(
            r"<[^>]* style=", re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)
        ), page
        for script in re.findall(r"<script\b[^>]*>", text):
            assert "src=" in script or "application/" in script, page


STATING = ("agent.json", "badge.svg", "card.html")
"""Files of an agent that state its score for others."""


def test_what_the_site_says_recomputes(folder, site):
    build_site(folder, site, DAY, ALONE)
    found = verify(site)
    told = {f"{site}/agents/{id_}/{name}" for id_ in entries(site) for name in STATING}
    assert told <= {one.name for one in found}
    assert [one for one in found if not one.holds] == []


def test_the_json_follows_its_published_schemas(folder, site):
    build_site(folder, site, DAY, ALONE)
    documents = {
        "index": [site / "api/index.json"],
        "tool-index": [site / "api/tools.json"],
        "changes": [site / "api/changes.json"],
        "agent": sorted(site.glob("agents/*/agent.json")),
    }
    for name, files in documents.items():
        schema = json.loads((site / f"api/schema/{name}.schema.json").read_bytes())
        assert files
        for file in files:
            jsonschema.validate(json.loads(file.read_bytes()), schema)


def test_a_list_that_no_agent_is_on_any_more_goes_from_the_site(folder, site):
    odd = folder / "odd.yaml"
    odd.write_text(SMALL.format(name="Odd").replace("[one]", "[odd-tag]"), encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    assert list(site.glob("tags/odd-tag*"))
    odd.unlink()
    build_site(folder, site, DAY, ALONE)
    assert not [file for file in site.rglob("*odd*") if file.is_file()]
    assert not [file for file in site.glob("tags/odd-tag*/*") if file.is_file()]


def test_a_site_that_was_put_back_from_a_copy_is_gone_on_from(folder, site, tmp_path):
    one, other = folder / "bare.yaml", folder / "other.yaml"
    other.write_text(SMALL.format(name="Other"), encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    shutil.copytree(site, tmp_path / "copy")
    one.write_text(SMALL.format(name="Renamed"), encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    shutil.rmtree(site)
    shutil.copytree(tmp_path / "copy", site)
    one.write_text(SMALL.format(name="Bare"), encoding="utf-8")
    other.write_text(SMALL.format(name="Another"), encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    assert "Renamed" not in (site / "agents/bare/index.html").read_text("utf-8")
    assert "Bare" in (site / "agents/bare/index.html").read_text("utf-8")


def test_of_a_threat_that_is_undecided_the_json_gives_the_questions_and_no_story(folder, site):
    build_site(folder, site, DAY, ALONE)
    record = json.loads((site / "agents/weather/agent.json").read_bytes())
    undecided = [one for one in record["threats"] if one["state"] == "needs_answer"]
    decided = [one for one in record["threats"] if one["state"] != "needs_answer"]
    assert undecided
    assert decided
    assert all(one["questions"] and not one["text"] for one in undecided)
    assert all(one["text"] for one in decided)


def test_the_score_is_the_one_that_the_command_line_gives(folder, site):
    build_site(folder, site, DAY, ALONE)
    found = assess(load_agent(folder / "servers/deep/support.yaml")).score
    row = entries(site)["servers--deep--support"]
    assert (row["score"], row["low"], row["high"]) == (found.value, found.low, found.high)


def test_places_are_those_in_the_folder_not_on_the_machine(folder, site):
    build_site(folder, site, DAY, ALONE)
    for file in site.rglob("*"):
        if file.is_file():
            assert str(folder.parent).encode() not in file.read_bytes(), file


def test_a_second_build_does_nothing_and_a_touched_file_counts_as_unchanged(folder, site):
    build_site(folder, site, DAY, ALONE)
    before = stamps(site)
    (folder / "weather.yaml").touch()
    assert build_site(folder, site, DAY, ALONE).rebuilt == 0
    assert stamps(site) == before


def test_only_what_changed_is_built_again_and_the_result_is_as_if_built_at_once(folder, site):
    build_site(folder, site, DAY, ALONE)
    with (folder / "weather.yaml").open("a", encoding="utf-8") as file:
        file.write("vendor: Somebody else\n")
    (folder / "late.yaml").write_text(SMALL.format(name="Late"), encoding="utf-8")
    (folder / "bare.yaml").unlink()
    assert build_site(folder, site, DAY, ALONE).rebuilt == 2
    fresh = site.with_name("fresh")
    build_site(folder, fresh, DAY, ALONE)
    history = {"changes.atom", "changes/index.html", "api/changes.json"}
    assert files_of(site, history) == files_of(fresh, history)
    assert files_of(site, set()) == files_of(twin_of(site), set())


def test_a_tool_list_and_a_product_count_as_part_of_a_description(tmp_path, site):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("confluent.yaml", "confluent.tools.json", "confluent-behind-proxy.yaml"):
        shutil.copy(ROOT / "agents" / name, folder / name)
    build_site(folder, site, DAY, ALONE)
    tools = json.loads((folder / "confluent.tools.json").read_bytes())
    tools["tools"] = tools["tools"][:-1]
    (folder / "confluent.tools.json").write_text(json.dumps(tools), encoding="utf-8")
    assert build_site(folder, site, DAY, ALONE).rebuilt == 2


def test_a_changed_tool_list_without_a_new_review_is_marked_outdated(folder, site):
    build_site(folder, site, DAY, ALONE)
    text = (folder / "weather.yaml").read_text("utf-8")
    changed = text.replace("get_forecast", "get_long_forecast")
    (folder / "weather.yaml").write_text(changed, encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    assert entries(site)["weather"]["state"] == "outdated"
    assert "outdated" in (site / "agents/weather/badge.svg").read_text("utf-8")
    assert "out of date" in (site / "agents/weather/index.html").read_text("utf-8")
    reviewed = changed.replace("date: 2026-11-20", "date: 2026-11-21")
    (folder / "weather.yaml").write_text(reviewed, encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    assert entries(site)["weather"]["state"] == ""
    assert [one["kind"] for one in changes(site)] == ["renewed", "outdated"]


def test_an_assessment_goes_stale_on_its_day(folder, site):
    build_site(folder, site, Choices(day="2027-02-17"), ALONE)
    assert entries(site)["weather"]["state"] == ""
    assert build_site(folder, site, Choices(day="2027-02-18"), ALONE).rebuilt >= 1
    assert entries(site)["weather"]["state"] == "stale"
    page = (site / "agents/weather/index.html").read_text("utf-8")
    assert "This assessment is stale." in page
    assert "18 February 2027" in page


def test_a_description_without_a_date_is_dated_by_the_build_that_first_saw_it(folder, site):
    (folder / "bare.yaml").write_text("name: Bare\n", encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    build_site(folder, site, Choices(day="2026-12-24"), ALONE)
    assert entries(site)["bare"]["assessed"] == "2026-11-20"
    (folder / "bare.yaml").write_text("name: Bare\nkind: agent\n", encoding="utf-8")
    build_site(folder, site, Choices(day="2026-12-24"), ALONE)
    assert entries(site)["bare"]["assessed"] == "2026-12-24"


def test_an_answer_that_moves_the_score_is_named_as_its_cause(folder, site):
    build_site(folder, site, DAY, ALONE)
    text = (folder / "weather.yaml").read_text("utf-8")
    (folder / "weather.yaml").write_text(
        text.replace("renders_links: no", "renders_links: yes").replace(
            "egress_allowlist: yes", "egress_allowlist: no"
        )
        + "users: {outsiders_prompt: yes}\nautonomy: {approvals: none, unattended: yes}\n",
        encoding="utf-8",
    )
    build_site(folder, site, DAY, ALONE)
    moved = next(one for one in changes(site) if one["kind"] == "score")
    assert moved["causes"] == ["answer"]
    assert moved["before"] != moved["after"]
    assert "is now" in moved["text"]
    page = (site / "agents/weather/index.html").read_text("utf-8")
    assert "How the score moved" in page


def test_tools_that_move_the_score_are_named_as_its_source(folder, site):
    build_site(folder, site, DAY, ALONE)
    with (folder / "weather.yaml").open("a", encoding="utf-8") as file:
        file.write("")
    text = (folder / "weather.yaml").read_text("utf-8")
    more = "tools:\n  - name: delete_all_records\n    description: Delete every record.\n"
    (folder / "weather.yaml").write_text(text.replace("tools:\n", more, 1), encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    moved = next(one for one in changes(site) if one["kind"] == "score")
    assert moved["causes"][0] == "source"
    assert "delete_all_records" in moved["text"]


def test_rules_and_program_are_named_where_they_moved_the_score(folder, site):
    build_site(folder, site, DAY, ALONE)
    state = site / ".aivss/state.json"
    raw = json.loads(state.read_bytes())
    older = [change_entry(row) for row in raw["entries"]]
    state.write_text(json.dumps(raw | {"entries": older, "setting": "older"}), encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    moved = [one for one in changes(site) if one["kind"] == "score"]
    assert len(moved) == 3
    assert all(one["causes"] == ["rules", "engine"] for one in moved)


def test_a_reply_is_shown_with_its_state_and_late_deadlines_are_marked(folder, site):
    (folder / "weather.reply.yaml").write_text(
        "replies:\n"
        "  - {by: Weather Ltd, date: 2026-11-10, kind: dispute, text: It cannot send anything.,\n"
        "     about: [net.egress_open], deadline: 2026-12-01}\n",
        encoding="utf-8",
    )
    build_site(folder, site, DAY, ALONE)
    page = (site / "agents/weather/index.html").read_text("utf-8")
    assert "It cannot send anything." in page
    assert "Disputed by Weather Ltd" in page
    assert "overdue" not in page
    late = Choices(day="2026-12-02")
    assert build_site(folder, site, late, ALONE).rebuilt == 1
    assert "overdue" in (site / "agents/weather/index.html").read_text("utf-8")
    (folder / "weather.reply.yaml").unlink()
    assert build_site(folder, site, late, ALONE).rebuilt == 1
    assert "Weather Ltd" not in (site / "agents/weather/index.html").read_text("utf-8")
    assert [one["kind"] for one in changes(site)] == ["reply", "reply"]


def test_one_bad_description_is_listed_and_the_others_are_built(folder, site, capsys):
    (folder / "broken.yaml").write_text("name: [unclosed\nkinds: x\n", encoding="utf-8")
    (folder / "wrong.yaml").write_text("kind: robot\n", encoding="utf-8")
    (folder / "weather.reply.yaml").write_text("replies: [{by: me}]\n", encoding="utf-8")
    assert main(["catalog", str(folder), "-o", str(site), "--jobs", "1"]) == 2
    told = capsys.readouterr().err
    for place in ("broken.yaml:1:", "wrong.yaml:1:", "weather.reply.yaml:1:"):
        assert f"error: {place}" in told
    assert set(entries(site)) == {"bare", "servers--deep--support"}


def test_an_agent_whose_description_breaks_keeps_its_pages_marked_outdated(folder, site):
    build_site(folder, site, DAY, ALONE)
    good = (folder / "weather.yaml").read_text("utf-8")
    (folder / "weather.yaml").write_text("name: [\n", encoding="utf-8")
    built = build_site(folder, site, DAY, ALONE)
    assert [one.id for one in built.faults] == ["weather"]
    assert entries(site)["weather"]["state"] == "outdated"
    place = site / "agents/weather"
    assert "can no longer be read" in (place / "index.html").read_text("utf-8")
    assert "outdated" in (place / "badge.svg").read_text("utf-8")
    assert "outdated" in json.loads((place / "shields.json").read_bytes())["message"]
    assert 'class="c old"' in (place / "card.html").read_text("utf-8")
    assert all(one.holds for one in verify(place))
    (folder / "weather.yaml").write_text(good, encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    assert entries(site)["weather"]["state"] == ""
    assert "can no longer be read" not in (place / "index.html").read_text("utf-8")


def test_hostile_names_stay_text(tmp_path, site):
    words = (
        "<img src=x onerror=alert(1)>\"'`\u202e]]>--><!--similar--><!--/notices--></script>{{7*7}}"
    )
    folder = tmp_path / "in"
    folder.mkdir()
    hostile = {"name": words, "summary": words, "vendor": words, "tags": [words]}
    tools = [{"name": words + str(n), "description": words} for n in range(2)]
    for number in range(2):
        text = json.dumps(hostile | {"tools": tools})
        (folder / f"hostile-{number}.yaml").write_text(text, encoding="utf-8")
    reply = {"by": words, "date": "2026-01-01", "text": words, "about": [words], "decision": words}
    (folder / "hostile-0.reply.yaml").write_text(json.dumps({"replies": [reply]}), encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    (folder / "hostile-0.yaml").write_text(json.dumps({**hostile, "kind": "x"}), encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    for file in sorted(site.rglob("*")):
        if file.suffix in (".html", ".svg", ".atom", ".md"):
            text = file.read_text("utf-8")
            assert "<img src=x" not in text, file
            assert "\u202e" not in text, file
            assert text.count("<!--similar-->") <= 1, file
    ET.fromstring((site / "changes.atom").read_bytes())  # noqa: S314 - our own output
    assert len(list(site.glob("agents/hostile-1/tools/*.html"))) == 2


def test_a_policy_of_any_length_stands_whole_on_the_page(tmp_path, site):
    folder = tmp_path / "descriptions"
    folder.mkdir()
    tools = [{"name": f"delete_entry_{n}", "description": "Delete it."} for n in range(1100)]
    described = {"name": "Many", "kind": "agent", "date": "2026-11-01", "tools": tools}
    (folder / "many.yaml").write_text(json.dumps(described), encoding="utf-8")
    build_site(folder, site, Choices(day=DAY.day, also=("policies",)), ALONE)
    page = (site / "agents/many/index.html").read_text(encoding="utf-8")
    shown = re.search(r'<pre [^>]*id="policy-text"[^>]*>(.*?)</pre>', page, re.DOTALL)
    name = re.search(r'id="policy-file" href="([^"]+)"', page)[1]
    file = (site / "agents/many" / name).read_text(encoding="utf-8")
    assert len(file) > 20_000
    assert unescape(shown[1]).strip() == file.strip()


def test_similar_tools_of_other_agents_are_on_the_page_of_a_tool(folder, site):
    shutil.copy(folder / "weather.yaml", folder / "weather-two.yaml")
    build_site(folder, site, DAY, ALONE)
    page = site / "agents/weather/tools/get-forecast.html"
    assert "1 other agent has a tool of this name" in page.read_text("utf-8")
    (folder / "weather-two.yaml").unlink()
    build_site(folder, site, DAY, ALONE)
    assert "other agent has" not in page.read_text("utf-8")


def test_a_site_with_an_address_has_a_sitemap_and_full_links(folder, site):
    choices = Choices(address="https://example.org/some/where/", day="2026-11-20")
    build_site(folder, site, choices, ALONE)
    index = ET.fromstring((site / "sitemap.xml").read_bytes())  # noqa: S314 - our own output
    assert [one.text for one in index.iter() if one.tag.endswith("loc")] == [
        "https://example.org/some/where/sitemap-1.xml"
    ]
    urls = ET.fromstring((site / "sitemap-1.xml").read_bytes())  # noqa: S314 - our own output
    places = [str(one.text) for one in urls.iter() if one.tag.endswith("loc")]
    for place in places:
        assert (site / place.removeprefix("https://example.org/some/where/")).is_file()
    assert {str(p.relative_to(site)) for p in site.glob("agents/*/tools/*.html")} <= {
        place.removeprefix("https://example.org/some/where/") for place in places
    }
    page = unescape((site / "agents/weather/index.html").read_text("utf-8"))
    assert "](https://example.org/some/where/agents/weather/badge.svg)]" in page
    assert '<script src="https://example.org/some/where/aivss-score.js" defer>' in page
    json_ld = page.split('<script type="application/ld+json">', 1)[1].split("</script>", 1)[0]
    assert "https://example.org/some/where/agents/weather/index.html" in json_ld


def test_what_repeats_is_written_once_or_on_demand(folder, site):
    build_site(folder, site, DAY, ALONE)
    own = {"index.html", "agent.json", "badge.svg", "shields.json", "card.html"}
    for place in (site / "agents").iterdir():
        found = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
        assert {name for name in found if not name.startswith("tools/")} == own
    assert (site / "aivss-score.js").is_file()
    build_site(folder, site, Choices(day=DAY.day, also=("policies",)), ALONE)
    assert len(list((site / "agents/weather/policies").iterdir())) == len(FORMATS)


def test_a_folder_that_holds_something_else_is_left_alone(folder, site):
    site.mkdir()
    (site / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(AivssError, match="something else"):
        build_site(folder, site, DAY, ALONE)
    assert (site / "thesis.txt").read_text("utf-8") == "mine"


def test_what_others_put_into_a_site_stays(folder, site):
    build_site(folder, site, DAY, ALONE)
    (site / "CNAME").write_text("example.org", encoding="utf-8")
    (site / ".well-known").mkdir()
    (site / ".well-known/security.txt").write_text("me", encoding="utf-8")
    (folder / "more.yaml").write_text(SMALL.format(name="More"), encoding="utf-8")
    build_site(folder, site, DAY, ALONE)
    assert (site / "CNAME").read_text("utf-8") == "example.org"
    assert (site / ".well-known/security.txt").is_file()
    assert (site / "agents/more/index.html").is_file()


def test_a_site_inside_the_folder_is_not_read_as_descriptions(folder):
    site = folder / "public"
    choices = Choices(day="2026-11-20", also=("description",))
    build_site(folder, site, choices, ALONE)
    assert build_site(folder, site, choices, ALONE).agents == 3


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(InvalidFileError, match="no such folder"):
        find_descriptions(tmp_path / "nowhere")


def test_further_files_are_written_where_asked_for(folder, site):
    choices = Choices(day="2026-11-20", also=("description", "sarif"))
    build_site(folder, site, choices, ALONE)
    place = site / "agents/weather"
    assert (place / "description.yaml").read_bytes() == (folder / "weather.yaml").read_bytes()
    assert json.loads((place / "report.sarif").read_bytes())["version"] == "2.1.0"
    assert "report.sarif" in (place / "index.html").read_text("utf-8")


def test_published_schemas_are_current():
    from threatmodel.catalogue.documents import DOCUMENTS, schema_text  # noqa: PLC0415 - only here

    for name in DOCUMENTS:
        text = shipped(f"reports/catalogue/schemas/{name}.schema.json").read_text("utf-8")
        assert text == schema_text(name), "run python -m threatmodel.catalogue.documents"


class Links(HTMLParser):
    """Every address in a page."""

    def __init__(self):  # noqa: D107
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        del tag
        self.found += [v for name, v in attrs if name in ("href", "src") and v]


def links_of(text: str) -> list[str]:
    parser = Links()
    parser.feed(text)
    return parser.found


def stamps(site: Path) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in site.rglob("*") if p.is_file()}


def files_of(site: Path, without: set[str]) -> dict[str, bytes]:
    found = {p.relative_to(site).as_posix(): p for p in site.rglob("*") if p.is_file()}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if name not in without and not name.startswith(".aivss")
    }


def twin_of(site: Path) -> Path:
    return site.parent / f".{site.name}.aivss" / "next"


def change_entry(row: list) -> list:
    from threatmodel.catalogue.entry import Entry  # noqa: PLC0415 - only here

    older = {"rules": "older", "engine": "0.0.9", "setting": "older"}
    return list(Entry._make(row)._replace(score=1.0, band="Low", **older))


def conditions(site: Path, id_: str) -> list[str]:
    page = (site / "agents" / id_ / "index.html").read_text("utf-8")
    table = re.search(r'<table class="stairs.*?</table>', page, re.DOTALL)
    return re.findall(r"<b>([\d.]+)</b>", table[0]) if table else []


def test_an_agents_page_shows_the_conditions_that_advise_finds_and_what_each_gives(folder, site):
    build_site(folder, site, DAY, ALONE)
    for id_, name in (("weather", "weather"), ("servers--deep--support", "support-agent")):
        assessment = assess(load_agent(ROOT / f"agents/{name}.yaml"))
        most = advise(assessment, 7.0)
        # No yes is in reach: conditions that change neither verdict nor band stand elsewhere.
        line = 7.0 if most.reached else lower_band(most.today, most.value)
        steps = advise(assessment, line).steps
        values = [assessment.score.value, *(s.value for s in steps)]
        falls = [after for before, after in pairwise(values) if after < before]
        told = [f"{value:.1f}" for value in (values[0], *falls)] if falls else []
        assert conditions(site, id_) == told


def test_the_home_explains_the_score_in_a_line(folder, site):
    build_site(folder, site, DAY, ALONE)
    home = (site / "index.html").read_text("utf-8")
    assert re.search(r"<p class=\"small\">The score [^<]*0 to 10[^<]*</p>", home)


def test_a_large_site_leaves_the_search_for_conditions_to_who_asks_for_it(
    folder, site, monkeypatch
):
    monkeypatch.setattr(job, "FEW", 2)
    build_site(folder, site, DAY, ALONE)
    assert conditions(site, "servers--deep--support") == []
    build_site(folder, site, Choices(day=DAY.day, also=("conditions",)), ALONE)
    assert conditions(site, "servers--deep--support")


def test_a_tools_page_begins_as_published_tool_pages_do(tmp_path, site):
    for name in ("confluent.yaml", "confluent.tools.json"):
        shutil.copy(ROOT / "agents" / name, tmp_path / name)
    build_site(tmp_path, site, DAY, ALONE)
    page = (site / "agents/confluent/tools/produce-message.html").read_text("utf-8")
    parts = [
        "produce-message sends records.",
        "Risk signals.",
        "Publishes messages to live topic or queue",
        "Why a policy",
        "data-copy",
        "Attack patterns that abuse it",
        "<dt>Indirect prompt injection</dt>",
        "Common questions",
        "Why it is a Write tool",
    ]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    asked = page[places[-2] : places[-1]]
    assert len(re.findall(r"<h3>[^<]*\?</h3>", asked)) == 6


def test_a_tools_page_spells_things_as_the_tool_does(tmp_path, site):
    tools = [{"name": "get_kpi_targets", "description": "Look up KPI targets."}]
    description = {"name": "Targets", "kind": "mcp-server", "tools": tools}
    (tmp_path / "targets.yaml").write_text(json.dumps(description), encoding="utf-8")
    build_site(tmp_path, site, DAY, ALONE)
    page = (site / "agents/targets/tools/get-kpi-targets.html").read_text("utf-8")
    told = tool_page(assess(load_agent(tmp_path / "targets.yaml")), "get_kpi_targets").does
    assert told == "get_kpi_targets looks up KPI targets."
    assert told in page


OFFICE = """
name: Office
form: deployment
members:
  - {name: clerk, tools: []}
  - {name: payer, extends: payer.yaml}
outside: [{name: customers}]
flows:
  - {from: customers, to: clerk, carries: [text]}
  - {from: clerk, to: payer, carries: [task]}
"""
PAYER = "name: Payer & Co\ntools: [{name: pay, description: Refund a payment to a card.}]\n"


@pytest.mark.parametrize("others", [0, 45])  # in a large site only what changed is written
def test_pages_of_members_and_systems_link_to_each_other_and_follow_each_other(others, tmp_path):
    folder, site = tmp_path / "agents", tmp_path / "site"
    folder.mkdir()
    for number in range(others):
        (folder / f"other-{number}.yaml").write_text(f"name: Other {number}\ntools: []\n")
    (folder / "office.yaml").write_text(OFFICE)
    (folder / "payer.yaml").write_text(PAYER)

    def pages() -> tuple[str, str]:
        build_site(folder, site, Choices(day="2026-11-20"), How(jobs=1))
        found = (site / "agents" / id_ / "index.html" for id_ in ("office", "payer"))
        office, payer = (page.read_text("utf-8") if page.is_file() else "" for page in found)
        return office, payer

    office, payer = pages()
    assert '<a href="../payer/index.html">Payer &amp; Co</a>' in office
    assert '<a href="../office/index.html">Office</a>' in payer
    assert "customers → clerk → payer" in " ".join(office.split())
    (folder / "payer.yaml").write_text(PAYER.replace("Refund a payment to a card", "List payments"))
    later, _ = pages()
    assert later != office
    (folder / "office.yaml").unlink()
    assert "../office/index.html" not in pages()[1]
