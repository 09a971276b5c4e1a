"""The calls that show a guard at work: one that must pass, and those that must not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from threatmodel.policy.formats.coverage import ToolGuards
from threatmodel.policy.guard import ArgumentCheck, Guard, RateLimit
from threatmodel.policy.proof.context import (
    Setting,
    arguments_of,
    changed,
    passing_calls,
    reachable,
    sized,
)
from threatmodel.policy.proof.hostile import hostile
from threatmodel.policy.proof.session import Call, Fill, ReplayCase, with_value, without_argument

# Calls that go beyond a limit: one more than a window allows, or a sum too large.

# Calls made one by one up to a limit of so many; beyond that a session is filled at once.
_ENOUGH = 160


def _over_limit(
    setting: Setting, tool: ToolGuards, guard: Guard, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[ReplayCase]:
    """Yield the cases of a rate or of a spend cap."""
    limit = guard.limit
    if limit is None:
        return
    if guard.kind == "rate" and limit.sum_of:
        full = tuple(sized(way, limit.sum_of, 1) for way in ways)
        fill = Fill(guard.id, limit.max)
        yield ReplayCase(guard.id, "one item more than the window allows", "stop", full, fill)
        return
    if guard.kind == "spend":
        yield from _overspent(setting, tool, guard, ways)
        return
    count = int(limit.max)
    shorter = _shorter(tool, guard)
    if count <= _ENOUGH and setting.can_repeat(tool.name):
        many = tuple(tuple(_repeated(setting, way, count + 1, shorter)) for way in ways)
        yield ReplayCase(guard.id, "one call more than the window allows", "stop", many)
    else:
        fill = Fill(guard.id, limit.max)
        yield ReplayCase(guard.id, "one call more than the window allows", "stop", ways, fill)


def _shorter(tool: ToolGuards, guard: Guard) -> Guard | None:
    """Give the guard that would stop many calls before this one does."""
    limits = [g for g in tool.rates if g.limit and not g.limit.sum_of and g is not guard]
    if guard.limit is None:
        return None
    most = guard.limit.max
    return next((g for g in limits if g.limit and g.limit.max < most), None)


def _repeated(
    setting: Setting, way: Sequence[Call], count: int, shorter: Guard | None
) -> Iterator[Call]:
    """Repeat the last call, with another argument each time where the policy lets one pass."""
    yield from way[:-1]
    for number in range(count):
        extra = {} if way[-1].tool in setting.held_to_names else {"aivss_number": str(number)}
        arguments = {**arguments_of(way), **extra}
        pause = shorter.limit.window if shorter and shorter.limit else None
        due = shorter and shorter.limit and number and number % int(shorter.limit.max) == 0
        yield replace(way[-1], arguments=arguments, after=pause if due else None)


def _overspent(
    setting: Setting, tool: ToolGuards, guard: Guard, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[ReplayCase]:
    """Spend up to the limit in calls as large as one may be, and then once more."""
    limit = guard.limit
    if limit is None:
        return
    kind = guard.checks[0].type
    checks = [check for guard in tool.arguments for check in guard.checks]
    bounds = [c.value for c in checks if c.path == limit.sum_of and c.operator == "lte"]
    each = min([limit.max, *(float(b) for b in bounds if isinstance(b, int | float))])
    if each:  # where a call may carry nothing, no calls add up to too much
        amount = {"integer": int(each), "string": format(each, "g")}.get(kind, each)
        spent = tuple(
            changed(way, with_value(dict(arguments_of(way)), limit.sum_of, amount)) for way in ways
        )
        yield _too_much(setting, tool, (guard, limit), spent, int(limit.max // each) + 1)
    minus = {"integer": -1, "string": "-1"}.get(kind, -1.0)
    owed = tuple(
        changed(way, with_value(dict(arguments_of(way)), limit.sum_of, minus)) for way in ways
    )
    yield ReplayCase(guard.id, "a negative amount", "stop", owed)


def _too_much(
    setting: Setting,
    tool: ToolGuards,
    of: tuple[Guard, RateLimit],
    spent: tuple[tuple[Call, ...], ...],
    count: int,
) -> ReplayCase:
    guard, limit = of
    says = "more than the window allows in total"
    if count <= _ENOUGH and setting.can_repeat(tool.name):
        shorter = next((g for g in tool.rates if g.limit and not g.limit.sum_of), None)
        many = tuple(tuple(_repeated(setting, way, count, shorter)) for way in spent)
        return ReplayCase(guard.id, says, "stop", many)
    return ReplayCase(guard.id, says, "stop", spent, Fill(guard.id, limit.max))


def spread(setting: Setting, count: int) -> Iterator[Call]:
    """Spread calls over the tools, so that no tool's own limit is met first."""
    tools = [
        (tool, min((int(g.limit.max) for g in tool.rates if g.limit), default=count))
        for tool in setting.arranged.callable
        if reachable(setting, tool) and not tool.flows and not tool.spends
        if setting.can_repeat(tool.name)
    ]
    made = 0
    for tool, most in sorted(tools, key=lambda pair: -pair[1]):
        way = passing_calls(setting, tool)[-1]
        for call in list(_repeated(setting, way, min(most, count - made), None)):
            made += 1
            yield call


