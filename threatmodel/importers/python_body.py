"""A Python function: its body, gone through once, and its arguments as a JSON Schema has them."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from threatmodel.importers.python_code import Function, in_order, keyword, literal_text
from threatmodel.reading.positions import Value

Callable = Function | ast.Lambda
"""What can be called and has a body."""


@dataclass(slots=True, eq=False)
class Body:
    """What stands in one function, by name and by place."""

    parameters: tuple[str, ...]
    """Its arguments by position, then those by name alone; without the object of a method."""
    returned: dict[ast.AST, ast.expr] = field(default_factory=dict)
    loads: dict[str, list[ast.Name]] = field(default_factory=dict)
    """Name -> where it is read."""
    values: dict[str, list[ast.expr]] = field(default_factory=dict)
    """Name -> what it is set to."""
    unclear: set[str] = field(default_factory=set)
    """Names that are set to what does not show, too: in a loop, or where a value is taken apart."""
    above: dict[ast.AST, ast.AST] = field(default_factory=dict)
    """Part -> what it is a part of."""
    keys: dict[ast.AST, ast.expr | None] = field(default_factory=dict)
    """Value in a mapping -> its key; None of `{**value}`."""
    paired: dict[ast.AST, list[ast.expr]] = field(default_factory=dict)
    """Value in `a, b = value, other` -> what it is set to."""
    grown: dict[str, list[ast.AugAssign]] = field(default_factory=dict)
    """Name -> where something is added to it."""
    _shown: set[ast.AST] = field(default_factory=set)

    def take(self, node: ast.AST) -> None:
        """Note what a part sets."""
        for target, value in _set(node):
            if isinstance(target, ast.Name):
                self._shown.add(target)
                self.values.setdefault(target.id, []).append(value)
            if value is not getattr(node, "value", None):
                self.paired.setdefault(value, []).append(target)
        match node:
            case ast.Dict(keys=keys, values=values):
                self.keys.update(zip(values, keys, strict=True))
            case ast.AugAssign(target=ast.Name(id=name)):
                self.grown.setdefault(name, []).append(node)
            case ast.comprehension(target=target):
                self._shown.update(ast.walk(target))
            case _:
                self.unclear.update(() if node in self._shown else _sets_unseen(node))


def _sets_unseen(node: ast.AST) -> Iterator[str]:
    """Yield the name that a part sets, where it does not show what to."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.MatchMapping(rest=str(name)):
            yield name
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case _:
            pass


def body_of(function: Callable) -> Body:
    """Go through a function; in functions inside it, names that these are given are theirs."""
    body = Body(_parameters_of(function)[0])
    if isinstance(function, ast.Lambda):
        body.returned[function.body] = function.body
    for node, hidden, inside in _parts(function):
        body.above.update((part, node) for part in ast.iter_child_nodes(node))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in hidden:
            body.loads.setdefault(node.id, []).append(node)
        elif isinstance(node, ast.Return) and node.value is not None and not inside:
            body.returned[node.value] = node.value
        else:
            body.take(node)
    return body


def _parts(function: Callable) -> Iterator[tuple[ast.AST, frozenset[str], bool]]:
    """Yield every part, the names that mean something else there, whether it is further inside."""
    waiting: list[tuple[ast.AST, frozenset[str], bool]] = [(function, frozenset(), False)]
    while waiting:
        node, hidden, inside = waiting.pop()
        if isinstance(node, Callable) and node is not function:
            hidden, inside = hidden | {one.arg for one in _arguments(node)}, True
        yield node, hidden, inside
        below = [(part, hidden, inside) for part in ast.iter_child_nodes(node)]
        waiting.extend(reversed(below))


def _arguments(function: Callable) -> Iterator[ast.arg]:
    listed = function.args
    yield from (*listed.posonlyargs, *listed.args, *listed.kwonlyargs)
    yield from (one for one in (listed.vararg, listed.kwarg) if one)


