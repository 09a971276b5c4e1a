"""The rules of Intercept's own validator, and the keys that it would ignore in silence."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.support.checks.shape import Key, anything, items, load_yaml, mapping, named, one_of, text

_OPERATORS = frozenset(
    ("eq", "neq", "in", "not_in", "lt", "lte", "gt", "gte", "regex", "contains", "exists")
)
_WINDOWS = frozenset(("minute", "hour", "day"))
_RATE = re.compile(r"([0-9]+)/([a-z]+)")
_BEYOND_RE2 = re.compile(r"\(\?(?:=|!|<=|<!|P=|>)|\\[1-9]|[*+?}]\+")
_STATE_STEPS = 3
_STATE = mapping(
    {
        "counter": Key(text, required=True),
        "window": Key(one_of(*sorted(_WINDOWS)), required=True),
        "increment": Key(anything),
        "increment_from": Key(text),
    }
)
_CONDITION = mapping(
    {"path": Key(text, required=True), "op": Key(text, required=True), "value": Key(anything)}
)
_RULE = mapping(
    {
        "name": Key(text),
        "action": Key(text),
        "rate_limit": Key(text),
        "conditions": Key(items(_CONDITION)),
        "on_deny": Key(text),
        "state": Key(_STATE),
    }
)
_DOCUMENT = mapping(
    {
        "version": Key(anything, required=True),
        "description": Key(text),
        "default": Key(anything),
        "hide": Key(items(anything)),
        "tools": Key(named(mapping({"rules": Key(items(_RULE), required=True)}))),
    }
)

Rules = Mapping[str, list[dict[str, Any]]]


def check_intercept(policy: str) -> tuple[str, ...]:
    """List what is wrong.

    Source: internal/config/validate.go, snapshot 77f0429 (25 rules); unknown keys are ours.
    """
    try:
        document = load_yaml(policy)
    except yaml.YAMLError as error:
        return (f"not YAML: {error}",)
    faults = list(_DOCUMENT(document, "policy"))
    if faults:
        return tuple(faults)
    rules = {name: row["rules"] for name, row in document.get("tools", {}).items()}
    return (*_head(document), *_tools(rules))


def _head(document: Mapping[str, Any]) -> Iterator[str]:
    if document["version"] not in ("1", 1):
        yield f'version must be "1", got "{document["version"]}"'
    if document.get("default", "allow") not in ("allow", "deny"):
        yield 'default must be "allow" or "deny"'
    hidden = document.get("hide", [])
    for number, name in enumerate(hidden):
        if not str(name).strip():
            yield f"hide[{number}]: entry must not be empty"
        elif name in hidden[:number]:
            yield f'hide: duplicate entry "{name}"'


def _tools(rules: Rules) -> Iterator[str]:
    counters = {(tool, counter) for tool in rules for counter, _ in _counters(rules[tool])}
    for tool, listed in rules.items():
        seen: dict[str, int] = {}
        for counter, number in _counters(listed):
            if counter in seen:
                yield f"tools.{tool}.rules[{number}]: duplicate state counter"
            seen.setdefault(counter, number)
        for number, rule in enumerate(listed):
            place = f"tools.{tool}.rules[{number}]"
            yield from _rate(rule, place) if "rate_limit" in rule else _rule(rule, place, counters)
            if "rate_limit" in rule and "." in tool:
                yield f"{place}: condition references a state whose path is split on dots"


def _counters(rules: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    for number, rule in enumerate(rules):
        if "rate_limit" in rule:
            yield f"_rate_{rule['rate_limit'].partition('/')[2]}", number
        elif "state" in rule:
            yield rule["state"]["counter"], number


def _rate(rule: Mapping[str, Any], place: str) -> Iterator[str]:
    found = _RATE.fullmatch(rule["rate_limit"])
    if not found:
        yield f"{place}: rate_limit must be N/window"
        return
    if int(found[1]) < 1:
        yield f"{place}: rate_limit count must be a positive integer"
    if found[2] not in _WINDOWS:
        yield f"{place}: rate_limit window must be minute, hour or day"
    if rule.get("conditions") or "state" in rule:
        yield f"{place}: rate_limit cannot be combined with conditions or state"
    if rule.get("action") == "deny":
        yield f"{place}: rate_limit cannot be used with action deny"


def _rule(rule: Mapping[str, Any], place: str, counters: set[tuple[str, str]]) -> Iterator[str]:
    if not rule.get("name"):
        yield f"{place}: rule must have a name"
    action = rule.get("action", "evaluate")
    conditions = rule.get("conditions", [])
    if action not in ("evaluate", "deny"):
        yield f"{place}: action must be evaluate or deny"
    elif action == "deny" and conditions:
        yield f"{place}: deny rules must not have conditions"
    elif action == "evaluate" and not conditions:
        yield f"{place}: evaluate rules must have at least one condition"
    for number, condition in enumerate(conditions):
        yield from _condition(condition, f"{place}.conditions[{number}]", counters)
    source = rule.get("state", {}).get("increment_from", "args.")
    if not source.startswith("args."):
        yield f"{place}: increment_from must start with args."


def _condition(
    condition: Mapping[str, Any], place: str, counters: set[tuple[str, str]]
) -> Iterator[str]:
    path, operator, value = condition["path"], condition["op"], condition.get("value")
    if not path.startswith(("args.", "state.")):
        yield f"{place}: path must start with args. or state."
    if operator not in _OPERATORS:
        yield f"{place}: unknown operator {operator}"
    if operator in ("in", "not_in") and not isinstance(value, list):
        yield f"{place}: {operator} needs a list"
    if operator in ("lt", "lte", "gt", "gte") and type(value) not in (int, float):
        yield f"{place}: {operator} needs a number"
    if operator == "exists" and type(value) is not bool:
        yield f"{place}: exists needs a boolean"
    if operator == "regex":
        yield from _regex(value, place)
    if path.startswith("state."):
        yield from _state(path, place, counters)


def _regex(value: object, place: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{place}: regex value must be a string"
        return
    try:
        re.compile(value)
    except re.error as error:
        yield f"{place}: invalid regex: {error}"
    if _BEYOND_RE2.search(value):
        yield f"{place}: invalid regex: beyond RE2"


def _state(path: str, place: str, counters: set[tuple[str, str]]) -> Iterator[str]:
    steps = path.split(".")
    if len(steps) != _STATE_STEPS or (steps[1], steps[2]) not in counters:
        yield f"{place}: condition references {path} but no matching state block found"
