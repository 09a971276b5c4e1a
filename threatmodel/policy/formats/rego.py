"""Rego for Open Policy Agent: a policy that a proxy asks before each call.

The proxy hands in what it knows; what it leaves out counts against the call: a counter that is
missing refuses, a definition that is not told apart refuses. Every check says what passes, so that
whatever cannot be evaluated is refused.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.emit import json_quoted, json_text
from threatmodel.files import shipped
from threatmodel.policy.formats.conditions import carried_kinds, pattern_of
from threatmodel.policy.formats.coverage import Arranged, Ledger, ToolGuards, Written, arrange
from threatmodel.policy.guard import (
    ITEMS,
    ArgumentCheck,
    Guard,
    Plan,
    Scalar,
)

# Argument checks in Rego: small functions, one per step of the path, true only for what passes.

_LINES = {
    "eq": ("value in {all}",),
    "in": ("value in {all}",),
    # What is missing would differ from any value, and pass.
    "neq": ("value != null", "not value in {all}"),
    "not_in": ("value != null", "not value in {all}"),
    "exists": ("value != null",),
    "max_items": ("is_array(value)", "count(value) <= {one}"),
    "contains": ("contains(value, {one})",),
    "without_text": (
        "value != null",
        "every part in {all} {{ not mentions(value, part) }}",
    ),
}
_LONGEST = 5000
"""Characters of the longest text that is matched: some engines match by recursion."""

_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def rego_string(text: str) -> str:
    """Quote text as a Rego string."""
    return json_quoted(text)


def rego_rules(name: str, check: ArgumentCheck) -> Iterator[str]:
    """Write the functions of one check; the first is `<name>_0`."""
    for step, key in enumerate(check.path):
        here, after = f"{name}_{step}", f"{name}_{step + 1}"
        if key == ITEMS:
            each = f"every item in value {{\n\t\t{after}(item)\n\t}}"
            yield f"\n{here}(value) if {{\n\tis_array(value)\n\t{each}\n}}"
            continue
        quoted = rego_string(key)
        if check.optional:
            absent = f"object.get(value, {quoted}, null) == null"
            yield f"\n{here}(value) if {{\n\tis_object(value)\n\t{absent}\n}}"
        yield f"\n{here}(value) if {{\n\tis_object(value)\n\t{after}(value[{quoted}])\n}}"
    lines = "\n".join(f"\t{line}" for line in _compared(check))
    yield f"\n{name}_{len(check.path)}(value) if {{\n{lines}\n}}"


def _compared(check: ArgumentCheck) -> list[str]:
    pattern = pattern_of(check)
    if pattern is not None:
        short = f"count(value) <= {_LONGEST}"
        return ["is_string(value)", short, f"regex.match({rego_string(pattern)}, value)"]
    if check.operator == "free_of":
        kinds = carried_kinds(check)
        return ["value != null", *(f"not carries(value, {rego_string(k.found)})" for k in kinds)]
    values = check.values
    if check.operator in _SIGNS:
        return ["is_number(value)", f"value {_SIGNS[check.operator]} {_literal(values[0])}"]
    listed = f"[{', '.join(map(_literal, values))}]"
    lines = _LINES[check.operator]
    return [line.format(one=_literal(values[0]), all=listed) for line in lines]


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return rego_string(value) if isinstance(value, str) else repr(value)


_NOTES = (
    "Ask data.mcp.authz.decision before each call, with input {tool, arguments} and, where used:",
    "approved: true once a person said yes to exactly this call.",
    "counts: what each counter holds in the open window before this call, by `tool/counter`.",
    "definition: sha256 of the tool's definition as listed now.",
    "same_call: how often the same call was made in the open window.",
    "subject: who calls.",
    "tools_before: the tools called earlier in this session.",
    "A hidden tool is to be left out of tools/list: data.mcp.authz.hidden.",
)


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as one Rego module."""
    arranged, ledger = arrange(plan), Ledger(plan, holds=True)
    ledger.keep(*plan.guards)
    table = json_text(_table(arranged)).rstrip("\n")
    engine = shipped("frameworks/policy/engine.rego").read_text(encoding="utf-8")
    checks = "\n".join(_checks(arranged))
    # Through a built-in, so that the type checker does not take the table for all there could be.
    return ledger.written(
        f"{engine}\nguards := object.union({{}}, {table})\n{checks}\n", {}, _NOTES
    )


