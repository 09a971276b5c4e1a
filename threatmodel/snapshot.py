"""One assessment, as far as two are compared: taken from an agent or from the JSON of a report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from threatmodel._version import VERSION
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.description.in_words import said_in, said_of, tool_parts
from threatmodel.errors import InvalidFileError, Location
from threatmodel.system.net import UNSAID, carried


class ToolState(NamedTuple):
    """A tool as a snapshot keeps it."""

    tool_class: str
    fingerprint: str
    """sha256 of its definition."""
    name: str
    owner: str = ""
    """Its server, in a system after the member; empty where none is named or known."""
    parts: dict[str, str] | None = None
    """Part of its definition -> what tells it apart; None where they are not known."""


class FactState(NamedTuple):
    """A fact as a snapshot keeps it."""

    value: bool | None
    basis: str


class ThreatState(NamedTuple):
    """A threat as a snapshot keeps it."""

    title: str
    """What goes wrong."""
    state: str
    score: float | None
    """Its AIVSS."""
    shared: bool
    """Whether any agent on the host has it."""
    because: tuple[str, ...]
    """Facts and controls that decide it."""
    decision: str = ""
    """What a reviewer decided about it."""


class MemberMark(NamedTuple):
    """A member of a system as a snapshot keeps it."""

    value: float
    """Its AIVSS in its place."""
    shown: tuple[str, ...]
    """Facts that the flows show of it, sorted."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One assessment, as far as it is compared."""

    name: str
    digest: str
    """sha256 of its description."""
    rules: str
    """sha256 of the rules."""
    engine: str
    """Version of the program."""
    value: float
    """Headline."""
    severity: str
    tools: tuple[ToolState, ...]
    """In the description's order; two servers may have tools of one name."""
    facts: dict[str, FactState]
    """By id."""
    factors: dict[str, float]
    """By id."""
    threats: dict[str, ThreatState]
    """By id."""
    guards: dict[str, str]
    """Id of each guard of the recommended policy -> what it enforces."""
    members: dict[str, MemberMark] = field(default_factory=dict)
    """Members of a system that are agents, by name."""
    flows: dict[str, str] = field(default_factory=dict)
    """Ends of a flow -> what it carries and what checks it."""
    said: dict[str, str] = field(default_factory=dict)
    """What else the description says, by its place."""
    whole: bool = True
    """Whether all that the description says is known; of a report only what its JSON keeps."""


def snapshot_of(assessment: Assessment) -> Snapshot:
    """Take a snapshot of an assessed agent."""
    score = assessment.score
    return Snapshot(
        name=assessment.agent.name,
        digest=assessment.agent.digest,
        rules=assessment.knowledge.digest,
        engine=VERSION,
        value=score.value,
        severity=score.severity,
        tools=tuple(
            ToolState(reading.tool_class, reading.fingerprint, reading.name, *told)
            for reading, told in zip(assessment.readings, tool_parts(assessment.agent), strict=True)
        ),
        facts={f.id: FactState(f.value, f.basis) for f in assessment.facts.facts.values()},
        factors={factor.id: factor.value for factor in score.factors},
        threats={
            f.id: ThreatState(
                f.title,
                f.state,
                f.score,
                f.shared,
                (*f.because, *f.controls, *f.missing),
                f.decision or "",
            )
            for f in assessment.model.findings
        },
        guards={guard.id: guard.says for guard in assessment.plan.guards},
        said=said_of(assessment.agent),
        **(_placed(assessment) if isinstance(assessment, SystemAssessment) else {}),
    )


def _placed(assessment: SystemAssessment) -> dict[str, Any]:
    shown = assessment.read.facts
    members = {
        one.agent.name: MemberMark(one.score.value, tuple(sorted(shown.get(one.agent.name, ()))))
        for one in assessment.members
    }
    rows = ((f.sender, f.to, carried(f), f.checks) for f in assessment.system.flows)
    return {"members": members, "flows": _told(rows)}


def _told(rows: Iterable[tuple[str, str, Iterable[str], Iterable[str]]]) -> dict[str, str]:
    """Say what goes from where to where; several flows between two places are told together."""
    found: dict[str, list[str]] = {}
    for sender, to, carries, checks in rows:
        checked = f", checked by {', '.join(sorted(checks))}" if checks else ", not checked"
        found.setdefault(f"{sender} to {to}", []).append(
            f"{', '.join(sorted(carries)) or 'nothing'}{checked}"
        )
    return {ends: "; ".join(sorted(told)) for ends, told in found.items()}


def snapshot_from(document: object, name: str) -> Snapshot:
    """Take a snapshot of the JSON of a report; InvalidFileError where it is none."""
    try:
        return _read(document)  # type: ignore[arg-type]
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        hint = "make one with `aivss report FILE -o REPORT.json`"
        raise InvalidFileError("this is no assessment", Location(name), hint) from fault


def _read(document: Mapping[str, Any]) -> Snapshot:
    agent, score = document["agent"], document["score"]
    return Snapshot(
        name=str(agent["name"]),
        digest=str(agent["digest"]),
        rules=str(agent["rules_digest"]),
        engine=str(agent["aivss"]),
        value=float(score["value"]),
        severity=str(score["severity"]),
        tools=tuple(
            ToolState(str(t["class"]), str(t["fingerprint"]), str(t["name"]))
            for t in document["tools"]
        ),
        facts={str(f["id"]): FactState(f["value"], str(f["basis"])) for f in document["facts"]},
        factors={str(f["id"]): float(f["value"]) for f in score["factors"]},
        threats={str(t["id"]): _threat(t) for t in document["model"]["threats"]},
        guards={str(g["id"]): str(g["says"]) for g in document["policy"]["guards"]},
        said=said_in(agent),
        whole=False,
        **(_read_system(document["system"]) if document.get("system") else {}),
    )


def _read_system(system: Mapping[str, Any]) -> dict[str, Any]:
    members = {
        str(one["name"]): MemberMark(
            float(one["value"]), tuple(sorted(str(row["fact"]) for row in one["shown"]))
        )
        for one in system["members"]
        if one["value"] is not None
    }
    rows = (
        (str(f["sender"]), str(f["to"]), f["carries"] or sorted(UNSAID), f["checks"])
        for f in system["flows"]
    )
    return {"members": members, "flows": _told(rows)}


def _threat(row: Mapping[str, Any]) -> ThreatState:
    because = (*row["because"], *row["controls"], *row["missing"])
    points = None if row["score"] is None else float(row["score"])
    shared = bool(row.get("shared", False))
    decision = str(row.get("decision") or "")
    return ThreatState(str(row["title"]), str(row["state"]), points, shared, because, decision)
