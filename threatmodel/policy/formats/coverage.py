"""A plan as formats read it: one entry per tool, and the guards over all tools."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from threatmodel.policy.guard import CALLABLE, EVERY, Guard, GuardKind, Loss, Plan

ACCESS: frozenset[GuardKind] = frozenset({"allow", "hide", "deny", "approval", "dry-run"})
"""Kinds that say whether a tool may be called; a tool has one of them."""


@dataclass(frozen=True, slots=True)
class ToolGuards:
    """The guards of one tool, by what they hold it to."""

    name: str
    access: Guard
    """Whether it may be called."""
    arguments: tuple[Guard, ...]
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


_LAST: list[tuple[Plan, Arranged]] = []
"""The plan that was arranged last: every format begins with it."""


def arrange(plan: Plan) -> Arranged:
    """Sort the guards of a plan by tool."""
    for known, found in _LAST:
        if known is plan:
            return found
    arranged = _arranged(plan)
    _LAST[:] = [(plan, arranged)]
    return arranged


def servers_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Give each tool its servers, all that offer one of its name; else what the agent is called."""
    found: dict[str, tuple[str, ...]] = {tool.name: () for tool in arrange(plan).tools}
    for name, server in plan.servers:
        if server not in found.get(name, (server,)):
            found[name] += (server,)
    return {name: servers or (plan.name,) for name, servers in found.items()}


def _arranged(plan: Plan) -> Arranged:
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


# What became of each guard in one format: kept, weakened or dropped.


class Written(NamedTuple):
    """A plan as one format says it; `CompiledPolicy` says what its fields hold."""

    text: str
    kept: tuple[str, ...]
    losses: tuple[Loss, ...]
    notes: tuple[str, ...]


ALTOGETHER = "The tool is refused altogether."
"""What is said of guards that nothing is left to hold."""


class Ledger:
    """The account of one compilation; every guard of the plan ends up in it once."""

    def __init__(self, plan: Plan, *, holds: bool = False) -> None:
        """Start with every guard unaccounted for.

        `holds` says that the format can hold a call for a person by its arguments; else a kept
        guard that would is told to refuse instead.
        """
        self._holds = holds
        self._open = {guard.id: guard for guard in plan.guards}
        self._kept: set[str] = set()
        self._losses: dict[str, Loss] = {}

    def keep(self, *guards: Guard) -> None:
        """Record guards that are enforced as planned."""
        for guard in guards:
            if guard.id not in self._losses:
                self._kept.add(guard.id)

    def weaken(self, guard: Guard, instead: str, becomes: GuardKind | None = None) -> None:
        """Record a guard that is enforced more strictly than planned: refusing unless told."""
        kind = becomes or ("deny" if guard.kind in ACCESS else "")
        self._lose(Loss(guard.id, "weakened", instead, (), kind))

    def rehearse(self, guard: Guard) -> None:
        """Record a dry-run guard of which only the rehearsal is left."""
        self.weaken(guard, "A rehearsal passes; a real run is refused.", "dry-run")

    def drop(self, guard: Guard, instead: str) -> None:
        """Record a guard that is not enforced."""
        self._lose(Loss(guard.id, "dropped", instead, guard.threats))

    def subsume(self, guards: Iterable[Guard], instead: str) -> None:
        """Record bounds of a tool that is refused altogether."""
        for guard in guards:
            self.weaken(guard, instead)

    def refuse(self, tool: ToolGuards, instead: str) -> None:
        """Record a tool that is refused altogether though the plan lets it be called."""
        self.weaken(tool.access, instead)
        self.subsume(tool.bounds, ALTOGETHER)

    def written(
        self, text: str, otherwise: Mapping[GuardKind, str], notes: tuple[str, ...] = ()
    ) -> Written:
        """Close the account of a text; what nobody spoke for is dropped, for a reason by kind."""
        for guard in self._open.values():
            # Told here for all formats alike, so that none claims to hold a call that it can only
            # refuse.
            if guard.otherwise == "approval" and guard.id in self._kept and not self._holds:
                self.weaken(guard, "What does not pass is refused, not held for a person.")
            if guard.id not in self._kept and guard.id not in self._losses:
                self.drop(guard, otherwise.get(guard.kind, "This format has no words for it."))
        losses = tuple(self._losses[guard] for guard in sorted(self._losses))
        return Written(text, tuple(sorted(self._kept)), losses, notes)

    def _lose(self, loss: Loss) -> None:
        self._kept.discard(loss.guard)
        known = self._losses.get(loss.guard)
        # The graver word stands, then the later: what was dropped once is not kept in part by a
        # later line, and what was dropped in part may be dropped as a whole.
        if known is None or known.outcome == "weakened" or loss.outcome == "dropped":
            self._losses[loss.guard] = loss
