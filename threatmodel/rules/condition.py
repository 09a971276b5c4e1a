"""The closed language of conditions: `and`, `or`, `not`, `atleast(n, ...)` over names."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from math import comb
from typing import Literal, assert_never

from threatmodel.errors import meant
from threatmodel.rules.cases import Literals

_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_][\w.]*)|(?P<number>\d+)|(?P<sign>[(),]))")
_WORDS = frozenset({"and", "or", "not", "atleast"})
# Ours have 25 cases at most; `atleast(8, ...)` of sixteen names would have 12,870.
_MOST_CASES = 512
# Checked between choices, before superfluous cases are dropped: the product grows first.
_MOST_JOINED = 2048
# Four calls of this parser for each bracket: far below the thousand that Python allows.
_DEEPEST = 32
# Python refuses to read more than 4,300 digits, and with another error than ours.
_MOST_DIGITS = 4


GRAMMAR = "a condition is made of names, and, or, not, brackets, and atleast(2, ..., ..., ...)"
"""What helps where a condition cannot be read at all."""


class ConditionError(ValueError):
    """A condition cannot be read; `column` counts its characters from 1."""

    def __init__(self, message: str, column: int, hint: str = GRAMMAR) -> None:
        """Say what is wrong, at which character, and what to write instead."""
        super().__init__(f"{message} at character {column}" + (f"; {hint}" if hint else ""))
        self.message, self.column, self.hint = message, column, hint


@dataclass(frozen=True, slots=True)
class Name:
    """The value of a fact, control or capability."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """True when its part is false."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """True when at least `count` parts are true; all of them is `and`, one of them is `or`."""

    count: int
    """How many, 0 to the number of parts."""
    parts: tuple["Node", ...]
    """What is counted; may be empty."""


Node = Name | Not | AtLeast

NEVER = AtLeast(1, ())
"""The empty condition: it never holds."""


@dataclass(frozen=True, slots=True)
class Dnf:
    """A condition as two lists of cases, each sorted and without superfluous ones."""

    true_when: tuple[Literals, ...]
    """It holds when every literal of one of these does."""
    false_when: tuple[Literals, ...]
    """It does not hold when every literal of one of these does."""


def parse_condition(text: str, names: Collection[str]) -> Node:
    """Read a condition over `names`; the empty one never holds.

    Raises ConditionError with the character where reading stopped and the nearest known name.
    """
    return _Parser(text, names).read() if text.strip() else NEVER


def compile_condition(
    text: str, names: Collection[str], meanings: Mapping[str, Node] | None = None
) -> Dnf:
    """Read a condition and give its cases, with names put as they mean; raises ConditionError."""
    node = _spelled_out(parse_condition(text, names), meanings or {})
    return Dnf(_sorted(_cases(node, wanted=True)), _sorted(_cases(node, wanted=False)))


def _spelled_out(node: Node, meanings: Mapping[str, Node]) -> Node:
    """Put what a name means in its place; within its own meaning a name stays."""
    match node:
        case Name(name) if name in meanings:
            others = {other: meaning for other, meaning in meanings.items() if other != name}
            return _spelled_out(meanings[name], others)
        case Name():
            return node
        case Not(part):
            return Not(_spelled_out(part, meanings))
        case AtLeast(count, parts):
            return AtLeast(count, tuple(_spelled_out(part, meanings) for part in parts))
    assert_never(node)


def value_of(node: Node, values: Mapping[str, bool | None]) -> bool | None:
    """Evaluate in Kleene logic; a name without a value is unknown."""
    match node:
        case Name(name):
            return values.get(name)
        case Not(part):
            inner = value_of(part, values)
            return None if inner is None else not inner
        case AtLeast(count, parts):
            found = [value_of(part, values) for part in parts]
            if found.count(True) >= count:
                return True
            return None if found.count(True) + found.count(None) >= count else False
    assert_never(node)


def polarities(node: Node, *, positive: bool = True) -> Iterable[tuple[str, bool]]:
    """Yield each name with whether its truth helps the condition to hold."""
    match node:
        case Name(name):
            yield name, positive
        case Not(part):
            yield from polarities(part, positive=not positive)
        case AtLeast(_, parts):
            for part in parts:
                yield from polarities(part, positive=positive)


_Case = frozenset[str]


def _cases(node: Node, *, wanted: bool) -> frozenset[_Case]:
    """Distribute; De Morgan carries `wanted` inwards, so three-valued truth is kept exactly."""
    match node:
        case Name(name):
            return frozenset({frozenset({name if wanted else f"!{name}"})})
        case Not(part):
            return _cases(part, wanted=not wanted)
        case AtLeast(count, parts):
            # `at least n of m` fails when m - n + 1 of its parts do.
            need = count if wanted else len(parts) - count + 1
            return _choose(need, [_cases(part, wanted=wanted) for part in parts])
    assert_never(node)


def _choose(need: int, parts: list[frozenset[_Case]]) -> frozenset[_Case]:
    if need <= 0:
        return frozenset({frozenset()})
    if need == 1:
        return _shortest(case for part in parts for case in part)
    if comb(len(parts), need) > _MOST_CASES:
        raise _too_many()
    joined: set[_Case] = set()
    for chosen in combinations(parts, need):
        folded: frozenset[_Case] = frozenset({frozenset()})
        for part in chosen:
            folded = _shortest(a | b for a, b in product(folded, part))
        joined |= folded
        if len(joined) > _MOST_JOINED:
            raise _too_many()
    return _shortest(joined)


def _shortest(cases: Iterable[_Case]) -> frozenset[_Case]:
    """Drop cases that contradict themselves or that a shorter case already covers."""
    sound = {case for case in cases if not any(f"!{literal}" in case for literal in case)}
    if len(sound) > _MOST_CASES:
        raise _too_many()
    kept: list[_Case] = []
    # Shortest first, so that what covers a case is there before it.
    for case in sorted(sound, key=len):
        if not any(shorter <= case for shorter in kept):
            kept.append(case)
    return frozenset(kept)


def _too_many() -> ConditionError:
    return ConditionError("the condition has too many cases", 1, "split it with a capability")


def _sorted(cases: frozenset[_Case]) -> tuple[Literals, ...]:
    # Sets have no order of their own: sorted, the compiled file is the same under any hash seed.
    return tuple(sorted((tuple(sorted(case)) for case in cases), key=lambda c: (len(c), c)))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["name", "number", "sign", "end"]
    text: str
    column: int


class _Parser:
    """Recursive descent over the tokens; it exists for one reading."""

    def __init__(self, text: str, names: Collection[str]) -> None:
        self._tokens = list(_tokens(text))
        self._names = names
        self._at = self._depth = 0

    def read(self) -> Node:
        node = self._or()
        self._take("end", "")
        return node

    def _or(self) -> Node:
        parts = [self._and()]
        while self._skip("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else AtLeast(1, tuple(parts))

    def _and(self) -> Node:
        parts = [self._not()]
        while self._skip("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else AtLeast(len(parts), tuple(parts))

    def _not(self) -> Node:
        if self._skip("not"):
            return Not(self._inner(self._not))
        if self._skip("("):
            node = self._inner(self._or)
            self._take("sign", ")")
            return node
        return self._inner(self._at_least) if self._skip("atleast") else self._name()

    def _inner(self, part: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            column = self._tokens[self._at].column
            raise ConditionError("the condition is nested too deeply", column, "split it")
        node = part()
        self._depth -= 1
        return node

    def _at_least(self) -> Node:
        self._take("sign", "(")
        count = self._take("number", "a number")
        parts = []
        while self._skip(","):
            parts.append(self._or())
        if len(count.text) > _MOST_DIGITS or not 1 <= int(count.text) <= len(parts):
            raise ConditionError(
                f"atleast({count.text}, ...) counts {len(parts)} parts", count.column
            )
        self._take("sign", ")")
        return AtLeast(int(count.text), tuple(parts))

    def _name(self) -> Node:
        token = self._take("name", "a name")
        if token.text in _WORDS:
            raise ConditionError(f"a name was expected, not '{token.text}'", token.column)
        if token.text not in self._names:
            hint = meant(token.text, self._names)
            raise ConditionError(f"unknown name '{token.text}'", token.column, hint)
        return Name(token.text)

    def _skip(self, text: str) -> bool:
        found = self._tokens[self._at].text == text
        self._at += found
        return found

    def _take(self, kind: str, what: str) -> _Token:
        token = self._tokens[self._at]
        if token.kind != kind or (kind in {"sign", "end"} and token.text != what):
            wanted = f"'{what}'" if kind == "sign" else what or "the end, 'and' or 'or'"
            raise ConditionError(f"{wanted} was expected", token.column)
        self._at += 1
        return token


def _tokens(text: str) -> Iterable[_Token]:
    text = text.rstrip()
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            raise ConditionError(f"'{text[column - 1]}' has no meaning here", column)
        kind: Literal["name", "number", "sign"]
        kind = "name" if found["name"] else "number" if found["number"] else "sign"
        yield _Token(kind, found[kind], found.start(kind) + 1)
        at = found.end()
    yield _Token("end", "", len(text) + 1)
