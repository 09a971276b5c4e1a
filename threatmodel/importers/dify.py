"""Dify apps: exports of its DSL, workflows and older chat and agent apps."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from threatmodel.importers.addresses import endpoint_facts
from threatmodel.importers.command_facts import entry_facts
from threatmodel.importers.definitions import Definition, readable_tools, unlike
from threatmodel.importers.document import Document
from threatmodel.importers.group import Edge, as_system, member
from threatmodel.importers.parts import (
    MOST_PARTS,
    beyond,
    clear_secrets,
    identifier_words,
    inner_json,
    made,
    model_statements,
    request_tool,
    text_property,
    unread,
    used,
)
from threatmodel.importers.places import fitting, has_shape, holds, places
from threatmodel.importers.secrets import credential
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    names_of,
    one_line_cut,
    yes,
)
from threatmodel.importers.table import Own, kind_of, said
from threatmodel.importers.workflow import Named, Start, Workflow
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import load_rules
from threatmodel.scales import Speaker


@dataclass(frozen=True, slots=True)
class _App:
    """An app of Dify, with its nodes taken out of what the editor keeps around them."""

    root: Node
    nodes: tuple[Node, ...]
    """What stands under `data` of each node of its workflow."""

    def of(self, *types: str) -> list[Node]:
        """Give the nodes of some types."""
        return [node for node in self.nodes if node.at("type").text in types]


# Some exports write a workflow without a graph around its nodes.
_NODES = "workflow.graph.nodes[] | workflow.nodes[]"
_EDGES = "workflow.graph.edges[] | workflow.edges[]"
_TOOLS = "agent_parameters.tools.value[] | agent_parameters.tools[]"
_ON = (":mapping", "!enabled:false")
_READ = ("", "agent", "human-input", "http-request", "tool")


def _app_of(root: Node) -> _App:
    listed = places(root, _NODES)[:MOST_PARTS]
    nodes = (node.at("data") if node.at("data").is_mapping else node for node in listed)
    return _App(root, tuple(nodes))


def _title(node: Node) -> str:
    """Give what people call a node."""
    return node.first("title", "tool_label", "tool_name").text or node.at("type").text


def read(document: Document) -> tuple[Found, ...]:
    """Read an app."""
    root = document.root
    app = _app_of(root)
    tools, odd = readable_tools(unlike(_tools(app)))
    name = document.named(root.at("app", "name").text)
    agents = app.of("agent")
    kind = "multi-agent" if len(agents) > 1 else "agent"
    together = f"agents: {names_of(map(_title, agents))}"
    statements = [
        *about(root, root.at("app", "name"), name, kind),
        *said("dify", [root], _OWN),
        *([yes(root, "peers.cooperating", together)] if len(agents) > 1 else ()),
        *_steps(app),
        *clear_secrets(root),
    ]
    return (Found(name, tuple(statements), tools, remarks=(*odd, *_remarks(app))),)


def _steps(app: _App) -> Iterator[Statement]:
    """Say what the nodes show beside their tools."""
    yield from said("dify-node", app.nodes, _OWN)
    yield from said("dify-data", [app.root])


def _remarks(app: _App) -> Iterator[str]:
    """Say what of an app is not read, and what stands elsewhere."""
    tools = [*app.of("tool"), *(one for node in app.of("agent") for one in places(node, _TOOLS))]
    others = [_title(one) for one in tools if holds(one, "provider_type | type = workflow")]
    if others:
        yield f"tools that are other workflows stand in exports of their own: {names_of(others)}"
    thinks = any(node.first("model", "agent_parameters").here for node in app.nodes)
    if not app.root.at("model_config").here and not thinks:
        yield "no language model is in it: it is an automation that decides nothing by itself"
    rules, kinds = load_rules().file, dict.fromkeys(node.at("type").text for node in app.nodes)
    known = {*_READ, *rules.dify.inert, *rules.dify.does}
    odd = [kind for kind in kinds if kind not in known and not kind.startswith("trigger-")]
    if odd:
        yield f"nodes of types that are not known are left out: {names_of(odd)}"
    yield from beyond(len(places(app.root, _NODES)), "nodes")
    yield from unread(app.root, rules.keys["dify"])
    yield from unread(app.root.at("workflow"), rules.keys["dify-workflow"], "the workflow")
    yield from unread(
        app.root.at("model_config"), rules.keys["dify-config"], "the model configuration"
    )


# Tools.


def _tools(app: _App) -> Iterator[Definition]:
    """Make definitions of what agents may call and what steps do."""
    called = {node.at("tool_name").text or _title(node): node for node in app.of("tool")}
    yield from (_tool(node) for node in called.values())
    for node in app.nodes:
        kind = node.at("type").text
        if kind == "http-request":
            url = node.at("url")
            yield request_tool(_title(node), node, url, "made at run time")
        elif kind in load_rules().file.dify.does:
            yield made(_title(node), (load_rules().file.dify.does[kind],))
        elif kind == "agent":
            yield from (_tool(one) for one in fitting(node, _TOOLS, *_ON))
    for one in fitting(app.root, "model_config.agent_mode.tools[]", *_ON):
        yield from _older(one)


def _older(tool: Node) -> Iterator[Definition]:
    """Give a tool of an agent app; the oldest form has its name as the only key."""
    if holds(tool, "tool_name || tool_label"):
        yield _tool(tool)
    for name, inner in tool.pairs():
        if has_shape(inner, _ON) and name in load_rules().file.dify.older:
            yield made(name, (load_rules().file.dify.older[name],))


def _tool(tool: Node) -> Definition:
    """Make a tool of a step or of an agent's list: what it is called, what its maker says."""
    name = tool.at("tool_name").text or _title(tool)
    shown = tool.at("title").text or tool.at("tool_label").text
    says = _says(tool.at("tool_description")) or _says(tool.at("extra", "description"))
    provider = tool.first("provider_name", "provider_show_name", "provider_id").text
    service = identifier_words(provider.rsplit("/", 1)[-1]) if not _is_id(provider) else ""
    does = f"{identifier_words(name)} in {service}" if service else identifier_words(name)
    words = (says or does,)
    made_tool = made(name, words, _properties(tool))
    return made_tool | ({"title": one_line_cut(shown)} if shown and shown != name else {})


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
            found[schema.at("name").text] = text_property(_says(schema.at("llm_description")))
    parameters = tool.first("tool_parameters", "parameters", "params")
    for name in parameters.keys:
        found.setdefault(name, text_property(""))
    return found


