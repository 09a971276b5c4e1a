"""ContextForge: the plugins that decide and count, in plugins/config.yaml.

Its schema guard knows no patterns and no values, so that no argument check is written with it. The
gateway tells its plugins who calls by address alone: a rule for a role would never be met.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from threatmodel.classify.result import ToolReading
from threatmodel.emit import yaml_text
from threatmodel.errors import SHORT, slug
from threatmodel.policy.formats.coverage import Arranged, Ledger, Written, arrange, servers_of
from threatmodel.policy.formats.names_only import BY_NAME, NamesRead, by_lists, let_through
from threatmodel.policy.guard import EVERY, Plan

_NOTES = (
    "Set PLUGINS_ENABLED=true and PLUGINS_FAIL_ON_PLUGIN_ERROR=true for the gateway.",
    "Without the second, a plugin that does not load is skipped, and every call passes.",
    "It decides for every caller and every server of the gateway: add the tools of other servers.",
    "Rates are counted in fixed windows of one minute.",
    "Tools are named as the gateway lists them: slug of the server, a hyphen, slug of the tool.",
)


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as plugin entries."""
    arranged, ledger = arrange(plan), Ledger(plan)
    allowed = let_through(arranged, ledger)
    for tool in arranged.of_kind("hide"):
        ledger.weaken(
            tool.access, "Refused when called; what is listed is set by the server.", "deny"
        )
    named = {
        tool: frozenset(gateway_name(server, tool) for server in offered)
        for tool, offered in servers_of(plan).items()
    }
    # Names that look alike once the gateway lists them share a rule: refused, if one of them is.
    shut = {name for tool in named.keys() - {*allowed} for name in named[tool]}
    for tool in arranged.tools:
        if tool.name in allowed and named[tool.name] & shut:
            instead = "Refused, as a tool that the gateway lists by the same name is."
            ledger.subsume((tool.access, *tool.bounds), instead)
    named = {tool: named[tool] for tool in allowed if not named[tool] & shut}
    plugins = [_decides(arranged, named, ledger), *_counts(arranged, named, ledger)]
    return ledger.written(yaml_text({"plugins": plugins}), BY_NAME, _NOTES)


def gateway_name(server: str, tool: str) -> str:
    """Write a tool's name as the gateway lists it: its own slug behind that of the server."""
    return f"{slug(server, SHORT)}-{slug(tool)}"


_Named = dict[str, frozenset[str]]
"""Tool -> its names at the gateway, one for each server that offers it."""


def _decides(arranged: Arranged, named: _Named, ledger: Ledger) -> dict[str, Any]:
    rules = [
        {
            "id": f"allow-{number}",
            "roles": ["*"],
            "actions": [f"tools.invoke.{name}"],
            "resource_types": ["tool"],
            "reason": "The policy lists it.",
        }
        for number, name in enumerate(sorted(frozenset().union(*named.values())), 1)
    ]
    fallback = arranged.everywhere.get("default-deny")
    if fallback:
        ledger.keep(fallback)
    return {
        "name": "UnifiedPDP",
        "kind": "plugins.unified_pdp.unified_pdp.UnifiedPDPPlugin",
        "hooks": ["tool_pre_invoke"],
        "mode": "sequential",
        "priority": 10,
        "config": {
            "engines": [{"name": "native", "settings": {"rules": rules}}],
            "combination_mode": "all_must_allow",
            "default_decision": "deny" if fallback else "allow",
        },
    }


def _counts(arranged: Arranged, named: _Named, ledger: Ledger) -> Iterator[dict[str, Any]]:
    most: dict[str, int] = {}
    for tool in arranged.tools:
        for guard in tool.rates:
            limit = guard.limit
            if tool.name not in named or limit is None:
                continue
            if limit.sum_of or limit.window != "minute":
                ledger.drop(guard, "Only calls per minute are counted.")
            else:
                ledger.keep(guard)
                count = int(limit.max)
                most |= {name: min(count, most.get(name, count)) for name in named[tool.name]}
    config: dict[str, Any] = {"backend": "memory", "algorithm": "fixed_window"}
    overall = arranged.everywhere.get("rate")
    if overall and overall.limit and overall.limit.window == "minute":
        ledger.keep(overall)
        config["by_user"] = f"{int(overall.limit.max)}/m"
    if most:
        config["by_tool"] = {name: f"{count}/m" for name, count in sorted(most.items())}
    if len(config) > len(("backend", "algorithm")):
        yield {
            "name": "RateLimiter",
            "kind": "cpex_rate_limiter.RateLimiterPlugin",
            "hooks": ["tool_pre_invoke"],
            "mode": "sequential",
            "priority": 20,
            "config": config,
        }


def read(text: str) -> NamesRead:
    """Read the two plugins: the lists of the one, and the rates of the other."""
    plugins = yaml.safe_load(text)["plugins"]
    config = plugins[0]["config"]
    rules = config["engines"][0]["settings"]["rules"]
    allowed = [rule["actions"][0].removeprefix("tools.invoke.") for rule in rules]
    listed = by_lists(allowed if config["default_decision"] == "deny" else None, None)
    counts: dict[str, Any] = next((p["config"] for p in plugins if p["name"] == "RateLimiter"), {})
    overall = {EVERY: counts["by_user"]} if "by_user" in counts else {}
    rates = {**counts.get("by_tool", {}), **overall}
    return NamesRead(
        lambda server, tool, subject: listed(server, gateway_name(server, tool), subject),
        {tool: int(rate.removesuffix("/m")) for tool, rate in rates.items()},
        counted=gateway_name,
    )
