"""Try every answer at once: what the headline would be, with a bit for each answer that is tried.

A lane is one trial. What the trials know is two numbers for each name: the lanes in which it is
true, and those in which it is false. So each condition is read once for all trials: two hundred
answers take 0.5 ms, where trying one after the other took 5.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import TypeVar

from threatmodel.facts.defaults import Completion
from threatmodel.facts.fact import Facts
from threatmodel.rules.cases import bits
from threatmodel.rules.rows import BASE_METRICS
from threatmodel.score.cvss import base_at, table_place
from threatmodel.score.cvss_derive import HIGH, OWN
from threatmodel.score.engine import Answer, Engine
from threatmodel.score.formula import ZERO
from threatmodel.score.lanes import (
    Lanes,
    Literals,
    RowCases,
    RuleCases,
    ThreatCases,
    cases_of_rules,
    cases_of_steps,
)
from threatmodel.score.profiles import Estimator


def headlines(
    engine: Engine, facts: Facts, completion: Completion, answers: Sequence[Answer]
) -> dict[Answer, Decimal]:
    """Give the headline for each answer, as if the fact were stated to be so.

    It is what `Engine.value` gives; a given base or mitigation factor is not looked at. What was
    tried stays with the engine: two parts of a page ask about the same facts.
    """
    known = engine.tried.setdefault((facts.said, completion.asked), {})
    if new := [answer for answer in answers if answer not in known]:
        known |= _tried(engine, facts, completion, new)
    return {answer: known[answer] for answer in answers}


def _tried(
    engine: Engine, facts: Facts, completion: Completion, answers: Sequence[Answer]
) -> dict[Answer, Decimal]:
    firm = _firm(engine, facts, completion, answers)
    full = firm.copy()
    free = ~completion.asked
    full.fill((completion.presumed[0] & free, completion.presumed[1] & free))
    rules = cases_of_rules(engine.knowledge)
    # Whether a threat is the agent's own hangs on what is not its host's, and on no default.
    own = firm.copy(engine.commons.own)
    for lanes in (firm, full, own):
        _derive(lanes, rules)
    scores = _Scores(engine, rules, firm)
    for index, threat in enumerate(rules.threats):
        live = firm.met(threat.applies, full.met(threat.applies, firm.every))
        if live and index in engine.commons.threats:
            live = own.met(threat.applies, live)
        if live:
            scores.count(index, _by_mitigation(threat, live, full))
    found = scores.highest(_totals(engine, full))
    return {answer: found[lane] for lane, answer in enumerate(answers)}


def _firm(engine: Engine, facts: Facts, completion: Completion, answers: Sequence[Answer]) -> Lanes:
    """State each answer in its lane, and add what follows; as `Completion.firm` does."""
    knowledge = engine.knowledge
    lanes = Lanes(facts.said, len(knowledge.bits), len(answers))
    for lane, (fact, answer) in enumerate(answers):
        lanes.state(knowledge.bits[fact], value=answer, lanes=1 << lane)
    conclusions = cases_of_rules(knowledge).conclusions
    for rule in completion.rules:
        when, unless = conclusions[rule.id]
        held = lanes.met(when, lanes.every)
        lanes.add(
            knowledge.bits[rule.fact], value=rule.value, lanes=held & ~lanes.met(unless, held)
        )
    lanes.fill(completion.brought)
    return lanes


def _derive(lanes: Lanes, rules: RuleCases) -> None:
    """Add the capabilities that follow."""
    for name, (true, false) in rules.capabilities:
        held = lanes.met(true, lanes.every)
        lanes.at[name] |= held
        lanes.at[name + lanes.names] |= lanes.met(false, lanes.every & ~held)


def _by_mitigation(threat: ThreatCases, live: int, full: Lanes) -> tuple[int, int, int]:
    """Part the lanes in which a threat is open or reduced by the place of its mitigation factor."""
    helped = full.met(threat.helps, live)
    closed = full.met(threat.closing, helped)
    reduced = full.met(threat.eases, helped & ~closed)
    half = 0
    if reduced:
        for case in threat.closing:
            # Half of them, rounded up: of three names two.
            half |= _at_least(-(-len(case) // 2), case, full)
    return live & ~closed & ~reduced, reduced & ~half, reduced & half


def _at_least(most: int, case: Literals, lanes: Lanes) -> int:
    """Give the lanes in which at least so many of a case's names are as it needs them."""
    counts = [lanes.every, *[0] * most]
    for place in case:
        held = lanes.at[place]
        for count in range(most, 0, -1):
            counts[count] |= counts[count - 1] & held
    return counts[most]


