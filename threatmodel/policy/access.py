"""Whether a tool may be called at all, and how often."""

from collections.abc import Iterator

from threatmodel.classify.reading import ToolReading
from threatmodel.policy.guard import Guard, RateLimit
from threatmodel.policy.making import make, number
from threatmodel.policy.rules import Access
from threatmodel.policy.scope import Scope

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
