"""Calls that go beyond a limit: one more than a window allows, or a sum too large."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from threatmodel.policy.arranged import ToolGuards
from threatmodel.policy.guard import Guard
from threatmodel.policy.proof.calls import Call, Case, Fill
from threatmodel.policy.proof.values import placed
from threatmodel.policy.proof.ways import (
    Setting,
    arguments_of,
    changed,
    reachable,
    sized,
    ways_to_call,
)

_ENOUGH = 160


def over_limit(
    tool: ToolGuards, guard: Guard, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[Case]:
    """Yield the cases of a rate or of a spend cap."""
    limit = guard.limit
    if limit is None:
        return
    if guard.kind == "rate" and limit.sum_of:
        full = tuple(sized(way, limit.sum_of, 1) for way in ways)
        fill = Fill(guard.id, limit.max)
        yield Case(guard.id, "one item more than the window allows", "stop", full, fill)
        return
    if guard.kind == "spend":
        yield from _overspent(tool, guard, ways)
        return
    count = int(limit.max)
    shorter = _shorter(tool, guard)
    if count <= _ENOUGH:
        many = tuple(tuple(_repeated(way, count + 1, shorter)) for way in ways)
        yield Case(guard.id, "one call more than the window allows", "stop", many)
    else:
        fill = Fill(guard.id, limit.max)
        yield Case(guard.id, "one call more than the window allows", "stop", ways, fill)


def _shorter(tool: ToolGuards, guard: Guard) -> Guard | None:
    """Give the guard that would stop many calls before this one does."""
    limits = [g for g in tool.rates if g.limit and not g.limit.sum_of and g is not guard]
    if guard.limit is None:
        return None
    most = guard.limit.max
    return next((g for g in limits if g.limit and g.limit.max < most), None)


def _repeated(way: Sequence[Call], count: int, shorter: Guard | None) -> Iterator[Call]:
    """Repeat the last call, each time with another argument, so that no two are the same."""
    yield from way[:-1]
    for number in range(count):
        arguments = {**arguments_of(way), "aivss_number": str(number)}
        pause = shorter.limit.window if shorter and shorter.limit else None
        due = shorter and shorter.limit and number and number % int(shorter.limit.max) == 0
        yield replace(way[-1], arguments=arguments, after=pause if due else None)


def _overspent(
    tool: ToolGuards, guard: Guard, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[Case]:
    """Spend up to the limit in calls as large as one may be, and then once more."""
    limit = guard.limit
    if limit is None:
        return
    kind = guard.checks[0].type
    checks = [check for guard in tool.arguments for check in guard.checks]
    bounds = [c.value for c in checks if c.path == limit.sum_of and c.operator == "lte"]
    each = min([limit.max, *(float(b) for b in bounds if isinstance(b, int | float))])
    amount = {"integer": int(each), "string": format(each, "g")}.get(kind, each)
    spent = tuple(
        changed(way, placed(dict(arguments_of(way)), limit.sum_of, amount)) for way in ways
    )
    count = int(limit.max // each) + 1 if each else 1
    says = "more than the window allows in total"
    if count <= _ENOUGH:
        shorter = next((g for g in tool.rates if g.limit and not g.limit.sum_of), None)
        many = tuple(tuple(_repeated(way, count, shorter)) for way in spent)
        yield Case(guard.id, says, "stop", many)
    else:
        yield Case(guard.id, says, "stop", spent, Fill(guard.id, limit.max))
    minus = {"integer": -1, "string": "-1"}.get(kind, -1.0)
    owed = tuple(changed(way, placed(dict(arguments_of(way)), limit.sum_of, minus)) for way in ways)
    yield Case(guard.id, "a negative amount", "stop", owed)


def spread(setting: Setting, count: int) -> Iterator[Call]:
    """Spread calls over the tools, so that no tool's own limit is met first."""
    tools = [
        (tool, min((int(g.limit.max) for g in tool.rates if g.limit), default=count))
        for tool in setting.arranged.callable
        if reachable(setting, tool) and not tool.flows and not tool.spends
    ]
    made = 0
    for tool, most in sorted(tools, key=lambda pair: -pair[1]):
        way = ways_to_call(setting, tool)[-1]
        for call in list(_repeated(way, min(most, count - made), None)):
            made += 1
            yield call
