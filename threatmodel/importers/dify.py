"""Dify apps: exports of its DSL, workflows and older chat and agent apps."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from threatmodel.description.overrides import Speaker
from threatmodel.importers.client_config import entry_facts
from threatmodel.importers.command_facts import endpoint_facts
from threatmodel.importers.document import Document, Kind
from threatmodel.importers.group import Edge, as_system, member
from threatmodel.importers.parts import (
    MOST_PARTS,
    beyond,
    clear_secrets,
    framework,
    inner_json,
    made,
    model_said,
    request_facts,
    request_words,
    unlike,
    unread,
    used,
    words_of,
)
from threatmodel.importers.secrets import credential
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Found,
    Node,
    Said,
    about,
    answer,
    cut,
    names_of,
    text,
    yes,
)
from threatmodel.importers.tools import Definition, readable_tools
from threatmodel.importers.workflow import Named, Start, Workflow
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import Rules

_BY: Speaker = "operator"


def looks_like(document: Document) -> bool:
    """Tell whether an app with a mode stands beside a workflow or a model configuration."""
    root = document.root
    app = bool(root.at("app", "mode").text)
    return app and (root.at("workflow").is_mapping or root.at("model_config").is_mapping)


@dataclass(frozen=True, slots=True)
class _App:
    """One app."""

    root: Node
    nodes: tuple[Node, ...]
    """What stands under `data` of each node of its workflow."""

    rules: Rules

    def of(self, *types: str) -> Iterator[Node]:
        """Yield the nodes of some types."""
        for node in self.nodes:
            if node.at("type").text in types:
                yield node

    @property
    def agents(self) -> tuple[Node, ...]:
        """Nodes in which a model chooses tools."""
        return tuple(self.of("agent"))

    @property
    def config(self) -> Node:
        """Settings of an app without a workflow."""
        return self.root.at("model_config")


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an app."""
    root = document.root
    app = _App(root, tuple(_nodes(root)), rules)
    tools, odd = readable_tools(unlike(_tools(app)))
    name = _name(document)
    several = len(app.agents) > 1
    said = [
        *about(root, root.at("app", "name"), name, "multi-agent" if several else "agent"),
        *_whole(app),
        *_peers(app),
        *_steps(app),
        *clear_secrets(root, rules, _BY),
    ]
    return (Found(name, tuple(said), tools, remarks=(*odd, *_remarks(app))),)


def _name(document: Document) -> str:
    given = document.root.at("app", "name").text
    return cut(given or PurePath(document.source.label).stem, LONGEST_NAME)


def _whole(app: _App) -> Iterator[Said]:
    """Say what holds for all of an app."""
    yield from text(("summary",), app.root.at("app", "description"))
    yield framework(app.root, "Dify", _BY)
    yield from _config(app)
    yield from _features(app)
    yield from _environment(app)
    yield from _plugins(app)


def _steps(app: _App) -> Iterator[Said]:
    """Say what the nodes show beside their tools."""
    for said in (_triggers, _models, _vision, _lookups, _people, _keys, _supply):
        yield from said(app)
    yield from _servers(app)
    yield from _calls_servers(app)
    for node in app.of("http-request"):
        yield from request_facts(node.at("url"), app.rules, _BY)


# An app of several agents as a system.


