"""Pydantic's list of errors, cut down to what a person has to put right.

A union reports every branch it tried, and the names of branches and validators stand among the
keys of a path. Here each path is the file's own, and only the branch that was meant is left.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from threatmodel.reading.positions import Steps, Value, entries

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

STRANGE = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
"""Errors that say a record, or a rule that is a dataclass, has no such key."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with one value or key."""

    path: Steps
    """Way to the value, or to where it is missing."""
    error: ErrorDetails
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
    if error["type"] in {*STRANGE, "missing"}:
        return way[:-1], way[-1:], error["type"] in STRANGE
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
    about_keys = {*STRANGE, "missing"}
    return sum(one.error["type"] in about_keys and len(one.path) == depth + 1 for one in branch)


def _reach(branch: Sequence[Complaint], depth: int) -> int:
    if any(len(one.path) > depth for one in branch):
        return 2
    return int(any(one.error["type"] not in SHAPES for one in branch))
