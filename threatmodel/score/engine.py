"""The headline for any set of known facts: the highest AIVSS over open and reduced threats."""

from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import lru_cache, partial
from operator import attrgetter
from typing import NamedTuple

from threatmodel.facts.defaults import Commons
from threatmodel.rules.cases import Masks, union
from threatmodel.rules.evaluate import (
    LIVE,
    Standing,
    derive,
    handled,
    judge,
    live,
    verdict_of,
)
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.rules.masks import HALF_CLOSED, REDUCED, Verdict
from threatmodel.scales import PRIORITIES
from threatmodel.score.cvss import TENTHS, CvssBase
from threatmodel.score.cvss_derive import VectorTable
from threatmodel.score.formula import FORMULAS, ZERO, Result
from threatmodel.score.profiles import Estimator, Profile, estimators
from threatmodel.score.result import Outcome, Rated, Terms

FULL, PARTIAL, STRONG = Decimal(1), Decimal("0.83"), Decimal("0.67")
"""Mitigation factor of a threat without, with some, with half of its controls: docs/design.md,
Headline; AIVSS v0.8, table 4b."""


MITIGATIONS = (FULL, PARTIAL, STRONG)
"""The same, by place."""

HIGHEST = len(MITIGATIONS)
"""The place that stands for whichever factor gives the most."""

Answer = tuple[str, bool]
"""A fact, and whether it is stated to be so."""

Pair = tuple[int, int]
"""What a threat's score depends on, given the facts: the number of its shape, and the place of its
mitigation factor."""


@lru_cache(maxsize=4096)
def computed(
    formula: str, base: Decimal, total: Decimal, multiplier: Decimal, mitigation: Decimal
) -> Result:
    """Compute a formula once per set of numbers."""
    return FORMULAS[formula](base, total, multiplier, mitigation)


class Results(dict[tuple[int, int], Result]):
    """What a formula gives, by the base in tenths and the place of the mitigation factor.

    Each is computed once. Whole numbers find it: hashing four decimals takes longer than all else.
    """

    def __init__(self, formula: str, total: Decimal, multiplier: Decimal) -> None:
        """Take what the threats of an agent have in common."""
        super().__init__()
        self.total = total
        """Sum of the factors."""
        self._formula, self._multiplier = FORMULAS[formula], multiplier

    def __missing__(self, key: tuple[int, int]) -> Result:
        """Compute one."""
        base, place = key
        if place == HIGHEST:
            found = max((self[base, at] for at in range(HIGHEST)), key=attrgetter("value"))
        else:
            found = self._formula(TENTHS[base], self.total, self._multiplier, MITIGATIONS[place])
        self[key] = found
        return found


# Worked out with `Decimal`, which is slow, and agents of one kind differ in few sums of factors.
_results = lru_cache(maxsize=4096)(Results)


class _Now(NamedTuple):
    """What is so under one set of known facts, in numbers."""

    full: Masks
    """The facts with presumed ones, closed by capabilities."""
    firm: Masks
    """The same without presumed ones."""
    live: dict[int, Standing]
    """How each threat stands that is open or reduced, by its place in the rules."""
    shared: frozenset[int]
    """Those of them that it shares with any agent of its kind."""
    own: dict[int, Pair]
    """What the score of each of the others hangs on."""
    cases: int
    """Cases of the vectors that are met."""
    levels: tuple[Decimal, ...]
    """The ten factors."""
    results: Results
    """Scores under their sum."""


