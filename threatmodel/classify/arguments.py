"""Arguments of a tool and the role each plays, read from its JSON Schema however broken."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from threatmodel.classify.reading import Argument
from threatmodel.classify.rules import ClassRules, pattern
from threatmodel.classify.words import is_version, split_name

_MAX_DEPTH = 8
_LEAD = 300
_READ_CHARACTERS = 1000
_BY_TOOL = frozenset(("sql",))  # roles that the tool's own description can settle
_MAX_NODES = 2000
_MAX_ENUM = 64
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
_SCALARS = frozenset(("string", "integer", "number", "boolean", "object", "array"))
_DOC_LINE = re.compile(
    r"^\s*(?:[-*•]\s*)?[`\"']?([A-Za-z_][\w.]{0,40})[`\"']?\s*(?:\([^)\n]{0,80}\))?\s*[:\-–—]\s*(\S.*)$",
    re.MULTILINE,
)
_ARGS = re.compile(
    r"(?im)^\s*(?:#+\s*|\*\*)?(?:args|arguments|parameters|params|inputs?)\b[^\n]{0,20}$|(?:args|arguments|parameters):"
)


class Seen(NamedTuple):
    """An argument with the text that describes it; a tuple, for there are many."""

    path: tuple[str, ...]
    """Keys from the root of the arguments; `[]` stands for the items of an array."""

    role: str
    """Its role, told more finely than policies need."""

    known_role: str
    """Its role as policies know it."""

    type: str
    """JSON type, `any` where the schema does not say."""

    required: bool
    """Whether the schema requires it at every step."""

    is_array: bool
    """Whether one call can carry many."""

    enum: tuple[str, ...]
    """Allowed values."""

    text: str
    """Its description."""

    @property
    def pointer(self) -> str:
        """Place inside the definition."""
        return "inputSchema.properties." + ".".join(self.path)

    @property
    def key(self) -> str:
        """Its own name, cut to 120 characters."""
        return _key(self.path)[:120]

    @property
    def argument(self) -> Argument:
        """The argument as readings give it."""
        return Argument(
            self.path, self.known_role, self.type, self.required, self.is_array, self.enum
        )


class _Node(NamedTuple):
    path: tuple[str, ...]
    schema: Mapping[str, Any]
    required: bool
    is_array: bool
    depth: int


def read_arguments(
    schema: Mapping[str, Any] | None, description: str | None, rules: ClassRules
) -> tuple[Seen, ...]:
    """Read all arguments, nested ones after the one that holds them."""
    if not isinstance(schema, Mapping):
        return ()
    about = description or ""
    docs = _documented(about)
    return tuple(_seen(node, docs, about[:_LEAD].lower(), rules) for node in _nodes(schema))


def _seen(node: _Node, docs: Mapping[str, str], lead: str, rules: ClassRules) -> Seen:
    key = _key(node.path)
    text = str(node.schema.get("description") or docs.get(key.lower(), ""))
    kind, enum = _type(node.schema), _enum(node.schema)
    role = _named(key, kind, rules)
    if enum:
        role = "http_method" if _METHODS.issuperset(enum) and "POST" in enum else role
    elif text:
        role = _settled(role, kind, text[:_READ_CHARACTERS].lower(), rules)
    elif _settled(role, kind, lead, rules) in _BY_TOOL:
        role = _settled(role, kind, lead, rules)
    known = rules.wider.get(role, role)
    return Seen(node.path, role, known, kind, node.required, node.is_array, enum, text)


def _key(path: tuple[str, ...]) -> str:
    return next((part for part in reversed(path) if part != "[]"), "")


def _nodes(root: Mapping[str, Any]) -> Iterator[_Node]:
    """Walk the properties, breadth cut off at a size and depth no honest schema needs."""
    budget = _MAX_NODES
    todo = [_Node((), root, required=True, is_array=False, depth=0)]
    while todo and budget:
        node = todo.pop(0)
        budget -= 1
        shape = _resolve(node.schema, root)
        if node.path and shape is not node.schema:
            shape = {
                **shape,
                **{k: v for k, v in node.schema.items() if k in ("description", "enum")},
            }
        is_list = _type(shape) == "array"
        if node.path and not is_list:
            yield _Node(node.path, shape, node.required, node.is_array, node.depth)
        if node.depth < _MAX_DEPTH:
            todo = (
                [*_children(node, shape), *todo] if node.path else [*todo, *_children(node, shape)]
            )


def _children(node: _Node, shape: Mapping[str, Any]) -> list[_Node]:
    if node.path and _type(shape) == "array":
        items = shape.get("items")
        item = dict(items) if isinstance(items, Mapping) else {}
        if not item.get("description") and shape.get("description"):
            item["description"] = shape["description"]
        path = (*node.path, "[]")
        return [_Node(path, item, node.required, is_array=True, depth=node.depth + 1)]
    properties = shape.get("properties")
    if not isinstance(properties, Mapping):
        return []
    required = shape.get("required")
    names = (
        frozenset(n for n in required if isinstance(n, str))
        if isinstance(required, list)
        else frozenset()
    )
    return [
        _Node(
            (*node.path, str(key)),
            value if isinstance(value, Mapping) else {},
            node.required and key in names,
            node.is_array,
            node.depth + 1,
        )
        for key, value in properties.items()
    ]


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
        choice = _choice(schema)
        if choice is None:
            return schema
        schema = {
            **{k: v for k, v in schema.items() if k not in ("anyOf", "oneOf", "allOf")},
            **choice,
        }
    return schema


def _choice(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Merge alternatives: the properties of all, and the first type that is not null."""
    for key in ("anyOf", "oneOf", "allOf"):
        options = schema.get(key)
        if not isinstance(options, list):
            continue
        real = [o for o in options if isinstance(o, Mapping) and o.get("type") != "null"]
        if not real:
            continue
        merged: dict[str, Any] = dict(real[0])
        shared = [dict(o["properties"]) for o in real if isinstance(o.get("properties"), Mapping)]
        if len(shared) > 1:
            merged["properties"] = {k: v for part in reversed(shared) for k, v in part.items()}
        values = [
            v
            for o in real
            for v in (
                o["enum"]
                if isinstance(o.get("enum"), list)
                else [o["const"]]
                if "const" in o
                else []
            )
        ]
        return merged | ({"enum": values} if values else {})
    return None


