"""Counters over fixed windows, on a clock that only the replay moves."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from threatmodel.policy.guard import EVERY, Guard, Plan, Window
from threatmodel.policy.proof.calls import SECONDS, Call
from threatmodel.policy.proof.judge import amount_of


@dataclass(slots=True)
class Counters:
    """What was used in the open window of each counter."""

    now: int = 0
    """Seconds since the session began."""

    used: dict[tuple[str, int], float] = field(default_factory=dict)
    """Counter and number of the window -> count or sum."""

    def pass_time(self, window: Window) -> None:
        """Move to the start of the next window."""
        length = SECONDS[window]
        self.now = (self.now // length + 1) * length

    def of(self, counter: str, window: Window) -> float:
        """Give what is used of a counter."""
        return self.used.get((counter, self.now // SECONDS[window]), 0)

    def add(self, counter: str, window: Window, amount: float) -> None:
        """Use some of a counter."""
        key = (counter, self.now // SECONDS[window])
        self.used[key] = self.used.get(key, 0) + amount


def counter_name(guard: Guard) -> str:
    """Name the counter of a guard: `tool/counter`, `*/counter` for all tools."""
    return f"{guard.tool}/{guard.limit.counter}" if guard.limit else ""


def limits_on(plan: Plan, tool: str) -> Iterable[Guard]:
    """List the guards that count or sum the calls of a tool, those over all tools included."""
    kinds = ("rate", "spend")
    return (g for g in plan.guards if g.tool in (tool, EVERY) and g.limit and g.kind in kinds)


def adds(guard: Guard, call: Call) -> float:
    """Give what a call adds to the counter of a guard."""
    if guard.limit is None or not guard.limit.sum_of:
        return 1
    return amount_of(guard.limit.sum_of, call.arguments, items=guard.kind == "rate")