class Engine:
    """Scores one agent under one profile, for as many sets of facts as are asked."""

    def __init__(
        self, knowledge: Knowledge, profile: Profile, terms: Terms, commons: Commons
    ) -> None:
        """Bind the rules, the profile, what is given, and what any agent of the kind shares."""
        self.knowledge, self.profile, self.terms = knowledge, profile, terms
        self.commons = commons
        self.estimators = _estimators_of(knowledge, profile)
        self.vectors = vectors_of(knowledge)
        self.tried: dict[tuple[Masks, int], dict[Answer, Decimal]] = {}
        """Headlines of answers, by what is said and what is left open on purpose."""

    def outcome(self, full: Masks, firm: Masks) -> Outcome:
        """Judge, rate and pick the headline; masks with and without presumed facts."""
        now = self._now(full, firm)
        worst = self._worst(now)
        base, result = self._headline(worst, now.results)
        shared = frozenset(self.knowledge.threats[index].id for index in now.shared)
        rate, judge = partial(self._all_rated, now), partial(self._verdicts, now)
        return Outcome(result, worst, base, now.levels, now.full, shared, rate, judge)

    def value(self, full: Masks, firm: Masks) -> Decimal:
        """Give the headline's value alone; masks as for `outcome`."""
        # What a person gave hangs on the worst threat, which the quick way does not name.
        if self.terms.cvss is not None or self.terms.mitigation_factor is not None:
            return self.outcome(full, firm).result.value
        closed, firmly = self._closed_both(full, firm)
        results = self.results(sum(self.levels(closed), ZERO))
        rules, board, common = self.knowledge.rules, self.knowledge.board, self.commons.threats
        met, firm_met, worst = board.met(closed), board.met(firmly), ZERO
        own_met = self._own_met(firmly) if common else firm_met
        # From what could be worst, so that how the others stand is never looked at: a search asks
        # thousands of times.
        by_base = self.vectors.by_base(self.vectors.met(firmly))
        reach = [(results[base, HIGHEST].value, base) for base in by_base]
        for highest, base in sorted(reach, reverse=True):
            if highest <= worst:
                break
            for index in by_base[base]:
                rule = rules[index]
                if rule.applies & (own_met if index in common else firm_met):
                    standing = handled(rule, closed, met)
                    if standing[0] in LIVE:
                        worst = max(worst, results[base, _mitigation_at(standing)].value)
        return worst

    def _closed_both(self, full: Masks, firm: Masks) -> tuple[Masks, Masks]:
        closed = self.closed(full)
        return closed, closed if firm == full else self.closed(firm)

    def _now(self, full: Masks, firm: Masks) -> _Now:
        closed, firmly = self._closed_both(full, firm)
        levels, found = self.levels(closed), dict(live(self.knowledge, closed, firmly))
        results, shapes = self.results(sum(levels, ZERO)), self.vectors.shapes
        shared = self._shared(found.keys(), firmly)
        own = {
            index: (shapes[index], _mitigation_at(standing))
            for index, standing in found.items()
            if index not in shared
        }
        cases = self.vectors.met(firmly)
        return _Now(closed, firmly, found, shared, own, cases, levels, results)

    def _shared(self, threats: AbstractSet[int], firm: Masks) -> frozenset[int]:
        """Give those threats whose condition needs no more than what any agent of the kind has."""
        common = threats & self.commons.threats
        if not common:
            return frozenset()
        met = self._own_met(firm)
        return frozenset(index for index in common if not self.knowledge.rules[index].applies & met)

    def _own_met(self, firm: Masks) -> int:
        """Give the cases that the agent's own facts meet.

        A threat that they would open is its own, though the host opens it for all others too.
        """
        own = derive(self.knowledge, firm[0] & self.commons.own, firm[1] & self.commons.own)
        return self.knowledge.board.met(own)

    def _scores(self, now: _Now) -> dict[Pair, Decimal]:
        """Score the agent's own threats; many of them differ in nothing that a score hangs on."""
        return {pair: self._result(pair, now).value for pair in set(now.own.values())}

    def _result(self, pair: Pair, now: _Now) -> Result:
        shape, place = pair
        return now.results[self.vectors.base(shape, now.cases), place]

    def _worst(self, now: _Now) -> Rated | None:
        """Find the threat of the headline.

        As findings are sorted: of equal scores the one to act on first, so that a report begins
        with the threat that its headline names.
        """
        if not now.own:
            return None
        scores = self._scores(now)
        most = max(scores.values())
        worst = {pair for pair, score in scores.items() if score == most}
        top = (index for index, pair in now.own.items() if pair in worst)
        return self._rated(min(top, key=partial(self._rank, now)), now)

    def _rank(self, now: _Now, index: int) -> tuple[int, int]:
        verdict = verdict_of(self.knowledge, index, now.full, now.live[index])
        return -PRIORITIES.index(verdict.priority), index

    def _all_rated(self, now: _Now) -> dict[str, Rated]:
        return {self.knowledge.threats[index].id: self._rated(index, now) for index in now.live}

    def _verdicts(self, now: _Now) -> dict[str, Verdict]:
        verdicts = judge(self.knowledge, now.full, now.firm)
        return {r.id: one for r, one in zip(self.knowledge.threats, verdicts, strict=True)}

    def _rated(self, index: int, now: _Now) -> Rated:
        shape, place = self.vectors.shapes[index], _mitigation_at(now.live[index])
        derived = self.vectors.derive(shape, now.cases)
        result = self._result((shape, place), now)
        return Rated(self.knowledge.threats[index].id, derived, MITIGATIONS[place], result)

    def results(self, total: Decimal) -> Results:
        """Give the scores under a sum of the factors; agents share them."""
        return _results(self.profile.formula, total, self.terms.threat_multiplier)

    def closed(self, known: Masks) -> Masks:
        """Add the capabilities that follow from facts."""
        return derive(self.knowledge, *known)

    def live_bits(self) -> int:
        """Give the bits of every name that the factors and vectors of this profile speak of."""
        factors = union(estimator.leaves for estimator in self.estimators)
        return self.vectors.leaves | factors | self.knowledge.sets.controls

    def levels(self, known: Masks) -> tuple[Decimal, ...]:
        """Give the ten factors, each as given, else as estimated."""
        met = self.estimators[0].board.met(known)
        if not self.terms.factors:
            return _estimated(self.estimators, met)
        return tuple(self.level(estimator, met) for estimator in self.estimators)

    def level(self, estimator: Estimator, met: int) -> Decimal:
        """Give a factor as given, else as estimated by the cases that are met."""
        given = self.terms.factors.get(estimator.given_as)
        if given is None:
            return estimator.at(met)
        return estimator.nearest(given) if estimator.levels else given

    def _headline(self, worst: Rated | None, results: Results) -> tuple[CvssBase, Result]:
        """Set the given base where it is higher, or where a reviewer decided that it stands."""
        given, mitigation = self.terms.cvss, self.terms.mitigation_factor
        if given is None and mitigation is None and worst:
            return CvssBase(worst.derived.vector, worst.derived.base), worst.result
        derived = CvssBase("", ZERO)
        if worst:
            derived = CvssBase(worst.derived.vector, worst.derived.base)
        stands = given is not None and (given.base >= derived.base or self.terms.stands)
        base = given if given is not None and stands else derived
        if mitigation is None:
            mitigation = worst.mitigation if worst else FULL
        # No threat, no agentic uplift: a factor makes a way to harm worse and is none by itself.
        total = ZERO if worst is None and given is None else results.total
        multiplier = self.terms.threat_multiplier
        return base, computed(self.profile.formula, base.base, total, multiplier, mitigation)


@lru_cache(maxsize=4096)
def _estimated(estimators: tuple[Estimator, ...], met: int) -> tuple[Decimal, ...]:
    """Estimate the factors once per set of cases: most of what is tried moves none of them."""
    return tuple(estimator.at(met) for estimator in estimators)


def _mitigation_at(standing: Standing) -> int:
    """Give the place of a threat's mitigation factor in `MITIGATIONS`.

    Controls count once, here or in its state.
    """
    state, aid = standing
    return 0 if state != REDUCED else 2 if aid == HALF_CLOSED else 1


# Kept by profile too: the rules' own memory (`per_rules`) knows one value for each set of rules.
_ESTIMATORS: dict[tuple[str, str], tuple[Estimator, ...]] = {}


def _estimators_of(knowledge: Knowledge, profile: Profile) -> tuple[Estimator, ...]:
    """Give a profile's estimators; built once per set of rules."""
    key = (knowledge.digest, profile.id)
    if key not in _ESTIMATORS:
        _ESTIMATORS[key] = estimators(profile, knowledge)
    return _ESTIMATORS[key]


@per_rules
def vectors_of(knowledge: Knowledge) -> VectorTable:
    """Give the metric rows of the rules."""
    return VectorTable(knowledge)
