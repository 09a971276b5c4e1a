"""What every part of a description is: an immutable record that is read without pydantic.

Importing pydantic and building its validators takes 95 ms, a third of `aivss score`. So what a file
says plainly, as its field asks for it, is taken as it stands (`plain_values.py`); what is in any
doubt is handed to pydantic (`model.py`), which alone converts, refuses and words what is wrong.
"""

from collections.abc import Mapping
from dataclasses import Field, field
from typing import Any, ClassVar, Self, dataclass_transform, get_origin

from threatmodel.description.plain_values import (
    DoubtError,
    Hint,
    Key,
    P,
    Taker,
    metadata_of,
    taken,
    taker_of,
)
from threatmodel.reading.positions import Tree


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
    _takers: ClassVar[Mapping[str, tuple[str, Taker]]] = {}

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
            values = {name: taker_of(self._hints[name])(one) for name, one in given.items()}  # type: ignore[arg-type]
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
        marks = metadata_of(cls._hints[name])
        return next((mark.name for mark in marks if isinstance(mark, Key)), name)

    @classmethod
    def takers(cls) -> Mapping[str, tuple[str, Taker]]:
        """Give each field by its key: its name, and what takes its values."""
        # Per class and when first needed: most descriptions have few of the sections.
        if "_takers" not in vars(cls):
            named = cls._hints.items()
            cls._takers = {cls.key_of(name): (name, taker_of(hint)) for name, hint in named}
        return cls._takers

    @classmethod
    def filled(cls, values: Mapping[str, object]) -> Self:
        """Make one of values that fit; nothing is checked but that none is missing."""
        one = cls.__new__(cls)
        one._fill(values)  # noqa: SLF001 - its own
        return one

    def _fill(self, values: Mapping[str, object]) -> None:
        # Past __setattr__, which refuses: a record is filled once.
        vars(self).update({name: make() for name, make in self._makes.items()}, **values)
        if not values.keys() >= self._needs:
            raise DoubtError

    def changed(self, update: Mapping[str, object]) -> Self:
        """Give the same with some fields set; what is set is not checked."""
        one = self.__new__(type(self))
        vars(one).update(vars(self), **update)
        return one

    @property
    def given(self) -> Mapping[str, Any]:
        """The fields that somebody set, and those whose default is made anew, by name."""
        return vars(self)

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


def check_part(kind: type[P], tree: Tree) -> P:
    """Make a part of what a file says; raises as `threatmodel.reading.check` does."""
    try:
        return taken(kind, tree.value)
    except DoubtError:
        from threatmodel.description.model import checked  # noqa: PLC0415 - seldom needed

        return checked(kind, tree)
