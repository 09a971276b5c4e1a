"""The tools of an agent as the planner sees them, whatever threats and wishes ask."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from threatmodel.classify.result import Argument, ToolReading
from threatmodel.classify.schema import all_named, nodes
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.system import System
from threatmodel.errors import SHORT, slug
from threatmodel.policy.guard import EVERY, ITEMS
from threatmodel.policy.rules import PolicyRules, access_rule, in_company
from threatmodel.policy.values import Ruled, ruled
from threatmodel.rules.recommended import AccessRule

Place = tuple[str, tuple[str, ...]]
"""A tool and the path of an argument."""

_ORDER = ("Read", "Write", "Execute", "Financial", "Destructive")


@dataclass(frozen=True, slots=True)
class Tools:
    """What the planner sees of the tools alone."""

    readings: tuple[ToolReading, ...]
    """Tools, each name once; of two with one name the more dangerous."""
    arguments: Mapping[str, tuple[Argument, ...]]
    """Tool name -> its arguments, those without a role included."""
    access: Mapping[str, AccessRule | None]
    """Tool name -> the rule that says what it gets for what it reaches; none for a brake."""
    ruled: Mapping[str, tuple[Ruled, ...]]
    """Tool name -> each argument with the rule that decides what it may hold."""
    defaults: Mapping[Place, object]
    """Tool and path of an argument -> what the schema says the server takes without it."""
    floors: Mapping[Place, object]
    """Tool and path of an argument -> the smallest number that its schema takes."""
    bounds: Mapping[Place, object]
    """Tool and path of an argument -> the largest number that its schema takes."""
    named: tuple[tuple[str, tuple[str, ...]], ...]
    """Tool -> its arguments, of tools whose schema names them all; sorted by tool."""
    sources: tuple[str, ...]
    """Tools that bring in text by outsiders, in tool order."""
    lowered: Mapping[str, int]
    """Name of a tool in lower case -> how many tools share it."""


def offered_at(agent: Agent) -> tuple[tuple[str, str], ...]:
    """Pair tools with the servers that offer them, where it is known; sorted.

    A member of a system that is a tool server offers its tools under its own name.
    """
    members = agent.agents if isinstance(agent, System) else (agent,)
    own = slug(agent.name, SHORT)
    found = {
        (tool.name, tool.server or _server_of(agent, one))
        for one in members
        for tool in one.known_tools
    }
    served = {name for name, server in found if server}
    return tuple(sorted((name, server or own) for name, server in found if name in served))


def _server_of(whole: Agent, member: Agent) -> str:
    return member.name if member is not whole and member.kind == "mcp-server" else ""


_LAST: list[tuple[tuple[object, ...], Tools]] = []
"""The tools that were looked at last, by what they were found from.

An agent with its conditions has the tools that it had without: two fifths of its second plan.
"""

_MOST_KEPT = 16
"""Agents whose tools are remembered: the members of a system are planned by turns."""


def tools_of(rules: PolicyRules, agent: Agent, readings: Sequence[ToolReading]) -> Tools:
    """Give what a scope holds of the tools; the schemas of known tools decide alone besides."""
    source = rules, agent.tools, tuple(readings)  # a list, which may change, is never the same
    for known, found in _LAST:
        if all(one is other for one, other in zip(known, source, strict=True)):
            return found
    looked = _looked_at(rules, agent, readings)
    _LAST[:] = [(source, looked), *_LAST[: _MOST_KEPT - 1]]
    return looked


def _looked_at(rules: PolicyRules, agent: Agent, readings: Iterable[ToolReading]) -> Tools:
    unique = tuple(_settled(rules, reading) for reading in _unique(readings))
    tools = {tool.name: tool for tool in agent.known_tools}
    arguments = {r.name: (*r.arguments, *_others(r, tools.get(r.name))) for r in unique}
    alone = {r.name: None if r.brake else access_rule(rules, r, arguments[r.name]) for r in unique}
    access = in_company(rules, unique, arguments, alone)
    shapes, outside = _shapes(tools, arguments), frozenset(rules.taint.sources)
    return Tools(
        unique,
        arguments,
        access,
        {r.name: ruled(rules, r, arguments[r.name], access[r.name]) for r in unique},
        _told(shapes, "default"),
        _told(shapes, "minimum"),
        _told(shapes, "maximum"),
        _named(unique, tools),
        tuple(r.name for r in unique if not outside.isdisjoint(r.flags)),
        Counter(r.name.lower() for r in unique),
    )


def _unique(readings: Iterable[ToolReading]) -> tuple[ToolReading, ...]:
    found: dict[str, ToolReading] = {}
    for reading in readings:
        if reading.name == EVERY:  # would read as all tools; unlisted, it is refused
            continue
        # A gateway sees a name: of two tools of one name the guard has to hold the worse.
        known = found.get(reading.name)
        if known is None or _rank(reading) > _rank(known):
            found[reading.name] = reading
    return tuple(found.values())


def _settled(rules: PolicyRules, reading: ToolReading) -> ToolReading:
    """Take the brake off what a rule says is none."""
    if reading.brake:
        row = access_rule(rules, reading, reading.arguments)
        return reading._replace(brake=row is None or not row.no_brake)
    return reading


def _rank(reading: ToolReading) -> tuple[bool, int]:
    return not reading.brake, _ORDER.index(reading.tool_class)


def _named(
    readings: Iterable[ToolReading], tools: Mapping[str, Tool]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give the arguments of each tool that the schema names all of."""
    known = sorted(r.name for r in readings if r.name in tools)
    found = ((name, all_named(tools[name].input_schema)) for name in known)
    return tuple((name, names) for name, names in found if names is not None)


def _shapes(
    tools: Mapping[str, Tool], arguments: Mapping[str, Iterable[Argument]]
) -> dict[Place, Mapping[str, object]]:
    """Find the part of the schema that each argument is of, where there is one."""
    found = (
        ((name, argument.path), _shape(tools[name].input_schema, argument.path))
        for name, some in arguments.items()
        if name in tools
        for argument in some
    )
    return {place: shape for place, shape in found if isinstance(shape, dict)}


def _shape(shape: object, path: tuple[str, ...]) -> object:
    for key in path:
        inner = (
            shape.get("items" if key == ITEMS else "properties")
            if isinstance(shape, dict)
            else None
        )
        shape = inner if key == ITEMS else inner.get(key) if isinstance(inner, dict) else None
    return shape


def _told(shapes: Mapping[Place, Mapping[str, object]], what: str) -> dict[Place, object]:
    """Gather what schemas say of arguments under one keyword, where they do."""
    found = ((place, shape.get(what)) for place, shape in shapes.items())
    return {place: told for place, told in found if told is not None}


def _others(reading: ToolReading, tool: Tool | None) -> Iterator[Argument]:
    """List arguments of the schema that the reading leaves out, without a role.

    What stands inside an object counts as well: many servers take all arguments in one.
    """
    schema = tool.input_schema if tool else None
    known = {argument.path for argument in reading.arguments}
    for node in nodes(schema) if isinstance(schema, dict) else ():
        outer = len(node.path) == 1 or node.path[1:] == (ITEMS,)
        if node.path not in known and (outer or (node.type != "object" and node.path[-1] != ITEMS)):
            kind = "any" if node.mixed else node.type
            yield Argument(node.path, "other", kind, node.required, node.is_array)
