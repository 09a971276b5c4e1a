"""What no sentence asserts: facts that tools show by nothing plain, and what hangs on them alone.

Such a fact counts for score, threats and policy as any other. Words keep to what is certain: the
conditions of templates take it for unknown, and placeholders name only tools that show it plainly.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.description.sections import Data
from threatmodel.facts.fact import Facts
from threatmodel.rules.cases import Masks
from threatmodel.rules.evaluate import derive
from threatmodel.rules.load import Knowledge

_DATA = "d."
"""How facts about data begin."""

_GIVING = frozenset({"Read", "Execute"})
"""Classes of tools that answer with what they took up."""

_SAID = frozenset({"t.read_inbound"})
"""What is in no doubt where a description names the texts that outsiders write."""


@dataclass(frozen=True)
class Doubts:
    """What is in doubt for one agent; empty for most."""

    names: frozenset[str] = frozenset()
    """Facts, and capabilities that follow from nothing else, which hold and which nothing plain
    shows."""
    mask: int = 0
    """The bits of these."""
    thin: dict[str, frozenset[str]] = field(default_factory=dict)
    """Tool -> facts that it shows by nothing plain."""
    deeds: frozenset[str] = frozenset()
    """Facts of which the tool does something all the same, whatever it is called."""

    inward: dict[str, frozenset[str]] = field(default_factory=dict)
    """Tool -> facts by which it takes something up, and returns nothing of it."""

    def certain(self, masks: Masks) -> Masks:
        """Take what is in doubt for unknown."""
        return masks[0] & ~self.mask, masks[1]

    def asserted(self, tool: str, fact: str, *, gives: bool) -> bool:
        """Tell whether words may say that a tool shows a fact, or that it `gives` a capability."""
        if gives and fact in self.inward.get(tool, ()):
            return False
        return fact not in self.thin.get(tool, ()) or (gives and fact in self.deeds)

    @property
    def any(self) -> bool:
        """Whether words have to hold back anything."""
        return bool(self.thin or self.inward)


def doubts_of(
    agent: Agent, readings: Sequence[ToolReading], facts: Facts, knowledge: Knowledge, firm: Masks
) -> Doubts:
    """Find what is in doubt; `firm` is what holds, closed by capabilities."""
    words = knowledge.sections["wording"]
    described = isinstance(agent.data, Data) and agent.data.written_by_outsiders
    said = _SAID if described else frozenset[str]()
    thin = {one.name: kept for one in readings if (kept := frozenset(one.thin) - said)}
    inward = {one.name: up for one in readings if (up := _taken_up(one, words["inward"]))}
    if not thin:
        return Doubts(inward=inward)
    deeds = frozenset[str](words["deeds"])
    shown = sorted(frozenset[str]().union(*thin.values()))
    whole = [fact for fact in shown if unproven(fact, thin, facts)]
    gone = knowledge.mask(*(fact for fact in whole if fact not in deeds))
    left = derive(knowledge, facts.firm[0] & ~gone, facts.firm[1])
    lost = firm[0] & ~left[0] | knowledge.mask(*whole)
    rows = knowledge.capabilities.values()
    names = {*whole, *(row.id for row in rows if lost >> row.bit & 1)}
    return Doubts(frozenset(names), lost, thin, deeds, inward)


def _taken_up(reading: ToolReading, inward: Collection[str]) -> frozenset[str]:
    made = bool(reading.effects) and reading.effects[0].verb == "generate"
    if made or reading.tool_class in _GIVING:  # what is made of it is the answer
        return frozenset()
    return frozenset(fact for fact, _ in reading.traits if fact in inward)


def unproven(fact: str, thin: dict[str, frozenset[str]], facts: Facts) -> bool:
    """Tell whether all tools that show a fact show it thinly, and no person says that it is so.

    Records of one server are about the same: what is in doubt for one tool is for all.
    """
    plain = [tool for tool in facts.by_tool.get(fact, ()) if fact not in thin.get(tool, ())]
    if plain and not fact.startswith(_DATA):
        return False
    known = facts.facts.get(fact)
    return known is not None and bool(known.signs) and all(sign.tool for sign in known.signs)
