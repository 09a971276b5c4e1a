"""Wishes of a description that come to nothing: each is told, none is dropped in silence."""

import re
from collections.abc import Iterator, Sequence

from threatmodel.policy.arguments import typed
from threatmodel.policy.guard import Guard, Parameter, key_of
from threatmodel.policy.limits import bounded
from threatmodel.policy.scope import Scope
from threatmodel.threats.names import joined

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


def stray_wishes(scope: Scope, guards: Sequence[Guard]) -> Iterator[Parameter]:
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
