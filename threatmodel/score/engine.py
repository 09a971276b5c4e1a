"""The headline for any set of known facts: the highest AIVSS over open and reduced threats."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from threatmodel.rules.cases import Masks
from threatmodel.rules.evaluate import Standing, derive, judge, live
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.rules.masks import HALF_CLOSED, PRIORITIES, REDUCED, Verdict
from threatmodel.rules.rows import ThreatRow
from threatmodel.score.cvss import CvssBase
from threatmodel.score.cvss_derive import DerivedVector, VectorTable
from threatmodel.score.factors import Estimator, estimators
from threatmodel.score.formula import FORMULAS, ZERO, Result
from threatmodel.score.profiles import Profile
from threatmodel.score.shared import Commons

OPEN = frozenset({"open_stated", "open_assumed", "reduced"})
"""States that count for the headline."""

FULL, PARTIAL, STRONG = Decimal(1), Decimal("0.83"), Decimal("0.67")
"""Mitigation factor of a threat without, with some, with half of its controls: docs/design.md,
Headline; AIVSS v0.8, table 4b."""


MITIGATIONS = (FULL, PARTIAL, STRONG)
"""The same, by place."""

Pair = tuple[int, int]
"""What a threat's score depends on, given the facts: the number of its shape, and the place of its
mitigation factor."""


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


class Outcome(NamedTuple):
    """Everything that follows from one set of known facts."""

    result: Result
    """The headline's formula and parts."""

    worst: Rated | None
    """The threat of the headline; None where no threat of its own is open."""

    base: CvssBase
    """The base the headline starts from."""

    levels: tuple[Decimal, ...]
    """The ten factors."""

    rated: dict[str, Rated]
    """Every open or reduced threat."""

    verdicts: dict[str, Verdict]
    """Every threat."""

    known: Masks
    """The facts, closed, presumed ones included."""

    shared: frozenset[str]
    """Those of `rated` that it shares with any agent of its kind."""


