"""LiteLLM proxy: tools of each server by name, their arguments by name, one rate for each server.

An empty `allowed_tools` would read as no list at all: one that lets nothing through names a tool
that does not exist.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import chain, count
from typing import Any

import yaml

from threatmodel.classify.result import ToolReading
from threatmodel.emit import yaml_text
from threatmodel.errors import slug
from threatmodel.policy.formats.coverage import Arranged, Ledger, Written, arrange, servers_of
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
    offered = servers_of(plan)
    every = {server for servers in offered.values() for server in servers}
    written = _written(every or {plan.name})
    named = {tool: {written[server] for server in servers} for tool, servers in offered.items()}
    names = sorted(written.values())
    rate = _rate(arranged.everywhere.get("rate"), len(names), ledger)
    entries = {
        name: _entry([tool for tool in named if name in named[tool]], allowed, arranged) | rate
        for name in names
    }
    ledger.keep(
        *(g for kind, g in arranged.everywhere.items() if kind in ("default-deny", "schema"))
    )
    # Where two servers are written alike, a person has to know which entry is whose.
    told = (f"{w} is the server {s}." for s, w in written.items() if w != _server(s))
    return ledger.written(yaml_text({"mcp_servers": entries}), BY_NAME, (*_NOTES, *told))


def _written(servers: Iterable[str]) -> dict[str, str]:
    """Write the names of servers, in which the proxy takes no hyphen; each its own."""
    found: dict[str, str] = {}
    for server in sorted(servers):
        numbered = (f"{_server(server)}_{number}" for number in count(2))
        names = chain((_server(server),), numbered)
        found[server] = next(name for name in names if name not in found.values())
    return found


def _server(name: str) -> str:
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
        # Which of several servers that are written alike is meant is not known here: what one lets
        # through may pass.
        alike = re.compile(rf"{re.escape(_server(server))}(_\d+)?")
        found = [lists[name](server, tool, subject) for name in lists if alike.fullmatch(name)]
        return next((one for one in found if one[0] == "pass"), [*found, ("refuse", False)][0])

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
