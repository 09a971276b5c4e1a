"""What a value is on its way through a function, and what copies it or takes it apart."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from threatmodel.importers.langgraph.files import Code
from threatmodel.importers.python_body import Body
from threatmodel.importers.python_code import Module, keyword, literal_text, of_self
from threatmodel.importers.workflow import ANY, Use
from threatmodel.rules.importing import load_rules

DEEPEST = 6
"""Lists and mappings inside each other through which a value is followed."""

_DEEPEST_SHARED = 3
"""The same, where it goes from one function to another."""


class Holding(NamedTuple):
    """What a value is, on its way."""

    key: str = ""
    """The key that it stands under; empty for all that the value held at first."""
    copied: bool = False
    """Whether to set a key in it sets nothing in the first value."""
    apart: bool = False
    """Whether it shares no part with the first value either."""
    inside: tuple[str, ...] = ()
    """Keys under which it was put into something else, outermost first."""

    def under(self, key: str) -> "Holding | None":
        """Give what stands in it under a key; None where it is nothing of the first value."""
        if self.inside:
            fits = ANY in {key, self.inside[0]} or key == self.inside[0]
            return self._replace(inside=self.inside[1:]) if fits else None
        return Holding(self.key or key, self.copied if self.key else self.apart, self.apart)

    def put(self, *keys: str) -> "Holding | None":
        """Give what holds it under some keys; None where that is too deep."""
        inside = (*keys, *self.inside)
        return self._replace(inside=inside) if len(inside) <= DEEPEST else None

    def through(self, other: "Holding") -> "Holding | None":
        """Give what a function makes of it that makes the other of what it is given."""
        part = self.under(other.key) if other.key else self
        part = part.spread() if part and other.copied and not other.key else part
        now = part.put(*other.inside) if part else None
        return now if now and len(now.inside) <= _DEEPEST_SHARED else None

    def spread(self) -> "Holding | None":
        """Give what takes over everything in it: a copy, `{**it}`, `[*it]`, `list(it)`."""
        if self.inside:
            return self
        return self.put(ANY) if self.key else self._replace(copied=True)


def name_and_keys(target: ast.expr, module: Module) -> tuple[str, list[str]]:
    """Give the name at the start of `name.a["b"]`, and the keys after it; empty for any other."""
    keys: list[str] = []
    while isinstance(target, ast.Attribute | ast.Subscript):
        match target:
            case ast.Attribute(attr=name):
                keys.append(name)
            case ast.Subscript(slice=index):
                keys.append(state_key(index, module))
        target = target.value
    return (target.id, keys[::-1]) if isinstance(target, ast.Name) else ("", [])


def sources_of(value: ast.expr, module: Module) -> Iterator[tuple[str, list[str]]]:
    """Yield the names whose value, or a part of it, something is: `name["a"] or other`."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        match part:
            case ast.BoolOp(values=parts):
                waiting.extend(parts)
            case ast.IfExp(body=one, orelse=other):
                waiting.extend((one, other))
            case ast.NamedExpr(target=one, value=other):
                waiting.extend((one, other))
            case ast.Call():
                yield from _given_out(part, module)
                waiting.extend(part.args[1:] if module.called(part) in _GIVE_BACK else ())
            case _:
                name, keys = name_and_keys(part, module)
                yield from [(name, keys)] if name else []


_GIVE_BACK = frozenset({"cast", "get", "pop", "setdefault"})


