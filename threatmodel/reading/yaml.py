"""YAML in, plain values and their places out; what two readers could read two ways is refused."""

import re
import unicodedata

import yaml
from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    StreamEndEvent,
)

from threatmodel.errors import InvalidFileError, Location, grouped, short
from threatmodel.reading.positions import (
    EMPTY,
    MAX_DEPTH,
    Mark,
    Places,
    Spot,
    Tree,
    Value,
    at_mark,
    refuse_half_characters,
    resolve_scalar,
    text_of,
)

# Characters that no YAML text may hold.


_NO_TEXT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def _refuse_odd_characters(text: str, name: str) -> None:
    """Refuse control characters, and the line ends of YAML 1.1 that YAML 1.2 takes for text.

    Source: YAML 1.2.2, sections 5.1 and 5.4. A file that two readers split into different lines
    could show a person one thing and a program another.
    """
    found = _NO_TEXT.search(text)
    if not found:
        return
    before, character = text[: found.start()], found[0]
    known = unicodedata.name(character, "a control character").lower()
    raise InvalidFileError(
        f"the character U+{ord(character):04X} ({known}) cannot stand in a YAML file",
        Location(name, before.count("\n") + 1, len(before) - before.rfind("\n")),
        f'remove it, or write "\\u{ord(character):04x}" in double quotes',
    )


__all__ = ["EMPTY", "Places", "Tree", "parse"]

