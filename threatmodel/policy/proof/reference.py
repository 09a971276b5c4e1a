"""A session behind the plan itself, as we mean it."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from threatmodel.policy.formats.conditions import carried_kinds, pattern_of
from threatmodel.policy.formats.coverage import ToolGuards, arrange
from threatmodel.policy.guard import EVERY, ITEMS, SEARCHED, ArgumentCheck, Guard, Plan
from threatmodel.policy.proof.session import (
    SECONDS,
    Arguments,
    Call,
    CallOutcome,
    Opener,
    Session,
    next_window,
    same_json,
)
from threatmodel.scales import Window

# What a plan means for a call: our own reading, against which engines are held.

_MISSING = object()


def satisfied(check: ArgumentCheck, arguments: Arguments) -> bool:
    """Tell whether the arguments satisfy a check; null counts as missing."""
    return _at(arguments, check.path, check)


def amount_of(path: Sequence[str], arguments: Arguments, *, items: bool) -> float:
    """Give what a call adds to a sum: the number at a path, or the length of the array there."""
    value: Any = arguments
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if items:
        return len(value) if isinstance(value, list) else 0
    if isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return float(value)
    return float(value) if _is_number(value) else 0


def _at(value: Any, path: Sequence[str], check: ArgumentCheck) -> bool:  # noqa: ANN401 - JSON
    if not path:
        return _compare(value, check)
    if path[0] == ITEMS:
        return isinstance(value, list) and all(_at(item, path[1:], check) for item in value)
    if not isinstance(value, Mapping):
        return False
    inner = value.get(path[0], _MISSING)
    if inner is _MISSING or inner is None:
        return check.optional
    return _at(inner, path[1:], check)


def _compare(value: Any, check: ArgumentCheck) -> bool:  # noqa: ANN401 - JSON
    pattern = pattern_of(check)
    if pattern is not None:
        # The anchors stand for the ends of the text, not of a line.
        return isinstance(value, str) and re.fullmatch(pattern[1:-1], value) is not None
    values = check.values
    if check.operator in _NUMERIC:
        return _is_number(value) and _NUMERIC[check.operator](value, values[0])
    if check.operator == "max_items":
        return isinstance(value, list) and len(value) <= float(values[0])
    if check.operator == "contains":
        return isinstance(value, str | list) and values[0] in value
    if check.operator in SEARCHED:
        return not any(_holds_any(text, check) for text in texts_of(value))
    same = any(same_json(value, one) for one in values)
    return same if check.operator in ("eq", "in") else not same


def texts_of(value: object) -> Iterator[str]:
    """Give the texts to search: the value, or every key and text inside it but blank ones."""
    if isinstance(value, str):
        yield value
        return
    inner = value.values() if isinstance(value, Mapping) else value
    keys = value if isinstance(value, Mapping) else ()
    for part in (*keys, *(inner if isinstance(inner, Iterable) else ())):
        yield from (text for text in texts_of(part) if text.strip())


def _holds_any(text: str, check: ArgumentCheck) -> bool:
    if check.operator == "free_of":
        return any(re.search(kind.found, text) for kind in carried_kinds(check))
    return any(str(one) in text for one in check.values)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_NUMERIC: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
}


def all_hold(checks: Iterable[ArgumentCheck], arguments: Arguments) -> bool:
    """Tell whether all checks hold."""
    return all(satisfied(check, arguments) for check in checks)


# Counters over fixed windows, on a clock that only the replay moves.


@dataclass(slots=True)
class Counters:
    """What was used in the open window of each counter."""

    now: int = 0
    """Seconds since the session began."""
    used: dict[tuple[str, int], float] = field(default_factory=dict)
    """Counter and number of the window -> count or sum."""

    def pass_time(self, window: Window) -> None:
        """Move to the start of the next window."""
        self.now = next_window(self.now, window)

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


def _limits_on(plan: Plan, tool: str) -> Iterable[Guard]:
    """List the guards that count or sum the calls of a tool, those over all tools included."""
    kinds = ("rate", "spend")
    return (g for g in plan.guards if g.tool in (tool, EVERY) and g.limit and g.kind in kinds)


def adds(guard: Guard, call: Call) -> float:
    """Give what a call adds to the counter of a guard."""
    if guard.limit is None or not guard.limit.sum_of:
        return 1
    return amount_of(guard.limit.sum_of, call.arguments, items=guard.kind == "rate")


@dataclass(slots=True, kw_only=True)
class Counting(Session):
    """A session that keeps count itself, where the engine asks for what went before."""

    plan: Plan
    fingerprints: dict[str, str]
    counters: Counters = field(default_factory=Counters)
    before: list[str] = field(default_factory=list)
    """Tools called so far."""

    exact = True

    def fill(self, guard: Guard, amount: float) -> bool:
        """Use up some of a guard's counter at once."""
        if guard.limit:
            self.counters.add(counter_name(guard), guard.limit.window, amount)
        return True

    def wait(self, window: Window) -> bool:
        """Let a window go by."""
        self.counters.pass_time(window)
        return True

    def record(self, call: Call) -> None:
        """Count a call that went through."""
        self.before.append(call.tool)
        self.counters.add(same_call(call), "minute", 1)
        for guard in _limits_on(self.plan, call.tool):
            if guard.limit:
                self.counters.add(counter_name(guard), guard.limit.window, adds(guard, call))


