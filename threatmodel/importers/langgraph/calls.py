"""What calls do with values that they are given, or that their methods are called on."""

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from threatmodel.importers.langgraph.files import function_named
from threatmodel.importers.langgraph.marks import BACK, Answer, Marks, Next, Query
from threatmodel.importers.langgraph.values import (
    COPIES,
    Holding,
    copied,
    invoked,
    sources_of,
    state_key,
)
from threatmodel.importers.python_body import Body, arguments
from threatmodel.importers.workflow import ANY

_ADDS = frozenset({"add", "append", "clear", "discard", "extend", "insert", "remove", "update"})
_TAKES_OUT = frozenset({"pop", "popitem", "setdefault"})
_ASKS = frozenset({"bool", "id", "isinstance", "len", "type"})
_PUTS = {"append": 0, "add": 0, "appendleft": 0, "insert": 1, "setdefault": 1}
"""Method -> which of its arguments it puts into what it is called on."""

_PUTS_ALL = frozenset({"extend", "update"})
_GIVES_PARTS = frozenset({"get", "pop", "popitem", "setdefault"})
_GIVES_ALL = frozenset({"items", "values"})
_REPACKS = frozenset(
    "enumerate filter frozenset iter list reversed set sorted tuple zip".split()  # noqa: SIM905
)
"""Functions that give the parts of what they are given, put together anew."""

_BY_NAME = ("setattr", "delattr", "getattr")


