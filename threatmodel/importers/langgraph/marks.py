"""What is noted of values that go through a function: what is read, set and changed of them."""

import ast
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from threatmodel.importers import python_body
from threatmodel.importers.langgraph.files import Code
from threatmodel.importers.langgraph.values import (
    DEEPEST,
    Holding,
    is_told,
    name_and_keys,
    names_in,
    names_matched,
    sources_of,
    state_key,
)
from threatmodel.importers.python_body import Body
from threatmodel.importers.python_code import Module
from threatmodel.importers.workflow import ANY

BACK = -1
"""Stands for what is given back, where the place of an argument stands."""

_HOLDS_CHANGEABLE = ast.List | ast.Set | ast.Dict | ast.ListComp | ast.SetComp | ast.DictComp

_MOST_NAMES = 50
"""Names of one thing; what is put into a thing that has more may do anything."""

MOST_HELD = 64
"""Keys whose values one name holds in turn; where there are more it may be any."""


class Query(NamedTuple):
    """Asks what a function does with one of its arguments, or with what it gives back."""

    function: python_body.Callable
    module: Module
    place: int
    """Which argument, or `BACK`."""


class Answer(NamedTuple):
    """The answer to an `Query`."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    """Keys that are set: in place, or in what is given back."""
    changes: frozenset[str] = frozenset()
    """Those whose value is changed in place, which a copy shares."""
    back: frozenset[int] = frozenset()
    """Places of arguments that are given back."""
    spots: frozenset[ast.AST] = frozenset()
    """Parts of the function whose value is given back."""
    out: "frozenset[Holding]" = frozenset()
    """What of an argument is given back: a part of it, or what holds it."""
    joins: "frozenset[tuple[int, Holding]]" = frozenset()
    """Places of arguments into which it is put, and what of it."""


Look = Callable[[Query], Answer | None]
"""Gives the answer so far; None where there was none yet."""


_WHOLE = Holding()

Next = tuple[ast.AST, Holding] | None
"""Where a value goes on; None where something is done with it."""


@dataclass(slots=True)
class Marks:
    """What is known so far of the values that go through one function."""

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
    out: set[Holding] = field(default_factory=set)
    """What of a value is given back: a part of it, or what holds it."""
    joins: set[tuple[str, Holding]] = field(default_factory=set)
    """Arguments into which a value is put, and what of it."""
    names: dict[str, set[Holding]] = field(default_factory=dict)
    waiting: list[tuple[str, Holding]] = field(default_factory=list)
    starts: list[tuple[ast.AST, Holding]] = field(default_factory=list)
    """Calls that give something back, and what; followed like names."""
    passed: set[tuple[ast.AST, Holding]] = field(default_factory=set)
    """Where a value went already."""

    def _bind(self, name: str, held: Holding) -> None:
        known = self.names.setdefault(name, set())
        if len(known) >= MOST_HELD:
            held = Holding(ANY)
        if held not in known:
            known.add(held)
            self.waiting.append((name, held))

    def _bind_in(self, name: str, keys: Iterable[str], held: Holding | None) -> None:
        """Follow a value that is put into what a name stands for, under whatever name that has."""
        for other, inside in self._known_as(name, keys) if held else ():
            now = held.put(*inside) if held else None
            if now:
                self._bind(other, now)
                self._join(other, now)

    def _join(self, name: str, held: Holding) -> None:
        """Note that whoever called sees a value in an argument, unless that is the value itself."""
        if name in self.body.parameters and _WHOLE not in self.names[name]:
            self.joins.add((name, held))

    def _known_as(self, name: str, keys: Iterable[str]) -> dict[tuple[str, tuple[str, ...]], None]:
        """Give the names of what a name stands for, with the keys of it there."""
        waiting, found = [(name, tuple(keys))], dict[tuple[str, tuple[str, ...]], None]()
        while waiting and len(found) < _MOST_NAMES:
            start = waiting.pop()
            if start[0] and start not in found and len(start[1]) <= DEEPEST:
                found[start] = None
                inner = self.body.values.get(start[0], ())
                came = (one for value in inner for one in sources_of(value, self.module))
                waiting += [(source, (*more, *start[1])) for source, more in came]
        if waiting:
            self._do_anything()
        return found

    def _do_anything(self) -> None:
        # Giving up errs to the side of more flows: a hidden flow would be told as safe.
        for keys in (self.reads, self.writes, self.changes):
            keys.add(ANY)

    def _read(self, at: ast.AST, held: Holding) -> None:
        if not self._is_unread(at, held):
            self.reads.add(held.key or ANY)

    def _is_unread(self, at: ast.AST, held: Holding) -> bool:
        """Tell whether all of a value goes back where it came from, or is only printed."""
        goes_back = not held.key and at in self.spots
        return goes_back or is_told(at, self.module, self.body)

    def _change(self, held: Holding) -> None:
        """Note that a value is changed in place."""
        if not (held.inside or (held.copied if held.key else held.apart)):
            self.changes.add(held.key or ANY)
            self.writes.add(held.key or ANY)

    def _put(self, outer: ast.expr, at: ast.AST, held: Holding, *keys: str) -> Next:
        """Follow a value that is put into something as what holds it, which shows all of it."""
        self._read(at, held)
        now = held.put(*keys)
        return (outer, now) if now else None

    def _spread(self, outer: ast.expr, at: ast.AST, held: Holding) -> Next:
        """Follow what takes over everything in a value."""
        if held.key:
            self._read(at, held)
        now = held.spread()
        return (outer, now) if now else None

    def _set_part(self, key: str, held: Holding, now: Holding | None, *, grows: bool) -> None:
        if held.inside or held.key or grows:
            if now and (grows or not held.inside):
                self._change(now)
        elif not held.copied:
            self.writes.add(key)

    def _assign_to(self, target: ast.expr, at: ast.AST, held: Holding) -> None:
        """Follow a value under the name that it is set to, or into what it is put into."""
        if isinstance(target, ast.Name):
            self._bind(target.id, held)
            return
        if target is at:
            return
        self._read(at, held)
        if isinstance(target, ast.Tuple | ast.List):
            self._take_apart(target, held)
        else:
            name, keys = name_and_keys(target, self.module)
            self._bind_in(name, keys, held)

    def _take_apart(self, target: ast.expr, held: Holding) -> None:
        now = held if held.key and not held.inside else held.under(ANY)
        for name in names_in(target):
            if now:
                self._bind(name, now)

    def _each(self, target: ast.expr, at: ast.AST, held: Holding) -> None:
        if not (held.key and isinstance(target, ast.Name)):
            self._read(at, held)
        self._take_apart(target, held)

    def _grow(self, part: ast.AugAssign, held: Holding) -> None:
        """Note what `name |= value` does to what the name stands for; numbers and texts are new."""
        joins = isinstance(part.op, ast.BitOr)
        if held.key and (joins or isinstance(part.value, _HOLDS_CHANGEABLE)):
            self._change(held)
        elif joins and not (held.key or held.copied or held.inside):
            self.merged.append(part.value)

    def _added(self, part: ast.AugAssign, at: ast.AST, held: Holding) -> None:
        """Follow a value that is added to what a name or a part of it stands for."""
        name, keys = name_and_keys(part.target, self.module)
        joins = isinstance(part.op, ast.BitOr) and name and not keys
        if held.key or held.inside or not joins:
            self._read(at, held)
        if held.key or held.inside or isinstance(part.op, ast.BitOr):
            self._bind_in(name, keys, held.spread())

    def _compare(self, outer: ast.Compare, at: ast.AST) -> None:
        """`"key" in state` asks for that key, `state is None` for none."""
        match outer.ops:
            case [ast.In() | ast.NotIn()] if at is not outer.left:
                self.reads.add(state_key(outer.left, self.module))
            case [ast.Is() | ast.IsNot()]:
                pass
            case _:
                self._read(at, Holding())

    def _match(self, outer: ast.Match, held: Holding) -> None:
        """Follow the parts of a value that `match` gives names."""
        for name, now in names_matched(outer.cases, held, self.module):
            if name:
                self._bind(name, now)
            else:
                self._read(outer, now)
