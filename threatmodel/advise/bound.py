"""Conditions as they bind an agent, or each member of a system, to be tried in any part."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from threatmodel.advise.choices import Advice, Choice, Step
from threatmodel.advise.trial import Trial, trial_of
from threatmodel.assessment import Assessment, assess
from threatmodel.assessment.system import SystemAssessment
from threatmodel.score.formula import severity
from threatmodel.score.result import Question
from threatmodel.system.merge import merged_questions

ALONE = ""
"""Name under which an agent stands that is no member of a system."""


@dataclass(frozen=True, slots=True)
class Part:
    """One agent with its conditions."""

    trial: Trial
    steps: tuple[str, ...]
    """Ids of its conditions, in their order."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An agent or a system with its conditions."""

    advice: Advice
    parts: dict[str, Part]
    """Member -> its conditions, after the checks at the flows."""
    checks: tuple[Step, ...]
    """The checks at the flows of a system."""


@dataclass(frozen=True, slots=True)
class Row:
    """A condition as it is asked for: once, whatever number of members it binds."""

    ids: tuple[str, ...]
    """Ids of the steps that it stands for."""
    choice: Choice
    members: tuple[str, ...]
    """Members that it binds; empty for an agent alone and for a check at a flow."""
    value: float
    """Headline once it and all rows before it hold."""
    severity: str
    """Its band."""


def bind(assessment: Assessment, advice: Advice) -> Bound:
    """Hold conditions against what they were found for."""
    if not isinstance(assessment, SystemAssessment):
        steps = tuple(step.choice.id for step in advice.steps)
        return Bound(advice, {ALONE: Part(trial_of(assessment, advice.format), steps)}, ())
    checks = tuple(step for step in advice.steps if step.choice.check)
    whole = _checked(assessment, advice) if checks else assessment
    parts = {
        one.agent.name: Part(
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
    found = assess(
        whole.system.changed({"flows": flows}),
        profile=whole.score.profile,
        preset=whole.preset,
        trying=True,
    )
    return found if isinstance(found, SystemAssessment) else whole


def extended(bound: Bound, member: str, more: str) -> Bound:
    """Ask one agent, or one member, for one thing more, after all else; it holds and hides no tool.

    The agent to deploy is left as it is.
    """
    parts = dict(bound.parts)
    part = parts[member]
    parts[member] = replace(part, steps=(*part.steps, more))
    choice = part.trial.choices[more]
    if member != ALONE:
        choice = replace(choice, id=f"{member}/{more}", says=f"{member}: {choice.says}")
    held = {name: frozenset(one.steps) for name, one in parts.items()}
    value = max(one.trial.value(held[name]) for name, one in parts.items())
    step = Step(choice, value, severity(Decimal(str(value))), ())
    advice = replace(
        bound.advice,
        steps=(*bound.advice.steps, step),
        value=value,
        effort=bound.advice.effort + choice.effort,
        asked=_asked(parts, held),
        worst=max(one.trial.worst(held[name]) for name, one in parts.items()),
    )
    return replace(bound, advice=advice, parts=parts)


def _asked(parts: dict[str, Part], held: dict[str, frozenset[str]]) -> tuple[Question, ...]:
    """Give the open answers that still move the headline under these conditions."""
    if ALONE in parts:
        return parts[ALONE].trial.asked(held[ALONE])
    trials = {name: (one.trial, held[name]) for name, one in parts.items()}
    placed = [
        (name, trial.value(some), trial.asked(some)) for name, (trial, some) in trials.items()
    ]
    return tuple(q for q in merged_questions(placed) if q.moves)


def rows_of(bound: Bound) -> list[Row]:
    """Give the conditions in their order; what is asked of several members stands once."""
    if ALONE in bound.parts:
        return [_single(step) for step in bound.advice.steps]
    asked: dict[tuple[str, str], list[tuple[str, Choice]]] = {}
    for member, part in _by_weakness(bound):
        for one in part.steps:
            choice = part.trial.choices[one]
            asked.setdefault((choice.says, choice.who), []).append((member, choice))
    return [*map(_single, bound.checks), *_valued(bound, list(asked.values()))]


def _single(step: Step) -> Row:
    return Row((step.choice.id,), step.choice, (), step.value, step.severity)


def _by_weakness(bound: Bound) -> list[tuple[str, Part]]:
    def value(pair: tuple[str, Part]) -> float:
        return -pair[1].trial.value(frozenset())

    return sorted(bound.parts.items(), key=value)


def _valued(bound: Bound, asked: list[list[tuple[str, Choice]]]) -> Iterator[Row]:
    """Work out the headline of the whole after each row."""
    held = {member: frozenset[str]() for member in bound.parts}
    for group in asked:
        for member, choice in group:
            held[member] |= {choice.id}
        value = max(bound.parts[member].trial.value(some) for member, some in held.items())
        ids = tuple(f"{member}/{choice.id}" for member, choice in group)
        members = tuple(member for member, _ in group)
        yield Row(ids, group[0][1], members, value, severity(Decimal(str(value))))
