"""Shapes of plain data: which keys a mapping may have, and what stands under each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Rule = Callable[[Any, str], Iterator[str]]
"""Looks at a value at a place and yields what is wrong."""


def load_yaml(text: str) -> Any:
    """Read YAML with the parser in C, which takes a tenth of the time of the other."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping."""

    rule: Rule
    """What stands under it."""

    required: bool = False
    """Whether it must be there."""


def mapping(keys: Mapping[str, Key]) -> Rule:
    """A mapping with these keys and no others."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place}: must be a mapping"
            return
        for name in value:
            if name not in keys:
                yield f"{place}.{name}: unknown key"
            else:
                yield from keys[name].rule(value[name], f"{place}.{name}")
        for name, key in keys.items():
            if key.required and name not in value:
                yield f"{place}.{name}: missing"

    return check


def named(rule: Rule) -> Rule:
    """A mapping with any non-empty names as keys."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place}: must be a mapping"
            return
        for name, inner in value.items():
            if not isinstance(name, str) or not name:
                yield f"{place}: names must be non-empty texts"
            yield from rule(inner, f"{place}.{name}")

    return check


def items(rule: Rule, *, least: int = 0, distinct: bool = False) -> Rule:
    """A list, of at least so many, each once where `distinct`."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{place}: must be a list"
            return
        if len(value) < least:
            yield f"{place}: needs at least {least}"
        if distinct and any(value.count(one) > 1 for one in value):
            yield f"{place}: names something twice"
        for number, inner in enumerate(value):
            yield from rule(inner, f"{place}[{number}]")

    return check


def one_of(*values: Any) -> Rule:
    """One of some values, of the same type."""

    def check(value: Any, place: str) -> Iterator[str]:
        if not any(value == known and type(value) is type(known) for known in values):
            yield f"{place}: must be one of {', '.join(map(repr, values))}"

    return check


def text(value: Any, place: str) -> Iterator[str]:
    """A non-empty text."""
    if not isinstance(value, str) or not value:
        yield f"{place}: must be a text"


def whole(value: Any, place: str) -> Iterator[str]:
    """A whole number above zero."""
    if type(value) is not int or value < 1:
        yield f"{place}: must be a whole number above zero"


def anything(_value: Any, _place: str) -> Iterator[str]:
    """Whatever JSON can say."""
    return iter(())
