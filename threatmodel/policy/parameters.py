"""What only a person can fill in, each with the safe default in force until then."""

import re
from collections.abc import Iterable, Iterator, Sequence

from threatmodel.classify.result import Argument
from threatmodel.policy.arguments import passing, takes_values, typed
from threatmodel.policy.guard import CALLABLE, Guard, Parameter, key_of
from threatmodel.policy.limits import bounded
from threatmodel.policy.scope import Scope
from threatmodel.rules.recommended import ArgumentRule
from threatmodel.threats.names import joined


def open_parameters(scope: Scope, guards: Sequence[Guard]) -> tuple[Parameter, ...]:
    """List the parameters of a plan, sorted by name."""
    found = [*_approvers(guards), *_wishes(scope, guards), *_strays(scope, guards)]
    return tuple(sorted(found, key=lambda parameter: (parameter.name, parameter.says)))


def _approvers(guards: Iterable[Guard]) -> Iterator[Parameter]:
    waiting = tuple(guard.id for guard in guards if guard.parameter == "approvers")
    if waiting:
        says = "Who says yes to calls that wait for a person; named in the proxy, not in this file."
        refused = "nobody: the calls stay refused"
        yield Parameter("approvers", says, refused, waiting, closed=True)


def _wishes(scope: Scope, guards: Sequence[Guard]) -> Iterator[Parameter]:
    """List what a person may widen: what passes until then, and the guards that hold to it."""
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    none_pass: set[str] = set()
    ruled = tuple(_ruled(scope, guards))
    unlike = _unlike(scope, ruled)
    for tool, argument, row, guard in ruled:
        key = key_of(argument.path)
        own = f"values.{tool}.{key}" if key in unlike else f"values.{key}"
        name = row.parameter or own
        if row.parameter and getattr(scope.wishes, row.parameter):
            continue
        if not row.parameter and not takes_values(argument):
            continue
        passes = passing(scope, row, guard.checks[0]) if guard else "any value"
        if guard and row.allow and all(map(_stands_in, row.allow)):
            none_pass.add(passes)
        found.setdefault((name, row.asks, passes), []).append((tool, guard.id if guard else ""))
    for (name, asks, passes), uses in found.items():
        tools = joined(dict.fromkeys(tool for tool, _ in uses))
        says = f"{asks}: `{name}` of the `policy:` section, for {tools}."
        made = tuple(dict.fromkeys(guard for _, guard in uses if guard))
        yield Parameter(f"policy.{name}", says, passes, made, closed=passes in none_pass)


def _unlike(
    scope: Scope, ruled: Iterable[tuple[str, Argument, ArgumentRule, Guard | None]]
) -> set[str]:
    """Name the arguments that hold unlike things in different tools."""
    passes: dict[str, set[str]] = {}
    for _, argument, row, guard in ruled:
        if guard and not row.parameter:
            passes.setdefault(key_of(argument.path), set()).add(
                passing(scope, row, guard.checks[0])
            )
    return {key for key, some in passes.items() if len(some) > 1}


def _ruled(
    scope: Scope, guards: Sequence[Guard]
) -> Iterator[tuple[str, Argument, ArgumentRule, Guard | None]]:
    """Give each argument of an open tool that a rule is about, with the guard made from it.

    Without a guard only what a person may name in a field of its own is asked for.
    """
    made = {(g.tool, g.rule, g.checks[0].path): g for g in guards if g.kind == "argument"}
    for tool in sorted({guard.tool for guard in guards if guard.kind in CALLABLE}):
        for argument, row in scope.ruled.get(tool, ()):
            guard = made.get((tool, row.id, argument.path)) if row else None
            if row and (guard or (row.parameter and not row.allow)):
                yield tool, argument, row, guard


def _stands_in(value: str) -> bool:
    """Tell whether a value stands for none at all: a name that leads nowhere, words in brackets."""
    return value.endswith("none.invalid") or value.startswith("(none")


# Wishes of a description that come to nothing: each is told, none is dropped in silence.

_LISTS = ("topics", "paths", "domains", "recipients", "statements")
"""Wishes that hold whichever arguments take such a thing."""

