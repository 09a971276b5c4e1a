"""What the tools show: each trait of each tool, and what the set as a whole shows."""

from collections.abc import Iterator, Sequence

from threatmodel.classify.reading import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Evidence
from threatmodel.facts.stated import Found, place_of
from threatmodel.knowledge.load import Knowledge

MANY = 20
"""More tools than this is more than one purpose needs, unless the description says otherwise."""


def observed(
    agent: Agent, readings: Sequence[ToolReading], knowledge: Knowledge
) -> Iterator[Found]:
    """Yield what the tools show; nothing where the tools are unknown."""
    if not isinstance(agent.tools, tuple):
        return
    shown: set[str] = set()
    for index, reading in enumerate(readings):
        where = f"{place_of(agent, ('tools', index))} tools[{index}]"
        for fact, clues in reading.traits:
            if fact not in knowledge.facts:
                continue
            shown.add(fact)
            clue = clues[0] if clues else None
            place = f"{where}.{clue.pointer}" if clue and clue.pointer else where
            says = f"{reading.name}: {clue.says}" if clue else reading.name
            yield fact, Evidence("observed", value=True, place=place, says=says, tool=reading.name)
    yield from _absent(agent, knowledge, shown)
    yield from _whole_set(agent, readings)


def _absent(agent: Agent, knowledge: Knowledge, shown: set[str]) -> Iterator[Found]:
    """A complete tool list also shows what no tool in it does."""
    place, count = place_of(agent, ("tools",)), len(agent.known_tools)
    says = f"none of {count} tools shows it" if count else "it has no tools"
    absent = Evidence("observed", value=False, place=place, says=says)
    for fact, row in knowledge.facts.items():
        if fact not in shown and "tool_schema" in row.seen_in:
            yield fact, absent


def _whole_set(agent: Agent, readings: Sequence[ToolReading]) -> Iterator[Found]:
    place, count = place_of(agent, ("tools",)), len(readings)
    many = count > MANY
    says = f"{count} tools, {'more' if many else 'not more'} than {MANY}"
    yield "t.many", Evidence("observed", value=many, place=place, says=says)
    labelled = sum(tool.annotations is not None for tool in agent.known_tools)
    says = f"{labelled} of {count} tools carry annotations of their server"
    yield "t.labels_only", Evidence("observed", value=labelled > 0, place=place, says=says)
