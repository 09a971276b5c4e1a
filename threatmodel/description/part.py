"""What every part of a description is: an immutable record that is read without pydantic.

Importing pydantic and building its validators takes 95 ms, a third of `aivss score`. So what a file
says plainly, as its field asks for it, is taken here; whatever is in any doubt is handed to
pydantic (`model.py`), which alone converts, refuses and words what is wrong.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import Field, field
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Self,
    TypeAlias,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
)

from threatmodel.reading.positions import Tree, Value

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


def marks_of(hint: Hint) -> tuple[object, ...]:
    """Give what a field is marked with."""
    found: tuple[object, ...] = getattr(hint, "__metadata__", ())
    return found


class DoubtError(Exception):
    """A value is not plainly what its field asks for; pydantic decides."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Part:
    """An immutable value; unknown fields are errors, field docstrings become its schema.

    A field's default is an attribute of the class. Raises pydantic's ValidationError when it is
    made of what its fields cannot hold.
    """

    LENIENT: ClassVar[bool] = False
    """Whether unknown keys are passed over."""

    _hints: ClassVar[Mapping[str, Hint]] = {}
    _makes: ClassVar[Mapping[str, Any]] = {}
    _needs: ClassVar[frozenset[str]] = frozenset()
    _takers: ClassVar[Mapping[str, tuple[str, "Taker"]]] = {}

    def __init_subclass__(cls) -> None:
        """Collect the fields: what is annotated and neither private nor of the class."""
        own = {
            name: hint
            for name, hint in vars(cls).get("__annotations__", {}).items()
            if not name.startswith("_") and get_origin(hint) is not ClassVar
        }
        cls._hints = {**cls._hints, **own}
        cls._needs |= own.keys() - vars(cls).keys()
        given = {name: vars(cls).get(name) for name in own}
        made = {name: one.default_factory for name, one in given.items() if isinstance(one, Field)}
        cls._makes = {**cls._makes, **made}

    def __init__(self, **given: object) -> None:
        """Take each field by its name."""
        try:
            values = {name: _taker(self._hints[name])(one) for name, one in given.items()}  # type: ignore[arg-type]
            self._fill(values)
        except (DoubtError, KeyError):
            from threatmodel.description.model import converted  # noqa: PLC0415 - seldom needed

            self._fill(converted(type(self), given))

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """Make one of a mapping as a file has it; raises ValidationError."""
        try:
            return taken(cls, dict(value))
        except DoubtError:
            from threatmodel.description.model import converted  # noqa: PLC0415 - seldom needed

            return cls.filled(converted(cls, value))

    @classmethod
    def hints(cls) -> Mapping[str, Hint]:
        """Give the fields with their types, those of base classes first."""
        return cls._hints

    @classmethod
    def key_of(cls, name: str) -> str:
        """Give the key that a file has for a field."""
        marks = marks_of(cls._hints[name])
        return next((mark.name for mark in marks if isinstance(mark, Key)), name)

    @classmethod
    def takers(cls) -> Mapping[str, tuple[str, "Taker"]]:
        """Give each field by its key: its name, and what takes its values."""
        if "_takers" not in vars(cls):
            named = cls._hints.items()
            cls._takers = {cls.key_of(name): (name, _taker(hint)) for name, hint in named}
        return cls._takers

    @classmethod
    def filled(cls, values: Mapping[str, object]) -> Self:
        """Make one of values that fit; nothing is checked but that none is missing."""
        one = cls.__new__(cls)
        one._fill(values)  # noqa: SLF001 - its own
        return one

    def _fill(self, values: Mapping[str, object]) -> None:
        vars(self).update({name: make() for name, make in self._makes.items()}, **values)
        if not values.keys() >= self._needs:
            raise DoubtError

    def changed(self, update: Mapping[str, object]) -> Self:
        """Give the same with some fields set; what is set is not checked."""
        one = self.__new__(type(self))
        vars(one).update(vars(self), **update)
        return one

    def as_dict(self) -> dict[str, Any]:
        """Give each field's value by name."""
        return {name: getattr(self, name) for name in self._hints}

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse to be changed."""
        raise AttributeError(f"{type(self).__name__} is frozen; use `changed`")

    def __eq__(self, other: object) -> bool:
        """Compare the fields."""
        return isinstance(other, type(self)) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        """Hash the fields; TypeError where one is a mapping."""
        return hash((type(self), *self.as_dict().values()))

    def __repr__(self) -> str:
        """Write it as it is made."""
        told = ", ".join(f"{name}={value!r}" for name, value in self.as_dict().items())
        return f"{type(self).__name__}({told})"


# What a file says plainly.


def check_part(kind: type[P], tree: Tree) -> P:
    """Make a part of what a file says; raises as `threatmodel.reading.check` does."""
    try:
        return taken(kind, tree.value)
    except DoubtError:
        from threatmodel.description.model import checked  # noqa: PLC0415 - seldom needed

        return checked(kind, tree)


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


def _taker(hint: Hint) -> Taker:
    """Say how values of a type are taken; marks that ask for nothing are left aside."""
    marks = marks_of(hint)
    if not marks:
        return _plain_taker(hint)
    if Json() in marks:
        return _object
    asked = [mark for mark in marks if isinstance(mark, Length | Between)]
    plain = _taker(get_args(hint)[0])
    return _within(plain, asked[0]) if asked else plain


@cache
def _plain_taker(hint: Hint) -> Taker:
    if hint in _TAKERS:
        return _TAKERS[hint]
    origin: Hint = get_origin(hint)
    arguments = get_args(hint)
    if origin in (Union, UnionType):
        return _first_of([_taker(one) for one in arguments])
    if origin is Literal:
        return _word_of(arguments)
    if origin is tuple:
        return _list_of(_taker(arguments[0]))
    return _mapping_of(_taker(arguments[1])) if origin is dict else _part_of(hint)


def _exactly(kind: type) -> Taker:
    def take(value: Value) -> object:
        if type(value) is not kind:
            raise DoubtError
        return value

    return take


def _part_of(kind: type[Part]) -> Taker:
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
