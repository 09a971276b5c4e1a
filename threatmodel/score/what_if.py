"""Try one answer at a time: what the headline would be, touching only what the answer can move."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from threatmodel.description.agent import Agent
from threatmodel.facts.defaults import Completion, reference_host
from threatmodel.facts.fact import Facts
from threatmodel.rules.board import bits
from threatmodel.rules.cases import Cases, Masks
from threatmodel.rules.evaluate import LIVE, standing_of
from threatmodel.rules.load import Knowledge, per_rules, settings_of
from threatmodel.rules.rows import CapabilityRow
from threatmodel.score.engine import (
    MITIGATIONS,
    Engine,
    Outcome,
    Pair,
    mitigation_at,
    sum_bits,
)
from threatmodel.score.formula import ZERO
from threatmodel.score.result import Question

# What a score asks to be false, wherever in the rules the condition stands.


def asked_false(knowledge: Knowledge) -> int:
    """Give the bits of names whose falsehood, rather than truth, makes some condition hold.

    Conditions are those of capabilities, threats, conclusions, vectors and estimates.
    """
    packed = (*_vectors(knowledge), *_steps(knowledge))
    literals = (literal for row in packed for case in row["true"] for literal in case)
    mask = knowledge.mask(*{name[1:] for name in literals if name.startswith("!")})
    for cases in _unpacked(knowledge):
        for _, must_not in cases.true_when:
            mask |= must_not
    return mask


def _unpacked(knowledge: Knowledge) -> Iterator[Cases]:
    for capability in knowledge.capabilities.values():
        yield capability.when
    for threat in knowledge.threats:
        yield from (threat.when, threat.closed_by, threat.reduced_by)
    for rule in settings_of(knowledge).rules:
        yield from filter(None, (rule.when, rule.unless))


def _vectors(knowledge: Knowledge) -> Iterator[Any]:
    for rows in knowledge.sections["vectors"].values():
        yield from (row["when"] for row in rows if row["when"])


def _steps(knowledge: Knowledge) -> Iterator[Any]:
    for factors in knowledge.sections["factors"].values():
        for source in factors.values():
            yield from (step["when"] for step in source["steps"])


class Reach(NamedTuple):
    """What each fact can move; the same for every agent."""

    capabilities: dict[int, tuple[CapabilityRow, ...]]
    """Bit -> the capabilities that depend on it, in order."""

    threats: dict[int, int]
    """Bit -> the threats whose state depends on it, a bit for each index."""

    negated: int
    """Bits whose falsehood, rather than their truth, makes some condition hold."""

    easing: int
    """Bits of controls that can do nothing but close or reduce threats."""


class Trials:
    """Tries answers for one agent under one profile."""

    def __init__(self, engine: Engine, facts: Facts, completion: Completion, now: Outcome) -> None:
        """Remember how everything stands now."""
        self._engine, self._facts, self._completion = engine, facts, completion
        self._reach = reach_of(engine.knowledge)
        self._full, self._firm = engine.closed(facts.full), engine.closed(facts.firm)
        self._now, self._total = now.result.value, sum(now.levels, ZERO)
        self._vectors = engine.vectors.met(self._firm)
        self._pairs: dict[int, Pair] = {}
        self._scores: dict[Pair, Decimal] = {}
        self._top = 0
        for index, (row, shape) in enumerate(
            zip(engine.knowledge.threats, engine.vectors.shapes, strict=True)
        ):
            rated = now.rated.get(row.id)
            if rated is not None and row.id not in now.shared:
                pair = self._pairs[index] = (shape, MITIGATIONS.index(rated.mitigation))
                self._scores[pair] = rated.result.value
                self._top |= (rated.result.value == self._now) << index

    def value(self, fact_id: str, *, answer: bool) -> Decimal:
        """Give the headline if the fact were stated to be so."""
        place = self._engine.knowledge.bits[fact_id]
        bit = 1 << place
        if not answer and not bit & (self._reach.negated | self._facts.full[0]):
            # A condition holds by what is true: `no` instead of silence makes none of them hold.
            return self._now
        terms = self._engine.terms
        given = terms.cvss is not None or terms.mitigation_factor is not None
        if not given and answer and self._spares_the_top(place):
            return self._now
        true, false = self._facts.said
        said = (true | bit, false & ~bit) if answer else (true & ~bit, false | bit)
        firm = self._completion.firm(said)
        full = self._completion.full(firm)
        if given:
            return self._engine.outcome(full, firm).result.value
        return self._value(full, firm)

    def _spares_the_top(self, place: int) -> bool:
        """Tell a control that cannot raise anything, and leaves a threat of the headline alone."""
        eases = self._reach.easing >> place & 1
        return bool(eases and self._top & ~self._reach.threats[place])

    def _value(self, full: Masks, firm: Masks) -> Decimal:
        changed = _difference(full, self._facts.full) | _difference(firm, self._facts.firm)
        reached = [self._reach.capabilities[bit] for bit in bits(changed)]
        stale = {row.bit: row for rows in reached for row in rows}
        full = self._close(full, self._full, stale)
        firm = self._close(firm, self._firm, stale)
        pairs = self._judge(full, firm, changed)
        moved = _difference(full, self._full) | _difference(firm, self._firm)
        engine, total, met = self._engine, self._total, self._vectors
        if moved & engine.factor_bits:
            total = sum(engine.levels(full), ZERO)
        if moved & engine.vectors.leaves:
            met = engine.vectors.met(firm)
        if total != self._total:
            return engine.highest(set(pairs.values()), met, total)
        if pairs is self._pairs and met == self._vectors:
            return self._now  # so it is with most answers
        turned, every = met ^ self._vectors, {*pairs.values()}
        cases = engine.vectors.cases
        fresh = {pair for pair in every if turned & cases[pair[0]]} if turned else set()
        held = map(self._score, every - fresh)
        return max((*held, engine.highest(fresh, met, total)))

    def _score(self, pair: Pair) -> Decimal:
        """Score a threat while vectors and factors stand as they do."""
        if pair not in self._scores:
            self._scores[pair] = self._engine.highest((pair,), self._vectors, self._total)
        return self._scores[pair]

    def _close(self, raw: Masks, before: Masks, stale: Mapping[int, CapabilityRow]) -> Masks:
        """Derive again only the capabilities that the changed facts reach."""
        mask = sum(1 << bit for bit in stale)
        kept = self._engine.knowledge.sets.capabilities & ~mask
        true, false = raw[0] | before[0] & kept, raw[1] | before[1] & kept
        if stale:
            for row in self._engine.knowledge.capabilities.values():
                if row.bit in stale:
                    held = row.when.holds(true, false)
                    if held:
                        true |= 1 << row.bit
                    elif held is not None:
                        false |= 1 << row.bit
        return true, false

    def _judge(self, full: Masks, firm: Masks, changed: int) -> dict[int, Pair]:
        """Judge again only the threats that are reached; gives the same dict if none moves."""
        engine, knowledge = self._engine, self._engine.knowledge
        met = knowledge.board.met(full), knowledge.board.met(firm)
        reached = 0
        for bit in bits(changed):
            reached |= self._reach.threats[bit]
        moved: dict[int, Pair | None] = {}
        for index in bits(reached):
            standing, pair = standing_of(knowledge.rules[index], full, met), None
            if standing[0] in LIVE and not any(engine.shared([knowledge.threats[index].id], firm)):
                pair = engine.vectors.shapes[index], mitigation_at(standing)
            if pair != self._pairs.get(index):
                moved[index] = pair
        if not moved:
            return self._pairs
        pairs = {**self._pairs, **moved}
        return {index: pair for index, pair in pairs.items() if pair is not None}


@per_rules
def reach_of(knowledge: Knowledge) -> Reach:
    """Give what each fact can move."""
    capabilities: dict[int, tuple[CapabilityRow, ...]] = {}
    threats: dict[int, int] = {}
    named = [
        row.when.leaves() | row.closed_by.leaves() | row.reduced_by.leaves()
        for row in knowledge.threats
    ]
    resting: dict[int, int] = {}
    for index, leaves in enumerate(named):
        for bit in bits(leaves):
            resting[bit] = resting.get(bit, 0) | 1 << index
    made_of = [(row, 1 << row.bit, row.when.leaves()) for row in knowledge.capabilities.values()]
    for row in (*knowledge.facts.values(), *knowledge.controls.values()):
        mask, reached = 1 << row.bit, []
        for capability, bit, leaves in made_of:
            if leaves & mask:
                mask |= bit
                reached.append(capability)
        capabilities[row.bit] = tuple(reached)
        threats[row.bit] = sum_bits(resting.get(bit, 0) for bit in bits(mask))
    negated = _negated(knowledge, capabilities)
    return Reach(capabilities, threats, negated, _easing(knowledge) & ~negated)


def _easing(knowledge: Knowledge) -> int:
    """Give the controls that no condition asks for but those that close or reduce threats."""
    packed = (*_vectors(knowledge), *_steps(knowledge))
    told = (name.removeprefix("!") for row in packed for case in row["true"] for name in case)
    asked = knowledge.mask(*set(told))
    for threat in knowledge.threats:
        asked |= threat.when.leaves()
    for capability in knowledge.capabilities.values():
        asked |= capability.when.leaves()
    for rule in settings_of(knowledge).rules:
        for cases in filter(None, (rule.when, rule.unless)):
            asked |= cases.leaves()
    return knowledge.sets.controls & ~asked


def _negated(knowledge: Knowledge, capabilities: dict[int, tuple[CapabilityRow, ...]]) -> int:
    """Find what is asked to be false anywhere, also through a capability."""
    mask = asked_false(knowledge)
    for bit, reached in capabilities.items():
        if any(mask >> capability.bit & 1 for capability in reached):
            mask |= 1 << bit
    return mask


def _difference(one: Masks, other: Masks) -> int:
    return (one[0] ^ other[0]) | (one[1] ^ other[1])


# The range of the headline over what is not known, and the questions that would narrow it.

MOST_QUESTIONS = 10
"""Questions shown."""


class Span(NamedTuple):
    """What the unknown facts leave open."""

    low: Decimal
    """Lowest headline."""

    high: Decimal
    """Highest headline."""

    exact: bool
    """Whether both ends are reached by some answers; otherwise they are bounds."""

    belonging: int
    """Bits of the facts that it is over."""


def answerable(agent: Agent, knowledge: Knowledge) -> int:
    """Give the bits of facts that belong to what is assessed, so that they widen its range.

    A deployment answers for everything. A product answers for how it is made; an agent is its own
    host, so that what is about the host is about the agent.
    """
    sets = knowledge.sets
    if agent.form == "deployment":
        return sets.stated
    hosted = reference_host(agent, knowledge) is not None
    return sets.stated & ~sets.deployment & ~(sets.host if hosted else 0)


def span_of(
    engine: Engine, facts: Facts, completion: Completion, now: Outcome, belonging: int
) -> Span:
    """Find both ends of the range over the unknown facts among `belonging`."""
    knowledge = engine.knowledge
    unsettled = unresolved(facts, completion, knowledge)
    open_bits = unsettled & belonging
    open_bits |= _concluded(completion, open_bits) & unsettled
    ends = extremes(facts, open_bits, knowledge)
    best, worst = (engine.value(completion.full(known), known) for known in ends)
    low, high = min(best, now.result.value), max(worst, now.result.value)
    return Span(low, high, low == best and high == worst, belonging)


def _concluded(completion: Completion, open_bits: int) -> int:
    """Add what may be concluded from facts that are open, in the order of the rules."""
    found = 0
    for rule in completion.rules:
        named = (case.leaves() for case in (rule.when, rule.unless) if case is not None)
        if any(leaves & (open_bits | found) for leaves in named):
            found |= rule.bit
    return found


def questions_of(
    engine: Engine, facts: Facts, completion: Completion, span: Span, now: Outcome
) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Find the questions whose answers move the headline most, best first.

    Returns:
        Those that the range is over, and those that only a deployment can answer.
    """
    waiting = _waiting(engine.knowledge, now)
    trials = Trials(engine, facts, completion, now)
    own: list[Question] = []
    run: list[Question] = []
    for fact_id in _candidates(engine, facts, waiting):
        belongs = bool(span.belonging >> engine.knowledge.bits[fact_id] & 1)
        if belongs and span.low == span.high:
            continue
        yes, no = (trials.value(fact_id, answer=answer) for answer in (True, False))
        if belongs:
            yes, no = (max(span.low, min(span.high, value)) for value in (yes, no))
        if yes != no or (belongs and waiting.get(fact_id)):
            row = engine.knowledge.facts.get(fact_id) or engine.knowledge.controls[fact_id]
            threats = tuple(waiting.get(fact_id, ()))
            asked = Question(fact_id, row.question, float(yes), float(no), threats)
            (own if belongs else run).append(asked)
    return _first(own), _first(run)


