"""What only a person can fill in, each with the safe default in force until then."""

from collections.abc import Iterable, Iterator, Sequence

from threatmodel.classify.result import Argument
from threatmodel.policy.arguments import passing, takes_values
from threatmodel.policy.guard import CALLABLE, Guard, Parameter, key_of
from threatmodel.policy.scope import Scope
from threatmodel.policy.strays import stray_wishes
from threatmodel.rules.recommended import ArgumentRule
from threatmodel.threats.names import joined


def open_parameters(scope: Scope, guards: Sequence[Guard]) -> tuple[Parameter, ...]:
    """List the parameters of a plan, sorted by name."""
    found = [*_approvers(guards), *_wishes(scope, guards), *stray_wishes(scope, guards)]
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