class Engine:
    """Scores one agent under one profile, for as many sets of facts as are asked."""

    def __init__(
        self, knowledge: Knowledge, profile: Profile, terms: Terms, commons: Commons
    ) -> None:
        """Bind the rules, the profile, what is given, and what any agent of the kind shares."""
        self.knowledge, self.profile, self.terms = knowledge, profile, terms
        self.commons = commons
        self.estimators = estimators_of(knowledge, profile)
        self.vectors = vectors_of(knowledge)
        self.factor_bits = sum_bits(e.leaves for e in self.estimators)
        """Bits of every name the estimates speak of."""

    def outcome(self, full: Masks, firm: Masks) -> Outcome:
        """Judge, rate and pick the headline; masks with and without presumed facts."""
        full, firm = self._both_closed(full, firm)
        verdicts = judge(self.knowledge, full, firm)
        levels = self.levels(full)
        total, met = sum(levels, ZERO), self.vectors.met(firm)
        rated = {
            row.id: self._rate(row, shape, verdict, (total, met))
            for row, shape, verdict in zip(
                self.knowledge.threats, self.vectors.shapes, verdicts, strict=True
            )
            if verdict.state in OPEN
        }
        by_id = {row.id: v for row, v in zip(self.knowledge.threats, verdicts, strict=True)}
        shared = frozenset(self.shared(rated, firm))
        own = (r for r in rated.values() if r.threat not in shared)
        # As findings are sorted: of equal scores the one to act on first, so that a report begins
        # with the threat that its headline names.
        rank = {threat: -PRIORITIES.index(v.priority) for threat, v in by_id.items() if v.priority}
        order = ((-r.result.value, rank.get(r.threat, 1), r.threat, r) for r in own)
        worst = min(order, key=lambda one: one[:3], default=(None,))[-1]
        base, result = self._headline(worst, total)
        return Outcome(result, worst, base, levels, rated, by_id, full, shared)

    def shared(self, threats: Iterable[str], firm: Masks) -> Iterator[str]:
        """Give those threats whose condition needs more than the agent's own facts.

        Args:
            threats: Ids of threats whose condition holds.
            firm: What is known without presumed facts.
        """
        commons, by_id = self.commons, self.knowledge.by_id
        common = [threat for threat in threats if threat in commons.threats]
        if common:
            own = derive(self.knowledge, firm[0] & commons.own, firm[1] & commons.own)
            yield from (threat for threat in common if not by_id[threat].when.holds(*own))

    def value(self, full: Masks, firm: Masks) -> Decimal:
        """Give the headline's value alone; masks as for `outcome`."""
        if self.terms.cvss is not None or self.terms.mitigation_factor is not None:
            return self.outcome(full, firm).result.value
        full, firm = self._both_closed(full, firm)
        pairs = {
            index: (self.vectors.shapes[index], mitigation_at(standing))
            for index, standing in live(self.knowledge, full, firm)
        }
        threats = self.knowledge.threats
        shared = set(self.shared((threats[index].id for index in pairs), firm))
        own = {pair for index, pair in pairs.items() if threats[index].id not in shared}
        return self.highest(own, self.vectors.met(firm), sum(self.levels(full), ZERO))

    def highest(self, pairs: Iterable[Pair], met: int, total: Decimal) -> Decimal:
        """Give the highest score over threats; 0 for none.

        Args:
            pairs: What they differ in.
            met: Cases of the vectors that are met.
            total: Sum of the factors.
        """
        formula, multiplier = self.profile.formula, self.terms.threat_multiplier
        found = {(self.vectors.base(shape, met), place) for shape, place in pairs}
        scores = (
            computed(formula, base, total, multiplier, MITIGATIONS[place]).value
            for base, place in found
        )
        return max(scores, default=ZERO)

    def closed(self, known: Masks) -> Masks:
        """Add the capabilities that follow from facts."""
        return derive(self.knowledge, *known)

    def live_bits(self) -> int:
        """Give the bits of every name that the factors and vectors of this profile speak of."""
        return self.vectors.leaves | self.factor_bits | self.knowledge.sets.controls

    def levels(self, known: Masks) -> tuple[Decimal, ...]:
        """Give the ten factors, each as given, else as estimated."""
        met = self.estimators[0].board.met(known)
        return tuple(self.level(estimator, met) for estimator in self.estimators)

    def level(self, estimator: Estimator, met: int) -> Decimal:
        """Give a factor as given, else as estimated by the cases that are met."""
        given = self.terms.factors.get(estimator.given_as)
        if given is None:
            return estimator.at(met)
        return estimator.nearest(given) if estimator.levels else given

    def _both_closed(self, full: Masks, firm: Masks) -> tuple[Masks, Masks]:
        closed = derive(self.knowledge, *full)
        return closed, closed if firm == full else derive(self.knowledge, *firm)

    def _rate(self, row: ThreatRow, shape: int, verdict: Verdict, by: tuple[Decimal, int]) -> Rated:
        total, met = by
        derived = self.vectors.derive(shape, met)
        mitigation = mitigation_of(verdict)
        multiplier = self.terms.threat_multiplier
        result = computed(self.profile.formula, derived.base, total, multiplier, mitigation)
        return Rated(row.id, derived, mitigation, result)

    def _headline(self, worst: Rated | None, total: Decimal) -> tuple[CvssBase, Result]:
        """Set the given base where it is higher, or where a reviewer decided that it stands."""
        given = self.terms.cvss
        derived = CvssBase("", ZERO)
        if worst:
            derived = CvssBase(worst.derived.vector, worst.derived.base)
        stands = given is not None and (given.base >= derived.base or self.terms.stands)
        base = given if given is not None and stands else derived
        mitigation = self.terms.mitigation_factor
        if mitigation is None:
            mitigation = worst.mitigation if worst else FULL
        if worst is None and given is None:
            total = ZERO
        multiplier = self.terms.threat_multiplier
        return base, computed(self.profile.formula, base.base, total, multiplier, mitigation)


def mitigation_of(verdict: Verdict) -> Decimal:
    """Give a threat's mitigation factor: controls count once, here or in its state."""
    if verdict.state != "reduced":
        return FULL
    return STRONG if verdict.half_closed else PARTIAL


def mitigation_at(standing: Standing) -> int:
    """Give the place of its mitigation factor in `MITIGATIONS`."""
    state, aid = standing
    return 0 if state != REDUCED else 2 if aid == HALF_CLOSED else 1


@lru_cache(maxsize=65536)
def computed(
    formula: str, base: Decimal, total: Decimal, multiplier: Decimal, mitigation: Decimal
) -> Result:
    """Compute a formula once per set of numbers; many threats share them."""
    return FORMULAS[formula](base, total, multiplier, mitigation)


_ESTIMATORS: dict[tuple[str, str], tuple[Estimator, ...]] = {}


def estimators_of(knowledge: Knowledge, profile: Profile) -> tuple[Estimator, ...]:
    """Give a profile's estimators; built once per set of rules."""
    key = (knowledge.digest, profile.id)
    if key not in _ESTIMATORS:
        _ESTIMATORS[key] = estimators(profile, knowledge)
    return _ESTIMATORS[key]


@per_rules
def vectors_of(knowledge: Knowledge) -> VectorTable:
    """Give the metric rows of the rules."""
    return VectorTable(knowledge)


def sum_bits(masks: Iterable[int]) -> int:
    """Unite bit sets."""
    total = 0
    for mask in masks:
        total |= mask
    return total
