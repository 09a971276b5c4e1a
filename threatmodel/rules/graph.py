"""The rule graph as networkx sees it, and what is wrong with the data as a graph."""

from collections.abc import Iterable
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

import networkx as nx

from threatmodel.rules.cases import bits, literal_names
from threatmodel.rules.condition import parse_condition, polarities
from threatmodel.rules.load import Knowledge
from threatmodel.rules.rows import ThreatRow

if TYPE_CHECKING:
    RuleGraph = nx.DiGraph[Any]
else:
    RuleGraph = nx.DiGraph
"""Nodes are ids with a `kind`; edges carry a `kind` as listed in `build_graph`."""


def build_graph(knowledge: Knowledge) -> RuleGraph:
    """Build the graph: fact, control, capability, threat, mitigation, clause and layer nodes.

    Edges: enables (fact, capability -> capability, threat), amplifies (-> threat), handles
    (control -> threat), gives (mitigation -> control), mitigates (mitigation -> threat),
    enforced_by (mitigation -> clause), helps (clause -> threat), located_in (threat -> layer) and
    the kinds of cascades, prefixed `cascade:` (threat -> threat).
    """
    graph: RuleGraph = nx.DiGraph()
    for kind, names in _nodes(knowledge).items():
        graph.add_nodes_from(names, kind=kind)
    for source, target, kind in _edges(knowledge):
        if source not in graph or target not in graph:
            raise KeyError(f"{source} -> {target}: no such node")
        graph.add_edge(source, target, kind=kind)
    return graph


def faults(knowledge: Knowledge) -> tuple[str, ...]:
    """Find what is wrong with the data as a graph, one sentence each, sorted."""
    graph = build_graph(knowledge)
    found = (_circles(knowledge), _orphans(knowledge, graph), _gaps(knowledge), _halves(knowledge))
    return tuple(sorted(chain(*found)))


def cascade_graph(knowledge: Knowledge) -> RuleGraph:
    """Build the graph of threats alone, with what follows from what."""
    graph: RuleGraph = nx.DiGraph()
    graph.add_nodes_from(row.id for row in knowledge.threats)
    graph.add_edges_from((c.source, c.target, {"kind": c.kind}) for c in knowledge.cascades)
    return graph


def _nodes(knowledge: Knowledge) -> dict[str, Iterable[str]]:
    return {
        "fact": knowledge.facts,
        "control": knowledge.controls,
        "capability": knowledge.capabilities,
        "threat": knowledge.by_id,
        "mitigation": knowledge.mitigations,
        "clause": knowledge.clauses,
        "layer": knowledge.layers,
    }


def _edges(knowledge: Knowledge) -> Iterable[tuple[str, str, str]]:
    for capability in knowledge.capabilities.values():
        for name in _leaves(capability.text, knowledge):
            yield name, capability.id, "enables"
    for row in knowledge.threats:
        yield from _threat_edges(row, knowledge)
    for mitigation in knowledge.mitigations.values():
        for control in mitigation.gives:
            yield mitigation.id, control, "gives"
        for clause in mitigation.clauses:
            yield mitigation.id, clause, "enforced_by"
    for cascade in knowledge.cascades:
        yield cascade.source, cascade.target, f"cascade:{cascade.kind}"


def _threat_edges(row: ThreatRow, knowledge: Knowledge) -> Iterable[tuple[str, str, str]]:
    for name in (*row.raise_if, *row.raise_impact):
        yield name, row.id, "amplifies"
    for name in _leaves(row.texts.when, knowledge):
        yield name, row.id, "enables"
    for text in (row.texts.closed_by, row.texts.reduced_by):
        for name in _leaves(text, knowledge) - set(knowledge.facts):
            yield name, row.id, "handles"
    for mitigation in row.mitigations:
        yield mitigation, row.id, "mitigates"
    for clause in row.clauses:
        yield clause, row.id, "helps"
    for layer in (row.layer, *row.also):
        yield row.id, layer, "located_in"


def _circles(knowledge: Knowledge) -> Iterable[str]:
    groups = nx.strongly_connected_components(cascade_graph(knowledge))
    found = {tuple(sorted(group)) for group in groups if len(group) > 1}
    for group in sorted(found - set(knowledge.loops)):
        yield f"threats feed each other and are not listed as a loop: {', '.join(group)}"
    for group in sorted(set(knowledge.loops) - found):
        yield f"listed as a loop and is none: {', '.join(group)}"


def _orphans(knowledge: Knowledge, graph: RuleGraph) -> Iterable[str]:
    """Find nodes that lead to no threat, unless another section speaks of them."""
    mentioned = set(_words(knowledge.sections)) | set(_mapping(knowledge))
    threats = set(knowledge.by_id)
    for node in graph.nodes:
        kind = graph.nodes[node]["kind"]
        if kind in {"layer", "threat"} or node in mentioned:
            continue
        if not threats & nx.descendants(graph, node):
            yield f"{kind} {node} leads to no threat"
    for layer in knowledge.layers:
        if not graph.in_degree(layer):
            yield f"layer {layer} has no threat"


def _mapping(knowledge: Knowledge) -> Iterable[str]:
    """Give the names by which layers are mapped."""
    for layer in knowledge.layers.values():
        for when, _ in layer.mapped_by:
            yield from literal_names(when.leaves(), when.names)


def _gaps(knowledge: Knowledge) -> Iterable[str]:
    """Find mitigations that do nothing for their threat, and controls that none gives."""
    given = {control for row in knowledge.mitigations.values() for control in row.gives}
    for control in sorted(set(knowledge.controls) - given):
        yield f"control {control} is given by no mitigation"
    for row in knowledge.threats:
        texts = (row.texts.closed_by, row.texts.reduced_by)
        wanted = {name for text in texts for name in _leaves(text, knowledge)}
        offered = [set(knowledge.mitigations[m].gives) for m in row.mitigations]
        for mitigation, gives in zip(row.mitigations, offered, strict=True):
            if not gives & wanted:
                yield f"{row.id}: {mitigation} gives no control that it asks for"
        for control in sorted((wanted & set(knowledge.controls)) - set().union(*offered)):
            yield f"{row.id}: no mitigation of it gives {control}"


def _halves(knowledge: Knowledge) -> Iterable[str]:
    """Find halves of what closes a threat that do not reduce it."""
    for row in knowledge.threats:
        for must, must_not in row.closed_by.true_when:
            controls = [1 << place for place in bits(must)]
            for half in combinations(controls, -(-(must | must_not).bit_count() // 2)):
                held = sum(half)
                if held != must and not row.reduced_by.holds(held, must_not):
                    names = " and ".join(literal_names(held, row.closed_by.names))
                    yield f"{row.id}: {names}, half of its closed_by, does not make it reduced_by"


def _leaves(text: str, knowledge: Knowledge) -> set[str]:
    return {name for name, _ in polarities(parse_condition(text, knowledge.bits))}


def _words(value: Any) -> Iterable[str]:  # noqa: ANN401 - JSON values
    if isinstance(value, str):
        yield value.lstrip("!")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _words(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)