def _first(questions: list[Question]) -> tuple[Question, ...]:
    questions.sort(key=lambda q: (-round(q.high - q.low, 1), -q.high, -len(q.threats), q.fact))
    return tuple(questions[:MOST_QUESTIONS])


def unresolved(facts: Facts, completion: Completion, knowledge: Knowledge) -> int:
    """Give the bits of facts that an answer could still change.

    They are unknown, presumed, or concluded only as long as nothing speaks against it.
    """
    known = facts.firm[0] | facts.firm[1]
    shaky = 0
    for rule in completion.rules:
        if facts.facts[rule.fact].by == rule.id and rule.unless is not None:
            shaky |= 1 << knowledge.bits[rule.fact]
    return knowledge.sets.stated & (~known | shaky)


def extremes(facts: Facts, open_bits: int, knowledge: Knowledge) -> tuple[Masks, Masks]:
    """Settle every open fact for the best, and for the worst."""
    true, false = facts.firm[0] & ~open_bits, facts.firm[1] & ~open_bits
    worse = open_bits & knowledge.sets.raising
    better = open_bits & ~worse
    return (true | better, false | worse), (true | worse, false | better)


def _waiting(knowledge: Knowledge, now: Outcome) -> dict[str, list[str]]:
    """Map each fact to the undecided threats that wait for it."""
    waiting: dict[str, list[str]] = {}
    for row in knowledge.threats:
        if now.verdicts[row.id].state == "needs_answer":
            for fact_id in leaves_of(knowledge, row.when.explain(*now.known), now.known):
                waiting.setdefault(fact_id, []).append(row.id)
    return waiting


def leaves_of(knowledge: Knowledge, names: Iterable[str], known: Masks) -> tuple[str, ...]:
    """Replace capabilities by the facts that decide them, down to the last."""
    found: dict[str, None] = {}
    for name in names:
        capability = knowledge.capabilities.get(name)
        if capability is None:
            bit = 1 << knowledge.bits[name]
            if known[0] & bit or not knowledge.sets.system & bit:
                found[name] = None
        else:
            found |= dict.fromkeys(leaves_of(knowledge, capability.when.explain(*known), known))
    return tuple(found)


def _candidates(engine: Engine, facts: Facts, waiting: dict[str, list[str]]) -> list[str]:
    """List the unresolved facts that something live depends on."""
    knowledge = engine.knowledge
    unknown = (f for f in facts.facts.values() if f.value is None or f.basis == "assumed")
    live = engine.live_bits()
    return [f.id for f in unknown if f.id in waiting or live >> knowledge.bits[f.id] & 1]
