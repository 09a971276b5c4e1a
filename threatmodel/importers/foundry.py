"""Agents of Azure AI Foundry: its YAML definitions, manifests of hosted agents, and its API."""

import re
from collections.abc import Iterator

from threatmodel.importers.definitions import readable_tools, unlike
from threatmodel.importers.document import Document
from threatmodel.importers.group import as_system
from threatmodel.importers.openai_tools import (
    definitions_of,
    strange_types,
    tool_facts,
    tool_type,
    with_servers,
)
from threatmodel.importers.parts import (
    MOST_PARTS,
    beyond,
    clear_secrets,
    identifier_words,
    model_statements,
    request_facts,
    request_tool,
    sub_agents,
    unread,
)
from threatmodel.importers.places import fitting, place
from threatmodel.importers.secrets import credential, is_placeholder
from threatmodel.importers.statements import Found, Node, Statement, about, names_of, yes
from threatmodel.importers.table import Own, kind_of, said
from threatmodel.rules.importing import load_rules
from threatmodel.scales import Speaker

_HOSTED = frozenset({"hosted", "container", "containerapp"})
_KINDS = _HOSTED | {"prompt", "workflow"}
# A workflow writes addresses as Power Fx; only a text at its beginning settles where a call goes.
_FORMULA = re.compile(r'=\s*(?:Concatenate\(\s*)?"(https?://[^"]*)"')
_KEYS = frozenset({"key", "apikey"})


def looks_like(document: Document) -> bool:
    """Tell whether an agent has a kind, a type or tools that only Foundry has, or a model by id."""
    return bool(_agents(document.root))


def read(document: Document) -> tuple[Found, ...]:
    """Read each agent."""
    return tuple(_one(document, node) for node in _agents(document.root))


KIND = kind_of("foundry", read=read, looks_like=looks_like, together=as_system(read))


def _agents(root: Node) -> list[Node]:
    if _is_agent(root):
        return [root]
    for listed in (root, root.at("data"), root.at("value"), root.at("agents")):
        nodes = [*listed.items()][:MOST_PARTS]
        if nodes and all(map(_is_agent, nodes)):
            return nodes
    return []


def _definition(root: Node) -> Node:
    """Give what defines an agent: itself, or what a version or a manifest wraps."""
    for inner in (
        root.at("versions", "latest", "definition"),
        root.at("definition"),
        root.at("template"),
        root.at("properties", "definition"),
    ):
        if inner.is_mapping:
            return inner
    return root


def _is_agent(root: Node) -> bool:
    inner = _definition(root)
    kind = inner.at("kind").text.lower()
    parts = ("instructions", "model", "tools", "protocols", "trigger", "image", "resources")
    if kind in _KINDS and not inner.at("apiVersion").here:
        return inner.path != root.path or any(inner.at(key).here for key in parts)
    if inner.at("type").text == "foundry_agent":
        return True
    by_id = bool(inner.at("name").text) and inner.at("model", "id").here
    if by_id and inner.at("instructions").here:
        return True
    return _has_azure_tools(inner) and bool(inner.at("instructions").here or inner.at("model").here)


def _has_azure_tools(inner: Node) -> bool:
    return any(
        tool_type(tool).startswith(("azure_", "bing_", "sharepoint_", "fabric_", "connected_agent"))
        for tool in inner.at("tools").items()
    )


def _one(document: Document, root: Node) -> Found:
    inner = _definition(root)
    named = root.at("name") if root.at("name").text else inner.at("name")
    name = document.named(named.text)
    listed = [*inner.at("tools").items(), *_manifest_tools(root)]
    listed += fitting(inner, "trigger.**", "kind ~^= invokefunction, invokemcp")
    listed = listed[:MOST_PARTS]
    sent = fitting(inner, "trigger.**", "kind ~^= httprequest")
    requests = (
        request_tool(one.first("id", "name").text or "request", one, _address(one)) for one in sent
    )
    tools, odd = readable_tools([*definitions_of(listed), *unlike(requests)])
    team = [*_connected(listed), *_invoked(inner)]
    hosted = inner.at("kind").text.lower() in _HOSTED
    statements = [
        *about(
            root,
            named,
            name,
            "multi-agent" if team else "agent",
            root.first("description", "displayName"),
        ),
        *_model(root, inner),
        *_azure(root, inner),
        *tool_facts(listed),
        *_connections(inner, listed),
        *(one for node in sent for one in request_facts(_address(node))),
        *said("foundry", [inner], _OWN),
        *sub_agents(inner, team, f"agents: {names_of(team)}", "operator"),
        *_unlisted(root, known=bool(listed), hosted=hosted),
        *clear_secrets(inner.at("tools")),
    ]
    many = beyond(len(list(inner.at("tools").items())), "tools")
    remarks = [*odd, *many, *strange_types(listed)]
    if hosted:
        remarks.append("a hosted agent brings its tools in code: they are not listed here")
    if not hosted and inner.path != root.path:
        remarks += unread(inner, load_rules().file.keys["foundry"], "the definition")
    remarks += unread(root, load_rules().file.keys["foundry"])
    known = tools if tools or not hosted else None
    return Found(
        name, tuple(statements), with_servers(known, listed) if known else known, {}, (*remarks,)
    )