# An app of several agents as a system.


def read_inner(document: Document, whole: Found) -> tuple[Found, ...]:
    """Read an app with several agents as a system."""
    root = document.root
    app = _app_of(root)
    if len(app.of("agent")) <= 1:
        return (whole,)
    keyed = dict(zip(map(_key, places(root, _NODES)), app.nodes, strict=False))

    def part(name: str, node: Node, steps: Collection[str]) -> Found:
        inner = replace(app, nodes=tuple(one for key, one in keyed.items() if key in steps))
        return member(name, node, node.at("desc").text, _steps(inner), _tools(inner))

    def named(*types: str) -> dict[str, Named]:
        return {k: (_title(n), n) for k, n in keyed.items() if n.at("type").text in types}

    flow = Workflow(
        keyed,
        named("agent"),
        named("tool", "http-request", "llm", *load_rules().file.dify.does),
        list(_edges(root)),
        part,
        asking=named("human-input"),
        starts={
            key: _start(node)
            for key, node in keyed.items()
            if node.at("type").text.startswith("trigger-")
        },
    )
    statements = (*said("dify", [root], _OWN), *clear_secrets(root))
    return (flow.system(root, Found(whole.name, statements, remarks=whole.remarks)),)


def _edges(root: Node) -> Iterator[Edge]:
    """Yield which node follows which; what is inside a loop follows it and leads back to it."""
    for edge in places(root, _EDGES):
        yield edge.at("source").text, edge.at("target").text
    for node in places(root, _NODES):
        around = node.at("parentId").text
        yield from ((around, _key(node)), (_key(node), around)) if around else ()


def _key(node: Node) -> str:
    """Give what edges call a node."""
    return node.at("id").text or node.pointer


# What it says of the rest.


def _start(node: Node) -> Start:
    """Give a trigger; any but a clock brings what others write."""
    outside = node.at("type").text != "trigger-schedule"
    return Start(_title(node), node, outside, tuple(said("dify-trigger", [node])))


def _model(model: Node, by: Speaker) -> Iterator[Statement]:
    model = model.at("value") if model.at("value").is_mapping else model
    name = model.first("name", "model").text
    provider = model.at("provider").text.rsplit("/", 1)[-1]
    if name:
        shown = f"{name} ({provider})" if provider else name
        yield from model_statements(model, shown, by)


def _environment(listed: Node, by: Speaker) -> Iterator[Statement]:
    """Say which keys it holds; the values of secret variables are left out of an export."""
    for variable in listed.items():
        if variable.at("value_type").text == "secret" and variable.at("name").text:
            seen = "clear" if len(variable.at("value").text) > 1 else ""
            yield from credential(variable.at("name").text, variable, seen, by=by)  # type: ignore[arg-type]


def _plugin(one: Node, by: Speaker) -> Iterator[Statement]:
    identifier = one.at("value").first(
        "marketplace_plugin_unique_identifier", "plugin_unique_identifier"
    )
    name = one_line_cut(identifier.text.partition("@")[0], 100) or one.at("type").text
    yield yes(one, "supply.third_party_server", f"plugin {name}", by)
    if one.at("type").text == "marketplace":
        yield yes(one, "supply.marketplace", f"plugin {name}", by)


def _servers(agent: Node, by: Speaker) -> Iterator[Statement]:
    """Say which MCP servers an agent calls, whose tools an export does not list."""
    for key, given in agent.at("agent_parameters").pairs():
        value = given.at("value") if given.is_mapping else given
        if "mcp" not in key.lower() or not value.text:
            continue
        note = f"{_title(agent)} has the tools of MCP servers that are not listed here"
        yield yes(value, "facts.t.unlisted", note, by)
        yield from used(endpoint_facts(value, value.text, by))
        for _, entry in inner_json(value).at("mcpServers").pairs():
            yield from used(entry_facts(entry, by))


def _calls(tool: Node, by: Speaker) -> Iterator[Statement]:
    """Say whether a tool only passes calls on to MCP servers, whose tools are not listed."""
    named = (tool.at("tool_name").text, tool.first("provider_name", "provider_id").text)
    if any("mcp" in identifier_words(name).lower().split() for name in named):
        note = f"{_title(tool)} calls tools of MCP servers that are not listed here"
        yield yes(tool, "facts.t.unlisted", note, by)


_OWN: Own = {
    "model": _model,
    "environment": _environment,
    "plugin": _plugin,
    "servers": _servers,
    "calls": _calls,
}
KIND = kind_of("dify", read=read, together=as_system(read, read_inner))
