"""The score of an agent under one profile: headline, factors, range, questions."""

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from threatmodel.description.agent import Agent
from threatmodel.description.overrides import GivenFactor, GivenScores
from threatmodel.errors import AivssError
from threatmodel.facts.defaults import Commons, Completion, commons_of, completion_of
from threatmodel.facts.fact import Facts
from threatmodel.rules.cases import Masks, literal_names
from threatmodel.rules.load import Knowledge
from threatmodel.score import what_if
from threatmodel.score.calculator import Calculation, calculate
from threatmodel.score.cvss import CvssBase, read_base
from threatmodel.score.engine import Engine
from threatmodel.score.profiles import Estimator, Profile
from threatmodel.score.result import (
    CvssPart,
    Details,
    FactorLevel,
    Outcome,
    Score,
    Terms,
    WaterfallTerm,
)

if TYPE_CHECKING:
    from threatmodel.facts.left import Said

# What a person fixed of the score, held to the profile and to the CVSS standard.

CONTRADICTION = "contradiction:cvss"
"""Id of the finding that a given base is lower than the derived one."""


def _terms_of(agent: Agent, profile: Profile) -> Terms:
    """Read the given parts of the score; AivssError where one contradicts itself or a standard."""
    given = agent.scores or GivenScores()
    factors = {
        name: value.value if isinstance(value, GivenFactor) else value
        for name, value in given.factors.items()
    }
    return Terms(
        factors=factors,
        cvss=_given_base(given),
        stands=CONTRADICTION in agent.decided,
        threat_multiplier=_threat_multiplier(given, profile),
        mitigation_factor=given.mitigation_factor,
    )


def _given_base(given: GivenScores) -> CvssBase | None:
    if given.cvss is None:
        return None
    if given.cvss.vector:
        return read_base(given.cvss.vector, given.cvss.base)
    if given.cvss.base is None:
        return None
    if not given.cvss.rationale:
        raise AivssError(
            "scores.cvss: a base without a vector needs a rationale",
            hint="say why in `rationale`, or give the CVSS 4.0 vector instead",
        )
    return read_base(str(given.cvss.base))


def _threat_multiplier(given: GivenScores, profile: Profile) -> Decimal:
    if given.threat_multiplier is not None:
        return given.threat_multiplier
    if given.exploit_maturity in (None, "unknown"):
        return profile.threat_multiplier.default
    return profile.threat_multiplier.value(str(given.exploit_maturity))


class Scored(NamedTuple):
    """A score together with what it was worked out from."""

    score: Score
    engine: Engine
    """Scores the same agent for other sets of facts."""
    outcome: Outcome
    """Every threat's verdict and rating."""
    completion: Completion
    """How silence was filled."""


def score_agent(agent: Agent, facts: Facts, knowledge: Knowledge, profile: Profile) -> Scored:
    """Score an agent; AivssError where a given part contradicts itself or a standard.

    Headline as in docs/design.md: the highest AIVSS over threats that are open or reduced.
    """
    commons = commons_of(agent, knowledge)
    engine = Engine(knowledge, profile, _terms_of(agent, profile), commons)
    completion = completion_of(agent, knowledge, facts.asked)
    now = engine.outcome(facts.full, facts.firm)
    span = what_if.span_of(engine, facts, completion, now, what_if.answerable(agent, knowledge))
    score = _headline(agent, facts, engine, (now, span), completion)
    if agent.scores is not None:
        _recompute(engine, now)  # what a person gave is held to its bounds now, not when shown
    return Scored(score, engine, now, completion)


def _headline(
    agent: Agent,
    facts: Facts,
    engine: Engine,
    found: tuple[Outcome, what_if.Span],
    completion: Completion,
) -> Score:
    now, span = found
    result = now.result
    return Score(
        value=float(result.value),
        severity=result.severity,
        profile=engine.profile.id,
        profile_note=engine.profile.wording,
        factor_sum=float(result.factor_sum),
        aars=float(result.aars),
        threat_multiplier=float(engine.terms.threat_multiplier),
        low=float(span.low),
        high=float(span.high),
        range_exact=span.exact,
        ask=partial(what_if.questions_of, engine, facts, completion, span, now),
        detail=partial(_details, agent, facts, engine, now),
        threat=now.worst.threat if now.worst else "",
        floor=_floor(engine),
        shared=tuple(sorted(now.shared)),
        amended=None if result.amended is None else float(result.amended),
        as_claimed=_as_claimed(facts, engine, completion, now),
    )


def _details(agent: Agent, facts: Facts, engine: Engine, now: Outcome) -> Details:
    recomputed, terms = _recompute(engine, now), now.result.terms
    return Details(
        vector=recomputed.vector,
        cvss=_cvss(engine, now),
        factors=_factors(agent, facts, engine, now),
        mitigation_factor=float(recomputed.inputs.mitigation_factor),
        waterfall=tuple(WaterfallTerm(t.label, float(t.points), float(t.total)) for t in terms),
        warnings=recomputed.warnings,
    )


_USUAL = Decimal("0.97")
"""Threat multiplier where nobody says more: proof of concept."""

_FLOORS: dict[tuple[str, str, Commons], float] = {}


def _floor(engine: Engine) -> float:
    """Score what any agent of the kind shares on its host; worked out once per kind and host."""
    # Of the kind and not of the agent: a floor that moved with an agent would tell nothing of its
    # host.
    key = (engine.knowledge.digest, engine.profile.id, engine.commons)
    if key not in _FLOORS:
        terms = Terms({}, None, stands=False, threat_multiplier=_USUAL, mitigation_factor=None)
        alone = Engine(engine.knowledge, engine.profile, terms, engine.commons)
        outcome = alone.outcome(engine.commons.full, engine.commons.firm)
        scores = (rated.result.value for rated in outcome.rated.values())
        _FLOORS[key] = float(max(scores, default=Decimal(0)))
    return _FLOORS[key]