# As for JSON: a file of another kind has a fault on each line.
_MOST_FAULTS = 100
_PARSER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""Only its events are used: its own builder recurses, so 60 KB of brackets end the process."""


def parse(data: bytes, name: str) -> Tree:
    """Read one YAML 1.2 document; `name` is what faults call the file.

    Raises:
        InvalidFileError: The file is not such a document, or uses what is refused on purpose:
            anchors, aliases, tags, merge keys, keys that are given twice or are not text,
            infinities, more than 8 MiB or 64 levels.
        ExceptionGroup: Of several such errors.
    """
    text = text_of(data, name)
    _refuse_odd_characters(text, name)
    document = _Document(text, name)
    around = _Sequence(document)
    try:
        document.read(around)
    except InvalidFileError as fault:
        document.faults.append(fault)
    except (YAMLError, ValueError, OverflowError) as fault:
        from threatmodel.reading.yaml_faults import syntax_fault  # noqa: PLC0415 - faulty files only

        document.faults.append(syntax_fault(fault, text, name))
    if document.faults:
        raise grouped(name, document.faults)
    value, spot = document.top(around)
    refuse_half_characters(value, text, name)
    return Tree(value, Places(name, lambda: spot))


class _Document:
    """What has been read of one file."""

    def __init__(self, text: str, name: str) -> None:
        self.faults: list[InvalidFileError] = []
        self._next_event = _PARSER(text).get_event
        self.name = name
        self._begun = False

    def top(self, around: "_Sequence") -> tuple[Value, Spot]:
        """Give the one value of the document."""
        if around.value in ([], [None]):
            raise InvalidFileError(
                "the file is empty", at_mark(self.name, None), "write `key: value` lines into it"
            )
        return around.value[0], around.spots[0]

    def read(self, around: "_Sequence") -> None:
        """Build the value event by event into `around`; collect the faults that can be read past.

        It is not kept: a circle would hold all places until it is collected.
        """
        inner: _Sequence | _Mapping = around
        outer: list[_Sequence | _Mapping] = []
        while True:
            event = self._next_event()
            if isinstance(event, ScalarEvent):
                inner.scalar(event)
            elif isinstance(event, CollectionStartEvent):
                outer.append(inner)
                inner = inner.enter(event)
                # Ended here, not noted: what walks the value later does so by calls, one for each
                # level.
                if len(outer) > MAX_DEPTH:
                    raise self.fault(
                        event.start_mark,
                        f"more than {MAX_DEPTH} lists and mappings stand one inside the other",
                        "no description needs that; look for brackets that are not closed",
                    )
            elif isinstance(event, CollectionEndEvent):
                inner = outer.pop()
            elif isinstance(event, StreamEndEvent):
                return
            else:
                self._other(event)

    def refuse(self, mark: Mark | None, message: str, hint: str) -> None:
        """Note a fault and read on, unless there are too many."""
        fault = self.fault(mark, message, hint)
        if len(self.faults) >= _MOST_FAULTS:
            raise fault
        self.faults.append(fault)

    def fault(self, mark: Mark | None, message: str, hint: str) -> InvalidFileError:
        """Make a fault at a mark."""
        return InvalidFileError(message, at_mark(self.name, mark), hint)

    def refuse_marked(self, event: ScalarEvent | CollectionStartEvent) -> None:
        """Refuse a value that has an anchor or a tag."""
        if event.anchor is not None:
            message, hint = (
                f"anchors (&{short(str(event.anchor))}) are not supported",
                "write the value out",
            )
        else:
            message, hint = (
                f"tags ({short(str(event.tag))}) are not supported",
                "remove it, or quote the text",
            )
        self.refuse(event.start_mark, message, hint)

    def _other(self, event: Event | None) -> None:
        # Never followed, so that a few lines that name each other grow to no gigabyte.
        if isinstance(event, AliasEvent):
            raise self.fault(
                event.start_mark,
                f"aliases (*{short(str(event.anchor))}) are not supported",
                "write the value out, or put the text in quotes",
            )
        if not isinstance(event, DocumentStartEvent):
            return
        if self._begun:
            raise self.fault(
                event.start_mark, "a second document begins here", "put it into a file of its own"
            )
        self._begun = True
        # There `no` and `on` are truth values and 1:30 is a number; here they are text.
        if event.version == (1, 1):
            self.refuse(event.start_mark, "files are read as YAML 1.2", "remove the %YAML line")


class _Sequence:
    """A list that is being read."""

    __slots__ = ("_document", "spots", "value")

    def __init__(self, document: _Document) -> None:
        self._document = document
        self.value: list[Value] = []
        self.spots: dict[str | int, Spot] = {}

    def scalar(self, event: ScalarEvent) -> None:
        """Add a scalar item."""
        self.spots[len(self.value)] = (event.start_mark, None, None)
        self.value.append(_scalar(event, self._document))

    def enter(self, event: CollectionStartEvent) -> "_Sequence | _Mapping":
        """Add a list or mapping as an item, and give it to be filled."""
        inner = _collection(event, self._document)
        self.spots[len(self.value)] = (event.start_mark, None, inner.spots)
        self.value.append(inner.value)
        return inner


class _Mapping:
    """A mapping that is being read: keys and values by turns."""

    __slots__ = ("_document", "_key", "_key_mark", "spots", "value")

    def __init__(self, document: _Document) -> None:
        self._document = document
        self._key: str | None = None
        self._key_mark: Mark | None = None
        self.value: dict[str, Value] = {}
        self.spots: dict[str | int, Spot] = {}

    def scalar(self, event: ScalarEvent) -> None:
        """Take a key, or add the value of the key taken before."""
        if self._key is None:
            self._take_key(event)
            return
        self.spots[self._key] = (event.start_mark, self._key_mark, None)
        self.value[self._key] = _scalar(event, self._document)
        self._key = None

    def enter(self, event: CollectionStartEvent) -> "_Sequence | _Mapping":
        """Add a list or mapping as a value, and give it to be filled."""
        if self._key is None:
            raise self._document.fault(
                event.start_mark,
                "a key cannot be a list or a mapping",
                "put a text that begins with a bracket or a brace in quotes",
            )
        inner = _collection(event, self._document)
        self.spots[self._key] = (event.start_mark, self._key_mark, inner.spots)
        self.value[self._key] = inner.value
        self._key = None
        return inner

    def _take_key(self, event: ScalarEvent) -> None:
        key = event.value
        self._key, self._key_mark = key, event.start_mark
        if event.anchor is not None or event.tag is not None:
            self._document.refuse_marked(event)
        # Readers differ in which of the two counts: a person might check one and a program obey the
        # other.
        if key in self.value:
            first = self.spots[key][1]
            self._document.refuse(
                event.start_mark,
                f"the key '{short(key)}' is given twice",
                f"keep one of the two; the first is at {at_mark(self._document.name, first)}",
            )
        elif key in {"", "<<"} and not event.style:
            self._document.refuse(
                event.start_mark,
                "merge keys (<<) are not supported" if key else "a key is missing here",
                "write the keys out" if key else "write `key: value`, or remove the sign",
            )


def _collection(event: CollectionStartEvent, document: _Document) -> "_Sequence | _Mapping":
    if event.anchor is not None or event.tag is not None:
        document.refuse_marked(event)
    return _Mapping(document) if isinstance(event, MappingStartEvent) else _Sequence(document)


def _scalar(event: ScalarEvent, document: _Document) -> Value:
    if event.anchor is not None or event.tag is not None:
        document.refuse_marked(event)
    text: str = event.value
    # Quoted, so it is text whatever it looks like.
    if event.style:
        return text
    try:
        return resolve_scalar(text)
    except ValueError as fault:
        document.refuse(event.start_mark, str(fault), "put it in quotes if it is text")
        return text
