"""The documented shape of a hosted PolicyLayer document."""

import json

from tests.support.checks.shape import Key, anything, items, mapping, named, one_of, text, whole

_OPERATORS = (
    "eq",
    "neq",
    "lt",
    "lte",
    "gt",
    "gte",
    "in",
    "not_in",
    "exists",
    "regex",
    "contains",
)
_CONDITION = mapping(
    {
        "path": Key(text, required=True),
        "op": Key(one_of(*_OPERATORS), required=True),
        "value": Key(anything, required=True),
    }
)
_RULE = {"conditions": Key(items(_CONDITION), required=True), "on_deny": Key(text)}
_LIMIT = mapping(
    {
        "counter": Key(text, required=True),
        "window": Key(one_of("minute", "hour", "day"), required=True),
        "max": Key(whole, required=True),
        "scope": Key(one_of("grant"), required=True),
    }
)
_LIMITS = items(_LIMIT)
_TOOL = mapping(
    {
        "require": Key(items(mapping(_RULE))),
        "deny_if": Key(items(mapping(_RULE))),
        "limits": Key(_LIMITS),
    }
)
_DOCUMENT = mapping(
    {
        "version": Key(one_of("1"), required=True),
        "default": Key(one_of("allow", "deny"), required=True),
        "hide": Key(items(text, distinct=True)),
        "all_tools": Key(mapping({"limits": Key(_LIMITS)})),
        "tools": Key(named(_TOOL)),
    }
)


def check_policylayer(policy: str) -> tuple[str, ...]:
    """List what is wrong; source: PolicyLayer documentation, Writing policies."""
    try:
        document = json.loads(policy)
    except ValueError as error:
        return (f"not JSON: {error}",)
    faults = list(_DOCUMENT(document, "policy"))
    if not faults:
        faults += [f"{name}: hidden and listed" for name in _both(document)]
    return tuple(faults)


def _both(document: dict[str, dict[str, object]]) -> list[str]:
    return sorted(set(document.get("hide", ())) & set(document.get("tools", {})))
