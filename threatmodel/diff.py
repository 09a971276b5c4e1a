"""What differs between two assessments, each change with its cause: source, answer, rules, engine.

Both sides are snapshots, compared by stable ids: tools by name and definition, what else the
description says by its place, facts, factors, threats, guards, and of a system its members and
flows. Where two descriptions differ in any word that a person may write, something is told.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from threatmodel.description.in_words import IDENTITY
from threatmodel.scales import OPEN
from threatmodel.snapshot import FactState, Snapshot, ThreatState, ToolState

Cause = Literal["source", "answer", "rules", "engine"]
"""Tool list or description changed; a person answered; our rules changed; our program changed.
Of several the first is told: what the maker or a person did comes before what we did."""

ChangeKind = Literal["tool", "said", "fact", "factor", "threat", "guard", "member", "flow"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs."""

    kind: ChangeKind
    """What it is."""
    id: str
    """Its stable id."""
    title: str
    """Its title; empty where the id says it."""
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
    after: Snapshot
    changes: tuple[Change, ...]
    """Tools, words, facts, factors, threats, guards, members, flows, each by id; in this order."""

    def of(self, kind: ChangeKind) -> tuple[Change, ...]:
        """Give the changes of one kind."""
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def opened(self) -> tuple[Change, ...]:
        """Threats that are open now and were not."""
        return tuple(c for c in self.of("threat") if c.worse and not c.before.startswith("open"))


def compare(before: Snapshot, after: Snapshot) -> Diff:
    """Compare two snapshots, usually of one agent at two times."""
    facts = tuple(_facts(before, after))
    causes = {change.id: change.cause for change in facts}
    changes = (
        *_tools(before, after),
        *_said(before, after),
        *facts,
        *_factors(before, after, causes),
        *_threats(before, after, causes),
        *_guards(before, after, causes),
        *_members(before, after),
        *_flows(before, after),
    )
    return Diff(before, after, changes)


def _cause(before: Snapshot, after: Snapshot) -> Cause:
    """Name the cause of what no fact explains."""
    # The first of them that moved: what the maker did comes before what we did.
    if before.digest != after.digest or not after.digest:
        return "source"
    return "rules" if before.rules != after.rules else "engine"


