"""The nodes of Flowise: their tools, and how they follow and serve each other."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from threatmodel.importers.addresses import link_facts
from threatmodel.importers.command_facts import entry_facts, is_entry
from threatmodel.importers.definitions import Definition
from threatmodel.importers.group import Edge
from threatmodel.importers.parts import (
    identifier_words,
    inner_json,
    made,
    model_statements,
    request_tool,
    used,
)
from threatmodel.importers.secrets import credential
from threatmodel.importers.statements import Node, Statement, yes
from threatmodel.importers.table import Own, said
from threatmodel.importers.workflow import Named
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import load_rules
from threatmodel.scales import Speaker

_TOOLS = ("Tools", "Tools (MCP)")


def tools_of_node(node: Node) -> Iterator[Definition]:
    """Make definitions of what one node can do."""
    name, category = node.at("name").text, node.at("category").text
    inputs = node.at("inputs")
    if name in load_rules().file.flowise.does:
        yield made(_label(node), (load_rules().file.flowise.does[name],))
    elif name.startswith("http") and inputs.at("url").here:
        yield request_tool(_label(node), inputs, inputs.at("url"))
    elif category in _TOOLS:
        yield from _tool(node)
    for key, listed in inputs.pairs():
        if key.endswith("Tools"):
            for entry in listed.items():
                yield from _chosen(entry)
    if inputs.at("toolAgentflowSelectedTool").text:
        yield from _chosen(inputs)


def _label(node: Node) -> str:
    return node.at("label").text or node.at("name").text


def _tool(node: Node) -> Iterator[Definition]:
    """Make a tool of a node of the category Tools; its own name and words come first."""
    inputs = node.at("inputs")
    actions = _named_actions(inputs)
    if actions:
        yield from (made(one, (f"{identifier_words(one)} in {_label(node)}",)) for one in actions)
    if actions or inputs.at("mcpServerConfig").here:
        return
    name = inputs.first("customToolName", "toolName", "name").text or node.at("name").text
    says = inputs.first("customToolDesc", "toolDescription", "description").text
    words = [says, node.at("description").text or identifier_words(node.at("name").text)]
    if inputs.first("customToolFunc", "func").text:
        words.append(load_rules().file.flowise.does["customFunction"])
    yield made(name, words)


def _chosen(entry: Node) -> Iterator[Definition]:
    """Make a tool of one that is chosen by name inside an agent, with its settings."""
    name = entry.first("agentSelectedTool", "toolAgentflowSelectedTool", "llmSelectedTool").text
    config = next((value for key, value in entry.pairs() if key.endswith("ToolConfig")), entry)
    actions = _named_actions(config)
    if actions:
        yield from (
            made(one, (f"{identifier_words(one)} in {identifier_words(name)}",)) for one in actions
        )
    elif name in load_rules().file.flowise.does:
        yield made(name, (load_rules().file.flowise.does[name],))
    elif name and not config.at("mcpServerConfig").here:
        shown = config.first("customToolName", "toolName", "name").text or name
        says = config.first("customToolDesc", "toolDescription", "description").text
        yield made(shown, (says, identifier_words(name)))


def _named_actions(inputs: Node) -> tuple[str, ...]:
    """Give the names of the actions of an MCP server or toolkit that are taken."""
    found: list[str] = []
    for key, value in inputs.pairs():
        if key.endswith("Actions") or key in {"actions", "gmailType"}:
            # A list of choices is kept as JSON in a text by some versions.
            listed = inner_json(value) if value.text.startswith("[") else value
            found += listed.texts()
    return tuple(found)


def listed_tools(root: Node) -> Iterator[Definition]:
    """Make a definition of a custom tool that stands in a file of its own."""
    schema = inner_json(root.at("schema")) if root.at("schema").text else root.at("schema")
    properties: dict[str, Value] = {
        one.at("property").text: {
            "type": one.at("type").text or "string",
            "description": one.at("description").text,
        }
        for one in schema.items()
        if one.at("property").text
    }
    words = (root.at("description").text, load_rules().file.flowise.does["customFunction"])
    yield made(root.at("name").text, words, properties)


def agent_name(node: Node) -> str:
    """Give the name under which a model acts in a node."""
    inputs = node.at("inputs")
    return inputs.first("agentName", "workerName", "supervisorName").text or node.at("label").text


_GRAPHS = ("Agent Flows", "Multi Agents", "Sequential Agents")
"""Categories of nodes that follow each other; any other node serves one."""


STARTS = ("startAgentflow", "seqStart")


ASKS = ("humanInputAgentflow",)


def nodes_of_types(keyed: Mapping[str, Node], names: Collection[str]) -> dict[str, Named]:
    """Give the nodes of some types."""
    return {k: (agent_name(n), n) for k, n in keyed.items() if n.at("name").text in names}


def is_step(node: Node | None) -> bool:
    """Tell whether a node is a step, and does not serve one."""
    return node is not None and node.at("category").text in _GRAPHS


def acts(node: Node) -> bool:
    """Tell whether a node does something or asks a model."""
    return bool(node.at("inputs", "llmModel").text) or any(True for _ in tools_of_node(node))


def is_open(entry: Node, start: Node) -> bool:
    """Tell whether anybody can start a flow."""
    webhook = "webhook" in start.at("inputs", "startInputType").text.lower()
    return webhook or entry.at("isPublic").is_true


def reports(agents: Mapping[str, Named], edges: Iterable[Edge]) -> Iterator[Edge]:
    """Yield who works for a supervisor."""
    for start, end in edges:
        if start in agents and agents[start][1].at("name").text == "supervisor":
            yield end, start


def edges_of(graph: Node) -> Iterator[Edge]:
    """Yield which node follows or serves which, ways back and what is inside a loop with it."""
    for one in graph.at("edges").items():
        yield one.at("source").text, one.at("target").text
    for one in graph.at("nodes").items():
        key, around = one.at("id").text, one.at("parentNode").text
        yield from ((around, key), (key, around)) if around else ()
        # The field joins the id of the node and its label by a hyphen.
        back = one.at("data", "inputs", "loopBackToNode").text.partition("-")[0]
        yield from ((key, back),) if back else ()


def _models(node: Node, by: Speaker) -> Iterator[Statement]:
    inputs, category = node.at("inputs"), node.at("category").text
    if category in {"Chat Models", "LLMs"}:
        name = inputs.first("modelName", "model", "customModel").text or node.at("name").text
        yield from model_statements(node, f"{name} ({node.at('name').text})", by)
        base = inputs.first("basepath", "baseUrl", "basePath")
        yield from link_facts(base, base.text, by)
    for key, value in inputs.pairs():
        if key.endswith("ModelConfig") and value.is_mapping:
            maker = inputs.at(key.removesuffix("Config")).text
            name = value.first("modelName", "model", "customModel").text or maker
            if name:
                yield from model_statements(value, f"{name} ({maker})" if maker else name, by)
    pictures = [inputs, *(value for key, value in inputs.pairs() if key.endswith("Config"))]
    if any(one.at("allowImageUploads").is_true for one in pictures):
        yield yes(node, "model.multimodal", by=by)


def _knowledge(node: Node, by: Speaker) -> Iterator[Statement]:
    """Say where it looks things up."""
    category, label = node.at("category").text, node.first("label", "name").text
    stores = any(
        isinstance(value.value, list) and value.value
        for key, value in node.at("inputs").pairs()
        if "Knowledge" in key
    )
    if category in {"Vector Stores", "Retrievers", "Engine"} or stores:
        yield yes(node, "retrieval.index", label, by)


def _people(node: Node, by: Speaker) -> Iterator[Statement]:
    """Say where a person is asked: a node of its own, a switch of an agent or of one tool."""
    name, label = node.at("name").text, node.first("label", "name").text
    switches = (
        one
        for one in node.at("inputs").all()
        if one.is_true and _last(one) in {"interrupt", "agentSelectedToolRequiresHumanInput"}
    )
    asked = next(switches, None) or (node if name.startswith("humanInput") else None)
    if asked:
        yield yes(asked, "facts.o.hitl", f"{label} waits for a person", by)


def _last(node: Node) -> str:
    return str(node.path[-1]) if node.path else ""


def _start(node: Node, by: Speaker) -> Iterator[Statement]:
    """Say what starts it besides a person at its page."""
    kind = node.at("inputs", "startInputType").text.lower()
    if "webhook" in kind or "schedule" in kind:
        yield yes(node, "autonomy.unattended", kind, by)
    if "webhook" in kind:
        yield yes(node, "facts.t.read_inbound", kind, by)


def _keys(node: Node, by: Speaker) -> Iterator[Statement]:
    """Say which kinds of keys it acts with; an export leaves their values out."""
    for parameter in node.at("inputParams").items():
        names = parameter.at("credentialNames").texts()
        wanted = parameter.at("type").text == "credential" and not parameter.at("optional").is_true
        if names and (wanted or node.at("credential").text):
            kind = "oauth" if "oauth" in names[0].lower() else "static-key"
            yield from credential(names[0], parameter, kind=kind, by=by)  # type: ignore[arg-type]


def _servers(node: Node, by: Speaker) -> Iterator[Statement]:
    """Say which MCP servers it calls, whose other tools are not listed."""
    for one in (node.at("inputs"), *node.at("inputs").all()):
        config = one.at("mcpServerConfig")
        whole = inner_json(config) if config.text else config
        for entry in (whole, *(inner for _, inner in whole.at("mcpServers").pairs())):
            if is_entry(entry):
                yield from used(entry_facts(entry, by))
        if whole.is_mapping and not _named_actions(one):
            note = f"{node.first('label', 'name').text} has tools that are not listed here"
            yield yes(config, "facts.t.unlisted", note, by)


_OWN: Own = {
    "models": _models,
    "knowledge": _knowledge,
    "people": _people,
    "start": _start,
    "keys": _keys,
    "servers": _servers,
}


def node_facts(node: Node) -> Iterator[Statement]:
    """Say what one node shows beside its tools."""
    return said("flowise-node", [node], _OWN)
