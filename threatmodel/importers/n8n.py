"""n8n workflows: exports, templates and answers of its API."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from threatmodel.importers.definitions import readable_tools, unlike
from threatmodel.importers.document import Document
from threatmodel.importers.group import as_system, member
from threatmodel.importers.n8n_steps import FlowStep, Graph, graph_of
from threatmodel.importers.n8n_tools import credential_kind, service, tool_of, trigger_facts
from threatmodel.importers.parts import (
    MOST_PARTS,
    beyond,
    clear_secrets,
    model_statements,
    request_facts,
    unread,
)
from threatmodel.importers.secrets import credential
from threatmodel.importers.statements import Found, Node, Statement, item, names_of, text, yes
from threatmodel.importers.table import kind_of, said
from threatmodel.importers.workflow import Named, Start, Workflow
from threatmodel.rules.importing import load_rules

# An export of a whole instance: each is read as an agent of its own.
_MOST_WORKFLOWS = 500


def looks_like(document: Document) -> bool:
    """Tell whether there are nodes with the types of n8n, or with type, version and place."""
    return bool(_workflows(document.root))


def read(document: Document) -> tuple[Found, ...]:
    """Read each workflow."""
    workflows = _workflows(document.root)
    found = tuple(_workflow(document, one) for one in workflows[:_MOST_WORKFLOWS])
    many = beyond(len(workflows), "workflows", _MOST_WORKFLOWS)
    return tuple(replace(one, remarks=(*many, *one.remarks)) for one in found)


def _workflows(root: Node) -> list[Node]:
    """Find workflows where exports, templates and the API put them."""
    if isinstance(root.value, list):
        listed = list(root.items())
    elif isinstance(root.at("data").value, list):
        listed = list(root.at("data").items())
    else:
        inner = (root, root.at("workflow"), root.at("data"), root.at("workflow", "workflow"))
        listed = [node for node in inner if _is_workflow(node)][:1]
    return listed if listed and all(map(_is_workflow, listed)) else []


def _is_workflow(node: Node) -> bool:
    nodes = list(node.at("nodes").items())
    if not nodes or not all(one.at("type").text for one in nodes):
        return False
    ours = any("n8n-nodes" in one.at("type").text for one in nodes)
    placed = all(one.at("typeVersion").here and one.at("parameters").is_mapping for one in nodes)
    return ours or (placed and node.at("connections").is_mapping)


def _workflow(document: Document, root: Node) -> Found:
    graph = graph_of(root)
    tools, remarks = readable_tools(unlike(tool_of(step) for step in graph.tools))
    name = document.named(root.at("name").text)
    statements = [
        *text(("name",), root.at("name"), name),
        *_kind(root, graph),
        *said("n8n", [root]),
        *(statement for step in graph.triggers for statement in trigger_facts(step, graph)),
        *_minds(graph),
        *_peers(root, graph),
        *_hands(graph),
        *clear_secrets(root.at("nodes")),
    ]
    return Found(name, tuple(statements), tools, remarks=(*remarks, *_remarks(root, graph)))


def _hands(graph: Graph) -> Iterator[Statement]:
    """Say with which keys steps act, whom they ask, and what they reach elsewhere."""
    for step in graph.steps:
        yield from _credentials(step)
    yield from _people(graph)
    for step in graph.steps:
        yield from said("n8n-step", [step.node])
    for step in graph.tools:
        yield from request_facts(step.parameters.first("url", "endpoint"))


# A workflow of several agents as a system.


def read_inner(document: Document, whole: Found) -> tuple[Found, ...]:
    """Read a workflow of several agents as a system."""
    root = _workflows(document.root)[0]
    graph = graph_of(root)
    if len(graph.agents) <= 1:
        return (whole,)

    def part(name: str, node: Node, steps: Collection[str]) -> Found:
        inner = graph.only(steps)
        secrets = (statement for step in inner.steps for statement in clear_secrets(step.node))
        says = (*_minds(inner), *_hands(inner), *secrets)
        return member(name, node, "", says, (tool_of(step) for step in inner.tools))

    flow = Workflow(
        [step.name for step in graph.steps],
        _named(graph.agents),
        {step.name for step in (*graph.tools, *graph.minds) if step not in graph.agents},
        graph.follows,
        part,
        asking=_named(step for step in graph.steps if step.role == "main" and _waits(step)),
        starts={step.name: _start(step, graph) for step in graph.triggers},
        serves=graph.serves,
        memories=_named(graph.memories),
    )
    top = Found(whole.name, tuple(said("n8n", [root])), remarks=whole.remarks)
    return (flow.system(root, top),)


def _named(steps: Iterable[FlowStep]) -> dict[str, Named]:
    return {step.name: (step.name, step.node) for step in steps}


def _start(step: FlowStep, graph: Graph) -> Start:
    statements = (*trigger_facts(step, graph), *_credentials(step))
    outside = any(one.path[:2] in _FROM_OUTSIDE for one in statements)
    return Start(step.name, step.node, outside, statements)


_FROM_OUTSIDE = {("users", "outsiders_prompt"), ("data", "written_by_outsiders")}


def _kind(root: Node, graph: Graph) -> Iterator[Statement]:
    """Say what it is: a server for tools, a group of agents, an agent; silent without a model."""
    if any("mcptrigger" in step.type.lower() for step in graph.triggers):
        yield Statement(("kind",), "mcp-server", root.origin)
    elif graph.minds:
        several = len(graph.agents) > 1
        yield Statement(("kind",), "multi-agent" if several else "agent", root.origin)
    yield Statement(("form",), "product", root.origin)


def _minds(graph: Graph) -> Iterator[Statement]:
    """Say which models decide, what they remember and look up."""
    for step in graph.models:
        if step.model:
            yield from model_statements(step.node, f"{step.model} ({service(step)})")
        else:
            yield from model_statements(step.node, service(step))
    for step in graph.memories:
        if step.node.at("credentials").is_mapping:
            yield yes(step.node, "memory.persistent", f"{service(step)} keeps the conversation")
    for step in graph.stores:
        yield yes(step.node, "retrieval.index", step.name)
        if step.parameters.at("mode").text == "insert" and _takes_in_strangers(graph):
            yield yes(step.node, "retrieval.outside_content", step.name)


def _takes_in_strangers(graph: Graph) -> bool:
    """Tell whether a trigger brings what outsiders wrote."""
    own = load_rules().file.n8n.triggers
    inside = (*own.inside, *own.people, *own.clock)
    return any(
        step.type not in inside and step.short.removesuffix("Trigger") not in own.stores
        for step in graph.triggers
    )


def _peers(root: Node, graph: Graph) -> Iterator[Statement]:
    """Say which agents work together."""
    if len(graph.agents) > 1:
        note = f"agents: {names_of(step.name for step in graph.agents)}"
        yield yes(root, "peers.cooperating", note)
        for step in graph.agents:
            yield from item(("peers", "names"), step.node, step.name)
    for step in graph.agents:
        if step.role == "ai_tool":
            yield yes(step.node, "peers.delegates", step.name)


def _credentials(step: FlowStep) -> Iterator[Statement]:
    for kind, entry in step.node.at("credentials").pairs():
        named = entry.at("name").text or entry.text
        name = f"{kind} ({named})" if named else kind
        yield from credential(name, entry, kind=credential_kind(kind), by="operator")


def _people(graph: Graph) -> Iterator[Statement]:
    """Say where a person is asked: `send and wait` steps, waits for a form, approval nodes."""
    for step in graph.steps:
        if _waits(step):
            yield yes(step.node, "facts.o.hitl", f"{step.name} waits for a person's answer")


def _waits(step: FlowStep) -> bool:
    waits = step.parameters.at("operation").text == "sendAndWait"
    form = step.type.endswith(".wait") and step.parameters.at("resume").text == "form"
    return waits or form or "hitl" in step.type.lower()


@dataclass(frozen=True, slots=True)
class _Line:
    """A remark that is made where something is there."""

    names: list[str]
    words: str


def _remarks(root: Node, graph: Graph) -> Iterator[str]:
    if not graph.minds:
        yield "no language model is in it: it is an automation that decides nothing by itself"
    alone = [step.name for step in graph.tools if step.role != "ai_tool"]
    calls = [s for s in graph.tools if s.type in {_CALLS, _CALLS_AS_TOOL}]
    itself = [step.name for step in calls if _calls_itself(step)]
    other = [step.name for step in calls if step.name not in itself]
    for line in (
        _Line(graph.off, "steps that are switched off are left out"),
        _Line(alone if graph.minds else [], "steps that it runs by itself, unasked by a model"),
        _Line(itself, "it starts itself again by"),
        _Line(other, "other workflows that it starts stand in files of their own"),
        _Line(graph.by_default, "the operation is left at the default of its type in"),
    ):
        if line.names:
            yield f"{line.words}: {names_of(line.names)}"
    if graph.cut:
        yield f"it has more than {MOST_PARTS} nodes; the rest is not read"
    if root.at("pinData").value:
        yield "it carries recorded test data (pinData), which is left out; look for personal data"
    if root.at("active").is_false:
        yield "the workflow is switched off"
    yield from unread(root, load_rules().file.keys["n8n"])
    known = load_rules().file.keys["n8n-node"]
    keys = {key: "" for step in graph.steps for key in step.node.keys if key not in known}
    if keys:
        yield f"keys of nodes that are not read: {names_of(keys)}"


def _calls_itself(step: FlowStep) -> bool:
    """Tell whether the workflow that a step starts is the one in which it stands."""
    called = step.parameters.at("workflowId")
    return "$workflow.id" in (called.text or called.at("value").text)


_CALLS = "n8n-nodes-base.executeWorkflow"
_CALLS_AS_TOOL = "@n8n/n8n-nodes-langchain.toolWorkflow"

KIND = kind_of("n8n", read=read, looks_like=looks_like, together=as_system(read, read_inner))
