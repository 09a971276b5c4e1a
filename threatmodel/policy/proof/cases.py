"""The calls that show a guard at work: one that must pass, and those that must not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from threatmodel.classify.reading import ToolReading
from threatmodel.policy.arranged import Arranged, ToolGuards, arrange
from threatmodel.policy.conditions import addressable
from threatmodel.policy.guard import ArgumentCheck, CompiledPolicy, Guard, Plan
from threatmodel.policy.proof.calls import Call, Case, Fill
from threatmodel.policy.proof.values import fitting, hostile, placed, plain, without

UNLISTED = "aivss-unlisted-tool"
"""A tool that no agent has."""

_STRANGER = "aivss-stranger"
_ENOUGH = 160


@dataclass(frozen=True, slots=True)
class Setting:
    """What cases are made from."""

    plan: Plan
    """The plan."""

    arranged: Arranged
    """The same, by tool."""

    readings: Mapping[str, ToolReading]
    """Tools by name."""

    outcomes: Mapping[str, str]
    """Guard id -> kept, weakened or rehearses; dropped ones are left out."""

    @property
    def subject(self) -> str:
        """Someone who may call."""
        guard = self.arranged.everywhere.get("subject")
        return guard.values[0] if guard and guard.values else ""


def setting_of(plan: Plan, compiled: CompiledPolicy, readings: Iterable[ToolReading]) -> Setting:
    """Gather what cases are made from."""
    outcomes = dict.fromkeys(compiled.kept, "kept")
    for loss in compiled.losses:
        if loss.outcome == "weakened":
            outcomes[loss.guard] = "rehearses" if loss.becomes == "dry-run" else "weakened"
    return Setting(plan, arrange(plan), {r.name: r for r in readings}, outcomes)


def cases_of(setting: Setting) -> Iterator[Case]:
    """Yield the cases of all guards that the format keeps or weakens."""
    for tool in setting.arranged.tools:
        yield from _of_access(setting, tool)
        if _reachable(setting, tool):
            for guard in tool.bounds:
                if guard.id in setting.outcomes:
                    yield from _of_bound(setting, tool, guard)
    yield from _over_all(setting)


def ways_to_call(setting: Setting, tool: ToolGuards) -> tuple[tuple[Call, ...], ...]:
    """Give calls that should pass: without optional arguments, with the first ones, with all."""
    reading = setting.readings.get(tool.name)
    base: dict[str, Any] = {}
    for argument in reading.arguments if reading else ():
        if argument.required:
            base = placed(base, argument.path, plain(argument.type, argument.enum))
    checks = [check for guard in _checked(tool) for check in guard.checks]
    needed = _with(base, [check for check in checks if not check.optional])
    first = _with(needed, _first_of_each(tool))
    simple = _with(needed, _first_of_each(tool, plain_only=True))
    every = _with(needed, [check for check in checks if check.optional])
    before = tuple(_before(setting, tool))
    variants = [needed, first, simple, every, *_by_clause(tool, needed)]
    distinct = [one for n, one in enumerate(variants) if one not in variants[:n]]
    return tuple((*before, _call(setting, tool, one)) for one in distinct)


def _call(setting: Setting, tool: ToolGuards, arguments: Mapping[str, Any]) -> Call:
    approved = tool.access.kind == "approval" and setting.outcomes.get(tool.access.id) == "kept"
    return Call(tool.name, arguments, subject=setting.subject, approved=approved)


def _checked(tool: ToolGuards) -> tuple[Guard, ...]:
    rehearsal = (tool.access,) if tool.access.kind == "dry-run" else ()
    return (*rehearsal, *tool.arguments)


def _with(base: Mapping[str, Any], checks: Sequence[ArgumentCheck]) -> dict[str, Any]:
    """Put fitting values in; sizes first, so that items keep their array."""
    arguments = dict(base)
    for check in sorted(checks, key=lambda check: check.operator != "max_items"):
        if check.operator == "max_items":
            size = len(check.path)
            inside = any(c.path[:size] == check.path for c in checks if c is not check)
            if inside or _present(arguments, check.path):
                continue
        arguments = placed(arguments, check.path, fitting(check))
    return arguments


def _present(arguments: Mapping[str, Any], path: Sequence[str]) -> bool:
    return path[0] in arguments


def _by_clause(tool: ToolGuards, needed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield arguments with all optional ones of a clause, where a clause has several."""
    clauses: dict[str, list[ArgumentCheck]] = {}
    for guard in tool.arguments:
        clauses.setdefault(guard.clause, []).extend(c for c in guard.checks if c.optional)
    for checks in clauses.values():
        if len({check.path for check in checks}) > 1:
            yield _with(needed, checks)