def same_call(call: Call) -> str:
    """Name the counter of calls with the same arguments."""
    return f"{call.tool} {json.dumps(call.arguments, sort_keys=True)}"


def planned(plan: Plan, fingerprints: dict[str, str]) -> Opener:
    """Open sessions behind a plan; `fingerprints` are the reviewed definitions."""
    arranged = arrange(plan)
    tools = {tool.name: tool for tool in arranged.tools}
    return lambda: _Session(plan=plan, fingerprints=fingerprints, tools=tools)


@dataclass(slots=True, kw_only=True)
class _Session(Counting):
    tools: dict[str, ToolGuards]

    def call(self, call: Call) -> CallOutcome:
        refusing = [guard.id for guard in self._refusing(call)]
        if refusing:
            return CallOutcome("refuse", tuple(refusing))
        holding = [] if call.approved else [guard.id for guard in self._holding(call)]
        if holding:
            return CallOutcome("hold", tuple(holding))
        self.record(call)
        return CallOutcome("pass")

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
            "argument": lambda: guard.otherwise == "deny" and self._outside(guard, call),
            "rate": lambda: not self._within(guard, call),
            "spend": lambda: not self._within(guard, call),
            "subject": lambda: call.subject not in guard.values,
            "sequence": lambda: not set(guard.after) & set(self.before),
            "repeat": lambda: self._repeats(guard, call),
            "pin": lambda: self._changed(call),
            "schema": lambda: not set(call.arguments) <= set(self._names(guard, call)),
        }.get(guard.kind)
        return refuses is not None and refuses()

    def _holding(self, call: Call) -> list[Guard]:
        tool = self.tools.get(call.tool)
        if tool is None:
            return []
        held = [g for g in tool.flows if g.kind == "taint" and set(g.after) & set(self.before)]
        asked = (g for g in tool.arguments if g.otherwise == "approval")
        held += [guard for guard in asked if self._outside(guard, call)]
        access = tool.access
        rehearsed = access.kind == "dry-run" and all_hold(access.checks, call.arguments)
        return [*held, access] if access.kind in ("approval", "dry-run") and not rehearsed else held

    @staticmethod
    def _outside(guard: Guard, call: Call) -> bool:
        return not all_hold(guard.checks, call.arguments)

    def _within(self, guard: Guard, call: Call) -> bool:
        if guard.limit is None or not all_hold(guard.checks, call.arguments):
            return False
        name = counter_name(guard)
        shared = [g for g in _limits_on(self.plan, call.tool) if counter_name(g) == name]
        # What shares a counter adds to it together, as an engine with one counter would have it.
        total = sum(adds(other, call) for other in shared)
        used = self.counters.of(name, guard.limit.window)
        return used + total <= guard.limit.max

    def _repeats(self, guard: Guard, call: Call) -> bool:
        limit = guard.limit
        return limit is not None and self.counters.of(same_call(call), limit.window) >= limit.max

    @staticmethod
    def _names(guard: Guard, call: Call) -> Iterable[str]:
        return dict(guard.named).get(call.tool, call.arguments)

    def _changed(self, call: Call) -> bool:
        reviewed = self.fingerprints.get(call.tool, "")
        return bool(call.definition) and call.definition != reviewed
