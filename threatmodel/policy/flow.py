"""Guards over the order of calls: taint, sequence, rehearsal."""

from collections.abc import Iterator

from threatmodel.classify.reading import ToolReading
from threatmodel.policy.guard import ArgumentCheck, Guard
from threatmodel.policy.making import listed, make
from threatmodel.policy.scope import Scope, spelled


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
    for number, (first, then) in enumerate(scope.rules.sequences):
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
            guard = make(scope, "sequence", reading, slots, after=before, tail=str(number))
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
