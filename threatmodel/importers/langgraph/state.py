"""What the nodes of LangGraph code read and write of the state that they share, key by key."""

import ast
from collections.abc import Iterable, Iterator, Mapping

from threatmodel.importers.langgraph.files import (
    Code,
    CodeCall,
    added_nodes,
    function_named,
    of_object,
)
from threatmodel.importers.langgraph.use import Uses
from threatmodel.importers.langgraph.values import EVERYTHING, MESSAGES, is_agent
from threatmodel.importers.python_body import body_of
from threatmodel.importers.python_code import Function, Module, in_order
from threatmodel.importers.workflow import NOTHING, SharedState, Use

Graph = tuple[str, str]
"""A file, and what the graph is called in it."""

Runs = Mapping[str, tuple[ast.expr, Module]]
"""What each node runs."""


def states_of(runs: Runs, code: Code) -> tuple[SharedState, ...]:
    """Give the state of each graph; one that stands as a node shares keys of one name with it."""
    of, places = _graphs(code)
    joined = {graph: graph for graph in places}
    order = {graph: number for number, graph in enumerate(places)}
    inner = {name: _graph_of(*run, code) for name, run in runs.items()}
    for name, graph in inner.items():
        outer = of.get(name)
        if outer in joined and graph in joined:
            ends = (_root(joined, outer), _root(joined, graph))
            joined[max(ends, key=order.__getitem__)] = min(ends, key=order.__getitem__)
    uses = Uses(code)
    wholes: dict[Graph, list[Graph]] = {}
    nodes: dict[Graph, dict[str, Use]] = {}
    for graph in places:
        wholes.setdefault(_root(joined, graph), []).append(graph)
    for name in (one for one in runs if one in of):
        # A graph that stands as a node does what its own nodes do.
        use = NOTHING if inner[name] in joined else use_of(*runs[name], uses)
        nodes.setdefault(_root(joined, of[name]), {})[name] = use
    found = []
    for root, graphs in wholes.items():
        call, module = places[root]
        found.append(SharedState(module.at(call), nodes.get(root, {}), _wordless(graphs, code)))
    return tuple(found)


def _graph_of(runs: ast.expr, module: Module, code: Code) -> Graph | None:
    """Give the graph that is compiled to what a node runs."""
    if isinstance(runs, ast.Name):
        runs, module = code.value(runs.id, module) or (runs, module)
    if isinstance(runs, ast.Call) and module.called(runs) == "compile":
        return module.path, owner(runs, module)
    return None


def owner(call: ast.Call, module: Module) -> str:
    """Give the name of the graph whose method is called."""
    return module.dotted(call.func).rpartition(".")[0]


def _graphs(code: Code) -> tuple[dict[str, Graph], dict[Graph, CodeCall]]:
    """Give the graph of each node, and where each graph first gets one."""
    of: dict[str, Graph] = {}
    places: dict[Graph, CodeCall] = {}
    for node in added_nodes(code):
        graph = node.module.path, owner(node.call, node.module)
        places.setdefault(graph, (node.call, node.module))
        of.setdefault(node.name, graph)
    return of, places


def _root(joined: dict[Graph, Graph], graph: Graph) -> Graph:
    while joined[graph] != graph:
        joined[graph] = joined[joined[graph]]
        graph = joined[graph]
    return graph


def _wordless(graphs: Iterable[Graph], code: Code) -> frozenset[str]:
    """Name the keys that hold no text in any schema of the graphs: numbers, one of some values."""
    wordless: set[str] = set()
    others: set[str] = set()
    for schema in _schemas(frozenset(graphs), code):
        for part in schema.body:
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                held = wordless if _holds_no_text(part.annotation, code) else others
                held.add(part.target.id)
    return frozenset(wordless - others)


