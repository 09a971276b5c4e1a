"""Whether a tool may be called at all, and how often."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from threatmodel.classify.result import ToolReading
from threatmodel.policy.guard import CALLABLE, ITEMS, ArgumentCheck, Guard, RateLimit
from threatmodel.policy.rules import (
    fits,
    named_after_harm,
    picks,
    rows_that_open,
)
from threatmodel.policy.scope import Scope, make, number, path_text, with_reason
from threatmodel.rules.guards import Access
from threatmodel.rules.recommended import AccessRule
from threatmodel.threats.names import joined

Bounds = Mapping[str, Sequence[Guard]]
"""Rules of arguments that guard a tool, with their guards."""

_ASKED = "the description asks for a person"
_HANDED = "strangers' text is handed to it, and no gateway sees when"


def class_access(scope: Scope, reading: ToolReading) -> Access:
    """Give what its class gets: the published table."""
    return scope.rules.classes[reading.tool_class]


def recommended_access(scope: Scope, reading: ToolReading, within: Bounds) -> Access:
    """Give what its effect gets, but for brakes, needed tools and tools that the purpose lacks.

    `within` are the argument rules that guard it: where one of them lifts the rule, it is open.
    """
    rules, name = scope.rules, reading.name
    if reading.brake:
        return rules.derived.brake
    # A purpose that lists its tools means these: what is hidden cannot be talked into use.
    if scope.wishes.tools and name not in scope.needed:
        return Access("hide", None, "")
    # None per day is a prohibition, however it was put.
    if any(limit.argument is None and limit.max < 1 for limit in scope.limits(name)):
        return Access("deny", None, "")
    if name in scope.let_through:
        return Access("allow", rules.classes[reading.tool_class].rate or rules.derived.brake.rate)
    access = _by_effect(scope, reading, within)
    if access.access not in CALLABLE and name in scope.needed:
        return replace(rules.derived.needed, because=access.because, rule=access.rule)
    waits = _waits(scope, reading, access, within) if access.access == "allow" else ""
    return replace(access, access="approval", because=waits, rule="") if waits else access


def _waits(scope: Scope, reading: ToolReading, access: Access, within: Bounds) -> str:
    """Say why a tool that may run by itself waits for a person here all the same, if it does.

    What a rule lets through by name, or within its arguments, is a sink or goes on.
    """
    free = access.rule or any(rule in within for rule in scope.rules.taint.handed.lifted_by)
    if scope.handed and (_is_sink(scope, reading) or (_binds(scope, reading) and not free)):
        return _HANDED
    return _ASKED if reading.name in scope.wishes.approve else ""


def strict_access(scope: Scope, reading: ToolReading, within: Bounds) -> Access:
    """Give reads, brakes and needed tools what they are recommended; hide the rest."""
    access = recommended_access(scope, reading, within)
    named = reading.name in scope.needed or reading.name in scope.let_through
    kept = reading.brake or reading.tool_class == "Read" or named
    return access if kept or access.access not in CALLABLE else Access("hide", None, "")


def _by_effect(scope: Scope, reading: ToolReading, within: Bounds) -> Access:
    rules = scope.rules
    row = scope.access[reading.name]
    if row is None:
        return class_access(scope, reading)
    lifted = _lifted(row, reading, within)
    looks = any(one.id in within for one in rows_that_open(rules))
    usual = rules.classes[reading.tool_class].rate or rules.derived.brake.rate
    if looks or (lifted and not (row.unless_named and named_after_harm(reading))):
        return Access("allow", usual, "", "", row.id)  # its arguments say why they are held
    changing = reading.tool_class != "Read"
    return Access(row.access, row.rate or (usual if changing else None), "", row.because, row.id)


def _lifted(row: AccessRule, reading: ToolReading, within: Bounds) -> bool:
    """Tell whether a rule gives way to what bounds the arguments.

    What waits for want of a reading gives way to no place or receiver that may be left out: beside
    one a call does whatever it does without. Where a call picks one of listed operations, each of
    them was judged alone.
    """
    if not row.last:
        return any(rule in within for rule in row.lifted_by)
    listed = (one for one in reading.arguments if one.role == "operation" and one.enum)
    held = (guard for rule in row.lifted_by for guard in within.get(rule, ()))
    checks = (check for guard in held for check in guard.checks)
    given = any(one.required for one in listed)
    return given or any(c.operator not in _PLACES or not c.optional for c in checks)


_PLACES = frozenset({"under", "url_host", "host", "recipient"})
"""Ways to compare places and receivers."""


def demanded(
    scope: Scope,
    reading: ToolReading,
    access: Access,
    bounds: tuple[Guard, ...],
    by: Bounds,
) -> tuple[Guard, ...]:
    """Demand the first argument whose guard opens a tool, where a call could do without any.

    `by` are the bounds that may open a tool, by the names of their rules. Where one argument picks
    the operation, a second that picks a part of one is not demanded: the others go without.
    """
    if any(one.id in by for one in rows_that_open(scope.rules)):
        return bounds  # an operation that only looks has been given already
    rows = scope.rules.access if access.rule else ()
    row = next((row for row in rows if row.id == access.rule), None)
    if row is None or not row.lifted_by:
        return bounds
    needed = {one.id for one in scope.rules.arguments if one.needed}
    # What no rule knows passes by what bounds it, where a value of it can pass at all.
    bounding = {one.id for one in scope.rules.arguments if row.last and not one.left_out}
    picks = [one for one in reading.arguments if one.role == "operation" and one.enum]
    parts = {one.path for one in picks if not one.required and any(p.required for p in picks)}
    found = [
        guard
        for rule in row.lifted_by
        for guard in by.get(rule, ())
        if (path := guard.checks[0].path) not in parts
        # Few engines can ask for a part of a list.
        if rule in needed or (rule in bounding and ITEMS not in path)
    ]
    # One that every call must give already holds the tool to its values.
    if any(not check.optional for guard in found for check in guard.checks):
        return bounds
    return tuple(_given(guard) if guard in found[:1] else guard for guard in bounds)


def _given(guard: Guard) -> Guard:
    checks = (replace(check, optional=False, absent=False) for check in guard.checks)
    return replace(guard, checks=tuple(checks))


def access_guards(scope: Scope, reading: ToolReading, access: Access) -> Iterator[Guard]:
    """Make the guard of the access itself and of its rate."""
    match access.access:
        case "hide":
            made = make(scope, "hide", reading, message=access.message)
        case "deny":
            made = make(scope, "deny", reading, message=access.message)
        case "approval":
            made = make(scope, "approval", reading, message=access.message, parameter="approvers")
        case _:
            made = make(scope, "allow", reading)
    # Whoever is refused reads the message; of what passes nobody asks why.
    says = with_reason(made.says, access.because)
    told = made.message if made.kind == "allow" else with_reason(made.message, access.because)
    yield replace(made, says=says, message=told, because=access.because, rule=access.rule)
    if access.rate and access.access in CALLABLE:
        rate = access.rate
        limit = RateLimit(rate.max, rate.window, counter_of(scope, reading.name))
        slots = {"max": number(rate.max), "window": rate.window}
        # Of two windows on one tool each has an id of its own: a tool may inherit the other's.
        tail = "" if rate.window == "minute" else rate.window
        yield make(scope, "rate", reading, slots, limit=limit, tail=tail)


def counter_of(scope: Scope, tool: str) -> str:
    """Name the counter of a tool's calls: lower case, unless another tool's would be the same."""
    lower = tool.lower()
    return f"{tool if scope.lowered[lower] > 1 else lower}_rate"


# Guards over the order of calls: taint, sequence, rehearsal.


def _is_sink(scope: Scope, reading: ToolReading) -> bool:
    """Tell whether outsiders' text must not reach a tool without a person."""
    rules = scope.rules.taint
    if any(fits(row, reading) for row in rules.everyday):
        return False
    return picks(rules.sinks, reading) or any(
        fits(row, reading, scope.arguments[reading.name]) for row in rules.also
    )


