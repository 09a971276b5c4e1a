"""What is said of an agent of whose tools some are gone, held or guarded: bits, and no words.

What else is said of a fact, by a person or a flow, hangs on no tool. So each fact is weighed twice:
as if no tool showed it, and as if one did. Finding the facts anew for each format of a policy, or
for each surface that a search tries, took ten times as long.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.facts.find import (
    TELEMETRY,
    Spoken,
    are_few,
    are_many,
    are_watching,
    masks_of,
    observed,
    spoken,
    weigh,
    weight_of,
)
from threatmodel.facts.stated import SignedFact
from threatmodel.rules.cases import Masks
from threatmodel.rules.load import Knowledge


class Said(NamedTuple):
    """What is said of an agent."""

    known: Masks
    """Bits of the facts that are stated or observed true, and false."""
    asked: int
    """Bits of the facts said to be unknown on purpose."""


class SeenIn(NamedTuple):
    """What some tools show."""

    facts: int
    """Bits of the facts that any of them shows."""
    tools: int
    """How many they are."""
    watching: int
    """How many of them show that they work on logs."""
    weight: int
    """How much what they change adds to what is few (`weight_of`)."""


class ToolsLeft:
    """One agent, whichever of its tools are left."""

    def __init__(
        self,
        agent: Agent,
        readings: Sequence[ToolReading],
        knowledge: Knowledge,
        flows: Sequence[SignedFact],
    ) -> None:
        """Weigh each fact twice."""
        self._knowledge = knowledge
        said = spoken(agent, knowledge, flows)
        self._none = self._said(said, observed(agent, (), knowledge))
        self._all = self._none
        if readings:
            # What nobody speaks of holds where a tool shows it.
            named = {fact for fact, _ in chain(said.first, said.then)} & knowledge.facts.keys()
            traits = tuple((fact, ()) for fact in named)
            shows = observed(agent, (readings[0]._replace(traits=traits),), knowledge)
            true, false, asked = self._said(said, shows)
            others = ~knowledge.mask(*named)
            self._all = true | others, false & ~others, asked & ~others

    def _said(self, said: Spoken, shows: Iterable[SignedFact]) -> tuple[int, int, int]:
        (true, false), _, asked = masks_of(weigh(said, shows, self._knowledge), self._knowledge)
        return true, false, asked

    def shown(self, readings: Iterable[ToolReading]) -> SeenIn:
        """Tell what some tools show."""
        bits, known = self._knowledge.bits, self._knowledge.facts
        facts = tools = watching = weight = 0
        for reading in readings:
            tools += 1
            weight += weight_of(reading)
            for fact, _ in reading.traits:
                if fact in known:
                    facts |= 1 << bits[fact]
                    watching += fact == TELEMETRY
        return SeenIn(facts, tools, watching, weight)

    def said(self, shown: SeenIn) -> Said:
        """Give what is said where the tools that are left show so much."""
        bits, facts = self._knowledge.bits, shown.facts
        facts |= are_many(shown.tools) << bits["t.many"]
        facts |= are_watching(shown.watching, shown.tools) << bits["t.watching"]
        facts |= are_few(shown.weight, shown.tools) << bits["t.few_changes"]
        none, every = self._none, self._all
        true, false, asked = (e & facts | n & ~facts for n, e in zip(none, every, strict=True))
        return Said((true, false), asked)
