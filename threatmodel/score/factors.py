"""Estimate the ten factors from facts, by the steps in `frameworks/factors/`."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from threatmodel.rules.condition import Cases, Masks
from threatmodel.rules.load import Knowledge, unpack
from threatmodel.score.profiles import Factor, Profile

TENTH = Decimal("0.1")
ZERO, ONE = Decimal(0), Decimal(1)


class Step(NamedTuple):
    """One reason to move a factor."""

    add: Decimal
    """What it adds."""

    because: str
    """Why."""

    when: Cases
    """When it counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimator:
    """How one factor is estimated."""

    factor: Factor
    """The factor."""

    given_as: str
    """Factor id under which a person may have given its value."""

    start: Decimal
    """Value before any step."""

    steps: tuple[Step, ...]
    """Steps, each counted when its condition holds."""

    levels: tuple[Decimal, ...]
    """Values the profile allows; empty means tenths from 0 to 1."""

    leaves: int
    """Bits of every name its steps speak of."""

    def value(self, known: Masks) -> Decimal:
        """Give the level, 0 to 1, counting each step whose condition is known to hold."""
        return _value(self, known[0] & self.leaves, known[1] & self.leaves)

    def counted(self, known: Masks) -> tuple[Step, ...]:
        """Give the steps that count."""
        return tuple(step for step in self.steps if step.when.holds(*known))

    def nearest(self, value: Decimal) -> Decimal:
        """Hold a value to 0..1 and to the profile's levels; halves go up."""
        held = max(ZERO, min(ONE, value))
        if self.levels:
            return min(self.levels, key=lambda level: (abs(level - held), -level))
        return held.quantize(TENTH, ROUND_HALF_UP)


def estimators(profile: Profile, knowledge: Knowledge) -> tuple[Estimator, ...]:
    """Give the estimators of a profile's factors, in its order."""
    rows = knowledge.sections["factors"][profile.id]
    return tuple(_estimator(f, rows[f.id], profile, knowledge) for f in profile.factors)


@lru_cache(maxsize=65536)
def _value(estimator: Estimator, true: int, false: int) -> Decimal:
    """Count the steps once per set of facts that they speak of."""
    added = (step.add for step in estimator.steps if step.when.holds(true, false))
    return estimator.nearest(sum(added, estimator.start))


def _estimator(
    factor: Factor, row: dict[str, object], profile: Profile, knowledge: Knowledge
) -> Estimator:
    steps = tuple(
        Step(Decimal(step["add"]), step["because"], unpack(step["when"], knowledge))
        for step in row["steps"]  # type: ignore[attr-defined]
    )
    leaves = 0
    for step in steps:
        leaves |= step.when.leaves()
    start = Decimal(str(row["start"]))
    return Estimator(factor, str(row["of"]), start, steps, profile.values, leaves)
