"""What a server gives to the model besides its tools: steering in it, and what it brings in."""

from collections.abc import Iterator

from threatmodel.classify.classify import load_class_rules, read_tool
from threatmodel.classify.phrases import Text, find_steering
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.offers import Offered, Offers
from threatmodel.facts.description import SignedFact, place_of
from threatmodel.facts.fact import Sign, Words

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
    def words() -> Words:
        return f"{place_of(agent, ('offers',))} {where}", says

    return Sign("observed", value=True, words=words)
