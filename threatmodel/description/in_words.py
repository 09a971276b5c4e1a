"""What a description says, place by place and in words, so that two of them can be compared.

Facts, tools and flows are compared as what they are; this is everything else that somebody wrote:
who decided what, which model runs, what it is for, what a server tells the model, limits and lists.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from threatmodel.description.agent import Agent, Tool
from threatmodel.description.overrides import Decision, Statement
from threatmodel.description.part import Part
from threatmodel.description.system import System

IDENTITY = ("name", "kind", "form", "vendor", "version", "summary", "tags")
"""Fields that the JSON of a report keeps as well."""

_ELSEWHERE = frozenset(("imported", "tools", "members", "flows"))
_NAMES = ("finding", "tool", "name", "sender")
_WORDS = {True: "yes", False: "no"}


def said_of(agent: Agent) -> dict[str, str]:
    """Give each place of a description that says something, with what it says."""
    found = dict(_within("", agent))
    if isinstance(agent, System):
        for person in agent.people:
            found |= dict(_within(f"members.{person.name}", person))
        for member in agent.agents:
            # What the system says holds for each member, and is told once.
            own = {path: told for path, told in _within("", member) if found.get(path) != told}
            found |= {f"members.{member.name}.{path}": told for path, told in own.items()}
    return found


def said_in(agent: Mapping[str, Any]) -> dict[str, str]:
    """Give what the JSON of a report keeps of the same."""
    found = {name: _listed(agent.get(name)) for name in IDENTITY}
    return {name: told for name, told in found.items() if told}


def tool_parts(agent: Agent) -> list[tuple[str, dict[str, str]]]:
    """Give each tool's owner, and its parts with what tells them apart, in the order of readings.

    The owner is its server, in a system after the member; empty where none is named.
    """
    members = [(one.name, one) for one in agent.agents] if isinstance(agent, System) else []
    return [
        ("/".join(filter(None, (member, tool.server))), dict(_parts(tool)))
        for member, one in members or [("", agent)]
        for tool in one.known_tools
    ]


def _parts(tool: Tool) -> Iterator[tuple[str, str]]:
    """Yield the parts of a definition by the words in which a person speaks of them."""
    schema = dict(tool.input_schema or {})
    arguments = schema.pop("properties", None)
    fields: tuple[tuple[str, object], ...] = (
        ("title", tool.title),
        ("description", tool.description),
        ("rest of the schema", schema or None),
        ("result", tool.output_schema),
        ("labels", tool.annotations.as_dict() if tool.annotations else None),
        ("server", tool.server),
    )
    for name, part in fields:
        if part is not None:
            yield name, _canonical(part)
    for name, part in arguments.items() if isinstance(arguments, dict) else ():
        yield f"argument `{name}`", _canonical(part)


def _canonical(part: object) -> str:
    return json.dumps(part, sort_keys=True)


def _within(path: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield the places below one that say something."""
    if isinstance(value, Decision):
        yield path, _decided(value)
    elif isinstance(value, Statement):
        yield path, _stated(value)
    elif (below := _below(value)) is None:
        if told := _listed(value):
            yield path, told
    else:
        for name, one in below:
            yield from _within(f"{path}.{name}" if path else name, one)


def _below(value: object) -> Iterable[tuple[str, object]] | None:
    """Give what a value holds, by name; None where it is one answer or a list of words."""
    if isinstance(value, Part):
        left_out = _ELSEWHERE if isinstance(value, Agent) else ()
        fields = value.as_dict().items()
        return [(value.key_of(name), one) for name, one in fields if name not in left_out]
    if isinstance(value, Mapping):
        return [(str(key), one) for key, one in value.items()]
    if isinstance(value, tuple) and any(isinstance(one, Part) for one in value):
        return _named(value)
    return None


def _named(parts: tuple[object, ...]) -> Iterator[tuple[str, object]]:
    """Name each part of a list: one that moves in it has not changed."""
    seen: dict[str, int] = {}
    for number, one in enumerate(parts, start=1):
        given = (getattr(one, name, None) for name in _NAMES)
        name = str(next(filter(None, given), number))
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})", one


def _listed(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(filter(None, map(_listed, value)))
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return "" if value is None else str(value)


def _stated(one: Statement) -> str:
    more = [one.note, f"proof: {one.proof}" if one.proof else ""]
    by = f" ({one.by})" if one.by else ""
    return f"{_listed(one.value)}{by}{''.join(f'; {word}' for word in more if word)}"


def _decided(one: Decision) -> str:
    until = f" until {one.expires}" if one.expires else ""
    return f"{one.decision} by {one.owner}{until}: {one.reason}"
