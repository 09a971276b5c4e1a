"""A source, parsed as far as its notation goes, and what a kind of source is."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath

from threatmodel.errors import InvalidFileError, Location, first_of
from threatmodel.importers.notation import (
    read_json,
    read_json_among_lines,
    read_toml,
    without_short_tags,
)
from threatmodel.importers.pdf_form import MAGIC, filled
from threatmodel.importers.python_code import Module, Unread, parsed
from threatmodel.importers.statements import Found, Node, one_line_cut
from threatmodel.reading.positions import Value, text_of
from threatmodel.reading.yaml import parse
from threatmodel.rules.source_kinds import Notation

# What is imported, before anyone knows what kind of thing it is.


@dataclass(frozen=True, slots=True)
class SourceInput:
    """One file, standard input, or what a live server answered."""

    name: str
    """Path or address as the user gave it; `-` for standard input."""
    data: bytes
    beside: tuple["SourceInput", ...] = ()
    """Files that it names and that were read with it."""
    _kept: list[Module | Unread] = field(default_factory=list, compare=False, repr=False)

    def python(self) -> Module | Unread:
        """Parse it as Python; however often it is asked for, once."""
        if not self._kept:
            text = self.data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
            self._kept.append(parsed(text, self.label, self.name))
        return self._kept[0]

    @property
    def label(self) -> str:
        """Name that is written into descriptions: no folders of the machine it was read on."""
        if self.name == "-":
            return "standard input"
        asked = "://" in self.name or self.name.startswith(LIVE)
        return self.name if asked else PurePath(self.name).name


LIVE = "live server "
"""What the names of live sources begin with."""


# Only at the very top: `---` further down is a rule between paragraphs.
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"([A-Za-z_][\w-]*):[ \t]*(.*)")
_LIST_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)")


@dataclass(frozen=True, slots=True)
class Document:
    """One source, parsed."""

    source: SourceInput
    """Where it came from."""
    notation: Notation
    """How it is written."""
    root: Node
    """The parsed value; of Markdown the front matter, of lines the list of JSON values."""
    body: str = ""
    """Text below the front matter."""
    body_line: int = 1
    """Line on which the body begins."""
    twice: tuple[str, ...] = ()
    """Keys that one of its objects gives twice."""

    @property
    def fault_at(self) -> Location:
        """Where faults of the whole source are reported."""
        return Location(self.source.name)

    def named(self, given: str) -> str:
        """Give a name that the source gives, else the name of its file, without ending."""
        return one_line_cut(given or PurePath(self.source.label).stem)

    def looks(self) -> str:
        """Say in a few words what was found, for people whose file is not recognised."""
        value = self.root.value
        if isinstance(value, dict):
            keys = first_of([f"`{key[:40]}`" for key in value], 8)
            return f"{_NAMES[self.notation]} with {f'the keys {keys}' if keys else 'no keys'}"
        if isinstance(value, list):
            kinds = sorted({_TYPES.get(type(item), "null") for item in value})
            of = f" of {', '.join(kinds)}" if kinds else ""
            return f"{_NAMES[self.notation]} with a list of {len(value)} items{of}"
        what = (
            "nothing of an agent"
            if self.notation == "python"
            else _TYPES.get(type(value), "nothing")
        )
        return f"{_NAMES[self.notation]} with {what}"


def read_document(source: SourceInput) -> Document:
    """Parse a source by what it looks like, not by its ending.

    Raises:
        InvalidFileError: It is neither JSON, YAML, TOML, Markdown, Python nor text with lines of
            JSON.
    """
    if source.data.startswith(MAGIC):
        return _yaml(source, filled(source.data, source.name))
    text = text_of(source.data, source.name).replace("\r\n", "\n")
    if not text.strip():
        raise InvalidFileError(
            "the file is empty", Location(source.name), "give a file, or `-- COMMAND` to start one"
        )
    # Before all else: nearly any text is YAML, and Python can look like it.
    if by_ending := _BY_ENDING.get(PurePath(source.name).suffix.lower()):
        return by_ending(source, text)
    front = _FRONT_MATTER.match(text)
    if source.name.lower().endswith((".md", ".markdown", ".mdc")) or (
        front and text[front.end() :].strip()
    ):
        return _markdown(source, text, front)
    if text.lstrip().startswith(("{", "[")):
        return _json(source, text)
    if text.lstrip().startswith("<"):
        if found := _recorded(source, text):  # log lines may begin so, too: `<6>started`
            return found
        hint = "it may be what a server shows in place of the file: fetch that again, or sign in"
        raise InvalidFileError("this is a web page or XML", Location(source.name), hint)
    return _yaml(source, text)


def _python(source: SourceInput, text: str) -> Document:
    module = source.python()
    if isinstance(module, Unread):
        raise InvalidFileError(
            module.why,
            Location(source.name, module.line, module.column),
            "it is read as text and never run, by the rules of the Python that runs aivss",
        )
    return Document(source, "python", Node(None, source.label), text)


def _toml(source: SourceInput, text: str) -> Document:
    return Document(source, "toml", Node(read_toml(text, source.name), source.label))


_BY_ENDING = {".py": _python, ".toml": _toml}


def _json(source: SourceInput, text: str) -> Document:
    twice: list[str] = []
    try:
        value = read_json(text, source.name, twice)
    except InvalidFileError:
        if found := _recorded(source, text):
            return found
        raise
    if inner := _enveloped(source, value):
        return inner
    return Document(source, "json", Node(value, source.label), twice=tuple(dict.fromkeys(twice)))


def _enveloped(source: SourceInput, value: Value) -> Document | None:
    """Read YAML that is the one text of an answer, as an API that exports gives it."""
    data = value.get("data") if isinstance(value, dict) and len(value) == 1 else None
    try:
        inner = parse(data.encode(), source.name).value if isinstance(data, str) else None
    except (InvalidFileError, ExceptionGroup):
        return None  # its lines are not those of the file
    return Document(source, "yaml", Node(inner, source.label)) if isinstance(inner, dict) else None


def _recorded(source: SourceInput, text: str) -> Document | None:
    """Read the messages of a recording among log lines; None where there are none."""
    found = _lines(source, text)
    told = found and any({"jsonrpc", "tools"} & {*one.keys} for one in found.root.items())
    return found if told else None


def _lines(source: SourceInput, text: str) -> Document | None:
    """Read the JSON objects that begin a line; None where there are none."""
    twice: list[str] = []
    read = read_json_among_lines(text, source.name, twice)
    messages: list[Value] = [message for message in read if isinstance(message, dict)]
    root, doubled = Node(messages, source.label), tuple(dict.fromkeys(twice))
    return Document(source, "lines", root, twice=doubled) if messages else None


def _yaml(source: SourceInput, text: str) -> Document:
    """Read YAML; lines of JSON between log lines are no YAML, or only one long text."""
    fault: InvalidFileError | ExceptionGroup[InvalidFileError] | None = None
    value: Value = None
    try:
        value = parse(without_short_tags(text).encode(), source.name).value
    except (InvalidFileError, ExceptionGroup) as raised:
        fault = raised
    if not isinstance(value, dict | list) and (found := _lines(source, text)):
        return found
    if fault and source.name.lower().endswith((".yaml", ".yml")):
        raise fault
    if fault:
        raise InvalidFileError(
            "found text that is neither JSON, YAML, Markdown nor lines of JSON",
            Location(source.name),
            "export it as one of them; --as names what can be imported",
        )
    return Document(source, "yaml", Node(value, source.label))


def _markdown(source: SourceInput, text: str, front: re.Match[str] | None) -> Document:
    if front is None:
        return Document(source, "markdown", Node(None, source.label), text)
    body_line = text[: front.end()].count("\n") + 1
    value = _front_matter(front.group(1), source)
    return Document(source, "markdown", Node(value, source.label), text[front.end() :], body_line)


def _front_matter(text: str, source: SourceInput) -> Value:
    """Read front matter as YAML, or line by line where it only looks like YAML."""
    try:
        value = parse(text.encode(), source.name).value
    except (InvalidFileError, ExceptionGroup):
        return _by_lines(text)
    return value if isinstance(value, dict) else _by_lines(text)


def _by_lines(text: str) -> Value:
    """Read `key: value` lines as the tools do that load such files: colons in values are text."""
    found: dict[str, Value] = {}
    last = ""
    for line in text.splitlines():
        start, item = _FIELD.match(line), _LIST_ITEM.match(line)
        if start:
            last = start.group(1)
            found[last] = start.group(2).strip().strip("\"'")
        elif item and last:
            before = found[last]
            items = before if isinstance(before, list) else []
            found[last] = [*items, item.group(1).strip().strip("\"'")]
        elif last and line.strip() and isinstance(found[last], str):
            found[last] = f"{found[last]} {line.strip()}".strip(" >|-")
    return found


_NAMES = {
    "json": "JSON",
    "yaml": "YAML",
    "toml": "TOML",
    "markdown": "Markdown, front matter",
    "lines": "lines of JSON",
    "python": "Python",
}
_TYPES: dict[type, str] = {
    str: "text",
    bool: "yes/no values",
    int: "numbers",
    float: "numbers",
    list: "lists",
    dict: "objects",
}


# A kind of source: how it is recognised, how it is read, what it should look like.

Read = Callable[[Document], tuple[Found, ...]]
"""Reads a source; several results where it describes several agents or servers."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source."""

    id: str
    """Name for `--as`."""
    title: str
    """Name for people, with its article."""
    expects: str
    """What such a source holds, for people whose file is not one."""
    looks_like: Callable[[Document], bool]
    """Tell from its structure whether a document is of this kind."""
    read: Read
    notations: tuple[Notation, ...] = ("json", "yaml", "lines")
    """How it can be written."""
    together: Read | None = None
    """Read it as a system, where it can describe several agents."""

    def fits(self, document: Document) -> bool:
        """Tell whether a document is of this kind."""
        return document.notation in self.notations and self.looks_like(document)
