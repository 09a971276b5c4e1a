"""Codex: tools of a server, enabled and disabled by name in config.toml."""

from collections.abc import Sequence

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats.coverage import Ledger, arrange
from threatmodel.policy.formats.emit import Data, quoted, toml_table
from threatmodel.policy.formats.names_only import BY_NAME, refused, through
from threatmodel.policy.guard import CompiledPolicy, GuardKind, Plan

CAN: frozenset[GuardKind] = frozenset({"allow", "deny", "hide", "default-deny"})
"""Kinds that it expresses."""

_NOTES = ("Add the server's own command or url to the same table.",)


def compile(plan: Plan, readings: Sequence[ToolReading]) -> CompiledPolicy:  # noqa: A001, ARG001
    """Write the plan as lists of tools, one table per server."""
    arranged, ledger = arrange(plan), Ledger(plan)
    allowed = through(arranged, ledger)
    servers = dict(plan.servers)
    fallback = arranged.everywhere.get("default-deny")
    tables = []
    for server in sorted({servers.get(tool.name, plan.name) for tool in arranged.tools}):
        here = {tool.name for tool in arranged.tools if servers.get(tool.name, plan.name) == server}
        values: dict[str, Data] = {}
        if fallback:
            values["enabled_tools"] = [name for name in allowed if name in here]
        values["disabled_tools"] = [n for n in refused(arranged, allowed) if n in here]
        tables.append(toml_table(f"[mcp_servers.{quoted(server)}]", values))
    if fallback:
        ledger.keep(fallback)
    kept, losses = ledger.close(BY_NAME)
    text = "\n".join(tables)
    return CompiledPolicy("codex", "Codex", "config.toml", text, kept, losses, _NOTES)
