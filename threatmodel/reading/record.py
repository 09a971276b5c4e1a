"""The one base class of every value that people write."""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value; unknown fields are errors, field docstrings become its schema.

    The validators are built, and the docstrings read, when they are first needed: a daily run
    uses a few of the records and none of their texts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def written_as(cls) -> tuple[type, ...]:
        """Give the classes whose source says what its fields are."""
        return (cls,)


def schema_of(
    kind: type[Record], mode: Literal["validation", "serialization"] = "validation"
) -> dict[str, Any]:
    """Give the JSON Schema of a record, with its field docstrings as descriptions."""
    _document_all()
    return kind.model_json_schema(by_alias=True, mode=mode)


_DOCUMENTED: set[type[Record]] = set()
"""Records whose docstrings were read; modules that are imported later bring more."""


def _document_all() -> None:
    kinds = [kind for kind in _below(Record) if kind not in _DOCUMENTED]
    _DOCUMENTED.update(kinds)
    for kind in kinds:
        written = (pair for one in kind.written_as() for pair in docstrings_of(one))
        for name, text in written:
            if name in kind.model_fields and kind.model_fields[name].description is None:
                kind.model_fields[name].description = text
    for kind in kinds:
        kind.model_rebuild(force=True)


def _below(kind: type[Record]) -> Iterator[type[Record]]:
    """Yield the kinds of records, those made of others after them: children after all parents."""
    level = kind.__subclasses__()
    while level:
        yield from level
        level = [child for one in level for child in one.__subclasses__()]


def docstrings_of(kind: type) -> Iterator[tuple[str, str]]:
    """Read the string that follows each field of a class."""
    (parsed,) = ast.parse(inspect.cleandoc("\n" + inspect.getsource(kind))).body
    body = parsed.body if isinstance(parsed, ast.ClassDef) else []
    for field, text in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        ):
            yield field.target.id, inspect.cleandoc(text.value.value)
