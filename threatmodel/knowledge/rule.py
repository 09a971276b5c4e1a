"""A threat as masks and numbers, for judging many agents quickly."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from threatmodel.knowledge.cases import Cases
from threatmodel.knowledge.rows import SeverityRows, ThreatRow

ANYTHING = -1
"""Mask with every bit set."""

STATES = ("open_stated", "open_assumed", "reduced", "closed", "needs_answer", "not_applicable")
"""The states a threat can be in; meanings in `frameworks/severity.yaml`."""

OPEN_STATED, OPEN_ASSUMED, REDUCED, CLOSED, NEEDS_ANSWER, NOT_APPLICABLE = range(len(STATES))


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one threat stands for one agent."""

    state: str
    """One of `STATES`."""

    impact: str
    """Impact after `raise_impact`."""

    likelihood: str
    """Likelihood after `raise_if` and controls."""

    severity: str
    """Their place in the matrix; a finding only while the threat is open or reduced."""

    half_closed: bool
    """Whether at least half of the terms of `closed_by` hold."""


Verdicts = tuple[tuple[tuple[Verdict, ...], ...], ...]
"""Every possible verdict, by state, by impact, by likelihood with half closed ones second."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A threat as masks and numbers; see `ThreatRow` for what they mean."""

    any_of: int
    """Names each of which alone makes it apply."""

    when: Cases
    """Whether it applies."""

    helps: int
    """Names without one of which neither `closed_by` nor `reduced_by` can hold."""

    closed_by: Cases
    """Whether it is dealt with."""

    reduced_by: Cases
    """Whether it is less likely or smaller."""

    controls: int
    """Controls it names; all stated absent makes it `open_stated`."""

    raise_if: int
    """Names that make it likelier."""

    raise_impact: int
    """Names any of which makes it worse."""

    impact: int
    """Impact, 0 to 3."""

    likelihood: int
    """Likelihood, 0 to 3."""


def rule_of(threat: ThreatRow, bits: Mapping[str, int], table: SeverityRows) -> Rule:
    """Turn a threat into masks and numbers."""
    singles = (must for must, not_ in threat.when.true_when if not not_ and must.bit_count() == 1)
    return Rule(
        any_of=_union(singles),
        when=threat.when,
        helps=_helps(threat.closed_by) | _helps(threat.reduced_by),
        closed_by=threat.closed_by,
        reduced_by=threat.reduced_by,
        controls=threat.controls,
        raise_if=_union(1 << bits[name] for name in threat.raise_if),
        raise_impact=_union(1 << bits[name] for name in threat.raise_impact),
        impact=table.impacts.index(threat.impact),
        likelihood=table.likelihoods.index(threat.likelihood),
    )


def all_verdicts(table: SeverityRows) -> Verdicts:
    """Build every possible verdict once, so that judging builds none."""
    return tuple(
        tuple(
            tuple(
                Verdict(state, impact, likelihood, severity, half_closed=half)
                for half in (False, True)
                for likelihood, severity in zip(table.likelihoods, line, strict=True)
            )
            for impact, line in zip(table.impacts, table.matrix, strict=True)
        )
        for state in STATES
    )


def _helps(cases: Cases) -> int:
    """Names one of which must be true for the condition to hold; all where none must."""
    if any(not must for must, _ in cases.true_when):
        return ANYTHING
    return _union(must for must, _ in cases.true_when)


def _union(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total
