"""Plain words for each kind of fault that a value in a file can have."""

import re
import types
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from threatmodel.errors import InvalidFileError, Location, near, short, suggestion
from threatmodel.reading.complaints import SHAPES, STRANGE, Complaint, complaints
from threatmodel.reading.positions import Steps, Tree, Value, entries

# What could have stood in a place of a file.


def _keys_at(kind: type[BaseModel], path: Steps, value: Value) -> list[str]:
    """List the keys that a mapping at `path` of a `kind` can have.

    Where several records are possible there, the ones count whose literal fields (`kind: rate`)
    agree with `value`.
    """
    found: list[object] = [kind]
    for step in path:
        found = [inner for outer in found for inner in _inside(outer, step)]
    records = [one for outer in found for one in _branches(outer) if _is_record(one)]
    fitting = [record for record in records if _agrees(record, value)]
    return [key for record in fitting or records for key in _fields(record)]


def _inside(kind: object, step: str | int) -> Iterator[object]:
    """Give what can stand at a key or index of a `kind`."""
    for branch in _branches(kind):
        arguments = [one for one in get_args(branch) if one is not Ellipsis]
        if _is_record(branch):
            yield from (hint for key, hint in _fields(branch).items() if key == step)
        elif arguments and get_origin(branch) is not Literal:
            yield arguments[-1 if isinstance(step, str) else min(step, len(arguments) - 1)]


def _branches(kind: object) -> Iterator[object]:
    """Take unions and annotations apart."""
    if get_origin(kind) is Annotated:
        yield from _branches(get_args(kind)[0])
    elif get_origin(kind) in {Union, types.UnionType}:
        for branch in get_args(kind):
            yield from _branches(branch)
    else:
        yield kind


def _is_record(kind: object) -> bool:
    return isinstance(kind, type) and (issubclass(kind, BaseModel) or is_dataclass(kind))


def _fields(record: object) -> dict[str, object]:
    """Give the annotation of each key that a file can have."""
    if not is_dataclass(record):
        known = getattr(record, "model_fields", {})
        return {field.alias or name: field.annotation for name, field in known.items()}
    spell = getattr(record, "__pydantic_config__", {}).get("alias_generator") or str
    hints = get_type_hints(record)
    return {spell(one.name): hints[one.name] for one in fields(record) if one.init}


def _agrees(record: object, value: Value) -> bool:
    return not isinstance(value, dict) or all(
        value[key] in get_args(hint)
        for key, hint in _fields(record).items()
        if key in value and get_origin(hint) is Literal
    )


# A message that lists all known words hides what it is about; the hint names the likely one.
_FEW = 4
# Each is worded and placed in the file; a stranger's file can hold a million.
_MOST_FAULTS = 200
_QUOTED = re.compile(r"'([^']*)'")
# Choices of one alternative come as a list of their own.
_LISTED = re.compile(r"(?<='), (?=')|(?<=') or (?=')")
_HOW = {
    "true or false": "write true or false, without quotes",
    "a number": "write it in digits, such as 0.5",
    "a whole number": "write it in digits, such as 3",
    "a date": "write it as year-month-day, such as 2026-01-31",
    "text": "put it in quotes, exactly as it is meant, so that it stays text",
    "left out": "remove it",
    "a list": 'write each entry on a line of its own that begins with "- "',
    "a mapping": "write `key: value` lines below it, further indented",
}
_LIMITS = {
    "greater_than": "must be more than {gt}, not {input}",
    "greater_than_equal": "must be at least {ge}, not {input}",
    "less_than": "must be less than {lt}, not {input}",
    "less_than_equal": "must be at most {le}, not {input}",
    "multiple_of": "must be a multiple of {multiple_of}, not {input}",
    "decimal_max_digits": "must have at most {max_digits} digits, unlike {input}",
    "decimal_max_places": "must have at most {decimal_places} digits after the point, not {input}",
    "string_too_short": "must have at least {min_length} characters, unlike {input}",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries, not {actual_length}",
    "too_long": "must have at most {max_length} entries, not {actual_length}",
    "string_pattern_mismatch": "must have the form {pattern}, unlike {input}",
}


