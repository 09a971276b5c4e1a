"""Facts of packs that words of a description show."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from threatmodel.classify.spots import matched
from threatmodel.classify.words import split_name
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.part import Part
from threatmodel.facts.description import Path, SignedFact, said_at
from threatmodel.facts.fact import Sign

_MOST = 20_000
"""Texts of a description that are looked at."""


def spotted_facts(agent: Agent, rows: Sequence[dict[str, Any]]) -> Iterator[SignedFact]:
    """Yield what words of the description show, once per fact."""
    done: set[str] = set()
    for row in rows:
        if row["fact"] in done:
            continue
        for path, text in _texts(agent, row["in"]):
            words = matched(row["words"], text)
            if words:
                done.add(row["fact"])
                says = f"{'.'.join(map(str, path))} says '{words}'"
                told = partial(said_at, agent, path, says)
                yield row["fact"], Sign("observed", value=True, words=told)
                break


def _texts(agent: Agent, places: Sequence[str]) -> Iterator[tuple[Path, str]]:
    # A pack of a stranger and a description of a stranger must not be able to keep a run busy.
    left = _MOST
    for place in places:
        for path, text in _at(agent, place):
            left -= 1
            if left < 0:
                return
            yield path, text


def _at(agent: Agent, place: str) -> Iterator[tuple[Path, str]]:
    part, _, name = place.partition(".")
    if not name:
        yield from _inside((part,), getattr(agent, part))
        return
    for number, tool in enumerate(agent.known_tools):
        yield from _of_tool(("tools", number), tool, name)


def _of_tool(path: Path, tool: Tool, name: str) -> Iterator[tuple[Path, str]]:
    match name:
        case "name":
            yield (*path, "name"), " ".join(split_name(tool.name))
        case "arguments":
            yield from _arguments((*path, "inputSchema"), tool)
        case _:
            text = getattr(tool, name)
            if text:
                yield (*path, name), text


def _arguments(path: Path, tool: Tool) -> Iterator[tuple[Path, str]]:
    properties = (tool.input_schema or {}).get("properties")
    if not isinstance(properties, dict):
        return
    for name, schema in properties.items():
        at = (*path, "properties", name)
        yield at, " ".join(split_name(name))
        if isinstance(schema, dict) and isinstance(schema.get("description"), str):
            yield (*at, "description"), str(schema["description"])


def _inside(path: Path, value: Any) -> Iterator[tuple[Path, str]]:  # noqa: ANN401 - any field
    """Walk a field of a description for its texts; keys of mappings count as texts."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Part):
        for name in value.hints():
            yield from _inside((*path, name), getattr(value, name))
    elif isinstance(value, tuple | list):
        for number, one in enumerate(value):
            yield from _inside((*path, number), one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield (*path, name), str(name)
            yield from _inside((*path, name), one)