def _pointed(ref: str, root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if not ref.startswith("#/"):
        return None
    at: Any = root
    for part in ref[2:].split("/"):
        at = at.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(at, Mapping) else None
    return at if isinstance(at, Mapping) else None


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if isinstance(kind, str) and kind in _SCALARS:
        return kind
    if isinstance(schema.get("properties"), Mapping):
        return "object"
    if "items" in schema:
        return "array"
    enum = schema.get("enum")
    return "string" if isinstance(enum, list) and enum and isinstance(enum[0], str) else "any"


def _enum(schema: Mapping[str, Any]) -> tuple[str, ...]:
    values = schema.get("enum")
    if not isinstance(values, list):
        values = [schema["const"]] if "const" in schema else []
    return tuple(
        str(value)[:80] for value in values[:_MAX_ENUM] if isinstance(value, str | int | float)
    )


def _settled(role: str, kind: str, text: str, rules: ClassRules) -> str:
    """Let a description settle the role that a name leaves open."""
    if kind not in {"string", "any"}:
        return role
    for settle in rules.settles.get(role, ()):
        if any(part in text for part in settle.near) and pattern(settle.says).search(text):
            if settle.unless and pattern(settle.unless).search(text):
                continue
            return settle.role
    return role


@lru_cache(maxsize=8192)
def _named(key: str, kind: str, rules: ClassRules) -> str:
    words = tuple(word for word in split_name(key) if not is_version(word))
    for role in rules.names.get(words, ()):
        if kind in role.types or kind == "any":
            return role.id
    for length in (3, 2, 1):
        if len(words) > length:
            for role in rules.ends.get(words[-length:], ()):
                if kind in role.types or kind == "any":
                    return role.id
    return "other"


def _documented(description: str) -> dict[str, str]:
    """Read what an `Args:` section of the description says about each argument."""
    start = _ARGS.search(description)
    if start is None:
        return {}
    return {
        name.lower(): text for name, text in _DOC_LINE.findall(description[start.end() :][:6000])
    }
