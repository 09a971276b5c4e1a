"""What an import found out, merged from all its sources."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from threatmodel.description.system import System
from threatmodel.importers.definitions import Definition
from threatmodel.importers.secrets import redacted
from threatmodel.importers.statements import (
    RECORD_LISTS,
    TEXT_LISTS,
    Found,
    Path,
    Statement,
    one_line_cut,
)
from threatmodel.reading.positions import Value

_SAFE_WHEN_TRUE: frozenset[Path] = frozenset({("supply", "pinned"), ("model", "version_pinned")})
_UNKNOWN_SECTIONS = (
    "model",
    "users",
    "autonomy",
    "identity",
    "data",
    "tools",
    "memory",
    "network",
    "observability",
    "business",
)
"""Sections written as `unknown` where no source says anything: what a person is to fill in."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One description, before it is written."""

    name: str
    """Name of the agent or server."""
    statements: tuple[Statement, ...]
    """Its values in the order of a description, no path twice."""
    tools: tuple[Definition, ...] | None
    """Definitions of its tools; None where no source lists them."""
    server: dict[str, Value]
    """What the server said about itself, kept beside the tools."""
    remarks: tuple[str, ...]
    """What a person should know, in a sentence each."""
    adds_only: bool = False
    """Whether no source stands for the whole: what they do not say is left as it is."""
    members: tuple["Imported", ...] = ()
    """Its agents, where it is a system."""
    is_member: bool = False
    """Whether it is a member: what it does not say, the system may say for it."""


def merge(founds: Sequence[Found]) -> Imported:
    """Merge what several sources say about one thing.

    Texts are taken from the first source that has them; of two answers to one question the one that
    means more risk stands, and its note names both places.
    """
    merged: dict[Path, Statement] = {}
    for statement in (statement for found in founds for statement in found.statements):
        before = merged.get(statement.path)
        merged[statement.path] = _worse(before, statement) if before else statement
    tools = _completed([found.tools for found in founds if found.tools])
    listed = any(found.tools is not None for found in founds)
    return Imported(
        founds[0].name,
        tuple(sorted(merged.values(), key=_rank)),
        tuple(tools) if listed else None,
        {key: value for found in reversed(founds) for key, value in found.server.items()},
        tuple(dict.fromkeys(remark for found in founds for remark in found.remarks)),
        all(found.adds_only for found in founds),
        _members(founds),
    )


def _members(founds: Sequence[Found]) -> tuple[Imported, ...]:
    """Merge what is said about each member of a system."""
    named: dict[str, list[Found]] = {}
    for one in _told_apart([one for found in founds for one in found.members]):
        named.setdefault(one.name, []).append(one)
    return tuple(replace(merge(parts), is_member=True) for parts in named.values())


def _told_apart(found: Sequence[Found]) -> Iterator[Found]:
    """Number members of one name that are not the same; what has no identity is the first's."""
    taken = {one.name for one in found}
    known: dict[tuple[str, str], str] = {}
    first: set[str] = set()
    for one in found:
        if one.identity and (one.name, one.identity) not in known:
            new = one.name if one.name not in first else _free_name(one.name, taken)
            first.add(one.name)
            taken.add(new)
            known[one.name, one.identity] = new
        yield _called(one, known.get((one.name, one.identity), one.name))


def _free_name(name: str, taken: Container[str]) -> str:
    """Number a name so that nothing else has it."""
    return next(one for n in count(2) if (one := f"{name} {n}") not in taken)


def _called(found: Found, name: str) -> Found:
    if name == found.name:
        return found
    statements = tuple(
        replace(one, value=name) if one.path == ("name",) else one for one in found.statements
    )
    remark = f"several agents are called {found.name}: {name} is the one at {found.identity}"
    return replace(found, name=name, statements=statements, remarks=(*found.remarks, remark))


def without_secrets(imported: Imported) -> Imported:
    """Take out whatever looks like a secret, wherever in a source it stood: the last line.

    Tool definitions are left alone: they are what the server tells everyone who asks.
    """
    statements = tuple(
        Statement(
            tuple(redacted(step) for step in one.path),
            _redacted(one.value),
            redacted(one.origin),
        )
        for one in imported.statements
    )
    remarks = tuple(redacted(remark) for remark in imported.remarks)
    members = tuple(without_secrets(one) for one in imported.members)
    name = redacted(imported.name)
    return replace(imported, name=name, statements=statements, remarks=remarks, members=members)


