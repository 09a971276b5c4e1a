"""What is said of an agent whose tools are held or gone: bits put together, tool by tool.

A search tries ten such surfaces of one agent. Finding the facts and the credits of each anew took a
fifth of it; what one tool shows, and whether it is a way round a control, hangs on no other tool.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from threatmodel.assessment import Assessment
from threatmodel.classify.result import ToolReading
from threatmodel.facts.left import SeenIn
from threatmodel.policy.guard import CALLABLE, Guard
from threatmodel.policy.residual import Force, effective, rounds_of
from threatmodel.policy.rules import PolicyRules

Access = tuple[frozenset[str], frozenset[str]]
"""Tools of which a person approves each call, and tools that go."""


class Surface:
    """The tools of an agent behind a policy."""

    def __init__(self, assessment: Assessment, force: Force, rules: PolicyRules) -> None:
        """Look at each tool as it stands, and as it would stand if it were held."""
        readings, knowledge = assessment.readings, assessment.knowledge
        names = dict.fromkeys(reading.name for reading in readings)
        held, gone = (
            replace(force, access=dict.fromkeys(names, kind)) for kind in ("approval", "hide")
        )
        self._left = assessment.tools_left
        self._open = self._shown(effective(readings, force.access, force.guards, rules))
        self._held = self._shown(effective(readings, held.access, held.guards, rules))
        rounds = (rounds_of(readings, one, rules) for one in (force, held, gone))
        self._credits = tuple(
            _Credit(knowledge.mask(control), now, if_held, if_gone)
            for (control, now), (_, if_held), (_, if_gone) in zip(*rounds, strict=True)
        )

    def seen(self, changed: Access) -> tuple[int, int, int]:
        """Give the facts said of what is left, true and false, and the controls credited for it."""
        hold, gone = changed
        facts = tools = watching = weight = 0
        for name, tool in (self._open | {name: self._held[name] for name in hold}).items():
            if name not in gone:
                facts, tools = facts | tool.facts, tools + tool.tools
                watching, weight = watching + tool.watching, weight + tool.weight
        given = 0
        for credit in self._credits:
            if credit.given(hold, gone):
                given |= credit.bit
        return (*self._left.said(SeenIn(facts, tools, watching, weight)).known, given)

    def _shown(self, readings: Iterable[ToolReading]) -> dict[str, SeenIn]:
        """Tell what all tools of each name show."""
        named: dict[str, list[ToolReading]] = {}
        for reading in readings:
            named.setdefault(reading.name, []).append(reading)
        return {name: self._left.shown(some) for name, some in named.items()}


@dataclass(frozen=True, slots=True)
class _Credit:
    """A control that the policy is credited for where no tool is a way round it."""

    bit: int
    now: frozenset[str]
    """Tools that are a way round it as they stand."""
    if_held: frozenset[str]
    """Tools that are one if a person approves each call of them."""
    if_gone: frozenset[str]
    """Tools that are one although they go."""

    def given(self, hold: frozenset[str], gone: frozenset[str]) -> bool:
        """Tell whether it is credited."""
        free = self.if_held.isdisjoint(hold) and self.if_gone.isdisjoint(gone)
        return free and self.now <= hold | gone


def unattended(force: Force) -> Force:
    """Give what still guards each tool where whoever is asked says yes to every call."""
    access = {tool: "allow" if kind in CALLABLE else kind for tool, kind in force.access.items()}
    guards = {tool: tuple(g for g in some if not _asks(g)) for tool, some in force.guards.items()}
    return Force(access, guards)


def _asks(guard: Guard) -> bool:
    """Tell whether a guard does nothing but ask a person."""
    return guard.kind in (CALLABLE - {"allow"}) | {"taint"} or guard.otherwise == "approval"
