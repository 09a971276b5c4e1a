"""Findings as cards: why here, what it looks like, what to do, references."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.labels import STATES, short_place
from threatmodel.outputs.pages.paths import SHOWN
from threatmodel.outputs.pages.summary import worst_first
from threatmodel.outputs.text import sentence
from threatmodel.threats.finding import Finding

_CARDS = 6
_REASONS = 4
_FIXES = 2
_CARD_REFS = ("asi", "llm", "mcp", "cwe", "aivss")


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact behind a finding."""

    text: str
    """What is so."""

    place: str
    """Where it is written; empty where it follows from other facts."""


@dataclass(frozen=True, slots=True)
class Card:
    """A finding to act on."""

    finding: Finding
    """The finding."""

    layer: str
    """Name of its layer."""

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


@dataclass(frozen=True, slots=True)
class Row:
    """A finding in the list of all."""

    finding: Finding
    """The finding."""

    state: str
    """How it stands, in a word."""

    place: str
    """Where its first reason is written."""


def cards(assessment: Assessment) -> tuple[Card, ...]:
    """Lay out the findings to act on first."""
    drawn = {
        step.id: f"path-{n}"
        for n, path in reversed(list(enumerate(assessment.model.paths[:SHOWN], 1)))
        for step in path.steps
    }
    return tuple(
        Card(
            finding,
            assessment.knowledge.layers[finding.layer].name,
            STATES[finding.state],
            "" if finding.attack.startswith(finding.title) else finding.attack,
            reasons(assessment, finding)[:_REASONS],
            tuple(
                sentence(assessment.knowledge.mitigations[m].says)
                for m in finding.mitigations[:_FIXES]
            ),
            short_refs(finding),
            drawn.get(finding.id, ""),
        )
        for finding in worst_first(assessment.model.open)[:_CARDS]
    )


def reasons(assessment: Assessment, finding: Finding) -> tuple[Reason, ...]:
    """Give the facts that made a finding, each with its place."""
    facts = assessment.facts.facts
    found = []
    for id_ in finding.because:
        fact = facts.get(id_)
        if fact is None:
            continue
        first = fact.evidence[0] if fact.evidence else None
        negated = fact.value is False
        text = sentence(f"not so: {fact.says}" if negated else fact.says)
        found.append(Reason(text, short_place(first.place) if first else ""))
    return tuple(found)


def short_refs(finding: Finding) -> tuple[str, ...]:
    """Give the references of a finding that most people know."""
    found = []
    for namespace, ids in finding.refs.items():
        short = namespace.split("@")[0]
        if short in _CARD_REFS:
            found += [f"AIVSS risk {i}" if short == "aivss" else i for i in ids[:2]]
    return tuple(found)


def rows(assessment: Assessment, *states: str) -> tuple[Row, ...]:
    """List the findings in some states, what to fix first at the top."""
    chosen = tuple(f for f in assessment.model.findings if f.state in states)
    return tuple(_row(assessment, finding) for finding in worst_first(chosen))


def _row(assessment: Assessment, finding: Finding) -> Row:
    places = [r.place for r in reasons(assessment, finding) if r.place]
    return Row(finding, STATES[finding.state], places[0] if places else "derived")
