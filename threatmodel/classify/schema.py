"""A JSON Schema's properties, walked however broken it is."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from threatmodel.description.agent import Tool

# References may lead in a circle, so that a walk needs an end.
_MAX_DEPTH = 8
_MAX_NODES = 2000
_MAX_ENUM = 64
# A guard that lists more names than these would be longer than the rest of its policy.
_MAX_NAMES = 500
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_INDIRECT = frozenset(("$ref", *_ALTERNATIVES))
# Written as `str | int | float` where they are asked for, they would be put together each time.
_ALLOWED, _HOLDERS = (str, int, float), (dict, list)
_SCALARS = frozenset(("string", "integer", "number", "boolean", "object", "array"))


class Property(NamedTuple):
    """One property of a schema, references followed."""

    path: tuple[str, ...]
    """Keys from the root; `[]` stands for the items of an array."""
    schema: Mapping[str, Any]
    required: bool
    """Whether it is required at every step."""
    is_array: bool
    depth: int
    """Steps from the root."""
    type: str = "object"
    """JSON type, `any` where the schema does not say; the first of several."""
    mixed: bool = False
    """Whether it may be of several types."""


_Step = tuple[tuple[str, ...], Mapping[str, Any], bool, bool, int]
"""Path, schema before its references are followed, required, of an array, and depth."""


def nodes(root: Mapping[str, Any]) -> Iterator[Property]:
    """Walk the properties in order, cut off at a size and depth no honest schema needs."""
    todo: list[_Step] = [((), root, True, False, 0)]
    for _ in range(_MAX_NODES):
        if not todo:
            return
        step = todo.pop()
        path, schema, required, is_array, depth = step
        shape = schema if _INDIRECT.isdisjoint(schema) else _resolve(schema, root)
        if path and shape is not schema:
            own = {k: v for k, v in schema.items() if k in ("description", "enum")}
            shape = {**shape, **own}
        kind = _type_of(shape) if path else "object"
        if path and kind != "array":
            several = shape is not schema or isinstance(shape.get("type"), list)
            mixed = several and _is_mixed(schema)
            yield Property(path, shape, required, is_array, depth, kind, mixed)
        if depth < _MAX_DEPTH and (kind == "array" or "properties" in shape):
            todo += reversed(_children(step, shape, kind))


_OPENS = frozenset(
    (
        "$ref",
        "$dynamicRef",
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "patternProperties",
        "dependentSchemas",
    )
)
"""Words of a schema by which it may name arguments elsewhere than in its `properties`."""


def all_named(schema: object) -> tuple[str, ...] | None:
    """Give every argument that a call may carry, sorted; None where the schema leaves that open.

    A schema that says nothing of others counts as naming all: JSON Schema would let them pass, but
    a caller can know of them only from elsewhere.
    """
    if not isinstance(schema, dict) or _OPENS & schema.keys():
        return None
    properties = schema.get("properties")
    if not isinstance(properties, dict) or schema.get("additionalProperties", False) is not False:
        return None
    return tuple(sorted(map(str, properties))) if len(properties) <= _MAX_NAMES else None


def _children(step: _Step, shape: Mapping[str, Any], kind: str) -> list[_Step]:
    path, _, always, is_array, depth = step
    if kind == "array":
        items = shape.get("items")
        item = dict(items) if isinstance(items, dict) else {}
        if not item.get("description") and shape.get("description"):
            item["description"] = shape["description"]
        return [((*path, "[]"), item, always, True, depth + 1)]
    properties = shape.get("properties")
    if not isinstance(properties, dict):
        return []
    listed = shape.get("required")
    required = listed if isinstance(listed, list) else ()
    names = {one for one in required if isinstance(one, str)} if always else ()
    return [
        (
            (*path, str(key)),
            part if isinstance(part, dict) else {},
            key in names,
            is_array,
            depth + 1,
        )
        for key, part in properties.items()
    ]


def _is_mixed(schema: Mapping[str, Any]) -> bool:
    told = [schema, *(one for key in _ALTERNATIVES for one in _listed(schema.get(key)))]
    kinds = {kind for one in told if isinstance(one, dict) for kind in _types_of(one.get("type"))}
    return len(kinds - {"null"}) > 1


def _types_of(kind: object) -> set[str]:
    return {one for one in (kind if isinstance(kind, list) else [kind]) if isinstance(one, str)}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _resolve(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a local reference, and take the first alternative that is not null."""
    for _ in range(6):
        ref = schema.get("$ref")
        if isinstance(ref, str):
            target = _pointed(ref, root)
            if target is None:
                return schema
            schema = target
            continue
        choice = _choice(schema, root)
        if choice is None:
            return schema
        schema = {
            **{k: v for k, v in schema.items() if k not in _ALTERNATIVES},
            **choice,
        }
    return schema


