"""Where a value goes in one function: which of its keys are read, and which are set."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from threatmodel.importers.langgraph.calls import Calls
from threatmodel.importers.langgraph.marks import MOST_HELD, Next
from threatmodel.importers.langgraph.values import Holding, state_key
from threatmodel.importers.python_body import targets_of
from threatmodel.importers.workflow import ANY

MOST_STEPS = 100_000
"""Steps of the ways that values take through one function; what takes more may do anything."""

_HOLDERS = (
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_ASKING = (ast.If, ast.IfExp, ast.While, ast.Assert, ast.UnaryOp, ast.comprehension)
"""What only asks whether a value is there, or says yes."""

_WHOLE = Holding()


@dataclass(slots=True)
class Trace(Calls):
    """Follows values through one function."""

    def follow(self, names: Iterable[str], held: Holding = _WHOLE) -> None:
        """Follow the values of some names from each place where these are used."""
        for name in names:
            self._bind(name, held)
        while (self.waiting or self.starts) and len(self.passed) < MOST_STEPS:
            if self.starts:
                self._follow(*self.starts.pop())
                continue
            name, held = self.waiting.pop()
            for load in self.body.loads.get(name, ()):
                self._follow(load, held)
            for part in self.body.grown.get(name, ()):
                self._grow(part, held)
        if self.waiting or self.starts:
            self._do_anything()

    def _follow(self, start: ast.AST, held: Holding) -> None:
        at: Next = (start, held)
        while at is not None and at not in self.passed:
            self.passed.add(at)
            at = self._outwards(*at)

    def _outwards(self, at: ast.AST, held: Holding) -> Next:
        """Give what a value is in the part around it, or note what that does with it."""
        outer = self.body.above.get(at)
        if at in self.body.returned and (held.key or held.inside):
            self.out.add(held if len(self.out) < MOST_HELD else Holding(ANY))
        match outer:
            case ast.Subscript() | ast.Attribute():
                return self._part(outer, at, held)
            case ast.Call():
                return self._passed(outer, at, held)
            case ast.keyword():
                return self._by_name(outer, held)
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                return self._assigned(outer, at, held)
            case ast.expr():
                return self._inside(outer, at, held)
            case _:
                return self._used(outer, at, held)

    def _assigned(
        self, outer: ast.Assign | ast.AnnAssign | ast.NamedExpr, at: ast.AST, held: Holding
    ) -> Next:
        for target in targets_of(outer):
            self._assign_to(target, at, held)
        return (outer, held) if isinstance(outer, ast.NamedExpr) else None

    def _inside(self, outer: ast.expr, at: ast.AST, held: Holding) -> Next:
        """Give what an expression is that a value is a part of."""
        match outer:
            case ast.BoolOp() | ast.Await() | ast.IfExp():
                asked = isinstance(outer, ast.IfExp) and outer.test is at
                return self._asked(outer, at, held) if asked else (outer, held)
            case ast.BinOp(op=ast.BitOr() | ast.Add() as op):
                whole = isinstance(op, ast.Add) and not (held.key or held.inside)
                return self._asked(outer, at, held) if whole else self._spread(outer, at, held)
            case ast.Starred() if held.key or held.inside:
                now = held.under(ANY) if held.inside else held
                return (outer, now) if now else None
            case ast.Dict() if at in self.body.keys:
                return self._in_mapping(outer, at, held)
            case _ if isinstance(outer, _HOLDERS):
                return self._in_list(outer, at, held)
            case _:
                return self._asked(outer, at, held)

    def _in_mapping(self, outer: ast.Dict, at: ast.AST, held: Holding) -> Next:
        key = self.body.keys[at]
        if key is None:
            return self._spread(outer, at, held)
        return self._put(outer, at, held, state_key(key, self.module))

    def _in_list(self, outer: ast.expr, at: ast.AST, held: Holding) -> Next:
        """Follow a value that stands in a list, or in `a, b = value, other`."""
        if at not in self.body.paired:
            return self._put(outer, at, held, ANY)
        for target in self.body.paired[at]:
            self._assign_to(target, at, held)
        return None

    def _used(self, outer: ast.AST | None, at: ast.AST, held: Holding) -> Next:
        """Note what a part does with a value that goes no further."""
        match outer:
            case ast.AugAssign():
                self._added(outer, at, held)
            case ast.For() | ast.AsyncFor() | ast.comprehension() if outer.iter is at:
                self._each(outer.target, at, held)
            case ast.Match():
                self._match(outer, held)
            case _:
                self._asked(outer, at, held)
        return None

    def _asked(self, outer: ast.AST | None, at: ast.AST, held: Holding) -> Next:
        """Note what is read where a part asks about a value, or does what is not known."""
        if isinstance(outer, ast.Compare) and not (held.key or held.inside):
            self._compare(outer, at)
        elif not isinstance(outer, ast.Expr) and (held.key or not isinstance(outer, _ASKING)):
            self._read(at, held)
        return None

    def _part(self, outer: ast.Subscript | ast.Attribute, at: ast.AST, held: Holding) -> Next:
        around = self.body.above.get(outer)
        if at is not outer.value:
            self._read(at, held)
            return None
        if isinstance(outer, ast.Attribute):
            if isinstance(around, ast.Call) and around.func is outer:
                return self._method(around, outer.attr, held)
            key = outer.attr
        else:
            key = state_key(outer.slice, self.module)
        cut = isinstance(outer, ast.Subscript) and isinstance(outer.slice, ast.Slice)
        now = held if cut and held.inside else held.under(key)
        if now and isinstance(outer.ctx, ast.Load):
            return outer, now
        self._set_part(key, held, now, grows=isinstance(around, ast.AugAssign))
        return None