def _given_out(call: ast.Call, module: Module) -> Iterator[tuple[str, list[str]]]:
    """Yield where a method such as `get` takes what it gives."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in _GIVE_BACK and call.args:
        name, keys = name_and_keys(call.func.value, module)
        yield from [(name, [*keys, state_key(call.args[0], module)])] if name else []


def names_in(target: ast.expr) -> Iterator[str]:
    """Yield the names that are set where a value is taken apart: `for name, other in pairs`."""
    waiting = [target]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Starred):
            waiting.append(part.value)
        elif isinstance(part, ast.Tuple | ast.List):
            waiting.extend(part.elts)


def names_matched(
    cases: list[ast.match_case], held: Holding, module: Module
) -> Iterator[tuple[str, Holding]]:
    """Yield the names that `match` gives parts of a value, and what; no name for what is read."""
    waiting: list[tuple[ast.pattern, Holding | None]] = [(case.pattern, held) for case in cases]
    while waiting:
        pattern, now = waiting.pop()
        if now is None:
            continue
        yield from _named(pattern, now)
        inner = list(_inner(pattern, now, module))
        yield from (("", one) for _, one in inner if one and one.key)
        if isinstance(pattern, ast.MatchValue | ast.MatchSingleton) and now.key:
            yield "", now
        waiting.extend(inner)
        if isinstance(pattern, ast.MatchAs) and pattern.pattern:
            waiting.append((pattern.pattern, now))
        elif isinstance(pattern, ast.MatchOr):
            waiting.extend((one, now) for one in pattern.patterns)


def _named(pattern: ast.pattern, held: Holding) -> Iterator[tuple[str, Holding]]:
    match pattern:
        case ast.MatchAs(name=str(name)):
            yield name, held
        case ast.MatchStar(name=str(name)):
            yield name, held.put(ANY) or held
        case ast.MatchMapping(rest=str(name)):
            yield name, held.spread() or held
        case _:
            pass


def _inner(
    pattern: ast.pattern, held: Holding, module: Module
) -> Iterator[tuple[ast.pattern, Holding | None]]:
    """Yield the parts of a pattern, and what of a value they are matched with."""
    match pattern:
        case ast.MatchMapping(keys=keys, patterns=parts):
            named = zip(keys, parts, strict=True)
            yield from ((part, held.under(state_key(key, module))) for key, part in named)
        case ast.MatchClass(patterns=parts, kwd_attrs=names, kwd_patterns=others):
            yield from ((part, held.under(ANY)) for part in parts)
            pairs = zip(names, others, strict=True)
            yield from ((part, held.under(name)) for name, part in pairs)
        case ast.MatchSequence(patterns=parts):
            yield from ((part, held.under(ANY)) for part in parts)
        case _:
            pass


# What is only told.

_WRITTEN_OUT = frozenset({"dumps", "format", "join", "len", "repr", "str", "type"})
_LOGS = frozenset({"critical", "debug", "error", "exception", "info", "log", "warn", "warning"})

_MOST_LEVELS = 20
"""Levels of a text that is put together, such as one that is printed."""

_IN_TEXT = (
    ast.Attribute,
    ast.BinOp,
    ast.Dict,
    ast.FormattedValue,
    ast.JoinedStr,
    ast.List,
    ast.Subscript,
    ast.Tuple,
    ast.keyword,
)


def is_told(at: ast.AST, module: Module, body: Body) -> bool:
    """Tell whether all that a part is for is to be printed or logged."""
    outer = body.above.get(at)
    for _ in range(_MOST_LEVELS):
        written = isinstance(outer, ast.Call) and module.called(outer) in _WRITTEN_OUT
        if outer is None or not (written or isinstance(outer, _IN_TEXT)):
            break
        outer = body.above.get(outer)
    return isinstance(outer, ast.Call) and _tells(outer, module, body)


def _tells(call: ast.Call, module: Module, body: Body) -> bool:
    owner, _, name = module.dotted(call.func).rpartition(".")
    logs = name in _LOGS and "log" in owner.lower()
    return (logs or name == "print") and isinstance(body.above.get(call), ast.Expr)


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
    return MESSAGES if isinstance(made, ast.Call) and is_agent(made, where) else EVERYTHING


def is_agent(call: ast.Call, module: Module) -> bool:
    """Tell whether a call makes an agent of the library that knows of messages alone."""
    known = module.called(call) in load_rules().file.python.agents
    return known and keyword(call, *_CHANGES_AGENT) is None
