"""The cheapest conditions under which a score comes below a line.

A score is the highest over its threats, so conditions are only worth something together: each
threat above the line must lose its ground. What is promised is assessed by the ordinary way, as
the file that it writes is.
"""

from collections.abc import Iterator
from functools import partial

from threatmodel.advise.choices import POLICY, Advice, Choice, Held, Step
from threatmodel.advise.trial import Trial, trial_of
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.score.result import Question
from threatmodel.system.merge import merged_questions

__all__ = ["Advice", "Step", "advise", "open_answers", "told"]


def advise(assessment: Assessment, under: float, kind: str = "") -> Advice:
    """Find the cheapest conditions under which the headline is below `under`.

    Args:
        assessment: The agent as it is.
        under: The line; a headline equal to it does not pass.
        kind: Policy format whose losses count; empty where the whole plan is enforced.
    """
    if isinstance(assessment, SystemAssessment):
        from threatmodel.advise.system import advise_system  # noqa: PLC0415 - most are alone

        return advise_system(assessment, under, partial(advise, under=under, kind=kind))
    trial = trial_of(assessment, kind)
    choices = trial.choices
    within = _below(under)
    chosen = trial.cheapest(within) if assessment.score.value > within else frozenset[str]()
    reached = chosen is not None
    if chosen is None:
        # Nothing reaches the line: the cheapest that comes as low as anything does is still worth
        # telling.
        every = frozenset(choices)
        lowest = max(trial.value(every), trial.assessed(every).value)
        chosen = trial.cheapest(max(lowest, within)) or every
    return told(trial, chosen, under, reached=reached)


def open_answers(assessment: Assessment) -> tuple[Question, ...]:
    """Give every open question that moves the headline of an agent or of a system as it is."""
    if isinstance(assessment, SystemAssessment):
        placed = [
            (one.agent.name, one.score.value, open_answers(one)) for one in assessment.members
        ]
        return tuple(q for q in merged_questions(placed) if q.moves)
    return trial_of(assessment, "").asked(frozenset())


def _below(under: float) -> float:
    """Give the highest score with one decimal that is below the line."""
    # Scores have one decimal; 7.0 as a float times ten may be a little less than 70.
    tenths = round(under * 10)
    return (tenths - 1 if abs(tenths - under * 10) < 1e-9 else int(under * 10)) / 10  # noqa: PLR2004


def told(trial: Trial, chosen: frozenset[str], under: float, *, reached: bool) -> Advice:
    """Tell of conditions what each of them does, in the order in which they are best met."""
    one = trial.assessment
    steps = tuple(_steps(trial, chosen))
    end = trial.assessed(chosen)
    return Advice(
        agent=one.agent.name,
        under=under,
        today=one.score.value,
        severity=one.score.severity,
        reached=reached,
        steps=steps,
        value=end.value,
        effort=sum(step.choice.effort for step in steps),
        stays=end.threat,
        format=trial.kind,
        held=(_held(end.assessment),) if POLICY in chosen else (),
        deployed=end.assessment.agent,
        asked=trial.asked(chosen) if reached else (),
        worst=trial.worst(chosen) if reached else end.value,
    )


def _held(end: Assessment) -> Held:
    kinds = [(guard.kind, guard.tool) for guard in end.plan.guards]
    return Held(
        end.agent.name,
        tuple(tool for kind, tool in kinds if kind in ("approval", "dry-run")),
        tuple(tool for kind, tool in kinds if kind in ("hide", "deny")),
    )


def _steps(trial: Trial, chosen: frozenset[str]) -> Iterator[Step]:
    held = frozenset[str]()
    before = trial.outcome(held)
    for choice in _ordered(trial, chosen):
        held |= {choice.id}
        after = trial.outcome(held)
        closes = tuple(sorted(before.rated.keys() - after.rated.keys()))
        yield Step(choice, float(after.result.value), after.result.severity, closes)
        before = after


def _ordered(trial: Trial, chosen: frozenset[str]) -> Iterator[Choice]:
    """Take the policy first, then always what lowers the score with none of it idle."""
    left, held = set(chosen), frozenset[str]()
    while left:
        group = (POLICY,) if POLICY in left else _next(trial, left, held)
        left.difference_update(group)
        held = held.union(group)
        yield from (trial.choices[one] for one in group)


def _next(trial: Trial, left: set[str], held: frozenset[str]) -> tuple[str, ...]:
    """Choose what lowers most alone, else some that lower together, each of them needed for it."""
    now, efforts = trial.value(held), {one: trial.choices[one].effort for one in left}
    first = min(left, key=lambda one: (trial.value(held | {one}), efforts[one], one))
    if trial.value(held | {first}) < now or trial.value(held.union(left)) >= now:
        return (first,)
    by_effort = sorted(left, key=lambda one: (efforts[one], one))
    ways = (_needed(trial, by_effort, held), _needed(trial, by_effort[::-1], held))
    fewest = min(ways, key=lambda way: len(way))  # noqa: PLW0108 (len alone is no key to mypy)
    return tuple(sorted(fewest, key=by_effort.index))


def _needed(trial: Trial, group: list[str], held: frozenset[str]) -> list[str]:
    """Leave out, from the last on, what is not needed to lower the score."""
    now = trial.value(held)
    for one in reversed(group):
        fewer = [other for other in group if other != one]
        if trial.value(held.union(fewer)) < now:
            group = fewer
    return group
