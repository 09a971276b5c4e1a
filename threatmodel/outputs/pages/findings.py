"""Findings as cards: why here, what it looks like, what to do."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.labels import STATES, seen_at
from threatmodel.outputs.pages.layers import ORDER, anchors
from threatmodel.outputs.pages.summary import worst_first
from threatmodel.outputs.text import sentence
from threatmodel.scales import PRIORITIES
from threatmodel.threats.doubts import unproven
from threatmodel.threats.finding import Finding
from threatmodel.threats.names import LONGEST_NAME, in_sentence

_CARDS = 10
_REASONS = 3
# With more of them nobody knows where to begin; the page of the finding has the rest.
_FIXES = 2
_CARD_REFS = ("asi", "llm", "mcp", "cwe", "aivss")
_CONTROLS = 6


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact behind a finding."""

    text: str
    place: str
    """Where it is written; empty where it follows from other facts."""


@dataclass(frozen=True, slots=True)
class Card:
    """A finding to act on."""

    number: int
    """Its number in this report: 1 for what to do first."""
    finding: Finding
    layer: str
    state: str
    """How it stands, in a word."""
    attack: str
    """What an attack would look like; empty where that says no more than the title."""
    reasons: tuple[Reason, ...]
    """Why here."""
    fixes: tuple[str, ...]
    """What to do, best first."""
    refs: tuple[str, ...]
    """The best known references."""
    path: str
    """Anchor of the attack path that it is part of; empty where none."""
    missing: tuple[str, ...]
    """Controls that would close or reduce it and do not hold, in words."""
    heat: int
    """Its priority: 0 for note to 3 for act now."""
    parts: tuple[tuple[int, Finding], ...] = ()
    """Findings with tools, cause and remedy of this one, with their numbers; not told apart."""


@dataclass(frozen=True, slots=True)
class ControlAnswer:
    """What one control answers."""

    says: str
    numbers: str
    """Numbers of the open findings that it answers first of all."""
    findings: tuple[Finding, ...]


def numbered(assessment: Assessment) -> dict[str, int]:
    """Number the agent's own open findings, 1 for what to do first; by threat id."""
    found = worst_first(assessment.model.open)
    return {finding.id: number for number, finding in enumerate(found, 1)}


def cards(assessment: Assessment, most: int = _CARDS) -> tuple[Card, ...]:
    """Lay out the findings to act on first, at most `most` cards, alike ones joined.

    The one that gives the headline is among them, whatever its priority.
    """
    found = merged(assessment.model.open)
    shown = found[:most]
    if not any(_has(group, assessment.score.threat) for group in shown):
        shown = (*found[: most - 1], *(g for g in found if _has(g, assessment.score.threat)))
    return tuple(_card(assessment, finding, parts) for finding, parts in shown)


def _has(group: tuple[Finding, tuple[Finding, ...]], threat: str) -> bool:
    return any(finding.id == threat for finding in (group[0], *group[1]))


def every_card(assessment: Assessment) -> tuple[Card, ...]:
    """Lay out all open findings of its own, with every reason and reference."""
    return tuple(_card(assessment, f, (), whole=True) for f in worst_first(assessment.model.open))


def _card(
    assessment: Assessment, finding: Finding, parts: tuple[Finding, ...], *, whole: bool = False
) -> Card:
    numbers, knowledge = numbered(assessment), assessment.knowledge
    told, held = reasons(assessment, finding), tuple(_held(assessment, finding))
    return Card(
        number=numbers[finding.id],
        finding=finding,
        layer=_where(finding, knowledge.layers[finding.layer].name),
        state=STATES[finding.state],
        attack="" if finding.attack.startswith(finding.title) else finding.attack,
        reasons=(*(told if whole else told[:_REASONS]), *held),
        fixes=tuple(
            sentence(knowledge.mitigations[m].says)
            for m in finding.mitigations[: None if whole else _FIXES]
        ),
        refs=_all_refs(finding) if whole else _short_refs(finding),
        path=anchors(assessment).get(finding.id, ""),
        missing=tuple(
            knowledge.controls[c].says for c in finding.missing if c in knowledge.controls
        ),
        heat=PRIORITIES.index(finding.priority or "note"),
        parts=tuple((numbers[part.id], part) for part in parts),
    )


def _where(finding: Finding, layer: str) -> str:
    """Name the layer, and in a system the member in whose place it is worst."""
    return f"{layer}, in {in_sentence(finding.member, LONGEST_NAME)}" if finding.member else layer


