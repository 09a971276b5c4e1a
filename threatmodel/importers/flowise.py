"""Flowise: chat flows and agent flows as exported, whole exports, and custom tools."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from threatmodel.description.overrides import Speaker
from threatmodel.importers.client_config import entry_facts, is_entry
from threatmodel.importers.command_facts import link_facts
from threatmodel.importers.document import Document, Kind
from threatmodel.importers.flowise_tools import listed_tools, named_actions, tools_of_node
from threatmodel.importers.group import Edge, as_system, member
from threatmodel.importers.parts import (
    MOST_PARTS,
    clear_secrets,
    framework,
    inner_json,
    model_said,
    request_facts,
    unlike,
    unread,
    used,
)
from threatmodel.importers.secrets import credential
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Found,
    Node,
    Said,
    answer,
    cut,
    item,
    names_of,
    text,
    yes,
)
from threatmodel.importers.tools import readable_tools
from threatmodel.importers.workflow import Named, Start, Workflow
from threatmodel.rules.importing import Rules

_BY: Speaker = "operator"
_LISTS = (
    "ChatFlow",
    "AgentFlow",
    "AgentFlowV2",
    "AssistantFlow",
    "chatflows",
    "agentflows",
    "data",
)


def looks_like(document: Document) -> bool:
    """Tell whether there are nodes whose `data` has a name and the classes of Flowise."""
    return bool(_flows(document.root)) or _is_tool(document.root)


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read each flow of an export; a custom tool alone is a flow of one node."""
    flows = _flows(document.root)
    return tuple(_one(document, entry, graph, rules) for entry, graph in flows) or (
        _one(document, document.root, Node({"nodes": []}, document.source.label), rules),
    )


def _flows(root: Node) -> list[tuple[Node, Node]]:
    """Give each flow: what is said about it, and its graph, which may be JSON inside a text."""
    listed = [root, *root.items(), *(e for key in _LISTS for e in root.at(key).items())]
    found = [(entry, _graph(entry)) for entry in listed[:MOST_PARTS]]
    return [(entry, graph) for entry, graph in found if _is_graph(graph)]


def _graph(entry: Node) -> Node:
    inner = entry.at("flowData")
    return inner_json(inner) if inner.text else inner if inner.is_mapping else entry


def _is_graph(graph: Node) -> bool:
    nodes = [node.at("data") for node in graph.at("nodes").items()]
    signs = ("baseClasses", "category", "inputAnchors", "inputParams")
    return bool(nodes) and all(
        node.at("name").text and any(node.at(sign).here for sign in signs) for node in nodes
    )


def _is_tool(root: Node) -> bool:
    return bool(root.at("name").text and root.at("func").text) and isinstance(
        root.at("schema").value, str | list
    )


@dataclass(frozen=True, slots=True)
class _Flow:
    """One flow."""

    nodes: tuple[Node, ...]
    """What stands under `data` of each node."""

    rules: Rules

    def of(self, *categories: str) -> Iterator[Node]:
        """Yield the nodes of some categories."""
        for node in self.nodes:
            if node.at("category").text in categories:
                yield node

    @property
    def agents(self) -> list[Node]:
        """Nodes in which a model acts under a name of its own."""
        known = self.rules.file.flowise.agents
        return [node for node in self.nodes if node.at("name").text in known]


def _one(document: Document, entry: Node, graph: Node, rules: Rules) -> Found:
    nodes = tuple(node.at("data") for node in graph.at("nodes").items())
    flow = _Flow(nodes[:MOST_PARTS], rules)
    given = list(listed_tools(entry, rules)) if _is_tool(entry) else []
    made = (tool for node in flow.nodes for tool in tools_of_node(node, rules))
    tools, odd = readable_tools(unlike([*given, *made]))
    name = cut(entry.at("name").text or document.source.label.removesuffix(".json"), LONGEST_NAME)
    said = [
        *text(("name",), entry.at("name"), name, LONGEST_NAME),
        *_kind(entry, flow),
        Said(("form",), "product", entry.origin),
        *_whole(entry),
        *(said for node in flow.nodes for said in _node(node, rules)),
        *_peers(entry, flow),
    ]
    if len(nodes) > MOST_PARTS:
        odd = (*odd, f"it has more than {MOST_PARTS} nodes; the rest is not read")
    return Found(name, tuple(said), tools, remarks=(*odd, *_remarks(entry, graph, flow)))


def _kind(entry: Node, flow: _Flow) -> Iterator[Said]:
    """Say what it is; a tool alone is none of the kinds."""
    if flow.nodes:
        yield Said(("kind",), "multi-agent" if len(flow.agents) > 1 else "agent", entry.origin)


def _whole(entry: Node) -> Iterator[Said]:
    """Say what holds for all of a flow."""
    yield from text(("summary",), entry.at("description"))
    yield framework(entry, "Flowise", _BY)
    yield from _public(entry)


