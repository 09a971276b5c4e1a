"""Argument checks for formats that can only demand: a list of conditions, all of which must hold.

Such a format has no `or`, so "absent or fine" cannot be said. The first optional argument of a
clause must then be given, its alternatives must be left out: stricter, and listed as weakened.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from threatmodel.classify.reading import ToolReading
from threatmodel.policy.arranged import ToolGuards
from threatmodel.policy.guard import ArgumentCheck, Guard
from threatmodel.policy.ledger import Ledger
from threatmodel.policy.patterns import pattern_of
from threatmodel.policy.scope import ITEMS, spelled

_COMPARED = {"eq", "neq", "in", "not_in", "lt", "lte", "gt", "gte", "exists", "contains"}


@dataclass(frozen=True, slots=True)
class Demand:
    """One condition on a call."""

    guard: Guard
    """Guard it comes from."""

    condition: dict[str, Any]
    """`path`, `op` and `value`."""


def required_keys(readings: Iterable[ToolReading]) -> dict[str, frozenset[str]]:
    """Give the outermost arguments that each tool requires."""
    return {r.name: frozenset(a.path[0] for a in r.arguments if a.required) for r in readings}


def demands(
    tool: ToolGuards, required: frozenset[str], ledger: Ledger
) -> tuple[Demand, ...] | Guard:
    """Give the conditions of a tool, or the guard for which it is refused altogether."""
    found: list[Demand] = []
    given = _given(tool)
    needed = required | {check.path[0] for check in given}
    structures = {check.path[0] for check in given if len(check.path) > 1}
    for guard in tool.arguments:
        for check in guard.checks:
            if check.operator == "max_items":
                ledger.drop(guard, "Arrays cannot be counted here; a call may carry any number.")
            elif check in given:
                found.append(_demand(guard, check, ledger))
            elif check.optional and (path := _left_out(check, needed, structures)):
                found.append(_absent(guard, path, ledger))
            else:
                name = spelled(check.path)
                ledger.weaken(guard, f"The tool is refused: `{name}` is out of reach here.")
                rest = (g for g in (*tool.bounds, tool.access) if g is not guard)
                ledger.subsume(rest, "The tool is refused altogether.")
                return guard
    return tuple(found)


def left_out(found: Sequence[Demand]) -> set[tuple[str, ...]]:
    """List the paths that must be left out."""
    absent = (d.condition["path"] for d in found if d.condition["op"] == "exists")
    return {tuple(path.removeprefix("args.").split(".")) for path in absent}


def is_left_out(path: tuple[str, ...], absent: set[tuple[str, ...]]) -> bool:
    """Tell whether an argument, or what holds it, must be left out."""
    return any(path[: len(one)] == one for one in absent)


def conditions_of(check: ArgumentCheck) -> Iterator[dict[str, Any]]:
    """Spell a check that can be spelled: as a comparison, or as a pattern."""
    path = "args." + ".".join(check.path)
    pattern = pattern_of(check)
    if pattern is not None:
        yield {"path": path, "op": "regex", "value": pattern}
    elif check.operator in _COMPARED:
        value = list(check.value) if isinstance(check.value, tuple) else check.value
        yield {"path": path, "op": check.operator, "value": value}


def grouped(found: Sequence[Demand]) -> list[tuple[Guard, list[dict[str, Any]]]]:
    """Gather the conditions of each guard, in order."""
    groups: dict[str, tuple[Guard, list[dict[str, Any]]]] = {}
    for demand in found:
        conditions = groups.setdefault(demand.guard.id, (demand.guard, []))[1]
        if demand.condition not in conditions:
            conditions.append(demand.condition)
    return list(groups.values())


def addressable(path: tuple[str, ...]) -> bool:
    """Tell whether a condition can name an argument: no dots in its keys, no arrays."""
    return all(step and "." not in step and step != ITEMS for step in path)


def _given(tool: ToolGuards) -> list[ArgumentCheck]:
    """List the checks whose argument must be given: required ones, else the first of a clause."""
    simple = [(g.clause, c) for g in tool.arguments for c in g.checks if _simple(c)]
    paths = {check.path for _, check in simple if not check.optional}
    clauses = {clause for clause, check in simple if check.path in paths}
    for clause, check in simple:
        if clause not in clauses:
            clauses.add(clause)
            paths.add(check.path)
    return [check for _, check in simple if check.path in paths]


def _left_out(
    check: ArgumentCheck, needed: frozenset[str], structures: set[str]
) -> tuple[str, ...] | None:
    """Give the path to leave out: the outermost, as what holds the argument may be of any type.

    Where the outermost must be there, the inner one, if another condition shows a structure.
    """
    outer = check.path[:1]
    if addressable(outer) and outer[0] not in needed:
        return outer
    return check.path if outer[0] in structures and addressable(check.path) else None


def _demand(guard: Guard, check: ArgumentCheck, ledger: Ledger) -> Demand:
    if check.optional:
        ledger.weaken(guard, f"`{spelled(check.path)}` must be given.")
    else:
        ledger.keep(guard)
    return Demand(guard, next(conditions_of(check)))


def _absent(guard: Guard, path: tuple[str, ...], ledger: Ledger) -> Demand:
    ledger.weaken(guard, f"`{spelled(path)}` must be left out.")
    condition = {"path": "args." + ".".join(path), "op": "exists", "value": False}
    return Demand(guard, condition)


def _simple(check: ArgumentCheck) -> bool:
    return check.operator != "max_items" and addressable(check.path)
