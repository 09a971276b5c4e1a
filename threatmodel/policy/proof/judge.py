"""What a plan means for a call: our own reading, against which engines are held."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from threatmodel.policy.guard import ArgumentCheck, Scalar
from threatmodel.policy.patterns import pattern_of
from threatmodel.policy.proof.calls import Arguments
from threatmodel.policy.scope import ITEMS

_MISSING = object()


def holds(check: ArgumentCheck, arguments: Arguments) -> bool:
    """Tell whether the arguments satisfy a check; null counts as missing."""
    return _at(arguments, check.path, check)


def amount_of(path: Sequence[str], arguments: Arguments, *, items: bool) -> float:
    """Give what a call adds to a sum: the number at a path, or the length of the array there."""
    value: Any = arguments
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if items:
        return len(value) if isinstance(value, list) else 0
    if isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return float(value)
    return float(value) if _is_number(value) else 0


def _at(value: Any, path: Sequence[str], check: ArgumentCheck) -> bool:  # noqa: ANN401 - JSON
    if not path:
        return _compare(value, check)
    if path[0] == ITEMS:
        return isinstance(value, list) and all(_at(item, path[1:], check) for item in value)
    if not isinstance(value, Mapping):
        return False
    inner = value.get(path[0], _MISSING)
    if inner is _MISSING or inner is None:
        return check.optional
    return _at(inner, path[1:], check)


def _compare(value: Any, check: ArgumentCheck) -> bool:  # noqa: ANN401 - JSON
    pattern = pattern_of(check)
    if pattern is not None:
        # The anchors stand for the ends of the text, not of a line.
        return isinstance(value, str) and re.fullmatch(pattern[1:-1], value) is not None
    values = check.value if isinstance(check.value, tuple) else (check.value,)
    if check.operator in _NUMERIC:
        return _is_number(value) and _NUMERIC[check.operator](value, values[0])
    if check.operator == "max_items":
        return isinstance(value, list) and len(value) <= float(values[0])
    if check.operator == "contains":
        return isinstance(value, str | list) and values[0] in value
    same = any(_same(value, one) for one in values)
    return same if check.operator in ("eq", "in") else not same


def _same(value: object, other: Scalar) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    return value == other


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_NUMERIC: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
}


def all_hold(checks: Iterable[ArgumentCheck], arguments: Arguments) -> bool:
    """Tell whether all checks hold."""
    return all(holds(check, arguments) for check in checks)
