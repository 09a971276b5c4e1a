"""Intercept, the open-source proxy: YAML, version 1.

It has counters of other tools' calls, which carry taint and sequence. Whatever it does not know it
ignores in silence, so that only what its grammar names is written; `checks/intercept.py` holds the
rules of its own validator.
"""

import re
from collections.abc import Iterator, Sequence
from math import floor
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.emit import yaml_text
from threatmodel.policy.formats.conditions import (
    Demand,
    addressable,
    calls_within,
    conditions_of,
    demands,
    opening,
    refusing_guard,
    required,
    required_paths,
    summed,
)
from threatmodel.policy.formats.coverage import Arranged, Ledger, ToolGuards, Written, arrange
from threatmodel.policy.guard import Guard, GuardKind, Plan, RateLimit

_OTHERWISE: dict[GuardKind, str] = {
    "subject": "One policy serves all callers of one proxy.",
    "repeat": "Counters do not look at arguments.",
    "pin": "Definitions are not compared.",
    "schema": "A rule sees only arguments that it names.",
}
_NOTES = (
    "Counters reset at calendar boundaries in UTC: what was read before midnight taints no longer.",
    "Keep one proxy, or one --state-prefix, per agent: callers share all counters.",
    "It forwards unread: batches, keys given twice, Name or Method beside name, arguments as text.",
)
_SEEN = "outsider_text"
_DONE = "done"
# A rule must bound what it counts: this one is there to count, and bounds nothing.
_MANY = 1_000_000_000

Rule = dict[str, Any]
Armed = dict[str, set[str]]
Demanded = dict[str, tuple[Demand, ...] | Guard]


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001
    """Write the plan as an Intercept policy."""
    arranged, ledger = arrange(plan), Ledger(plan)
    document = opening(arranged, ledger)
    asked = (tool for tool in arranged.callable if tool.access.kind != "approval")
    keys = required_paths(readings)
    found = {tool.name: demands(tool, keys.get(tool.name, ()), ledger) for tool in asked}
    armed = _armed(arranged, {name for name, one in found.items() if isinstance(one, Guard)})
    rules = {
        tool.name: {"rules": [*_counted(tool, armed), *_rules(tool, found, armed, ledger)]}
        for tool in arranged.tools
        if tool.access.kind != "hide"
    }
    overall = arranged.everywhere.get("rate")
    if overall and overall.limit:
        rules["*"] = {"rules": [_rate(overall, overall.limit, ledger)]}
    document["tools"] = rules
    return ledger.written(yaml_text(document), _OTHERWISE, _NOTES)


def _armed(arranged: Arranged, refused: set[str]) -> dict[str, set[str]]:
    """Tell which tools' calls others look at: tool -> counters."""
    waiting = {tool.name for tool in arranged.of_kind("approval")}
    names = {tool.name for tool in arranged.callable if _addressable(tool.name)}
    # A counter of a tool that is never called would stay at nothing, and what waits for it be
    # refused for good.
    names -= refused | waiting
    armed: Armed = {}
    for tool in arranged.callable:
        for guard in tool.flows:
            for other in names & set(guard.after):
                counter = _SEEN if guard.kind == "taint" else _DONE
                armed.setdefault(other, set()).add(counter)
    return armed


def _counted(tool: ToolGuards, armed: Armed) -> Iterator[Rule]:
    """Count the calls of a tool that others look at; the bound itself is never reached."""
    if not tool.callable:
        return
    for counter in sorted(armed.get(tool.name, ())):
        path = f"state.{tool.name}.{counter}"
        yield {
            "name": f"count {counter}",
            "conditions": [{"path": path, "op": "lte", "value": _MANY}],
            "state": {"counter": counter, "window": "day", "increment": 1},
        }


def _rules(tool: ToolGuards, demanded: Demanded, armed: Armed, ledger: Ledger) -> list[Rule]:
    found = refusing_guard(tool, ledger) or demanded[tool.name]
    if isinstance(found, Guard):
        return [{"name": found.id, "action": "deny", "on_deny": found.message}]
    rules = [_require(guard, conditions) for guard, conditions in required(tool, found, ledger)]
    return [*rules, *_flows(tool, armed, ledger), *_limits(tool, found, ledger)]


