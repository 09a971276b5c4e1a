"""Everything that can go wrong, worded for the person who can put it right."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, count
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# A message stays on a line; who wrote the file chose how long its values are.
_LONGEST = 60


class Location(NamedTuple):
    """A place in a file; line and column count from 1, 0 means the file as a whole."""

    path: str
    """File as the user named it."""
    line: int = 0
    """Line, from 1."""
    column: int = 0
    """Character within the line, from 1."""

    def __str__(self) -> str:
        """Write it the way editors jump to: path:line:column."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class AivssError(Exception):
    """Base of all errors that are the user's to fix; anything else is a bug."""

    def __init__(self, message: str, where: Location | None = None, hint: str = "") -> None:
        """Say what is wrong, where, and what to do about it."""
        super().__init__(message)
        self.message, self.where, self.hint = message, where, hint

    def __str__(self) -> str:
        """Lay it out as `path:line:column: message`, then an indented `help:` line."""
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{visible(head)}\n  help: {visible(self.hint)}" if self.hint else visible(head)


class InvalidFileError(AivssError):
    """A file cannot be read, or does not say what its schema asks for."""


class OtherFileError(InvalidFileError):
    """A file that can be read and is no description at all, such as a tool list."""


class MissingPartError(AivssError):
    """Something outside the package is missing; the hint is the line that installs it."""


def grouped(
    name: str, faults: Sequence[InvalidFileError]
) -> InvalidFileError | ExceptionGroup[InvalidFileError]:
    """Give one fault as itself, several as one group, to be raised."""
    return (
        faults[0] if len(faults) == 1 else ExceptionGroup(f"{name}: {len(faults)} faults", faults)
    )


def every(fault: AivssError | ExceptionGroup[Exception]) -> list[AivssError]:
    """List single faults; an exception that is nobody's to fix is raised again."""
    if isinstance(fault, AivssError):
        return [fault]
    found: list[AivssError] = []
    for one in fault.exceptions:
        # A bug among the faults of a file is told as a bug, with its traceback.
        if not isinstance(one, AivssError | ExceptionGroup):
            raise one
        found += every(one)
    return found


def gathered(steps: Iterable[Callable[[], T]]) -> list[T]:
    """Run every step and give what they give.

    Raises an AivssError where one step met a fault, an ExceptionGroup of them where several did.
    """
    found: list[T] = []
    faults: list[AivssError] = []
    for step in steps:
        try:
            found.append(step())
        except AivssError as fault:
            faults.append(fault)
        except ExceptionGroup as group:
            faults += every(group)
    refuse(faults)
    return found


def refuse(faults: Iterable[AivssError]) -> None:
    """Raise the one fault, or an ExceptionGroup of several; do nothing where there are none."""
    found = list(faults)
    if found:
        raise found[0] if len(found) == 1 else ExceptionGroup("several faults", found)


def short(text: str) -> str:
    """Cut a value that a message quotes; whoever wrote the file chose its length."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def visible(text: str) -> str:
    """Escape what a terminal would obey or hide: control, format and odd space characters."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# A name made fit for ids, file names and addresses.

# Names end up in file names, beside ids and endings, in file systems that take 255 bytes.
LONGEST = 80
SHORT = 40
"""What fits into the names of policies and of servers behind a proxy."""


def slug(name: str, longest: int = LONGEST) -> str:
    """Keep the ASCII letters, in lower case, and digits of a name, joined by single hyphens.

    A name without any gives `agent-` and eight hexadecimal digits of its SHA-256, so that names in
    other scripts stay apart. Never longer than `longest` characters (at least 14), never empty.
    """
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in name.lower())
    found = "-".join(kept.split())[:longest].strip("-")
    return found or "agent-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]


def distinct_slugs(names: Iterable[str]) -> list[str]:
    """Give every name a slug of its own: `shop`, `shop-2` in the order given, letter case aside."""
    found: list[str] = []
    for name in names:
        plain = slug(name)
        numbered = (f"{plain}-{number}" for number in count(2))
        found.append(next(one for one in chain((plain,), numbered) if one not in found))
    return found


# The word that was perhaps meant.

# Comparing words takes their lengths multiplied: a stranger's word of megabytes would take hours.
_LONGEST_WORD = 80
# A terminal shows about as many on three lines; 195 facts would hide the message.
_MOST_CHOICES = 24


def suggestion(word: str, known: Collection[str]) -> str:
    """Ask `did you mean ...?` where a known word is near, else list the known words."""
    choices = sorted(set(known))
    listed = f"possible here: {first_of(choices, _MOST_CHOICES)}" if choices else ""
    return meant(word, known) or listed


def first_of(names: Sequence[str], most: int, sign: str = ", ") -> str:
    """Name the first `most` and count the others: `a, b and 7 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return sign.join(names[:most]) + more


# What other formats call it; `description` is less like `summary` than like `decisions`.
_CALLED_ELSEWHERE = {
    "about": "summary",
    "author": "vendor",
    "description": "summary",
    "publisher": "vendor",
    "purpose": "summary",
    "title": "name",
    "type": "kind",
}


def meant(word: str, known: Collection[str]) -> str:
    """Ask `did you mean ...?`; empty where no known word is near."""
    elsewhere = _CALLED_ELSEWHERE.get(word.lower())
    found = elsewhere if elsewhere in known else near(word, known)
    return f"did you mean '{found}'?" if found else ""


def near(word: str, known: Collection[str], least: float = 0.6) -> str | None:
    """Find the known word that is most like `word`, at least so much of 1, whatever its case."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for faults

    folded = {one.lower(): one for one in sorted(known)}
    found = get_close_matches(word[:_LONGEST_WORD].lower(), folded, n=1, cutoff=least)
    return folded[found[0]] if found else None
