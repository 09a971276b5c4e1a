"""Codex: tools of a server, by name in config.toml: which are offered, and which it asks about."""

import tomllib
from collections.abc import Sequence

from threatmodel.classify.result import ToolReading
from threatmodel.emit import JsonData, quoted, toml_table
from threatmodel.policy.formats.coverage import Arranged, Ledger, Written, arrange, servers_of
from threatmodel.policy.formats.names_only import BY_NAME, NamesRead, asks, by_lists
from threatmodel.policy.guard import CallVerdict, Plan

COMMAND = "fill-in-the-command-of-this-server"
"""Stands for the server's own command: without a command or url the client drops the whole file."""

_NOTES = (
    "A fragment: merge it into ~/.codex/config.toml.",
    f"Where the server has a table there, keep its command or url and leave out {COMMAND}.",
    'Tools that are asked about have approval_mode = "prompt"; all others that are enabled run.',
    "Started with --dangerously-bypass-approvals-and-sandbox it asks nobody: what waits runs then.",
)


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as lists of tools, one table per server, and a table per tool."""
    arranged, ledger = arrange(plan), Ledger(plan)
    modes = _modes(arranged, ledger)
    servers = servers_of(plan)
    fallback = arranged.everywhere.get("default-deny")
    tables = []
    for server in sorted({server for offered in servers.values() for server in offered}):
        here = [tool for tool, offered in servers.items() if server in offered]
        values: dict[str, JsonData] = {"command": COMMAND}
        if fallback:
            values["enabled_tools"] = [name for name in here if name in modes]
        values["disabled_tools"] = [name for name in here if name not in modes]
        head = f"mcp_servers.{quoted(server)}"
        tables.append(toml_table(f"[{head}]", values))
        tables += [
            toml_table(f"[{head}.tools.{quoted(name)}]", {"approval_mode": modes[name]})
            for name in here
            if name in modes
        ]
    if fallback:
        ledger.keep(fallback)
    return ledger.written("\n".join(tables), BY_NAME, _NOTES)


def _modes(arranged: Arranged, ledger: Ledger) -> dict[str, str]:
    """Give each tool that may be called its mode: run, or ask a person."""
    ledger.keep(*(tool.access for tool in arranged.tools if not tool.callable))
    return {tool.name: "prompt" if asks(tool, ledger) else "approve" for tool in arranged.callable}


def read(text: str) -> NamesRead:
    """Read the tables of all servers together."""
    tables = tomllib.loads(text).get("mcp_servers", {}).values()
    limited = [table["enabled_tools"] for table in tables if "enabled_tools" in table]
    refused = [name for table in tables for name in table.get("disabled_tools", ())]
    listed = by_lists([n for names in limited for n in names] if limited else None, refused)
    rows = (row for table in tables for row in table.get("tools", {}).items())
    asked = {name for name, row in rows if row.get("approval_mode") == "prompt"}

    def decide(server: str, tool: str, subject: str) -> tuple[CallVerdict, bool]:
        verdict, named = listed(server, tool, subject)
        return ("hold", True) if verdict == "pass" and tool in asked else (verdict, named)

    return NamesRead(decide)