def read_inner(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an app with several agents as a system."""
    (whole,) = read(document, rules)
    root = document.root
    app = _App(root, tuple(_nodes(root)), rules)
    if len(app.agents) <= 1:
        return (whole,)
    keyed = dict(zip(map(_key, _listed(root)), app.nodes, strict=False))

    def part(name: str, node: Node, steps: Collection[str]) -> Found:
        inner = replace(app, nodes=tuple(one for key, one in keyed.items() if key in steps))
        tools, odd = readable_tools(unlike(_tools(inner)))
        begun = member(name, node, node.at("desc").text)
        return replace(begun, said=(*begun.said, *_steps(inner)), tools=tools, remarks=odd)

    def named(*types: str) -> dict[str, Named]:
        return {k: (_title(n), n) for k, n in keyed.items() if n.at("type").text in types}

    flow = Workflow(
        keyed,
        named("agent"),
        named("tool", "http-request", "llm", *rules.file.dify.does),
        list(_edges(root)),
        part,
        asking=named("human-input"),
        starts={
            key: Start(_title(node), node, _brings(node), tuple(_trigger(node)))
            for key, node in keyed.items()
            if node.at("type").text.startswith("trigger-")
        },
    )
    said = (*_whole(app), *clear_secrets(root, rules, _BY))
    return (flow.system(root, Found(whole.name, said, remarks=whole.remarks)),)


def _edges(root: Node) -> Iterator[Edge]:
    """Yield which node follows which; what is inside a loop follows it and leads back to it."""
    graph = root.at("workflow", "graph")
    for edge in (graph if graph.here else root.at("workflow")).at("edges").items():
        yield edge.at("source").text, edge.at("target").text
    for node in _listed(root):
        around = node.at("parentId").text
        if around:
            yield around, _key(node)
            yield _key(node), around


def _key(node: Node) -> str:
    return node.at("id").text or node.pointer


def _listed(root: Node) -> list[Node]:
    """Give the nodes of the workflow, which some exports write without a graph around them."""
    graph = root.at("workflow", "graph")
    return list((graph if graph.here else root.at("workflow")).at("nodes").items())


def _nodes(root: Node) -> Iterator[Node]:
    for node in _listed(root)[:MOST_PARTS]:
        yield node.at("data") if node.at("data").is_mapping else node


def _title(node: Node) -> str:
    return node.first("title", "tool_label", "tool_name").text or node.at("type").text


# Tools: of agents, of steps, of older agent apps.


def _tools(app: _App) -> Iterator[Definition]:
    called = {node.at("tool_name").text or _title(node): node for node in app.of("tool")}
    yield from (_tool(node, app.rules) for node in called.values())
    for node in app.nodes:
        kind = node.at("type").text
        if kind == "http-request":
            yield _request(node, app.rules)
        elif kind in app.rules.file.dify.does:
            yield made(_title(node), (app.rules.file.dify.does[kind],), app.rules)
        elif kind == "agent":
            tools = node.at("agent_parameters", "tools")
            listed = tools.at("value") if tools.at("value").here else tools
            yield from (_tool(one, app.rules) for one in listed.items() if _is_on(one))
    for one in app.config.at("agent_mode", "tools").items():
        if _is_on(one):
            yield from _older(one, app.rules)


def _is_on(tool: Node) -> bool:
    return tool.is_mapping and not tool.at("enabled").is_false


def _older(tool: Node, rules: Rules) -> Iterator[Definition]:
    """Give a tool of an agent app; the oldest form has its name as the only key."""
    if tool.at("tool_name").text or tool.at("tool_label").text:
        yield _tool(tool, rules)
    for name, inner in tool.pairs():
        if inner.is_mapping and not inner.at("enabled").is_false and name in rules.file.dify.older:
            yield made(name, (rules.file.dify.older[name],), rules)


def _tool(tool: Node, rules: Rules) -> Definition:
    """Make a tool of a step or of an agent's list: what it is called, what its maker says."""
    name = tool.at("tool_name").text or _title(tool)
    shown = tool.at("title").text or tool.at("tool_label").text
    says = _says(tool.at("tool_description")) or _says(tool.at("extra", "description"))
    provider = tool.first("provider_name", "provider_show_name", "provider_id").text
    service = words_of(provider.rsplit("/", 1)[-1]) if not _is_id(provider) else ""
    does = f"{words_of(name)} in {service}" if service else words_of(name)
    words = (says or does,)
    made_tool = made(name, words, rules, _properties(tool))
    return made_tool | ({"title": cut(shown, LONGEST_NAME)} if shown and shown != name else {})


def _says(node: Node) -> str:
    """Give a description, which may be written once for each language."""
    return node.text or node.first("en_US", "human").text or node.at("description").text


def _is_id(text: str) -> bool:
    return text.count("-") == 4 and len(text) == 36  # noqa: PLR2004 - a UUID


def _properties(tool: Node) -> dict[str, Value]:
    """Give the parameters of a tool that are filled in when it runs."""
    found: dict[str, Value] = {}
    for schema in (*tool.at("paramSchemas").items(), *tool.at("schemas").items()):
        if schema.at("name").text and schema.at("form").text != "form":
            found[schema.at("name").text] = _property(_says(schema.at("llm_description")))
    parameters = tool.first("tool_parameters", "parameters", "params")
    for name in parameters.keys:
        found.setdefault(name, _property(""))
    return found


def _property(words: str) -> Value:
    return {"type": "string", "description": words} if words else {"type": "string"}


def _request(node: Node, rules: Rules) -> Definition:
    url = node.at("url").text
    properties: dict[str, Value] = (
        {"url": _property("made at run time")} if "{{#" in url or not url else {}
    )
    words = (request_words(node.at("method").text, url, rules),)
    return made(_title(node), words, rules, properties)


# What it says of the rest.


def _triggers(app: _App) -> Iterator[Said]:
    for node in app.nodes:
        if node.at("type").text.startswith("trigger-"):
            yield from _trigger(node)


def _trigger(node: Node) -> Iterator[Said]:
    """Say what starts it besides a person at its page."""
    yield yes(node, "autonomy.unattended", _title(node))
    if _brings(node):
        yield yes(node, "facts.t.read_inbound", f"what arrives through {_title(node)}")


def _brings(node: Node) -> bool:
    """Tell whether a trigger brings what others write."""
    kind = node.at("type").text
    return kind.startswith("trigger-") and kind != "trigger-schedule"


def _config(app: _App) -> Iterator[Said]:
    yield from _model(app.config.at("model"), app)


def _models(app: _App) -> Iterator[Said]:
    places = [node.at("model") for node in app.nodes]
    for node in app.agents:
        given = node.at("agent_parameters", "model")
        places.append(given.at("value") if given.at("value").is_mapping else given)
    for model in places:
        yield from _model(model, app)


def _model(model: Node, app: _App) -> Iterator[Said]:
    name = model.first("name", "model").text
    provider = model.at("provider").text.rsplit("/", 1)[-1]
    if name:
        shown = f"{name} ({provider})" if provider else name
        yield from model_said(model, shown, _BY, app.rules)


def _features(app: _App) -> Iterator[Said]:
    """Say what people can hand it, and what it does beside the graph."""
    features = app.root.at("workflow", "features")
    for upload in (features.at("file_upload"), app.config.at("file_upload")):
        kinds = [upload, *(kind for _, kind in upload.pairs())]
        if any(kind.at("enabled").is_true for kind in kinds):
            yield yes(upload, "users.hand_over_files")
    files = [v for node in app.of("start") for v in node.at("variables").items()]
    handed = next((v for v in files if v.at("type").text in {"file", "file-list"}), None)
    if handed:
        yield yes(handed, "users.hand_over_files")


def _vision(app: _App) -> Iterator[Said]:
    seen = next((n.at("vision") for n in app.nodes if n.at("vision", "enabled").is_true), None)
    if seen:
        yield yes(seen, "model.multimodal")


def _lookups(app: _App) -> Iterator[Said]:
    """Say which indexes it searches."""
    sets = app.config.at("dataset_configs", "datasets", "datasets")
    places = [*app.of("knowledge-retrieval", "knowledge-index"), *list(sets.items())[:1]]
    for node in places:
        yield yes(node, "retrieval.index", _title(node) or "a knowledge base")


def _people(app: _App) -> Iterator[Said]:
    for node in app.of("human-input"):
        yield yes(node, "facts.o.hitl", f"{_title(node)} waits for a person")


def _peers(app: _App) -> Iterator[Said]:
    if len(app.agents) > 1:
        note = f"agents: {names_of(_title(node) for node in app.agents)}"
        yield yes(app.root, "peers.cooperating", note)


def _environment(app: _App) -> Iterator[Said]:
    """Say which keys it holds; the values of secret variables are left out of an export."""
    for variable in app.root.at("workflow", "environment_variables").items():
        if variable.at("value_type").text == "secret" and variable.at("name").text:
            seen = "clear" if len(variable.at("value").text) > 1 else ""
            yield from credential(variable.at("name").text, variable, seen, by=_BY)  # type: ignore[arg-type]


def _keys(app: _App) -> Iterator[Said]:
    for node in app.of("http-request"):
        if node.at("authorization", "type").text in {"api-key", "bearer", "basic"}:
            name = node.at("authorization", "config", "header").text or "Authorization"
            yield from credential(f"{name} of {_title(node)}", node.at("authorization"), by=_BY)


def _plugins(app: _App) -> Iterator[Said]:
    for one in app.root.at("dependencies").items():
        identifier = one.at("value").first(
            "marketplace_plugin_unique_identifier", "plugin_unique_identifier"
        )
        path = ("supply", "third_party_server")
        note = f"plugin {cut(identifier.text.partition('@')[0], 100) or one.at('type').text}"
        yield answer(path, one, yes=True, by=_BY, note=note)
        if one.at("type").text == "marketplace":
            yield yes(one, "supply.marketplace", note)


def _supply(app: _App) -> Iterator[Said]:
    for node in (*app.of("tool"), *_agent_tools(app)):
        if node.first("provider_type", "type").text == "mcp":
            yield yes(node, "supply.remote_server", f"{_title(node)} is a tool of an MCP server")


def _servers(app: _App) -> Iterator[Said]:
    """Say which MCP servers agents call, whose tools an export does not list."""
    for agent in app.agents:
        for key, given in agent.at("agent_parameters").pairs():
            value = given.at("value") if given.is_mapping else given
            if "mcp" not in key.lower() or not value.text:
                continue
            note = f"{_title(agent)} has the tools of MCP servers that are not listed here"
            yield yes(value, "facts.t.unlisted", note)
            yield from used(endpoint_facts(value, value.text, app.rules, _BY))
            for _, entry in inner_json(value).at("mcpServers").pairs():
                yield from used(entry_facts(entry, app.rules, _BY))


def _calls_servers(app: _App) -> Iterator[Said]:
    """Say which tools only pass calls on to MCP servers, whose tools are not listed."""
    for node in (*app.of("tool"), *_agent_tools(app)):
        named = (node.at("tool_name").text, node.first("provider_name", "provider_id").text)
        if any("mcp" in words_of(name).lower().split() for name in named):
            note = f"{_title(node)} calls tools of MCP servers that are not listed here"
            yield yes(node, "facts.t.unlisted", note)


def _agent_tools(app: _App) -> Iterator[Node]:
    for node in app.agents:
        tools = node.at("agent_parameters", "tools")
        yield from (tools.at("value") if tools.at("value").here else tools).items()


def _remarks(app: _App) -> Iterator[str]:
    others = [
        _title(node)
        for node in (*app.of("tool"), *_agent_tools(app))
        if node.first("provider_type", "type").text == "workflow"
    ]
    if others:
        yield f"tools that are other workflows stand in exports of their own: {names_of(others)}"
    known = app.rules.file.dify.inert
    odd = [
        node.at("type").text
        for node in app.nodes
        if node.at("type").text and not _is_known(node.at("type").text, app, known)
    ]
    if odd:
        yield f"nodes of types that are not known are left out: {names_of(dict.fromkeys(odd))}"
    yield from beyond(len(_listed(app.root)), "nodes")
    yield from unread(app.root, app.rules.file.keys["dify"])
    yield from unread(app.root.at("workflow"), app.rules.file.keys["dify-workflow"], "the workflow")
    yield from unread(app.config, app.rules.file.keys["dify-config"], "the model configuration")


def _is_known(kind: str, app: _App, inert: tuple[str, ...]) -> bool:
    read_types = {"tool", "http-request", "agent", "human-input"}
    return kind in {*inert, *read_types, *app.rules.file.dify.does} or kind.startswith("trigger-")


KIND = Kind(
    "dify",
    "an app exported from Dify",
    "YAML or JSON with `app` (`name`, `mode`) and `workflow` or `model_config`",
    looks_like,
    read,
    ("yaml", "json"),
    together=as_system(read, read_inner),
)
