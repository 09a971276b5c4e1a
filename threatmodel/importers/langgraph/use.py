"""What functions do with a state that they are given, and with updates that they give back."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from threatmodel.importers.langgraph.files import Code, function_named
from threatmodel.importers.langgraph.marks import BACK, Answer, Look, Query
from threatmodel.importers.langgraph.trace import Trace
from threatmodel.importers.langgraph.values import Holding, copied, invoked, state_key
from threatmodel.importers.python_body import Body, Callable, arguments, body_of
from threatmodel.importers.python_code import Module, keyword
from threatmodel.importers.workflow import ANY, Use

MOST_TRIES = 12
"""How often one function is read again because those that it calls say more than before."""

MOST_STEPS = 400_000
"""Steps of the ways that values take in all the code; what is read after them may do anything."""

_MOST_SHARED = 12
"""What of an argument is given back or put into others; where it is more it may be anything."""

_MOST_KEYS = 200
"""Keys that one function touches; where there are more it may be any."""

_NOTHING = Answer()
_ANYTHING = Answer(frozenset({ANY}), frozenset({ANY}), frozenset({ANY}))


@dataclass(slots=True)
class Uses:
    """What the functions of some code do; each is read a few times at most.

    Functions that call each other are read again until none says more, so that what holds for a
    function in the middle of a loop holds for all of it.
    """

    code: Code
    _known: dict[Query, Answer] = field(default_factory=dict)
    _bodies: dict[Callable, Body] = field(default_factory=dict)
    _tries: dict[Query, int] = field(default_factory=dict)
    _asked_by: dict[Query, dict[Query, None]] = field(default_factory=dict)
    _again: dict[Query, None] = field(default_factory=dict)
    _steps: int = 0

    def of(self, function: Callable, module: Module, place: int = 0) -> Use:
        """Tell what a function reads of the state, and what it writes into it."""
        taken = self._settled(Query(function, module, place))
        given = self._settled(Query(function, module, BACK))
        return Use(taken.reads, taken.writes | given.writes)

    def _settled(self, ask: Query) -> Answer:
        self._visit(ask)
        while self._again:
            self._visit(next(iter(self._again)))
        return self._known[ask]

    def _visit(self, start: Query) -> None:
        """Read a function after those that it calls; one that is being read is not waited for."""
        waiting = [start]
        while waiting:
            ask = waiting[-1]
            stale = ask not in self._known or ask in self._again
            unseen = self._try(ask) if stale else []
            waiting.extend(unseen)
            if not unseen:
                waiting.pop()

    def _try(self, ask: Query) -> list[Query]:
        """Read a function; give those that have to be read before it says anything."""
        before = self._known.setdefault(ask, _NOTHING)
        self._again.pop(ask, None)
        self._tries[ask] = self._tries.get(ask, 0) + 1
        goes_on = self._tries[ask] < MOST_TRIES and self._steps < MOST_STEPS
        found, unseen = self._read(ask) if goes_on else (_ANYTHING, [])
        if unseen:
            self._again[ask] = None
        elif found != before:
            self._known[ask] = found
            self._again |= self._asked_by.get(ask, {})
        return unseen

    def _read(self, ask: Query) -> tuple[Answer, list[Query]]:
        unseen: dict[Query, None] = {}

        def look(other: Query) -> Answer | None:
            self._asked_by.setdefault(other, {})[ask] = None
            if other not in self._known:
                unseen[other] = None
            return self._known.get(other)

        body = self._bodies.get(ask.function) or body_of(ask.function)
        self._bodies[ask.function] = body
        reader = _Given(body, ask.module, self.code, look)
        found = reader.given() if ask.place == BACK else _taken(ask, reader)
        self._steps += reader.steps
        return found, list(unseen)


def _taken(ask: Query, reader: "_Given") -> Answer:
    """Tell what a function does with an argument; what is merged into it is set in it."""
    own = reader.look(Query(ask.function, ask.module, BACK))
    names = reader.body.parameters[ask.place : ask.place + 1]
    trace = Trace(reader.body, ask.module, reader.code, reader.look, own.spots if own else ())
    trace.follow(names)
    reader.steps += len(trace.passed)
    if not names and ask.function.args.vararg:
        trace.follow([ask.function.args.vararg.arg], Holding(inside=(ANY,)))
    reader.give(trace.merged)
    hidden = {ANY} if reader.back else set()  # another argument is merged into it
    writes = trace.writes | reader.writes | hidden
    parameters = reader.body.parameters
    joins = {(parameters.index(name), held) for name, held in trace.joins}
    return Answer(
        _few(trace.reads),
        _few(writes),
        _few(trace.changes),
        out=frozenset(trace.out if len(trace.out) <= _MOST_SHARED else {_PART}),
        joins=frozenset(joins if len(joins) <= _MOST_SHARED else {(at, _PUT) for at, _ in joins}),
    )


_PART = Holding(ANY)
_PUT = Holding(ANY, inside=(ANY,))


def _few(keys: set[str]) -> frozenset[str]:
    return frozenset(keys if len(keys) <= _MOST_KEYS else {ANY})


@dataclass(slots=True)
class _Given:
    """What one function gives back."""

    body: Body
    module: Module
    code: Code
    look: Look
    writes: set[str] = field(default_factory=set)
    back: set[int] = field(default_factory=set)
    spots: set[ast.AST] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    steps: int = 0
    """Steps that its values were followed."""
    _fresh: list[str] = field(default_factory=list)
    """Those of them that were not followed yet."""

    def given(self) -> Answer:
        """Tell which keys it sets in it, and which arguments it gives back."""
        self.give(self.body.returned.values())
        back, spots = frozenset(self.back), frozenset(self.spots)
        return Answer(writes=_few(self.writes), back=back, spots=spots)

    def give(self, values: Iterable[ast.expr]) -> None:
        """Take the keys of values that are given back, and those set under their names."""
        trace = Trace(self.body, self.module, self.code, self.look, ())
        waiting = list(values)
        while waiting:
            self._take(waiting)
            names, self._fresh = self._fresh, []
            trace.follow(names)
            waiting, trace.merged = trace.merged, []
        self.writes |= trace.writes
        self.steps += len(trace.passed)

    def _take(self, waiting: list[ast.expr]) -> None:
        while waiting:
            value = waiting.pop()
            if value not in self.spots:
                self.spots.add(value)
                waiting.extend(self._parts(value))

    def _parts(self, value: ast.expr) -> Iterable[ast.expr]:
        """Give the values of which each, or one, is given back too."""
        match value:
            case ast.Name():
                return self._set_to(value)
            case ast.Dict():
                return list(self._pairs(value))
            case ast.Call():
                return list(self._made(value))
            case _:
                parts = _parts_of(value)
                self.writes |= {ANY} if parts is None else set()
                return parts or ()

    def _set_to(self, value: ast.Name) -> list[ast.expr]:
        """Give what a name is set to in the function; elsewhere only a plain mapping counts."""
        if value.id not in self.names:
            self.names.add(value.id)
            self._fresh.append(value.id)
        here = self.body.values.get(value.id, [])
        if value.id in self.body.unclear:
            self.writes.add(ANY)
        if value.id in self.body.parameters:
            self.back.add(self.body.parameters.index(value.id))
        elif not here and value.id not in self.body.unclear:
            found = self.code.value(value.id, self.module)
            plain = found[0] if found and isinstance(found[0], ast.Dict) else None
            keys = [state_key(key, self.module) for key in plain.keys] if plain else [ANY]
            self.writes.update(keys)
        return here

    def _pairs(self, value: ast.Dict) -> Iterator[ast.expr]:
        for key, inner in zip(value.keys, value.values, strict=True):
            if key is None:
                yield inner
            else:
                self.writes.add(state_key(key, self.module))

    def _made(self, call: ast.Call) -> Iterator[ast.expr]:
        """Take the keys of what a call gives; yield what it gives of what it is given."""
        called = self.module.called(call)
        found = function_named(call.func, self.module, self.code)
        taken_over = copied(call, self.module)
        if called in {"Send", "Command"}:
            update = keyword(call, "update") if called == "Command" else None
            yield from (update,) if update is not None else ()
        elif found:
            known = self.look(Query(*found, BACK)) or _NOTHING
            self.writes |= known.writes
            given = arguments(call, found[0])
            yield from (given[place] for place in sorted(known.back) if place in given)
        elif taken_over is not None or (self.code.class_named(called) and not call.args):
            yield from taken_over or ()
            yield from self._named(call)
        else:
            self.writes |= invoked(call, self.module, self.code).writes

    def _named(self, call: ast.Call) -> Iterator[ast.expr]:
        """Take the keys that a call names: `dict(key=value)`, `model_copy(update={...})`."""
        changes = isinstance(call.func, ast.Attribute)
        for pair in call.keywords:
            if pair.arg is None or (changes and pair.arg == "update"):
                yield pair.value
            elif not changes:
                self.writes.add(pair.arg)


def _parts_of(value: ast.expr) -> Sequence[ast.expr] | None:
    """Give the values of which each, or one, is a value itself; None where that does not show."""
    match value:
        case ast.Constant():
            return ()
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            return parts
        case ast.IfExp(body=one, orelse=other):
            return (one, other)
        case ast.BinOp(left=one, right=other, op=ast.BitOr() | ast.Add()):
            return (one, other)
        case ast.Await(value=inner) | ast.NamedExpr(value=inner) | ast.Starred(value=inner):
            return (inner,)
        case _:
            return None
