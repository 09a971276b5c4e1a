"""What gateways without a schema read: LiteLLM, Docker, ContextForge, Kong."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import yaml

from tests.support.checks.shape import (
    Key,
    Rule,
    anything,
    items,
    load_yaml,
    mapping,
    named,
    one_of,
    text,
    whole,
)

_NAMES = items(text, least=1, distinct=True)
_FLAG = re.compile(
    r"--(?:servers=[A-Za-z0-9_.-]+|tools=[A-Za-z0-9_.-]+:[A-Za-z0-9_./@-]+|log-calls=true)"
)
_PER_MINUTE = re.compile(r"[1-9][0-9]*/m")


def check_litellm(policy: str) -> tuple[str, ...]:
    """List what is wrong; an empty list of allowed tools would allow all."""
    server = mapping(
        {
            "url": Key(text, required=True),
            "allowed_tools": Key(_NAMES),
            "disallowed_tools": Key(_NAMES),
            "allowed_params": Key(named(items(text, distinct=True))),
            "rpm": Key(whole),
        }
    )
    return _yaml(policy, mapping({"mcp_servers": Key(named(server), required=True)}))


def check_docker(policy: str) -> tuple[str, ...]:
    """List what is wrong; without `--tools` the gateway would offer everything."""
    words = shlex.split(policy.replace("\\\n", ""))
    if words[:4] != ["docker", "mcp", "gateway", "run"]:
        return ("the command must start the gateway",)
    faults = [f"{word}: cannot be read" for word in words[4:] if not _FLAG.fullmatch(word)]
    if not any(word.startswith("--tools=") for word in words):
        faults.append("--tools: missing")
    return tuple(faults)


def check_contextforge(policy: str) -> tuple[str, ...]:
    """List what is wrong."""
    plugin = mapping(
        {
            "name": Key(text, required=True),
            "kind": Key(text, required=True),
            "hooks": Key(items(one_of("tool_pre_invoke"), least=1), required=True),
            "mode": Key(one_of("sequential"), required=True),
            "priority": Key(whole, required=True),
            "config": Key(_config, required=True),
        }
    )
    return _yaml(policy, mapping({"plugins": Key(items(plugin, least=1), required=True)}))


def check_kong(policy: str) -> tuple[str, ...]:
    """List what is wrong; an empty access list would allow all.

    The keys are those of the plugin's schema, which takes no tool without a description.
    """
    allow = mapping({"allow": Key(_NAMES, required=True)})
    default = mapping({"scope": Key(one_of("tools"), required=True), "allow": Key(_NAMES)})
    tool = mapping(
        {
            "name": Key(text, required=True),
            "description": Key(text, required=True),
            "acl": Key(allow, required=True),
        }
    )
    config = mapping(
        {
            "logging": Key(mapping({"log_audits": Key(one_of(True))})),  # noqa: FBT003 - a value
            "mode": Key(one_of("passthrough-listener"), required=True),
            "include_consumer_groups": Key(one_of(True), required=True),  # noqa: FBT003 - a value
            "default_acl": Key(items(default, least=1), required=True),
            "tools": Key(items(tool, distinct=True), required=True),
        }
    )
    plugin = mapping(
        {
            "name": Key(one_of("ai-mcp-proxy")),
            "route": Key(text, required=True),
            "config": Key(config, required=True),
        }
    )
    keys = {"_format_version": Key(one_of("3.0"), required=True), "plugins": Key(items(plugin))}
    return _yaml(policy, mapping(keys))


def _yaml(policy: str, check: Rule) -> tuple[str, ...]:
    try:
        document = load_yaml(policy)
    except yaml.YAMLError as error:
        return (f"not YAML: {error}",)
    return tuple(check(document, "policy"))


def _config(value: Any, place: str) -> Iterator[str]:
    rates = mapping(
        {
            "backend": Key(one_of("memory", "redis"), required=True),
            "algorithm": Key(one_of("fixed_window"), required=True),
            "by_user": Key(_rate),
            "by_tool": Key(named(_rate)),
        }
    )
    decides = mapping(
        {
            "engines": Key(items(anything, least=1), required=True),
            "combination_mode": Key(one_of("all_must_allow"), required=True),
            "default_decision": Key(one_of("deny", "allow"), required=True),
        }
    )
    yield from (decides if "engines" in value else rates)(value, place)


def _rate(value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, str) or not _PER_MINUTE.fullmatch(value):
        yield f"{place}: must be N/m"
