"""What follows from one set of known facts: the headline, and how every threat stands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from threatmodel.rules.cases import Masks
from threatmodel.rules.masks import Verdict
from threatmodel.score.cvss import CvssBase
from threatmodel.score.cvss_derive import DerivedVector
from threatmodel.score.formula import Result


class Terms(NamedTuple):
    """What a person fixed of the score; the rest is estimated."""

    factors: dict[str, Decimal]
    """Factor id -> given value."""
    cvss: CvssBase | None
    """Given base."""
    stands: bool
    """Whether the given base stands although it is lower than the derived one."""
    threat_multiplier: Decimal
    """Exploit maturity."""
    mitigation_factor: Decimal | None
    """Given mitigation factor of the headline."""


class Rated(NamedTuple):
    """One open or reduced threat with its numbers."""

    threat: str
    """Threat id."""
    derived: DerivedVector
    mitigation: Decimal
    """Its mitigation factor."""
    result: Result
    """Its score."""


@dataclass(frozen=True, repr=False, eq=False)
class Outcome:
    """Everything that follows from one set of known facts."""

    result: Result
    """The headline's formula and parts."""
    worst: Rated | None
    """The threat of the headline; None where no threat of its own is open."""
    base: CvssBase
    """The base the headline starts from."""
    levels: tuple[Decimal, ...]
    """The ten factors."""
    known: Masks
    """The facts, closed, presumed ones included."""
    shared: frozenset[str]
    """Those of `rated` that it shares with any agent of its kind."""
    # The headline alone is asked for in a trial: rating ninety threats would cost more than finding
    # it.
    rate: Callable[[], dict[str, Rated]] = field(repr=False, compare=False)
    """Rates every open or reduced threat."""
    judge: Callable[[], dict[str, Verdict]] = field(repr=False, compare=False)
    """Words how every threat stands."""

    @cached_property
    def rated(self) -> dict[str, Rated]:
        """Every open or reduced threat."""
        return self.rate()

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """Every threat."""
        return self.judge()
