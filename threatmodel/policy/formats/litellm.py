"""LiteLLM proxy: tools of a server by name, their arguments by name, one rate for the whole server.

An empty `allowed_tools` would read as no list at all: one that lets nothing through names a tool
that does not exist.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats.coverage import Ledger, Written, arrange
from threatmodel.policy.formats.emit import yaml_text
from threatmodel.policy.formats.names_only import (
    BY_NAME,
    NOBODY,
    NamesRead,
    by_lists,
    let_through,
    refused,
)
from threatmodel.policy.guard import EVERY, Plan

UPSTREAM = "https://upstream.invalid/mcp"
"""Stands for the tool server's address until a person fills it in."""

_NOTES = (
    f"Replace {UPSTREAM} by the tool server's address.",
    "`rpm` counts all calls to the server, whoever makes them.",
)


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as one entry of `mcp_servers`."""
    arranged, ledger = arrange(plan), Ledger(plan)
    allowed = let_through(arranged, ledger)
    server: dict[str, Any] = {"url": UPSTREAM}
    fallback = arranged.everywhere.get("default-deny")
    if fallback:
        ledger.keep(fallback)
        # An empty list would read as no list, and let every tool through.
        server["allowed_tools"] = allowed or [NOBODY]
    others = refused(arranged, allowed)
    if others:
        server["disallowed_tools"] = others
    schema = arranged.everywhere.get("schema")
    if schema:
        ledger.keep(schema)
        server["allowed_params"] = {t: list(names) for t, names in schema.named if t in allowed}
    overall = arranged.everywhere.get("rate")
    if overall and overall.limit and overall.limit.window == "minute":
        ledger.keep(overall)
        server["rpm"] = int(overall.limit.max)
    return ledger.written(
        yaml_text({"mcp_servers": {plan.name.replace("-", "_"): server}}), BY_NAME, _NOTES
    )


def read(text: str) -> NamesRead:
    """Read the entry of the first server."""
    server = next(iter(yaml.safe_load(text)["mcp_servers"].values()))
    return NamesRead(
        by_lists(server.get("allowed_tools"), server.get("disallowed_tools", [])),
        {EVERY: server["rpm"]} if "rpm" in server else {},
        {tool: frozenset(some) for tool, some in server.get("allowed_params", {}).items()},
    )
