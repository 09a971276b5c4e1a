"""Notations as they are found in the wild: loose JSON, TOML, CloudFormation with short tags."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator

import yaml
from yaml.error import YAMLError
from yaml.events import CollectionStartEvent, ScalarEvent, StreamEndEvent

from threatmodel.errors import InvalidFileError, Location
from threatmodel.reading.positions import MAX_DEPTH, Value
from threatmodel.reading.toml import parse_toml

# JSON as it is found in the wild: with comments, trailing commas, log lines in between.

MOST_LEVELS = MAX_DEPTH - 8
"""Deepest nesting that is taken in; what is written around it must still fit a description."""

# Strings are matched first, and kept: `//` stands in every address.
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r'"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])')
# Log lines hold brackets as well, but a message of the protocol begins its line.
_OPENING = re.compile(r"^[ \t]*(?=[{\[])", re.MULTILINE)
# Longer ones are ids; Python itself refuses more than 4,300 digits with a bare ValueError.
_LONGEST_NUMBER = 64


def read_json(text: str, name: str, twice: list[str] | None = None) -> Value:
    """Read one JSON value; comments and trailing commas are tolerated.

    Of a key that an object gives twice the last counts, as for most that read JSON; `twice` takes
    down which.

    Raises:
        InvalidFileError: It is not JSON, or nested deeper than a description can be.
    """
    try:
        return _loads(text, name, twice)
    except json.JSONDecodeError as fault:
        relaxed = _TRAILING_COMMA.sub(_keep_strings, _COMMENT.sub(_keep_strings, text))
        try:
            return _loads(relaxed, name, twice)
        except json.JSONDecodeError:
            raise _not_json(fault, name) from None


def read_json_among_lines(text: str, name: str, twice: list[str]) -> list[Value]:
    """Read every JSON object or list that begins a line; the other lines are log noise."""
    return list(_values(text, name, twice))


def _values(text: str, name: str, twice: list[str]) -> Iterator[Value]:
    decoder = json.JSONDecoder(
        object_pairs_hook=_noting(twice),
        parse_constant=_no_number,
        parse_int=_whole,
        parse_float=_broken,
    )
    end = 0
    for opening in _OPENING.finditer(text):
        if opening.end() < end:
            continue
        try:
            value, end = decoder.raw_decode(text, opening.end())
        except json.JSONDecodeError:
            continue
        except RecursionError:
            raise _too_deep(name) from None
        yield _clean(value, name)


def _loads(text: str, name: str, twice: list[str] | None) -> Value:
    try:
        value = json.loads(
            text,
            object_pairs_hook=_noting(twice) if twice is not None else None,
            parse_constant=_no_number,
            parse_int=_whole,
            parse_float=_broken,
        )
    except RecursionError:
        raise _too_deep(name) from None
    return _clean(value, name)


def _noting(twice: list[str]) -> Callable[[list[tuple[str, Value]]], dict[str, Value]]:
    twice.clear()

    def pairs(given: list[tuple[str, Value]]) -> dict[str, Value]:
        value = dict(given)
        if len(value) < len(given):
            counts = Counter(key for key, _ in given)
            twice.extend(_whole_characters(key) for key, many in counts.items() if many > 1)
        return value

    return pairs


def _clean(value: Value, name: str, level: int = 0) -> Value:
    """Replace half characters, which no output could hold, and refuse bottomless nesting."""
    if level > MOST_LEVELS:
        raise _too_deep(name)
    if isinstance(value, str):
        return _whole_characters(value)
    if isinstance(value, list):
        return [_clean(item, name, level + 1) for item in value]
    if isinstance(value, dict):
        return {_whole_characters(k): _clean(v, name, level + 1) for k, v in value.items()}
    # TOML has infinity and no number, which a description holds as text.
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _whole_characters(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _no_number(word: str) -> str:
    """Keep NaN and Infinity as text: JSON has no such numbers, some servers send them."""
    return word


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _broken(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _keep_strings(found: re.Match[str]) -> str:
    """Blank out what is not a string, keeping lines and columns where they are."""
    part = found.group()
    return part if part.startswith('"') else re.sub(r"[^\n]", " ", part)


def _not_json(fault: json.JSONDecodeError, name: str) -> InvalidFileError:
    return InvalidFileError(
        f"the file is not JSON: {fault.msg}",
        Location(name, fault.lineno, fault.colno),
        "check the line above too: a comma or a closing bracket may be missing",
    )


def _too_deep(name: str) -> InvalidFileError:
    return InvalidFileError(
        f"lists and objects stand more than {MOST_LEVELS} deep one inside the other",
        Location(name),
        "no tool list or configuration needs that; look for what generated the file",
    )


# TOML, in which one client keeps its configuration.


def read_toml(text: str, name: str) -> Value:
    """Read a TOML document.

    Raises:
        InvalidFileError: It is not TOML, or nested deeper than a description can be.
    """
    return _clean(parse_toml(text.encode(), name).value, name)


# CloudFormation templates as YAML: short tags (`!Ref`, `!Sub`) blanked out, nothing moved.

# Tags are blanked out in such templates alone: elsewhere an unknown tag is a fault that is told.
_TEMPLATE = re.compile(r"^AWSTemplateFormatVersion\b|^\s+Type:\s*['\"]?AWS::", re.MULTILINE)
_SHORT_TAG = re.compile(r"![A-Z]\w*(?=[ \t\n]|$)")
_PARSER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
# Far more than a template of a stack has, and few enough that matching them takes no time.
_MOST_TAGS = 20_000


def without_short_tags(text: str) -> str:
    """Blank out the tags of a template, so that what they stand before is plain YAML.

    `!Ref Role` becomes `Role`, `!GetAtt Role.Arn` becomes `Role.Arn`; lines and columns stay.
    Text that is no such template, or no YAML, is given back as it is.
    """
    if not _TEMPLATE.search(text) or len(_SHORT_TAG.findall(text)) > _MOST_TAGS:
        return text
    try:
        places = _tagged(text)
    except (YAMLError, ValueError):
        return text
    lines = text.split("\n")
    for line, column in places:
        lines[line] = _blanked(lines[line], column)
    return "\n".join(lines)


def _tagged(text: str) -> list[tuple[int, int]]:
    """Give line and column of each value with a short tag."""
    next_event = _PARSER(text).get_event
    places: list[tuple[int, int]] = []
    while True:
        event = next_event()
        if isinstance(event, StreamEndEvent):
            return places
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag and event.start_mark:
            places.append((event.start_mark.line, event.start_mark.column))


def _blanked(line: str, column: int) -> str:
    found = _SHORT_TAG.match(line, column)
    if not found:
        return line
    return line[:column] + " " * (found.end() - column) + line[found.end() :]
