"""What the nodes of LangGraph code read and write of the state that they share, key by key."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from threatmodel.importers.langgraph_code import function_named
from threatmodel.importers.langgraph_tools import Call, Code
from threatmodel.importers.python_code import Function, Module, keyword, literal, text_of, within
from threatmodel.importers.shared import ANY, NOTHING, State, Use

_MESSAGES = Use(frozenset({"messages"}), frozenset({"messages"}))
"""What an agent of the library takes and gives where nothing else is said."""

_EVERYTHING = Use(frozenset({ANY}), frozenset({ANY}))
_CHANGES_AGENT = (
    "state_schema",
    "middleware",
    "prompt",
    "pre_model_hook",
    "post_model_hook",
    "response_format",
    "output_mode",
)
_WHOLE = frozenset({"keys", "values", "items", "copy", "model_dump", "dict"})

Graph = tuple[str, str]
"""A file, and what the graph is called in it."""

Again = Callable[[ast.expr], Iterator[str]]
"""Tells which keys a part of what is given back sets."""

Runs = Mapping[str, tuple[ast.expr, Module]]
"""What each node runs."""


def states_of(runs: Runs, code: Code) -> tuple[State, ...]:
    """Give the state of each graph; one that stands as a node shares keys of one name with it."""
    of, places = _graphs(code)
    joined = {graph: graph for graph in places}
    inner = {name: _graph_of(*run, code) for name, run in runs.items()}
    for name, graph in inner.items():
        outer = of.get(name)
        if outer in joined and graph in joined:
            _join(joined, outer, graph)
    found = []
    for root in dict.fromkeys(_root(joined, graph) for graph in places):
        mine = [name for name in runs if name in of and _root(joined, of[name]) == root]
        graphs = [graph for graph in places if _root(joined, graph) == root]
        # A graph that stands as a node does what its own nodes do.
        uses = {n: NOTHING if inner[n] in joined else use_of(*runs[n], code) for n in mine}
        call, module = places[root]
        found.append(State(module.at(call), uses, _wordless(graphs, code)))
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


def _graphs(code: Code) -> tuple[dict[str, Graph], dict[Graph, Call]]:
    """Give the graph of each node, and where each graph first gets one."""
    of: dict[str, Graph] = {}
    places: dict[Graph, Call] = {}
    for module in code.modules:
        for call in module.calls:
            if module.called(call) == "add_node" and call.args:
                graph = module.path, owner(call, module)
                places.setdefault(graph, (call, module))
                first = call.args[0]
                name = text_of(first, module) or module.dotted(first).rsplit(".", 1)[-1]
                of.setdefault(name, graph)
    return of, places


def _root(joined: dict[Graph, Graph], graph: Graph) -> Graph:
    while joined[graph] != graph:
        graph = joined[graph]
    return graph


def _join(joined: dict[Graph, Graph], one: Graph, other: Graph) -> None:
    first, second = _root(joined, one), _root(joined, other)
    order = list(joined)
    low, high = sorted((first, second), key=order.index)
    joined[high] = low


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
    waiting = [
        argument.id
        for module in code.modules
        for name, value in module.values.items()
        if (module.path, name) in graphs
        for argument in within(value)
        if isinstance(argument, ast.Name)
    ]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        one = next((m.classes[name] for m in code.modules if name in m.classes), None)
        if one is not None and name not in seen:
            seen.add(name)
            waiting += [base.id for base in one.bases if isinstance(base, ast.Name)]
            yield one


def _holds_no_text(annotation: ast.expr, code: Code) -> bool:
    """Tell whether an annotation is a number, a yes or no, or one of some values."""
    match annotation:
        case ast.Subscript(value=ast.Name(id="Literal")) | ast.Constant(value=None):
            return True
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return _holds_no_text(inner, code)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            return _holds_no_text(inner, code)
        case ast.BinOp(left=one, right=other):
            return _holds_no_text(one, code) and _holds_no_text(other, code)
        case ast.Name(id=name):
            return name in {"bool", "int", "float"} or _is_enum(name, code)
        case _:
            return False


def _is_enum(name: str, code: Code) -> bool:
    one = next((m.classes[name] for m in code.modules if name in m.classes), None)
    bases = one.bases if one else ()
    return any(isinstance(base, ast.Name) and base.id.endswith("Enum") for base in bases)


# What one node does.


def use_of(runs: ast.expr, module: Module, code: Code) -> Use:
    """Tell what a node reads and writes; anything where that does not show."""
    found = function_named(runs, module, code)
    if found:
        return _Reader(*found, code).use()
    if isinstance(runs, ast.Lambda):
        return _Reader(runs, module, code).use()
    if isinstance(runs, ast.Name):
        value = code.value(runs.id, module)
        return use_of(*value, code) if value and value[0] is not runs else _EVERYTHING
    return _use_of_made(runs, module, code) if isinstance(runs, ast.Call) else _EVERYTHING


def _use_of_made(runs: ast.Call, module: Module, code: Code) -> Use:
    """Tell it of what a call makes: an agent or a box of tools of the library, a wrapper."""
    called = module.called(runs)
    agent = called in code.rules.file.python.agents and keyword(runs, *_CHANGES_AGENT) is None
    if agent or called == "ToolNode":
        return _MESSAGES
    bound = called == "RunnableLambda" or (called == "partial" and len(runs.args) == 1)
    return use_of(runs.args[0], module, code) if bound and runs.args else _EVERYTHING


@dataclass(frozen=True, slots=True)
class _Reader:
    """A function that is given the state."""

    function: Function | ast.Lambda
    module: Module
    code: Code
    place: int = 0
    """Which of its arguments is the state."""

    depth: int = 0

    def use(self) -> Use:
        """Tell what it reads and writes."""
        state = self._state()
        reads, writes = set[str](), set[str]()
        if state:
            for key, written in self._touched(state):
                (writes if written else reads).add(key)
        for value in self._returned():
            writes.update(self._given_back(value, state))
        return Use(frozenset(reads), frozenset(writes))

    def _state(self) -> str:
        arguments = [*self.function.args.posonlyargs, *self.function.args.args]
        names = [one.arg for one in arguments if one.arg not in {"self", "cls"}]
        return names[self.place] if len(names) > self.place else ""

    def _touched(self, state: str) -> Iterator[tuple[str, bool]]:
        """Yield the keys that are read, and those that are set in place."""
        above = {
            id(inner): node
            for node in within(self.function)
            for inner in ast.iter_child_nodes(node)
        }
        for node in within(self.function):
            if isinstance(node, ast.Name) and node.id == state and isinstance(node.ctx, ast.Load):
                yield from self._one(node, above)

    def _one(self, node: ast.Name, above: Mapping[int, ast.AST]) -> Iterator[tuple[str, bool]]:
        outer = above.get(id(node))
        if isinstance(outer, ast.Subscript) and outer.value is node:
            yield text_of(outer.slice) or ANY, not isinstance(outer.ctx, ast.Load)
        elif isinstance(outer, ast.Attribute):
            yield from self._attribute(outer, above.get(id(outer)))
        elif isinstance(outer, ast.Return) or (
            isinstance(outer, ast.Dict) and _spread(outer, node)
        ):
            return  # it goes back as it came
        elif isinstance(outer, ast.Call) and node in outer.args:
            yield from self._passed(outer, outer.args.index(node))
        else:
            yield ANY, False

    def _attribute(self, one: ast.Attribute, outer: ast.AST | None) -> Iterator[tuple[str, bool]]:
        if not (isinstance(outer, ast.Call) and outer.func is one):
            yield one.attr, not isinstance(one.ctx, ast.Load)
        elif one.attr in {"get", "pop"} and outer.args:
            yield text_of(outer.args[0]) or ANY, False
        elif one.attr == "update":
            given = literal(outer.args[0]) if outer.args else None
            yield from ((str(k), True) for k in (given if isinstance(given, dict) else (ANY,)))
        else:
            yield ANY, one.attr not in _WHOLE

    def _passed(self, call: ast.Call, place: int) -> Iterator[tuple[str, bool]]:
        """Follow the state into a function of the code."""
        inner = self._inner(call, place)
        use = inner.use() if inner else Use(frozenset({ANY}), frozenset())
        yield from ((key, False) for key in use.reads)
        yield from ((key, True) for key in use.writes if inner)

    def _inner(self, call: ast.Call, place: int) -> "_Reader | None":
        found = function_named(call.func, self.module, self.code)
        if not found or self.depth >= _DEEPEST:
            return None
        return _Reader(*found, self.code, place, self.depth + 1)

    def _returned(self) -> Iterator[ast.expr]:
        if isinstance(self.function, ast.Lambda):
            yield self.function.body
            return
        inner = {
            id(part)
            for node in within(self.function)
            if isinstance(node, Function | ast.Lambda) and node is not self.function
            for part in within(node)
        }
        for node in within(self.function):
            if isinstance(node, ast.Return) and node.value is not None and id(node) not in inner:
                yield node.value

    def _given_back(self, value: ast.expr, state: str, depth: int = 0) -> Iterator[str]:
        """Yield the keys that a returned value sets."""

        def again(one: ast.expr) -> Iterator[str]:
            return self._given_back(one, state, depth + 1)

        if depth > _DEEPEST:
            yield ANY
        elif isinstance(value, ast.Constant) or _is_name(value, state):
            return  # nothing, or what came
        elif isinstance(value, ast.Name):
            yield from self._local(value.id, again)
        elif isinstance(value, ast.Dict):
            yield from _keys_of(value, state)
        elif isinstance(value, ast.Call):
            yield from self._called(value, again)
        else:
            for part in _parts_of(value):
                yield from again(part) if part is not None else (ANY,)

    def _called(self, call: ast.Call, again: Again) -> Iterator[str]:
        called = self.module.called(call)
        if called == "Send":
            return
        if called == "Command":
            update = keyword(call, "update")
            yield from again(update) if update is not None else ()
            return
        if called == "dict" and not call.args:
            yield from (pair.arg or ANY for pair in call.keywords)
            return
        inner = self._inner(call, 0)
        yield from inner.use().writes if inner else (ANY,)

    def _local(self, name: str, again: Again) -> Iterator[str]:
        """Yield the keys of what a name was set to in the function."""
        found = False
        for node in within(self.function):
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name) and target.id == name and node.value:
                        found = True
                        yield from again(node.value)
                    elif _is_item(target, name):
                        yield text_of(target.slice) or ANY  # type: ignore[attr-defined]
        if not found:
            yield ANY


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _keys_of(value: ast.Dict, state: str) -> Iterator[str]:
    """Yield the keys of a mapping; what it takes over from the state sets nothing."""
    for key, inner in zip(value.keys, value.values, strict=True):
        if key is not None:
            yield text_of(key) or ANY
        elif not _is_name(inner, state):
            yield ANY


def _parts_of(value: ast.expr) -> Sequence[ast.expr | None]:
    """Give the parts of which each is given back, or one of them; None for what does not show."""
    match value:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return parts
        case ast.IfExp(body=one, orelse=other):
            return (one, other)
        case ast.Await(value=inner):
            return (inner,)
        case _:
            return (None,)


def _is_item(target: ast.expr, name: str) -> bool:
    owned = target.value if isinstance(target, ast.Subscript) else None
    return isinstance(owned, ast.Name) and owned.id == name


def _spread(outer: ast.Dict, node: ast.Name) -> bool:
    """Tell whether a mapping takes all of the state over, as in `{**state, "key": value}`."""
    pairs = zip(outer.keys, outer.values, strict=True)
    return any(key is None and value is node for key, value in pairs)


_DEEPEST = 3
