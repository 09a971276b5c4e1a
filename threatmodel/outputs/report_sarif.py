"""Findings as SARIF 2.1.0 (OASIS), for code scanning of the description."""

import hashlib
import re
from pathlib import PurePosixPath
from urllib.parse import quote

from threatmodel._version import VERSION
from threatmodel.assessment import Assessment
from threatmodel.description.overrides import Decision
from threatmodel.emit import escaped
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.documents import Json
from threatmodel.outputs.pages.labels import DECISIONS
from threatmodel.outputs.text import cut, laid_out, one_line, plain, sentence
from threatmodel.rules.rows import ThreatRow
from threatmodel.threats.finding import Finding

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# Code hosts show it beside a line of code: a paragraph, not a page.
_MESSAGE = 900


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the log: a rule for every threat, a result for every open finding."""
    del options
    return escaped(laid_out(record(assessment), 5)) + "\n"


def record(assessment: Assessment) -> Json:
    """Give the log as JSON values."""
    threats = assessment.knowledge.threats
    index = {threat.id: n for n, threat in enumerate(threats)}
    findings = {finding.id: finding for finding in assessment.model.findings}
    decisions = assessment.agent.decided
    driver = {
        "name": "aivss",
        "version": VERSION,
        "semanticVersion": VERSION,
        "rules": [_rule(threat, findings.get(threat.id), assessment) for threat in threats],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"aivss/{_slug(assessment)}/"},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, assessment, decisions.get(finding.id))
            | {"ruleIndex": index[finding.id]}
            for finding in assessment.model.live
        ],
        "properties": {
            "score": assessment.score.value,
            "severity": assessment.score.severity,
            "vector": assessment.score.vector,
            "rules": assessment.knowledge.rules_version,
        },
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _level(finding: Finding) -> str:
    """Give the level by severity; what any agent on the host shares is only a note."""
    level = _LEVELS.get(finding.severity or "", "none")
    return "note" if finding.shared and level != "none" else level


def _rule(threat: ThreatRow, finding: Finding | None, assessment: Assessment) -> Json:
    why = sentence(one_line(threat.texts.why) or threat.title)
    check = f" {sentence(one_line(threat.texts.check))}" if threat.texts.check else ""
    fixes = [sentence(assessment.knowledge.mitigations[m].says) for m in threat.mitigations]
    false = sentence(one_line(threat.texts.false_positives))
    markdown = [plain(why), "", "**What to do**", "", *(f"- {plain(fix)}" for fix in fixes)]
    if check:
        markdown += ["", f"**Check:** {plain(check.strip())}"]
    if false:
        markdown += ["", f"**False alarm if:** {plain(false)}"]
    properties: Json = {"tags": ["security", threat.layer, *_cwes(threat)], "precision": "high"}
    if finding is not None and finding.score is not None:
        properties["security-severity"] = f"{finding.score:.1f}"
    return {
        "id": threat.id,
        "name": "".join(word.capitalize() for word in _words(threat.title)),
        "shortDescription": {"text": threat.title},
        "fullDescription": {"text": why},
        "help": {"text": " ".join([why, *fixes]) + check, "markdown": "\n".join(markdown)},
        "defaultConfiguration": {"level": _level(finding) if finding else "none"},
        "properties": properties,
    }


def _result(finding: Finding, assessment: Assessment, decision: Decision | None) -> Json:
    told = [finding.title + ".", one_line(finding.text), one_line(finding.attack)]
    print_ = hashlib.sha256(finding.finding.encode("utf-8", "replace")).hexdigest()
    result: Json = {
        "ruleId": finding.id,
        "level": _level(finding),
        "message": {"text": cut(" ".join(t for t in told if t), _MESSAGE)},
        "locations": [_location(finding, assessment)],
        "partialFingerprints": {"aivss/finding/v1": print_},
        "properties": {
            "finding": finding.finding,
            "state": finding.state,
            "severity": finding.severity,
            "priority": finding.priority,
            "shared": finding.shared,
            "score": finding.score,
            "tools": list(finding.tools[:50]),
        },
    }
    if decision is not None:
        until = f", until {decision.expires.isoformat()}" if decision.expires else ""
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{DECISIONS[decision.decision]} by {one_line(decision.owner)}"
                f"{until}: {one_line(decision.reason)}",
            }
        ]
    return result


def _location(finding: Finding, assessment: Assessment) -> Json:
    """Point at the line of the description that decides it, else at its first line."""
    facts = (assessment.facts.facts.get(id_) for id_ in finding.because)
    places = [_place(e.place) for fact in facts if fact for e in fact.evidence]
    home = assessment.agent.places.of(())
    file, line, column = next(
        (place for place in places if place),
        (home.path if home else f"{_slug(assessment)}.yaml", 1, 1),
    )
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(file)},
            "region": {"startLine": line, "startColumn": column},
        },
        "logicalLocations": [{"name": finding.layer, "kind": "module"}],
    }


_SPOT = re.compile(r"(.+?):([0-9]+):([0-9]+)(?: |$)")
"""File, line and column; what a tool shows goes on with the part of its definition."""


def _place(place: str) -> tuple[str, int, int] | None:
    found = _SPOT.match(place)
    return (found[1], max(int(found[2]), 1), max(int(found[3]), 1)) if found else None


def _uri(path: str) -> str:
    posix = PurePosixPath(path.replace("\\", "/"))
    return f"file://{quote(str(posix))}" if posix.is_absolute() else quote(str(posix))


def _slug(assessment: Assessment) -> str:
    first = next(iter(assessment.model.findings), None)
    return first.finding.split("/")[0] if first else "agent"


def _words(title: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in title).split()


def _cwes(threat: ThreatRow) -> list[str]:
    return [f"external/cwe/{str(id_).lower()}" for id_ in threat.refs.get("cwe", ())]
