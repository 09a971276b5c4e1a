"""Facts that texts show: what a server offers besides its tools, and words that packs look for."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from threatmodel.classify.classify import load_class_rules, read_tool
from threatmodel.classify.phrases import Text, find_steering
from threatmodel.classify.spots import matched
from threatmodel.classify.words import split_name
from threatmodel.description.agent import Agent, Offered, Offers, Tool
from threatmodel.description.part import Part
from threatmodel.facts.fact import Sighting, Sign
from threatmodel.facts.stated import Path, SignedFact, place_of, said_at

_BRINGS = frozenset(
    {"t.read_private", "t.read_inbound", "t.read_stream", "t.read_public_web", "t.read_secrets"}
)
"""Facts that a resource can show: reading one is a call without a tool."""

_PARTS = ("prompts", "resources", "resource_templates")
_TEXTS = ("name", "title", "description", "uri", "uri_template")
_LOCAL, _PAGE = "file:", "ui:"


def offered(agent: Agent) -> Iterator[SignedFact]:
    """Yield what instructions, prompts, resources and templates show."""
    offers = agent.offers
    if offers is None:
        return
    for clue in find_steering(_texts(offers), load_class_rules()):
        says = f"{clue.says}: {clue.text}"
        yield "t.steering", _sign(agent, clue.pointer, says)
    for part in ("resources", "resource_templates"):
        for number, one in enumerate(getattr(offers, part)):
            yield from _brought(agent, one, f"{part}[{number}]")


def _texts(offers: Offers) -> Iterator[Text]:
    if offers.instructions:
        yield "description", "instructions", offers.instructions
    for part in _PARTS:
        for number, one in enumerate(getattr(offers, part)):
            where = f"{part}[{number}]"
            for key in _TEXTS:
                if getattr(one, key):
                    yield "description", f"{where}.{key}", getattr(one, key)
            for argument in one.arguments:
                if argument.description:
                    yield "schema", f"{where}.{argument.name}", argument.description


def _brought(agent: Agent, one: Offered, where: str) -> Iterator[SignedFact]:
    """Read a resource as a call that returns it; a page for people to look at returns nothing."""
    if (one.uri or "").startswith(_PAGE):
        return
    text = one.description or one.title or ""
    # The classifier knows names and descriptions; a resource is put to it as the tool that it
    # amounts to.
    reading = read_tool(Tool(name=f"read_{one.name}", description=text), load_class_rules())
    shown = {fact for fact, _ in reading.traits if fact in _BRINGS}
    if (one.uri_template or "").startswith(_LOCAL):
        shown.add("t.file_read")
    for fact in sorted(shown):
        yield fact, _sign(agent, where, f"resource {one.name}")


def _sign(agent: Agent, where: str, says: str) -> Sign:
    def words() -> Sighting:
        return f"{place_of(agent, ('offers',))} {where}", says

    return Sign("observed", value=True, words=words)


_MOST = 20_000
"""Texts of a description that are looked at."""


def spotted_facts(agent: Agent, rows: Sequence[dict[str, Any]]) -> Iterator[SignedFact]:
    """Yield what words of the description show, once per fact."""
    done: set[str] = set()
    for row in rows:
        if row["fact"] in done:
            continue
        for path, text in _spoken(agent, row["in"]):
            words = matched(row["words"], text)
            if words:
                done.add(row["fact"])
                says = f"{'.'.join(map(str, path))} says '{words}'"
                told = partial(said_at, agent, path, says)
                yield row["fact"], Sign("observed", value=True, words=told)
                break


def _spoken(agent: Agent, places: Sequence[str]) -> Iterator[tuple[Path, str]]:
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
