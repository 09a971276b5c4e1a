"""Tool definitions as servers give them, made loadable without changing what they say."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from threatmodel.classify.result import fingerprint
from threatmodel.description.agent import Tool
from threatmodel.importers.statements import names_of
from threatmodel.reading.positions import Value

Definition = dict[str, Value]
"""One tool as its server describes it."""

KNOWN = frozenset(map(Tool.key_of, Tool.hints()))
"""Keys of a definition that a description can hold."""

PARTS = ("description", "inputSchema", "outputSchema", "annotations")
"""Parts of a definition that are fingerprinted one by one; `title` counts as description."""

UNREADABLE = "unreadable"
"""Key under which parts of a definition are kept that no tool can have."""

_SPELLINGS = {"input_schema": "inputSchema", "output_schema": "outputSchema"}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "title": str,
    "description": str,
    "inputSchema": dict,
    "outputSchema": dict,
    "annotations": dict,
}
_OURS = ("class", "server", UNREADABLE)
"""Keys that mean something in a description; no server may set them for itself."""

_HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
_JSON_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


def readable_tools(values: Iterable[Value]) -> tuple[tuple[Definition, ...], tuple[str, ...]]:
    """Keep every tool that has a name; give remarks about what is odd or left out."""
    kept: list[Definition] = []
    remarks: list[str] = []
    for number, value in enumerate(values, start=1):
        definition = _unwrapped(value)
        if definition is None or not _name(definition):
            remarks.append(f"tool {number} of the list has no name and is left out")
            continue
        kept.append(_readable(definition))
    odd = [str(d["name"]) for d in kept if UNREADABLE in d]
    if odd:
        remarks.append(f"parts that a tool cannot have are set aside in: {names_of(odd)}")
    remarks.extend(
        f"the name `{name}` is listed {count} times; a call can reach either tool"
        for name, count in Counter(str(d["name"]) for d in kept).items()
        if count > 1
    )
    return tuple(kept), tuple(remarks)


def unlike(tools: Iterable[Definition]) -> Iterator[Definition]:
    """Leave out what is listed again word for word, as steps of a workflow often are."""
    seen: set[str] = set()
    for tool in tools:
        mark = json_digest(tool)
        if mark not in seen:
            seen.add(mark)
            yield tool


def is_tool(value: Value) -> bool:
    """Tell whether a value is shaped like a tool: a name, and text or a schema beside it."""
    definition = _unwrapped(value)
    if definition is None or not _name(definition):
        return False
    return bool({"description", "inputSchema", "annotations", "arguments"} & set(definition))


def fingerprints(tools: Sequence[Definition]) -> list[dict[str, str]]:
    """Give sha256 digests of each tool as a whole and of its parts, in the order of the tools.

    `sha256` is the fingerprint by which reports and policies know a definition.
    """
    return [
        {"name": str(tool["name"]), "sha256": fingerprint(_tool(tool))}
        | {part: json_digest(_part(tool, part)) for part in PARTS}
        for tool in tools
    ]


def json_digest(value: object) -> str:
    """Give the sha256 of a value's canonical JSON, in hexadecimal."""
    # The order of keys and the white space of a server's answer change from call to call.
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _tool(definition: Definition) -> Tool:
    known = {key: part for key, part in definition.items() if key in KNOWN and part is not None}
    return Tool.of(known)


def _part(tool: Mapping[str, Value], part: str) -> Value:
    if part == "description":
        # A server that moves words from the one into the other changed what the model reads.
        return [tool.get("title"), tool.get("description")]
    return tool.get(part)


def _unwrapped(value: Value) -> Definition | None:
    """Take a definition out of the envelope that function-calling APIs put around it."""
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    # A tool of MCP may well have a key `function` without being such an envelope.
    if value.get("type") == "function" and isinstance(inner, dict):
        inner = dict(inner)
        if "parameters" in inner:
            inner.setdefault("inputSchema", inner.pop("parameters"))
        return inner
    return {_SPELLINGS.get(key, key): part for key, part in value.items()}


def _name(definition: Definition) -> str:
    name = definition.get("name")
    return name if isinstance(name, str) and name.strip() else ""


def _readable(definition: Definition) -> Definition:
    """Set aside what a tool cannot have there, such as a schema that is text."""
    aside = {
        key: definition[key]
        for key, kind in _TYPES.items()
        if definition.get(key) is not None and not isinstance(definition[key], kind)
    } | {key: definition[key] for key in _OURS if key in definition}
    kept: Definition = {key: part for key, part in definition.items() if key not in aside}
    annotations = kept.get("annotations")
    if isinstance(annotations, dict) and not _readable_hints(annotations):
        aside["annotations"] = kept.pop("annotations")
    # Function-calling APIs and registries say `parameters`, older lists `arguments`.
    for key in ("parameters", "arguments"):
        if "inputSchema" not in kept and isinstance(kept.get(key), dict | list):
            kept["inputSchema"] = _schema_of(kept.pop(key))
    if aside:
        kept[UNREADABLE] = aside
    return kept


def _readable_hints(annotations: Mapping[str, Value]) -> bool:
    hints = all(isinstance(annotations.get(hint), bool | None) for hint in _HINTS)
    return hints and isinstance(annotations.get("title"), str | None)


_KEYWORDS = frozenset(
    {"type", "required", "title", "description", "additionalProperties", "$schema", "$id", "$ref"}
    | {"$defs", "definitions", "anyOf", "oneOf", "allOf", "not", "enum", "const", "default"}
    | {"examples", "patternProperties", "minProperties", "maxProperties"}
)
"""What a JSON Schema says beside its properties, which no argument is called in a bare mapping."""


def _schema_of(arguments: Value) -> Value:
    """Give a JSON Schema as it is; write a list or a mapping of arguments as one."""
    if isinstance(arguments, dict):
        if "properties" in arguments:
            return arguments
        bare = all(isinstance(one, dict) for one in arguments.values())
        named: dict[str, Value] = {
            name: told if isinstance(told, dict) else {"description": told}
            for name, told in arguments.items()
            if bare or name not in _KEYWORDS
        }
        return {"type": "object", "properties": named} if named else arguments
    properties: dict[str, Value] = {}
    required: list[Value] = []
    for argument in arguments if isinstance(arguments, list) else []:
        if not isinstance(argument, dict) or not isinstance(argument.get("name"), str):
            continue
        name, kind = str(argument["name"]), str(argument.get("type", "string"))
        properties[name] = {
            "type": _JSON_TYPES.get(kind, kind),
            "description": argument.get("description", argument.get("desc", "")),
        }
        if argument.get("optional") is False or argument.get("required") is True:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}