def _tools(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    cause = _cause(before, after)
    was, now = _keyed(before, after)
    for name in sorted({*was, *now}):
        old, new = was.get(name), now.get(name)
        told = [one.tool_class if one else "" for one in (old, new)]
        if old and new:
            parts = _changed_parts(old, new)
            if old[:2] == new[:2] and not parts:
                continue
            if parts or old.fingerprint != new.fingerprint:
                told[1] = f"{new.tool_class}, definition changed{_in(parts)}"
        worse = new is not None and new.tool_class != "Read"
        yield Change("tool", name, "", told[0], told[1], cause, worse)


def _keyed(before: Snapshot, after: Snapshot) -> tuple[dict[str, ToolState], ...]:
    """Key the tools of both sides: by name, and by owner where a side has several of that name.

    The JSON of a report does not say whose they are: beside it, and where one owner has several,
    they are told apart by their order.
    """
    names = [Counter(tool.name for tool in side.tools) for side in (before, after)]
    owned = before.whole and after.whole
    keyed: list[dict[str, ToolState]] = []
    for side in (before, after):
        keyed.append({})
        seen: Counter[str] = Counter()
        for tool in side.tools:
            several = owned and tool.owner and max(one[tool.name] for one in names) > 1
            key = f"{tool.owner}/{tool.name}" if several else tool.name
            seen[key] += 1
            keyed[-1][key if seen[key] == 1 else f"{key} ({seen[key]})"] = tool
    return tuple(keyed)


def _changed_parts(old: ToolState, new: ToolState) -> list[str]:
    """Name the parts of a definition that differ; none where one side does not know them."""
    if old.parts is None or new.parts is None:
        return []
    was, now = old.parts, new.parts
    kinds = (
        ("", [part for part in now if part in was and was[part] != now[part]]),
        (" (new)", [part for part in now if part not in was]),
        (" (gone)", [part for part in was if part not in now]),
    )
    return [f"{part}{kind}" for kind, parts in kinds for part in parts]


_MOST_PARTS = 4


def _in(parts: list[str]) -> str:
    more = [f"{len(parts) - _MOST_PARTS} more"] if len(parts) > _MOST_PARTS else []
    return f": {', '.join([*parts[:_MOST_PARTS], *more])}" if parts else ""


def _said(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Yield what somebody wrote otherwise, whether or not it moves a score."""
    cause = _cause(before, after)
    whole = before.whole and after.whole
    for place in sorted({*before.said, *after.said} if whole else IDENTITY):
        old, new = before.said.get(place, ""), after.said.get(place, "")
        if old == new:
            continue
        decided = place.partition(".")[0] == "decisions"
        # A yes to a risk and words that a model is given are for somebody to look at.
        worse = bool(new) and (decided or place.partition(".")[0] == "offers")
        was, now = _apart(old, new)
        yield Change("said", place, "", was, now, "answer" if decided else cause, worse)


_LONGEST = 120
"""Letters of a text in a change; of a longer one the part that differs is told."""


def _apart(old: str, new: str) -> tuple[str, str]:
    """Cut two texts to where they differ."""
    if max(len(old), len(new)) <= _LONGEST:
        return old, new
    pairs = enumerate(zip(old, new, strict=False))
    apart = next((i for i, (was, now) in pairs if was != now), min(len(old), len(new)))
    start = max(0, apart - _LONGEST // 4)
    return _excerpt(old, start), _excerpt(new, start)


def _excerpt(text: str, start: int) -> str:
    part = text[start : start + _LONGEST]
    ends = ("…" if start and text else "", "…" if start + _LONGEST < len(text) else "")
    return f"{ends[0]}{part}{ends[1]}"


_WORDS = {True: "true", False: "false", None: "unknown"}


def _facts(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    general = _cause(before, after)
    for name in sorted({*before.facts, *after.facts}):
        old = before.facts.get(name, FactState(None, "unknown"))
        new = after.facts.get(name, FactState(None, "unknown"))
        if old.value is new.value:
            continue
        stated = "stated" in (old.basis, new.basis)
        cause: Cause = "answer" if stated and general == "source" else general
        # What becomes unknown is neither better nor worse: the range says so.
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
    found = set(causes)
    return next((cause for cause in get_args(Cause) if cause in found), otherwise)


def _threats(before: Snapshot, after: Snapshot, causes: Mapping[str, Cause]) -> Iterator[Change]:
    general = _cause(before, after)
    for name in sorted({*before.threats, *after.threats}):
        old, new = before.threats.get(name), after.threats.get(name)
        told = [_stands(one) for one in (old, new)]
        if told[0] == told[1]:
            continue
        # What decided it before and what decides it now: a threat opens by the one and closes by
        # the other.
        named = {*(old.because if old else ()), *(new.because if new else ())}
        by = tuple(sorted(named & causes.keys()))
        cause = _first((causes[fact] for fact in by), general)
        title = (new or old or _NOTHING).title
        yield Change("threat", name, title, told[0], told[1], cause, _worse(old, new), by)


_NOTHING = ThreatState("", "not_applicable", None, shared=False, because=())


def _stands(mark: ThreatState | None) -> str:
    if mark is None:
        return ""
    word = "open" if mark.state in ("open_stated", "open_assumed") else mark.state
    points = "" if mark.score is None else f" {mark.score:.1f}"
    shared = ", shared" if mark.shared else ""
    decided = f", {mark.decision}" if mark.decision else ""
    return f"{word.replace('_', ' ')}{points}{shared}{decided}"


def _worse(old: ThreatState | None, new: ThreatState | None) -> bool:
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


def _members(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Yield members of a system that come, go, or stand otherwise in their places."""
    cause = _cause(before, after)
    for name in sorted({*before.members, *after.members}):
        old, new = before.members.get(name), after.members.get(name)
        if old != new:
            told = ["" if one is None else f"{one.value:.1f}" for one in (old, new)]
            by = {*(old.shown if old else ())} ^ {*(new.shown if new else ())}
            worse = (new.value if new else 0.0) > (old.value if old else 0.0)
            yield Change("member", name, "", told[0], told[1], cause, worse, tuple(sorted(by)))


def _flows(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    cause = _cause(before, after)
    for name in sorted({*before.flows, *after.flows}):
        old, new = before.flows.get(name, ""), after.flows.get(name, "")
        if old != new:
            yield Change("flow", name, "", old, new, cause, worse=_loosened(old, new))


def _loosened(old: str, new: str) -> bool:
    """Tell whether a flow is new, or lacks a check that it had."""
    return bool(new) and (not old or bool(_checks(old) - _checks(new)))


def _checks(told: str) -> Counter[str]:
    """Count what checks the flows between two places, as a snapshot words them."""
    parts = (part.partition("checked by ")[2] for part in told.split("; "))
    return Counter(name for part in parts if part for name in part.split(", "))