UNLISTED_TOOL = "aivss-unlisted-tool"
"""A tool that no agent has."""

_STRANGER = "aivss-stranger"


def cases_of(setting: Setting) -> Iterator[ReplayCase]:
    """Yield the cases of all guards that the format keeps or weakens."""
    for tool in setting.arranged.tools:
        yield from _of_access(setting, tool)
        if reachable(setting, tool):
            for guard in tool.bounds:
                if guard.id in setting.outcomes:
                    yield from _of_bound(setting, tool, guard)
    yield from _over_all(setting)


def _of_access(setting: Setting, tool: ToolGuards) -> Iterator[ReplayCase]:
    guard = tool.access
    if guard.id not in setting.outcomes:
        return
    ways = passing_calls(setting, tool)
    if reachable(setting, tool):
        yield ReplayCase(guard.id, "a call as it should be", "pass", ways)
    if not tool.callable or guard.kind == "approval":
        late = tuple((*way[:-1], replace(way[-1], approved=False)) for way in ways)
        yield ReplayCase(guard.id, "a call without leave", "stop", late, named=True)
    elif reachable(setting, tool):
        yield from _of_bound(setting, tool, guard) if guard.kind == "dry-run" else ()
    else:
        says = "a call of a tool that is refused or asked about"
        yield ReplayCase(guard.id, says, "stop", ways, named=True)


def _of_bound(setting: Setting, tool: ToolGuards, guard: Guard) -> Iterator[ReplayCase]:
    ways = passing_calls(setting, tool)
    match guard.kind:
        case "argument" | "dry-run":
            if guard.otherwise == "approval":  # what it holds is what nobody has said yes to
                ways = tuple((*way[:-1], replace(way[-1], approved=False)) for way in ways)
            for check in guard.checks:
                yield from _hostile(guard, check, ways)
        case "rate" | "spend":
            yield from _over_limit(setting, tool, guard, ways)
        case "taint":
            yield from _tainted(setting, guard, ways)
        case _:
            direct = tuple((way[-1],) for way in ways)
            yield ReplayCase(guard.id, "a call without the step before it", "stop", direct)


