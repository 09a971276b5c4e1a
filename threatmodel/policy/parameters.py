"""What only a person can fill in, each with the safe default in force until then."""

from collections.abc import Iterable, Iterator, Sequence

from threatmodel.classify.reading import ToolReading
from threatmodel.policy.guard import Guard, Parameter
from threatmodel.policy.limits import bounded
from threatmodel.policy.making import listed
from threatmodel.policy.rules import WishRule
from threatmodel.policy.scope import Scope, key_of

_STAND_INS = frozenset({"rate", "approval", "taint", "dry-run"})
_CALLABLE = frozenset({"allow", "approval", "dry-run"})


def open_parameters(scope: Scope, guards: Sequence[Guard]) -> tuple[Parameter, ...]:
    """List the parameters of a plan, sorted by name."""
    found = [*_approvers(guards), *_wishes(scope, guards), *_strays(scope)]
    return tuple(sorted(found, key=lambda parameter: (parameter.name, parameter.says)))


def _approvers(guards: Iterable[Guard]) -> Iterator[Parameter]:
    waiting = tuple(guard.id for guard in guards if guard.parameter == "approvers")
    if waiting:
        says = "Who says yes to calls that wait for a person; named in the proxy, not in this file."
        yield Parameter("approvers", says, "nobody: the calls stay refused", waiting)


def _wishes(scope: Scope, guards: Sequence[Guard]) -> Iterator[Parameter]:
    """List the wishes that are silent although an open threat asks for them."""
    open_tools = {guard.tool for guard in guards if guard.kind in _CALLABLE}
    for row in scope.rules.wishes:
        if getattr(scope.wishes, row.wish):
            continue
        tools = [r for r in scope.readings if r.name in open_tools and _asked(scope, row, r)]
        if tools:
            names = [reading.name for reading in tools]
            stand_ins = tuple(g.id for g in guards if g.tool in names and g.kind in _STAND_INS)
            says = f"{row.asks}: `{row.wish}` of the `policy:` section, for {listed(names, 'and')}."
            default = "no list yet, so any value"
            default += ", under the guards named here" if stand_ins else ""
            yield Parameter(f"policy.{row.wish}", says, default, stand_ins)


def _asked(scope: Scope, row: WishRule, reading: ToolReading) -> bool:
    fits = any(found is row for _, found in scope.wished[reading.name])
    return fits and bool(scope.asked.threats((row.check.clause,), reading.name))


def _strays(scope: Scope) -> Iterator[Parameter]:
    """List wishes that name a tool or argument which this agent does not have."""
    tools = {reading.name: reading for reading in scope.readings}
    for name in scope.wishes.tools:
        if name not in tools:
            yield _stray("policy.tools", f"`{name}` is not a tool of this agent.")
    for limit in scope.wishes.limits:
        reading = tools.get(limit.tool)
        if reading is None:
            yield _stray("policy.limits", f"`{limit.tool}` is not a tool of this agent.")
        elif limit.argument is not None and not any(bounded(scope, reading, limit)):
            says = f"`{limit.tool}` has no argument `{limit.argument}` that can be bounded."
            yield _stray("policy.limits", says)
    keys = {key_of(a.path) for arguments in scope.arguments.values() for a in arguments}
    for name in scope.wishes.values:
        if name not in keys:
            yield _stray("policy.values", f"No tool has an argument `{name}`.")


def _stray(name: str, says: str) -> Parameter:
    return Parameter(name, says, "no guard is made from it", ())
