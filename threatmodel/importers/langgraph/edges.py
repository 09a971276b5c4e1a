"""The edges of LangGraph code: drawn, chosen among, or taken by a node itself."""

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise

from threatmodel.importers.group import Edge
from threatmodel.importers.langgraph.files import (
    Code,
    CodeCall,
    CodePart,
    function_named,
    seen_in,
)
from threatmodel.importers.langgraph.state import owner
from threatmodel.importers.python_code import Function, Module, keyword, literal, literal_text
from threatmodel.importers.statements import Node
from threatmodel.importers.workflow import Named


@dataclass(frozen=True, slots=True)
class NodeStep:
    """A node, or an agent that another one is given."""

    runs: ast.expr
    module: Module
    calls: tuple[CodeCall, ...]
    """Every call that it leads to."""
    functions: tuple[tuple[Function, Module], ...]
    lists: tuple[CodePart, ...] = ()
    """Lists of tools that it is given without a call."""

    @property
    def place(self) -> Node:
        """Where it is given."""
        return self.module.at(self.runs)

    def calls_one_of(self, names: Collection[str]) -> bool:
        """Tell whether it leads to a call of one of these names."""
        return any(module.called(call) in names for call, module in self.calls)


MOST_EDGES = 20_000
"""Edges of one source that are read; no real one comes near."""


def edges_of(steps: Mapping[str, NodeStep], code: Code) -> Iterator[Edge]:
    """Yield which node follows which; a graph that stands as a node has a way in and a way out."""
    # Graph by graph: a graph that stands as a node is entered where its own edges begin.
    graphs: dict[str, list[Edge]] = {}
    for graph, edge in islice(_all_drawn(steps, code), MOST_EDGES + 1):
        graphs.setdefault(graph, []).append(edge)
    inner = {
        name: graphs.get(owner(call, module), [])
        for name, step in steps.items()
        for call, module in step.calls
        if module.called(call) == "compile"
    }
    for start, end in (edge for drawn in graphs.values() for edge in drawn):
        yield (f"out of {start}" if inner.get(start) else start), end
    for name, step in steps.items():
        yield from ((name, end) for call in step.calls for end in _goes_to(*call, steps, code))
        yield from _into(name, inner.get(name, []))


def _all_drawn(steps: Mapping[str, NodeStep], code: Code) -> Iterator[tuple[str, Edge]]:
    """Yield every edge that is drawn, with the name of its graph."""
    for module in code.modules:
        for call in module.calls:
            for edge in _drawn(call, module, steps, code):
                yield owner(call, module), edge


def _drawn(
    call: ast.Call, module: Module, steps: Mapping[str, NodeStep], code: Code
) -> Iterator[Edge]:
    """Yield the edges that a call draws."""
    called, given = module.called(call), call.args
    draws = called == "add_edge" and len(given) > 1
    chooses = called == "add_conditional_edges" and bool(given)
    starts = _texts(given[0], module) if draws or chooses else []
    if starts:
        ends = _texts(given[1], module) if draws else _chosen(call, module, steps, code)
        yield from ((start, end) for start in starts for end in ends)


def _into(name: str, inner: list[Edge]) -> Iterator[Edge]:
    """Yield the ways into a graph that stands as a node in another one, and out of it."""
    for start, end in inner:
        if start in _START:
            yield name, end
        elif start != name:
            yield start, f"out of {name}"


_START = ("START", "__start__")


def _texts(node: ast.expr, module: Module) -> list[str]:
    """Give the name of a node, or the names in a list; functions stand for themselves."""
    found: dict[str, None] = {}
    waiting, gone_through = [node], set[str]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.List | ast.Tuple):
            waiting.extend(reversed(one.elts))
        elif isinstance(one, ast.Name) and one.id in module.loops:
            inner = module.loops[one.id]
            inner = module.values.get(inner.id, inner) if isinstance(inner, ast.Name) else inner
            if isinstance(inner, ast.List | ast.Tuple) and one.id not in gone_through:
                waiting.append(inner)
            gone_through.add(one.id)
        else:
            found[literal_text(one, module) or module.dotted(one).rsplit(".", 1)[-1]] = None
    return [name for name in found if name]


def _chosen(
    call: ast.Call, module: Module, steps: Mapping[str, NodeStep], code: Code
) -> Collection[str]:
    """Give the ends of a choice: as they are listed, else every node that the choice names."""
    listed = keyword(call, "path_map") or (call.args[2] if len(call.args) > 2 else None)  # noqa: PLR2004
    if isinstance(listed, ast.Name):
        listed = module.values.get(listed.id, listed)
    value = literal(listed)
    if isinstance(value, dict):
        return [str(end) for end in value.values()]
    if isinstance(value, list):
        return [str(end) for end in value]
    choice = keyword(call, "path") or (call.args[1] if len(call.args) > 1 else None)
    if choice is None:
        return ()
    chooser: tuple[ast.AST, Module] = function_named(choice, module, code) or (choice, module)
    return [name for name in seen_in(*chooser, code).texts if name in steps]


def _goes_to(
    call: ast.Call, module: Module, steps: Mapping[str, NodeStep], code: Code
) -> Iterator[str]:
    """Yield the nodes that a node itself hands over to."""
    called = module.called(call)
    goal = keyword(call, "goto", "agent_name") if called in _GOES else None
    if called == "add_node":
        goal = keyword(call, "destinations")
    named = seen_in(goal, module, code).texts if goal else ()
    yield from (name for name in named if name in steps)


# A `Send` stands inside the `goto` of a command, or in what an edge chooses.
_GOES = ("Command", "create_handoff_tool")


def held_up(edges: Iterable[Edge], asking: dict[str, Named], code: Code) -> Iterator[Edge]:
    """Lead edges through a person where the graph stops before or after a node."""
    places = {"interrupt_before": "before", "interrupt_after": "after"}
    held: dict[tuple[str, str], str] = {}
    for module in code.modules:
        for call in module.calls:
            for word, side in places.items():
                value = literal(keyword(call, word))
                for name in value if isinstance(value, list) else ():
                    key = f"person {side} {name}"
                    held[side, str(name)] = key
                    asking[key] = (key, module.at(call))
    for start, end in edges:
        stops = [held[one] for one in (("after", start), ("before", end)) if one in held]
        steps = [start, *stops, end]
        yield from pairwise(steps)
