"""Programs are made at random and run: what they do to the state, the reading of them has said."""

import copy
import random

import pytest

from tests.test_import_state import uses

KEYS = ("a", "b", "c")


class Program:
    """Functions that get the state, updates or parts of them, and pass them around."""

    def __init__(self, seed):
        """Make one; the same seed makes the same."""
        self.chance = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
        self.wide = self.chance.random() < 0.4  # shows all of a state: more says nothing then
        self.kinds = self.chance.sample((self.sets, self.grows, self.boxes, self.asks), 3)
        self.lines = []
        self.names = [f"f{n}" for n in range(self.chance.randint(1, 5))]
        for name in self.names:
            self.function(name)

    def pick(self, *of):
        return self.chance.choice(of)

    def make(self, *ways):
        """Make one of some texts; the others are not made."""
        return self.chance.choice(ways)()

    def key(self):
        return repr(self.pick(*KEYS))

    def function(self, name):
        self.lines.append(f"def {name}(s, t=None):")
        self.lines.append("    if deep(): return s")
        self.local = ["s", "t", "x", "y"]
        self.lines += ["    t = t or {'c': [2]}", "    x = {}", "    y = []"]
        for _ in range(self.chance.randint(1, 5)):
            self.statement("    ", 0)
        self.lines += [f"    try: return {self.whole(2)}", "    except faults: return s"]

    def statement(self, indent, level):
        if level < 2 and self.chance.random() < 0.2:
            self.lines.append(indent + self.pick(f"if coin({self.key()}):", "for y in [*[1]]:"))
            self.statement(indent + "    ", level + 1)
            return
        does = self.pick(*self.kinds)()
        lines = "".join(f"{indent}    {line}\n" for line in does.split("\n"))
        self.lines.append(f"{indent}try:\n{lines}{indent}except faults: pass")

    def sets(self):
        """Set a name or a key."""
        name, key = self.pick(*self.local), self.key()
        return self.make(
            lambda: f"{self.pick('x', 's', 't')} = {self.whole(2)}",
            lambda: f"y = {self.part()}",
            lambda: f"x, y = {self.whole(1)}, {self.value()}",
            lambda: f"if (x := {self.whole(1)}): pass",
            lambda: f"{name}[{key}] = {self.value()}",
            lambda: f"{name}.setdefault({key}, {self.value()}).append({self.value()})",
            lambda: f"{name}.update({self.whole(1)})",
            lambda: f"{name}.update({key[1:-1]}={self.value()})",
            lambda: f"{self.pick('x', 's', 't')} |= {self.whole(1)}",
            lambda: f"del {name}[{key}]",
        )

    def grows(self):
        """Change what stands under a key."""
        name, key = self.pick(*self.local), self.key()
        return self.make(
            lambda: f"{name}[{key}] += {self.pick('[1]', f'[{self.part()}]')}",
            lambda: f"{self.part()}.append({self.value()})",
            lambda: f"y.append({self.value()})",
            lambda: f"y[-1].append({self.value()})",
            lambda: "y += [1]",
            lambda: f"for y in {self.part()}: tick(); y.append({self.value()})",
            lambda: f"for y in {name}.values(): tick(); y.append({self.value()})",
            lambda: f"for _, y in {name}.items(): tick(); y.append({self.value()})",
            lambda: f"for _, y in enumerate({self.part()}): tick(); y.append({self.value()})",
            lambda: f"match {name}:\n    case {{{key}: y}}: y.append({self.value()})",
        )

    def boxes(self):
        """Put something into something else, and change it there."""
        name, key, value = self.pick(*self.local), self.key(), self.value()
        kept, one = self.key(), self.whole(1) if self.wide else self.part()
        change = self.pick(f".append({value})", f"[{key}] = {value}", f".update({kept[1:-1]}=[1])")
        return self.make(
            lambda: f"y = [{one}, [1]]\ny[0]{change}",
            lambda: f"y = {{{kept}: {one}}}\ny[{kept}]{change}",
            lambda: f"y = {{{kept}: {one}}}\ny.get({kept}){change}",
            lambda: f"y = [{one}].copy()\ny.pop(){change}",
            lambda: f"y = [z for z in {self.part()} if {self.part()}]\ny[-1]{change}",
            lambda: f"y = [*{self.part()}, {one}]\ny[{self.pick(-1, 1)}]{change}",
            lambda: f"x[{kept}] = {one}\nx[{kept}]{change}",
            lambda: f"x = t\nx[{kept}] = {one}\nt[{kept}]{change}",
            lambda: f"y = {self.part()}\ny.append({one})\nfor z in y: tick(); z{change}",
            lambda: f"x = t\nx.update({self.whole(1)})\nask(t[{key}])",
            lambda: f"for z in [{one}]: tick(); z{change}",
            lambda: f"for z in ({name}, {one}): tick(); z{change}",
            lambda: f"y, z = [1], {one}\nz{change}",
            lambda: f"z, _ = {one}, [1]\nask(z[{key}])\nz{change}",
            lambda: f"for z in {{{kept}: {one}}}.values(): tick(); z{change}",
            lambda: f"y = {self.part()}\ny += [1]",
        )

    def asks(self):
        """Show something to somebody."""
        return self.make(
            lambda: f"ask({self.value()})",
            lambda: f"ask({self.part()})",
            lambda: f"ask({self.key()} in {self.pick(*self.local)})",
            lambda: f"print({self.value()})",
            lambda: f"{self.called(1)}",
            lambda: f"ask({self.called(1)}[{self.key()}])",
            lambda: f"ask({self.whole(1) if self.wide else self.part()})",
        )

    def part(self):
        name = self.pick(*self.local)
        return self.make(
            *[lambda: f"{name}[{self.key()}]"] * 3,
            *[lambda: f"{name}.get({self.key()})"] * 3,
            lambda: f"({name} or {{}})" if self.wide else f"{name}.pop({self.key()})",
        )

    def value(self):
        return self.make(
            *[lambda: "[1]"] * 3,
            lambda: f"{self.part()}",
            lambda: f"[ask({self.part()})]",
            lambda: f"list({self.part()})",
            lambda: f"[{self.whole(0) if self.wide else self.part()}]",
        )

    def called(self, level):
        given = self.make(
            lambda: f"({self.whole(level - 1)})",
            lambda: f"({self.whole(level - 1)}, {self.whole(level - 1)})",
            lambda: f"(None, t={self.whole(level - 1)})",
        )
        return self.pick(*self.names) + given

    def whole(self, level):
        if level <= 0:
            return self.pick(*self.local[:3])
        one, other, key = self.whole(level - 1), self.whole(level - 1), self.key()
        return self.make(
            lambda: one,
            lambda: f"{{**{one}, {key}: {self.value()}}}",
            lambda: f"{{{key}: {self.value()}, **{one}}}",
            lambda: f"{{{key}: {self.value()}}}",
            lambda: f"dict({one}, {key[1:-1]}={self.value()})",
            lambda: f"({one} or {other})",
            lambda: f"({one} if coin({key}) else {other})",
            lambda: f"({one} | {other})",
            lambda: f"{one}.copy()",
            lambda: f"copy.deepcopy({one})",
            lambda: self.called(level),
            lambda: f"cast(dict, {one})",
        )


