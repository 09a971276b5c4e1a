"""Decisions: recorded in the description, shown everywhere, refused when they no longer hold."""

import csv
import datetime as dt
import io
import json

import pytest

from threatmodel.assessment import assess
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.outputs import report_csv, report_sarif

HEAD = """\
name: Example
tools: [{name: delete_file, description: Delete a file for good.}]
"""


def described(tmp_path, text):
    file = tmp_path / "agent.yaml"
    file.write_text(HEAD + text)
    return load_agent(file)


def refused(agent, date=None):
    with pytest.raises(ExceptionGroup) as caught:
        assess(agent, date=date)
    return [str(fault) for fault in caught.value.exceptions]


def test_a_decision_is_shown_and_takes_nothing_away(tmp_path):
    decision = "decisions: [{finding: TH-L2-06, decision: accepted, reason: r, owner: o}]"
    plain = assess(described(tmp_path, ""))
    decided = assess(described(tmp_path, decision))
    finding = next(f for f in decided.model.findings if f.id == "TH-L2-06")
    assert finding.decision == "accepted"
    assert decided.score.value == plain.score.value
    assert [f.id for f in decided.model.open] == [f.id for f in plain.model.open]


def test_an_expired_decision_is_an_error_with_its_place(tmp_path):
    decision = (
        "decisions: [{finding: TH-L2-06, decision: accepted, reason: r, owner: o,"
        " expires: 2026-01-31}]"
    )
    agent = described(tmp_path, decision)
    assess(agent, date=dt.date(2026, 1, 31))
    (fault,) = refused(agent, dt.date(2026, 2, 1))
    assert "agent.yaml:3:" in fault
    assert "expired on 2026-01-31" in fault


def test_an_orphaned_decision_is_an_error(tmp_path):
    decision = "decisions: [{finding: TH-L2-02, decision: accepted, reason: r, owner: o}]"
    (fault,) = refused(described(tmp_path, decision))
    assert "is orphaned" in fault


def test_a_decision_on_an_unknown_finding_is_refused_on_reading(tmp_path):
    decision = "decisions: [{finding: TH-L2-99, decision: accepted, reason: r, owner: o}]"
    with pytest.raises(ExceptionGroup) as caught:
        described(tmp_path, decision)
    assert "did you mean" in str(caught.value.exceptions[0])


GIVEN = "scores: {cvss: {base: 1.0, rationale: judged by hand}}\n"


def test_a_given_base_below_the_derived_one_does_not_replace_it(tmp_path):
    found = assess(described(tmp_path, GIVEN))
    assert found.score.cvss.basis == "derived"
    assert "given 1.0" in found.score.cvss.note
    assert [c.id for c in found.contradictions] == ["contradiction:cvss"]


def test_a_decision_lets_the_given_base_stand(tmp_path):
    decision = (
        'decisions: [{finding: "contradiction:cvss", decision: accepted, reason: r, owner: o}]'
    )
    before = assess(described(tmp_path, GIVEN))
    after = assess(described(tmp_path, GIVEN + decision))
    assert after.score.cvss.basis == "given"
    assert after.score.cvss.base == 1.0
    assert after.score.value < before.score.value
    assert "stands by a reviewer's decision" in after.score.cvss.note


def test_a_base_that_contradicts_its_vector_is_an_error(tmp_path):
    vector = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
    agent = described(tmp_path, f"scores: {{cvss: {{vector: '{vector}', base: 5.0}}}}")
    with pytest.raises(Exception, match="stated as 5"):
        assess(agent)


def test_a_decision_on_a_contradiction_that_is_gone_is_orphaned(tmp_path):
    decision = (
        'decisions: [{finding: "contradiction:t.delete", decision: accepted, reason: r, owner: o}]'
    )
    (fault,) = refused(described(tmp_path, decision))
    assert "nothing contradicts there any more" in fault


def test_of_two_decisions_on_one_finding_the_same_one_is_told_everywhere(tmp_path):
    told = (
        "decision: accepted, reason: r, owner: Ann",
        "decision: false-positive, reason: s, owner: Bo",
    )
    lines = ", ".join(f"{{finding: TH-L2-06, {one}}}" for one in told)
    found = assess(described(tmp_path, f"decisions: [{lines}]"))
    (finding,) = (f for f in found.model.findings if f.id == "TH-L2-06")
    rows = list(csv.DictReader(io.StringIO(report_csv.render(found))))
    (row,) = (row for row in rows if row["threat"] == "TH-L2-06")
    results = json.loads(report_sarif.render(found))["runs"][0]["results"]
    (result,) = (one for one in results if one["ruleId"] == "TH-L2-06")
    said = result["suppressions"][0]["justification"]
    assert (finding.decision, row["decision"], row["decision_owner"]) == (
        "accepted",
        "accepted",
        "Ann",
    )
    assert ("Ann" in said, "Bo" in said) == (True, False)


def test_a_decision_on_a_system_is_none_on_its_members_and_the_other_way_round():
    """Each is answered for by whoever decided it, and for nothing else."""
    decided = "decisions: [{finding: TH-L2-06, decision: accepted, reason: r, owner: o}]"
    members = f"members: [{{name: a, {HEAD.splitlines()[1]}%s}}]\n"
    whole = load_agent_text(f"name: S\n{members % ''}{decided}\n".encode(), "s.yaml")
    assert (len(whole.decisions), whole.members[0].decisions) == (1, ())
    whole = load_agent_text(f"name: S\n{members % f', {decided}'}".encode(), "s.yaml")
    assert (whole.decisions, len(whole.members[0].decisions)) == ((), 1)
