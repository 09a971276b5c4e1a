"""The range of the headline over what is not known, and the questions that would narrow it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from threatmodel.facts.completion import Completion
from threatmodel.facts.fact import Facts
from threatmodel.knowledge.cases import Masks
from threatmodel.knowledge.load import Knowledge
from threatmodel.score.engine import Engine, Outcome
from threatmodel.score.headline import Question
from threatmodel.score.trial import Trials

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


def span_of(engine: Engine, facts: Facts, completion: Completion, now: Outcome) -> Span:
    """Find both ends of the range."""
    knowledge = engine.knowledge
    open_bits = unresolved(facts, completion, knowledge)
    best, worst = (engine.value(known, known) for known in extremes(facts, open_bits, knowledge))
    low, high = min(best, now.result.value), max(worst, now.result.value)
    return Span(low, high, exact=low == best and high == worst)


def questions_of(
    engine: Engine, facts: Facts, completion: Completion, span: Span, now: Outcome
) -> tuple[Question, ...]:
    """Find the questions whose answers move the headline most, best first."""
    if span.low == span.high:
        return ()
    waiting = _waiting(engine.knowledge, now)
    trials = Trials(engine, facts, completion, now)
    found = []
    for fact_id in _candidates(engine, facts, waiting):
        yes, no = (trials.value(fact_id, answer=answer) for answer in (True, False))
        yes, no = (max(span.low, min(span.high, value)) for value in (yes, no))
        if yes != no or waiting.get(fact_id):
            row = engine.knowledge.facts.get(fact_id) or engine.knowledge.controls[fact_id]
            threats = tuple(waiting.get(fact_id, ()))
            found.append(Question(fact_id, row.question, float(yes), float(no), threats))
    found.sort(key=lambda q: (-round(q.high - q.low, 1), -q.high, -len(q.threats), q.fact))
    return tuple(found[:MOST_QUESTIONS])


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
