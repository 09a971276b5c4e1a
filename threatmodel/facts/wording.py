"""Facts as they are told: each with all that shows it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from threatmodel.facts.defaults import Completion, Concluded
from threatmodel.facts.fact import (
    EVIDENCE_SHOWN,
    Basis,
    Contradiction,
    Evidence,
    Fact,
    Sign,
    Told,
    Weighed,
)
from threatmodel.rules.load import Knowledge, per_rules

ASSUMED = {
    value: Evidence(
        "assumed",
        value,
        "frameworks/facts",
        "nothing said; presumed by the documented default",
    )
    for value in (True, False)
}
"""Evidence of a documented default."""


class _Silence(NamedTuple):
    """Facts of which nothing is said; most are, and every agent shares them."""

    unknown: dict[str, Fact]
    """All, sorted by id, before any default."""
    presumed: dict[str, Fact]
    """Those that have a documented default."""


@per_rules
def _silence_of(knowledge: Knowledge) -> _Silence:
    """Give the facts of an agent that is silent."""
    rows = {**knowledge.facts, **knowledge.controls}
    unknown = {
        i: Fact(i, rows[i].says, None, "unknown", "", ())
        for i in sorted(rows)
        if not knowledge.sets.system >> knowledge.bits[i] & 1
    }
    presumed = {
        row.id: _settle(unknown[row.id], ASSUMED[row.presumed])
        for row in knowledge.facts.values()
        if row.presumed is not None
    }
    return _Silence(unknown, presumed)


def tell_facts(
    weighed: Mapping[str, Weighed],
    completion: Completion,
    concluded: Concluded,
    knowledge: Knowledge,
) -> Told:
    """Tell every fact of an agent, with what decided it first."""
    silence = _silence_of(knowledge)
    shown = {i: _fact(i, one, knowledge) for i, one in weighed.items()}
    contradictions = tuple(sorted(_contradictions(shown), key=lambda c: c.id))
    facts = silence.unknown | shown
    if len(facts) > len(silence.unknown):
        facts = dict(sorted(facts.items()))
    _settle_silence(facts, completion.reasons(concluded), silence)
    return Told(facts, contradictions)


def _fact(fact_id: str, weighed: Weighed, knowledge: Knowledge) -> Fact:
    says, deciding = _says(fact_id, knowledge), weighed.deciding
    signs = tuple(sorted(weighed.signs, key=lambda sign: sign is not deciding)[:EVIDENCE_SHOWN])
    if deciding is None:
        basis: Basis = "stated" if weighed.asked else "unknown"
        return Fact(fact_id, says, None, basis, "", signs, claimed=weighed.claimed)
    value, by = deciding.value, deciding.by
    return Fact(fact_id, says, value, deciding.basis, by, signs, claimed=weighed.claimed)


def _says(fact_id: str, knowledge: Knowledge) -> str:
    row = knowledge.facts.get(fact_id) or knowledge.controls[fact_id]
    return row.says


def _settle_silence(
    facts: dict[str, Fact], reasons: Iterable[tuple[str, Evidence]], silence: _Silence
) -> None:
    """Put in what is derived, then what is presumed."""
    for fact_id, evidence in reasons:
        facts[fact_id] = _settle(facts[fact_id], evidence)
    # Most facts of most agents are silent, and one record of each serves all agents.
    for fact_id, presumed in silence.presumed.items():
        fact = facts[fact_id]
        if fact is silence.unknown[fact_id]:
            facts[fact_id] = presumed
        # "Unknown" said on purpose stays unknown: a default would answer what somebody said cannot
        # be answered.
        elif fact.value is None and fact.basis != "stated":
            facts[fact_id] = _settle(fact, presumed.signs[0])


def _settle(fact: Fact, sign: Sign | Evidence) -> Fact:
    shown = (sign, *fact.signs)
    return Fact(fact.id, fact.says, sign.value, sign.basis, sign.by, shown, claimed=fact.claimed)


def _contradictions(facts: dict[str, Fact]) -> Iterable[Contradiction]:
    for fact in facts.values():
        values = {sign.value for sign in fact.signs}
        if not {True, False} <= values:
            continue
        yes = next(e for e in fact.evidence if e.value is True)
        no = next(e for e in fact.evidence if e.value is False)
        text = f"{yes.says} ({yes.place}), but {no.says} ({no.place})"
        yield Contradiction(f"contradiction:{fact.id}", fact.id, text)
