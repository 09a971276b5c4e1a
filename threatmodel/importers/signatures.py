"""Arguments of functions and fields of classes in Python code, as properties of a JSON Schema."""

import ast
from collections.abc import Iterator

from threatmodel.importers.python_code import Function, in_order, keyword, literal_text
from threatmodel.reading.positions import Value

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
        kind = next((_TYPES[name] for name in names if name in _TYPES), "string")
        says = next((literal_text(n) for n in _texts(argument.annotation)), "")
        about: dict[str, Value] = {"type": kind}
        found[argument.arg] = about | ({"description": says} if says else {})
    return found


def fields_of(one: ast.ClassDef) -> dict[str, Value]:
    """Give the annotated fields of a class as properties, as a model given as a tool has them."""
    found: dict[str, Value] = {}
    for part in one.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            names = [name.id for name in _names(part.annotation)]
            kind = next((_TYPES[name] for name in names if name in _TYPES), "string")
            says = keyword(part.value, "description") if isinstance(part.value, ast.Call) else None
            about: dict[str, Value] = {"type": kind}
            found[part.target.id] = about | ({"description": literal_text(says)} if says else {})
    return found


def _names(annotation: ast.expr | None) -> Iterator[ast.Name]:
    if annotation is not None:
        yield from (n for n in in_order(annotation) if isinstance(n, ast.Name))


def _texts(annotation: ast.expr | None) -> Iterator[ast.Constant]:
    """Yield the texts of `Annotated[str, "says"]`."""
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
        for part in annotation.slice.elts[1:]:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part
