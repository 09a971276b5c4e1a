"""The nodes of an n8n workflow, and which role each has in it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from threatmodel.importers.group import Edge
from threatmodel.importers.parts import MOST_PARTS
from threatmodel.importers.statements import Node
from threatmodel.rules.importing import load_rules

LANGCHAIN = "@n8n/n8n-nodes-langchain."
"""Package of the nodes that work with models."""

_ROLES = (
    ("lm", "ai_languageModel"),
    ("memory", "ai_memory"),
    ("tool", "ai_tool"),
    ("vectorStore", "ai_vectorStore"),
    ("retriever", "ai_retriever"),
    ("embeddings", "ai_embedding"),
    ("outputParser", "ai_outputParser"),
    ("document", "ai_document"),
    ("textSplitter", "ai_textSplitter"),
)
"""Beginnings of type names, for nodes that nothing connects."""

_PASSIVE = frozenset(
    {"ai_languageModel", "ai_memory", "ai_embedding", "ai_outputParser", "ai_document"}
    | {"ai_textSplitter", "ai_vectorStore", "ai_retriever", "ai_reranker"}
)


@dataclass(frozen=True, slots=True, eq=False)
class FlowStep:
    """One node that is switched on."""

    node: Node
    name: str
    type: str
    """Its type, such as `n8n-nodes-base.gmail`."""
    role: str
    """What it is connected as: `main`, `ai_tool`, `ai_memory`, ..."""

    @property
    def parameters(self) -> Node:
        """Its settings; those left at their default are not written."""
        return self.node.at("parameters")

    @property
    def short(self) -> str:
        """Type without package and without the ending that makes a node a tool."""
        return self.type.rsplit(".", 1)[-1].removesuffix("Tool")

    @property
    def model(self) -> str:
        """Name of the model that it names; models are texts or records with a value."""
        given = self.parameters.first("model", "modelId", "modelName")
        name = given.text or given.at("value").text
        return "" if name.startswith("=") else name


@dataclass(frozen=True, slots=True)
class Graph:
    """A workflow, its nodes sorted by what they are."""

    steps: tuple[FlowStep, ...]
    triggers: tuple[FlowStep, ...]
    tools: tuple[FlowStep, ...]
    agents: tuple[FlowStep, ...]
    minds: tuple[FlowStep, ...]
    """Nodes that a model decides in, or that are one."""
    models: tuple[FlowStep, ...]
    memories: tuple[FlowStep, ...]
    stores: tuple[FlowStep, ...]
    off: list[str]
    """Names of nodes that are switched off."""
    by_default: list[str]
    """Names of nodes whose operation is the unwritten default of their type."""
    cut: bool
    """Whether it has more nodes than are read."""
    serves: tuple[Edge, ...]
    """Which step is connected to which as its model, tool or memory, by name."""
    follows: tuple[Edge, ...]
    """Which step follows which, by name."""

    def only(self, names: Collection[str]) -> "Graph":
        """Give the part of it that consists of some steps; what starts it starts every part."""

        def kept(steps: tuple[FlowStep, ...]) -> tuple[FlowStep, ...]:
            return tuple(step for step in steps if step.name in names)

        return replace(
            self,
            steps=kept(self.steps),
            tools=kept(self.tools),
            agents=kept(self.agents),
            minds=kept(self.minds),
            models=kept(self.models),
            memories=kept(self.memories),
            stores=kept(self.stores),
        )


def graph_of(root: Node) -> Graph:
    """Sort the nodes of a workflow."""
    nodes = list(root.at("nodes").items())
    links = list(_links(root.at("connections")))
    roles = _roles(root.at("connections"))
    fed = {
        need: {end for _, kind, end in links if kind == name}
        for need, name in (("thinks", "ai_languageModel"), ("acts", "ai_tool"))
    }
    everyone = [_step(node, roles) for node in nodes[:MOST_PARTS]]
    steps = tuple(step for step in everyone if not step.node.at("disabled").is_true)
    triggers = tuple(step for step in steps if _is_trigger(step))
    models = tuple(step for step in steps if step.role == "ai_languageModel" or _is_call(step))
    agents = tuple(step for step in steps if _is_agent(step, fed))
    minds = tuple(s for s in steps if s in agents or s in models or s.name in fed["thinks"])
    tools = tuple(s for s in steps if s not in triggers and _is_tool(s, minds))
    return Graph(
        steps,
        triggers,
        tools,
        agents,
        minds,
        models,
        tuple(step for step in steps if step.role == "ai_memory"),
        tuple(step for step in steps if "vectorstore" in step.type.lower()),
        [step.name for step in everyone if step not in steps],
        [step.name for step in tools if _left_at_default(step)],
        len(nodes) > MOST_PARTS,
        tuple((start, end) for start, kind, end in links if kind.startswith("ai_")),
        tuple((start, end) for start, kind, end in links if kind == "main"),
    )


def _step(node: Node, roles: dict[str, str]) -> FlowStep:
    kind, name = node.at("type").text, node.at("name").text
    short = kind.rsplit(".", 1)[-1]
    prefix = next((role for start, role in _ROLES if short.startswith(start)), "main")
    role = roles.get(name) or (prefix if kind.startswith(LANGCHAIN) else "main")
    if role == "main" and short.endswith("Tool"):
        role = "ai_tool"
    return FlowStep(node, name or kind, kind, role)


def _links(connections: Node) -> Iterator[tuple[str, str, str]]:
    """Yield each connection: its start, its kind, its end."""
    for name, kinds in connections.pairs():
        for kind, outputs in kinds.pairs():
            for end in outputs.all():
                if end.is_mapping:
                    yield name, kind, end.at("node").text


def _roles(connections: Node) -> dict[str, str]:
    """Give what each node is connected as, unless it is only a step of the workflow."""
    roles: dict[str, str] = {}
    for name, kinds in connections.pairs():
        kind = next((kind for kind in kinds.keys if kind.startswith("ai_")), "")
        roles |= {name: kind} if kind else {}
    return roles


def _is_trigger(step: FlowStep) -> bool:
    own = load_rules().file.n8n.triggers
    known = (*own.inside, *own.people, *own.clock, *own.open)
    return step.type.endswith("Trigger") or step.type in known or step.short in own.older


def _is_agent(step: FlowStep, fed: dict[str, set[str]]) -> bool:
    """Tell whether a model chooses tools in a node; servers for tools only list them."""
    if "trigger" in step.type.lower():
        return False
    named = step.type.startswith(LANGCHAIN) and step.short == "agent"
    return named or (step.name in fed["acts"] and step.role in {"main", "ai_tool"})


def _is_call(step: FlowStep) -> bool:
    """Tell whether a node is a call of a model in one piece, as `openAi` is."""
    vendor = step.type.startswith(LANGCHAIN) and step.role == "main"
    return vendor and step.parameters.first("model", "modelId", "modelName", "assistantId").here


def _is_tool(step: FlowStep, minds: tuple[FlowStep, ...]) -> bool:
    if step.role == "ai_tool":
        return True
    if step.role in _PASSIVE and step.parameters.at("mode").text not in {"insert", "update"}:
        return False
    inert = step.short in load_rules().file.n8n.inert or step.type in load_rules().file.n8n.inert
    return step not in minds and not inert


def _left_at_default(step: FlowStep) -> bool:
    known = step.short in load_rules().file.n8n.defaults
    return known and not step.parameters.at("operation").here