def _manifest_tools(root: Node) -> Iterator[Node]:
    """Yield the tools among the resources of a manifest."""
    for resource in root.at("resources").items():
        if resource.at("kind").text.lower() in {"tool", "toolbox"}:
            inner = [*resource.at("tools").items()]
            yield from inner or [resource]


def _model(root: Node, inner: Node) -> Iterator[Statement]:
    model = inner.at("model")
    name = model.text or model.first("id", "deployment", "name").text
    for resource in root.at("resources").items():
        if resource.at("kind").text.lower() == "model":
            yield from model_statements(resource, resource.at("id").text)
    if name and not name.startswith(("=", "${")):
        yield from model_statements(model, name)


def _azure(root: Node, inner: Node) -> Iterator[Statement]:
    """Say that Azure runs it; a prompt agent may run anywhere, unless its model stands there."""
    provider = inner.at("model").first("provider", "publisher").text
    anywhere = inner.at("kind").text.lower() == "prompt" and inner.path == root.path
    if anywhere and not provider.startswith(("Azure", "Foundry")):
        return
    yield yes(root, "runtime.cloud", "Azure AI Foundry")
    if inner.at("model").here:
        yield yes(inner.at("model"), "facts.mo.hosted", "Azure runs the model")


def _connections(inner: Node, tools: list[Node]) -> Iterator[Statement]:
    """Say with which keys the model and the tools are reached."""
    for one in (inner.at("model"), *tools):
        connection = one.at("connection")
        kind = connection.at("kind").text.lower()
        label = one.first("name", "id", "serverName", "server_label").text
        if kind in _KEYS:
            owner = label if label and not label.startswith("=") else "the model"
            yield from credential(f"key of {owner}", connection, by="operator")
        elif "oauth" in kind:
            yield from credential(f"login of {label}", connection, kind="oauth", by="operator")


def _address(node: Node) -> Node:
    """Give the address of a request; of a formula what stands in it before anything is put in."""
    url = node.at("url")
    formula = _FORMULA.match(url.text)
    if formula:
        return Node(f"{formula.group(1)}{{}}", url.source, url.path)
    return Node("", url.source, url.path) if url.text.startswith("=") else url


def _invoked(inner: Node) -> list[str]:
    called = fitting(
        inner, "trigger.**", "kind ~= invokeazureagent, invokefoundryagent, invokeagent"
    )
    names = dict.fromkeys(place(one, "agent.name || agent || id").text for one in called)
    return [name for name in names if name]


def _connected(tools: list[Node]) -> list[str]:
    return [
        tool.at("connected_agent").first("name", "id").text or tool.first("name", "id").text
        for tool in tools
        if tool_type(tool) in {"connected_agent", "a2a", "agent"}
    ]


def _unlisted(root: Node, *, known: bool, hosted: bool) -> Iterator[Statement]:
    """Say that a container may have more tools than its manifest names."""
    if known and hosted:
        yield yes(root, "facts.t.unlisted", "a hosted agent may bring more tools in code")


def _models(listed: Node, by: Speaker) -> Iterator[Statement]:
    """Say which models the variables of a container name."""
    named = [(one.at("name").text, one.at("value")) for one in listed.items()]
    for name, value in (*named, *listed.pairs()):
        wanted = "model" in identifier_words(name).lower().split()
        if wanted and not is_placeholder(value.text):
            yield from model_statements(value, value.text, by)


_OWN: Own = {"models": _models}
