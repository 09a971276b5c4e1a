"""What Python files say without running them: functions, names, calls, literals; by `ast` only."""

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from threatmodel.importers.statements import Node
from threatmodel.reading.positions import Value

MOST_BYTES = 512 * 1024
"""Largest Python file that is read; the parser needs many times its size."""

_MOST_LITERAL = 12
"""Levels of a literal that are taken over."""

_ADDS = frozenset({"append", "extend", "insert"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One Python file."""

    label: str
    path: str
    """Its path, as given."""
    nodes: Sequence[ast.AST]
    """Every part of it in the order of the file; the first is all of it."""
    imports: Mapping[str, str]
    """Local name -> what it stands for: `tool` -> `langchain_core.tools.tool`."""
    functions: Mapping[str, Function]
    """Every function by name, inner ones and methods too."""
    classes: Mapping[str, ast.ClassDef]
    """Every class by name."""
    values: Mapping[str, ast.expr]
    """Name -> what it was last set to."""
    calls: tuple[ast.Call, ...]
    """Every call, in the order of the file."""
    grown: Mapping[str, tuple[ast.expr, ...]]
    """Name of a list -> what is appended to it."""
    loops: Mapping[str, ast.expr]
    """Name -> what it goes through in a loop."""
    _members: dict[ast.ClassDef, dict[str, list[ast.AST]]] = field(default_factory=dict)

    def members(self, one: ast.ClassDef) -> Mapping[str, Sequence[ast.AST]]:
        """Give the methods of a class, and what its objects are given as `self.name = value`."""
        if one not in self._members:
            found = self._members.setdefault(one, {})
            for part in in_order(one):
                if isinstance(part, Function):
                    found.setdefault(part.name, []).append(part)
                elif isinstance(part, ast.Assign):
                    for target in part.targets:
                        found.setdefault(of_self(target), []).append(part.value)
        return self._members[one]

    def dotted(self, node: ast.expr) -> str:
        """Give the full dotted name of a name or attribute; empty for anything else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join((self.imports.get(node.id, node.id), *reversed(parts)))

    def called(self, call: ast.Call) -> str:
        """Give the last part of what is called; also of `f(x).method()`."""
        if isinstance(call.func, ast.Attribute):
            return call.func.attr
        return self.dotted(call.func).rsplit(".", 1)[-1]

    def at(self, node: ast.AST, value: Value = None) -> Node:
        """Point at the line of a piece of code."""
        return Node(value, self.label, (f"line {getattr(node, 'lineno', 1)}",))


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a file is not read."""

    label: str
    why: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Say it in words, with the place where there is one."""
        return f"{self.why} (line {self.line}, column {self.column})" if self.line else self.why


def parsed(text: str, label: str, path: str) -> Module | Unread:
    """Parse a file; what is no Python that can be read gives the reason."""
    if len(text) > MOST_BYTES:
        return Unread(label, "it is larger than 512 KiB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            nodes = list(in_order(tree))
    except SyntaxError as fault:
        place = (fault.lineno or 1, max(fault.offset or 1, 1))
        return Unread(label, "it is no Python of this version", *place)
    except (ValueError, RecursionError, MemoryError):
        why = "it cannot be parsed: it is nested too deeply or holds a null byte"
        return Unread(label, why)
    calls = tuple(n for n in nodes if isinstance(n, ast.Call))
    return Module(
        label,
        path,
        nodes,
        dict(_imports(nodes)),
        # Methods and functions inside others are found where none outside has the name.
        {n.name: n for n in (*reversed(nodes), *tree.body) if isinstance(n, Function)},
        {n.name: n for n in reversed(nodes) if isinstance(n, ast.ClassDef)},
        dict(_values(nodes)),
        calls,
        _grown(calls),
        dict(_loops(nodes)),
    )


def in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node as the file has them, without recursion."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _imports(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for name in node.names:
                yield (
                    name.asname or name.name.split(".")[0],
                    (name.name if name.asname else name.name.split(".")[0]),
                )
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                start = f"{'.' * node.level}{node.module or ''}"
                yield name.asname or name.name, f"{start}.{name.name}"


def _values(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name | ast.Attribute):
                    yield target.id if isinstance(target, ast.Name) else target.attr, node.value
        elif isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def _loops(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            yield node.target.id, node.iter


def _grown(calls: Sequence[ast.Call]) -> dict[str, tuple[ast.expr, ...]]:
    """Find `tools.append(x)` and `tools.extend(xs)`."""
    found: dict[str, list[ast.expr]] = {}
    for call in calls:
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        adds = isinstance(call.func, ast.Attribute) and call.func.attr in _ADDS
        if isinstance(owner, ast.Name) and adds and call.args:
            found.setdefault(owner.id, []).append(call.args[-1])
    return {name: tuple(parts) for name, parts in found.items()}


def imported_modules(module: Module) -> Iterator[tuple[int, str]]:
    """Yield level and dotted name of everything that a file imports."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from ((0, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""
            for name in node.names:
                yield node.level, f"{node.module}.{name.name}" if node.module else name.name


def without_home(name: str, home: Sequence[str]) -> Iterator[str]:
    """Yield a dotted name, and what is left of it below the folder whose path it begins with."""
    steps = name.split(".")
    yield name
    for count in range(1, min(len(steps), len(home) + 1)):
        if list(home[-count:]) == steps[:count]:
            yield ".".join(steps[count:])


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """Give the first of some keyword arguments that is there."""
    for name in names:
        for one in call.keywords:
            if one.arg == name:
                return one.value
    return None


def literal_text(node: ast.expr | None, module: Module | None = None) -> str:
    """Give a text that stands in the code; names are followed to what they were set to once."""
    if isinstance(node, ast.Name) and module:
        node = module.values.get(node.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.strip()
    if isinstance(node, ast.JoinedStr):
        return "".join(
            literal_text(p) if isinstance(p, ast.Constant) else "{}" for p in node.values
        )
    return ""


def literal(node: ast.expr | None, level: int = 0) -> Value:
    """Give a literal as plain values; what is made at run time becomes a placeholder."""
    if level > _MOST_LITERAL:
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str | bool | int | float) else None
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [literal(one, level + 1) for one in node.elts]
    if isinstance(node, ast.Dict):
        return {
            literal_text(key): literal(value, level + 1)
            for key, value in zip(node.keys, node.values, strict=True)
            if literal_text(key)
        }
    return literal_text(node) or ("${value}" if node is not None else None)


def own_names(node: ast.AST) -> set[str]:
    """Give the names that a function sets itself: elsewhere they mean something else."""
    if not isinstance(node, Function):
        return set()
    inner = list(in_order(node))
    names = {
        one.id for one in inner if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
    names |= {one.name for one in inner if isinstance(one, Function) and one is not node}
    return names | {one.arg for one in inner if isinstance(one, ast.arg)}


def of_self(node: ast.AST) -> str:
    """Give the name of `self.name`."""
    owner = node.value if isinstance(node, ast.Attribute) else None
    own = isinstance(owner, ast.Name) and owner.id in {"self", "cls"}
    return node.attr if own and isinstance(node, ast.Attribute) else ""