_SHAPES: dict[str, tuple[re.Pattern[str], str]] = {
    "domains": (
        re.compile(r"(\*\.)?[^\s/:*@]+"),
        "`{value}` is no host: name it alone, such as `example.com`, or as `*.example.com`.",
    ),
    "recipients": (
        re.compile(r"[^\s*<>]+"),
        "`{value}` is no address: name one alone, or `@example.com` for all of a domain.",
    ),
    "paths": (
        re.compile(r"(?:(?:^|/)(?:\*|[^*/]*))*"),
        "`{value}` is no folder: what lies below is meant as well, a `*` is one whole segment.",
    ),
}
"""Wish -> what a value of it looks like, and what to say of one that no call can meet."""


def _strays(scope: Scope, guards: Sequence[Guard]) -> Iterator[Parameter]:
    """List wishes that fit no tool or argument, that another one undoes, or that nothing meets."""
    yield from _stray_names(scope)
    yield from _stray_limits(scope)
    yield from _stray_lists(scope)
    yield from _stray_values(scope, guards)


def _stray_names(scope: Scope) -> Iterator[Parameter]:
    """Yield names of tools that are not there, and leave that something else takes back."""
    wishes, known = scope.wishes, {reading.name for reading in scope.readings}
    for wish in ("tools", "approve", "allow"):
        for name in getattr(wishes, wish):
            if name not in known:
                yield _stray(f"policy.{wish}", f"`{name}` is not a tool of this agent.")
    for name in (name for name in wishes.allow if name in known):
        if name in wishes.approve:
            says = f"`{name}` stands under `approve` as well, and waits."
            yield Parameter("policy.allow", says, _UNDONE, ())
        elif wishes.tools and name not in scope.needed:
            says = f"`{name}` is not among `tools`, and is hidden."
            yield Parameter("policy.allow", says, _UNDONE, ())


def _stray_limits(scope: Scope) -> Iterator[Parameter]:
    tools = {reading.name: reading for reading in scope.readings}
    for limit in scope.wishes.limits:
        reading = tools.get(limit.tool)
        if reading is None:
            yield _stray("policy.limits", f"`{limit.tool}` is not a tool of this agent.")
        elif limit.argument is not None and not any(bounded(scope, reading, limit)):
            says = f"`{limit.tool}` has no argument `{limit.argument}` that can be bounded."
            yield _stray("policy.limits", says)


def _stray_lists(scope: Scope) -> Iterator[Parameter]:
    """Yield lists that no argument is held to, and values of them that no call can meet."""
    taken = {row.parameter for some in scope.ruled.values() for _, row in some if row}
    for wish in _LISTS:
        values = getattr(scope.wishes, wish)
        if values and wish not in taken:
            yield _stray(f"policy.{wish}", "No tool has an argument that is held to it.")
            continue
        for shape, says in filter(None, [_SHAPES.get(wish)]):
            for value in values:
                if not shape.fullmatch(value):
                    yield Parameter(f"policy.{wish}", says.format(value=value), _NEVER, ())


def _stray_values(scope: Scope, guards: Sequence[Guard]) -> Iterator[Parameter]:
    free = {guard.tool for guard in guards if guard.kind == "allow"}
    for name, values in scope.wishes.values.items():
        takes = [
            (tool, argument)
            for tool, some in scope.arguments.items()
            for argument in some
            if name in (key := key_of(argument.path), f"{tool}.{key}")
        ]
        tools = list(dict.fromkeys(tool for tool, _ in takes))
        if not takes:
            yield _stray("policy.values", f"No tool has an argument `{name}`.")
        elif not any(typed(argument, values) for _, argument in takes):
            yield _stray("policy.values", f"No argument `{name}` takes any of these values.")
        elif free.isdisjoint(tools):
            says = f"Each call of {joined(tools)} is held or hidden, whatever `{name}` is."
            yield _stray("policy.values", says)


_UNDONE = "it changes nothing"
_NEVER = "no call passes by it"


def _stray(name: str, says: str) -> Parameter:
    return Parameter(name, says, "no guard is made from it", ())
