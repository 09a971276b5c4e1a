"""Estimate the ten factors from facts, by the steps in `frameworks/factors/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from threatmodel.rules.cases import Board, Cases, Masks
from threatmodel.rules.load import Knowledge, unpack
from threatmodel.score.profiles import Factor, Profile

TENTH = Decimal("0.1")
ZERO, ONE = Decimal(0), Decimal(1)


class FactorStep(NamedTuple):
    """One reason to move a factor."""

    add: Decimal
    because: str
    when: Cases
    """When it counts."""
    cases: int
    """Bits of the cases in which it does, on the board of the estimators."""
    told: str
    """Why, with what it adds."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Estimator:
    """How one factor is estimated."""

    factor: Factor
    given_as: str
    """Factor id under which a person may have given its value."""
    start: Decimal
    """Value before any step."""
    steps: tuple[FactorStep, ...]
    """Steps, each counted when its condition holds."""
    levels: tuple[Decimal, ...]
    """Values the profile allows; empty means tenths from 0 to 1."""
    leaves: int
    """Bits of every name its steps speak of."""
    board: Board
    """The cases of all steps of the profile; its estimators share it."""
    cases: int
    """Bits of those of its own steps."""

    def value(self, known: Masks) -> Decimal:
        """Give the level, 0 to 1, counting each step whose condition is known to hold."""
        return self.at(self.board.met(known))

    def at(self, met: int) -> Decimal:
        """Give the same by the cases that are met."""
        return _value(self, met & self.cases)

    def counted(self, met: int) -> tuple[FactorStep, ...]:
        """Give the steps that count."""
        return tuple(step for step in self.steps if step.cases & met)

    def nearest(self, value: Decimal) -> Decimal:
        """Hold a value to 0..1 and to the profile's levels; halves go up."""
        held = max(ZERO, min(ONE, value))
        if self.levels:
            return min(self.levels, key=lambda level: (abs(level - held), -level))
        return held.quantize(TENTH, ROUND_HALF_UP)


def estimators(profile: Profile, knowledge: Knowledge) -> tuple[Estimator, ...]:
    """Give the estimators of a profile's factors, in its order."""
    rows, board = knowledge.sections["factors"][profile.id], Board()
    return tuple(_estimator(f, rows[f.id], (profile, knowledge), board) for f in profile.factors)


@lru_cache(maxsize=65536)
def _value(estimator: Estimator, met: int) -> Decimal:
    """Count the steps once per set of cases that are met."""
    return estimator.nearest(sum((step.add for step in estimator.counted(met)), estimator.start))


def _estimator(
    factor: Factor, row: Mapping[str, Any], of: tuple[Profile, Knowledge], board: Board
) -> Estimator:
    profile, knowledge = of
    steps = tuple(_step(step, unpack(step["when"], knowledge), board) for step in row["steps"])
    leaves = cases = 0
    for step in steps:
        leaves, cases = leaves | step.when.leaves(), cases | step.cases
    start = Decimal(str(row["start"]))
    return Estimator(factor, row["of"], start, steps, profile.values, leaves, board, cases)


def _step(row: Mapping[str, Any], when: Cases, board: Board) -> FactorStep:
    add, because = Decimal(row["add"]), row["because"]
    return FactorStep(add, because, when, board.add(when.true_when), f"{because} ({add:+})")