def _public(entry: Node) -> Iterator[Said]:
    if entry.at("isPublic").is_true:
        for path in (("identity", "server_accepts_anyone"), ("users", "outsiders_prompt")):
            note = "the flow is public"
            yield answer(path, entry.at("isPublic"), yes=True, by=_BY, note=note)


def _node(node: Node, rules: Rules) -> Iterator[Said]:
    """Say what one node shows beside its tools."""
    yield from _models(node, rules)
    yield from _knowledge(node)
    yield from _people(node)
    yield from _start(node)
    yield from _keys(node)
    yield from _servers(node, rules)
    yield from request_facts(node.at("inputs", "url"), rules, _BY)
    yield from clear_secrets(node.at("inputs"), rules, _BY)


def _models(node: Node, rules: Rules) -> Iterator[Said]:
    inputs, category = node.at("inputs"), node.at("category").text
    if category in {"Chat Models", "LLMs"}:
        name = inputs.first("modelName", "model", "customModel").text or node.at("name").text
        yield from model_said(node, f"{name} ({node.at('name').text})", _BY, rules)
        base = inputs.first("basepath", "baseUrl", "basePath")
        yield from link_facts(base, base.text, rules, _BY)
    for key, value in inputs.pairs():
        if key.endswith("ModelConfig") and value.is_mapping:
            maker = inputs.at(key.removesuffix("Config")).text
            name = value.first("modelName", "model", "customModel").text or maker
            if name:
                yield from model_said(value, f"{name} ({maker})" if maker else name, _BY, rules)
    pictures = [inputs, *(value for key, value in inputs.pairs() if key.endswith("Config"))]
    if any(one.at("allowImageUploads").is_true for one in pictures):
        yield yes(node, "model.multimodal")


def _knowledge(node: Node) -> Iterator[Said]:
    """Say what it remembers and where it looks things up."""
    category, label = node.at("category").text, node.first("label", "name").text
    stores = any(
        isinstance(value.value, list) and value.value
        for key, value in node.at("inputs").pairs()
        if "Knowledge" in key
    )
    if category in {"Vector Stores", "Retrievers", "Engine"} or stores:
        yield yes(node, "retrieval.index", label)
    if category == "Memory":
        yield yes(node, "memory.persistent", label)


def _people(node: Node) -> Iterator[Said]:
    """Say where a person is asked: a node of its own, a switch of an agent or of one tool."""
    name, label = node.at("name").text, node.first("label", "name").text
    switches = (
        one
        for one in node.at("inputs").all()
        if one.is_true and _last(one) in {"interrupt", "agentSelectedToolRequiresHumanInput"}
    )
    asked = next(switches, None) or (node if name.startswith("humanInput") else None)
    if asked:
        yield yes(asked, "facts.o.hitl", f"{label} waits for a person")


def _last(node: Node) -> str:
    return str(node.path[-1]) if node.path else ""


def _start(node: Node) -> Iterator[Said]:
    """Say what starts it besides a person at its page."""
    kind = node.at("inputs", "startInputType").text.lower()
    if "webhook" in kind or "schedule" in kind:
        yield yes(node, "autonomy.unattended", kind)
    if "webhook" in kind:
        yield yes(node, "facts.t.read_inbound", kind)


def _keys(node: Node) -> Iterator[Said]:
    """Say which kinds of keys it acts with; an export leaves their values out."""
    for parameter in node.at("inputParams").items():
        names = parameter.at("credentialNames").texts()
        wanted = parameter.at("type").text == "credential" and not parameter.at("optional").is_true
        if names and (wanted or node.at("credential").text):
            kind = "oauth" if "oauth" in names[0].lower() else "static-key"
            yield from credential(names[0], parameter, kind=kind, by=_BY)  # type: ignore[arg-type]


def _servers(node: Node, rules: Rules) -> Iterator[Said]:
    """Say which MCP servers it starts or calls, whose other tools are not listed."""
    for one in (node.at("inputs"), *node.at("inputs").all()):
        config = one.at("mcpServerConfig")
        whole = inner_json(config) if config.text else config
        for entry in (whole, *(inner for _, inner in whole.at("mcpServers").pairs())):
            if is_entry(entry):
                yield from used(entry_facts(entry, rules, _BY))
        if whole.is_mapping and not named_actions(one):
            note = f"{node.first('label', 'name').text} has tools that are not listed here"
            yield yes(config, "facts.t.unlisted", note)


def _peers(entry: Node, flow: _Flow) -> Iterator[Said]:
    agents = flow.agents
    names = [_agent_name(node) for node in agents]
    if len(agents) > 1:
        yield yes(entry, "peers.cooperating", f"agents: {names_of(names)}")
        for node, name in zip(agents, names, strict=True):
            yield from item(("peers", "names"), node, name)
    for node in flow.nodes:
        if node.at("name").text in flow.rules.file.flowise.delegates:
            yield yes(node, "peers.delegates", node.first("label", "name").text)


