"""Calls that make, copy or run something that holds a state."""

import ast

from threatmodel.importers.langgraph.files import Code
from threatmodel.importers.python_code import Module, keyword, literal_text, of_self
from threatmodel.importers.stores import ANY, Use

MESSAGES = Use(frozenset({"messages"}), frozenset({"messages"}))
"""What an agent of the library takes and gives where nothing else is said."""

EVERYTHING = Use(frozenset({ANY}), frozenset({ANY}))

_CHANGES_AGENT = (
    "state_schema",
    "middleware",
    "prompt",
    "pre_model_hook",
    "post_model_hook",
    "response_format",
    "output_mode",
)
_RUNS = frozenset({"invoke", "ainvoke"})
COPIES = frozenset({"copy", "model_copy", "model_dump", "dict", "_asdict"})
"""Methods that give a copy of what they are called on."""

_COPYING = frozenset({"dict", "copy", "copy.copy", "copy.deepcopy", "dataclasses.asdict"})


def state_key(node: ast.expr | None, module: Module) -> str:
    """Give the key that a text, or a name that was set to one, stands for."""
    made = isinstance(node, ast.JoinedStr)
    if isinstance(node, ast.Name):
        made = isinstance(module.values.get(node.id), ast.JoinedStr)
    return ANY if made else literal_text(node, module) or ANY


def copied(call: ast.Call, module: Module) -> list[ast.expr] | None:
    """Give what a call gives a copy of, or gives as it is; None where it does something else."""
    name = module.dotted(call.func)
    if name.endswith("cast"):
        return call.args[1:2]
    if name in _COPYING:
        listed = any(isinstance(one, ast.List | ast.Tuple) for one in call.args[:1])
        return None if listed else call.args[:1]
    if isinstance(call.func, ast.Attribute) and call.func.attr in COPIES:
        return [call.func.value]
    return None


def invoked(call: ast.Call, module: Module, code: Code) -> Use:
    """Tell what is read and given where an agent of the library is run; else anything."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in _RUNS):
        return EVERYTHING
    runs = call.func.value
    name = runs.id if isinstance(runs, ast.Name) else of_self(runs)
    made, where = (code.value(name, module) if name else None) or (runs, module)
    return MESSAGES if isinstance(made, ast.Call) and is_agent(made, where, code) else EVERYTHING


def is_agent(call: ast.Call, module: Module, code: Code) -> bool:
    """Tell whether a call makes an agent of the library that knows of messages alone."""
    known = module.called(call) in code.rules.file.python.agents
    return known and keyword(call, *_CHANGES_AGENT) is None
