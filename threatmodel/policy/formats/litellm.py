"""LiteLLM proxy: tools of each server by name, their arguments by name, one rate for each server.

An empty `allowed_tools` would read as no list at all: one that lets nothing through names a tool
that does not exist.
"""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from threatmodel.classify.result import ToolReading
from threatmodel.errors import slug
from threatmodel.policy.formats.coverage import Arranged, Ledger, Written, arrange
from threatmodel.policy.formats.emit import yaml_text
from threatmodel.policy.formats.names_only import BY_NAME, NOBODY, NamesRead, by_lists, let_through
from threatmodel.policy.guard import CallVerdict, Guard, Plan

UPSTREAM = "https://upstream.invalid/mcp"
"""Stands for the tool server's address until a person fills it in."""

_NOTES = (
    f"Replace {UPSTREAM} by the tool server's address.",
    "Tools are offered as the server's name here, a hyphen and their own name.",
    "`rpm` counts all calls to the server, whoever makes them.",
)


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as entries of `mcp_servers`, one for each server."""
    arranged, ledger = arrange(plan), Ledger(plan)
    allowed = let_through(arranged, ledger)
    places = dict(plan.servers)
    named = {tool.name: _server(places.get(tool.name, plan.name)) for tool in arranged.tools}
    names = sorted({*named.values()} or {_server(plan.name)})
    rate = _rate(arranged.everywhere.get("rate"), len(names), ledger)
    entries = {
        name: _entry([t for t in named if named[t] == name], allowed, arranged) | rate
        for name in names
    }
    ledger.keep(
        *(g for kind, g in arranged.everywhere.items() if kind in ("default-deny", "schema"))
    )
    return ledger.written(yaml_text({"mcp_servers": entries}), BY_NAME, _NOTES)


def _server(name: str) -> str:
    """Write a server's name, in which the proxy takes no hyphen."""
    return "_".join(re.findall(r"[A-Za-z0-9]+", name)) or slug(name).replace("-", "_")


def _entry(tools: list[str], allowed: list[str], arranged: Arranged) -> dict[str, Any]:
    here = [name for name in allowed if name in tools]
    entry: dict[str, Any] = {"url": UPSTREAM}
    if "default-deny" in arranged.everywhere:
        # An empty list would read as no list, and let every tool through.
        entry["allowed_tools"] = here or [NOBODY]
    if others := [name for name in tools if name not in here]:
        entry["disallowed_tools"] = others
    if schema := arranged.everywhere.get("schema"):
        entry["allowed_params"] = {t: list(names) for t, names in schema.named if t in here}
    return entry


def _rate(guard: Guard | None, servers: int, ledger: Ledger) -> dict[str, Any]:
    """Give each server its share of the calls that all of them may get together."""
    if not guard or not guard.limit or guard.limit.window != "minute":
        return {}
    share = int(guard.limit.max) // servers
    if share == 0:
        return {}
    if servers == 1:
        ledger.keep(guard)
    else:
        ledger.weaken(guard, f"Servers are counted apart: {share} calls a minute for each.")
    return {"rpm": share}


def read(text: str) -> NamesRead:
    """Read the entries of all servers."""
    entries = yaml.safe_load(text)["mcp_servers"]
    lists = {
        name: by_lists(entry.get("allowed_tools"), entry.get("disallowed_tools", []))
        for name, entry in entries.items()
    }

    def decide(server: str, tool: str, subject: str) -> tuple[CallVerdict, bool]:
        listed = lists.get(_server(server))
        return listed(server, tool, subject) if listed else ("refuse", False)

    return NamesRead(
        decide,
        {name: entry["rpm"] for name, entry in entries.items() if "rpm" in entry},
        {
            tool: frozenset(some)
            for entry in entries.values()
            for tool, some in entry.get("allowed_params", {}).items()
        },
        counted=lambda server, _tool: _server(server),
    )