def _hostile(
    guard: Guard, check: ArgumentCheck, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[ReplayCase]:
    if check.operator == "max_items":
        most = int(float(str(check.value)))
        over = tuple(sized(way, check.path, most + 1) for way in ways)
        yield ReplayCase(guard.id, "an array over the cap", "stop", over)
    for says, value in hostile(check):
        for extra in ({}, {"aivss_extra": "plain"}):
            told = f"{says}, with an argument too many" if extra else says
            bad = tuple(
                changed(way, with_value(dict(arguments_of(way)), check.path, value)) for way in ways
            )
            more = tuple(changed(way, {**arguments_of(way), **extra}) for way in bad)
            yield ReplayCase(guard.id, told, "stop", more)
    if not check.optional:
        left_out = tuple(
            changed(way, without_argument(dict(arguments_of(way)), check.path)) for way in ways
        )
        yield ReplayCase(guard.id, "the argument is missing", "stop", left_out)
    if len(check.path) > 1:
        odd = tuple(changed(way, {**arguments_of(way), check.path[0]: "plain"}) for way in ways)
        yield ReplayCase(guard.id, "a text where a structure should be", "stop", odd)


def _tainted(
    setting: Setting, guard: Guard, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[ReplayCase]:
    tools = {tool.name: tool for tool in setting.arranged.callable}
    for name in guard.after:
        if name in tools and reachable(setting, tools[name]):
            firsts = passing_calls(setting, tools[name])
            both = tuple((*first, *way) for first in firsts for way in ways)
            yield ReplayCase(guard.id, f"a call after {name}", "stop", both, armed=True)


def _over_all(setting: Setting) -> Iterator[ReplayCase]:
    over = {k: g for k, g in setting.arranged.everywhere.items() if g.id in setting.outcomes}
    if "default-deny" in over:
        unlisted = Call(UNLISTED_TOOL, subject=setting.subject)
        yield ReplayCase(
            over["default-deny"].id, "a tool that is not listed", "stop", ((unlisted,),)
        )
    open_tools = [tool for tool in setting.arranged.callable if reachable(setting, tool)]
    if not open_tools:
        return
    for tool in open_tools:
        ways = passing_calls(setting, tool)
        for kind, guard in over.items():
            yield from _of_caller(tool, kind, guard, ways)
        yield from _of_names(setting, tool, ways)
    tool = min(open_tools, key=lambda tool: (len(tool.bounds), tool.name))
    if "rate" in over:
        yield from _of_all_calls(setting, over["rate"], passing_calls(setting, tool))


def _of_caller(
    tool: ToolGuards, kind: str, guard: Guard, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[ReplayCase]:
    """Ask one tool about the checks that every tool carries."""
    if kind == "subject":
        for says, who in (("a stranger", _STRANGER), ("nobody in particular", "")):
            other = tuple(tuple(replace(call, subject=who) for call in way) for way in ways)
            yield ReplayCase(guard.id, says, "stop", other)
    elif kind == "pin":
        new = tuple((*way[:-1], replace(way[-1], definition="0" * 64)) for way in ways)
        yield ReplayCase(guard.id, "a tool whose definition has changed", "stop", new)
    elif kind == "repeat" and guard.limit:
        again = int(guard.limit.max)
        if any(g.limit and g.limit.max < again for g in tool.rates):
            return  # its own limit is met first
        same = tuple((*way, *([way[-1]] * again)) for way in ways)
        yield ReplayCase(guard.id, "the same call once too often", "stop", same, armed=True)


def _of_names(
    setting: Setting, tool: ToolGuards, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[ReplayCase]:
    """Ask a tool about an argument that its schema does not name."""
    if tool.name in setting.held_to_names:
        more = tuple(changed(way, {**arguments_of(way), "aivss_extra": "plain"}) for way in ways)
        guard = setting.arranged.everywhere["schema"]
        yield ReplayCase(guard.id, "an argument that the schema does not name", "stop", more)


def _of_all_calls(
    setting: Setting, guard: Guard, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[ReplayCase]:
    """Make one call more than all tools may have together."""
    if guard.limit is None:
        return
    count = int(guard.limit.max) + 1
    calls = tuple(spread(setting, count))
    says = "one call more than all tools may have"
    if len(calls) == count:
        yield ReplayCase(guard.id, says, "stop", (calls,))
    else:
        yield ReplayCase(guard.id, says, "stop", ways, Fill(guard.id, guard.limit.max))