@dataclass(frozen=True, slots=True)
class Filters:
    """What the findings of a page can be filtered by: style, word and how many, all first."""

    priorities: tuple[tuple[str, str, int], ...]
    """Priorities that occur, the most urgent first."""
    layers: tuple[tuple[str, str, int], ...]


def filters(assessment: Assessment) -> Filters:
    """Count the findings that each filter leaves."""
    found = assessment.model.open
    by_priority = Counter(str(finding.priority) for finding in found)
    by_layer = Counter(finding.layer for finding in found)
    return Filters(
        (
            ("all-p", "All priorities", len(found)),
            *(
                (f"p{PRIORITIES.index(word)}", word.capitalize(), by_priority[word])
                for word in reversed(PRIORITIES)
                if by_priority[word]
            ),
        ),
        (
            ("all-L", "All layers", len(found)),
            *(
                (layer, f"{layer} {assessment.knowledge.layers[layer].name}", by_layer[layer])
                for layer in ORDER
                if by_layer[layer]
            ),
        ),
    )


def merged(findings: Iterable[Finding]) -> tuple[tuple[Finding, tuple[Finding, ...]], ...]:
    """Put findings together that one remedy answers for the same tools and cause, worst first."""
    groups: list[list[Finding]] = []
    for finding in worst_first(tuple(findings)):
        alike = next((group for group in groups if _alike(group[0], finding)), None)
        if alike is None:
            groups.append([finding])
        else:
            alike.append(finding)
    return tuple((group[0], tuple(group[1:])) for group in groups)


def _alike(first: Finding, other: Finding) -> bool:
    """Tell whether a reader who acts on the first finding has acted on the other."""
    return (
        _meet(first.tools, other.tools)
        and bool(set(first.because) & set(other.because))
        and bool(set(first.mitigations[:_FIXES]) & set(other.mitigations[:_FIXES]))
    )


def _meet(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return bool(set(ours) & set(theirs)) or not (ours or theirs)


def by_control(
    assessment: Assessment, found: Iterable[Finding]
) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Give findings by the control that answers them first of all, the most answered first."""
    groups = _by_control(found)
    for name in sorted(groups, key=lambda name: (-len(groups[name]), name)):
        yield assessment.knowledge.mitigations[name].says, tuple(groups[name])


def _by_control(found: Iterable[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in worst_first(tuple(found)):
        for control in finding.mitigations[:1]:
            groups.setdefault(control, []).append(finding)
    return groups


def answered(assessment: Assessment) -> tuple[ControlAnswer, ...]:
    """Say which control answers several findings first of all, most first."""
    numbers, by_control = numbered(assessment), _by_control(assessment.model.open)
    several = [name for name, found in by_control.items() if len(found) > 1]
    order = sorted(several, key=lambda name: (-len(by_control[name]), name))[:_CONTROLS]
    says = assessment.knowledge.mitigations
    return tuple(
        ControlAnswer(
            sentence(says[name].says),
            ", ".join(str(numbers[f.id]) for f in by_control[name]),
            tuple(by_control[name]),
        )
        for name in order
    )


def reasons(assessment: Assessment, finding: Finding) -> tuple[Reason, ...]:
    """Give the facts that made a finding, each with its place."""
    facts, home = assessment.facts.facts, assessment.facts.home
    thin = {one.name: frozenset(one.thin) for one in assessment.readings}
    doubted = {id_ for id_ in set().union(*thin.values()) if unproven(id_, thin, assessment.facts)}
    found = []
    for id_ in finding.because:
        fact = facts.get(id_)
        if fact is None:
            continue
        before = "not so: " if fact.value is False else ""
        before = before or ("in doubt: " if id_ in doubted else "")
        text = sentence(f"{before}{fact.says}")
        found.append(Reason(text, seen_at(fact, home)))
    return tuple(found)


def _held(assessment: Assessment, finding: Finding) -> Iterator[Reason]:
    """Say which controls hold against a finding, each with its place."""
    for id_ in finding.controls:
        fact = assessment.facts.facts[id_]
        yield Reason(f"In place: {fact.says}.", seen_at(fact, assessment.facts.home))


def _all_refs(finding: Finding) -> tuple[str, ...]:
    """Give every reference, each framework with its version."""
    return tuple(f"{name}: {', '.join(str(i) for i in ids)}" for name, ids in finding.refs.items())


def _short_refs(finding: Finding) -> tuple[str, ...]:
    """Give the references of a finding that most people know."""
    found = []
    for namespace, ids in finding.refs.items():
        short = namespace.split("@")[0]
        if short in _CARD_REFS:
            found += [f"AIVSS risk {i}" if short == "aivss" else i for i in ids[:2]]
    return tuple(found)
