"""The surface that a policy in force leaves: the tools as a caller still meets them.

A hidden or refused tool is gone. One that waits for a person in every call is attended: it shows
only what it shows without being called. One whose arguments are guarded shows the effect that the
guard leaves, as the rule that made the guard says. All else stays as it was read.
"""

from collections.abc import Iterable, Iterator, Mapping

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import ToolClassName
from threatmodel.policy.guard import Guard
from threatmodel.policy.rules import PolicyRules
from threatmodel.rules.recommended import ArgumentRule

_GONE = frozenset({"hide", "deny"})
_ATTENDED = frozenset({"approval", "dry-run"})
_MILD: dict[str, ToolClassName] = {"Read": "Read", "Write": "Write"}


def effective(
    readings: Iterable[ToolReading],
    access: Mapping[str, str],
    guards: Mapping[str, tuple[Guard, ...]],
    rules: PolicyRules,
) -> Iterator[ToolReading]:
    """Give each tool as the policy leaves it, in order; a tool on no list is gone.

    Args:
        readings: The tools as they are.
        access: Tool -> kind of access that is really in force.
        guards: Tool -> guards that are really in force.
        rules: The policy rules.
    """
    by_id = {row.id: row for row in rules.arguments}
    harmless = {row.id: set(row.takes) for row in rules.access if row.takes}
    for reading in readings:
        kind = access.get(reading.name, "deny")
        if kind in _GONE:
            continue
        if kind in _ATTENDED:
            yield _without(reading, {t for t, _ in reading.traits} - rules.attended_keep, "Read")
            continue
        for guard in guards.get(reading.name, ()):
            if guard.kind == "allow" and guard.rule in harmless:
                reading = _without(reading, harmless[guard.rule], "Write")  # noqa: PLW2901 - as left
        held = {g.rule for g in guards.get(reading.name, ()) if g.kind == "argument"}
        yield _within(reading, [by_id[rule] for rule in sorted(held & set(by_id))])


def _within(reading: ToolReading, rows: Iterable[ArgumentRule]) -> ToolReading:
    for row in rows:
        if row.takes:
            reading = _without(reading, set(row.takes), row.leaves)
        if row.turns:
            reading = _turned(reading, row.turns)
    return reading


def _turned(reading: ToolReading, turns: Mapping[str, str]) -> ToolReading:
    """Replace facts by what is left of them, each once."""
    traits = {turns.get(fact, fact): clues for fact, clues in reversed(reading.traits)}
    return reading._replace(traits=tuple(reversed(traits.items())))


def _without(reading: ToolReading, taken: set[str], leaves: str) -> ToolReading:
    traits = tuple(trait for trait in reading.traits if trait[0] not in taken)
    return reading._replace(traits=traits, tool_class=_MILD.get(leaves, reading.tool_class))
