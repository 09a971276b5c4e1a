"""All agents of a site, unpacked once and grouped as its lists need them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from threatmodel.catalogue.entry import (
    CODE,
    Entry,
    LayerMark,
    ThreatMark,
    ToolMark,
    layers_of,
    mark_of,
    tools_of,
)

Touched = tuple[Entry, ThreatMark]
"""An agent and a threat that is live for it, or waits for an answer."""

Placed = tuple[Entry, ToolMark]
"""A tool and its agent."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What differs from the last build."""

    old: tuple[Entry, ...]
    """Agents that changed or are gone, as they were."""

    new: tuple[Entry, ...]
    """Agents that changed or are added, as they are."""


@dataclass(frozen=True, slots=True)
class World:
    """The agents of a site."""

    agents: tuple[Entry, ...]
    """Agents, the highest score first."""

    tools: dict[str, list[ToolMark]]
    """Id -> tools."""

    layers: dict[str, list[LayerMark]]
    """Id -> layers."""

    threats: dict[str, dict[str, list[Entry]]]
    """Threat id -> code of state, severity and score -> agents, by name."""

    delta: Delta | None
    """What changed since the last build; None where everything is written anew."""


def world_of(entries: Iterable[Entry], delta: Delta | None) -> World:
    """Unpack and group the agents of a site."""
    agents = tuple(sorted(entries, key=rank))
    threats: dict[str, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in sorted(agents, key=by_name):
        if entry.threats:
            for one in entry.threats.split(";"):
                threats[one[CODE:]][one[:CODE]].append(entry)
    return World(
        agents,
        {entry.id: tools_of(entry) for entry in agents},
        {entry.id: layers_of(entry) for entry in agents},
        threats,
        delta,
    )


def rank(entry: Entry) -> tuple[bool, float, str, str]:
    """Order agents by score, the highest first; those without data come last."""
    return (entry.score is None, -(entry.score or 0.0), *by_name(entry))


def by_name(entry: Entry) -> tuple[str, str]:
    """Order agents by name."""
    return entry.name.lower(), entry.id


def touched_by(world: World, threat: str) -> list[Touched]:
    """List the agents that a threat touches: open, severe and high first."""
    codes = world.threats.get(threat, {})
    found: list[Touched] = []
    for code in sorted(codes):
        mark = mark_of(code, threat)
        found += [(entry, mark) for entry in codes[code]]
    return found


def severities_of(world: World, threat: str) -> tuple[Counter[str], int]:
    """Count the agents in which a threat is live by severity, and those that must answer."""
    live: Counter[str] = Counter()
    waiting = 0
    for code, entries in world.threats.get(threat, {}).items():
        mark = mark_of(code, threat)
        if mark.state == "to answer":
            waiting += len(entries)
        else:
            live[mark.severity] += len(entries)
    return live, waiting


def all_tools(world: World) -> list[Placed]:
    """List every tool with its agent, by the name of the agent."""
    return [
        (entry, tool)
        for entry in sorted(world.agents, key=by_name)
        for tool in world.tools[entry.id]
    ]
