"""Tools that change what another tool creates inherit its guards."""

from collections.abc import Mapping
from dataclasses import replace

from threatmodel.classify.reading import ToolReading
from threatmodel.policy.guard import Guard
from threatmodel.policy.scope import Scope

_PASSED_ON = frozenset({"approval", "argument", "dry-run", "rate", "spend"})
_ACCESS = frozenset({"allow", "approval", "dry-run"})

Guards = Mapping[str, tuple[Guard, ...]]
"""Tool name -> its guards."""


def inherited(scope: Scope, guards: Guards) -> dict[str, tuple[Guard, ...]]:
    """Add to each changing tool the guards of the tools that create the same kind of object."""
    result = dict(guards)
    makers = _makers(scope)
    for reading in scope.readings:
        own = guards[reading.name]
        if reading.brake or not any(guard.kind in _ACCESS for guard in own):
            continue
        for creator in _creators(scope, reading, makers):
            for guard in guards[creator]:
                own = _with(scope, reading, own, guard)
        result[reading.name] = own
    return result


def _makers(scope: Scope) -> dict[str, list[str]]:
    """Tell which tools create which kind of object."""
    makers: dict[str, list[str]] = {}
    for reading in scope.readings:
        for effect in reading.effects:
            if effect.object and effect.verb in scope.rules.inherit_from:
                makers.setdefault(effect.object, []).append(reading.name)
    return makers


def _creators(
    scope: Scope, reading: ToolReading, makers: Mapping[str, list[str]]
) -> tuple[str, ...]:
    """List the tools that create what this one changes, each once."""
    verbs = scope.rules.inherit_to
    found = (makers.get(e.object, ()) for e in reading.effects if e.verb in verbs)
    names = dict.fromkeys(name for some in found for name in some)
    return tuple(name for name in names if name != reading.name)


def _with(
    scope: Scope, reading: ToolReading, own: tuple[Guard, ...], guard: Guard
) -> tuple[Guard, ...]:
    """Add a guard in the tool's own name, unless it has one like it or lacks the argument."""
    if guard.kind not in _PASSED_ON or guard.tool == reading.name:
        return own
    paths = {argument.path for argument in scope.arguments[reading.name]}
    paths |= {path[: path.index("[]")] for path in paths if "[]" in path}
    needed = {check.path for check in guard.checks}
    if guard.limit and guard.limit.sum_of:
        needed.add(guard.limit.sum_of)
    if not needed <= paths or any(_alike(one, guard) for one in own):
        return own
    if guard.kind in _ACCESS:
        if not any(one.kind == "allow" for one in own):
            return own
        own = tuple(one for one in own if one.kind != "allow")
    return (*own, _renamed(reading.name, guard))


def _alike(one: Guard, other: Guard) -> bool:
    """Tell whether a guard is already there, on the same arguments and window."""
    if one.kind == other.kind == "dry-run":
        return True
    return (one.kind, one.clause, _subject(one)) == (other.kind, other.clause, _subject(other))


def _subject(guard: Guard) -> tuple[object, ...]:
    checked = tuple((check.path, check.operator) for check in guard.checks)
    return (checked, (guard.limit.window, guard.limit.sum_of) if guard.limit else None)


def _renamed(tool: str, guard: Guard) -> Guard:
    """Give the guard to another tool; a counter stays shared, so that the cap is not doubled."""
    head, _, tail = guard.id.partition(f":{guard.tool}")
    says = f"{tool} changes what {guard.tool} creates, so the same holds: {guard.says}"
    return replace(guard, id=f"{head}:{tool}{tail}", tool=tool, says=says)
