"""Conditions as they bind an agent, or each member of a system, to be tried in any part."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from threatmodel.advise.choices import Advice, Choice, Step, deployment
from threatmodel.advise.trial import Trial, trial_of
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.description.agent import Agent
from threatmodel.description.system import System
from threatmodel.policy.guard import Plan
from threatmodel.score.formula import severity
from threatmodel.score.result import Question
from threatmodel.system.merge import merged_questions

ALONE = ""
"""Name under which an agent stands that is no member of a system."""


@dataclass(frozen=True, slots=True)
class BoundMember:
    """One agent with its conditions."""

    trial: Trial
    steps: tuple[str, ...]
    """Ids of its conditions, in their order."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An agent or a system with its conditions."""

    advice: Advice
    parts: dict[str, BoundMember]
    """Member -> its conditions, after the checks at the flows."""
    checks: tuple[Step, ...]
    """The checks at the flows of a system."""


@dataclass(frozen=True, slots=True)
class SharedStep:
    """A condition as it is asked for: once, whatever number of members it binds."""

    ids: tuple[str, ...]
    choice: Choice
    members: tuple[str, ...]
    """Members that it binds; empty for an agent alone and for a check at a flow."""
    value: float
    """Headline once it and all rows before it hold."""
    severity: str

    @property
    def effort(self) -> int:
        """Working days for all that it binds."""
        return self.choice.effort * max(len(self.members), 1)


def bind(assessment: Assessment, advice: Advice) -> Bound:
    """Hold conditions against what they were found for."""
    if not isinstance(assessment, SystemAssessment):
        steps = tuple(step.choice.id for step in advice.steps)
        return Bound(advice, {ALONE: BoundMember(trial_of(assessment, advice.format), steps)}, ())
    checks = tuple(step for step in advice.steps if step.choice.check)
    whole = _checked(assessment, advice) if checks else assessment
    parts = {
        one.agent.name: BoundMember(
            trial_of(one, advice.format), tuple(_own(advice.steps, one.agent.name))
        )
        for one in whole.members
    }
    return Bound(advice, parts, checks)


def _own(steps: Iterable[Step], member: str) -> Iterator[str]:
    own = f"{member}/"
    for step in steps:
        if step.choice.id.startswith(own):
            yield step.choice.id.removeprefix(own)


def _checked(whole: SystemAssessment, advice: Advice) -> SystemAssessment:
    """Assess the system with the checks at its flows alone."""
    flows = getattr(advice.deployed, "flows", whole.system.flows)
    if flows == whole.system.flows:
        return whole
    return whole.again(whole.system.changed({"flows": flows}))


def extended(bound: Bound, member: str, more: str) -> Bound:
    """Ask one agent, or one member, for one thing more, after all else.

    It must be something that is stated: it holds no tool and takes none away.
    """
    parts = dict(bound.parts)
    part = parts[member]
    parts[member] = replace(part, steps=(*part.steps, more))
    choice = part.trial.choices[more]
    deployed = _deployed(bound.advice.deployed, member, choice, part.trial.assessment.plan)
    if member != ALONE:
        choice = replace(choice, id=f"{member}/{more}", says=f"{member}: {choice.says}")
    held = {name: frozenset(one.steps) for name, one in parts.items()}
    ends = [one.trial.assessed(held[name]) for name, one in parts.items()]
    worst = max(ends, key=lambda end: end.value)
    value = worst.value
    step = Step(choice, value, severity(Decimal(str(value))), ())
    advice = replace(
        bound.advice,
        steps=(*bound.advice.steps, step),
        value=value,
        effort=bound.advice.effort + choice.effort,
        stays=worst.threat,
        deployed=deployed,
        asked=asked_of(parts, held),
        worst=max(one.trial.worst(held[name]) for name, one in parts.items()),
    )
    return replace(bound, advice=advice, parts=parts)


def _deployed(agent: Agent, member: str, choice: Choice, plan: Plan) -> Agent:
    """Let an agent, or a member of a system, promise one thing more."""
    if not isinstance(agent, System):
        return deployment(agent, [choice], plan)
    members = tuple(
        deployment(one, [choice], plan) if isinstance(one, Agent) and one.name == member else one
        for one in agent.members
    )
    return agent.changed({"members": members})


def asked_of(
    parts: dict[str, BoundMember], held: dict[str, frozenset[str]]
) -> tuple[Question, ...]:
    """Give the open answers that still move the headline under these conditions."""
    if ALONE in parts:
        return parts[ALONE].trial.asked(held[ALONE])
    trials = {name: (one.trial, held[name]) for name, one in parts.items()}
    placed = [
        (name, trial.value(some), trial.asked(some)) for name, (trial, some) in trials.items()
    ]
    return tuple(q for q in merged_questions(placed) if q.moves)


def parts_as_they_are(assessment: Assessment) -> dict[str, BoundMember]:
    """Give an agent, or each member of a system, without a condition."""
    if not isinstance(assessment, SystemAssessment):
        return {ALONE: BoundMember(trial_of(assessment, ""), ())}
    return {one.agent.name: BoundMember(trial_of(one, ""), ()) for one in assessment.members}


def value_if_bad(parts: Mapping[str, BoundMember], asked: Iterable[Question]) -> float:
    """Give the headline if the answers to these questions all came out badly at once."""
    bad = [(q.members, (q.fact, q.if_true > q.if_false)) for q in asked]
    return max(
        part.trial.value_if(
            frozenset(part.steps),
            [answer for members, answer in bad if not members or name in members],
        )
        for name, part in parts.items()
    )


def rows_of(bound: Bound) -> list[SharedStep]:
    """Give the conditions in their order; what is asked of several members stands once."""
    if ALONE in bound.parts:
        return [_single(step) for step in bound.advice.steps]
    asked: dict[tuple[str, str], list[tuple[str, Choice]]] = {}
    for member, part in _by_weakness(bound):
        for one in part.steps:
            choice = part.trial.choices[one]
            asked.setdefault((choice.says, choice.who), []).append((member, choice))
    return [*map(_single, bound.checks), *_valued(bound, list(asked.values()))]


def _single(step: Step) -> SharedStep:
    return SharedStep((step.choice.id,), step.choice, (), step.value, step.severity)


def _by_weakness(bound: Bound) -> list[tuple[str, BoundMember]]:
    def value(pair: tuple[str, BoundMember]) -> float:
        return -pair[1].trial.value(frozenset())

    return sorted(bound.parts.items(), key=value)


def _valued(bound: Bound, asked: list[list[tuple[str, Choice]]]) -> Iterator[SharedStep]:
    """Work out the headline of the whole after each row."""
    held = {member: frozenset[str]() for member in bound.parts}
    for group in asked:
        for member, choice in group:
            held[member] |= {choice.id}
        value = max(bound.parts[member].trial.value(some) for member, some in held.items())
        ids = tuple(f"{member}/{choice.id}" for member, choice in group)
        members = tuple(member for member, _ in group)
        yield SharedStep(ids, group[0][1], members, value, severity(Decimal(str(value))))
