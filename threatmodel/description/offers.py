"""What a server gives to the model besides its tools: instructions, prompts and resources."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from threatmodel.description.part import Part
from threatmodel.description.plain_values import Key, Length
from threatmodel.reading.positions import Value


class Named(Part):
    """An argument of a prompt."""

    name: Annotated[str, Length(1)]
    """Its name."""
    description: str | None = None
    """What the server says of it."""


class Offered(Part):
    """A prompt, a resource or a template of resources."""

    name: Annotated[str, Length(1)]
    """Name as the server lists it."""
    title: str | None = None
    """Title for people."""
    description: str | None = None
    """What the server says of it; the model can be given this text."""
    uri: str | None = None
    """Address of a resource; printed, never fetched."""
    uri_template: Annotated[str | None, Key("uriTemplate")] = None
    """Address with blanks that a caller fills."""
    arguments: tuple[Named, ...] = ()
    """Arguments of a prompt."""


class Offers(Part):
    """What a server gives to the model besides its tools, in its own words."""

    instructions: str | None = None
    """What it tells the model when a session begins."""
    prompts: tuple[Offered, ...] = ()
    """Prompts that it lists."""
    resources: tuple[Offered, ...] = ()
    """Resources that it lists."""
    resource_templates: Annotated[tuple[Offered, ...], Key("resourceTemplates")] = ()
    """Templates of resources that it lists."""


LISTS = ("prompts", "resources", "resourceTemplates")
"""Keys of the lists in the protocol."""

_TEXTS = ("title", "description", "uri", "uriTemplate")
_MOST = 500
"""Entries of a list that are kept."""


def offers_in(value: Value) -> dict[str, Value]:
    """Take what a server offers out of what it sent, without what no description can hold."""
    if not isinstance(value, Mapping):
        return {}
    found: dict[str, Value] = {key: list(_rows(value.get(key))) for key in LISTS}
    said = value.get("instructions")
    if isinstance(said, str) and said.strip():
        found["instructions"] = said
    return {key: part for key, part in found.items() if part}


def _rows(value: Value) -> Iterator[dict[str, Value]]:
    for row in value[:_MOST] if isinstance(value, list) else []:
        if not isinstance(row, Mapping) or not _text(row.get("name")):
            continue
        kept = _only(row, "name", *_TEXTS)
        arguments = list(_rows(row.get("arguments")))
        if arguments:
            kept["arguments"] = [_only(argument, "name", "description") for argument in arguments]
        yield kept


def _only(row: Mapping[str, Value], *keys: str) -> dict[str, Value]:
    return {key: row[key] for key in keys if _text(row.get(key))}


def _text(value: Value) -> bool:
    return isinstance(value, str) and bool(value.strip())