class Value(list):
    """A list that tells which keys of the state it came from, however it is put together."""

    def __add__(self, other):
        """Put something behind it, a list or one thing."""
        return Value([*self, *(other if isinstance(other, list) else [other])])

    __radd__ = __add__

    def __iadd__(self, other):
        """Put it behind in place, as lists do."""
        self[:] = self + other
        return self

    def get(self, _key, default=None):
        return self[0] if self else default


def marks(value, found):
    """Collect the marks in anything."""
    waiting, seen = [value], {}
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one
        if isinstance(one, str) and one.startswith("from "):
            found.add(one.removeprefix("from "))
        if isinstance(one, dict | list | tuple):
            waiting.extend(one.values() if isinstance(one, dict) else one)
    return found


def run(text, seed):
    """Run the first function; give what it read and what it wrote."""
    chance = random.Random(seed)  # noqa: S311 - as above
    read, budget, ticks = set(), [60], iter(range(200))

    def ask(value):
        marks(value, read)
        return "answer"

    def deep():
        budget[0] -= 1
        return budget[0] < 0

    state = {key: Value([f"from {key}"]) for key in KEYS}
    before = copy.deepcopy(state)
    space = {
        "ask": ask,
        "deep": deep,
        "tick": lambda: next(ticks),  # a list that grows while it is gone through has an end
        "coin": lambda _key: chance.random() < 0.5,
        "copy": copy,
        "cast": lambda _kind, value: value,
        "print": lambda *_values: None,
        "faults": (TypeError, AttributeError, LookupError, RuntimeError, ValueError, StopIteration),
    }
    exec(compile(text, "made", "exec"), space)  # noqa: S102 - a program of `Program`
    given = space["f0"](state)
    written = {key for key in KEYS if state.get(key) != before[key]}
    for key, value in (given if isinstance(given, dict) else {}).items():
        if value != before.get(key):
            written.add(key)
            marks(value, read)
    return read & set(KEYS), written & set(KEYS)


def check(seed):
    text = "\n".join(Program(seed).lines)
    code = (
        "import copy\nfrom typing import cast\nfrom langgraph.graph import StateGraph\n"
        f"{text}\ng = StateGraph(dict)\ng.add_node('node', f0)\n"
    )
    reads, writes = (set(keys.split()) for keys in uses(code)["node"])
    for turn in range(6):
        read, written = run(text, seed + turn)
        assert written <= writes or "*" in writes, f"{seed} writes {written - writes}\n{text}"
        assert read <= reads | written or "*" in reads, f"{seed} reads {read - reads}\n{text}"
    return "*" in reads, "*" in writes


PARTS = [(0, 150), *(pytest.param(n * 1000, 700, marks=pytest.mark.long) for n in (1, 2, 3))]


@pytest.mark.parametrize(("first", "many"), PARTS)
def test_what_a_program_does_was_said_of_it(first, many):
    for seed in range(first, first + many):
        check(seed)
