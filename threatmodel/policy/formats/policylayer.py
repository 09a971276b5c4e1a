"""Hosted PolicyLayer: one JSON document per server, chosen by the caller's grant.

Arguments are only ever checked in `require`: a `deny_if` on an argument lets a call pass in which
the argument is missing or of another type. The keys of its conditions follow the open-source twin.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.emit import json_text
from threatmodel.policy.formats.conditions import (
    Path,
    calls_within,
    conditions_of,
    demands,
    opening,
    refusing_guard,
    required,
    required_paths,
    summed,
)
from threatmodel.policy.formats.coverage import Ledger, ToolGuards, Written, arrange
from threatmodel.policy.guard import Guard, GuardKind, Plan, RateLimit

_OTHERWISE: dict[GuardKind, str] = {
    "subject": "Who may call is set by giving the policy to grants, outside this document.",
    "taint": "The document has no memory of earlier calls.",
    "sequence": "The document has no memory of earlier calls.",
    "repeat": "Counters do not look at arguments.",
    "pin": "Definitions are not compared.",
    "schema": "A rule sees only arguments that it names.",
}
_NOTES = ("A grant without a policy refuses every call: attach this one to each grant.",)


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001
    """Write the plan as a hosted policy document."""
    arranged, ledger = arrange(plan), Ledger(plan)
    document = opening(arranged, ledger)
    overall = arranged.everywhere.get("rate")
    if overall and overall.limit:
        document["all_tools"] = {"limits": [_limit(overall, overall.limit, ledger)]}
    keys = required_paths(readings)
    listed = (tool for tool in arranged.tools if tool.access.kind != "hide")
    rules = {t.name: _rules(t, keys.get(t.name, ()), ledger) for t in listed}
    if rules:
        document["tools"] = rules
    return ledger.written(json_text(document), _OTHERWISE, _NOTES)


def block_of(document: Mapping[str, Any], tool: str) -> dict[str, Any]:
    """Cut a document down to one tool: every other tool is refused."""
    block = {key: document[key] for key in ("version", "default")}
    if tool in document.get("hide", ()):
        block["hide"] = [tool]
    if tool in document.get("tools", ()):
        block["tools"] = {tool: document["tools"][tool]}
    return block


def _rules(tool: ToolGuards, keys: Sequence[Path], ledger: Ledger) -> dict[str, Any]:
    found = refusing_guard(tool, ledger) or demands(tool, keys, ledger)
    if isinstance(found, Guard):
        return {"deny_if": [{"conditions": [], "on_deny": found.message}]}
    asked = [_require(guard, conditions) for guard, conditions in required(tool, found, ledger)]
    spends = list(summed(tool, found, ledger))
    asked += [_require(guard, list(conditions_of(guard.checks[0]))) for guard, _ in spends]
    limits = _limits(tool, spends, ledger)
    return ({"require": asked} if asked else {}) | ({"limits": limits} if limits else {})


def _limits(
    tool: ToolGuards, spends: list[tuple[Guard, RateLimit]], ledger: Ledger
) -> list[dict[str, Any]]:
    limits = []
    for guard in tool.rates:
        if guard.limit and not guard.limit.sum_of:
            limits.append(_limit(guard, guard.limit, ledger))
        elif guard.limit:
            ledger.drop(guard, "Limits count calls, not the items they carry.")
    for guard, limit in spends:
        calls = calls_within(tool, limit)
        ledger.weaken(guard, f"Sums are not kept: {calls} calls per {limit.window}.")
        limits.append(_counted(limit, calls))
    return limits


def _limit(guard: Guard, limit: RateLimit, ledger: Ledger) -> dict[str, Any]:
    ledger.keep(guard)
    return _counted(limit, int(limit.max))


def _counted(limit: RateLimit, most: int) -> dict[str, Any]:
    return {"counter": limit.counter, "window": limit.window, "max": most, "scope": "grant"}


def _require(guard: Guard, conditions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"conditions": conditions, "on_deny": guard.message}