def _flows(tool: ToolGuards, armed: Armed, ledger: Ledger) -> Iterator[Rule]:
    for guard in tool.flows:
        counter = _SEEN if guard.kind == "taint" else _DONE
        looked_at = [other for other in guard.after if counter in armed.get(other, ())]
        if not looked_at:
            _unseen(guard, ledger)
            continue
        if guard.kind == "taint":
            ledger.weaken(guard, "Refused instead of held, for all callers, until midnight UTC.")
            yield _require(guard, [_state(other, counter, "lte", 0) for other in looked_at])
        else:
            if len(looked_at) == 1:
                ledger.keep(guard)
            else:
                ledger.weaken(guard, "All of the tools named must have run, not one of them.")
            yield _require(guard, [_state(other, counter, "gte", 1) for other in looked_at])


def _unseen(guard: Guard, ledger: Ledger) -> None:
    """Account for a guard that looks at no tool: refused ones are never called."""
    if any(not _addressable(other) for other in guard.after):
        ledger.drop(guard, "Calls of a tool with a dot in its name cannot be looked at.")
    elif guard.kind == "taint":
        ledger.weaken(guard, "The tools that bring in such text are refused altogether.")
    else:
        ledger.drop(guard, "The tools that must run first are refused altogether.")


def _limits(tool: ToolGuards, found: Sequence[Demand], ledger: Ledger) -> Iterator[Rule]:
    if not _addressable(tool.name):
        for guard in (*tool.rates, *tool.spends):
            ledger.drop(guard, "A tool with a dot in its name cannot be counted.")
        return
    yield from _rates(tool, ledger)
    for guard, limit in summed(tool, found, ledger):
        yield _require(guard, list(conditions_of(guard.checks[0])))
        yield from _spend(tool, guard, limit, ledger)


def _rates(tool: ToolGuards, ledger: Ledger) -> Iterator[Rule]:
    for guard in tool.rates:
        if guard.limit and not guard.limit.sum_of:
            yield _rate(guard, guard.limit, ledger)
        elif guard.limit:
            ledger.drop(guard, "Counters cannot add up the items of an array.")


def _spend(tool: ToolGuards, guard: Guard, limit: RateLimit, ledger: Ledger) -> Iterator[Rule]:
    """Add up a whole-number argument; of others, whose fractions would be lost, count calls."""
    counter = _name(f"{limit.counter}_{'_'.join(limit.sum_of)}")
    path = f"state.{tool.name}.{counter}"
    state: Rule = {"counter": counter, "window": limit.window}
    if guard.checks[0].type == "integer" and addressable(limit.sum_of):
        amount = "args." + ".".join(limit.sum_of)
        ledger.keep(guard)
        state["increment_from"] = amount
        most = floor(limit.max)
    else:
        most = calls_within(tool, limit)
        ledger.weaken(guard, f"Fractions are not added up: {most} calls per {limit.window}.")
        state["increment"] = 1
    conditions = [{"path": path, "op": "lte", "value": most}]
    yield _require(guard, conditions) | {"state": state}


def _rate(guard: Guard, limit: RateLimit, ledger: Ledger) -> Rule:
    ledger.keep(guard)
    rate = f"{int(limit.max)}/{limit.window}"
    return {"name": guard.id, "rate_limit": rate, "on_deny": guard.message}


def _require(guard: Guard, conditions: list[Rule]) -> Rule:
    return {"name": guard.id, "conditions": conditions, "on_deny": guard.message}


def _state(tool: str, counter: str, operator: str, value: int) -> Rule:
    return {"path": f"state.{tool}.{counter}", "op": operator, "value": value}


def _name(counter: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", counter)


def _addressable(tool: str) -> bool:
    return "." not in tool and tool != "*"
