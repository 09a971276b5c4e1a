"""What could have stood in a place of a file: known keys, and the word that was perhaps meant."""

import types
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from threatmodel.tree import Steps, Value

_LONGEST_WORD = 80
_MOST_CHOICES = 24


def suggestion(word: str, known: Collection[str]) -> str:
    """Ask `did you mean ...?` where a known word is near, else list the known words."""
    meant = near(word, known)
    if meant:
        return f"did you mean '{meant}'?"
    choices = sorted(set(known))
    more = f" and {len(choices) - _MOST_CHOICES} more" if len(choices) > _MOST_CHOICES else ""
    return f"possible here: {', '.join(choices[:_MOST_CHOICES])}{more}" if choices else ""


def near(word: str, known: Collection[str]) -> str | None:
    """Find the known word that is most like `word`, whatever its case."""
    folded = {one.lower(): one for one in sorted(known)}
    found = get_close_matches(word[:_LONGEST_WORD].lower(), folded, n=1)
    return folded[found[0]] if found else None


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
            yield from (field.annotation for key, field in _fields(branch).items() if key == step)
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
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _fields(record: object) -> dict[str, FieldInfo]:
    fields: dict[str, FieldInfo] = getattr(record, "model_fields", {})
    return {field.alias or name: field for name, field in fields.items()}


def _agrees(record: object, value: Value) -> bool:
    return not isinstance(value, dict) or all(
        value[key] in get_args(field.annotation)
        for key, field in _fields(record).items()
        if key in value and get_origin(field.annotation) is Literal
    )
