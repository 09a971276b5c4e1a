"""Values as files say them, taken as fields ask for them: what is plain, and nothing else."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

from threatmodel.reading.positions import Value

if TYPE_CHECKING:
    from threatmodel.description.part import Part

# Marks of a field, in `Annotated`.


class Key(NamedTuple):
    """The key that a file has for a field, where it is not the field's name."""

    name: str
    """Such as `inputSchema`."""


class Length(NamedTuple):
    """How long a text may be."""

    least: int = 0
    """Fewest characters."""
    most: int | None = None
    """Most characters; None: any number."""


class Between(NamedTuple):
    """How large a number may be."""

    least: int | Decimal
    """Smallest value."""
    most: int | Decimal
    """Largest value."""


class Json(NamedTuple):
    """Any JSON value, nested at will; a file holds nothing else."""


JsonObject: TypeAlias = Annotated[dict[str, Value], Json()]
"""A JSON object of somebody else's, such as a JSON Schema."""

Hint: TypeAlias = Any
"""A type as a field is annotated with it."""

P = TypeVar("P", bound="Part")


def metadata_of(hint: Hint) -> tuple[object, ...]:
    """Give what a field is marked with."""
    found: tuple[object, ...] = getattr(hint, "__metadata__", ())
    return found


class DoubtError(Exception):
    """A value is not plainly what its field asks for; pydantic decides."""


# What a file says plainly.

Taker: TypeAlias = Callable[[Value], object]
"""Gives what a value stands for, or raises DoubtError."""


def taken(kind: type[P], value: Value) -> P:
    """Take a mapping of a file as a `kind`; raises DoubtError where anything is not plain."""
    if not isinstance(value, dict):
        raise DoubtError
    found: dict[str, object] = {}
    takers = kind.takers()
    for key, inner in value.items():
        if key in takers:
            name, take = takers[key]
            found[name] = take(inner)
        elif not kind.LENIENT:
            raise DoubtError
    return kind.filled(found)


def taker_of(hint: Hint) -> Taker:
    """Say how values of a type are taken; marks that ask for nothing are left aside."""
    marks = metadata_of(hint)
    if not marks:
        return _plain_taker(hint)
    if Json() in marks:
        return _object
    asked = [mark for mark in marks if isinstance(mark, Length | Between)]
    plain = taker_of(get_args(hint)[0])
    return _within(plain, asked[0]) if asked else plain


@cache
def _plain_taker(hint: Hint) -> Taker:
    if hint in _TAKERS:
        return _TAKERS[hint]
    origin: Hint = get_origin(hint)
    arguments = get_args(hint)
    if origin in (Union, UnionType):
        return _first_of([taker_of(one) for one in arguments])
    if origin is Literal:
        return _word_of(arguments)
    if origin is tuple:
        return _list_of(taker_of(arguments[0]))
    return _mapping_of(taker_of(arguments[1])) if origin is dict else _part_of(hint)


def _exactly(kind: type) -> Taker:
    def take(value: Value) -> object:
        # By type and not by isinstance: to Python true is a whole number.
        if type(value) is not kind:
            raise DoubtError
        return value

    return take


def _part_of(kind: "type[Part]") -> Taker:
    def take(value: Any) -> object:  # noqa: ANN401 - of code or of a file
        return value if isinstance(value, kind) else taken(kind, value)

    return take


def _word_of(words: tuple[str, ...]) -> Taker:
    def take(value: Value) -> object:
        if type(value) is not str or value not in words:
            raise DoubtError
        return value

    return take


def _first_of(takers: list[Taker]) -> Taker:
    def take(value: Value) -> object:
        for one in takers:
            try:
                return one(value)
            except DoubtError:
                continue
        raise DoubtError

    return take


def _list_of(taker: Taker) -> Taker:
    def take(value: Any) -> object:  # noqa: ANN401 - of code or of a file
        if not isinstance(value, list | tuple):
            raise DoubtError
        return tuple([taker(one) for one in value])

    return take


def _mapping_of(taker: Taker) -> Taker:
    def take(value: Value) -> object:
        if not isinstance(value, dict) or not all(type(key) is str for key in value):
            raise DoubtError
        return {key: taker(one) for key, one in value.items()}

    return take


def _object(value: Value) -> object:
    if not isinstance(value, dict):
        raise DoubtError
    return value


def _within(taker: Taker, asked: Length | Between) -> Taker:
    def take(value: Value) -> object:
        found: Any = taker(value)
        size = len(found) if isinstance(asked, Length) else found
        if size < asked.least or (asked.most is not None and size > asked.most):
            raise DoubtError
        return found

    return take


def _number(value: Any) -> Decimal:  # noqa: ANN401 - of code or of a file
    # By its digits: 0.1 as a float is a little more, which exact sums would carry along.
    number = Decimal(str(value)) if type(value) in (int, float, Decimal) else None
    if number is None or not number.is_finite():
        raise DoubtError
    return number


def _day(value: Any) -> dt.date:  # noqa: ANN401 - of code or of a file
    if type(value) is dt.date:
        return value
    if type(value) is not str or not value[4:5] == value[7:8] == "-":  # of other forms of ISO 8601
        raise DoubtError
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise DoubtError from None


_TAKERS: dict[Hint, Taker] = {
    str: _exactly(str),
    bool: _exactly(bool),
    type(None): _exactly(type(None)),
    Decimal: _number,
    dt.date: _day,
}


def visible_letters(text: str) -> bool:
    """Tell whether a text has a letter, digit or sign that can be seen."""
    return any(letter.isprintable() and not letter.isspace() for letter in text)
