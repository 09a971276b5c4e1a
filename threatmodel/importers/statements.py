"""What a source says, value by value, each with the place in the source that says it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from threatmodel.classify.classify import load_class_rules, read_tools
from threatmodel.description.agent import Tool
from threatmodel.errors import first_of, visible
from threatmodel.reading.positions import Value
from threatmodel.scales import Speaker

# Other keys are quoted in a pointer, so that a dot inside a key starts no new step.
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$-]*|line \d+")


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a source; what is missing is a node too, with the value None."""

    value: Value
    """The value as parsed; None where the source says nothing."""
    source: str
    """Name of the source, for people."""
    path: tuple[str | int, ...] = field(default=())
    """Keys and indices from the top of the source."""

    @property
    def pointer(self) -> str:
        """Way to the value, such as `packages[0].version`; empty for the whole source."""
        parts: list[str] = []
        for step in self.path:
            if isinstance(step, int):
                parts.append(f"[{step}]")
            elif _PLAIN_KEY.fullmatch(step):
                parts.append(f".{step}" if parts else step)
            else:
                parts.append(f'["{visible(step[:80])}"]')
        return "".join(parts)

    @property
    def origin(self) -> str:
        """Source and pointer, as written into descriptions: `server.json: version`."""
        return f"{self.source}: {self.pointer}" if self.path else self.source

    def at(self, *keys: str) -> "Node":
        """Go down by keys; what is not there is a node without a value."""
        node = self
        for key in keys:
            inner = node.value.get(key) if isinstance(node.value, dict) else None
            node = Node(inner, self.source, (*node.path, key))
        return node

    def first(self, *keys: str) -> "Node":
        """Take the first of several spellings of a key that is there."""
        for key in keys:
            node = self.at(key)
            if node.value is not None:
                return node
        return self.at(keys[0])

    @property
    def here(self) -> bool:
        """Whether the source says anything here."""
        return self.value is not None

    @property
    def text(self) -> str:
        """The value if it is text that says something, without outer space; else empty."""
        return self.value.strip() if isinstance(self.value, str) else ""

    @property
    def is_true(self) -> bool:
        """Whether the value is `true`, and not merely something."""
        return self.value is True

    @property
    def is_false(self) -> bool:
        """Whether the value is `false`, and not merely missing."""
        return self.value is False

    @property
    def is_mapping(self) -> bool:
        """Whether the value is a mapping."""
        return isinstance(self.value, dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of a mapping, in the source's order; else none."""
        return tuple(self.value) if isinstance(self.value, dict) else ()

    def pairs(self) -> "Iterator[tuple[str, Node]]":
        """Yield keys and values of a mapping."""
        for key in self.keys:
            yield key, self.at(key)

    def items(self) -> "Iterator[Node]":
        """Yield the items of a list."""
        if isinstance(self.value, list):
            for index, item in enumerate(self.value):
                yield Node(item, self.source, (*self.path, index))

    def named_texts(self) -> "Iterator[tuple[str, str, Node]]":
        """Yield names, texts and places of variables or headers that are a mapping."""
        yield from ((name, value.text, value) for name, value in self.pairs())

    def texts(self) -> tuple[str, ...]:
        """Give the items of a list that are text."""
        return tuple(item.text for item in self.items() if item.text)

    def all(self) -> "Iterator[Node]":
        """Yield this node and every one below it, top first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            inner = [*node.items(), *(value for _, value in node.pairs())]
            waiting.extend(reversed(inner))


Path = tuple[str, ...]
"""Keys from the top of a description; items of lists go by their name, or by their text."""

RECORD_LISTS: tuple[Path, ...] = (
    ("sources",),
    ("credentials",),
    ("tools",),
    ("members",),
    ("stores",),
    ("outside",),
)
"""Lists of records that go by their `name`."""

TEXT_LISTS: tuple[Path, ...] = (
    ("tags",),
    ("data", "reads"),
    ("policy", "paths"),
    ("data", "written_by_outsiders"),
    ("peers", "names"),
)
"""Lists of texts that go by the text itself."""

LONGEST_NAME = 300
"""Characters of a name that are kept."""

LONGEST_NOTE = 2000
"""Characters of a text for people that are kept."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One value for a description, and where it comes from."""

    path: Path
    """Where it belongs in the description."""
    value: Value
    """Text, a yes or no, or a mapping with value, by and note."""
    origin: str
    """Source and pointer: `server.json: packages[0].version`."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one source says about one agent or server."""

    name: str
    """Its name; sources about the same thing are merged under the first one's."""
    statements: tuple[Statement, ...] = ()
    """Values for the description."""
    tools: tuple[dict[str, Value], ...] | None = None
    """Definitions of its tools as the source has them; None where the source lists none."""
    server: dict[str, Value] = field(default_factory=dict)
    """What the server said about itself, kept beside its tools: version, instructions."""
    remarks: tuple[str, ...] = ()
    """What a person should know about the source, in a sentence each."""
    adds_only: bool = False
    """Whether it only adds to a description: what it does not say, others may still say."""
    members: tuple["Found", ...] = ()
    """Its agents, where it is a system; then `statements` holds for all of them."""
    identity: str = ""
    """What tells it from others of its name, such as its address; empty where its name does."""


_LONGEST: dict[Path, int] = {
    ("name",): LONGEST_NAME,
    ("vendor",): LONGEST_NAME,
    ("version",): 100,
    ("model", "name"): 200,
}
"""Characters that are kept where a text is a name, so that no source can fill a heading."""


def text(path: Path, node: Node, value: str | None = None, most: int = 0) -> list[Statement]:
    """Say a text, if the source has one; `most` where it is kept shorter than its field may be."""
    longest = most or _LONGEST.get(path, LONGEST_NOTE)
    words = one_line_cut(node.text if value is None else value, longest)
    return [Statement(path, words, node.origin)] if words else []


def about(
    root: Node, named: Node, name: str, kind: str, summary: Node | None = None
) -> tuple[Statement, ...]:
    """Say what is described: its name and where that stands, its kind, what it is for."""
    return (
        *text(("name",), named, name),
        Statement(("kind",), kind, root.origin),
        Statement(("form",), "product", root.origin),
        *(text(("summary",), summary) if summary else ()),
    )


def item(path: Path, node: Node, value: str | None = None) -> list[Statement]:
    """Say an item of a list of texts, if the source has one."""
    words = one_line_cut(node.text if value is None else value)
    return [Statement((*path, words), words, node.origin)] if words else []


def answer(
    path: Path, node: Node, *, yes: bool, by: Speaker | None = None, note: str = ""
) -> Statement:
    """Answer a yes/no question, with the place that shows it in the note."""
    words = f"{note} ({node.origin})" if note else node.origin
    statement: dict[str, Value] = {"value": yes}
    if by:
        statement["by"] = by
    statement["note"] = one_line_cut(words, LONGEST_NOTE)
    return Statement(path, statement, node.origin)


def yes(node: Node, question: str, note: str = "", by: Speaker | None = "operator") -> Statement:
    """Answer a question of a section with yes, such as `memory.persistent`.

    Code and settings are what runs: their word is the operator's, and lowers as well as raises.
    """
    section, _, name = question.partition(".")
    return answer((section, name), node, yes=True, by=by, note=note)


def no(node: Node, question: str, note: str = "", by: Speaker | None = "operator") -> Statement:
    """Answer such a question with no."""
    section, _, name = question.partition(".")
    return answer((section, name), node, yes=False, by=by, note=note)


def one_line_cut(words: str, most: int = LONGEST_NAME) -> str:
    """Bring a text on one line, show what it hides, and shorten it, showing that it was.

    What names something is cut where no `most` is given.
    """
    words = visible(" ".join(words.split()))
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def names_of(values: Iterable[str], most: int = 5) -> str:
    """Join names for a sentence; name the first few and count the rest."""
    return first_of([one_line_cut(value, 60) for value in values], most)


# What abilities listed without a complete tool list let one say: only what they can do.

Ability = tuple[str, str, Node]
"""Name, description, and where it is listed."""


def claimed(abilities: Sequence[Ability], by: Speaker = "operator") -> list[Statement]:
    """Say which facts about tools the listed abilities show.

    A list of skills or capabilities is no complete list of tools: it can show that something is
    possible, never that something is not. So facts are only ever stated as true.
    """
    tools = [Tool(name=name, description=text or None) for name, text, _ in abilities if name]
    places = [node for name, _, node in abilities if name]
    statements: dict[str, Statement] = {}
    for reading, node in zip(read_tools(tools, load_class_rules()), places, strict=True):
        for fact, _ in reading.traits:
            if fact not in statements and fact.startswith("t."):
                note = f"ability listed: {one_line_cut(reading.name, 80)}"
                statements[fact] = answer(("facts", fact), node, yes=True, by=by, note=note)
    return [statements[fact] for fact in sorted(statements)]
