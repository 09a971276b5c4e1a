"""Where a value goes in one function: which of its keys are read, and which are set."""

import ast
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from threatmodel.importers import python_body
from threatmodel.importers.langgraph_code import function_named
from threatmodel.importers.langgraph_runs import COPIES, copied, invoked, key_of
from threatmodel.importers.langgraph_tools import Code
from threatmodel.importers.python_body import Body, arguments, targets_of
from threatmodel.importers.python_code import Module
from threatmodel.importers.shared import ANY

BACK = -1
"""Stands for what is given back, where the place of an argument stands."""

_ADDS = frozenset({"add", "append", "clear", "discard", "extend", "insert", "remove", "update"})
_TAKES_OUT = frozenset({"pop", "popitem", "setdefault"})
_ASKS = frozenset({"bool", "id", "isinstance", "len", "type"})
_WRITTEN_OUT = frozenset({"dumps", "format", "join", "len", "repr", "str", "type"})
_LOGS = frozenset({"critical", "debug", "error", "exception", "info", "log", "warn", "warning"})

MOST_STEPS = 100_000
"""Steps of the ways that values take through one function; what takes more may do anything."""

_MOST_HELD = 8
"""Keys whose values one name holds in turn; where there are more it may be any."""


class Ask(NamedTuple):
    """Asks what a function does with one of its arguments, or with what it gives back."""

    function: python_body.Callable
    module: Module
    place: int
    """Which argument, or `BACK`."""


class Known(NamedTuple):
    """The answer to an `Ask`."""

    reads: frozenset[str] = frozenset()
    """Keys that are read."""

    writes: frozenset[str] = frozenset()
    """Keys that are set: in place, or in what is given back."""

    changes: frozenset[str] = frozenset()
    """Those whose value is changed in place, which a copy shares."""

    back: frozenset[int] = frozenset()
    """Places of arguments that are given back."""

    spots: frozenset[ast.AST] = frozenset()
    """Parts of the function whose value is given back."""


Look = Callable[[Ask], Known | None]
"""Gives the answer so far; None where there was none yet."""


class Held(NamedTuple):
    """What a value is, on its way."""

    key: str = ""
    """The key that it stands under; empty for all that the value held at first."""

    copied: bool = False
    """Whether to set a key in it sets nothing in the first value."""

    apart: bool = False
    """Whether it shares no part with the first value either."""

    def under(self, key: str) -> "Held":
        """Give what stands in it under a key."""
        return Held(self.key or key, self.copied if self.key else self.apart, self.apart)


_Next = tuple[ast.AST, Held] | None
"""Where a value goes on; None where something is done with it."""


