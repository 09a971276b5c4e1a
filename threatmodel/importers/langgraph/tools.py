"""The tools of LangGraph code: what is bound to a model or given to a node, as far as it shows."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from threatmodel.importers.definitions import Definition
from threatmodel.importers.langgraph.files import (
    Code,
    CodeCall,
    CodePart,
    tool_decorator,
    tool_mark,
)
from threatmodel.importers.parts import MOST_PARTS, identifier_words, made
from threatmodel.importers.python_body import arguments_of, fields_of
from threatmodel.importers.python_code import (
    Function,
    Module,
    in_order,
    keyword,
    literal,
    literal_text,
)
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import load_rules


@dataclass(slots=True)
class Toolbox:
    """Tools that were found, and what was not."""

    tools: dict[str, Definition] = field(default_factory=dict)
    """Name -> definition."""
    functions: dict[str, tuple[Function, Module]] = field(default_factory=dict)
    """Name -> the function that does it, where it stands in the code."""
    opaque: list[tuple[ast.AST, Module]] = field(default_factory=list)
    """Parts of lists of tools that only exist at run time."""
    foreign: list[tuple[ast.AST, Module]] = field(default_factory=list)
    """Parts of lists of tools that servers and toolkits fill."""
    seen: set[int] = field(default_factory=set)
    """Parts that were followed already."""


def toolbox_of(code: Code) -> Toolbox:
    """Find the tools that are bound; where a list is made at run time, all that are marked."""
    box = bound_by(((call, module) for module in code.modules for call in module.calls), code)
    # A list that is made at run time can hold any of the marked functions: too many tools are asked
    # about sooner than too few.
    if box.opaque or not box.seen:
        _take_marked(code, box)
    return box


def bound_by(calls: Iterable[CodeCall], code: Code, lists: Iterable[CodePart] = ()) -> Toolbox:
    """Find the tools that some calls bind or bring, and those in lists of tools."""
    box = Toolbox()
    for given, module in lists:
        _take(given, module, code, box)
    for call, module in calls:
        bound = _given(call, module)
        if bound is not None:
            _take(bound, module, code, box)
        if _is_library_tool(call, module):
            _called(call, module, code, box)
        for name, does in load_rules().file.python.brings.get(module.called(call), {}).items():
            box.tools.setdefault(name, made(name, (does,)))
        for name, does in _brought_by(call, module):
            box.tools.setdefault(name, made(name, (does,)))
    return box


def _brought_by(call: ast.Call, module: Module) -> Iterator[tuple[str, str]]:
    """Yield the tools that come with an argument, or stand in the settings of a call of a model."""
    python = load_rules().file.python
    for argument, brings in python.brings_by.get(module.called(call), {}).items():
        given = keyword(call, argument)
        plain = isinstance(given, ast.Call) and module.called(given) in python.brings_none
        if given is not None and not plain:
            yield from brings.items()
    settings = (
        literal(keyword(call, "config")) if module.called(call) in python.calls_model else None
    )
    listed = settings.get("tools") if isinstance(settings, dict) else None
    for one in listed if isinstance(listed, list) else ():
        for name in one if isinstance(one, dict) else ():
            does = load_rules().file.adk_tools.get(name) or load_rules().file.hosted_tools.get(name)
            if does:
                yield name, does


def _is_library_tool(call: ast.Call, module: Module) -> bool:
    """Tell whether a call makes a tool of a library, which a node may call by itself."""
    *packages, name = module.dotted(call.func).split(".")
    # What these packages have under `tools` are base classes and decorators, which do nothing
    # themselves.
    ours = packages[:1] in (["langgraph"], ["langchain_core"], ["langchain"])
    return "tools" in packages and name[:1].isupper() and not ours


def _take_marked(code: Code, box: Toolbox) -> None:
    for module in code.modules:
        for function in module.functions.values():
            if tool_mark(function, module) is not None:
                _add_function(function, module, box)


def _given(call: ast.Call, module: Module) -> ast.expr | None:
    """Give the list of tools that a call is given; None where it takes none."""
    name = module.called(call)
    if name not in load_rules().file.python.take_tools:
        return None
    place = load_rules().file.python.take_tools[name]
    return keyword(call, "tools") or (call.args[place] if len(call.args) > place else None)


def _take(start: ast.expr, module: Module, code: Code, box: Toolbox) -> None:
    """Put everything that an expression holds into the box; no part is followed twice."""
    waiting: list[CodePart] = [(start, module)]
    while waiting and len(box.tools) < MOST_PARTS:
        node, place = waiting.pop()
        if id(node) not in box.seen:
            box.seen.add(id(node))
            waiting.extend(reversed(_inner(node, place, code, box)))


def _inner(node: ast.expr, module: Module, code: Code, box: Toolbox) -> list[CodePart]:
    """Take a part if it is a tool; else give the parts that it is made of."""
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            return [(part, module) for part in node.elts]
        # `*tools`, `tools["mail"]` and `await client.get_tools()` hold what the value inside holds.
        case ast.Starred() | ast.Subscript() | ast.Await():
            return [(node.value, module)]
        case ast.BinOp():
            return [(node.left, module), (node.right, module)]
        case ast.Name() | ast.Attribute():
            return _named(node, module, code, box)
        case ast.Call():
            return _called(node, module, code, box)
        case ast.Dict():
            _described(node, module, box)
        case _:
            box.opaque.append((node, module))
    return []


def _named(
    node: ast.Name | ast.Attribute, module: Module, code: Code, box: Toolbox
) -> list[CodePart]:
    """Follow a name, or the last part of `self.tools` and `module.tool`."""
    plain = isinstance(node, ast.Name)
    name = node.id if isinstance(node, ast.Name) else node.attr
    function = code.function(name, module) if plain else code.anywhere(name)
    if function:
        _add_function(*function, box)
        return []
    # By the name that it has where it stands: an import may have given it another one here.
    own = code.class_named(module.imports.get(name, name).rsplit(".", 1)[-1])
    if own:
        _add_class(*own, box)
        return []
    value = code.value(name, module)
    if value and value[0] is not node:  # as in `self.tools = tools`, where it is a parameter
        grown = value[1].grown.get(name, ())
        return [value, *((part, value[1]) for part in grown)]
    # Something imported from a library is a tool of its name; LangChain's core holds types, not
    # tools.
    if plain and not module.imports.get(name, "langchain_core.").startswith("langchain_core."):
        last = module.imports[name].rsplit(".", 1)[-1]
        box.tools.setdefault(last, made(last, (identifier_words(last),)))
    else:
        box.opaque.append((node, module))
    return []


def _called(call: ast.Call, module: Module, code: Code, box: Toolbox) -> list[CodePart]:
    """Take a tool that is made by a call, or the tools that a function of the code gives."""
    name = module.called(call)
    function = code.function(name, module)
    own = code.class_named(name)
    if name in {"list", "tuple", "sorted"} and call.args:
        return [(call.args[0], module)]
    if name in load_rules().file.python.dynamic and not code.function(name, module):
        box.foreign.append((call, module))
        return []
    inner = _given(call, module)
    if inner is not None:
        return [(inner, module)]
    if own:
        _add_class(*own, box)
    elif function and tool_mark(*function) is None:
        return _returned(*function)
    elif not _constructed(call, module, code, box):
        box.opaque.append((call, module))
    return []


def _constructed(call: ast.Call, module: Module, code: Code, box: Toolbox) -> bool:
    """Take a tool that a call of a library makes; tell whether it is one."""
    name, rules = module.called(call), load_rules().file.python
    shown = literal_text(keyword(call, "name"), module)
    if name in rules.wraps:
        _wrapped(call, module, code, box)
        return True
    if name in rules.hands_over and _receiver(call, module):
        # The name that LangGraph gives to such a tool where the code gives none.
        shown = shown or f"transfer_to_{_receiver(call, module)}"
    elif name[:1].isupper() or name.startswith("create_"):
        shown = shown or name
    else:
        return False
    words = literal_text(keyword(call, "description"), module) or identifier_words(shown)
    box.tools.setdefault(shown, made(shown, (words,)))
    return True


def _receiver(call: ast.Call, module: Module) -> str:
    """Name the agent that a call makes a tool to hand over to."""
    return literal_text(keyword(call, "agent_name", "agent"), module)


def _returned(function: Function, module: Module) -> list[CodePart]:
    return [
        (part.value, module)
        for part in in_order(function)
        if isinstance(part, ast.Return) and part.value is not None
    ]


def _wrapped(call: ast.Call, module: Module, code: Code, box: Toolbox) -> None:
    """Take `Tool(name=..., func=...)`, `StructuredTool.from_function(f)` and their like."""
    texts = [literal_text(one, module) for one in call.args]
    inner = keyword(call, "func", "coroutine") or (call.args[0] if call.args else None)
    function = code.function(inner.id, module) if isinstance(inner, ast.Name) else None
    own = code.class_named(inner.id) if isinstance(inner, ast.Name) else None
    if own and not function:
        _add_class(*own, box)
        return
    plain = [one for one in texts if one]
    name = literal_text(keyword(call, "name"), module) or (plain[0] if plain else "")
    name = name or (function[0].name if function else module.called(call))
    says = literal_text(keyword(call, "description"), module) or (
        plain[1] if len(plain) > 1 else ""
    )
    if function:
        says = says or ast.get_docstring(function[0]) or ""
        box.functions.setdefault(name, function)
    schema = arguments_of(function[0]) if function else None
    box.tools.setdefault(name, made(name, (says,), schema))


def _described(node: ast.Dict, module: Module, box: Toolbox) -> None:
    """Take a tool that is written as a schema: `{"type": "web_search"}` or a function."""
    value = literal(node)
    inner = value.get("function", value) if isinstance(value, dict) else {}
    inner = inner if isinstance(inner, dict) else {}
    name = str(inner.get("name") or inner.get("type") or "")
    if not name:
        box.opaque.append((node, module))
        return
    says = str(
        inner.get("description")
        or load_rules().file.hosted_tools.get(name)
        or identifier_words(name)
    )
    parameters = inner.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    schema = properties if isinstance(properties, dict) else None
    box.tools.setdefault(name, made(name, (says,), schema))


def _add_function(function: Function, module: Module, box: Toolbox) -> None:
    name = tool_mark(function, module) or function.name
    says = ast.get_docstring(function) or ""
    call = tool_decorator(function, module)
    if isinstance(call, ast.Call):
        says = literal_text(keyword(call, "description"), module) or says
    box.tools.setdefault(name, made(name, (says,), arguments_of(function)))
    box.functions.setdefault(name, (function, module))


def _add_class(one: ast.ClassDef, module: Module, box: Toolbox) -> None:
    """Take a class of a tool by its `name` and `description`; a toolkit's tools are not seen."""
    fields: dict[str, Value] = {}
    for part in one.body:
        if isinstance(part, ast.Assign | ast.AnnAssign):
            target = part.targets[0] if isinstance(part, ast.Assign) else part.target
            if isinstance(target, ast.Name):
                fields[target.id] = literal_text(part.value, module)
    name = str(fields.get("name") or one.name)
    says = str(fields.get("description") or ast.get_docstring(one) or identifier_words(one.name))
    run = next(
        (p for p in one.body if isinstance(p, Function) and p.name in {"_run", "_arun"}), None
    )
    # A class without a method that runs is a schema: a model that is bound as a tool.
    schema = arguments_of(run) if run else fields_of(one)
    box.tools.setdefault(name, made(name, (says,), schema))
    if run:
        box.functions.setdefault(name, (run, module))