def _binds(scope: Scope, reading: ToolReading) -> bool:
    """Tell whether a tool decides something that a stranger must not decide."""
    # By what it leads with: a tool that can also approve something is not thereby a decision.
    reading = reading._replace(effects=reading.effects[:1])
    return any(fits(row, reading) for row in scope.rules.taint.handed.tools)


def taint_guards(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    """Hold a sink once outsider text was read, where an open threat asks for it.

    A tool that is open within its arguments does its harm only with a person: its class is no sink.
    """
    if scope.rules.classes[reading.tool_class].access != "allow":
        reading = reading._replace(tool_class="Write")
    every = scope.sources
    sources = tuple(source for source in every if source != reading.name)
    if not sources or not _is_sink(scope, reading):
        return
    # It brings the text in itself: to wait for a person after its own first call would end its use.
    if reading.name in every and picks(scope.rules.taint.exempt, reading):
        return
    guard = make(scope, "taint", reading, {"tools": joined(sources, "or")}, after=sources)
    if guard.threats:
        yield guard


def sequence_guards(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    """Ask for the step that must come first, where the agent has a tool for it."""
    done = {(effect.verb, effect.object) for effect in reading.effects if effect.object}
    for place, order in enumerate(scope.rules.sequence):
        objects = {what for verb, what in done if verb in order.then}
        if not objects:
            continue
        before = tuple(
            other.name
            for other in scope.readings
            if other.name != reading.name
            and any(e.verb in order.first and e.object in objects for e in other.effects)
        )
        if before:
            slots = {"tools": joined(before, "or")}
            guard = make(scope, "sequence", reading, slots, after=before, tail=str(place))
            if guard.threats:
                yield guard


def dry_run_for(scope: Scope, reading: ToolReading, rule: str) -> Guard | None:
    """Let a tool that must wait for a person be rehearsed freely, where it can be."""
    if any(argument.role == "operation" for argument in scope.arguments[reading.name]):
        return None  # the rehearsal may be of one operation only
    for argument in scope.arguments[reading.name]:
        if argument.role == "dry_run" and argument.type == "boolean" and not argument.is_array:
            check = ArgumentCheck(argument.path, "eq", value=True, type="boolean")
            slots = {"argument": f"`{path_text(argument.path)}`"}
            guard = make(scope, "dry-run", reading, slots, checks=(check,), parameter="approvers")
            asked = scope.asked.threats((guard.clause,), reading.name)
            return replace(guard, rule=rule) if asked else None
    return None