@dataclass(slots=True)
class Trace:
    """Follows values through one function."""

    body: Body
    module: Module
    code: Code
    look: Look
    spots: Collection[ast.AST]
    """Parts whose value is given back: what goes there is not read."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    """Keys whose value is changed in place."""

    merged: list[ast.expr] = field(default_factory=list)
    """What is merged into a value."""

    names: dict[str, set[Held]] = field(default_factory=dict)
    waiting: list[tuple[str, Held]] = field(default_factory=list)
    passed: set[tuple[ast.AST, Held]] = field(default_factory=set)
    """Where a value went already."""

    def follow(self, names: Iterable[str]) -> None:
        """Follow the values of some names from each place where these are used."""
        for name in names:
            self._bind(name, Held())
        while self.waiting and len(self.passed) < MOST_STEPS:
            name, held = self.waiting.pop()
            for load in self.body.loads.get(name, ()):
                self._follow(load, held)
        if self.waiting:
            for keys in (self.reads, self.writes, self.changes):
                keys.add(ANY)

    def _bind(self, name: str, held: Held) -> None:
        known = self.names.setdefault(name, set())
        if len(known) >= _MOST_HELD:
            held = Held(ANY)
        if held not in known:
            known.add(held)
            self.waiting.append((name, held))

    def _follow(self, start: ast.AST, held: Held) -> None:
        at: _Next = (start, held)
        while at is not None and at not in self.passed:
            self.passed.add(at)
            at = self._outwards(*at)

    def _read(self, at: ast.AST, held: Held) -> None:
        if not self._is_unread(at, held):
            self.reads.add(held.key or ANY)

    def _is_unread(self, at: ast.AST, held: Held) -> bool:
        """Tell whether all of a value goes back where it came from, or is only printed."""
        return (not held.key and at in self.spots) or self._is_told(at)

    def _change(self, held: Held) -> None:
        """Note that a value is changed in place."""
        if not (held.copied if held.key else held.apart):
            self.changes.add(held.key or ANY)
            self.writes.add(held.key or ANY)

    def _outwards(self, at: ast.AST, held: Held) -> _Next:
        """Give what a value is in the part around it, or note what that does with it."""
        outer = self.body.above.get(at)
        match outer:
            case ast.Subscript() | ast.Attribute():
                return self._part(outer, at, held)
            case ast.Call():
                return self._passed(outer, at, held)
            case ast.keyword():
                return self._by_name(outer, held)
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                return self._assign(outer, at, held)
            case _ if outer is not None and _hands_on(outer, at, held, self.body):
                copies = isinstance(outer, ast.Dict | ast.BinOp)
                return outer, held._replace(copied=held.copied or copies)
            case _:
                self._used(outer, at, held)
                return None

    def _used(self, outer: ast.AST | None, at: ast.AST, held: Held) -> None:
        """Note what a part does with a value that goes no further."""
        match outer:
            case ast.AugAssign(target=ast.Name(id=name), op=ast.BitOr()) if not held.key:
                self._bind(name, Held(copied=True))
            case ast.Compare() if not held.key:
                self._compare(outer, at)
            case ast.For(target=target, iter=each) | ast.comprehension(target=target, iter=each):
                self._each(target, each, held)
            case ast.If() | ast.IfExp() | ast.While() | ast.Assert() | ast.UnaryOp():
                if held.key:
                    self._read(at, held)
            case ast.Expr():
                pass
            case _:
                self._read(at, held)

    def _part(self, outer: ast.Subscript | ast.Attribute, at: ast.AST, held: Held) -> _Next:
        call = self.body.above.get(outer)
        if isinstance(outer, ast.Attribute):
            key = outer.attr
            if isinstance(call, ast.Call) and call.func is outer:
                return self._method(call, key, held)
        else:
            key = key_of(outer.slice, self.module)
        if at is not outer.value:
            self._read(at, held)
        elif isinstance(outer.ctx, ast.Load):
            return outer, held.under(key)
        elif held.key or isinstance(call, ast.AugAssign):
            self._change(held.under(key))
        elif not held.copied:
            self.writes.add(key)
        return None

    def _method(self, call: ast.Call, name: str, held: Held) -> _Next:
        """Note what a method does; one that is called for nothing it gives changes something."""
        if not held.key and (name in COPIES or (call.args and name in {"get", *_TAKES_OUT})):
            return self._taken_out(call, name, held)
        discarded = _is_discarded(call, self.body)
        if name == "update" and not held.key:
            self._merge(call, held)
        elif discarded or name in _TAKES_OUT:
            self._change(held)
        if not (discarded and name in _ADDS):
            self._read(call, held)
        return None

    def _taken_out(self, call: ast.Call, name: str, held: Held) -> _Next:
        if name in COPIES:
            return call, held._replace(copied=True, apart=held.apart or name == "model_dump")
        key = key_of(call.args[0], self.module)
        if name == "setdefault" and not held.copied:
            self.writes.add(key)
        return call, held.under(key)

    def _merge(self, call: ast.Call, held: Held) -> None:
        if not held.copied:
            self.merged += call.args
            self.merged += [pair.value for pair in call.keywords if pair.arg is None]
            self.writes.update(pair.arg for pair in call.keywords if pair.arg)

    def _by_name(self, pair: ast.keyword, held: Held) -> _Next:
        call = self.body.above[pair]
        if isinstance(call, ast.Call) and pair.arg is not None:
            return self._passed(call, pair.value, held)
        if isinstance(call, ast.Call) and self.module.called(call) == "dict" and not held.key:
            return call, held._replace(copied=True)
        self._read(pair, held)
        return None

    def _passed(self, call: ast.Call, at: ast.AST, held: Held) -> _Next:
        """Follow a value into what is called, and out of it where that gives it back."""
        found = function_named(call.func, self.module, self.code)
        given = arguments(call, found[0]) if found else {}
        place = next((place for place, value in given.items() if value is at), None)
        if found and place is not None:
            return self._into(Ask(*found, place), call, held)
        if not held.key and at in (copied(call, self.module) or ()):
            name = self.module.called(call)
            apart = held.apart or name == "deepcopy"
            return call, held._replace(copied=held.copied or name != "cast", apart=apart)
        if held.key:
            self._read(at, held)
        elif _merged_into(call):
            self._bind(_merged_into(call), Held(copied=True))
        elif self.module.called(call) not in _ASKS and not self._is_unread(at, held):
            self.reads |= invoked(call, self.module, self.code).reads
        return None

    def _into(self, ask: Ask, call: ast.Call, held: Held) -> _Next:
        does, gives = self.look(ask), self.look(ask._replace(place=BACK))
        if does and held.key:
            self.reads |= {held.key} if does.reads else set()
            if does.writes:
                self._change(held)
        elif does:
            self.reads |= does.reads
            self.changes |= frozenset() if held.apart else does.changes
            self.writes |= self.changes if held.copied else does.writes
        return (call, held) if gives is None or ask.place in gives.back else None

    def _compare(self, outer: ast.Compare, at: ast.AST) -> None:
        """`"key" in state` asks for that key, `state is None` for none."""
        match outer.ops:
            case [ast.In() | ast.NotIn()] if at is not outer.left:
                self.reads.add(key_of(outer.left, self.module))
            case [ast.Is() | ast.IsNot()]:
                pass
            case _:
                self._read(at, Held())

    def _assign(
        self, outer: ast.Assign | ast.AnnAssign | ast.NamedExpr, at: ast.AST, held: Held
    ) -> _Next:
        for target in targets_of(outer):
            if isinstance(target, ast.Name):
                self._bind(target.id, held)
            elif target is not at:
                self._read(at, held)
        return (outer, held) if isinstance(outer, ast.NamedExpr) else None

    def _each(self, target: ast.expr, each: ast.expr, held: Held) -> None:
        if held.key and isinstance(target, ast.Name):
            self._bind(target.id, held)
        else:
            self._read(each, held)

    def _is_told(self, at: ast.AST) -> bool:
        """Tell whether all that a part is for is to be printed or logged."""
        outer = self.body.above.get(at)
        for _ in range(_MOST_LEVELS):
            written = isinstance(outer, ast.Call) and self.module.called(outer) in _WRITTEN_OUT
            if outer is None or not (written or isinstance(outer, _IN_TEXT)):
                break
            outer = self.body.above.get(outer)
        return isinstance(outer, ast.Call) and _tells(outer, self.module, self.body)


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


def _tells(call: ast.Call, module: Module, body: Body) -> bool:
    owner, _, name = module.dotted(call.func).rpartition(".")
    logs = name in _LOGS and "log" in owner.lower()
    return (logs or name == "print") and isinstance(body.above.get(call), ast.Expr)


def _merged_into(call: ast.Call) -> str:
    """Name what `name.update(...)` merges a value into; empty for any other call."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    merges = isinstance(call.func, ast.Attribute) and call.func.attr == "update"
    return owner.id if merges and isinstance(owner, ast.Name) else ""


def _is_discarded(call: ast.Call, body: Body) -> bool:
    outer = body.above.get(call)
    outer = body.above.get(outer) if isinstance(outer, ast.Await) else outer
    return isinstance(outer, ast.Expr)


def _hands_on(outer: ast.AST, at: ast.AST, held: Held, body: Body) -> bool:
    """Tell whether a part is what it is made of, or takes all of it over: `{**state, "k": 1}`."""
    match outer:
        case ast.BoolOp() | ast.Await():
            return True
        case ast.IfExp(test=test):
            return test is not at
        case ast.BinOp(op=ast.BitOr()):
            return not held.key
        case ast.Dict():
            return not held.key and at in body.spread
        case _:
            return False
