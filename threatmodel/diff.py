"""What differs between two assessments, each change with its cause: source, answer, rules, engine.

Both sides are snapshots, taken from an agent or from the JSON of a report, and compared by stable
ids: tools by name and definition, facts, factors, threats, guards.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from threatmodel._version import VERSION
from threatmodel.assessment import Assessment
from threatmodel.errors import InvalidFileError, Location

Cause = Literal["source", "answer", "rules", "engine"]
"""Tool list or description changed; a person answered; our rules changed; our program changed."""

Kind = Literal["tool", "fact", "factor", "threat", "guard"]
"""What changed."""

OPEN = frozenset({"open_stated", "open_assumed", "reduced"})


class ToolMark(NamedTuple):
    """A tool as a snapshot keeps it."""

    tool_class: str
    """Its class."""

    fingerprint: str
    """sha256 of its definition."""


class FactMark(NamedTuple):
    """A fact as a snapshot keeps it."""

    value: bool | None
    """Its value."""

    basis: str
    """How it is known."""


class ThreatMark(NamedTuple):
    """A threat as a snapshot keeps it."""

    title: str
    """What goes wrong."""

    state: str
    """How it stands."""

    score: float | None
    """Its AIVSS."""

    shared: bool
    """Whether any agent on the host has it."""

    because: tuple[str, ...]
    """Facts and controls that decide it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One assessment, as far as it is compared."""

    name: str
    """The agent."""

    digest: str
    """sha256 of its description."""

    rules: str
    """sha256 of the rules."""

    engine: str
    """Version of the program."""

    value: float
    """Headline."""

    severity: str
    """Its band."""

    tools: dict[str, ToolMark]
    """By name."""

    facts: dict[str, FactMark]
    """By id."""

    factors: dict[str, float]
    """By id."""

    threats: dict[str, ThreatMark]
    """By id."""

    guards: dict[str, str]
    """Id of each guard of the recommended policy -> what it enforces."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs."""

    kind: Kind
    """What it is."""

    id: str
    """Its stable id."""

    title: str
    """Its title, where it has one beside the id."""

    before: str
    """How it was; empty where it is new."""

    after: str
    """How it is; empty where it is gone."""

    cause: Cause
    """Why it differs."""

    worse: bool
    """Whether it can only raise the risk."""

    by: tuple[str, ...] = ()
    """Facts that changed it."""


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between two assessments."""

    before: Snapshot
    """The old one."""

    after: Snapshot
    """The new one."""

    changes: tuple[Change, ...]
    """Tools, facts, factors, threats, guards, each by id; in this order."""

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """Give the changes of one kind."""
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def opened(self) -> tuple[Change, ...]:
        """Threats that are open now and were not."""
        return tuple(c for c in self.of("threat") if c.worse and not c.before.startswith("open"))


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
        tools={r.name: ToolMark(r.tool_class, r.fingerprint) for r in assessment.readings},
        facts={f.id: FactMark(f.value, f.basis) for f in assessment.facts.facts.values()},
        factors={factor.id: factor.value for factor in score.factors},
        threats={
            f.id: ThreatMark(
                f.title, f.state, f.score, f.shared, (*f.because, *f.controls, *f.missing)
            )
            for f in assessment.model.findings
        },
        guards={guard.id: guard.says for guard in assessment.plan.guards},
    )


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
        tools={
            str(t["name"]): ToolMark(str(t["class"]), str(t["fingerprint"]))
            for t in document["tools"]
        },
        facts={str(f["id"]): FactMark(f["value"], str(f["basis"])) for f in document["facts"]},
        factors={str(f["id"]): float(f["value"]) for f in score["factors"]},
        threats={str(t["id"]): _threat(t) for t in document["model"]["threats"]},
        guards={str(g["id"]): str(g["says"]) for g in document["policy"]["guards"]},
    )


def _threat(row: Mapping[str, Any]) -> ThreatMark:
    because = (*row["because"], *row["controls"], *row["missing"])
    points = None if row["score"] is None else float(row["score"])
    shared = bool(row.get("shared", False))
    return ThreatMark(str(row["title"]), str(row["state"]), points, shared, because)


def compare(before: Snapshot, after: Snapshot) -> Diff:
    """Compare two snapshots, usually of one agent at two times."""
    facts = tuple(_facts(before, after))
    causes = {change.id: change.cause for change in facts}
    changes = (
        *_tools(before, after),
        *facts,
        *_factors(before, after, causes),
        *_threats(before, after, causes),
        *_guards(before, after, causes),
    )
    return Diff(before, after, changes)


def _cause(before: Snapshot, after: Snapshot) -> Cause:
    """Name the cause of what no fact explains."""
    if before.digest != after.digest or not after.digest:
        return "source"
    return "rules" if before.rules != after.rules else "engine"


def _tools(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    cause = _cause(before, after)
    for name in sorted({*before.tools, *after.tools}):
        old, new = before.tools.get(name), after.tools.get(name)
        if old == new:
            continue
        told = [one.tool_class if one else "" for one in (old, new)]
        if old and new and old.tool_class == new.tool_class:
            told[1] = f"{new.tool_class}, definition changed"
        worse = new is not None and new.tool_class != "Read"
        yield Change("tool", name, "", told[0], told[1], cause, worse)


_WORDS = {True: "true", False: "false", None: "unknown"}


def _facts(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    general = _cause(before, after)
    for name in sorted({*before.facts, *after.facts}):
        old = before.facts.get(name, FactMark(None, "unknown"))
        new = after.facts.get(name, FactMark(None, "unknown"))
        if old.value is new.value:
            continue
        stated = "stated" in (old.basis, new.basis)
        cause: Cause = "answer" if stated and general == "source" else general
        worse = new.value is not name.startswith("k.") and new.value is not None
        yield Change("fact", name, "", _WORDS[old.value], _WORDS[new.value], cause, worse)


def _factors(before: Snapshot, after: Snapshot, causes: Mapping[str, Cause]) -> Iterator[Change]:
    cause = _first(causes.values(), _cause(before, after))
    for name in sorted({*before.factors, *after.factors}):
        old, new = before.factors.get(name), after.factors.get(name)
        if old != new:
            told = ["" if level is None else f"{level:.2f}" for level in (old, new)]
            yield Change("factor", name, "", told[0], told[1], cause, (new or 0) > (old or 0))


def _first(causes: Iterable[Cause], otherwise: Cause) -> Cause:
    order: tuple[Cause, ...] = ("source", "answer", "rules", "engine")
    found = set(causes)
    return next((cause for cause in order if cause in found), otherwise)


def _threats(before: Snapshot, after: Snapshot, causes: Mapping[str, Cause]) -> Iterator[Change]:
    general = _cause(before, after)
    for name in sorted({*before.threats, *after.threats}):
        old, new = before.threats.get(name), after.threats.get(name)
        told = [_stands(one) for one in (old, new)]
        if told[0] == told[1]:
            continue
        named = {*(old.because if old else ()), *(new.because if new else ())}
        by = tuple(sorted(named & causes.keys()))
        cause = _first((causes[fact] for fact in by), general)
        title = (new or old or _NOTHING).title
        yield Change("threat", name, title, told[0], told[1], cause, _worse(old, new), by)


_NOTHING = ThreatMark("", "not_applicable", None, shared=False, because=())


def _stands(mark: ThreatMark | None) -> str:
    if mark is None:
        return ""
    word = "open" if mark.state in ("open_stated", "open_assumed") else mark.state
    points = "" if mark.score is None else f" {mark.score:.1f}"
    return f"{word.replace('_', ' ')}{points}{', shared' if mark.shared else ''}"


def _worse(old: ThreatMark | None, new: ThreatMark | None) -> bool:
    old, new = old or _NOTHING, new or _NOTHING
    if (old.state in OPEN) != (new.state in OPEN):
        return new.state in OPEN
    return (new.score or 0.0) > (old.score or 0.0)


def _guards(before: Snapshot, after: Snapshot, causes: Mapping[str, Cause]) -> Iterator[Change]:
    cause = _first(causes.values(), _cause(before, after))
    for name in sorted({*before.guards, *after.guards}):
        old, new = before.guards.get(name, ""), after.guards.get(name, "")
        if old != new:
            yield Change("guard", name, "", old, new, cause, worse=not new)