def _set(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what a part sets as a whole, and what to."""
    targets, value = targets_of(node), getattr(node, "value", None)
    if value is None:
        return
    if targets and all(_fits(target, value) for target in targets):
        for target in targets:
            yield from zip(_parts_of(target), _parts_of(value), strict=True)
    else:
        yield from ((target, value) for target in targets)


def _parts_of(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple | ast.List) else []


def _fits(target: ast.expr, value: ast.expr) -> bool:
    """Tell whether each part of a target is set to one part of a value: `a, b = value, other`."""
    parts = [*_parts_of(target), *_parts_of(value)]
    same = len(_parts_of(target)) == len(_parts_of(value)) > 0
    return same and not any(isinstance(one, ast.Starred) for one in parts)


def targets_of(node: ast.AST) -> list[ast.expr]:
    """Give what an assignment sets; nothing for any other part."""
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return [target]
        case ast.NamedExpr(target=target):
            return [target]
        case _:
            return []


_MOST_ARGUMENTS = 50
"""Arguments of one call that are told apart."""


def arguments(call: ast.Call, function: Callable) -> dict[int, ast.expr]:
    """Give what a call gives a function, by the places of `Body.parameters`."""
    if len(call.args) + len(call.keywords) > _MOST_ARGUMENTS:
        return {}
    names, by_position = _parameters_of(function)
    found: dict[int, ast.expr] = {}
    for place, value in enumerate(call.args[:by_position]):
        if isinstance(value, ast.Starred):
            break
        found[place] = value
    return found | {
        names.index(pair.arg): pair.value for pair in call.keywords if pair.arg in names
    }


def _parameters_of(function: Callable) -> tuple[tuple[str, ...], int]:
    """Name the arguments, without the object of a method; say how many go by position."""
    given = function.args
    listed = [*given.posonlyargs, *given.args][:_MOST_ARGUMENTS]
    named = [one.arg for one in listed if one.arg not in {"self", "cls"}]
    alone = [one.arg for one in given.kwonlyargs[:_MOST_ARGUMENTS]]
    return (*named, *alone), len(named)


_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "dict": "object",
    "list": "array",
    "List": "array",
    "Dict": "object",
}
_GIVEN_BY_THE_RUNTIME = ("Injected", "RunnableConfig", "ToolRuntime", "Runtime", "Context", "State")


def arguments_of(function: Function) -> dict[str, Value]:
    """Give the arguments of a function as properties; what the runtime puts in is left out."""
    found: dict[str, Value] = {}
    for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        names = [n.id for n in _names(argument.annotation)]
        injected = any(name.startswith(_GIVEN_BY_THE_RUNTIME) for name in names)
        if argument.arg in {"self", "cls", "config", "runtime"} or injected:
            continue
        says = next((literal_text(n) for n in _texts(argument.annotation)), "")
        found[argument.arg] = _property(names, says)
    return found


def fields_of(one: ast.ClassDef) -> dict[str, Value]:
    """Give the annotated fields of a class as properties, as a model given as a tool has them."""
    found: dict[str, Value] = {}
    for part in one.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            names = [name.id for name in _names(part.annotation)]
            says = keyword(part.value, "description") if isinstance(part.value, ast.Call) else None
            found[part.target.id] = _property(names, literal_text(says))
    return found


def _property(names: Iterable[str], says: str) -> Value:
    kind = next((_TYPES[name] for name in names if name in _TYPES), "string")
    about: dict[str, Value] = {"type": kind}
    return about | ({"description": says} if says else {})


def _names(annotation: ast.expr | None) -> Iterator[ast.Name]:
    if annotation is not None:
        yield from (n for n in in_order(annotation) if isinstance(n, ast.Name))


def _texts(annotation: ast.expr | None) -> Iterator[ast.Constant]:
    """Yield the texts of `Annotated[str, "says"]`."""
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
        for part in annotation.slice.elts[1:]:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part