def _table(arranged: Arranged) -> dict[str, Any]:
    """Put everything but the argument checks into data that the rules look up."""
    over = arranged.everywhere
    table: dict[str, Any] = {
        "default": _entry(over["default-deny"]) if "default-deny" in over else {"allow": True},
        "tools": {tool.name: _tool(tool) for tool in arranged.tools},
    }
    if "rate" in over:
        table["overall"] = _limit(over["rate"], [])
    if "repeat" in over and over["repeat"].limit:
        table["repeat"] = _entry(over["repeat"]) | {"max": int(over["repeat"].limit.max)}
    if "subject" in over:
        table["subject"] = _entry(over["subject"]) | {"values": list(over["subject"].values)}
    if "pin" in over:
        pins = dict(value.rsplit("=", 1) for value in over["pin"].values)
        table["pin"] = _entry(over["pin"]) | {"sha256": pins}
    if "schema" in over:
        names = {tool: list(some) for tool, some in over["schema"].named}
        table["schema"] = _entry(over["schema"]) | {"arguments": names}
    return table


def _tool(tool: ToolGuards) -> dict[str, Any]:
    row: dict[str, Any] = {"access": tool.access.kind, **_entry(tool.access)}
    checks = [guard for guard in (*tool.arguments, *tool.spends) if guard.checks]
    for name, otherwise in (("checks", "deny"), ("asks", "approval")):
        some = {guard.id: guard.message for guard in checks if guard.otherwise == otherwise}
        row |= {name: some} if some else {}
    limits = [_limit(guard, paths) for guard, paths in _counted(tool)]
    if limits:
        row["limits"] = limits
    for kind in ("taint", "sequence"):
        flows = [g for g in tool.flows if g.kind == kind]
        if flows:
            row[kind] = [_entry(guard) | {"after": list(guard.after)} for guard in flows]
    return row


def _counted(tool: ToolGuards) -> list[tuple[Guard, list[tuple[str, ...]]]]:
    """Give each guard what it adds up: guards that share a counter add together."""
    guards = [(guard, guard.limit) for guard in (*tool.rates, *tool.spends) if guard.limit]
    return [
        (one, [o.sum_of for _, o in guards if o.counter == limit.counter and o.sum_of])
        for one, limit in guards
    ]


def _entry(guard: Guard) -> dict[str, Any]:
    return {"guard": guard.id, "message": guard.message}


def _limit(guard: Guard, paths: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    if guard.limit is None:
        return {}
    counted = "items" if guard.kind == "rate" else "sum"
    row = _entry(guard) | {
        "counter": f"{guard.tool}/{guard.limit.counter}",
        "window": guard.limit.window,
        "max": json.loads(json.dumps(guard.limit.max)),
    }
    return row | ({counted: [list(path) for path in paths]} if paths else {})


def _checks(arranged: Arranged) -> list[str]:
    number = 0
    lines: list[str] = []
    for tool in arranged.tools:
        guards = (*tool.arguments, *tool.spends)
        rehearsal = (tool.access,) if tool.access.kind == "dry-run" else ()
        for guard in (*guards, *rehearsal):
            if not guard.checks:
                continue
            number += 1
            calls = [f"check_{number}_{n}_0(input.arguments)" for n in range(len(guard.checks))]
            # Named first, so that OPA finds a tool's own checks in its index and runs no others.
            whose = f"input.tool == {rego_string(tool.name)}"
            body = "\n".join(f"\t{line}" for line in (whose, *calls))
            lines.append(f"\npasses contains {rego_string(guard.id)} if {{\n{body}\n}}")
            for n, check in enumerate(guard.checks):
                lines += rego_rules(f"check_{number}_{n}", check)
    return lines