def _redacted(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _redacted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_redacted(inner) for inner in value]
    return redacted(value) if isinstance(value, str) else value


def structure(statements: Iterable[Statement]) -> dict[str, Value]:
    """Nest values the way a description does, without tools."""
    top: dict[str, Value] = {}
    for one in statements:
        _place(top, one)
    return top


def unknown_sections(imported: Imported) -> tuple[str, ...]:
    """Name the sections that no source says anything about.

    A member leaves all but its tools to the system, which has none of its own.
    """
    known = {one.path[0] for one in imported.statements}
    if imported.tools is not None or imported.members:
        known.add("tools")
    sections = ("tools",) if imported.is_member else _UNKNOWN_SECTIONS
    return tuple(section for section in sections if section not in known)


def _worse(first: Statement, second: Statement) -> Statement:
    """Pick the answer that means more risk; note the other one beside it. Lists are joined."""
    if isinstance(first.value, list) and isinstance(second.value, list):
        more = [one for one in second.value if one not in first.value]
        return replace(first, value=[*first.value, *more])
    if not isinstance(first.value, dict) or not isinstance(second.value, dict):
        return first
    if first.value["value"] == second.value["value"]:
        return first
    # Yes is the worse answer to nearly every question; controls and two others are the exceptions.
    risky = first.path not in _SAFE_WHEN_TRUE and first.path[0] != "controls"
    worse, other = (first, second) if first.value["value"] is risky else (second, first)
    both = f"{worse.value['note']}; but otherwise in {other.value['note']}"  # type: ignore[index,call-overload]
    return Statement(worse.path, {**worse.value, "note": one_line_cut(both, 2000)}, worse.origin)  # type: ignore[dict-item]


def _completed(lists: Sequence[Sequence[Definition]]) -> list[Definition]:
    """Join lists of tools; a later list fills in what an earlier one leaves out of a tool."""
    joined: list[Definition] = []
    for tools in lists:
        known: dict[Value, Definition] = {}
        for tool in joined:
            known.setdefault(tool["name"], tool)
        for tool in tools:
            if tool["name"] in known:
                earlier = known[tool["name"]]
                # The first source is the one the user named first, so that it holds; later ones
                # fill its gaps.
                earlier.update({k: v for k, v in tool.items() if k not in earlier})
            else:
                joined.append(dict(tool))
    return joined


def _rank(statement: Statement) -> int:
    """Order as in the schema; within a section as the sources have it."""
    return _ORDER.get(statement.path[0], len(_ORDER))


def _place(top: dict[str, Value], statement: Statement) -> None:
    path = statement.path
    for kept in RECORD_LISTS:
        if path[: len(kept)] == kept:
            _place_in_record(top, statement, kept)
            return
    for kept in TEXT_LISTS:
        if path[: len(kept)] == kept:
            _list_at(top, kept).append(statement.value)
            return
    _mapping_at(top, path[:-1])[path[-1]] = statement.value


def _place_in_record(top: dict[str, Value], statement: Statement, kept: Path) -> None:
    records = _list_at(top, kept)
    name, rest = statement.path[len(kept)], statement.path[len(kept) + 1 :]
    found = (one for one in records if isinstance(one, dict) and one["name"] == name)
    record = next(found, None)
    if record is None:
        record = {"name": name}
        records.append(record)
    _mapping_at(record, rest[:-1])[rest[-1]] = statement.value


def _list_at(top: dict[str, Value], path: Path) -> list[Value]:
    found = _mapping_at(top, path[:-1]).setdefault(path[-1], [])
    assert isinstance(found, list)  # noqa: S101 - paths of lists never name anything else
    return found


def _mapping_at(top: dict[str, Value], path: Path) -> dict[str, Value]:
    for key in path:
        inner = top.setdefault(key, {})
        assert isinstance(inner, dict)  # noqa: S101 - paths below a section never name a value
        top = inner
    return top


_ORDER = {name: index for index, name in enumerate(System.hints())}
