"""Every other form of the report: valid by its own schema, complete, stable."""

import csv
import io
import json
import re

import jsonschema
import pytest

from tests.outputs import specimen
from threatmodel.assessment import assess, profiles_of
from threatmodel.cli import main
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.outputs import (
    OUTPUTS,
    kind_of,
    render,
    report_csv,
    report_json,
    report_markdown,
    report_questions,
    report_sarif,
    report_tm_bom,
)
from threatmodel.outputs.pages.questions import all_questions
from threatmodel.score.calculator import parse_vector, recalculate


@pytest.fixture(scope="module", params=["confluent", "nothing_known", "decided"])
def assessment(request):
    return getattr(specimen, request.param)()


def valid(document, schema):
    kind = jsonschema.validators.validator_for(schema)
    return list(kind(schema, format_checker=jsonschema.FormatChecker()).iter_errors(document))


def test_sarif_is_valid_by_the_published_schema(assessment, schemas):
    schema = json.loads((schemas / "sarif-2.1.0.schema.json").read_text())
    assert valid(json.loads(report_sarif.render(assessment)), schema) == []


def test_sarif_lists_every_threat_as_a_rule_with_help(assessment):
    (run,) = json.loads(report_sarif.render(assessment))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [t.id for t in assessment.knowledge.threats]
    assert all(rule["help"]["markdown"] and rule["fullDescription"]["text"] for rule in rules)


def test_sarif_results_are_the_open_findings_with_line_and_fingerprint(assessment):
    (run,) = json.loads(report_sarif.render(assessment))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [r["ruleId"] for r in run["results"]] == [f.id for f in assessment.model.live]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert place["artifactLocation"]["uri"]
    prints = [r["partialFingerprints"]["aivss/finding/v1"] for r in run["results"]]
    assert len(prints) == len(set(prints))


def test_a_result_of_sarif_points_at_the_line_that_decides_it():
    lines = [
        "name: A",
        "tools:",
        "  - name: get",
        "    description: Get an issue.",
        "  - name: delete_user",
        "    description: Delete a user for good.",
    ]
    one = assess(load_agent_text("\n".join(lines).encode(), "a.yaml"))
    (run,) = json.loads(report_sarif.render(one))["runs"]
    (result,) = (r for r in run["results"] if r["ruleId"] == "TH-L2-06")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a.yaml"
    assert place["region"] == {
        "startLine": lines.index("  - name: delete_user") + 1,
        "startColumn": 5,
    }


def test_sarif_suppresses_what_a_reviewer_accepted_and_still_lists_it():
    decided = specimen.decided()
    (run,) = json.loads(report_sarif.render(decided))["runs"]
    first, *rest = (r for r in run["results"] if "suppressions" in r)
    assert len(rest) == 1
    (suppression,) = first["suppressions"]
    assert "Platform team" in suppression["justification"]
    assert "2027-05-20" in suppression["justification"]


def test_tm_bom_is_valid_by_the_published_schema(assessment, schemas):
    schema = json.loads((schemas / "tm-bom.schema.json").read_text())
    assert valid(json.loads(report_tm_bom.render(assessment)), schema) == []


def test_tm_bom_refers_only_to_what_it_defines(assessment):
    data = json.loads(report_tm_bom.render(assessment))
    zones = {zone["symbolic_name"] for zone in data["trust_zones"]}
    objects = [*data["actors"], *data["components"], *data["data_stores"]]
    assert {one["trust_zone"] for one in objects} <= zones
    names = {one["symbolic_name"] for one in objects}
    ends = {end["object"] for f in data["data_flows"] for end in (f["source"], f["destination"])}
    assert ends <= names
    threats = {threat["symbolic_name"] for threat in data["threats"]}
    assert {t for risk in data["risks"] for t in risk["threats"]} <= threats
    assert {t for control in data["controls"] for t in control["threats"]} <= threats
    people = {persona["symbolic_name"] for persona in data["threat_personas"]}
    assert {threat["threat_persona"] for threat in data["threats"]} <= people