def _first_of_each(tool: ToolGuards, *, plain_only: bool = False) -> list[ArgumentCheck]:
    """Give the first optional check of each clause that has no required one.

    With `plain_only`, of those that stand in no array and under no key with a dot.
    """
    checks = [(guard.clause, check) for guard in tool.arguments for check in guard.checks]
    seen = {
        clause
        for clause, check in checks
        if not check.optional and (not plain_only or addressable(check.path))
    }
    found = []
    for guard in tool.arguments:
        for check in guard.checks:
            if not check.optional or guard.clause in seen or check.operator == "max_items":
                continue
            if not plain_only or addressable(check.path):
                seen.add(guard.clause)
                found.append(check)
    return found


def _before(setting: Setting, tool: ToolGuards) -> Iterator[Call]:
    """Yield what has to run first."""
    tools = {other.name: other for other in setting.arranged.callable}
    for guard in tool.flows:
        if guard.kind == "sequence" and guard.id in setting.outcomes:
            for name in guard.after:
                if name in tools and name != tool.name:
                    yield ways_to_call(setting, tools[name])[0][-1]


def _reachable(setting: Setting, tool: ToolGuards) -> bool:
    """Tell whether the format lets a tool be called at all."""
    outcome = setting.outcomes.get(tool.access.id)
    return tool.callable and outcome in ("kept", "rehearses")


def _of_access(setting: Setting, tool: ToolGuards) -> Iterator[Case]:
    guard = tool.access
    if guard.id not in setting.outcomes:
        return
    ways = ways_to_call(setting, tool)
    if _reachable(setting, tool):
        yield Case(guard.id, "a call as it should be", "pass", ways)
    if not tool.callable or guard.kind == "approval":
        late = tuple((*way[:-1], replace(way[-1], approved=False)) for way in ways)
        yield Case(guard.id, "a call without leave", "stop", late, named=True)
    elif _reachable(setting, tool):
        yield from _of_bound(setting, tool, guard) if guard.kind == "dry-run" else ()
    else:
        says = "a call of a tool that is refused or asked about"
        yield Case(guard.id, says, "stop", ways, named=True)


def _of_bound(setting: Setting, tool: ToolGuards, guard: Guard) -> Iterator[Case]:
    ways = ways_to_call(setting, tool)
    match guard.kind:
        case "argument" | "dry-run":
            for check in guard.checks:
                yield from _hostile(guard, check, ways)
        case "rate" | "spend":
            yield from _over_limit(tool, guard, ways)
        case "taint":
            yield from _tainted(setting, guard, ways)
        case _:
            direct = tuple((way[-1],) for way in ways)
            yield Case(guard.id, "a call without the step before it", "stop", direct)


