"""The score of one agent and everything it is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Literal, NamedTuple

from threatmodel.rules.cases import Masks
from threatmodel.rules.masks import Verdict
from threatmodel.score.cvss import CvssBase
from threatmodel.score.cvss_derive import DerivedVector
from threatmodel.score.formula import Result


class FactorLevel(NamedTuple):
    """One of the ten factors."""

    id: str
    """Factor id in the profile."""
    name: str
    """Its name in the profile."""
    value: float
    """0 to 1."""
    low: float
    """Value if every unknown fact of its rules were false."""
    high: float
    """Value if every unknown fact of its rules were true."""
    basis: Literal["given", "estimated"]
    """Set by a person, or estimated from facts."""
    by: str
    """Who set it; empty for an estimate."""
    reasons: tuple[str, ...]
    """Rationale, or the facts that moved the estimate."""
    facts: tuple[str, ...]
    """Ids of those facts."""
    estimate: float
    """What the rules estimate, also where a value is given."""


class CvssPart(NamedTuple):
    """The CVSS base of the headline."""

    vector: str
    """CVSS 4.0 base vector; empty where only a base was given."""
    base: float
    """0 to 10."""
    basis: Literal["given", "derived"]
    """Set by a person, or derived from facts."""
    derived: float
    """Base of the worst derived path, also where one was given."""
    note: str = ""
    """What to know about it, such as that both are printed because they part ways."""


@dataclass(frozen=True, slots=True)
class WaterfallTerm:
    """One step of the waterfall."""

    label: str
    """What it is."""
    value: float
    """Points it adds (negative where it takes away)."""
    total: float
    """Points so far."""


class Question(NamedTuple):
    """A fact that is not known and moves the score."""

    fact: str
    """Fact id."""
    text: str
    """The question, as a person is asked it."""
    if_true: float
    """Headline if the answer is yes."""
    if_false: float
    """Headline if the answer is no."""
    threats: tuple[str, ...]
    """Ids of the threats that wait for it."""
    members: tuple[str, ...] = ()
    """Members of a system that it is asked of; empty for one agent."""

    @property
    def low(self) -> float:
        """Lowest headline the answer leads to."""
        return min(self.if_true, self.if_false)

    @property
    def high(self) -> float:
        """Highest headline the answer leads to."""
        return max(self.if_true, self.if_false)

    @property
    def moves(self) -> bool:
        """Whether the answers lead to headlines that differ as printed."""
        return round(self.high, 1) != round(self.low, 1)


class Details(NamedTuple):
    """What a score is made of, part by part."""

    vector: str
    """Canonical AIVSS vector string; `aivss calc --vector` recomputes the value from it."""
    cvss: CvssPart
    factors: tuple[FactorLevel, ...]
    """The ten factors in the profile's order."""
    mitigation_factor: float
    """What the controls in place take off."""
    waterfall: tuple[WaterfallTerm, ...]
    """What each term contributes."""
    warnings: tuple[str, ...]
    """Values off the standard's tables, and the like."""


@dataclass(frozen=True)
class Score:
    """The headline: the highest AIVSS over threats that are open or reduced."""

    value: float
    """0.0 to 10.0, one decimal."""
    severity: str
    """None, Low, Medium, High or Critical."""
    profile: str
    """Profile id."""
    profile_note: str
    factor_sum: float
    """0 to 10."""
    aars: float
    """Agentic uplift before mitigation, two decimals in print."""
    threat_multiplier: float
    """Exploit maturity."""
    low: float
    """Lowest headline over the unknown facts that belong to what is assessed."""
    high: float
    """Highest headline over the unknown facts that belong to what is assessed."""
    range_exact: bool
    """Whether the range is exact; false where a rule is not monotone and it is only bounded."""
    ask: Callable[[], tuple[tuple[Question, ...], tuple[Question, ...]]] = field(
        repr=False, compare=False
    )
    """Works out both kinds of questions, which takes longer than all the rest."""
    detail: Callable[[], Details] = field(repr=False, compare=False)
    """Works out what it is made of, which takes longer than the score."""
    threat: str
    """Threat id of the headline; empty where nothing is open."""
    floor: float
    """Highest score among the threats that any agent of this kind shares on its host."""
    shared: tuple[str, ...]
    """Threats that are open and shared so; the headline is over the others. Sorted."""
    amended: float | None
    """Amended v0.8 value where the result is below its own CVSS base; else None."""
    as_claimed: float | None
    """Headline if unproven vendor statements are believed; None where that changes nothing."""

    @property
    def vector(self) -> str:
        """Canonical AIVSS vector string; `aivss calc --vector` recomputes the value from it."""
        return self._details.vector

    @property
    def cvss(self) -> CvssPart:
        """The base."""
        return self._details.cvss

    @property
    def factors(self) -> tuple[FactorLevel, ...]:
        """The ten factors in the profile's order."""
        return self._details.factors

    @property
    def mitigation_factor(self) -> float:
        """What the controls in place take off."""
        return self._details.mitigation_factor

    @property
    def waterfall(self) -> tuple[WaterfallTerm, ...]:
        """What each term contributes."""
        return self._details.waterfall

    @property
    def warnings(self) -> tuple[str, ...]:
        """Values off the standard's tables, and the like."""
        return self._details.warnings

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Those of the range whose answers move it most, best first, at most ten."""
        return self._asked[0]

    @property
    def run_questions(self) -> tuple[Question, ...]:
        """Those about how it is run, which no product can answer; best first, at most ten."""
        return self._asked[1]

    @cached_property
    def _asked(self) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
        return self.ask()

    @cached_property
    def _details(self) -> Details:
        return self.detail()


# What follows from one set of known facts: the headline, and how every threat stands.


class Terms(NamedTuple):
    """What a person fixed of the score; the rest is estimated."""

    factors: dict[str, Decimal]
    """Factor id -> given value."""
    cvss: CvssBase | None
    stands: bool
    """Whether the given base stands although it is lower than the derived one."""
    threat_multiplier: Decimal
    """Exploit maturity."""
    mitigation_factor: Decimal | None
    """Given mitigation factor of the headline."""


class Rated(NamedTuple):
    """One open or reduced threat with its numbers."""

    threat: str
    derived: DerivedVector
    mitigation: Decimal
    result: Result


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
