"""Kong: access lists of the ai-mcp-proxy plugin, by consumer group.

A tool's own list replaces the default one, and an empty list allows: whatever is refused allows a
group that does not exist.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats.coverage import Ledger, Written, arrange
from threatmodel.policy.formats.emit import yaml_text
from threatmodel.policy.formats.names_only import BY_NAME, NOBODY, NamesRead, let_through
from threatmodel.policy.guard import CallVerdict, Plan

_GROUP = "agents"
_NOTES = (
    "Each subject of the policy is a consumer group; without any, put the agent into `agents`.",
    "Names must match the upstream server's exactly.",
    "Rates are set by the rate-limiting plugin, per route.",
)


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
        "default_acl": [{"scope": "tools", "allow": [NOBODY] if fallback else groups}],
        "tools": [
            {"name": tool.name, "acl": {"allow": groups if tool.name in allowed else [NOBODY]}}
            for tool in arranged.tools
        ],
    }
    document: dict[str, Any] = {
        "_format_version": "3.0",
        "plugins": [{"name": "ai-mcp-proxy", "config": config}],
    }
    return ledger.written(yaml_text(document), BY_NAME, _NOTES)


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
