"""The nodes of a Dify app, and what they can do as tools."""

from collections.abc import Iterator
from dataclasses import dataclass

from threatmodel.importers.definitions import Definition
from threatmodel.importers.group import Edge
from threatmodel.importers.parts import (
    MOST_PARTS,
    beyond,
    identifier_words,
    made,
    request_tool,
    text_property,
    unread,
)
from threatmodel.importers.statements import Node, names_of, one_line_cut
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import Rules


@dataclass(frozen=True, slots=True)
class App:
    """An app of Dify, with its nodes taken out of what the editor keeps around them."""

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


def listed_nodes(root: Node) -> list[Node]:
    """Give the nodes of the workflow, which some exports write without a graph around them."""
    graph = root.at("workflow", "graph")
    return list((graph if graph.here else root.at("workflow")).at("nodes").items())


def nodes_of(root: Node) -> Iterator[Node]:
    """Yield what is said of each node."""
    for node in listed_nodes(root)[:MOST_PARTS]:
        yield node.at("data") if node.at("data").is_mapping else node


def title_of(node: Node) -> str:
    """Give what people call a node."""
    return node.first("title", "tool_label", "tool_name").text or node.at("type").text


def tools_of_app(app: App) -> Iterator[Definition]:
    """Make definitions of what agents may call and what steps do."""
    called = {node.at("tool_name").text or title_of(node): node for node in app.of("tool")}
    yield from (_tool(node, app.rules) for node in called.values())
    for node in app.nodes:
        kind = node.at("type").text
        if kind == "http-request":
            url = node.at("url")
            yield request_tool(title_of(node), node, url, app.rules, "made at run time")
        elif kind in app.rules.file.dify.does:
            yield made(title_of(node), (app.rules.file.dify.does[kind],), app.rules)
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
    name = tool.at("tool_name").text or title_of(tool)
    shown = tool.at("title").text or tool.at("tool_label").text
    says = _says(tool.at("tool_description")) or _says(tool.at("extra", "description"))
    provider = tool.first("provider_name", "provider_show_name", "provider_id").text
    service = identifier_words(provider.rsplit("/", 1)[-1]) if not _is_id(provider) else ""
    does = f"{identifier_words(name)} in {service}" if service else identifier_words(name)
    words = (says or does,)
    made_tool = made(name, words, rules, _properties(tool))
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


def agent_tools(app: App) -> Iterator[Node]:
    """Yield the tools that agents are given."""
    for node in app.agents:
        tools = node.at("agent_parameters", "tools")
        yield from (tools.at("value") if tools.at("value").here else tools).items()


def edges_of(root: Node) -> Iterator[Edge]:
    """Yield which node follows which; what is inside a loop follows it and leads back to it."""
    graph = root.at("workflow", "graph")
    for edge in (graph if graph.here else root.at("workflow")).at("edges").items():
        yield edge.at("source").text, edge.at("target").text
    for node in listed_nodes(root):
        around = node.at("parentId").text
        if around:
            yield around, node_key(node)
            yield node_key(node), around


def node_key(node: Node) -> str:
    """Give what edges call a node."""
    return node.at("id").text or node.pointer


def remarks_of(app: App) -> Iterator[str]:
    """Say what of an app is not read, and what stands elsewhere."""
    others = [
        title_of(node)
        for node in (*app.of("tool"), *agent_tools(app))
        if node.first("provider_type", "type").text == "workflow"
    ]
    if others:
        yield f"tools that are other workflows stand in exports of their own: {names_of(others)}"
    thinks = any(node.first("model", "agent_parameters").here for node in app.nodes)
    if not app.config.here and not thinks:
        yield "no language model is in it: it is an automation that decides nothing by itself"
    known = app.rules.file.dify.inert
    odd = [
        node.at("type").text
        for node in app.nodes
        if node.at("type").text and not _is_known(node.at("type").text, app, known)
    ]
    if odd:
        yield f"nodes of types that are not known are left out: {names_of(dict.fromkeys(odd))}"
    yield from beyond(len(listed_nodes(app.root)), "nodes")
    yield from unread(app.root, app.rules.file.keys["dify"])
    yield from unread(app.root.at("workflow"), app.rules.file.keys["dify-workflow"], "the workflow")
    yield from unread(app.config, app.rules.file.keys["dify-config"], "the model configuration")


def _is_known(kind: str, app: App, inert: tuple[str, ...]) -> bool:
    read_types = {"tool", "http-request", "agent", "human-input"}
    return kind in {*inert, *read_types, *app.rules.file.dify.does} or kind.startswith("trigger-")
