"""The derived preset: the class defaults, and what the threats and the wishes ask for."""

from collections.abc import Iterable, Iterator

from threatmodel.classify.reading import ToolReading
from threatmodel.policy.access import CALLABLE, access_guards, derived_access
from threatmodel.policy.arguments import argument_guards
from threatmodel.policy.flow import dry_run_for, sequence_guards, taint_guards
from threatmodel.policy.guard import Guard, RateLimit
from threatmodel.policy.inherit import inherited
from threatmodel.policy.limits import item_guards, limit_guards
from threatmodel.policy.making import listed, make, number
from threatmodel.policy.scope import Scope


def derived_guards(scope: Scope) -> tuple[Guard, ...]:
    """Make every guard of the derived preset, in no order."""
    per_tool = {reading.name: _tightest(_of_tool(scope, reading)) for reading in scope.readings}
    per_tool = inherited(scope, per_tool)
    return (*_over_all(scope), *(guard for guards in per_tool.values() for guard in guards))


def _tightest(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    """Of guards with one id, which bound the same thing twice, keep the tightest."""
    found: dict[str, Guard] = {}
    for guard in guards:
        known = found.get(guard.id)
        if known is None or _bound(guard) < _bound(known):
            found[guard.id] = guard
    return tuple(found.values())


def _bound(guard: Guard) -> float:
    if guard.limit:
        return guard.limit.max
    bounds = (check.value for check in guard.checks)
    return min((float(bound) for bound in bounds if isinstance(bound, int | float)), default=0.0)


def _of_tool(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    access = derived_access(scope, reading)
    wished = tuple(limit_guards(scope, reading)) if access.access in CALLABLE else ()
    replaced = {guard.limit.window for guard in wished if guard.kind == "rate" and guard.limit}
    for guard in access_guards(scope, reading, access):
        if guard.kind == "approval":
            yield dry_run_for(scope, reading) or guard
        elif not (guard.limit and guard.limit.window in replaced):
            yield guard
    if access.access not in CALLABLE:
        return
    yield from wished
    yield from argument_guards(scope, reading)
    if access.rate and not reading.brake:
        yield from item_guards(scope, reading, access.rate)
    if access.access == "allow" and not reading.brake:
        yield from taint_guards(scope, reading)
        yield from sequence_guards(scope, reading)


def _over_all(scope: Scope) -> Iterator[Guard]:
    rules, kinds = scope.rules, scope.rules.kinds
    yield make(scope, "default-deny", None)
    if scope.asked.threats(kinds["overall"].clauses):
        rate = rules.overall
        limit = RateLimit(rate.max, rate.window, "all_tools_rate")
        slots = {"max": number(rate.max), "window": rate.window}
        yield make(scope, "rate", None, slots, words="overall", limit=limit)
    if scope.asked.threats(kinds["repeat"].clauses):
        rate = rules.repeat
        limit = RateLimit(rate.max, rate.window, "same_call")
        slots = {"max": number(rate.max), "window": rate.window}
        yield make(scope, "repeat", None, slots, limit=limit)
    if scope.wishes.subjects:
        subjects = scope.wishes.subjects
        yield make(scope, "subject", None, {"allowed": listed(subjects)}, values=subjects)
    if scope.asked.threats(kinds["pin"].clauses):
        pins = sorted(f"{r.name}={r.fingerprint}" for r in scope.readings)
        yield make(scope, "pin", None, values=tuple(pins))
    if scope.asked.threats(kinds["audit"].clauses):
        yield make(scope, "audit", None)
