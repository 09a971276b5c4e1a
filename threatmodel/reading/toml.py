"""TOML in, plain values and their places out; the parser is Python's own, the places ours."""

import datetime as dt
import re
import tomllib
from functools import cache
from typing import Any

from threatmodel.errors import InvalidFileError, Location
from threatmodel.reading.positions import Places, Point, Spot, Tree, Value, text_of

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^(\s*)([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=\s*")


def parse_toml(data: bytes, name: str) -> Tree:
    """Read one TOML text (1.0); `name` is what faults call the file.

    Raises:
        InvalidFileError: The file is not TOML, or exceeds 8 MiB.
    """
    text = text_of(data, name)
    try:
        value = _plain(tomllib.loads(text))
    except (ValueError, RecursionError) as fault:  # too many digits are a bare ValueError
        raise _refusal(fault, text, name) from None
    return Tree(value, Places(name, cache(lambda: _spots(text))))


def _plain(value: Any) -> Value:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return value  # type: ignore[no-any-return]


def _refusal(fault: Exception, text: str, name: str) -> InvalidFileError:
    said = str(fault)
    found = _AT.search(said)
    lines = text.splitlines() or [""]
    where = Location(name, len(lines), len(lines[-1]) + 1)
    if found and found[1]:
        where = Location(name, int(found[1]), int(found[2]))
    return InvalidFileError(f"this is not TOML: {_AT.sub('', said)}", where, "see https://toml.io")


def _spots(text: str) -> Spot:
    """Find tables and keys by line; what stands inside a value is placed at its key."""
    top: dict[str | int, Spot] = {}
    here = top
    for number, line in enumerate(text.splitlines()):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            mark = Point(number, len(line) - len(line.lstrip()))
            here = _table(top, _steps(header[2]), mark, several=header[1] == "[[")
        elif key:
            at = Point(number, len(key[1]))
            *way, last = _steps(key[2])
            inner = _table(here, way, at, several=False) if way else here
            inner.setdefault(last, (Point(number, key.end()), at, None))
    return (Point(0, 0), None, top)


def _steps(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _table(
    top: dict[str | int, Spot], way: list[str], mark: Point, *, several: bool
) -> dict[str | int, Spot]:
    """Give the spots of a table, made where it is new; of several, the last or a next one."""
    here = top
    for depth, step in enumerate(way):
        here = _inside(here.setdefault(step, (mark, mark, {})))
        if several and depth == len(way) - 1:
            here[len(here)] = (mark, None, {})
        if here and all(isinstance(key, int) for key in here):
            here = _inside(here[len(here) - 1])
    return here


def _inside(spot: Spot) -> dict[str | int, Spot]:
    """Give the spots inside a value; of a value that is no table, spots that nobody keeps."""
    return spot[2] if isinstance(spot[2], dict) else {}
