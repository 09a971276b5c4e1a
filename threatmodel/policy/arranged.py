"""A plan as formats read it: one entry per tool, and the guards over all tools."""

from collections.abc import Sequence
from dataclasses import dataclass

from threatmodel.policy.guard import EVERY, Guard, GuardKind, Plan

ACCESS: frozenset[GuardKind] = frozenset({"allow", "hide", "deny", "approval", "dry-run"})
"""Kinds that say whether a tool may be called; a tool has one of them."""

CALLABLE: frozenset[GuardKind] = frozenset({"allow", "approval", "dry-run"})
"""Kinds under which a call can go through."""


@dataclass(frozen=True, slots=True)
class ToolGuards:
    """The guards of one tool."""

    name: str
    """Tool name."""

    access: Guard
    """Whether it may be called."""

    arguments: tuple[Guard, ...]
    """Checks of arguments."""

    rates: tuple[Guard, ...]
    """Calls and items per window."""

    spends: tuple[Guard, ...]
    """Sums per window."""

    flows: tuple[Guard, ...]
    """Taint and sequence."""

    @property
    def callable(self) -> bool:
        """Whether a call can go through at all."""
        return self.access.kind in CALLABLE

    @property
    def bounds(self) -> tuple[Guard, ...]:
        """All but the access guard."""
        return (*self.arguments, *self.rates, *self.spends, *self.flows)


@dataclass(frozen=True, slots=True)
class Arranged:
    """All guards, by what they are about."""

    tools: tuple[ToolGuards, ...]
    """Tools with an access guard, sorted by name; a tool without one is not on any list."""

    everywhere: dict[GuardKind, Guard]
    """Guards over all tools, by kind."""

    def of_kind(self, kind: GuardKind) -> tuple[ToolGuards, ...]:
        """List the tools whose access is of a kind."""
        return tuple(tool for tool in self.tools if tool.access.kind == kind)

    @property
    def callable(self) -> tuple[ToolGuards, ...]:
        """List the tools that can be called."""
        return tuple(tool for tool in self.tools if tool.callable)

    @property
    def default(self) -> str:
        """`deny` where tools that are not listed are refused."""
        return "deny" if "default-deny" in self.everywhere else "allow"


def arrange(plan: Plan) -> Arranged:
    """Sort the guards of a plan by tool."""
    by_tool: dict[str, list[Guard]] = {}
    for guard in plan.guards:
        by_tool.setdefault(guard.tool, []).append(guard)
    everywhere = {guard.kind: guard for guard in by_tool.pop(EVERY, [])}
    found = (_of_tool(name, guards) for name, guards in sorted(by_tool.items()))
    return Arranged(tuple(tool for tool in found if tool is not None), everywhere)


def _of_tool(name: str, guards: Sequence[Guard]) -> ToolGuards | None:
    access = next((guard for guard in guards if guard.kind in ACCESS), None)
    if access is None:
        return None

    def of(*kinds: GuardKind) -> tuple[Guard, ...]:
        return tuple(guard for guard in guards if guard.kind in kinds)

    return ToolGuards(
        name, access, of("argument"), of("rate"), of("spend"), of("taint", "sequence")
    )
