"""What clients read: permission rules of Claude Code, policies of Gemini CLI, tables of Codex."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from tests.support.checks.shape import Key, items, mapping, named, one_of, text

_RULE = re.compile(r"mcp__[A-Za-z0-9_-]+__[A-Za-z0-9_-]+")
_HIGHEST = 999


def check_claude_code(policy: str) -> tuple[str, ...]:
    """List what is wrong; rules that the client would skip count as wrong."""
    try:
        document = json.loads(policy)
    except ValueError as error:
        return (f"not JSON: {error}",)
    lists = {name: Key(items(_permission, distinct=True)) for name in ("allow", "ask", "deny")}
    mode = {
        "disableBypassPermissionsMode": Key(one_of("disable")),
        "defaultMode": Key(one_of("dontAsk")),
    }
    check = mapping({"permissions": Key(mapping(lists | mode), required=True)})
    return tuple(check(document, "settings"))


def check_gemini_cli(policy: str) -> tuple[str, ...]:
    """List what is wrong."""
    rule = mapping(
        {
            "mcpName": Key(_server, required=True),
            "toolName": Key(text, required=True),  # with mcpName, the loader wants it
            "decision": Key(one_of("allow", "deny", "ask_user"), required=True),
            "priority": Key(_priority, required=True),
            "denyMessage": Key(text),
        }
    )
    return _toml(policy, Key(items(rule, least=1), required=True), "rule")


def check_codex(policy: str) -> tuple[str, ...]:
    """List what is wrong."""
    names = Key(items(text, distinct=True))
    mode = Key(one_of("auto", "prompt", "writes", "approve"))
    table = mapping(
        {
            "command": Key(text, required=True),
            "enabled_tools": names,
            "disabled_tools": names,
            "tools": Key(named(mapping({"approval_mode": mode}))),
        }
    )
    return _toml(policy, Key(named(table)), "mcp_servers")


def _toml(policy: str, key: Key, name: str) -> tuple[str, ...]:
    try:
        document = tomllib.loads(policy)
    except tomllib.TOMLDecodeError as error:
        return (f"not TOML: {error}",)
    return tuple(mapping({name: key})(document, "policy"))


def _permission(value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, str) or not _RULE.fullmatch(value):
        yield f"{place}: would be skipped"


def _server(value: Any, place: str) -> Iterator[str]:
    yield from text(value, place)
    if "_" in str(value):
        yield f"{place}: an underscore in a server's name is read as its end"


def _priority(value: Any, place: str) -> Iterator[str]:
    if type(value) is not int or not 0 <= value <= _HIGHEST:
        yield f"{place}: must be 0 to {_HIGHEST}"
