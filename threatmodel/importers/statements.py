"""What a source says, value by value, each with the place in the source that says it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from threatmodel.classify.classify import load_class_rules, read_tools
from threatmodel.description.agent import Tool
from threatmodel.description.overrides import Speaker
from threatmodel.errors import visible
from threatmodel.importers.node import Node
from threatmodel.reading.positions import Value

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
class Said:
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

    said: tuple[Said, ...] = ()
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
    """Its agents, where it is a system; then `said` holds for all of them."""


def text(path: Path, node: Node, value: str | None = None, most: int = LONGEST_NOTE) -> list[Said]:
    """Say a text, if the source has one."""
    words = cut(node.text if value is None else value, most)
    return [Said(path, words, node.origin)] if words else []


def item(path: Path, node: Node, value: str | None = None) -> list[Said]:
    """Say an item of a list of texts, if the source has one."""
    words = cut(node.text if value is None else value, LONGEST_NAME)
    return [Said((*path, words), words, node.origin)] if words else []


def answer(path: Path, node: Node, *, yes: bool, by: Speaker | None = None, note: str = "") -> Said:
    """Answer a yes/no question, with the place that shows it in the note."""
    words = f"{note} ({node.origin})" if note else node.origin
    statement: dict[str, Value] = {"value": yes}
    if by:
        statement["by"] = by
    statement["note"] = cut(words, LONGEST_NOTE)
    return Said(path, statement, node.origin)


def yes(node: Node, question: str, note: str = "", by: Speaker = "operator") -> Said:
    """Answer a question of a section with yes, such as `memory.persistent`."""
    section, _, name = question.partition(".")
    return answer((section, name), node, yes=True, by=by, note=note)


def cut(words: str, most: int) -> str:
    """Bring a text on one line, show what it hides, and shorten it, showing that it was."""
    words = visible(" ".join(words.split()))
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def names_of(values: Iterable[str], most: int = 5) -> str:
    """Join names for a sentence; name the first few and count the rest."""
    names = [cut(value, 60) for value in values]
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


# What abilities listed without a complete tool list let one say: only what they can do.

Ability = tuple[str, str, Node]
"""Name, description, and where it is listed."""


def claimed(abilities: Sequence[Ability], by: Speaker) -> list[Said]:
    """Say which facts about tools the listed abilities show.

    A list of skills or capabilities is no complete list of tools: it can show that something is
    possible, never that something is not. So facts are only ever stated as true.
    """
    tools = [Tool(name=name, description=text or None) for name, text, _ in abilities if name]
    places = [node for name, _, node in abilities if name]
    said: dict[str, Said] = {}
    for reading, node in zip(read_tools(tools, load_class_rules()), places, strict=True):
        for fact, _ in reading.traits:
            if fact not in said and fact.startswith("t."):
                note = f"ability listed: {cut(reading.name, 80)}"
                said[fact] = answer(("facts", fact), node, yes=True, by=by, note=note)
    return [said[fact] for fact in sorted(said)]
