"""Argument checks for formats that can only demand: a list of conditions, all of which must hold.

Such a format has no `or`, so "absent or fine" cannot be said. The first optional argument of a
clause must then be given, its alternatives must be left out: stricter, and listed as weakened.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import floor
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats.coverage import ALTOGETHER, Arranged, Ledger, ToolGuards
from threatmodel.policy.formats.patterns import (
    one_name,
    own_host,
    public_url,
    read_statement,
    ref_other_than,
    word_other_than,
)
from threatmodel.policy.formats.text import (
    NUMBER,
    at_most,
    host_of,
    recipient,
    under,
    url_on,
)
from threatmodel.policy.guard import ITEMS, ArgumentCheck, Guard, RateLimit
from threatmodel.policy.rules import policy_rules
from threatmodel.policy.scope import path_text
from threatmodel.rules.load import load_knowledge
from threatmodel.rules.recommended import Carried, Shapes


@lru_cache(maxsize=4096)
def pattern_of(check: ArgumentCheck) -> str | None:
    """Give the anchored pattern of a check on text; None where it is not one on text."""
    values = [str(value) for value in check.values]
    if check.operator in _ON_TEXT:
        return _ON_TEXT[check.operator](values)
    if check.type == "string" and check.operator == "lte":
        return at_most(Decimal(values[0]))
    if check.type == "string" and check.operator == "gte":
        return NUMBER
    return None


def carried_kinds(check: ArgumentCheck) -> list[Carried]:
    """Give the kinds that a text must be free of."""
    known = _shapes().carried
    return [known[str(kind)] for kind in check.values]


def _shapes() -> Shapes:
    return policy_rules(load_knowledge()).shapes


_ON_TEXT: dict[str, Callable[[list[str]], str]] = {
    "under": under,
    "url_host": url_on,
    "host": host_of,
    "recipient": recipient,
    "statement": lambda kinds: read_statement(kinds, _shapes()),
    "public_url": lambda _: public_url(_shapes().inner_names),
    "not_named": word_other_than,
    "ref": ref_other_than,
    "name": lambda _: one_name(),
    "own_host": lambda _: own_host(_shapes().inner_names),
    "regex": lambda values: values[0],
}

_COMPARED = {"eq", "neq", "in", "not_in", "lt", "lte", "gt", "gte", "exists", "contains"}
_SPELLED = _COMPARED | _ON_TEXT.keys()


@dataclass(frozen=True, slots=True)
class Demand:
    """One condition on a call."""

    guard: Guard
    condition: dict[str, Any]
    """`path`, `op` and `value`."""


Path = tuple[str, ...]


def required_paths(readings: Iterable[ToolReading]) -> dict[str, tuple[Path, ...]]:
    """Give the arguments that each tool requires, those inside others as well, in order."""
    return {r.name: tuple(a.path for a in r.arguments if a.required) for r in readings}


def demands(
    tool: ToolGuards, required: Sequence[Path], ledger: Ledger
) -> tuple[Demand, ...] | Guard:
    """Give the conditions of a tool, or the guard for which it is refused altogether."""
    found: list[Demand] = []
    inner = {path[0]: path for path in reversed(required) if len(path) > 1 and addressable(path)}
    given = _given(tool, {path[0] for path in required} - inner.keys())
    needed = {path[0] for path in (*required, *(check.path for check in given))}
    structures = {check.path[0] for check in given if len(check.path) > 1}
    for guard in tool.arguments:
        for check in guard.checks:
            if check.operator == "max_items":
                ledger.drop(guard, "Arrays cannot be counted here; a call may carry any number.")
            elif check.gives_way and check.operator not in _SPELLED:
                ledger.drop(guard, "Text is not searched here; a call may carry any.")
            elif check.optional and check.gives_way:
                ledger.drop(guard, "An argument that calls may leave out is not bounded here.")
            elif check in given:
                found.append(_demand(guard, check, ledger))
            elif check.optional and (path := _left_out(check, needed, structures | inner.keys())):
                found += _absent(guard, path, ledger, inner if len(path) > 1 else {})
            else:
                name = path_text(check.path)
                ledger.weaken(guard, f"The tool is refused: `{name}` is out of reach here.")
                rest = (g for g in (*tool.bounds, tool.access) if g is not guard)
                ledger.subsume(rest, ALTOGETHER)
                return guard
    return tuple(found)


def _absent_paths(found: Sequence[Demand]) -> set[tuple[str, ...]]:
    """List the paths that must be left out."""
    asked = (d.condition for d in found if d.condition["op"] == "exists")
    absent = (condition["path"] for condition in asked if not condition["value"])
    return {tuple(path.removeprefix("args.").split(".")) for path in absent}


def _is_left_out(path: tuple[str, ...], absent: set[tuple[str, ...]]) -> bool:
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


def _conditions_by_guard(found: Sequence[Demand]) -> list[tuple[Guard, list[dict[str, Any]]]]:
    """Gather the conditions of each guard, in order."""
    groups: dict[str, tuple[Guard, list[dict[str, Any]]]] = {}
    for demand in found:
        conditions = groups.setdefault(demand.guard.id, (demand.guard, []))[1]
        if demand.condition not in conditions:
            conditions.append(demand.condition)
    return list(groups.values())


# What Intercept and its hosted twin say alike.


def opening(arranged: Arranged, ledger: Ledger) -> dict[str, Any]:
    """Begin a document: what holds where nothing else does, and what is hidden."""
    hidden, everywhere = arranged.of_kind("hide"), arranged.everywhere
    ledger.keep(*(tool.access for tool in hidden))
    ledger.keep(*(everywhere[kind] for kind in ("default-deny", "audit") if kind in everywhere))
    document: dict[str, Any] = {"version": "1", "default": arranged.default}
    return document | ({"hide": [tool.name for tool in hidden]} if hidden else {})


def refusing_guard(tool: ToolGuards, ledger: Ledger) -> Guard | None:
    """Give the guard by which every call of a tool is refused; there is no approval step."""
    if tool.access.kind == "deny":
        ledger.keep(tool.access)
        return tool.access
    if tool.access.kind == "approval":
        ledger.refuse(tool, "There is no approval step: the call is refused with that message.")
        return tool.access
    return None


def required(
    tool: ToolGuards, found: Sequence[Demand], ledger: Ledger
) -> Iterator[tuple[Guard, list[dict[str, Any]]]]:
    """Yield what a call must fulfil, by guard: that it is a rehearsal first, where it has to be."""
    if tool.access.kind == "dry-run":
        ledger.rehearse(tool.access)
        yield tool.access, list(conditions_of(tool.access.checks[0]))
    else:
        ledger.keep(tool.access)
    yield from _conditions_by_guard(found)


def summed(
    tool: ToolGuards, found: Sequence[Demand], ledger: Ledger
) -> Iterator[tuple[Guard, RateLimit]]:
    """Yield the guards that sum an argument which may be given at all."""
    absent = _absent_paths(found)
    for guard in tool.spends:
        if guard.limit and _is_left_out(guard.limit.sum_of, absent):
            ledger.weaken(guard, "The argument must be left out, so that nothing adds up.")
        elif guard.limit:
            yield guard, guard.limit


def addressable(path: tuple[str, ...]) -> bool:
    """Tell whether a condition can name an argument: no dots in its keys, no arrays."""
    return all(step and "." not in step and step != ITEMS for step in path)


def _given(tool: ToolGuards, required: set[str]) -> list[ArgumentCheck]:
    """List the checks whose argument must be given: required ones, else the first of a clause.

    What everyday calls leave out is not asked for, where it can be demanded to be left out.
    """
    simple = [(g.clause, c) for g in tool.arguments for c in g.checks if _simple(c)]
    paths = {check.path for _, check in simple if not check.optional}
    clauses = {clause for clause, check in simple if check.path in paths}
    for clause, check in simple:
        if clause not in clauses and not (check.absent and check.path[0] not in required):
            clauses.add(clause)
            paths.add(check.path)
    return [check for _, check in simple if check.path in paths]


def _left_out(
    check: ArgumentCheck, needed: set[str], structures: set[str]
) -> tuple[str, ...] | None:
    """Give the path to leave out: the outermost, as what holds the argument may be of any type.

    Where the outermost must be there, the inner one, if another condition shows a structure: a text
    in its place holds no argument, and all of them would count as left out.
    """
    outer = check.path[:1]
    if addressable(outer) and outer[0] not in needed:
        return outer
    return check.path if outer[0] in structures and addressable(check.path) else None


def _demand(guard: Guard, check: ArgumentCheck, ledger: Ledger) -> Demand:
    if check.optional:
        ledger.weaken(guard, f"`{path_text(check.path)}` must be given.")
    else:
        ledger.keep(guard)
    return Demand(guard, next(conditions_of(check)))


def _absent(
    guard: Guard, path: Path, ledger: Ledger, shown: Mapping[str, Path]
) -> Iterator[Demand]:
    """Demand that an argument be left out, and that what holds it be a structure."""
    ledger.weaken(guard, f"`{path_text(path)}` must be left out.")
    if path[0] in shown:
        yield Demand(guard, _exists(shown[path[0]], there=True))
    yield Demand(guard, _exists(path, there=False))


def _exists(path: Path, *, there: bool) -> dict[str, Any]:
    return {"path": "args." + ".".join(path), "op": "exists", "value": there}


def _simple(check: ArgumentCheck) -> bool:
    given_up = check.gives_way and check.optional
    return check.operator in _SPELLED and not given_up and addressable(check.path)


# Sums where a format cannot add: so few calls that the sum cannot be passed.


def calls_within(tool: ToolGuards, limit: RateLimit) -> int:
    """Give how many calls stay within a sum, by the bound that each call has; at least one."""
    bounds = [
        float(check.value)
        for guard in tool.arguments
        for check in guard.checks
        if check.operator == "lte"
        and check.path == limit.sum_of
        and isinstance(check.value, int | float)
    ]
    each = min([*bounds, limit.max])
    # Where a call may carry nothing, no number of calls adds up; one keeps the limit a limit.
    return max(1, floor(limit.max / each)) if each else 1