class _Scores:
    """What the threats of each lane score."""

    def __init__(self, engine: Engine, rules: RuleCases, firm: Lanes) -> None:
        self._engine, self._rules, self._firm = engine, rules, firm
        self._metrics: dict[tuple[int, int], dict[int, int]] = {}
        """Values of a metric, each with its lanes; by its place, and lanes without mild rows."""
        self._live: dict[int, list[int]] = {}

    def count(self, index: int, by_mitigation: tuple[int, int, int]) -> None:
        """Count a threat in the lanes in which it is open or reduced."""
        live = self._live.setdefault(self._engine.vectors.shapes[index], [0] * len(by_mitigation))
        for place, lanes in enumerate(by_mitigation):
            live[place] |= lanes

    def highest(self, totals: Mapping[Decimal, int]) -> list[Decimal]:
        """Give the highest score of each lane by the sum of its factors."""
        found, pairs = [ZERO] * self._firm.every.bit_length(), self._pairs()
        for total, among in totals.items():
            scores: dict[Decimal, int] = {}
            results = self._engine.results(total)
            for pair, lanes in pairs.items():
                if lanes & among:
                    score = results[pair].value
                    scores[score] = scores.get(score, 0) | lanes & among
            left = among
            # From the top, so that a lane is settled by the first score that it has.
            for score in sorted(scores, reverse=True):
                for lane in bits(scores[score] & left):
                    found[lane] = score
                left &= ~scores[score]
        return found

    def _pairs(self) -> dict[tuple[int, int], int]:
        """Give base scores in tenths and places of mitigation factors, each with its lanes."""
        found: dict[tuple[int, int], int] = {}
        for shape, live in self._live.items():
            for base, lanes in self._bases_of(shape, reduce(int.__or__, live)):
                for place, among in enumerate(live):
                    if lanes & among:
                        found[base, place] = found.get((base, place), 0) | lanes & among
        return found

    def _bases_of(self, shape: int, live: int) -> Iterator[tuple[int, int]]:
        """Give the base scores of a shape, in tenths, each with its lanes."""
        fixed, parts, high = 0, {0: live}, 0
        for name, metric in zip(BASE_METRICS, self._rules.shapes[shape], strict=True):
            key = metric, high if metric in self._rules.mild else 0
            places = self._metrics.get(key)
            if places is None:
                places = self._metrics[key] = self._places(self._rules.metrics[metric], high)
            if name in OWN:
                high |= places.get(table_place(name, HIGH), 0)
            # One value in every lane: it adds to the place and parts nothing.
            if len(places) == 1:
                fixed += next(iter(places))
            else:
                parts = _parted(parts, places)
        for place, lanes in parts.items():
            yield base_at(fixed + place), lanes

    def _places(self, rows: Iterable[RowCases], high: int) -> dict[int, int]:
        """Give the values of a metric, each with its lanes; the first row that holds counts.

        `high` are the lanes in which rows that are `mild` do not hold.
        """
        found: dict[int, int] = {}
        left = self._firm.every
        for place, when, mild in rows:
            lanes = self._firm.met(when, left & ~high if mild else left)
            if lanes:
                found[place] = found.get(place, 0) | lanes
                left &= ~lanes
                if not left:
                    break
        return found


def _totals(engine: Engine, full: Lanes) -> dict[Decimal, int]:
    """Give the sums of the factors, each with its lanes."""
    parts = {ZERO: full.every}
    for estimator, steps in zip(engine.estimators, cases_of_steps(engine), strict=True):
        parts = _parted(parts, _levels(engine, estimator, steps, full))
    return parts


def _levels(
    engine: Engine, estimator: Estimator, steps: Sequence[tuple[Literals, ...]], full: Lanes
) -> dict[Decimal, int]:
    """Give the levels of a factor, each with its lanes."""
    always, found = 0, {0: full.every}
    for step, cases in zip(estimator.steps, steps, strict=True):
        held = full.met(cases, full.every)
        # A step that holds in all lanes parts none of them; each of the others may double the
        # parts.
        if held == full.every:
            always |= step.cases
        elif held:
            found = _parted(found, {step.cases: held, 0: full.every & ~held})
    levels: dict[Decimal, int] = {}
    for met, lanes in found.items():
        level = engine.level(estimator, met | always)
        levels[level] = levels.get(level, 0) | lanes
    return levels


N = TypeVar("N", int, Decimal)


def _parted(parts: Mapping[N, int], by: Mapping[N, int]) -> dict[N, int]:
    """Part lanes further; the numbers of both parts add up."""
    found: dict[N, int] = {}
    for number, lanes in parts.items():
        for more, among in by.items():
            if lanes & among:
                found[number + more] = found.get(number + more, 0) | lanes & among
    return found
