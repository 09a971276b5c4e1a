"""The nodes and edges of LangGraph code as a system; read by `ast`, never run."""

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice, pairwise

from threatmodel.importers.definitions import readable_tools
from threatmodel.importers.group import Edge, member
from threatmodel.importers.langgraph.code import (
    call_facts,
    is_model,
    module_facts,
    powers,
    unlisted_tools,
)
from threatmodel.importers.langgraph.files import (
    Code,
    CodePart,
    NodeStep,
    elements,
    function_named,
    listed_tools,
    named_nodes,
    seen_in,
)
from threatmodel.importers.langgraph.state import owner, states_of
from threatmodel.importers.langgraph.tools import bound_by
from threatmodel.importers.parts import MOST_PARTS
from threatmodel.importers.python_code import Function, Module, keyword, literal, literal_text
from threatmodel.importers.statements import Found, Node
from threatmodel.importers.workflow import Named, Workflow
from threatmodel.rules.importing import load_rules


def as_graph(code: Code, top: Found, root: Node) -> Found | None:
    """Give a graph of several agents as a system; None where there are not several."""
    rules = load_rules().file.python
    steps = {name: _step(runs, module, code) for name, (runs, module) in named_nodes(code).items()}
    drawn = list(islice(edges_of(steps, code), MOST_EDGES + 1))
    serves = [] if len(steps) > MOST_PARTS else list(_team(steps, code))
    given = {end for edge in serves for end in edge}
    boxes = {name for name, step in steps.items() if step.calls_one_of(("ToolNode",))}
    agents = {
        name: (name, step.place)
        for name, step in steps.items()
        if name in given or (name not in boxes and any(is_model(*c) for c in step.calls))
    }
    if len(agents) <= 1:
        return None
    others = {name: step for name, step in steps.items() if name not in agents}
    asking = {n: (n, s.place) for n, s in others.items() if s.calls_one_of(rules.asks)}
    edges = list(held_up(drawn, asking, code))
    flow = Workflow(
        [*steps, *asking],
        agents,
        {name for name, step in others.items() if _acts(step, code)} - boxes,
        edges,
        partial(_part, steps, code),
        asking=asking,
        serves=[*serves, *((end, start) for start, end in edges if end in boxes)],
        states=states_of(named_nodes(code), code),
    )
    used = {id(call) for step in steps.values() for call, _ in step.calls}
    whole = [(c, m) for m in code.modules for c in m.calls if id(c) not in used]
    of_files = (one for module in code.modules for one in module_facts(module))
    statements = (*top.statements, *call_facts(whole, code), *of_files)
    remarks = (*top.remarks, *_more(drawn))
    return flow.system(root, replace(top, statements=statements, remarks=remarks))


def _part(
    steps: Mapping[str, NodeStep], code: Code, name: str, node: Node, names: Collection[str]
) -> Found:
    """Read some of the steps as a member of a name."""
    inner = [steps[one] for one in steps if one in names]
    calls = [call for step in inner for call in step.calls]
    box = bound_by(calls, code, (one for step in inner for one in step.lists))
    tools, odd = readable_tools(box.tools.values())
    starts = [*box.functions.values(), *(f for step in inner for f in step.functions)]
    begun = member(name, node)
    inside = (*call_facts(calls, code), *powers(starts, code), *unlisted_tools(box))
    return replace(begun, statements=(*begun.statements, *inside), tools=tools, remarks=odd)


def _acts(step: NodeStep, code: Code) -> bool:
    """Tell whether a node does something, unasked by a model."""
    return bool(bound_by(step.calls, code).tools) or any(powers(step.functions, code))


def _step(runs: ast.expr, module: Module, code: Code, lists: Iterable[CodePart] = ()) -> NodeStep:
    parts = list(_leads_to(runs, module, code))
    functions = [(one, m) for one, m in parts if isinstance(one, Function)]
    once = {id(call): (call, m) for one, m in parts for call, _ in seen_in(one, m, code).calls}
    return NodeStep(runs, module, tuple(once.values()), tuple(functions), tuple(lists))


def _leads_to(start: ast.expr, module: Module, code: Code) -> Iterator[tuple[ast.AST, Module]]:
    """Yield a part of the code, and the functions and values that it names."""
    waiting: list[tuple[ast.AST, Module]] = [(start, module)]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_PARTS:
        node, place = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node, place
            waiting += seen_in(node, place, code).named


def _more(edges: Collection[Edge]) -> Iterator[str]:
    if len(edges) > MOST_EDGES:
        yield f"it has more than {MOST_EDGES} edges; the rest is not read"


# Agents that are given to another one.


def _team(steps: dict[str, NodeStep], code: Code) -> Iterator[Edge]:
    """Add the agents of a group, or of a deep agent; yield whom they serve."""
    rules = load_rules().file.python
    for module in code.modules:
        for call in module.calls:
            called = module.called(call)
            given = keyword(call, "agents", "subagents")
            if given is None and called in rules.groups and call.args:
                given = call.args[0]
            if given is None or called not in {*rules.groups, *rules.agents}:
                continue
            leader = _leader(call, module, steps, code)
            for name, step in _given_agents(given, module, code):
                steps.setdefault(name, step)
                yield name, leader


def _leader(call: ast.Call, module: Module, steps: dict[str, NodeStep], code: Code) -> str:
    """Add the agent that others are given to; a swarm has none."""
    if "swarm" in module.called(call):
        return ""
    name = literal_text(keyword(call, "supervisor_name", "name"), module) or "supervisor"
    model = keyword(call, "model")
    thinks = _step(model, module, code).calls if model else ()
    steps.setdefault(name, NodeStep(call, module, ((call, module), *thinks), ()))
    return name


def _given_agents(given: ast.expr, module: Module, code: Code) -> Iterator[tuple[str, NodeStep]]:
    """Yield the agents in a list: made by calls, or described as `{"name": ..., "tools": ...}`."""
    for one, place in elements(given, module, code):
        value, where = one, place
        if isinstance(one, ast.Name):
            value, where = code.value(one.id, place) or (one, place)
        about = literal(value) if isinstance(value, ast.Dict) else None
        named = keyword(value, "name") if isinstance(value, ast.Call) else None
        name = literal_text(named, where) or (one.id if isinstance(one, ast.Name) else "")
        if isinstance(about, dict):
            name = str(about.get("name") or name)
        if name:
            yield name, _step(value, where, code, listed_tools(value, where))


# Edges: drawn, chosen among, or taken by a node itself.

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