def _agent_name(node: Node) -> str:
    inputs = node.at("inputs")
    return inputs.first("agentName", "workerName", "supervisorName").text or node.at("label").text


def _remarks(entry: Node, graph: Node, flow: _Flow) -> Iterator[str]:
    known = flow.rules.file.flowise.categories
    kinds = dict.fromkeys(node.at("category").text for node in flow.nodes)
    odd = [kind for kind in kinds if kind and kind not in known]
    if odd:
        yield f"categories of nodes that are not known: {names_of(odd)}"
    calls = [n.first("label", "name").text for n in flow.nodes if _calls_flow(n)]
    if calls:
        yield f"other flows that it starts stand in exports of their own: {names_of(calls)}"
    yield from unread(entry, flow.rules.file.keys["flowise"])
    if graph.path != entry.path:
        yield from unread(graph, flow.rules.file.keys["flowise"], "the flow")


def _calls_flow(node: Node) -> bool:
    return node.at("name").text in {"chatflowTool", "ChatflowTool", "executeFlowAgentflow"}


# A flow of several agents as a system.

_GRAPHS = ("Agent Flows", "Multi Agents", "Sequential Agents")
"""Categories of nodes that follow each other; any other node serves one."""


def read_inner(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a flow of several agents as a system."""
    (whole,) = read(document, rules)
    entry, graph = next(iter(_flows(document.root)), (document.root, document.root))
    listed = list(graph.at("nodes").items())[:MOST_PARTS]
    keyed = {one.at("id").text: one.at("data") for one in listed}
    agents = _named(keyed, rules.file.flowise.agents)
    if len(agents) <= 1:
        return (whole,)

    def part(name: str, node: Node, steps: Collection[str]) -> Found:
        inner = [one for key, one in keyed.items() if key in steps]
        made = (tool for one in inner for tool in tools_of_node(one, rules))
        tools, odd = readable_tools(unlike(made))
        begun = member(name, node)
        said = (*begun.said, *(said for one in inner for said in _node(one, rules)))
        return replace(begun, said=said, tools=tools, remarks=odd)

    edges = list(_edges(graph))
    follows = [edge for edge in edges if _is_step(keyed.get(edge[0]))]
    flow = Workflow(
        keyed,
        agents,
        [key for key, node in keyed.items() if key not in agents and _acts(node, rules)],
        follows,
        part,
        asking=_named(keyed, _ASKS),
        starts={
            key: Start(name, node, _is_open(entry, node), tuple(_node(node, rules)))
            for key, (name, node) in _named(keyed, _STARTS).items()
        },
        serves=[*(edge for edge in edges if edge not in follows), *_reports(agents, edges)],
    )
    return (flow.system(entry, Found(whole.name, tuple(_whole(entry)), remarks=whole.remarks)),)


_GRAPHS = ("Agent Flows", "Multi Agents", "Sequential Agents")
"""Categories of nodes that follow each other; any other node serves one."""

_STARTS = ("startAgentflow", "seqStart")
_ASKS = ("humanInputAgentflow",)


def _named(keyed: Mapping[str, Node], names: Collection[str]) -> dict[str, Named]:
    return {k: (_agent_name(n), n) for k, n in keyed.items() if n.at("name").text in names}


def _is_step(node: Node | None) -> bool:
    return node is not None and node.at("category").text in _GRAPHS


def _acts(node: Node, rules: Rules) -> bool:
    return bool(node.at("inputs", "llmModel").text) or any(True for _ in tools_of_node(node, rules))


def _is_open(entry: Node, start: Node) -> bool:
    webhook = "webhook" in start.at("inputs", "startInputType").text.lower()
    return webhook or entry.at("isPublic").is_true


def _reports(agents: Mapping[str, Named], edges: Iterable[Edge]) -> Iterator[Edge]:
    """Yield who works for a supervisor."""
    for start, end in edges:
        if start in agents and agents[start][1].at("name").text == "supervisor":
            yield end, start


def _edges(graph: Node) -> Iterator[Edge]:
    """Yield which node follows or serves which, ways back and what is inside a loop with it."""
    for one in graph.at("edges").items():
        yield one.at("source").text, one.at("target").text
    for one in graph.at("nodes").items():
        key, around = one.at("id").text, one.at("parentNode").text
        yield from ((around, key), (key, around)) if around else ()
        back = one.at("data", "inputs", "loopBackToNode").text.partition("-")[0]
        yield from ((key, back),) if back else ()


KIND = Kind(
    "flowise",
    "a flow exported from Flowise",
    "a JSON object with `nodes`, each with `data` that has `name`, `inputs` and `category` or"
    " `baseClasses`, or with `flowData`",
    looks_like,
    read,
    ("json",),
    together=as_system(read, read_inner),
)