def _choice(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Merge alternatives: the properties of all, and the first type that is not null."""
    for key in _ALTERNATIVES:
        options = schema.get(key)
        if not isinstance(options, list):
            continue
        real = [o for o in options if isinstance(o, dict) and o.get("type") != "null"]
        if not real:
            continue
        if len(real) > 1:
            real = [_followed(one, root) for one in real]
        merged: dict[str, Any] = dict(real[0])
        shared = [o["properties"] for o in real if isinstance(o.get("properties"), dict)]
        if len(shared) > 1:
            merged["properties"] = _one_of_each(shared)
            needed = (name for one in real for name in _listed(one.get("required")))
            merged["required"] = list(needed) if key == "allOf" else _needed_by_all(real)
        values = _values(real)
        return merged | ({"enum": values} if values else {})
    return None


def _followed(schema: dict[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a reference points at, with what stands beside it."""
    for _ in range(6):
        ref = schema.get("$ref")
        target = _pointed(ref, root) if isinstance(ref, str) else None
        if target is None:
            return schema
        schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema


def _one_of_each(alternatives: list[dict[str, Any]]) -> dict[str, Any]:
    """Give every property once, as the first has it, with the values that any of them allows."""
    found: dict[str, list[Any]] = {}
    for properties in alternatives:
        for key, schema in properties.items():
            found.setdefault(key, []).append(schema)
    return {key: _with_all_values(schemas) for key, schemas in found.items()}


def _needed_by_all(alternatives: list[dict[str, Any]]) -> list[str]:
    needed = [_listed(one.get("required")) for one in alternatives]
    return [
        name
        for name in needed[0]
        if isinstance(name, str) and all(name in other for other in needed)
    ]


def _with_all_values(schemas: list[Any]) -> object:
    told = [one for one in schemas if isinstance(one, dict)]
    if any("$ref" in one for one in told) and len(told) > 1:
        return {"anyOf": told}
    # One that allows any value leaves nothing to list.
    open_ones = [one for one in told if "enum" not in one and "const" not in one]
    if open_ones or len(told) < 2:  # noqa: PLR2004 - what one of them says stands by itself
        return open_ones[0] if open_ones else schemas[0]
    kept = {key: value for key, value in told[0].items() if key != "const"}
    values = [value for value in _values(told) if isinstance(value, Hashable)]
    return kept | {"enum": list(dict.fromkeys(values))}


def _values(schemas: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [
        value
        for one in schemas
        for value in (
            one["enum"]
            if isinstance(one.get("enum"), list)
            else [one["const"]]
            if "const" in one
            else []
        )
    ]


def _pointed(ref: str, root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if not ref.startswith("#/"):
        return None
    at: Any = root
    for part in ref[2:].split("/"):
        at = at.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(at, dict) else None
    return at if isinstance(at, dict) else None


def _type_of(schema: Mapping[str, Any]) -> str:
    """Give the JSON type, `any` where the schema does not say."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if isinstance(kind, str) and kind in _SCALARS:
        return kind
    if isinstance(schema.get("properties"), dict):
        return "object"
    if "items" in schema:
        return "array"
    enum = schema.get("enum")
    first = enum[0] if isinstance(enum, list) and enum else None
    return {str: "string", int: "integer"}.get(type(first), "any")


def enum_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the allowed values as text."""
    values = schema.get("enum")
    if not isinstance(values, list):
        values = [schema["const"]] if "const" in schema else []
    return tuple(str(value)[:80] for value in values[:_MAX_ENUM] if isinstance(value, _ALLOWED))


# Every text that a schema hands to the model: titles, descriptions, defaults, allowed values.

_TEXT_KEYS = frozenset(("title", "description", "default", "const", "enum", "examples", "$comment"))
# Instructions to a model can hide in any of them, but a stranger chooses how many there are.
_MOST_TEXTS = 400
_DEEPEST = 10
_SHORTEST = 12
"""Characters below which a value says nothing to a model."""


def schema_texts(tool: Tool) -> list[tuple[str, str]]:
    """Give the texts of a tool's schemas, of arguments and of results, each with its place."""
    found: list[tuple[str, str]] = []
    for name, schema in (("inputSchema", tool.input_schema), ("outputSchema", tool.output_schema)):
        if schema:
            _add_texts(found, schema, name, 0)
    return found[:_MOST_TEXTS]


def _add_texts(
    found: list[tuple[str, str]], node: dict[str, Any] | list[Any], pointer: str, depth: int
) -> None:
    """Add the texts below a node in order, until there are enough."""
    parts: Iterable[tuple[object, object]]
    parts = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in parts:
        if isinstance(value, str):
            if len(value) >= _SHORTEST and (key in _TEXT_KEYS or isinstance(node, list)):
                found.append((f"{pointer}.{key}", value))
        elif isinstance(value, _HOLDERS) and depth < _DEEPEST and len(found) < _MOST_TEXTS:
            _add_texts(found, value, f"{pointer}.{key}", depth + 1)
