"""JSON in, plain values and their places out; refuses what `yaml.py` refuses."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property

from threatmodel.errors import InvalidFileError, Location, grouped, short
from threatmodel.reading.positions import (
    MAX_DEPTH,
    Places,
    Point,
    Spot,
    Tree,
    Value,
    at_mark,
    refuse_half_characters,
    resolve_scalar,
    text_of,
)

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}\n]|[^\s"\[\]{},:]+')
_BETWEEN = re.compile(r"[\s,:]*")
_SKIM = json.JSONDecoder(parse_int=str, parse_float=str)
_TOO_DEEP = f"more than {MAX_DEPTH} lists and mappings stand one inside the other"
# As many as a person mends in one go; reading on past them only costs time.
_MOST_FAULTS = 100
_NO_NUMBERS = frozenset(("NaN", "Infinity", "-Infinity"))


def parse_json(data: bytes, name: str) -> Tree:
    """Read one JSON text (RFC 8259); `name` is what faults call the file.

    Raises:
        InvalidFileError: The file is not JSON, gives a key twice, holds NaN, an infinity or half
            a character, or exceeds 8 MiB or 64 levels.
        ExceptionGroup: Of several such errors.
    """
    text = text_of(data, name)
    try:
        value = _values(text)
    except (ValueError, RecursionError) as fault:
        raise _refusal(fault, text, name) from None
    refuse_half_characters(value, text, name)
    # The standard library reads in C and tells no places; they are sought when a fault asks for
    # one.
    return Tree(value, Places(name, cache(lambda: _Cursor(text).take_spot())))


def _values(text: str) -> Value:
    value: Value = json.loads(
        text,
        object_pairs_hook=_without_twins,
        parse_int=resolve_scalar,
        parse_float=resolve_scalar,
        parse_constant=_number,
    )
    # Level by level: a walk by calls would fail where the brackets are deepest.
    level: list[Value] = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
    if any(isinstance(inner, dict | list) for inner in level):
        raise ValueError(_TOO_DEEP)
    return value


def _inside(value: Value) -> list[Value]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _without_twins(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key is given twice")
    return value


def _number(word: str) -> Value:
    if word in _NO_NUMBERS:
        raise ValueError(f"{word} is not a number that can be used")
    return resolve_scalar(word)


def _refusal(
    refused: ValueError | RecursionError, text: str, name: str
) -> InvalidFileError | ExceptionGroup[InvalidFileError]:
    if not text.strip():
        return InvalidFileError("the file is empty", Location(name), "write a JSON value into it")
    try:
        json.loads(text, parse_int=str)
    except json.JSONDecodeError as found:
        fault = _at_the_comma(found)
        return InvalidFileError(
            f"this is not JSON: {fault.msg.lower().removesuffix(' at')}",
            Location(name, fault.lineno, fault.colno),
            "JSON has no comments, no trailing commas and only double quotes; name the file .yaml"
            " if it is YAML",
        )
    except RecursionError:
        pass  # sound down to a level that the outline does not reach
    faults = _Outline(text, name).faults
    return grouped(name, faults or [InvalidFileError(str(refused), Location(name))])


def _at_the_comma(fault: json.JSONDecodeError) -> json.JSONDecodeError:
    """Say of a comma with nothing behind it what Python says from 3.13 on, under any Python."""
    before, closing = fault.doc[: fault.pos].rstrip(), fault.doc[fault.pos : fault.pos + 1]
    if not before.endswith(",") or closing not in _CLOSED:
        return fault
    said = f"illegal trailing comma before end of {_CLOSED[closing]}"
    return json.JSONDecodeError(said, fault.doc, len(before) - 1)


_CLOSED = {"}": "object", "]": "array"}


class _Cursor:
    """A place in a sound JSON text, before the next thing that is no space, comma or colon.

    Values are stepped over by the standard library's scanner, which is written in C: few of the
    thousands in a tool list are ever asked for.
    """

    def __init__(self, text: str, start: int = 0, line: int = 0) -> None:
        self.text, self._at, self._line = text, start, line
        self._skip(start)

    @property
    def next(self) -> str:
        """The character it stands before."""
        return self.text[self._at]

    def mark(self) -> Point:
        return Point(self._line, self._at - self.text.rfind("\n", 0, self._at) - 1)

    def take_value(self) -> Value:
        value: Value
        value, end = _SKIM.raw_decode(self.text, self._at)
        self._skip(end)
        return value

    def take_spot(self, key: Point | None = None) -> Spot:
        inside = _Inside(self.text, self._at, self._line) if self.next in "[{" else None
        spot = self.mark(), key, inside
        self.take_value()
        return spot

    def _skip(self, to: int) -> None:
        between = _BETWEEN.match(self.text, to)
        before, self._at = self._at, between.end() if between else to
        self._line += self.text.count("\n", before, self._at)


class _Inside(Mapping[str | int, Spot]):
    """The spots of one list or mapping, found when one of them is asked for."""

    def __init__(self, text: str, start: int, line: int) -> None:
        self._text, self._start, self._line = text, start, line

    def __getitem__(self, step: str | int) -> Spot:
        return self._spots[step]

    def __iter__(self) -> Iterator[str | int]:
        return iter(self._spots)

    def __len__(self) -> int:
        return len(self._spots)

    @cached_property
    def _spots(self) -> dict[str | int, Spot]:
        cursor = _Cursor(self._text, self._start + 1, self._line)
        spots: dict[str | int, Spot] = {}
        while cursor.next not in "]}":
            if self._text[self._start] == "[":
                spots[len(spots)] = cursor.take_spot()
            else:
                mark, key = cursor.mark(), str(cursor.take_value())
                spots[key] = cursor.take_spot(mark)
        return spots


class _Outline:
    """A JSON text that is refused, walked through for every fault and its place."""

    def __init__(self, text: str, name: str) -> None:
        self.faults: list[InvalidFileError] = []
        self._name = name
        # Keys of each mapping that is open, with their places; None for a list, as the text itself.
        self._open: list[dict[str, Point] | None] = [None]
        self._awaits_key = False
        line = line_start = 0
        for token in _TOKEN.finditer(text):
            if token[0] == "\n":
                line, line_start = line + 1, token.end()
            elif not self._take(token[0], Point(line, token.start() - line_start)):
                break

    def _take(self, word: str, mark: Point) -> bool:
        keys = self._open[-1]
        if keys is not None and self._awaits_key and word != "}":
            self._take_key(keys, json.loads(word), mark)
            self._awaits_key = False
            return len(self.faults) < _MOST_FAULTS
        if word in {"]", "}"}:
            self._open.pop()
        elif word in {"[", "{"}:
            self._open.append({} if word == "{" else None)
        else:
            self._check_number(word, mark)
        self._awaits_key = True
        if len(self._open) > MAX_DEPTH + 1:
            self._refuse(mark, _TOO_DEEP, "look for brackets that are not closed")
            return False
        return len(self.faults) < _MOST_FAULTS

    def _take_key(self, keys: dict[str, Point], key: str, mark: Point) -> None:
        if key in keys:
            first = at_mark(self._name, keys[key])
            hint = f"keep one of the two; the first is at {first}"
            self._refuse(mark, f"the key '{short(key)}' is given twice", hint)
        keys[key] = mark

    def _check_number(self, word: str, mark: Point) -> None:
        if word.startswith('"'):
            return
        try:
            _number(word)
        except ValueError as fault:
            self._refuse(mark, str(fault), "put it in double quotes if it is text")

    def _refuse(self, mark: Point, message: str, hint: str) -> None:
        self.faults.append(InvalidFileError(message, at_mark(self._name, mark), hint))
