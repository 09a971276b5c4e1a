"""Claude Code: permission rules of settings.json.

Deny is looked at first, then ask, then allow; a rule for an MCP tool that carries arguments in
parentheses is skipped, so that none is written: whatever depends on arguments is asked instead.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.emit import json_text
from threatmodel.policy.formats.coverage import (
    Arranged,
    Ledger,
    ToolGuards,
    Written,
    arrange,
    servers_of,
)
from threatmodel.policy.formats.names_only import NamesRead, asks
from threatmodel.policy.guard import CallVerdict, Guard, GuardKind, Plan

_OTHERWISE: dict[GuardKind, str] = {
    "rate": "Permissions keep no counts.",
    "repeat": "Permissions keep no counts.",
    "subject": "Settings belong to whoever runs the client.",
    "pin": "Definitions are not compared.",
    "schema": "Rules do not list the arguments of a call.",
    "default-deny": "A tool that is not listed is asked about, not refused.",
    "audit": "Recording is set elsewhere.",
}
_NOTES = (
    "In managed settings users cannot override these rules.",
    "The server must be named as the part between the double underscores.",
)
_ALL_ELSE = "dontAsk refuses what no rule allows, the client's own tools too: allow those it needs."
_ORDER = ("deny", "ask", "allow")


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as permission rules."""
    arranged, ledger = arrange(plan), Ledger(plan)
    rules: dict[str, str] = {}
    servers = servers_of(plan)
    for tool in arranged.tools:
        verdict = _verdict(tool, ledger)
        for server in servers[tool.name]:
            rule = _rule(server, tool.name)
            # Names that look alike once written share a rule: the strictest holds for all of them.
            rules[rule] = min(verdict, rules.get(rule, verdict), key=_ORDER.index)
    _report_shared(arranged, rules, ledger, servers)
    permissions: dict[str, Any] = {
        verdict: sorted(rule for rule, one in rules.items() if one == verdict)
        for verdict in _ORDER
        if verdict in rules.values()
    }
    permissions["disableBypassPermissionsMode"] = "disable"
    fallback = arranged.everywhere.get("default-deny")
    if fallback and "ask" not in rules.values():
        permissions["defaultMode"] = "dontAsk"  # it would refuse what waits for a person, too
        ledger.keep(fallback)
    notes = (*_NOTES, _ALL_ELSE) if "defaultMode" in permissions else _NOTES
    return ledger.written(json_text({"permissions": permissions}), _OTHERWISE, notes)


def _verdict(tool: ToolGuards, ledger: Ledger) -> str:
    if not tool.callable:
        ledger.keep(tool.access)
        return "deny"
    return "ask" if asks(tool, ledger) else "allow"


def _rule(server: str, tool: str) -> str:
    """Write the rule that names a tool, as the client writes the tool's name."""
    return f"mcp__{_written(server)}__{_written(tool)}"


def _written(name: str) -> str:
    """Write a name as the client does: what is not a letter, digit, `_` or `-` becomes `_`."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _report_shared(
    arranged: Arranged, rules: dict[str, str], ledger: Ledger, servers: dict[str, tuple[str, ...]]
) -> None:
    for tool in arranged.callable:
        if any(rules[_rule(server, tool.name)] == "deny" for server in servers[tool.name]):
            guards: tuple[Guard, ...] = (tool.access, *tool.bounds)
            ledger.subsume(guards, "Refused, as a tool with the same written name is.")


_VERDICTS: tuple[tuple[str, CallVerdict], ...] = (
    ("deny", "refuse"),
    ("ask", "hold"),
    ("allow", "pass"),
)


def read(text: str) -> NamesRead:
    """Read settings: the first list that names a tool decides, in the client's order."""
    rules = json.loads(text)["permissions"]

    def decide(server: str, tool: str, _subject: str) -> tuple[CallVerdict, bool]:
        for name, verdict in _VERDICTS:
            if any(_matches(rule, server, tool) for rule in rules.get(name, ())):
                return verdict, True
        return ("refuse" if rules.get("defaultMode") == "dontAsk" else "hold"), False

    return NamesRead(decide)


def _matches(rule: str, server: str, tool: str) -> bool:
    """Tell whether a rule names a tool: in full, by a `*` at the end, or by its server."""
    name = _rule(server, tool)
    if rule.endswith("*") and rule.startswith(_rule(server, "")):
        return name.startswith(rule[:-1])
    return rule in (name, _rule(server, "").removesuffix("__"))
