"""Whether a tool may be called at all, and how often."""

from collections.abc import Iterator

from threatmodel.classify.result import ToolReading
from threatmodel.policy.guard import ArgumentCheck, Guard, RateLimit
from threatmodel.policy.rules import Access
from threatmodel.policy.scope import Scope, listed, make, number, spelled

CALLABLE = frozenset({"allow", "approval"})
"""Kinds of access under which a call can go through."""


def class_access(scope: Scope, reading: ToolReading) -> Access:
    """Give what its class gets: the published table."""
    return scope.rules.classes[reading.tool_class]


def derived_access(scope: Scope, reading: ToolReading) -> Access:
    """Give what its class gets, but for brakes, needed tools, unneeded tools and approvals."""
    rules, name = scope.rules, reading.name
    if reading.brake:
        return rules.brake
    access = class_access(scope, reading)
    if scope.wishes.tools and name not in scope.needed:
        return Access("hide", None, "")
    if any(limit.argument is None and limit.max < 1 for limit in scope.limits(name)):
        return Access("deny", None, "")
    if access.access not in CALLABLE:
        return rules.needed if name in scope.needed else access
    if _waits(scope, reading):
        return Access("approval", access.rate, "")
    return access


def access_guards(scope: Scope, reading: ToolReading, access: Access) -> Iterator[Guard]:
    """Make the guard of the access itself and of its rate."""
    match access.access:
        case "hide":
            yield make(scope, "hide", reading, message=access.message)
        case "deny":
            yield make(scope, "deny", reading, message=access.message)
        case "approval":
            yield make(scope, "approval", reading, message=access.message, parameter="approvers")
        case _:
            yield make(scope, "allow", reading)
    if access.rate and access.access in CALLABLE:
        rate = access.rate
        limit = RateLimit(rate.max, rate.window, counter_of(scope, reading.name))
        slots = {"max": number(rate.max), "window": rate.window}
        yield make(scope, "rate", reading, slots, limit=limit)


def counter_of(scope: Scope, tool: str) -> str:
    """Name the counter of a tool's calls: lower case, unless another tool's would be the same."""
    lower = tool.lower()
    shared = any(r.name != tool and r.name.lower() == lower for r in scope.readings)
    return f"{tool if shared else lower}_rate"


def _waits(scope: Scope, reading: ToolReading) -> bool:
    rules = scope.rules
    return (
        reading.tool_class in rules.approval_classes
        and not rules.approval_flags.isdisjoint(reading.flags)
        and bool(scope.asked.threats(scope.rules.kinds["approval"].clauses, reading.name))
    )


# Guards over the order of calls: taint, sequence, rehearsal.


def taint_sources(scope: Scope) -> tuple[str, ...]:
    """List the tools that bring in text by outsiders, in tool order."""
    flags = scope.rules.taint_sources
    return tuple(r.name for r in scope.readings if not flags.isdisjoint(r.flags))


def taint_guards(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    """Hold a sink once outsider text was read, where an open threat asks for it."""
    every = taint_sources(scope)
    sources = tuple(source for source in every if source != reading.name)
    if not sources or not scope.rules.taint_sinks.fits(reading):
        return
    if reading.name in every and scope.rules.taint_exempt.fits(reading):
        return
    guard = make(scope, "taint", reading, {"tools": listed(sources)}, after=sources)
    if guard.threats:
        yield guard


def sequence_guards(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    """Ask for the step that must come first, where the agent has a tool for it."""
    done = {(effect.verb, effect.object) for effect in reading.effects if effect.object}
    for place, (first, then) in enumerate(scope.rules.sequences):
        objects = {what for verb, what in done if verb in then}
        if not objects:
            continue
        before = tuple(
            other.name
            for other in scope.readings
            if other.name != reading.name
            and any(e.verb in first and e.object in objects for e in other.effects)
        )
        if before:
            slots = {"tools": listed(before)}
            guard = make(scope, "sequence", reading, slots, after=before, tail=str(place))
            if guard.threats:
                yield guard


def dry_run_for(scope: Scope, reading: ToolReading) -> Guard | None:
    """Let a tool that must wait for a person be rehearsed freely, where it can be."""
    for argument in scope.arguments[reading.name]:
        if argument.role == "dry_run" and argument.type == "boolean" and not argument.is_array:
            check = ArgumentCheck(argument.path, "eq", value=True, type="boolean")
            slots = {"argument": f"`{spelled(argument.path)}`"}
            guard = make(scope, "dry-run", reading, slots, checks=(check,), parameter="approvers")
            asked = scope.asked.threats((guard.clause,), reading.name)
            return guard if asked else None
    return None
