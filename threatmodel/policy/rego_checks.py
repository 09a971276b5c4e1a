"""Argument checks in Rego: small functions, one per step of the path, true only for what passes."""

from collections.abc import Iterator

from threatmodel.policy.guard import ArgumentCheck, Scalar
from threatmodel.policy.patterns import pattern_of
from threatmodel.policy.scope import ITEMS
from threatmodel.policy.written import json_quoted

_LINES = {
    "eq": ("value in {all}",),
    "in": ("value in {all}",),
    "neq": ("value != null", "not value in {all}"),
    "not_in": ("value != null", "not value in {all}"),
    "exists": ("value != null",),
    "max_items": ("is_array(value)", "count(value) <= {one}"),
    "contains": ("contains(value, {one})",),
}
_LONGEST = 5000
"""Characters of the longest text that is matched: some engines match by recursion."""

_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def rego_string(text: str) -> str:
    """Quote text as a Rego string."""
    return json_quoted(text)


def rego_rules(name: str, check: ArgumentCheck) -> Iterator[str]:
    """Write the functions of one check; the first is `<name>_0`."""
    for step, key in enumerate(check.path):
        here, after = f"{name}_{step}", f"{name}_{step + 1}"
        if key == ITEMS:
            each = f"every item in value {{\n\t\t{after}(item)\n\t}}"
            yield f"\n{here}(value) if {{\n\tis_array(value)\n\t{each}\n}}"
            continue
        quoted = rego_string(key)
        if check.optional:
            absent = f"object.get(value, {quoted}, null) == null"
            yield f"\n{here}(value) if {{\n\tis_object(value)\n\t{absent}\n}}"
        yield f"\n{here}(value) if {{\n\tis_object(value)\n\t{after}(value[{quoted}])\n}}"
    lines = "\n".join(f"\t{line}" for line in _compared(check))
    yield f"\n{name}_{len(check.path)}(value) if {{\n{lines}\n}}"


def _compared(check: ArgumentCheck) -> list[str]:
    pattern = pattern_of(check)
    if pattern is not None:
        short = f"count(value) <= {_LONGEST}"
        return ["is_string(value)", short, f"regex.match({rego_string(pattern)}, value)"]
    values = check.value if isinstance(check.value, tuple) else (check.value,)
    if check.operator in _SIGNS:
        return ["is_number(value)", f"value {_SIGNS[check.operator]} {_literal(values[0])}"]
    listed = f"[{', '.join(map(_literal, values))}]"
    lines = _LINES[check.operator]
    return [line.format(one=_literal(values[0]), all=listed) for line in lines]


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return rego_string(value) if isinstance(value, str) else repr(value)