def _recompute(engine: Engine, now: Outcome) -> Calculation:
    """Put the headline's numbers through the bare calculator, which must agree."""
    terms = engine.terms
    mitigation = terms.mitigation_factor
    if mitigation is None:
        mitigation = now.worst.mitigation if now.worst else Decimal(1)
    # Without an open threat the headline is 0 whatever the factors are, so that their sum is left
    # out.
    levels = now.levels if now.result.factor_sum or not any(now.levels) else Decimal(0)
    return calculate(engine.profile, now.base, levels, terms.threat_multiplier, mitigation)


def _cvss(engine: Engine, now: Outcome) -> CvssPart:
    given = engine.terms.cvss
    derived = now.worst.derived.base if now.worst else Decimal(0)
    if given is None:
        return CvssPart(now.base.vector, float(now.base.base), "derived", float(derived))
    note = ""
    if given.base < derived:
        kept = "it stands by a reviewer's decision" if engine.terms.stands else "the higher stands"
        note = f"given {given.base}, but the worst derived path has {derived}; {kept}"
    basis: Literal["given", "derived"] = "given" if now.base == given else "derived"
    return CvssPart(now.base.vector, float(now.base.base), basis, float(derived), note)


def _factors(agent: Agent, facts: Facts, engine: Engine, now: Outcome) -> tuple[FactorLevel, ...]:
    open_bits = what_if.unresolved(facts, engine.knowledge)
    best, worst = what_if.extremes(facts, open_bits, engine.knowledge)
    board = engine.estimators[0].board
    met = board.met(now.known)
    ends = board.met(engine.closed(best)), board.met(engine.closed(worst))
    pairs = zip(engine.estimators, now.levels, strict=True)
    return tuple(_factor(agent, engine, (now.known, met), ends, pair) for pair in pairs)


def _factor(
    agent: Agent,
    engine: Engine,
    now: tuple[Masks, int],
    ends: tuple[int, int],
    of: tuple[Estimator, Decimal],
) -> FactorLevel:
    (known, met), (estimator, value) = now, of
    estimate = estimator.at(met)
    counted = estimator.counted(met)
    moved = tuple(
        dict.fromkeys(
            leaf
            for step in counted
            for leaf in what_if.leaves_of(engine.knowledge, step.when.explain(*known), known)
        )
    )
    given = (agent.scores.factors if agent.scores else {}).get(estimator.given_as)
    if given is not None:
        rationale = given.rationale if isinstance(given, GivenFactor) else ""
        by: str = (given.by if isinstance(given, GivenFactor) else None) or agent.stated_by
        low = high = value
        reasons: tuple[str, ...] = (rationale or "given without a rationale",)
    else:
        by = ""
        found = (estimate, *(estimator.at(end) for end in ends))
        low, high = min(found), max(found)
        reasons = tuple(step.told for step in counted)
    return FactorLevel(
        id=estimator.factor.id,
        name=estimator.factor.name,
        value=float(value),
        low=float(low),
        high=float(high),
        basis="estimated" if given is None else "given",
        by=by,
        reasons=reasons or (f"nothing raises it above its start of {estimator.start}",),
        facts=moved,
        estimate=float(estimate),
    )


def _as_claimed(facts: Facts, engine: Engine, completion: Completion, now: Outcome) -> float | None:
    """Believe the vendor, and say so only where that changes the headline."""
    if facts.claimed == facts.said:
        return None
    firm = completion.firm(facts.claimed)
    value = engine.value(completion.full(firm), firm)
    return float(value) if value != now.result.value else None


# Score an agent again as if some controls were in place and some tools gone or held.


class Rescored(NamedTuple):
    """What is left of a score."""

    states: dict[str, str]
    """Threat id -> state."""
    value: float
    """Headline."""
    severity: str
    threat: str
    amended: float | None
    """Its amended value, where it is below its own base."""
    gone: tuple[str, ...] = ()
    """Facts that were known to hold and hold no more, sorted."""
    factors: tuple[tuple[str, float, float], ...] = ()
    """Factor id, value before, value after, of those that moved."""


def rescore(scored: Scored, facts: Facts, controls: Iterable[str], left: "Said") -> Rescored:
    """Score `left`, what is said of the surface that is left, with these controls.

    The controls are believed whatever the description says of them.
    """
    knowledge, completion = scored.engine.knowledge, scored.completion
    bits, (true, false) = knowledge.mask(*controls), left.known
    firm = completion.firm((true | bits, false & ~bits))
    outcome = scored.engine.outcome(completion.full(firm), firm)
    result, silent = outcome.result, completion._replace(asked=left.asked)
    before, after = scored.outcome.levels, outcome.levels
    return Rescored(
        {threat: verdict.state for threat, verdict in outcome.verdicts.items()},
        float(result.value),
        result.severity,
        outcome.worst.threat if outcome.worst else "",
        None if result.amended is None else float(result.amended),
        literal_names(
            facts.full[0] & ~silent.full(silent.firm(left.known))[0], tuple(knowledge.bits)
        ),
        tuple(
            (estimator.factor.id, float(old), float(new))
            for estimator, old, new in zip(scored.engine.estimators, before, after, strict=True)
            if old != new
        ),
    )
