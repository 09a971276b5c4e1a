"""What abilities listed without a complete tool list let one say: only what they can do."""

from collections.abc import Sequence

from threatmodel.classify.reader import load_class_rules, read_tools
from threatmodel.description.answer import Speaker
from threatmodel.description.tool import Tool
from threatmodel.importers.node import Node
from threatmodel.importers.said import Said, answer, cut

Ability = tuple[str, str, Node]
"""Name, description, and where it is listed."""


def claimed(abilities: Sequence[Ability], by: Speaker) -> list[Said]:
    """Say which facts about tools the listed abilities show.

    A list of skills or capabilities is no complete list of tools: it can show that something is
    possible, never that something is not. So facts are only ever stated as true.
    """
    tools = [Tool(name=name, description=text or None) for name, text, _ in abilities if name]
    places = [node for name, _, node in abilities if name]
    said: dict[str, Said] = {}
    for reading, node in zip(read_tools(tools, load_class_rules()), places, strict=True):
        for fact, _ in reading.traits:
            if fact not in said and fact.startswith("t."):
                note = f"ability listed: {cut(reading.name, 80)}"
                said[fact] = answer(("facts", fact), node, yes=True, by=by, note=note)
    return [said[fact] for fact in sorted(said)]