def _hostile(
    guard: Guard, check: ArgumentCheck, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[Case]:
    if check.operator == "max_items":
        most = int(float(str(check.value)))
        over = tuple(_sized(way, check.path, most + 1) for way in ways)
        yield Case(guard.id, "an array over the cap", "stop", over)
    for says, value in hostile(check):
        for extra in ({}, {"aivss_extra": "plain"}):
            told = f"{says}, with an argument too many" if extra else says
            bad = tuple(_changed(way, placed(dict(_of(way)), check.path, value)) for way in ways)
            more = tuple(_changed(way, {**_of(way), **extra}) for way in bad)
            yield Case(guard.id, told, "stop", more)
    if not check.optional:
        left_out = tuple(_changed(way, without(dict(_of(way)), check.path)) for way in ways)
        yield Case(guard.id, "the argument is missing", "stop", left_out)
    if len(check.path) > 1:
        odd = tuple(_changed(way, {**_of(way), check.path[0]: "plain"}) for way in ways)
        yield Case(guard.id, "a text where a structure should be", "stop", odd)


def _sized(way: Sequence[Call], path: Sequence[str], size: int) -> tuple[Call, ...]:
    """Give the array at a path so many items, each like the first."""
    value: Any = _of(way)
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    item = value[0] if isinstance(value, list) and value else "plain"
    return _changed(way, placed(dict(_of(way)), path, [item] * size))


def _of(way: Sequence[Call]) -> Mapping[str, Any]:
    return way[-1].arguments


def _changed(way: Sequence[Call], arguments: Mapping[str, Any]) -> tuple[Call, ...]:
    return (*way[:-1], replace(way[-1], arguments=arguments))


def _over_limit(
    tool: ToolGuards, guard: Guard, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[Case]:
    limit = guard.limit
    if limit is None:
        return
    if guard.kind == "rate" and limit.sum_of:
        full = tuple(_sized(way, limit.sum_of, 1) for way in ways)
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
        arguments = {**_of(way), "aivss_number": str(number)}
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
    spent = tuple(_changed(way, placed(dict(_of(way)), limit.sum_of, amount)) for way in ways)
    count = int(limit.max // each) + 1 if each else 1
    says = "more than the window allows in total"
    if count <= _ENOUGH:
        shorter = next((g for g in tool.rates if g.limit and not g.limit.sum_of), None)
        many = tuple(tuple(_repeated(way, count, shorter)) for way in spent)
        yield Case(guard.id, says, "stop", many)
    else:
        yield Case(guard.id, says, "stop", spent, Fill(guard.id, limit.max))
    minus = {"integer": -1, "string": "-1"}.get(kind, -1.0)
    owed = tuple(_changed(way, placed(dict(_of(way)), limit.sum_of, minus)) for way in ways)
    yield Case(guard.id, "a negative amount", "stop", owed)


def _tainted(setting: Setting, guard: Guard, ways: tuple[tuple[Call, ...], ...]) -> Iterator[Case]:
    tools = {tool.name: tool for tool in setting.arranged.callable}
    for name in guard.after:
        if name in tools and _reachable(setting, tools[name]):
            firsts = ways_to_call(setting, tools[name])
            both = tuple((*first, *way) for first in firsts for way in ways)
            yield Case(guard.id, f"a call after {name}", "stop", both, armed=True)


def _over_all(setting: Setting) -> Iterator[Case]:
    over = {k: g for k, g in setting.arranged.everywhere.items() if g.id in setting.outcomes}
    if "default-deny" in over:
        unlisted = Call(UNLISTED, subject=setting.subject)
        yield Case(over["default-deny"].id, "a tool that is not listed", "stop", ((unlisted,),))
    open_tools = [tool for tool in setting.arranged.callable if _reachable(setting, tool)]
    if not open_tools:
        return
    tool = min(open_tools, key=lambda tool: (len(tool.bounds), tool.name))
    ways = ways_to_call(setting, tool)
    for kind, guard in over.items():
        yield from _over_one(setting, kind, guard, ways)


def _over_one(
    setting: Setting, kind: str, guard: Guard, ways: tuple[tuple[Call, ...], ...]
) -> Iterator[Case]:
    if kind == "subject":
        for says, who in (("a stranger", _STRANGER), ("nobody in particular", "")):
            other = tuple(tuple(replace(call, subject=who) for call in way) for way in ways)
            yield Case(guard.id, says, "stop", other)
    elif kind == "pin":
        new = tuple((*way[:-1], replace(way[-1], definition="0" * 64)) for way in ways)
        yield Case(guard.id, "a tool whose definition has changed", "stop", new)
    elif kind == "repeat" and guard.limit:
        again = int(guard.limit.max)
        same = tuple((*way, *([way[-1]] * again)) for way in ways)
        yield Case(guard.id, "the same call once too often", "stop", same)
    elif kind == "rate" and guard.limit:
        count = int(guard.limit.max) + 1
        calls = tuple(_spread(setting, count))
        says = "one call more than all tools may have"
        if len(calls) == count:
            yield Case(guard.id, says, "stop", (calls,))
        else:
            yield Case(guard.id, says, "stop", ways, Fill(guard.id, guard.limit.max))


def _spread(setting: Setting, count: int) -> Iterator[Call]:
    """Spread calls over the tools, so that no tool's own limit is met first."""
    tools = [
        (tool, min((int(g.limit.max) for g in tool.rates if g.limit), default=count))
        for tool in setting.arranged.callable
        if _reachable(setting, tool) and not tool.flows and not tool.spends
    ]
    made = 0
    for tool, most in sorted(tools, key=lambda pair: -pair[1]):
        way = ways_to_call(setting, tool)[-1]
        for call in list(_repeated(way, min(most, count - made), None)):
            made += 1
            yield call
