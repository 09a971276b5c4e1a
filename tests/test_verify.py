"""`aivss verify` finds whatever was changed in a report, by itself or beside its description."""

import json
from pathlib import Path

import pytest

from threatmodel.assessment import assess
from threatmodel.cli import main
from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent
from threatmodel.outputs import embed, render
from threatmodel.verify import verify, verify_data

ROOT = Path(__file__).parent.parent
AGENT = ROOT / "agents/support-agent.yaml"


@pytest.fixture(scope="module")
def fresh():
    return assess(load_agent(AGENT))


@pytest.fixture(scope="module")
def report(fresh):
    return str(render("json", fresh))


def failing(path: Path, text: str, fresh=None) -> list[str]:
    path.write_text(text, encoding="utf-8")
    return [check.what for one in verify(path, fresh) for check in one.checks if not check.holds]


def changed(report: str, change) -> str:
    document = json.loads(report)
    change(document)
    return json.dumps(document)


def milder(document):
    one = max(document["model"]["threats"], key=lambda t: t["score"] or 0)
    one["score"] = 1.0


def without_the_worst(document):
    threats = document["model"]["threats"]
    worst = max(t["score"] or 0 for t in threats)
    document["model"]["threats"] = [t for t in threats if t["score"] != worst]


def without_its_schema(document):
    del document["schema"]
    without_the_worst(document)


@pytest.mark.parametrize("change", [milder, without_the_worst, without_its_schema])
def test_a_report_whose_threats_do_not_make_its_headline_does_not_hold(tmp_path, report, change):
    assert failing(tmp_path / "a.json", report) == []
    assert failing(tmp_path / "a.json", changed(report, change))


def closed(document):
    one = next(t for t in document["model"]["threats"] if t["state"].startswith("open"))
    one["state"] = "closed"


def another_class(document):
    document["tools"][0]["class"] = "Destructive"


def another_definition(document):
    document["tools"][0]["fingerprint"] = "0" * 64


def another_fact(document):
    one = next(f for f in document["facts"] if f["value"] is True)
    one["value"] = False


def no_guard(document):
    document["policy"]["guards"].pop()


def accepted(document):
    one = next(t for t in document["model"]["threats"] if t["state"].startswith("open"))
    one["decision"] = "accepted"


def another_vendor(document):
    document["agent"]["vendor"] = "Somebody"


def another_description(document):
    document["agent"]["digest"] = "0" * 64


@pytest.mark.parametrize(
    "change",
    [closed, another_class, another_definition, another_fact, no_guard, accepted, another_vendor,
     another_description],
)  # fmt: skip
def test_whatever_was_changed_in_a_report_is_found_beside_its_description(
    tmp_path, report, fresh, change
):
    assert failing(tmp_path / "a.json", report, fresh) == []
    assert failing(tmp_path / "a.json", changed(report, change), fresh)


@pytest.mark.parametrize("name", ["confluent", "insurance-claims", "confluent-estimated"])
@pytest.mark.parametrize("profile", ["agentic", "owasp-0.8-amended", "owasp-0.5"])
def test_a_report_that_nobody_changed_holds(tmp_path, name, profile):
    agent = load_agent(ROOT / f"agents/{name}.yaml")
    text = str(render("json", assess(agent, profile=profile)))
    assert failing(tmp_path / "a.json", text, assess(agent)) == []


def test_a_report_that_is_not_whole_does_not_hold(tmp_path, report, fresh):
    def torn(document):
        del document["model"]["threats"][0]["vector"]
        document["model"]["threats"][0]["score"] = 1.0

    assert "report" in failing(tmp_path / "a.json", changed(report, torn), fresh)


def test_a_line_about_a_score_says_by_which_profile(tmp_path, report):
    path = tmp_path / "a.json"
    path.write_text(report, encoding="utf-8")
    said = [check.what for check in verify(path)[0].checks if check.what.endswith("band")]
    assert "agentic: band" in said
    assert len(set(said)) >= 4


