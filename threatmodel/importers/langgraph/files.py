"""The files of one graph of LangGraph code, what their names stand for, and what a node runs."""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from threatmodel.importers.parts import MOST_PARTS
from threatmodel.importers.python_code import (
    Function,
    Module,
    in_order,
    keyword,
    literal_text,
    of_self,
    own_names,
)
from threatmodel.importers.statements import Node

CodeCall = tuple[ast.Call, Module]
"""A call, and the file that it stands in."""

CodePart = tuple[ast.expr, Module]
"""A part of the code, and the file that it stands in."""


class CodeContents(NamedTuple):
    """What stands in a part of the code."""

    calls: tuple[CodeCall, ...]
    """Every call in it."""
    named: tuple[tuple[ast.AST, Module], ...]
    """Functions and values that it names."""
    texts: tuple[str, ...]
    """Texts in it, each once."""


@dataclass(frozen=True, slots=True)
class Code:
    """The files of one graph."""

    modules: tuple[Module, ...]
    """Entry first."""
    seen: dict[ast.AST, CodeContents] = field(default_factory=dict, compare=False)
    """What was looked up before."""

    def function(self, name: str, module: Module) -> tuple[Function, Module] | None:
        """Find a function by its local name, in its file or where it is imported from."""
        found = module.functions.get(name)
        if found:
            return found, module
        return self.anywhere(module.imports.get(name, "").rsplit(".", 1)[-1])

    def anywhere(self, name: str) -> tuple[Function, Module] | None:
        """Find a function by name in any file."""
        return next(((m.functions[name], m) for m in self.modules if name in m.functions), None)

    def value(self, name: str, module: Module) -> tuple[ast.expr, Module] | None:
        """Find what a name was set to, in its file or where it is imported from."""
        if name in module.values:
            return module.values[name], module
        wanted = module.imports.get(name, name).rsplit(".", 1)[-1]
        return next(((m.values[wanted], m) for m in self.modules if wanted in m.values), None)

    def class_named(self, name: str) -> tuple[ast.ClassDef, Module] | None:
        """Find a class by name in any file."""
        return next(((m.classes[name], m) for m in self.modules if name in m.classes), None)


def elements(node: ast.expr, module: Module, code: Code) -> Iterator[CodePart]:
    """Yield the elements of a list, which may stand elsewhere under a name."""
    if isinstance(node, ast.Name):
        node, module = code.value(node.id, module) or (node, module)
    if isinstance(node, ast.List | ast.Tuple):
        yield from ((one, module) for one in node.elts)


_END = frozenset({"__end__", "__start__", ""})


class AddedNode(NamedTuple):
    """A node as a graph is given it."""

    name: str
    """Its name: as written, else that of what it runs."""
    runs: ast.expr
    call: ast.Call
    module: Module
    """The file that the call stands in."""


def added_nodes(code: Code) -> Iterator[AddedNode]:
    """Yield every node that is added to a graph, in the order of the code."""
    for module in code.modules:
        for call in module.calls:
            if module.called(call) == "add_node" and call.args:
                first = call.args[0]
                name = literal_text(first, module) or module.dotted(first).rsplit(".", 1)[-1]
                # `add_node(f)` takes the function's own name; `add_node("a", f)` names it.
                runs = keyword(call, "action") or call.args[len(call.args) > 1]
                yield AddedNode(name, runs, call, module)


def named_nodes(code: Code) -> dict[str, tuple[ast.expr, Module]]:
    """Give each node of the graph with what it runs; of several of one name the first."""
    found: dict[str, tuple[ast.expr, Module]] = {}
    for node in added_nodes(code):
        if node.name not in _END:
            found.setdefault(node.name, (node.runs, node.module))
    return found


def function_named(node: ast.expr, module: Module, code: Code) -> tuple[Function, Module] | None:
    """Give the function that a name or the end of an attribute stands for."""
    if isinstance(node, ast.Name):
        return code.function(node.id, module)
    if not isinstance(node, ast.Attribute):
        return None
    methods = ((one, m) for one, m in of_object(node, module, code) if isinstance(one, Function))
    return next(methods, None) or code.function(node.attr, module)


def of_object(part: ast.AST, module: Module, code: Code) -> Iterator[tuple[ast.AST, Module]]:
    """Yield what an attribute stands for, of a class of the code or of an object of one."""
    if not isinstance(part, ast.Attribute):
        return
    owner = part.value.id if isinstance(part.value, ast.Name) else of_self(part.value)
    value = code.value(owner, module) if owner else None
    made = value[1].called(value[0]) if value and isinstance(value[0], ast.Call) else owner
    found = code.class_named(made) if made else None
    if found:
        yield from ((one, found[1]) for one in found[1].members(found[0]).get(part.attr, ()))


def seen_in(node: ast.AST, module: Module, code: Code) -> CodeContents:
    """Give the calls in a part and what it names, looked up once however many lead to it."""
    if node not in code.seen:
        inner, own = list(in_order(node)), own_names(node)
        calls = tuple((one, module) for one in inner if isinstance(one, ast.Call))
        named: list[tuple[ast.AST, Module]] = []
        for part in inner:
            name = part.id if isinstance(part, ast.Name) else of_self(part)
            if name and name not in own:
                named += [f for f in (code.function(name, module), code.value(name, module)) if f]
            named += of_object(part, module, code)
        constants = (one.value for one in inner if isinstance(one, ast.Constant))
        texts = dict.fromkeys(value for value in constants if isinstance(value, str))
        code.seen[node] = CodeContents(calls, tuple(named), tuple(texts))
    return code.seen[node]


def reached(starts: Sequence[tuple[Function, Module]], code: Code) -> Iterator[CodeCall]:
    """Yield the calls in some functions and in those functions of the code that these call."""
    seen: set[int] = set()
    waiting = list(starts)[::-1]
    while waiting and len(seen) < MOST_PARTS:
        function, module = waiting.pop()
        if id(function) in seen:
            continue
        seen.add(id(function))
        for call, where in seen_in(function, module, code).calls:
            yield call, where
            if isinstance(call.func, ast.Name):
                inner = code.function(call.func.id, module)
                waiting.extend([inner] if inner else [])


# Functions that are marked as tools.


def tool_mark(function: Function, module: Module) -> str | None:
    """Give the name under which a function is marked as a tool; None where it is not marked."""
    mark = tool_decorator(function, module)
    if mark is None:
        return None
    given = mark.args[0] if isinstance(mark, ast.Call) and mark.args else None
    return literal_text(given, module) or function.name


def tool_decorator(function: Function, module: Module) -> ast.expr | None:
    """Give the decorator that marks a function as a tool; None where it has none."""
    for one in function.decorator_list:
        name = one.func if isinstance(one, ast.Call) else one
        if module.dotted(name).rsplit(".", 1)[-1] in {"tool", "atool"}:
            return one
    return None


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


def listed_tools(value: ast.expr, module: Module) -> list[CodePart]:
    """Give the tools that stand beside others in a mapping, such as that of a sub-agent."""
    if not isinstance(value, ast.Dict):
        return []
    pairs = zip(value.keys, value.values, strict=True)
    return [(inner, module) for key, inner in pairs if literal_text(key) == "tools"]
