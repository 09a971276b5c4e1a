"""What unknown facts leave open: the range of the headline, and the questions that narrow it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

from threatmodel.description.agent import Agent
from threatmodel.facts.defaults import Completion, reference_host
from threatmodel.facts.fact import Facts
from threatmodel.rules.cases import Cases, Masks, literal_names
from threatmodel.rules.load import Knowledge, per_rules, settings_of
from threatmodel.score.engine import Answer, Engine
from threatmodel.score.result import Outcome, Question
from threatmodel.score.trials import headlines

# What a score asks to be false, wherever in the rules the condition stands.


def _asked_false(knowledge: Knowledge) -> int:
    """Give the bits of names whose falsehood, rather than truth, makes some condition hold.

    Conditions are those of capabilities, threats, conclusions, vectors and estimates.
    """
    # Read as packed: nothing of these but the names that they deny is asked for.
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


class Trials:
    """Tries answers for one agent under one profile."""

    def __init__(self, engine: Engine, facts: Facts, completion: Completion, now: Decimal) -> None:
        """Remember how the headline stands now."""
        self._engine, self._facts, self._completion, self._now = engine, facts, completion, now
        self._negated = _negated_of(engine.knowledge)

    def values(self, fact_ids: Iterable[str]) -> dict[Answer, Decimal]:
        """Give the headline if each fact were stated to be so, and if it were stated not to be."""
        answers = [(fact, answer) for fact in fact_ids for answer in (True, False)]
        found = {answer: self._now for answer in answers if not self._moves(*answer)}
        asked = [answer for answer in answers if answer not in found]
        terms = self._engine.terms
        # One by one, as lanes know nothing of what a person gave; few descriptions give a score.
        if terms.cvss is not None or terms.mitigation_factor is not None:
            return found | {answer: self._value(*answer) for answer in asked}
        return found | headlines(self._engine, self._facts, self._completion, asked)

    def questions(self, *groups: Iterable[str]) -> list[Question]:
        """Give each fact as a question, group by group.

        In each, the one whose answers move the headline most comes first.
        """
        asked = tuple(map(tuple, groups))
        found, knowledge = self.values(chain(*asked)), self._engine.knowledge

        def question(fact: str) -> Question:
            yes, no = found[fact, True], found[fact, False]
            return Question(fact, _asked_as(knowledge, fact), float(yes), float(no), ())

        return [one for group in asked for one in by_weight(map(question, group))]

    def _moves(self, fact: str, answer: bool) -> bool:  # noqa: FBT001 - it is the fact's value
        """Tell whether an answer could move anything.

        A condition holds by what is true: `no` instead of silence makes none of them hold.
        """
        bit = 1 << self._engine.knowledge.bits[fact]
        return answer or bool(bit & (self._negated | self._facts.full[0]))

    def _value(self, fact: str, answer: bool) -> Decimal:  # noqa: FBT001 - it is the fact's value
        bit, (true, false) = 1 << self._engine.knowledge.bits[fact], self._facts.said
        said = (true | bit, false & ~bit) if answer else (true & ~bit, false | bit)
        firm = self._completion.firm(said)
        return self._engine.outcome(self._completion.full(firm), firm).result.value


@per_rules
def _negated_of(knowledge: Knowledge) -> int:
    """Give the bits whose falsehood makes some condition hold, also through a capability."""
    mask = _asked_false(knowledge)
    for row in reversed(knowledge.capabilities.values()):
        if mask >> row.bit & 1:
            # In reverse, since a capability is made of those before it.
            mask |= row.when.leaves()
    return mask


# The range of the headline over what is not known, and the questions that would narrow it.

MOST_QUESTIONS = 10


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
    unsettled = unresolved(facts, knowledge)
    open_bits = unsettled & belonging
    # An answer may bring or take a conclusion, which then moves the headline in its place.
    open_bits |= _concluded(completion, open_bits) & unsettled
    ends = extremes(facts, open_bits, knowledge)
    best, worst = (engine.value(completion.full(known), known) for known in ends)
    # Settling each fact for its own worst can miss: the law is that no answer leaves the range.
    low, high = min(best, now.result.value), max(worst, now.result.value)
    return Span(low, high, low == best and high == worst, belonging)


def _concluded(completion: Completion, open_bits: int) -> int:
    """Add what may be concluded from facts that are open, in the order of the rules."""
    found = 0
    for rule in completion.rules:
        if rule.leaves & (open_bits | found):
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
    own: list[Question] = []
    run: list[Question] = []
    belonging = {
        fact_id: bool(span.belonging >> engine.knowledge.bits[fact_id] & 1)
        for fact_id in _candidates(engine, facts, waiting)
    }
    # Where low is high no answer of its own moves the headline; those of a deployment may.
    tried = [f for f, belongs in belonging.items() if not belongs or span.low != span.high]
    found = Trials(engine, facts, completion, now.result.value).values(tried)
    for fact_id in tried:
        belongs = belonging[fact_id]
        yes, no = found[fact_id, True], found[fact_id, False]
        if belongs:
            # The range was announced first; a question that promised to leave it would break its
            # law.
            yes, no = (max(span.low, min(span.high, value)) for value in (yes, no))
        if yes != no or (belongs and waiting.get(fact_id)):
            threats, text = tuple(waiting.get(fact_id, ())), _asked_as(engine.knowledge, fact_id)
            asked = Question(fact_id, text, float(yes), float(no), threats)
            (own if belongs else run).append(asked)
    return tuple(by_weight(own)[:MOST_QUESTIONS]), tuple(by_weight(run)[:MOST_QUESTIONS])


def _asked_as(knowledge: Knowledge, fact: str) -> str:
    """Give the question that settles a fact or a control."""
    return (knowledge.facts.get(fact) or knowledge.controls[fact]).question


def by_weight(questions: Iterable[Question]) -> list[Question]:
    """Sort questions, the one whose answers move the headline most first."""
    return sorted(
        questions, key=lambda q: (-round(q.high - q.low, 1), -q.high, -len(q.threats), q.fact)
    )


def unresolved(facts: Facts, knowledge: Knowledge) -> int:
    """Give the bits of facts that an answer could still change.

    They are unknown, presumed, or concluded only as long as nothing speaks against it.
    """
    return knowledge.sets.stated & (~(facts.firm[0] | facts.firm[1]) | facts.shaky)


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


def _candidates(engine: Engine, facts: Facts, waiting: dict[str, list[str]]) -> tuple[str, ...]:
    """List the unresolved facts that something live depends on."""
    bits, sets = engine.knowledge.bits, engine.knowledge.sets
    waits = sum(1 << bits[fact_id] for fact_id in waiting)
    unknown = sets.stated & ~(facts.firm[0] | facts.firm[1])
    return literal_names(unknown & (waits | engine.live_bits()), tuple(bits))