def _schemas(graphs: frozenset[Graph], code: Code) -> Iterator[ast.ClassDef]:
    """Yield the classes that the graphs are made with, and those that they are made from."""
    modules = {module.path: module for module in code.modules}
    made = (modules[path].values.get(name) for path, name in graphs)
    inside = (part for value in made if value for part in in_order(value))
    waiting = [part.id for part in inside if isinstance(part, ast.Name)]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        found = code.class_named(name)
        if found is not None and name not in seen:
            seen.add(name)
            waiting += [base.id for base in found[0].bases if isinstance(base, ast.Name)]
            yield found[0]


def _holds_no_text(annotation: ast.expr, code: Code) -> bool:
    """Tell whether an annotation is a number, a yes or no, or one of some values."""
    waiting = [annotation]
    while waiting:
        match waiting.pop():
            case ast.Subscript(value=ast.Name(id="Literal")) | ast.Constant(value=None):
                pass
            case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
                waiting.append(inner)
            case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
                waiting.append(inner)
            case ast.BinOp(left=one, right=other):
                waiting += (one, other)
            case ast.Name(id=name) if name in {"bool", "int", "float"} or _is_enum(name, code):
                pass
            case _:
                return False
    return True


def _is_enum(name: str, code: Code) -> bool:
    found = code.class_named(name)
    bases = found[0].bases if found else ()
    return any(isinstance(base, ast.Name) and base.id.endswith("Enum") for base in bases)


# What one node does.


def use_of(runs: ast.expr, module: Module, uses: Uses) -> Use:
    """Tell what a node reads and writes; anything where that does not show."""
    waiting: list[_Run] = [(runs, module, 0)]
    found: list[Use] = []
    seen: set[ast.AST] = set()
    while waiting:
        one = waiting.pop()
        if one[0] not in seen:
            seen.add(one[0])
            known = _known(*one, uses)
            inside = [] if known else list(_inside(*one, uses.code))
            found += [known] if known else []
            found += [] if known or inside else [EVERYTHING]
            waiting += inside
    reads = frozenset(key for use in found for key in use.reads)
    writes = frozenset(key for use in found for key in use.writes)
    return Use(reads, writes) if found else EVERYTHING


_Run = tuple[ast.AST, Module, int]
"""What runs, its file, and which of its arguments is the state."""


def _known(runs: ast.AST, module: Module, place: int, uses: Uses) -> Use | None:
    """Tell it of a function, and of what the library makes; None where it stands further in."""
    if isinstance(runs, Function | ast.Lambda):
        return uses.of(runs, module, place)
    if isinstance(runs, ast.Name | ast.Attribute):
        found = function_named(runs, module, uses.code)
        return uses.of(*found, place) if found else None
    if isinstance(runs, ast.Call) and (module.called(runs) == "ToolNode" or is_agent(runs, module)):
        return MESSAGES
    return None


def _inside(runs: ast.AST, module: Module, place: int, code: Code) -> Iterator[_Run]:
    """Yield what a name, a wrapper, a function that makes one or an object of a class runs."""
    if isinstance(runs, ast.Name):
        value = code.value(runs.id, module)
        yield from [(*value, place)] if value else []
    elif isinstance(runs, ast.Attribute):
        yield from ((one, where, place) for one, where in of_object(runs, module, code))
    elif isinstance(runs, ast.Call):
        yield from _of_call(runs, module, place, code)


def _of_call(call: ast.Call, module: Module, place: int, code: Code) -> Iterator[_Run]:
    called = module.called(call)
    own, maker = code.class_named(called), function_named(call.func, module, code)
    if called in {"RunnableLambda", "partial"} and call.args:
        yield call.args[0], module, place + len(call.args) - 1
    elif maker:
        inner = {one.name: one for one in in_order(maker[0]) if isinstance(one, Function)}
        for value in body_of(maker[0]).returned.values():
            name = value.id if isinstance(value, ast.Name) else ""
            yield inner.get(name, value), maker[1], place
    elif own:
        methods = own[1].members(own[0]).get("__call__", ())
        yield from ((one, own[1], place) for one in methods)
