"""The plan: every guard for one agent, each with the threats it answers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from threatmodel.classify.reading import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.knowledge.load import Knowledge
from threatmodel.policy.access import access_guards, class_access
from threatmodel.policy.derived import derived_guards
from threatmodel.policy.guard import EVERY, Guard, Plan
from threatmodel.policy.making import make
from threatmodel.policy.parameters import open_parameters
from threatmodel.policy.scope import Scope, scope_of
from threatmodel.slug import SHORT, slug
from threatmodel.threats.finding import ThreatModel

Preset = Literal["published", "derived"]
"""`published` is the class defaults exactly; `derived` adds what threats and wishes ask for."""


def plan_policy(
    agent: Agent,
    readings: Sequence[ToolReading],
    model: ThreatModel,
    knowledge: Knowledge,
    preset: Preset = "derived",
) -> Plan:
    """Plan what a proxy must enforce for one agent."""
    scope = scope_of(agent, readings, model, knowledge)
    derived = preset == "derived"
    guards = _sorted(derived_guards(scope) if derived else _published(scope))
    return Plan(
        preset=preset,
        guards=guards,
        parameters=open_parameters(scope, guards) if derived else (),
        name=slug(agent.name, SHORT),
        servers=tuple(sorted((t.name, t.server) for t in agent.known_tools if t.server)),
    )


def only(plan: Plan, tool: str) -> Plan:
    """Keep the guards of one tool, and that all others are refused."""
    kept = tuple(g for g in plan.guards if g.tool == tool or g.kind == "default-deny")
    ids = {guard.id for guard in kept}
    parameters = tuple(p for p in plan.parameters if ids & set(p.guards))
    return replace(plan, guards=kept, parameters=parameters)


def without(plan: Plan, guard: str) -> Plan:
    """Leave one guard out, by id."""
    return replace(plan, guards=tuple(g for g in plan.guards if g.id != guard))


def _published(scope: Scope) -> Iterator[Guard]:
    yield make(scope, "default-deny", None)
    for reading in scope.readings:
        yield from access_guards(scope, reading, class_access(scope, reading))


def _sorted(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    return tuple(sorted(guards, key=lambda g: (g.tool != EVERY, g.tool, g.kind, g.id)))
