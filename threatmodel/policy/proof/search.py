"""Search for harm that a policy lets through: sequences of up to three calls that must not pass.

What is harm is read from the recommended plan, whatever the policy at hand was made from: a call
without leave, a hostile value, a stranger, a changed definition, a sink after outsiders' text.
Limits are left out, since three calls cannot reach them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats.coverage import arrange
from threatmodel.policy.guard import CompiledPolicy, Guard, Plan
from threatmodel.policy.proof import engine_of, is_real
from threatmodel.policy.proof.cases import cases_of
from threatmodel.policy.proof.context import Setting
from threatmodel.policy.proof.session import Call, Opener, ReplayCase

LONGEST_WAY = 3
"""Most calls in a sequence."""

# A call on one line of a terminal; the JSON has all of it.
_ARGUMENTS = 120
_COUNTED = frozenset({"rate", "spend", "repeat", "audit"})


@dataclass(frozen=True, slots=True)
class Breach:
    """A sequence of calls that reaches an impact although a guard should hold it."""

    guard: str
    """Guard of the recommended plan that would hold it."""
    says: str
    impact: str
    """What it reaches, as the end of a sentence."""
    calls: tuple[Call, ...]
    """The calls, each of which passes."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found."""

    format: str
    engine: str
    real: bool
    """Whether the product's own engine decided; else nothing is proven here."""
    tried: int
    ways: tuple[Breach, ...]
    """One for each guard that is missing, the shortest first; empty: none up to three calls."""


def search(
    harm: Plan, plan: Plan, compiled: CompiledPolicy, readings: Sequence[ToolReading]
) -> Searched:
    """Try every harmful sequence of up to three calls on the engine of a format.

    Args:
        harm: The recommended plan, which says what is harm.
        plan: What the policy was compiled from.
        compiled: The policy.
        readings: The tools.
    """
    engine, opener = engine_of(plan, compiled, readings)
    guards = {guard.id: guard for guard in harm.guards}
    # As if all of the harm were guarded here: the policy at hand is only asked.
    setting = Setting(
        harm, arrange(harm), {r.name: r for r in readings}, dict.fromkeys(guards, "kept")
    )
    found: dict[str, Breach] = {}
    tried = 0
    for case in cases_of(setting):
        guard = guards.get(case.guard)
        if guard is None or guard.kind in _COUNTED or case.expects != "stop" or case.fill:
            continue
        for calls in case.ways:
            if len(calls) > LONGEST_WAY or not _shorter(calls, found.get(guard.id)):
                continue
            tried += 1
            if _passes(calls, opener):
                found[guard.id] = _way(guard, case, calls)
    ways = sorted(found.values(), key=lambda way: (len(way.calls), way.guard))
    return Searched(compiled.format, engine, is_real(engine), tried, tuple(ways))


def _passes(calls: Sequence[Call], opener: Opener) -> bool:
    session = opener()
    try:
        return all(session.call(call).verdict == "pass" for call in calls)
    finally:
        session.close()


def _shorter(calls: Sequence[Call], known: Breach | None) -> bool:
    return known is None or len(calls) < len(known.calls)


def _way(guard: Guard, case: ReplayCase, calls: tuple[Call, ...]) -> Breach:
    impact = guard.because or (f"it can {guard.effect}" if guard.effect else guard.says)
    return Breach(guard.id, case.says, impact, calls)


def search_lines(found: Searched) -> Iterator[str]:
    """Say what was found, line by line: the shortest sequence first."""
    by = found.engine if found.real else f"{found.engine}, which proves nothing"
    if not found.ways:
        tried = f"{found.tried} sequences of up to {LONGEST_WAY} calls tried"
        yield f"no way to harm: {tried}, decided by {by}"
        return
    yield (
        f"{len(found.ways)} guards are missing: {found.tried} sequences tried, decided by {by};"
        " the shortest way for each"
    )
    for way in found.ways:
        yield f"{way.guard}: {way.says}; {way.impact}"
        for number, call in enumerate(way.calls, 1):
            who = f" by {call.subject}" if call.subject else ""
            given = json.dumps(call.arguments)[:_ARGUMENTS]
            yield f"  {number}. {call.tool}{who} {given}"