def test_csv_has_a_line_for_every_threat_open_ones_first(assessment):
    rows = list(csv.DictReader(io.StringIO(report_csv.render(assessment))))
    assert len(rows) == len(assessment.model.findings)
    live = [f.id for f in assessment.model.live]
    assert [row["threat"] for row in rows][: len(live)] == live


def test_json_recomputes_to_the_same_score_from_its_own_vector(assessment):
    score = json.loads(report_json.render(assessment))["score"]
    profiles = profiles_of(assessment.knowledge)
    again = recalculate(parse_vector(score["vector"], profiles))
    assert float(again.result.value) == score["value"]


def test_json_has_the_parts_of_the_contract_in_order(assessment):
    data = json.loads(report_json.render(assessment))
    contract = ["schema", "agent", "facts", "score", "model", "tools", "policy", "residual"]
    assert [key for key in data if key in contract] == contract


def test_markdown_names_score_findings_and_how_to_recompute(assessment):
    text = report_markdown.render(assessment)
    score = assessment.score
    told = f"{score.value:.1f} {score.severity}" if assessment.enough_known else "no data"
    assert f"AIVSS {told}" in text.splitlines()[0]
    assert score.vector in text
    assert all(f.id in text for f in assessment.model.open)
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)


def test_mermaid_draws_every_zone_and_flow(assessment):
    lines = report_markdown.mermaid(assessment).splitlines()
    assert lines[0] == "flowchart LR"
    assert sum(line.startswith("  subgraph") for line in lines) == lines.count("  end")
    assert any("-->" in line for line in lines)


def test_the_filled_in_form_comes_back_as_facts_of_the_vendor(tmp_path):
    file, answers = tmp_path / "agent.yaml", tmp_path / "answers.yaml"
    file.write_text("name: Desk\nkind: agent\n", encoding="utf-8")
    silent = assess(load_agent(file))
    asked = all_questions(silent)[0]
    form = report_questions.render(silent)
    answers.write_text(
        form.replace(f"  {asked.fact}: {{value: unknown,", f"  {asked.fact}: {{value: true,")
    )
    assert main(["import", str(answers), "-o", str(file)]) == 0
    answered = assess(load_agent(file))
    fact = answered.facts.facts[asked.fact]
    assert (fact.value, fact.by) == (True, "vendor")


def test_each_form_is_picked_by_the_ending_of_its_file(tmp_path):
    for kind, output in OUTPUTS.items():
        assert kind_of(tmp_path / f"report{output.ending}") == kind
    assert kind_of(tmp_path / "report.tmbom.json") == "tm-bom"
    assert kind_of(tmp_path / "report.json") == "json"
    assert kind_of(tmp_path / "report.txt") is None


@pytest.mark.parametrize(
    "kind", [kind for kind, form in OUTPUTS.items() if not form.ending.endswith(".pdf")]
)
def test_every_form_gives_the_same_text_twice(kind):
    first, second = (
        render(kind, make()) for make in (specimen.decided, specimen.decided.__wrapped__)
    )
    assert first == second
    assert isinstance(first, str)
    assert first.endswith("\n") or kind == "html"


def test_a_theme_file_reaches_the_report(tmp_path):
    theme = tmp_path / "theme.yaml"
    theme.write_text("organisation: Example Bank\n")
    assert "Example Bank" in str(render("html", specimen.nothing_known(), theme=theme))


def test_numbers_are_json_numbers(assessment):
    text = report_json.render(assessment)
    assert not re.search(r'"(value|low|high|base|score)":"\d', text)


@pytest.mark.parametrize("form", [report_json, report_sarif, report_tm_bom])
def test_json_hides_nothing_from_those_who_read_it(form):
    hidden = "\u202e\u200b\u2066\ufeff"
    assessment = specimen.hostile(f"pay{hidden}txt.exe")
    text = form.render(assessment)
    assert not set(hidden) & set(text)
    assert json.loads(text) == json.loads(json.dumps(form.record(assessment)))
