"""A session behind the plan itself, as we mean it."""

import json
from dataclasses import dataclass, field

from threatmodel.policy.arranged import ToolGuards, arrange
from threatmodel.policy.guard import EVERY, Guard, Plan, Window
from threatmodel.policy.proof.calls import Answer, Call
from threatmodel.policy.proof.judge import all_hold
from threatmodel.policy.proof.ledgers import Counters, adds, counter_name, limits_on
from threatmodel.policy.proof.sessions import Opener


def planned(plan: Plan, fingerprints: dict[str, str]) -> Opener:
    """Open sessions behind a plan; `fingerprints` are the reviewed definitions."""
    arranged = arrange(plan)
    tools = {tool.name: tool for tool in arranged.tools}
    return lambda: _Session(plan, tools, fingerprints)


@dataclass(slots=True)
class _Session:
    plan: Plan
    tools: dict[str, ToolGuards]
    fingerprints: dict[str, str]
    counters: Counters = field(default_factory=Counters)
    before: list[str] = field(default_factory=list)
    exact: bool = True
    costly: bool = False

    def call(self, call: Call) -> Answer:
        refusing = [guard.id for guard in self._refusing(call)]
        if refusing:
            return Answer("refuse", tuple(refusing))
        holding = [] if call.approved else [guard.id for guard in self._holding(call)]
        if holding:
            return Answer("hold", tuple(holding))
        self._record(call)
        return Answer("pass")

    def fill(self, guard: Guard, amount: float) -> bool:
        if guard.limit:
            self.counters.add(counter_name(guard), guard.limit.window, amount)
        return True

    def wait(self, window: Window) -> bool:
        self.counters.pass_time(window)
        return True

    def close(self) -> None:
        """Nothing to end."""

    def _refusing(self, call: Call) -> list[Guard]:
        tool = self.tools.get(call.tool)
        found = [guard for guard in self.plan.guards if self._refuses(guard, call)]
        if tool is None:
            return [*found, *(g for g in self.plan.guards if g.kind == "default-deny")]
        return found if tool.callable else [*found, tool.access]

    def _refuses(self, guard: Guard, call: Call) -> bool:
        if guard.tool not in (call.tool, EVERY):
            return False
        refuses = {
            "argument": lambda: not all_hold(guard.checks, call.arguments),
            "rate": lambda: not self._within(guard, call),
            "spend": lambda: not self._within(guard, call),
            "subject": lambda: call.subject not in guard.values,
            "sequence": lambda: not set(guard.after) & set(self.before),
            "repeat": lambda: self._repeats(guard, call),
            "pin": lambda: self._changed(call),
        }.get(guard.kind)
        return refuses is not None and refuses()

    def _holding(self, call: Call) -> list[Guard]:
        tool = self.tools.get(call.tool)
        if tool is None:
            return []
        held = [g for g in tool.flows if g.kind == "taint" and set(g.after) & set(self.before)]
        access = tool.access
        rehearsed = access.kind == "dry-run" and all_hold(access.checks, call.arguments)
        return [*held, access] if access.kind in ("approval", "dry-run") and not rehearsed else held

    def _within(self, guard: Guard, call: Call) -> bool:
        if guard.limit is None or not all_hold(guard.checks, call.arguments):
            return False
        shared = [g for g in limits_on(self.plan, call.tool) if _shares(g, guard)]
        total = sum(adds(other, call) for other in shared)
        used = self.counters.of(counter_name(guard), guard.limit.window)
        return used + total <= guard.limit.max

    def _repeats(self, guard: Guard, call: Call) -> bool:
        limit = guard.limit
        return limit is not None and self.counters.of(_same_call(call), limit.window) >= limit.max

    def _changed(self, call: Call) -> bool:
        reviewed = self.fingerprints.get(call.tool, "")
        return bool(call.definition) and call.definition != reviewed

    def _record(self, call: Call) -> None:
        self.before.append(call.tool)
        self.counters.add(_same_call(call), "minute", 1)
        for guard in limits_on(self.plan, call.tool):
            if guard.limit:
                self.counters.add(counter_name(guard), guard.limit.window, adds(guard, call))


def _shares(one: Guard, other: Guard) -> bool:
    return counter_name(one) == counter_name(other)


def _same_call(call: Call) -> str:
    return f"{call.tool} {json.dumps(call.arguments, sort_keys=True)}"
