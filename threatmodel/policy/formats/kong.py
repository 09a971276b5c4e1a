"""Kong: access lists of the ai-mcp-proxy plugin, by consumer group.

A tool's own list replaces the default one, and an empty list allows: whatever is refused allows a
group that does not exist. The schema of the plugin demands a description of each tool, and a plugin
without a route would hold for every route of the gateway.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from threatmodel.classify.result import ToolReading
from threatmodel.emit import yaml_text
from threatmodel.policy.formats.coverage import Ledger, ToolGuards, Written, arrange
from threatmodel.policy.formats.names_only import BY_NAME, NOBODY, NamesRead, let_through
from threatmodel.policy.guard import CallVerdict, GuardKind, Plan

ROUTE = "fill-in-the-route-of-this-server"
"""Stands for the route in front of the tool server: the gateway knows none by this name."""

_GROUP = "agents"
_NOTES = (
    f"Replace {ROUTE} by the route in front of the tool server; a plugin there must say who calls.",
    "The plugin comes with AI Gateway Enterprise, its access lists from version 3.13 on.",
    "Each subject of the policy is a consumer group; without any, put the agent into `agents`.",
    "Names must match the upstream server's exactly.",
    "Rates are set by the rate-limiting plugin, per route.",
)
_RECORDED: dict[GuardKind, str] = {"audit": "Decisions are recorded only where a log plugin is."}


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as one plugin entry."""
    arranged, ledger = arrange(plan), Ledger(plan)
    subject = arranged.everywhere.get("subject")
    groups = list(subject.values) if subject else [_GROUP]
    fallback = arranged.everywhere.get("default-deny")
    ledger.keep(*(guard for guard in (subject, fallback) if guard))
    allowed = set(let_through(arranged, ledger))
    config: dict[str, Any] = {
        "mode": "passthrough-listener",
        "include_consumer_groups": True,
        "logging": {"log_audits": True},
        "default_acl": [{"scope": "tools", "allow": [NOBODY] if fallback else groups}],
        "tools": [
            _listed(tool, groups if tool.name in allowed else [NOBODY]) for tool in arranged.tools
        ],
    }
    document: dict[str, Any] = {
        "_format_version": "3.0",
        "plugins": [{"name": "ai-mcp-proxy", "route": ROUTE, "config": config}],
    }
    return ledger.written(yaml_text(document), BY_NAME | _RECORDED, _NOTES)


def _listed(tool: ToolGuards, groups: list[str]) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.access.message or "Allowed by the policy.",
        "acl": {"allow": groups},
    }


def read(text: str) -> NamesRead:
    """Read the access lists; a tool's own replaces the default one."""
    config: Mapping[str, Any] = yaml.safe_load(text)["plugins"][0]["config"]
    lists = {tool["name"]: tool["acl"]["allow"] for tool in config["tools"]}
    default = config["default_acl"][0]["allow"]

    def decide(_server: str, tool: str, subject: str) -> tuple[CallVerdict, bool]:
        groups = lists.get(tool, default)
        refused = groups == [NOBODY]
        known = subject in groups or groups[0] == _GROUP
        return ("pass" if known and not refused else "refuse"), refused and tool in lists

    return NamesRead(decide)