def all_faults(
    kind: type[BaseModel], tree: Tree, refused: ValidationError
) -> ExceptionGroup[InvalidFileError]:
    """Say of each value that a `kind` cannot have what is wrong, where, and what it could be.

    A validator of a record adds its own help as `hint` in the context of a PydanticCustomError.
    """
    groups = sorted(complaints(refused, tree.value), key=lambda group: _order(tree, group[0]))
    faults = [_fault(kind, tree, group) for group in groups[:_MOST_FAULTS]]
    top = tree.places.of(()) or Location("the value")
    if len(groups) > _MOST_FAULTS:
        more = f"{len(groups) - _MOST_FAULTS} more faults follow"
        faults.append(InvalidFileError(more, Location(top.path)))
    return ExceptionGroup(f"{top.path}: {len(groups)} faults", faults)


def _order(tree: Tree, one: Complaint) -> tuple[bool, str, int, int]:
    """Put the file itself first, then each file it refers to, and each from top to bottom."""
    top, where = tree.places.of(()), _place(tree, one) or Location("")
    return bool(top and top.path != where.path), where.path, where.line, where.column


def _place(tree: Tree, one: Complaint) -> Location | None:
    """Find the key or value that a complaint is about, else what lacks it."""
    return tree.places.key(one.path) if one.on_key else tree.places.of(one.path)


def _fault(kind: type[BaseModel], tree: Tree, group: Sequence[Complaint]) -> InvalidFileError:
    one = group[0]
    if one.error["type"] not in SHAPES:
        message, hint = _single(kind, tree, one)
    elif one.on_key and _words(group):
        message, hint = "unknown key", suggestion(str(one.path[-1]), _words(group))
    else:
        message, hint = _shape(kind, group)
    if one.on_key and message != "unknown key":
        message = f"this key {message}"
    field = ".".join(short(str(step)) for step in one.path)
    return InvalidFileError(f"{field}: {message}" if field else message, _place(tree, one), hint)


def _single(kind: type[BaseModel], tree: Tree, one: Complaint) -> tuple[str, str]:
    error, details = one.error, one.error.get("ctx", {})
    match error["type"]:
        case strange if strange in STRANGE:
            keys = _keys_at(kind, one.path[:-1], _value(tree, one.path[:-1]))
            return "unknown key", suggestion(str(one.path[-1]), keys)
        case "missing" | "union_tag_not_found" if one.path:
            key = one.path[-1]
            top = tree.places.of(())
            sign = " =" if top and top.path.endswith(".toml") else ":"
            return "is missing", "add it" if isinstance(key, int) else f"add `{key}{sign} ...`"
        case "union_tag_invalid":
            words = _QUOTED.findall(details["expected_tags"])
            return f"cannot be '{short(details['tag'])}'", suggestion(details["tag"], words)
        case "string_too_short" | "too_short" if not error["input"]:
            return "must not be empty", ""
        case limit if limit in _LIMITS:
            return _LIMITS[limit].format(**details, input=_shown(error["input"])), ""
        case _:
            return _plainer(error), str(details.get("hint", ""))


def _shape(kind: type[BaseModel], group: Sequence[Complaint]) -> tuple[str, str]:
    """Say together what a value could be, and how that is written."""
    value = group[0].error["input"]
    wanted = list(dict.fromkeys(SHAPES[one.error["type"]] or _choice(one) for one in group))
    words = [word for one in wanted for word in _LISTED.split(one)]
    should = " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
    if value is None:
        return f"should be {should}, but is empty", "give it a value, or leave the line out"
    message = f"should be {should}, not {_shown(value)}"
    if isinstance(value, str) and near(value, _words(group)):
        return message, suggestion(value, _words(group))
    hint = next((how for form, how in _HOW.items() if form in wanted), "")
    known = _keys_at(kind, group[0].path, value) if wanted == ["a mapping"] else _words(group)
    return message, "; ".join(filter(None, (hint, suggestion("", known))))


def _choice(one: Complaint) -> str:
    expected = str(one.error.get("ctx", {}).get("expected", ""))
    words = _QUOTED.findall(expected)
    return expected if len(words) <= _FEW else f"one of {len(words)} known words"


def _words(group: Sequence[Complaint]) -> list[str]:
    expected = [str(one.error.get("ctx", {}).get("expected", "")) for one in group]
    return [found for text in expected for found in _QUOTED.findall(text)]


def _value(tree: Tree, path: Steps) -> Value:
    value = tree.value
    for step in path:
        value = next(iter(entries(value, step)), None)
    return value


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"'{short(value)}'" if value else "empty text"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return short(str(value))


def _plainer(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    message = error["msg"].replace("Input should", "should")
    return message[:1].lower() + message[1:]
