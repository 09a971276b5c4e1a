"""The plan: every guard for one agent, each with the threats it answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.errors import SHORT, slug
from threatmodel.policy.access import (
    access_guards,
    class_access,
    demanded,
    dry_run_for,
    recommended_access,
    sequence_guards,
    strict_access,
    taint_guards,
)
from threatmodel.policy.arguments import argument_guards, opening_rules
from threatmodel.policy.guard import CALLABLE, EVERY, Guard, Plan, RateLimit
from threatmodel.policy.limits import item_guards, limit_guards
from threatmodel.policy.parameters import open_parameters
from threatmodel.policy.phrases import called, has_phrase
from threatmodel.policy.scope import Scope, make, number, scope_of
from threatmodel.policy.tools import offered_at
from threatmodel.rules.guards import Access
from threatmodel.rules.load import Knowledge
from threatmodel.scales import Preset
from threatmodel.threats.names import joined
from threatmodel.threats.result import ThreatModel

# Tools that change what another tool creates inherit its guards.

_PASSED_ON = frozenset({"approval", "argument", "dry-run", "rate", "spend"})

AccessOf = Callable[[Scope, ToolReading, Mapping[str, Sequence[Guard]]], Access]
"""Gives what a tool gets, by the argument rules that guard it."""

Guards = Mapping[str, tuple[Guard, ...]]
"""Tool name -> its guards."""


def inherited(scope: Scope, guards: Guards) -> dict[str, tuple[Guard, ...]]:
    """Add to each changing tool the guards of the tools that create the same kind of object."""
    result = dict(guards)
    makers = _makers(scope)
    for reading in scope.readings:
        own = guards[reading.name]
        # What stops or undoes harm stays open; what cannot be called needs no more guards.
        if reading.brake or not any(guard.kind in CALLABLE for guard in own):
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
            if effect.object and effect.verb in scope.rules.inherit.source:
                makers.setdefault(effect.object, []).append(reading.name)
    return makers


def _creators(
    scope: Scope, reading: ToolReading, makers: Mapping[str, list[str]]
) -> tuple[str, ...]:
    """List the tools that create what this one changes, each once."""
    verbs = scope.rules.inherit.to
    found = (makers.get(e.object, ()) for e in reading.effects if e.verb in verbs)
    names = dict.fromkeys(name for some in found for name in some)
    return tuple(name for name in names if name != reading.name)


def _with(
    scope: Scope, reading: ToolReading, own: tuple[Guard, ...], guard: Guard
) -> tuple[Guard, ...]:
    """Add a guard in the tool's own name, unless it has one like it or lacks the argument."""
    if guard.kind not in _PASSED_ON or guard.tool == reading.name:
        return own
    passing = scope.rules.inherit
    if guard.kind in CALLABLE and (
        guard.rule in passing.but
        or not has_phrase(passing.words, called(reading.name))
        or _takes_little(scope, reading)
    ):
        return own
    paths = {argument.path for argument in scope.arguments[reading.name]}
    # A guard on a list is about all of its items, which have paths of their own.
    paths |= {path[: path.index("[]")] for path in paths if "[]" in path}
    needed = {check.path for check in guard.checks}
    if guard.limit and guard.limit.sum_of:
        needed.add(guard.limit.sum_of)
    # A guard on an argument that the tool lacks would refuse every call of it.
    if not needed <= paths or any(_alike(one, guard) or _closes(one, guard) for one in own):
        return own
    renamed = _renamed(reading.name, guard)
    if any(one.id == renamed.id for one in own):  # its own bound of the kind, on other words
        return own
    if guard.kind in CALLABLE:
        if not any(one.kind == "allow" for one in own):
            return own
        # One access a tool: what is inherited takes the place of `allow`.
        own = tuple(one for one in own if one.kind != "allow")
    return (*own, renamed)


def _takes_little(scope: Scope, reading: ToolReading) -> bool:
    """Tell whether all that a tool is given is known to be harmless, such as notes."""
    row = scope.access[reading.name]
    return row is not None and row.access == "allow" and bool(row.tools.only)


def _alike(one: Guard, other: Guard) -> bool:
    """Tell whether a guard is already there, on the same arguments and window."""
    if one.kind == other.kind == "dry-run":
        return True
    return (one.kind, one.clause, _subject(one)) == (other.kind, other.clause, _subject(other))


def _closes(one: Guard, other: Guard) -> bool:
    """Tell whether an argument is held to a list already, which no bound makes stricter."""
    both = one.kind == other.kind == "argument" and one.checks and other.checks
    return (
        bool(both) and one.checks[0].operator == "in" and one.checks[0].path == other.checks[0].path
    )


def _subject(guard: Guard) -> tuple[object, ...]:
    checked = tuple((check.path, check.operator) for check in guard.checks)
    return (checked, (guard.limit.window, guard.limit.sum_of) if guard.limit else None)


def _renamed(tool: str, guard: Guard) -> Guard:
    """Give the guard to another tool.

    The counter keeps its name, so that where counters are not kept per tool the cap is not doubled.
    """
    head, _, tail = guard.id.partition(f":{guard.tool}")
    says = f"{tool} changes what {guard.tool} creates, so the same holds: {guard.says}"
    return replace(guard, id=f"{head}:{tool}{tail}", tool=tool, says=says)


# The recommended preset: what effects and arguments ask for, and what the threats and wishes do.


def _recommended_guards(scope: Scope, access_of: AccessOf) -> tuple[Guard, ...]:
    """Make every guard of the recommended or strict preset, in no order."""
    per_tool = {r.name: _tightest(_of_tool(scope, r, access_of)) for r in scope.readings}
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