@dataclass(slots=True)
class Calls(Marks):
    """Values that go into calls and come out of them."""

    def _method(self, call: ast.Call, name: str, held: Holding) -> Next:
        """Note what a method does; one that is called for nothing it gives changes something."""
        if held.inside:
            return self._of_box(call, name, held)
        if not held.key and (name in COPIES or (call.args and name in {"get", *_TAKES_OUT})):
            return self._taken_out(call, name, held)
        discarded = _is_discarded(call, self.body)
        if name == "update" and not held.key:
            self._merge(call, held)
        elif discarded or name in _TAKES_OUT:
            self._change(held)
        if not (discarded and name in _ADDS):
            self._read(call, held)
        now = held if name in _GIVES_PARTS else None
        if name in _GIVES_ALL or (name in COPIES and name != "model_dump"):
            now = held if held.key else held.under(ANY)
            now = now.put(ANY) if now else None
        return (call, now) if now else None

    def _of_box(self, call: ast.Call, name: str, held: Holding) -> Next:
        """Give what a method gives of something that a value was put into."""
        now: Holding | None = None
        if name in _GIVES_PARTS:
            now = held.under(state_key(call.args[0], self.module) if call.args else ANY)
        elif name in _GIVES_ALL:
            now = held._replace(inside=(ANY, *held.inside[1:]))
        elif name in COPIES and name != "model_dump":
            now = held
        return (call, now) if now else None

    def _taken_out(self, call: ast.Call, name: str, held: Holding) -> Next:
        if name in COPIES:
            return call, held._replace(copied=True, apart=held.apart or name == "model_dump")
        key = state_key(call.args[0], self.module)
        if name in _TAKES_OUT and not held.copied:
            self.writes.add(key)
        now = held.under(key)
        return (call, now) if now else None

    def _merge(self, call: ast.Call, held: Holding) -> None:
        if not held.copied:
            self.merged += call.args
            self.merged += [pair.value for pair in call.keywords if pair.arg is None]
            self.writes.update(pair.arg for pair in call.keywords if pair.arg)

    def _by_name(self, pair: ast.keyword, held: Holding) -> Next:
        call = self.body.above[pair]
        if not isinstance(call, ast.Call):
            self._read(pair, held)
            return None
        makes = self.module.called(call) == "dict" or (
            not call.args and self.code.class_named(self.module.called(call)) is not None
        )
        if _merged_into(call):
            keys = (pair.arg,) if pair.arg else ()
            self._merged(call, pair.value, held, keys)
        elif makes and pair.arg:
            return self._put(call, pair.value, held, pair.arg)
        elif pair.arg is not None:
            return self._passed(call, pair.value, held)
        elif makes:
            return self._spread(call, pair, held)
        else:
            self._read(pair, held)
        return None

    def _merged(self, call: ast.Call, at: ast.AST, held: Holding, keys: Collection[str]) -> None:
        """Follow a value into what `name.update(...)` merges it into, or puts under keys."""
        into = _merged_into(call)
        places = list(sources_of(into, self.module)) if into else []
        plain = not keys and self.module.called(call) == "update" and len(places) > 0
        joins = plain and not any(before for _, before in places)
        if held.key or not joins:
            self._read(at, held)
        for name, before in places:
            self._bind_in(name, (*before, *keys), held if keys else held.spread())

    def _passed(self, call: ast.Call, at: ast.AST, held: Holding) -> Next:
        """Follow a value into what is called, and out of it where that gives it back."""
        found = function_named(call.func, self.module, self.code)
        given = arguments(call, found[0]) if found else {}
        place = next((place for place, value in given.items() if value is at), None)
        if found and place is not None:
            return self._into(Query(*found, place), call, held, given)
        if at in (copied(call, self.module) or ()):
            return self._copied(call, at, held)
        if self.module.called(call) in _BY_NAME and at in call.args[:1]:
            return self._by_attribute(call, held)
        if isinstance(call.func, ast.Attribute):
            return self._given_to(call, call.func, at, held)
        return self._unknown(call, at, held)

    def _unknown(self, call: ast.Call, at: ast.AST, held: Holding) -> Next:
        """Note that something unknown is given a value; it reads it, as far as it reads at all."""
        called = self.module.called(call)
        if called in _REPACKS and isinstance(call.func, ast.Name):
            self._read(at, held)
            parts = held if held.key or held.inside else held.under(ANY)
            now = parts.spread() if parts else None
            return (call, now) if now else None
        if held.key or held.inside:
            self._read(at, held)
        elif called not in _ASKS and not self._is_unread(at, held):
            self.reads |= invoked(call, self.module, self.code).reads
        return None

    def _copied(self, call: ast.Call, at: ast.AST, held: Holding) -> Next:
        called = self.module.called(call)
        if called == "cast":
            return call, held
        deep = called in {"deepcopy", "asdict"}
        if not deep:
            return self._spread(call, at, held)
        if held.key or held.inside:
            self._read(at, held)
            return None
        return call, held._replace(copied=True, apart=True)

    def _by_attribute(self, call: ast.Call, held: Holding) -> Next:
        """`setattr(state, "key", value)` is `state.key = value`."""
        key = state_key(call.args[1] if len(call.args) > 1 else None, self.module)
        now = held.under(key)
        if self.module.called(call) != "getattr":
            self._set_part(key, held, now, grows=False)
            return None
        return (call, now) if now else None

    def _given_to(self, call: ast.Call, func: ast.Attribute, at: ast.AST, held: Holding) -> Next:
        """Follow a value that a method is given: into what that is called on, where it puts it."""
        if _merged_into(call):
            self._merged(call, at, held, ())
            return None
        place = _PUTS.get(func.attr, -1)
        if not (0 <= place < len(call.args) and call.args[place] is at):
            return self._unknown(call, at, held)
        self._read(at, held)
        key = state_key(call.args[0], self.module) if func.attr == "setdefault" else ANY
        for name, keys in sources_of(func.value, self.module):
            self._bind_in(name, (*keys, key), held)
        return (call, held) if func.attr == "setdefault" else None

    def _into(
        self, ask: Query, call: ast.Call, held: Holding, given: Mapping[int, ast.expr]
    ) -> Next:
        does, gives = self.look(ask), self.look(ask._replace(place=BACK))
        if does:
            self._done(does, held)
            self._shared(does, call, held, given)
        return (call, held) if gives is None or ask.place in gives.back else None

    def _shared(
        self, does: Answer, call: ast.Call, held: Holding, given: Mapping[int, ast.expr]
    ) -> None:
        """Follow what a function gives back of a value, and puts into what else it is given."""
        outs = (held.through(inner) for inner in does.out)
        self.starts += [(call, now) for now in outs if now]
        for place, inner in does.joins:
            for name, keys in sources_of(given[place], self.module) if place in given else ():
                self._bind_in(name, keys, held.through(inner))

    def _done(self, does: Answer, held: Holding) -> None:
        """Note what a function does with a value."""
        if held.inside:
            self.reads |= {held.key or ANY} if does.reads else set()
            if does.changes & {ANY, held.inside[0]} or (does.changes and ANY in held.inside[:1]):
                self._change(held._replace(inside=()))
        elif held.key:
            self.reads |= {held.key} if does.reads else set()
            if does.writes:
                self._change(held)
        else:
            self.reads |= does.reads
            self.changes |= frozenset() if held.apart else does.changes
            self.writes |= self.changes if held.copied else does.writes


def _merged_into(call: ast.Call) -> ast.expr | None:
    """Give what `name.update(...)` and `name.extend(...)` merge a value into; else None."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in _PUTS_ALL:
        return call.func.value
    return None


def _is_discarded(call: ast.Call, body: Body) -> bool:
    """Tell whether nothing is done with what a call gives."""
    outer = body.above.get(call)
    outer = body.above.get(outer) if isinstance(outer, ast.Await) else outer
    return isinstance(outer, ast.Expr)
