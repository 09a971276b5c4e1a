"""Tool definitions as servers give them, made loadable without changing what they say."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from threatmodel.classify.result import fingerprint
from threatmodel.description.agent import Tool
from threatmodel.description.offers import LISTS, offers_in
from threatmodel.importers.command import wanted
from threatmodel.importers.command_facts import endpoint_facts
from threatmodel.importers.document import LIVE, Document, Kind
from threatmodel.importers.secrets import needed, redacted
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Found,
    Node,
    Statement,
    about,
    cut,
    names_of,
    text,
    yes,
)
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import Rules

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
        mark = digest_of(tool)
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
        | {part: digest_of(_part(tool, part)) for part in PARTS}
        for tool in tools
    ]


def digest_of(value: object) -> str:
    """Give the sha256 of a value's canonical JSON, in hexadecimal."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _tool(definition: Definition) -> Tool:
    known = {key: part for key, part in definition.items() if key in KNOWN and part is not None}
    return Tool.of(known)


def _part(tool: Mapping[str, Value], part: str) -> Value:
    if part == "description":
        return [tool.get("title"), tool.get("description")]
    return tool.get(part)


def _unwrapped(value: Value) -> Definition | None:
    """Take a definition out of the envelope that function-calling APIs put around it."""
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
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
    if "inputSchema" not in kept and isinstance(kept.get("arguments"), list):
        kept["inputSchema"] = _schema_of_arguments(kept["arguments"])
    if aside:
        kept[UNREADABLE] = aside
    return kept


def _readable_hints(annotations: Mapping[str, Value]) -> bool:
    hints = all(isinstance(annotations.get(hint), bool | None) for hint in _HINTS)
    return hints and isinstance(annotations.get("title"), str | None)


def _schema_of_arguments(arguments: Value) -> Value:
    """Write a list of arguments with name, type and description as a JSON Schema."""
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


# Answers to `tools/list`, recordings of MCP sessions and bare lists of tools.

_KEPT = ("protocolVersion", "instructions", "capabilities")


def looks_like(document: Document) -> bool:
    """Tell whether tools are listed anywhere the protocol or common habits put them."""
    return any(True for _ in _answers(document.root))


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read tools, and what the server said about itself when the session began."""
    answers = list(_answers(document.root))
    tools, remarks = readable_tools(tool for answer in answers for tool in _tools(answer))
    top = document.root
    hello = next(_greetings(document.root), Node(None, top.source))
    info = hello.at("serverInfo")
    name = info.first("title", "name").text or top.at("package").text or _stem(document)
    statements = [
        *about(top, info.first("title", "name") if info.here else top, name, "mcp-server"),
        *_package(top, info),
        *text(("summary",), info.at("description")),
        *text(("sources", name, "url"), info.at("websiteUrl")),
        *needed(top.at("env_names"), rules),
        *_live(top.at("live"), rules),
    ]
    server: dict[str, Value] = {
        key: hello.at(key).value for key in _KEPT if hello.at(key).value is not None
    }
    server |= _offered(document.root)
    if top.at("live", "login").is_false:
        remarks = (*remarks, "it listed its tools without a login; calls may still need one")
    if top.at("unlisted").is_true:
        told = (
            f"it never stopped listing tools; the list was cut after {len(tools)}, it is not whole"
        )
        statements.append(yes(top.at("unlisted"), "facts.t.unlisted", told, None))
        remarks = (*remarks, told)
    if not tools:
        remarks = (*remarks, "it lists no tools; many servers list them only after a login")
    known = tools or None
    return (Found(cut(name, LONGEST_NAME), tuple(statements), known, server, remarks),)


KIND = Kind(
    "tools",
    "an answer to `tools/list` or a recording of one",
    "a JSON object with `tools` or `result.tools`, a JSON list of tools with `name` and"
    " `description` or `inputSchema`, or lines of JSON-RPC",
    looks_like,
    read,
)


def _offered(root: Node) -> dict[str, Value]:
    """Keep the prompts and resources of every answer that lists some."""
    found: dict[str, list[Value]] = {}
    for node in (root, *root.items()):
        for place in (node, node.at("result")):
            for key in LISTS:
                listed = place.at(key).value
                found.setdefault(key, []).extend(listed if isinstance(listed, list) else [])
    return {key: part for key, part in offers_in(dict(found)).items() if part}


def _answers(root: Node) -> Iterator[Node]:
    """Yield the lists of tools: of an answer, of each page, of a bare list, of one tool."""
    if isinstance(root.value, list):
        if root.value and all(is_tool(item) for item in root.value):
            yield root
            return
        for item in root.items():
            yield from _listed(item)
        return
    yield from _listed(root)
    if isinstance(root.value, dict) and is_tool(root.value) and "inputSchema" in root.value:
        yield Node([root.value], root.source)


def _listed(node: Node) -> Iterator[Node]:
    for tools in (node.at("result", "tools"), node.at("tools")):
        if isinstance(tools.value, list) and all(_may_be_tool(item) for item in tools.value):
            if tools.value or _is_answer(node):
                yield tools
            return


def _tools(answer: Node) -> list[Value]:
    return answer.value if isinstance(answer.value, list) else []


def _may_be_tool(value: Value) -> bool:
    """Let a list pass that holds a broken tool: it is reported, not taken for something else."""
    return isinstance(value, dict) and ("name" in value or "function" in value or not value)


def _is_answer(node: Node) -> bool:
    """Tell whether an empty list of tools is an answer, and not a key of something else."""
    keys = set(node.keys)
    return bool(keys & {"jsonrpc", "serverInfo", "protocolVersion", "nextCursor"}) or keys == {
        "tools"
    }


def _greetings(root: Node) -> Iterator[Node]:
    """Yield what `initialize` answered."""
    for node in (root, *root.items()):
        for place in (node, node.at("result")):
            if place.at("serverInfo").is_mapping or place.at("protocolVersion").text:
                yield place


def _package(top: Node, info: Node) -> list[Statement]:
    """Say which package and version was recorded; the server's own word where there is none."""
    package, version = top.at("package"), top.at("version")
    if not package.text:
        return text(("version",), info.at("version"))
    registry = top.at("registry").text
    name = f"{package.text} ({registry})" if registry else package.text
    return [
        *text(("version",), version if version.text else info.at("version")),
        Statement(
            ("sources", cut(name, LONGEST_NAME), "version"), version.text or "?", version.origin
        ),
    ]


def _live(live: Node, rules: Rules) -> Iterator[Statement]:
    """Say what a connection showed: how the server was reached, and as which package."""
    if live.at("transport").text == "stdio":
        yield yes(live, "supply.local_server", "it spoke over stdio", None)
    url = live.at("url")
    yield from endpoint_facts(url, url.text, rules, None)
    package, registry = live.at("package"), live.at("registry").text
    if package.text:
        asked = wanted(package.text, registry, rules.file.launch.floating)
        name = cut(f"{redacted(asked.name, rules)} ({registry})", LONGEST_NAME)
        version = asked.version or "whichever was current"
        yield Statement(("sources", name, "version"), cut(version, 100), package.origin)


def _stem(document: Document) -> str:
    label = document.source.label.removeprefix(LIVE)
    return label.rsplit(".", 1)[0] if "." in label and "/" not in label else label
