"""Plain values: what a word in a file means, and where in the file each of them stands."""

import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, TypeAlias

from threatmodel.errors import InvalidFileError, Location, short

MAX_BYTES = 8 * 1024 * 1024
"""Largest file that is read; a description is a few thousand bytes."""

MAX_DEPTH = 64
"""Most mappings and lists that may stand one inside the other."""

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | float | bool | None"
"""What a file can say: what JSON can say, without infinities."""

Steps = tuple[str | int, ...]
"""Way from the top of a file to a value: keys and list indices, which count from 0."""


class Mark(Protocol):
    """A position as parsers give it."""

    @property
    def line(self) -> int:
        """Line, from 0."""

    @property
    def column(self) -> int:
        """Character within the line, from 0."""


class Point(NamedTuple):
    """A position that we found ourselves; both count from 0."""

    line: int
    column: int


Spot: TypeAlias = "tuple[Mark | None, Mark | None, Spots | None]"
"""Where a value begins, where its key begins, and the spots of what is inside it."""

Spots: TypeAlias = Mapping[str | int, "Spot"]
"""The spots of one mapping or list, by key or index."""


class Places:
    """Where the values of a tree stand; nothing is worked out before it is asked for."""

    __slots__ = ("_base", "_file", "_find", "_grafts")

    def __init__(
        self,
        file: str,
        find: "Callable[[], Spot | None]",
        grafts: "tuple[tuple[Steps, Places, bool], ...]" = (),
        base: Steps = (),
    ) -> None:
        """Take the file's name and what finds the spot of its top value."""
        self._file, self._find, self._grafts, self._base = file, find, grafts, base

    def of(self, path: Steps) -> Location | None:
        """Find the value at `path`, else the deepest one on the way that the file has."""
        full = self._base + path
        for prefix, other, _ in self._grafts:
            if full[: len(prefix)] == prefix:
                return other.of(full[len(prefix) :])
        spot, _ = self._walk(full)
        return at_mark(self._file, spot[0]) if spot else None

    def key(self, path: Steps) -> Location | None:
        """Find the key of the value at `path`; the value where it has no key, as in lists."""
        full = self._base + path
        for prefix, other, keyed in self._grafts:
            if len(full) >= len(prefix) + (not keyed) and full[: len(prefix)] == prefix:
                return other.key(full[len(prefix) :])
        spot, complete = self._walk(full)
        if not spot:
            return None
        return at_mark(self._file, spot[1] if complete and spot[1] else spot[0])

    @property
    def files(self) -> frozenset[str]:
        """Every file that gave a value, without working out where in it."""
        inner = (other.files for _, other, _ in self._grafts)
        return frozenset({self._file}).union(*inner)

    def at(self, path: Steps) -> "Places":
        """Give the places of what is at `path` and below, addressed from there."""
        return Places(self._file, self._find, self._grafts, self._base + path)

    def under(self, prefix: Steps, other: "Places", *, keyed: bool = False) -> "Places":
        """Let `other` answer for `prefix` and below: values that another file gave.

        `keyed` says that the key itself stands there too.
        """
        # The newest first: a deployment is laid over its product, and the last to say a thing says
        # where.
        graft = (self._base + prefix, other, keyed)
        return Places(self._file, self._find, (graft, *self._grafts), self._base)

    def _walk(self, path: Steps) -> "tuple[Spot | None, bool]":
        spot = self._find()
        for step in path:
            if not spot or not spot[2] or step not in spot[2]:
                return spot, False
            spot = spot[2][step]
        return spot, True


def at_mark(name: str, mark: Mark | None) -> Location:
    """Turn a parser's position into the one people count; without one, name the file alone."""
    return Location(name, mark.line + 1, mark.column + 1) if mark else Location(name)


EMPTY = Places("", lambda: None)
"""The places of values that no file gave."""


class Tree(NamedTuple):
    """One file, read."""

    value: Value
    """The whole file as plain values."""
    places: Places
    """Where each of them stands."""


def entries(value: Value, step: str | int) -> list[Value]:
    """Give what a mapping or list has at a key or index: one value, or none."""
    if isinstance(value, dict):
        return [value[step]] if isinstance(step, str) and step in value else []
    if isinstance(value, list):
        return value[step : step + 1] if isinstance(step, int) else []
    return []


_UNPACK = "unpack it, and name a file in it"
_PACKED = (
    (b"PK\x03\x04", "a ZIP archive", _UNPACK),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"%PDF", "a PDF", "name the file that it was made from"),
)
"""What people have in their hands, by its first bytes, and what to do with it."""


def text_of(data: bytes, name: str) -> str:
    """Decode a file, without its byte order mark; refuse what is too large or not UTF-8 text."""
    if len(data) > MAX_BYTES:
        raise InvalidFileError(
            f"the file is larger than {MAX_BYTES // 1024**2} MiB",
            Location(name),
            "split it; what is not part of the description does not belong in it",
        )
    # PowerShell 5 writes it unasked, so that it gets a word of its own.
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidFileError("the file is UTF-16", Location(name), "save it as UTF-8")
    for sign, what, hint in _PACKED:
        if data.startswith(sign):
            raise InvalidFileError(f"this is {what}", Location(name), hint)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        raise InvalidFileError(
            f"byte 0x{data[fault.start]:02x} is not UTF-8",
            _place(data[: fault.start].decode(), name),
            "save the file as UTF-8",
        ) from None
    if "\0" in text:
        raise InvalidFileError(
            "the file holds a NUL byte",
            _place(text[: text.index("\0")], name),
            "save it as UTF-8 text; binary files and UTF-16 cannot be read",
        )
    return text


def refuse_half_characters(value: Value, text: str, name: str) -> None:
    r"""Refuse a lone `\ud800` to `\udfff`: no character, so no output could hold it."""
    # Only an escape can make half a character: UTF-8 has none, and most files have no escape.
    if "\\u" not in text and "\\U" not in text:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as fault:
        raise InvalidFileError(
            f"\\u{ord(fault.object[fault.start]):04x} is half a character",
            Location(name),
            "write both halves, or the character itself",
        ) from None


def _place(before: str, name: str) -> Location:
    return Location(name, before.count("\n") + 1, len(before) - before.rfind("\n"))


# What an unquoted word of YAML means: YAML 1.2.2, section 10.3.2 (core schema).

MAX_DIGITS = 64
"""Longest whole number; longer ones are identifiers that want quotes."""

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

# Looked at first: most words are no numbers, and are settled without a pattern.
_NUMBER_STARTS = frozenset("+-.0123456789")

_WHOLE = re.compile(r"[-+]?[0-9]+")

_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")

# `1.` and `.5` are numbers, `1_000` is none: YAML 1.2 has no underscores.
_BROKEN = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def resolve_scalar(text: str) -> str | int | float | bool | None:
    """Resolve an unquoted scalar; `no`, `on`, `1:30` and dates are text.

    Raises:
        ValueError: For infinities, not-a-number and whole numbers of over 64 digits.
    """
    if text[:1] not in _NUMBER_STARTS:
        return _WORDS.get(text, text)
    if _WHOLE.fullmatch(text):
        return _whole(text, 10)
    if _BROKEN.fullmatch(text):
        return _finite(text)
    if _OTHER_BASE.fullmatch(text):
        return _whole(text, 8 if text[1] == "o" else 16)
    if _NO_NUMBER.fullmatch(text):
        raise ValueError(f"{text} is not a number that can be used")
    return text


def _whole(text: str, base: int) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a whole number of more than {MAX_DIGITS} digits cannot be used")
    return int(text, base)


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"{short(text)} is too large a number")
    return number