_FROM_ABOVE = frozenset({"lte", "max_items"})
"""Operators of which a smaller value is the tighter bound."""


def _bound(guard: Guard) -> float:
    if guard.limit:
        return guard.limit.max
    above = (check.value for check in guard.checks if check.operator in _FROM_ABOVE)
    return min((float(bound) for bound in above if isinstance(bound, int | float)), default=0.0)


def _of_tool(scope: Scope, reading: ToolReading, access_of: AccessOf) -> Iterator[Guard]:
    bounds = tuple(argument_guards(scope, reading))
    if reading.brake:
        kept = {row.id for row in scope.rules.arguments if row.of_brakes}
        bounds = tuple(g for g in bounds if g.rule in kept or _leaves_stopping(g))
    by = opening_rules(scope, reading, bounds)
    # Arguments before access: a tool whose harm its arguments hold may run, where it would wait
    # otherwise.
    access = access_of(scope, reading, by)
    bounds = demanded(scope, reading, access, bounds, by)
    wished = tuple(limit_guards(scope, reading)) if access.access in CALLABLE else ()
    replaced = {guard.limit.window for guard in wished if guard.kind == "rate" and guard.limit}
    for guard in access_guards(scope, reading, access):
        if guard.kind == "approval":
            yield dry_run_for(scope, reading, access.rule) or guard
        elif not (guard.limit and guard.limit.window in replaced):
            yield guard
    if access.access not in CALLABLE:
        return
    yield from wished
    # What waits for a person is looked at by one, who sees the arguments; a bound would only refuse
    # beside it.
    if access.access == "allow":
        yield from bounds
        yield from _of_open(scope, reading, access)


_OF_STOPPING = frozenset({"eq", "name", "not_named", "lte", "gte"})
"""Operators that bound a switch, a name or a number: what a brake is pulled with."""


def _leaves_stopping(guard: Guard) -> bool:
    """Tell whether whoever wants to stop can do without what a guard bounds: a path, say.

    How hard it stops, and how much at once, nobody should have to ask for.
    """
    return all(check.optional and check.operator not in _OF_STOPPING for check in guard.checks)


def _of_open(scope: Scope, reading: ToolReading, access: Access) -> Iterator[Guard]:
    if reading.brake:
        return
    if access.rate:
        yield from item_guards(scope, reading)
    yield from taint_guards(scope, reading)
    yield from sequence_guards(scope, reading)


def _over_all(scope: Scope) -> Iterator[Guard]:
    rules, kinds = scope.rules, scope.rules.kinds
    yield make(scope, "default-deny", None)
    if scope.asked.threats(kinds["overall"].clauses):
        rate = rules.derived.overall
        limit = RateLimit(rate.max, rate.window, "all_tools_rate")
        slots = {"max": number(rate.max), "window": rate.window}
        yield make(scope, "rate", None, slots, words="overall", limit=limit)
    if scope.asked.threats(kinds["repeat"].clauses):
        rate = rules.derived.repeat
        limit = RateLimit(rate.max, rate.window, "same_call")
        slots = {"max": number(rate.max), "window": rate.window}
        yield make(scope, "repeat", None, slots, limit=limit)
    if scope.wishes.subjects:
        subjects = scope.wishes.subjects
        yield make(scope, "subject", None, {"allowed": joined(subjects, "or")}, values=subjects)
    if scope.asked.threats(kinds["pin"].clauses):
        pins = sorted(f"{r.name}={r.fingerprint}" for r in scope.readings)
        yield make(scope, "pin", None, values=tuple(pins))
    if scope.named and scope.asked.threats(kinds["schema"].clauses):
        yield make(scope, "schema", None, named=scope.named)
    if scope.asked.threats(kinds["audit"].clauses):
        yield make(scope, "audit", None)


def plan_policy(  # noqa: PLR0913 - what is planned for, and the two ways to plan
    agent: Agent,
    readings: Sequence[ToolReading],
    model: ThreatModel,
    knowledge: Knowledge,
    preset: Preset = "recommended",
    *,
    handed: bool = False,
) -> Plan:
    """Plan what a proxy must enforce for one agent.

    `handed` says that other members of its system hand it strangers' text.
    """
    scope = replace(scope_of(agent, readings, model, knowledge), handed=handed)
    access_of = strict_access if preset == "strict" else recommended_access
    # The published table knows classes alone, so that nothing is left to fill in.
    own = preset == "published"
    guards = _sorted(_published(scope) if own else _recommended_guards(scope, access_of))
    return Plan(
        preset=preset,
        guards=guards,
        parameters=open_parameters(scope, guards) if not own else (),
        name=slug(agent.name, SHORT),
        servers=offered_at(agent),
    )


def only(plan: Plan, tool: str) -> Plan:
    """Keep the guards of one tool, and that all others are refused."""
    kept = tuple(g for g in plan.guards if g.tool == tool or g.kind == "default-deny")
    ids = {guard.id for guard in kept}
    parameters = tuple(p for p in plan.parameters if ids & set(p.guards))
    return replace(plan, guards=kept, parameters=parameters)


def without(plan: Plan, guard: str) -> Plan:
    """Leave one guard out, by id."""
    return replace(plan, guards=tuple(g for g in plan.guards if g.id != guard))


def _published(scope: Scope) -> Iterator[Guard]:
    yield make(scope, "default-deny", None)
    for reading in scope.readings:
        yield from access_guards(scope, reading, class_access(scope, reading))


def _sorted(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    return tuple(sorted(guards, key=lambda g: (g.tool != EVERY, g.tool, g.kind, g.id)))
