"""Flowise: chat flows and agent flows as exported, whole exports, and custom tools."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from threatmodel.importers.definitions import readable_tools, unlike
from threatmodel.importers.document import Document
from threatmodel.importers.flowise_nodes import (
    ASKS,
    STARTS,
    acts,
    agent_name,
    edges_of,
    is_open,
    is_step,
    listed_tools,
    node_facts,
    nodes_of_types,
    reports,
    tools_of_node,
)
from threatmodel.importers.group import as_system, member
from threatmodel.importers.parts import MOST_PARTS, inner_json, unread
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    item,
    names_of,
    one_line_cut,
    text,
    yes,
)
from threatmodel.importers.table import kind_of, said
from threatmodel.importers.workflow import Start, Workflow
from threatmodel.rules.importing import load_rules

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


def read(document: Document) -> tuple[Found, ...]:
    """Read each flow of an export; a custom tool alone is a flow of one node."""
    flows = _flows(document.root)
    return tuple(_one(document, entry, graph) for entry, graph in flows) or (
        _one(document, document.root, Node({"nodes": []}, document.source.label)),
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
    """The nodes of a flow, by what Flowise calls their category."""

    nodes: tuple[Node, ...]
    """What stands under `data` of each node."""

    def of(self, *categories: str) -> Iterator[Node]:
        """Yield the nodes of some categories."""
        for node in self.nodes:
            if node.at("category").text in categories:
                yield node

    @property
    def agents(self) -> list[Node]:
        """Nodes in which a model acts under a name of its own."""
        known = load_rules().file.flowise.agents
        return [node for node in self.nodes if node.at("name").text in known]


def _one(document: Document, entry: Node, graph: Node) -> Found:
    nodes = tuple(node.at("data") for node in graph.at("nodes").items())
    flow = _Flow(nodes[:MOST_PARTS])
    given = list(listed_tools(entry)) if _is_tool(entry) else []
    made = (tool for node in flow.nodes for tool in tools_of_node(node))
    tools, odd = readable_tools(unlike([*given, *made]))
    name = one_line_cut(entry.at("name").text or document.source.label.removesuffix(".json"))
    statements = [
        *text(("name",), entry.at("name"), name),
        *_kind(entry, flow),
        Statement(("form",), "product", entry.origin),
        *said("flowise", [entry]),
        *(statement for node in flow.nodes for statement in node_facts(node)),
        *_peers(entry, flow),
    ]
    if len(nodes) > MOST_PARTS:
        odd = (*odd, f"it has more than {MOST_PARTS} nodes; the rest is not read")
    return Found(name, tuple(statements), tools, remarks=(*odd, *_remarks(entry, graph, flow)))


def _kind(entry: Node, flow: _Flow) -> Iterator[Statement]:
    """Say what it is; a tool alone is none of the kinds."""
    if flow.nodes:
        yield Statement(("kind",), "multi-agent" if len(flow.agents) > 1 else "agent", entry.origin)


def _peers(entry: Node, flow: _Flow) -> Iterator[Statement]:
    agents = flow.agents
    names = [agent_name(node) for node in agents]
    if len(agents) > 1:
        yield yes(entry, "peers.cooperating", f"agents: {names_of(names)}")
        for node, name in zip(agents, names, strict=True):
            yield from item(("peers", "names"), node, name)
    for node in flow.nodes:
        if node.at("name").text in load_rules().file.flowise.delegates:
            yield yes(node, "peers.delegates", node.first("label", "name").text)


def _remarks(entry: Node, graph: Node, flow: _Flow) -> Iterator[str]:
    known = load_rules().file.flowise.categories
    kinds = dict.fromkeys(node.at("category").text for node in flow.nodes)
    odd = [kind for kind in kinds if kind and kind not in known]
    if odd:
        yield f"categories of nodes that are not known: {names_of(odd)}"
    calls = [n.first("label", "name").text for n in flow.nodes if _calls_flow(n)]
    if calls:
        yield f"other flows that it starts stand in exports of their own: {names_of(calls)}"
    yield from unread(entry, load_rules().file.keys["flowise"])
    if graph.path != entry.path:
        yield from unread(graph, load_rules().file.keys["flowise"], "the flow")


def _calls_flow(node: Node) -> bool:
    return node.at("name").text in {"chatflowTool", "ChatflowTool", "executeFlowAgentflow"}


# A flow of several agents as a system.


def read_inner(document: Document, whole: Found) -> tuple[Found, ...]:
    """Read a flow of several agents as a system."""
    entry, graph = next(iter(_flows(document.root)), (document.root, document.root))
    listed = list(graph.at("nodes").items())[:MOST_PARTS]
    keyed = {one.at("id").text: one.at("data") for one in listed}
    agents = nodes_of_types(keyed, load_rules().file.flowise.agents)
    if len(agents) <= 1:
        return (whole,)

    def part(name: str, node: Node, steps: Collection[str]) -> Found:
        inner = [one for key, one in keyed.items() if key in steps]
        says = (statement for one in inner for statement in node_facts(one))
        tools = (tool for one in inner for tool in tools_of_node(one))
        return member(name, node, "", says, tools)

    edges = list(edges_of(graph))
    follows = [edge for edge in edges if is_step(keyed.get(edge[0]))]
    flow = Workflow(
        keyed,
        agents,
        [key for key, node in keyed.items() if key not in agents and acts(node)],
        follows,
        part,
        asking=nodes_of_types(keyed, ASKS),
        starts={
            key: Start(name, node, is_open(entry, node), tuple(node_facts(node)))
            for key, (name, node) in nodes_of_types(keyed, STARTS).items()
        },
        serves=[*(edge for edge in edges if edge not in follows), *reports(agents, edges)],
    )
    return (
        flow.system(
            entry, Found(whole.name, tuple(said("flowise", [entry])), remarks=whole.remarks)
        ),
    )


KIND = kind_of("flowise", read=read, looks_like=looks_like, together=as_system(read, read_inner))