def test_what_a_report_says_twice_is_checked_once(tmp_path, report):
    file = tmp_path / "report.json"
    file.write_text(report, encoding="utf-8")
    told = [check.what for one in verify(file) for check in one.checks]
    assert len(told) == len(set(told))
    # Where the two differ, each is checked.
    file.write_text(changed(report, lambda it: it["profiles"][0].update(value=0.1)), "utf-8")
    (fault,) = [check for one in verify(file) for check in one.checks if not check.holds]
    assert (fault.what, "it says 0.1" in fault.detail) == ("agentic: value from its vector", True)


def test_what_does_not_hold_is_shown_first_however_much_is_checked(tmp_path, report, capsys):
    path = tmp_path / "a.json"
    path.write_text(changed(report, no_guard), encoding="utf-8")
    assert main(["verify", str(path), "--description", str(AGENT)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("does not hold")
    assert lines[1].startswith("  FAIL policy ")


@pytest.mark.parametrize("kind", ["badge", "card", "web-component", "json-ld", "markdown"])
@pytest.mark.parametrize(
    "name", ["Shed", "Shed 9.9 Critical", 'Shed 9.9 Critical <b>*x*</b> & "co"']
)
def test_an_embed_that_shows_another_score_than_it_carries_does_not_hold(kind, name):
    tools = [{"name": "burn_shed", "description": "Permanently delete all customer records."}]
    assessment = assess(Agent.of({"name": name, "kind": "agent", "tools": tools}))
    value, band = assessment.score.value, assessment.score.severity
    made = embed(kind, assessment)
    assert verify_data(made.encode(), kind).holds
    shown = made.replace(f"{value:.1f} {band}", f"0.4 {band}")
    for before in (">", "\\u003e"):
        shown = shown.replace(f"{before}{value:.1f}<", f"{before}0.4<")
        shown = shown.replace(f"{before}{value:.1f}\\u003c", f"{before}0.4\\u003c")
    assert shown != made
    (fault,) = [c for c in verify_data(shown.encode(), kind).checks if not c.holds]
    assert (fault.what, f"people read 0.4 {band}" in fault.detail) == ("what it shows", True)


def test_a_badge_without_data_that_shows_a_score_does_not_hold():
    made = embed("badge", assess(Agent.of({"name": "Shed", "kind": "agent"})))
    assert verify_data(made.encode(), "badge").holds
    assert not verify_data(made.replace("no data", "0.4 Low").encode(), "badge").holds


def test_a_page_whose_headline_was_altered_does_not_hold():
    made = str(render("html", assess(load_agent(ROOT / "agents/weather.yaml"))))
    assert verify_data(made.encode(), "a.html").holds
    assert not verify_data(
        made.replace("2.8 Low", "0.1 Low").replace(">2.8<", ">0.1<").encode(), "a.html"
    ).holds


@pytest.mark.parametrize("name", ["Shed", "Shed 9.9 High <b>x</b>"])
def test_a_report_of_what_is_not_known_has_no_data_where_its_headline_would_be(name):
    assessment = assess(Agent.of({"name": name}))
    assert not assessment.enough_known
    made = str(render("html", assessment))
    assert verify_data(made.encode(), "a.html").holds
    shown = made.replace("no data", "0.1 Low")
    assert not verify_data(shown.encode(), "a.html").holds


@pytest.mark.parametrize("value", ["1" + "0" * 400, "NaN", "1e999", "true", "null", "-1"])
def test_a_claim_of_any_number_is_told_and_does_not_hold(value):
    tools = [{"name": "burn_shed", "description": "Permanently delete all customer records."}]
    assessment = assess(Agent.of({"name": "Shed", "kind": "agent", "tools": tools}))
    before = f"&quot;value&quot;: {assessment.score.value}"
    made = embed("badge", assessment)
    assert before in made
    altered = made.replace(before, f"&quot;value&quot;: {value}")
    faults = [one.what for one in verify_data(altered.encode(), "badge").checks if not one.holds]
    assert "what it shows" in faults
