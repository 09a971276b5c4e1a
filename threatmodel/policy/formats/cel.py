"""Argument checks in CEL: expressions that fail, and so refuse, on whatever they do not foresee.

An error in one part of `||` is forgiven when the other part is true; every part is therefore
written so that it is true only for what passes. Types are told apart by operations that fail on
others, as not every engine has `type()`.
"""

from collections.abc import Iterable, Sequence
from itertools import count

from threatmodel.emit import quoted
from threatmodel.policy.formats.conditions import carried_kinds, pattern_of
from threatmodel.policy.formats.coverage import Ledger
from threatmodel.policy.guard import ITEMS, SEARCHED, STRUCTURES, ArgumentCheck, Guard, Scalar

_WORDS = {
    "in": "{at} in {all}",
    "not_in": "!({at} in {all})",
    "exists": "{at} != null",
    "contains": "{at}.contains({one})",
    "without_text": "{all}.all(part, !{at}.contains(part))",
    "max_items": "(({at} == [] || {at}[0] == {at}[0]) && size({at}) <= {one})",
}
_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "==", "neq": "!="}


def cel_string(text: str) -> str:
    """Quote text as a CEL string."""
    return quoted(text)


def cel_list(values: Sequence[str]) -> str:
    """Quote texts as a CEL list."""
    return f"[{', '.join(map(cel_string, values))}]"


def searchable(guards: Iterable[Guard], ledger: Ledger) -> tuple[Guard, ...]:
    """Account for the argument guards of a tool, and give those that can be written.

    Nothing here walks a structure: what would only be searched inside one is not held as a whole.
    """
    found = []
    for guard in guards:
        searched = [c.type for c in guard.checks if c.operator in SEARCHED and c.gives_way]
        if not STRUCTURES.isdisjoint(searched):
            ledger.drop(guard, "Text inside a structure is not searched here.")
            continue
        if "any" in searched:
            ledger.drop(guard, "Only a plain text is searched here, no text inside a structure.")
        else:
            ledger.keep(guard)
        found.append(guard)
    return tuple(found)


def cel_check(check: ArgumentCheck, root: str) -> str:
    """Write a check on the arguments that `root` names."""
    return _at(root, check.path, check, count(), nested=False)


def _at(
    place: str, path: Sequence[str], check: ArgumentCheck, names: "count[int]", *, nested: bool
) -> str:
    if not path:
        return _compare(place, check)
    if path[0] == ITEMS:
        item = f"i{next(names)}"
        rest = _at(item, path[1:], check, names, nested=True)
        return f"({_is_list(place)} && {place}.all({item}, {rest}))"
    key = cel_string(path[0])
    rest = _at(f"{place}[{key}]", path[1:], check, names, nested=True)
    if not check.optional:
        return rest
    absent = f"(!({key} in {place}) || {place}[{key}] == null || {rest})"
    return f"({_is_map(place, f'k{next(names)}')} && {absent})" if nested else absent


def _compare(place: str, check: ArgumentCheck) -> str:
    if check.operator in SEARCHED and check.type == "any" and check.gives_way:
        # Nothing here walks a structure, and a number holds no text.
        number = f"{place} <= 0.0 || {place} > 0.0 || {place} == true || {place} == false"
        return f"({_is_list(place)} || {_is_map(place, 'k')} || {number} || {_words(place, check)})"
    return _words(place, check)


def _words(place: str, check: ArgumentCheck) -> str:
    pattern = pattern_of(check)
    if pattern is not None:
        return f"{place}.matches({cel_string(pattern)})"
    if check.operator == "free_of":
        # One pattern for all: a rule has room for so many characters.
        found = "|".join(kind.found for kind in carried_kinds(check))
        return f"!{place}.matches({cel_string(found)})"
    values = check.values
    if check.operator in _SIGNS:
        return f"{place} {_SIGNS[check.operator]} {_number(values[0])}"
    listed = f"[{', '.join(map(_literal, values))}]"
    return _WORDS[check.operator].format(at=place, one=_literal(values[0]), all=listed)


def _is_list(place: str) -> str:
    return f"({place} == [] || {place}[0] == {place}[0])"


def _is_map(place: str, key: str) -> str:
    # An empty list has no item that would tell it from an empty mapping.
    every = f'{key}.startsWith("") && {place}[{key}] == {place}[{key}]'
    return f"({place} != [] && {place}.all({key}, {every}))"


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return cel_string(value) if isinstance(value, str) else repr(value)


def _number(value: Scalar) -> str:
    """Write bounds as doubles: numbers in JSON are doubles to most engines."""
    return repr(float(value)) if type(value) is int else _literal(value)
