"""The body of a Python function, gone through once: where names are read, set and given back."""

import ast
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from threatmodel.importers.python_code import Function

Callable = Function | ast.Lambda
"""What can be called and has a body."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """What stands in one function, by name and by place."""

    parameters: tuple[str, ...]
    """Its arguments by position, then those by name alone; without the object of a method."""

    loads: Mapping[str, list[ast.Name]] = field(default_factory=dict)
    """Name -> where it is read."""

    values: Mapping[str, list[ast.expr]] = field(default_factory=dict)
    """Name -> what it is set to."""

    above: Mapping[ast.AST, ast.AST] = field(default_factory=dict)
    """Part -> what it is a part of."""

    returned: list[ast.expr] = field(default_factory=list)
    """What it gives back."""

    spread: AbstractSet[ast.AST] = frozenset()
    """Parts whose pairs stand in a mapping: `{**part}`."""


def body_of(function: Callable) -> Body:
    """Go through a function; in functions inside it, names that these are given are theirs."""
    loads: dict[str, list[ast.Name]] = {}
    values: dict[str, list[ast.expr]] = {}
    above: dict[ast.AST, ast.AST] = {}
    returned = [function.body] if isinstance(function, ast.Lambda) else []
    spread: set[ast.AST] = set()
    for node, hidden, inside in _parts(function):
        above.update((part, node) for part in ast.iter_child_nodes(node))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in hidden:
            loads.setdefault(node.id, []).append(node)
        elif isinstance(node, ast.Return) and node.value is not None and not inside:
            returned.append(node.value)
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            spread.update(value for key, value in pairs if key is None)
        for name, value in _set(node):
            values.setdefault(name, []).append(value)
    return Body(parameters_of(function)[0], loads, values, above, returned, spread)


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


def _set(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a part sets as a whole, and what to."""
    for target in targets_of(node):
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None:
            yield target.id, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = zip(target.elts, value.elts, strict=False)
            yield from ((one.id, other) for one, other in pairs if isinstance(one, ast.Name))


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
    names, by_position = parameters_of(function)
    found: dict[int, ast.expr] = {}
    for place, value in enumerate(call.args[:by_position]):
        if isinstance(value, ast.Starred):
            break
        found[place] = value
    return found | {
        names.index(pair.arg): pair.value for pair in call.keywords if pair.arg in names
    }


def parameters_of(function: Callable) -> tuple[tuple[str, ...], int]:
    """Name the arguments, without the object of a method; say how many go by position."""
    given = function.args
    listed = [*given.posonlyargs, *given.args][:_MOST_ARGUMENTS]
    named = [one.arg for one in listed if one.arg not in {"self", "cls"}]
    alone = [one.arg for one in given.kwonlyargs[:_MOST_ARGUMENTS]]
    return (*named, *alone), len(named)
