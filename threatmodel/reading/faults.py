"""Plain words for each kind of fault that a value in a file can have."""

import re
import types
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from threatmodel.errors import InvalidFileError, Location, near, short, suggestion
from threatmodel.reading.positions import Steps, Tree, Value, entries

# Pydantic's list of errors, cut down to what a person has to put right.
#
# A union reports every branch it tried, and the names of branches and validators stand among the
# keys of a path. Here each path is the file's own, and only the branch that was meant is left.

SHAPES = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date_from_datetime_inexact": "a date",
    "date_from_datetime_parsing": "a date",
    "date_parsing": "a date",
    "date_type": "a date",
    "decimal_parsing": "a number",
    "decimal_type": "a number",
    "dict_type": "a mapping",
    "enum": "",
    "finite_number": "a number",
    "float_parsing": "a number",
    "float_type": "a number",
    "frozen_set_type": "a list",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "literal_error": "",
    "mapping_type": "a mapping",
    "model_attributes_type": "a mapping",
    "model_type": "a mapping",
    "none_required": "left out",
    "set_type": "a list",
    "string_type": "text",
    "tuple_type": "a list",
}
"""Errors that say a value is of another kind than its field can hold, and of which it should be."""

_STRANGE = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
"""Errors that say a record, or a rule that is a dataclass, has no such key."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with one value or key."""

    path: Steps
    """Way to the value, or to where it is missing."""
    error: ErrorDetails
    """What pydantic says."""
    on_key: bool = False
    """It is the key itself that is wrong."""
    labels: tuple[tuple[int, str | int], ...] = ()
    """Branches that pydantic went through: how far down the path, and which."""


def complaints(refused: ValidationError, top: Value) -> list[list[Complaint]]:
    """List what is wrong with the value `top`; what one value could have been stays together."""
    groups: dict[tuple[Steps, bool, int], list[Complaint]] = {}
    errors = [one for one in refused.errors(include_url=False) if not _only_follows(one)]
    for number, one in enumerate(_meant(_complaint(error, top) for error in errors), start=1):
        apart = 0 if one.error["type"] in SHAPES else number
        groups.setdefault((one.path, one.on_key, apart), []).append(one)
    return list(groups.values())


def _only_follows(error: ErrorDetails) -> bool:
    """Tell whether a list is called too short only because faulty entries were not counted."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _complaint(error: ErrorDetails, top: Value) -> Complaint:
    """Follow an error's path; a branch that is called like a key shows by where it ends."""
    way, tail, on_key = _way(error)
    path, labels, end = _follow(way, top, None)
    for skipped in range(len(way)):
        if entries(end, tail[0]) if on_key else end is error["input"]:
            break
        other = _follow(way, top, skipped)
        if entries(other[2], tail[0]) if on_key else other[2] is error["input"]:
            path, labels, end = other
    return Complaint(path + tail, error, on_key, labels)


def _way(error: ErrorDetails) -> tuple[Steps, Steps, bool]:
    """Split an error's path into the way to a value and the key there that it is about."""
    way = error["loc"]
    if error["type"] in {*_STRANGE, "missing"}:
        return way[:-1], way[-1:], error["type"] in _STRANGE
    if way[-1:] == ("[key]",) and way[-2:-1] == (error["input"],):
        return way[:-2], way[-2:-1], True
    named = str(error.get("ctx", {}).get("discriminator", ""))
    return way, (named.strip("'"),) if named.startswith("'") else (), False


def _follow(
    way: Steps, top: Value, skipped: int | None
) -> tuple[Steps, tuple[tuple[int, str | int], ...], Value]:
    """Tell keys and indices that lead from `top` to a value from labels; where does it end?"""
    path: Steps = ()
    labels: tuple[tuple[int, str | int], ...] = ()
    for number, part in enumerate(way):
        found = entries(top, part) if number != skipped else []
        if found:
            path, top = (*path, part), found[0]
        else:
            labels = (*labels, (len(path), part))
    return path, labels, top


def _meant(found: Iterable[Complaint]) -> list[Complaint]:
    """Leave of each union, from the outermost in, the branch that was meant."""
    settled: list[Complaint] = []
    unions: dict[Steps, dict[str | int, list[Complaint]]] = {}
    for one in found:
        if one.labels:
            (depth, label), *rest = one.labels
            branches = unions.setdefault(one.path[:depth], {})
            branches.setdefault(label, []).append(replace(one, labels=tuple(rest)))
        else:
            settled.append(one)
    for path, branches in unions.items():
        settled += _meant(_likeliest(list(branches.values()), len(path)))
    return settled


def _likeliest(branches: Sequence[list[Complaint]], depth: int) -> list[Complaint]:
    """Pick the branch that got furthest, then the one whose keys the value has.

    Where the value has the shape of no branch, all stay, to say together what it could be.
    """
    furthest = max(_reach(branch, depth) for branch in branches)
    if not furthest:
        return [one for branch in branches for one in branch]
    fitting = (one for one in branches if _reach(one, depth) == furthest)
    return min(fitting, key=lambda one: (_misfit(one, depth), len(one)))


def _misfit(branch: Sequence[Complaint], depth: int) -> int:
    """Count the keys at a depth that a branch does not know or that it lacks."""
    about_keys = {*_STRANGE, "missing"}
    return sum(one.error["type"] in about_keys and len(one.path) == depth + 1 for one in branch)


def _reach(branch: Sequence[Complaint], depth: int) -> int:
    if any(len(one.path) > depth for one in branch):
        return 2
    return int(any(one.error["type"] not in SHAPES for one in branch))


# What could have stood in a place of a file.


def keys_at(kind: type[BaseModel], path: Steps, value: Value) -> list[str]:
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


_FEW = 4
_MOST_FAULTS = 200
_QUOTED = re.compile(r"'([^']*)'")
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
        case strange if strange in _STRANGE:
            keys = keys_at(kind, one.path[:-1], _value(tree, one.path[:-1]))
            return "unknown key", suggestion(str(one.path[-1]), keys)
        case "missing" | "union_tag_not_found" if one.path:
            key = one.path[-1]
            return "is missing", "add it" if isinstance(key, int) else f"add `{key}: ...`"
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
    should = " or ".join(filter(None, (", ".join(wanted[:-1]), wanted[-1])))
    if value is None:
        return f"should be {should}, but is empty", "give it a value, or leave the line out"
    message = f"should be {should}, not {_shown(value)}"
    if isinstance(value, str) and near(value, _words(group)):
        return message, suggestion(value, _words(group))
    hint = next((how for form, how in _HOW.items() if form in wanted), "")
    known = keys_at(kind, group[0].path, value) if wanted == ["a mapping"] else _words(group)
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
