"""LiteLLM proxy: tools of a server by name, their arguments by name, one rate for the whole server.

An empty `allowed_tools` would read as no list at all: one that lets nothing through names a tool
that does not exist.
"""

from collections.abc import Sequence
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats.coverage import Ledger, Written, arrange
from threatmodel.policy.formats.emit import yaml_text
from threatmodel.policy.formats.names_only import BY_NAME, NOBODY, let_through, refused
from threatmodel.policy.guard import Plan

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
