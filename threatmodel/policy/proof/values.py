"""Arguments for replayed calls: everyday ones, and ones that a check lets pass."""

from collections.abc import Callable, Sequence
from typing import Any

from threatmodel.policy.guard import ITEMS, ArgumentCheck, Scalar

_BY_TYPE: dict[str, Any] = {
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "object": {"note": "plain"},
    "array": ["plain"],
    "null": None,
}


def everyday(kind: str, enum: Sequence[str] = ()) -> Any:  # noqa: ANN401 - JSON
    """Give a harmless value of a JSON type."""
    if enum:
        return int(enum[0]) if kind == "integer" and enum[0].isdecimal() else enum[0]
    return _BY_TYPE.get(kind, "plain")


def fitting(check: ArgumentCheck) -> Any:  # noqa: ANN401 - JSON
    """Give a value that the check lets pass."""
    first = check.values[0] if check.values else ""
    if check.operator in ("lte", "gte", "lt", "gt"):
        return _number(check, first)
    if check.operator == "without_text":
        marks = [str(mark) for mark in check.values]
        return next((one for one in _PLAIN if not any(m in one for m in marks)), _PLAIN[-1])
    made = _FITTING.get(check.operator)
    return made(first) if made else first


_PLAIN = ("A plain text", "plain", "7")
"""Harmless texts, from the most telling to the least: which signs a check bars is its own."""

_FITTING: dict[str, Callable[[Scalar], Any]] = {
    "under": lambda root: f"{str(root).rstrip('/')}/notes/today.txt".removeprefix("./"),
    "url_host": lambda host: f"https://{concrete(host)}/a/b?c=1",
    "public_url": lambda _: "https://www.example.com/a/b?c=1",
    "not_named": lambda _: "plain",
    "ref": lambda _: "feature/plain-1",
    "name": lambda _: "plain-1",
    "free_of": lambda _: _PLAIN[1],
    "host": lambda host: concrete(host),  # noqa: PLW0108 - it stands further down
    "recipient": lambda who: f"ann{who}" if str(who).startswith("@") else who,
    "statement": lambda kind: f"{kind} 1",
    "max_items": lambda _: [{"note": "plain"}],
}


def with_value(arguments: dict[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Put a value at a path, into the first item of each array on the way."""
    put: dict[str, Any] = _put(arguments, path, value)
    return put


def without_argument(arguments: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Leave the argument at a path out, at its outermost key."""
    return {key: value for key, value in arguments.items() if key != path[0]}


def _put(value: Any, path: Sequence[str], leaf: Any) -> Any:  # noqa: ANN401 - JSON
    if not path:
        return leaf
    if path[0] == ITEMS:
        items = value if isinstance(value, list) and value else [None]
        return [_put(items[0], path[1:], leaf), *items[1:]]
    # What is no mapping gives way: a check may speak of keys below a text.
    known = value if isinstance(value, dict) else {}
    return {**known, path[0]: _put(known.get(path[0]), path[1:], leaf)}


def concrete(host: Scalar) -> str:
    """Give a host that a name with a star stands for."""
    return str(host).lower().replace("*.", "files.", 1)


def _number(check: ArgumentCheck, bound: Scalar) -> Any:  # noqa: ANN401 - JSON
    # The bound itself from below, so that it also keeps to a cap of nothing on the same argument.
    least = float(bound) if check.operator == "gte" else min(1.0, float(bound))
    if check.type == "string":
        return format(least, "g")
    return int(least) if least.is_integer() and check.type != "number" else least
