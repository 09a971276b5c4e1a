"""The cheapest conditions for a system: those of each member that scores above the line.

The headline is the highest score of a member in its place, and what is asked of one member changes
no other: the cheapest conditions of the members together are the cheapest of the whole. Checks at
flows come beside them; `aivss score` names the one that helps most.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from threatmodel.advise.step import Advice, Step
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment

Advise = Callable[[Assessment], Advice]
"""Gives the conditions of one member."""


def advise_system(whole: SystemAssessment, under: float, advise: Advise) -> Advice:
    """Put the conditions of the members together, the weakest member's first."""
    members = sorted(whole.members, key=lambda one: -one.score.value)
    found = [advise(one) for one in members]
    worst = max(found, key=lambda one: one.value)
    return Advice(
        agent=whole.agent.name,
        under=under,
        today=whole.score.value,
        severity=whole.score.severity,
        reached=all(one.reached for one in found),
        steps=tuple(_steps(found)),
        value=worst.value,
        effort=sum(one.effort for one in found),
        stays=worst.stays,
        format=worst.format,
        slowed=tuple(tool for one in found for tool in one.slowed),
        hidden=tuple(tool for one in found for tool in one.hidden),
        deployed=whole.agent,
    )


def _steps(found: list[Advice]) -> Iterator[Step]:
    """Yield the steps with the headline of the whole after each of them."""
    now = {one.agent: (one.today, one.severity) for one in found}
    for advice in found:
        for step in advice.steps:
            now[advice.agent] = step.value, step.severity
            value, severity = max(now.values(), key=lambda pair: pair[0])
            choice = replace(
                step.choice,
                id=f"{advice.agent}/{step.choice.id}",
                says=f"{advice.agent}: {step.choice.says}",
            )
            yield Step(choice, value, severity, step.closes)
