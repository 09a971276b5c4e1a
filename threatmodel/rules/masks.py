"""A threat as masks and numbers, for judging many agents quickly."""

from collections.abc import Mapping
from typing import NamedTuple

from threatmodel.rules.cases import Board, Cases, union
from threatmodel.rules.rows import PriorityRows, ThreatRow
from threatmodel.scales import STATES, Priority, State

OPEN_STATED, OPEN_ASSUMED, REDUCED, CLOSED, NEEDS_ANSWER, NOT_APPLICABLE = range(len(STATES))

UNAIDED, AIDED, HALF_CLOSED = range(3)
"""How much the controls take off its likelihood: nothing, a step, more."""

HALF = 0.5
"""Part of `closed_by` from which a threat counts as half closed."""

EVERY_BIT = -1
"""Mask with every bit set."""


class Verdict(NamedTuple):
    """How one threat stands for one agent."""

    state: State
    impact: str
    """Impact after `raise_impact`."""
    likelihood: str
    """Likelihood after `raise_if` and controls."""
    priority: Priority
    """Their place in the matrix; a finding only while the threat is open or reduced."""
    half_closed: bool
    """Whether at least half of the terms of `closed_by` hold."""


Verdicts = tuple[tuple[tuple[tuple[Verdict, ...], ...], ...], ...]
"""Every possible verdict: by state, impact (one too high included), help, likelihood."""


class Rule(NamedTuple):
    """A threat as masks and numbers; see `ThreatRow` for what they mean.

    `applies`, `fails` and `eases` are bits of cases on the board of all threats.
    """

    applies: int
    fails: int
    """Cases in which it does not."""
    helps: int
    """Names without one of which neither `closed_by` nor `reduced_by` can hold."""
    closing: tuple[tuple[int, int, int], ...]
    """Cases of `closed_by`: what must be true, what false, how many names that is."""
    eases: int
    """Cases in which it is less likely or smaller."""
    controls: int
    """Controls it names; all stated absent makes it `open_stated`."""
    raise_if: int
    """Names that make it likelier."""
    ladder: tuple[int, ...]
    """Likelihood, 0 to 3, by how many of them are true."""
    raise_impact: int
    """Names any of which makes it worse."""
    impact: int
    """Impact, 0 to 3."""


def rule_of(threat: ThreatRow, bits: Mapping[str, int], table: PriorityRows, board: Board) -> Rule:
    """Turn a threat into masks and numbers, and put its cases on the board."""
    return Rule(
        applies=board.add(threat.when.true_when),
        fails=board.add(threat.when.false_when),
        helps=_helps(threat.closed_by) | _helps(threat.reduced_by),
        closing=tuple((m, n, (m | n).bit_count()) for m, n in threat.closed_by.true_when),
        eases=board.add(threat.reduced_by.true_when),
        controls=threat.controls,
        raise_if=union(1 << bits[name] for name in threat.raise_if),
        ladder=_ladder(threat, table),
        raise_impact=union(1 << bits[name] for name in threat.raise_impact),
        impact=table.impacts.index(threat.impact),
    )


def all_verdicts(table: PriorityRows) -> Verdicts:
    """Build every possible verdict once, so that judging builds none."""
    downs = (0, table.steps["reduced"], table.steps["half_closed"])
    impacts = (
        *zip(table.impacts, table.matrix, strict=True),
        (table.impacts[-1], table.matrix[-1]),
    )
    return tuple(
        tuple(
            tuple(
                tuple(
                    Verdict(
                        state,
                        impact,
                        table.likelihoods[max(0, step - down)],
                        line[max(0, step - down)],
                        half_closed=aid == HALF_CLOSED,
                    )
                    for step in range(len(table.likelihoods))
                )
                for aid, down in enumerate(downs)
            )
            for impact, line in impacts
        )
        for state in STATES
    )


def _ladder(threat: ThreatRow, table: PriorityRows) -> tuple[int, ...]:
    """Likelihood by how many of `raise_if` are true, never above the highest."""
    start, top = table.likelihoods.index(threat.likelihood), len(table.likelihoods) - 1
    one, two = table.steps["raise_one"], table.steps["raise_two"]
    return tuple(
        min(top, start + (count >= one) + (count >= two))
        for count in range(len(threat.raise_if) + 1)
    )


def _helps(cases: Cases) -> int:
    """Names one of which must be true for the condition to hold; all where none must."""
    if any(not must for must, _ in cases.true_when):
        return EVERY_BIT
    return union(must for must, _ in cases.true_when)
