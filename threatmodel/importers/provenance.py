"""Marks of an import: what it wrote and from where, so that the next one can tell edits apart."""

import re
from collections.abc import Iterable, Iterator, Mapping

from threatmodel.importers.statements import RECORD_LISTS, TEXT_LISTS, Path, Said
from threatmodel.importers.tools import digest
from threatmodel.reading.positions import Value

FIELD = "imported"
"""Key of a description under which the marks stand."""

_DIGITS = 16
_HIDDEN = re.compile(r"~u([0-9a-f]{1,5}|10[0-9a-f]{4});")


def mark_of(value: Value) -> str:
    """Give a short digest of a value, to see whether it was changed since."""
    return digest(value)[:_DIGITS]


def marks_of(said: Iterable[Said]) -> dict[str, dict[str, Value]]:
    """Give the marks for what is written: address -> digest and origin."""
    return {address(one.path): {"digest": mark_of(one.value), "from": one.origin} for one in said}


def address(path: Path) -> str:
    """Write a path as one text: `/supply/pinned`, escaped as JSON Pointer is (RFC 6901).

    Characters that hide or reorder what is shown are written as `~u202e;`.
    """
    steps = (step.replace("~", "~0").replace("/", "~1") for step in path)
    return "".join("/" + "".join(map(_shown, step)) for step in steps)


def path_of(address: str) -> Path:
    """Read such a text back."""
    steps = address.removeprefix("/").split("/")
    return tuple(_HIDDEN.sub(_hidden, step).replace("~1", "/").replace("~0", "~") for step in steps)


def value_at(top: Mapping[str, Value], path: Path) -> Value:
    """Find the value at a path; None where there is none. Items go by name or text."""
    value: Value = dict(top)
    for depth, step in enumerate(path):
        if isinstance(value, list):
            value = next(_named(value, step, path[:depth]), None)
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _shown(character: str) -> str:
    return character if character.isprintable() else f"~u{ord(character):x};"


def _hidden(found: re.Match[str]) -> str:
    return chr(int(found.group(1), 16))


def _named(items: list[Value], name: str, at: Path) -> Iterator[Value]:
    if at in TEXT_LISTS:
        yield from (item for item in items if item == name)
    elif at in RECORD_LISTS:
        yield from (i for i in items if isinstance(i, dict) and i.get("name") == name)
