"""Tools as the APIs of OpenAI and of those that follow it name them, by `type`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from threatmodel.importers.addresses import endpoint_facts
from threatmodel.importers.command_facts import entry_facts, is_entry
from threatmodel.importers.definitions import Definition
from threatmodel.importers.openapi import operations
from threatmodel.importers.parts import identifier_words, inner_json, made, used
from threatmodel.importers.secrets import credential, variables
from threatmodel.importers.statements import (
    Node,
    Statement,
    names_of,
    one_line_cut,
    yes,
)
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import load_rules

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SCHEMAS = (
    "parameters",
    "params_json_schema",
    "inputSchema",
    "input_schema",
    "schema",
    "definition",
)
Offered = Mapping[str, Sequence[Node]]
"""Label of an MCP server -> the tools that it listed when it was asked."""

_ASKS = ("needs_approval", "require_approval", "needsApproval", "requireApproval")
_INDEX = ("file_search", "retrieval", "azure_ai_search", "azure_search")


def tool_type(tool: Node) -> str:
    """Give the type of a tool in one spelling, without the version that some types end in."""
    named = tool.first("type", "kind")
    # A resource in a manifest of Foundry is of kind `tool`, and its type stands there as the id.
    named = tool.at("id") if named.text == "tool" else named
    kind = _HUMP.sub("_", named.text).lower().replace("-", "_")
    # A hosted tool changes its type with each version, and an answer adds `_call`; what it does
    # stays.
    kind = kind.removesuffix("_call").removesuffix("_preview").partition("_2025")[0]
    where = tool.at("environment", "type").text
    return f"{kind}_in_{where.partition('_')[0]}" if kind == "shell" and where else kind


def definitions_of(listed: Iterable[Node], offered: Offered | None = None) -> Iterator[Definition]:
    """Make a definition of each tool; an MCP server gives those that it listed or is allowed."""
    for tool in listed:
        kind = tool_type(tool)
        if tool.text:
            yield made(tool.text, ())
        elif _is_server(tool, kind):
            own = (offered or {}).get(_label(tool), ())
            yield from (_function(one, "") for one in own)
            if not own:
                yield from _allowed(tool)
        elif kind == "openapi" or tool.at("openapi").is_mapping:
            yield from _operations(tool)
        elif kind in load_rules().file.hosted_tools:
            inner = _unwrapped(tool, kind)
            words = (load_rules().file.hosted_tools[kind], inner.at("description").text)
            yield made(inner.at("name").text or kind.partition("_in_")[0], words)
        elif tool.is_mapping:
            yield _function(tool, kind)


def _operations(tool: Node) -> Iterator[Definition]:
    """Make a tool of each operation of an OpenAPI description; one where it stands elsewhere."""
    inner = tool.at("openapi") if tool.at("openapi").is_mapping else tool
    spec = inner.first("spec", "specification")
    spec = inner_json(spec) if spec.text else spec
    found = list(operations(spec))
    yield from found or [_function(inner, "openapi")]


def _function(tool: Node, kind: str) -> Definition:
    """Make a definition of a function, wrapped in its type or not, or of an unknown type."""
    inner = _unwrapped(tool, kind)
    name = inner.first("name", "title", "id", "functionName").text or kind or "unnamed"
    says = inner.at("description").text or ("" if inner.at("name").text else _called(name, kind))
    definition = made(name, (says,))
    schema = inner.first(*_SCHEMAS)
    schema = schema if schema.here else tool.at("options", "parameters")
    if schema.is_mapping:
        definition["inputSchema"] = _schema(schema)
    if inner.at("annotations").is_mapping:
        definition["annotations"] = _hints(inner.at("annotations"))
    return definition


def _called(name: str, kind: str) -> str:
    """Say what a tool is that has an id alone: its own words, not those of a plain function."""
    return identifier_words(name) if kind == "function" else identifier_words(kind)


def _schema(schema: Node) -> Value:
    """Give a schema as JSON Schema spells it; YAML may write `kind`, and `required: true`."""
    parts = schema.at("properties")
    ours = {key: part for key, part in parts.pairs() if part.at("kind").text}
    if not ours:
        return schema.value
    plain: dict[str, Value] = {
        key: {("type" if k == "kind" else k): v for k, v in part.value.items() if k != "required"}
        for key, part in ours.items()
        if isinstance(part.value, dict)
    }
    needed: list[Value] = [key for key, part in ours.items() if part.at("required").is_true]
    whole: dict[str, Value] = {"type": "object", "properties": plain}
    return whole | ({"required": needed} if needed else {})


def _hints(annotations: Node) -> Value:
    """Give hints as MCP spells them; an answer of the API writes `read_only`."""
    spelled = {
        _SHORT_HINTS.get(key, key): one.value for key, one in annotations.pairs() if one.here
    }
    return {key: value for key, value in spelled.items() if isinstance(value, str | bool)}


_SHORT_HINTS = {
    "read_only": "readOnlyHint",
    "destructive": "destructiveHint",
    "idempotent": "idempotentHint",
    "open_world": "openWorldHint",
}


def _unwrapped(tool: Node, kind: str) -> Node:
    """Give what describes a tool: inside `function`, or inside a key named like its type."""
    # The older API wraps a function, the newer one does not, and Azure wraps it in a key of its
    # type.
    for inner in (tool.at("function"), tool.at(kind, "function"), tool.at(kind)):
        if inner.first("name", "description").text:
            return inner
    return tool


def _allowed(tool: Node) -> Iterator[Definition]:
    for name in _allowed_names(tool):
        yield made(name, (f"{identifier_words(name)} ({identifier_words(_label(tool))})",))
    connector = tool.at("connector_id").text
    if connector and not _allowed_names(tool):
        yield made(connector, (f"Read what the user has in {identifier_words(connector)}",))


def with_servers(
    tools: Iterable[Definition], listed: Iterable[Node], offered: Offered | None = None
) -> tuple[Definition, ...]:
    """Name the server beside each tool that one offers."""
    servers = {name: one_line_cut(_label(t)) for t in listed for name in _allowed_names(t)}
    for label, own in (offered or {}).items():
        servers |= {one_line_cut(one.at("name").text): label for one in own}
    named = ((tool, servers.get(str(tool["name"]))) for tool in tools)
    return tuple(tool | {"server": server} if server else tool for tool, server in named)


def strange_types(listed: Iterable[Node]) -> Iterator[str]:
    """Remark on tools whose type is not known and that say nothing else."""
    known = {
        *load_rules().file.hosted_tools,
        "",
        "function",
        "custom",
        "mcp",
        "invoke_mcp",
        "invoke_mcp_tool",
        "openapi",
        "http_request_action",
    }
    kinds = [tool_type(tool) for tool in listed if not tool.at("description").text]
    odd = [kind for kind in dict.fromkeys(kinds) if kind not in known]
    if odd:
        yield f"types of tools that are not known: {names_of(odd)}"


def _is_server(tool: Node, kind: str) -> bool:
    return kind.startswith(("mcp", "invoke_mcp")) or bool(tool.at("server_label").text)


def _label(tool: Node) -> str:
    named = tool.first("server_label", "serverLabel", "serverName", "name", "connector_id")
    return named.text or tool.at("mcp", "server_label").text


def _allowed_names(tool: Node) -> tuple[str, ...]:
    """Give the names of the only tools of a server that may be called."""
    listed = tool.first("allowed_tools", "allowedTools")
    called = tool.at("toolName").text
    # A formula is only known at run time, and listing tools is no tool.
    if called and not called.startswith("=") and called not in _OF_THE_PROTOCOL:
        return (called,)
    return listed.texts() or listed.at("tool_names").texts()


_OF_THE_PROTOCOL = frozenset({"tools/list"})


def tool_facts(listed: Iterable[Node], offered: Offered | None = None) -> Iterator[Statement]:
    """Say what the tools show beside what they do: servers, approvals, keys, indexes."""
    for tool in listed:
        kind = tool_type(tool)
        if _is_server(tool, kind):
            yield from _server(tool, known=_label(tool) in (offered or {}))
        if kind in _INDEX:
            yield yes(tool, "retrieval.index", kind)
        if tool.first(*_ASKS).is_true and not _is_server(tool, kind):
            note = f"{tool.at('name').text or kind} waits for a person"
            yield yes(tool, "facts.o.hitl", note)
        if is_entry(tool) and kind != "mcp":
            yield from used(entry_facts(tool))


def _server(tool: Node, *, known: bool) -> Iterator[Statement]:
    url = tool.first("server_url", "serverUrl", "url", "endpoint")
    yield from used(endpoint_facts(url, url.text, "operator"))
    if tool.at("connector_id").text:
        yield yes(tool, "supply.third_party_server", tool.at("connector_id").text)
    yield from variables(tool.at("headers").named_texts(), "operator", local=False)
    if tool.at("authorization").text:
        name = f"authorization of {_label(tool)}"
        yield from credential(name, tool.at("authorization"), kind="oauth", by="operator")
    names = _allowed_names(tool)
    if names:
        yield yes(tool, "controls.tool_allowlist", f"only {names_of(names)}")
    elif not known:
        note = f"{_label(tool) or 'an MCP server'} offers tools that are not listed here"
        yield yes(tool, "facts.t.unlisted", note)
    yield from _approval(tool)


def _approval(tool: Node) -> Iterator[Statement]:
    """Say whether a person is asked: always, where the request does not say otherwise."""
    wanted = tool.first("require_approval", "requireApproval", "approvalMode")
    wanted = wanted.at("kind") if wanted.at("kind").text else wanted
    if tool_type(tool).startswith("invoke_"):  # a step of a workflow asks only where it says so
        if wanted.is_true:
            yield yes(wanted, "facts.o.hitl", f"{_label(tool)}: calls wait for approval")
        return
    never = wanted.text == "never" or wanted.at("never").here
    if never:
        which = names_of(wanted.at("never", "tool_names").texts()) or "every tool"
        note = f"{_label(tool)}: {which} is called without approval"
        yield yes(wanted, "autonomy.auto_approve", note)
    # The API asks for approval of every call unless a request says otherwise.
    if wanted.text in {"", "always"} and (not never or wanted.at("always").here):
        yield yes(tool, "facts.o.hitl", f"{_label(tool)}: calls wait for approval")


def offered_in(root: Node) -> Offered:
    """Give the tools that each MCP server listed, by the label of the server."""
    found: dict[str, dict[str, Node]] = {}
    for one in (*root.at("output").items(), *root.at("input").items()):
        if one.at("type").text == "mcp_list_tools":
            own = found.setdefault(one.at("server_label").text, {})
            own |= {tool.at("name").text: tool for tool in one.at("tools").items()}
    return {label: tuple(own.values()) for label, own in found.items() if own}


def flat(listed: Iterator[Node]) -> Iterator[Node]:
    """Yield tools, and those that stand inside a namespace in its place."""
    for tool in listed:
        inner = list(tool.at("tools").items()) if tool.at("type").text == "namespace" else []
        yield from inner or [tool]


def called_in(root: Node, listed: list[Node]) -> Iterator[Node]:
    """Yield a call for each kind of hosted tool that is called and not listed.

    An answer leaves out some tools that its request named, such as the local shell.
    """
    seen = [tool_type(tool) for tool in listed]
    for one in root.at("output").items():
        kind, _, called = one.at("type").text.rpartition("_")
        new = not any(known.startswith(kind) for known in seen)
        if called == "call" and kind in load_rules().file.hosted_tools and new:
            seen.append(kind)
            yield Node({"type": kind}, one.source, one.path)
