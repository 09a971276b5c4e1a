"""Say what a threat means for this agent: its tools, data, credentials and ways in."""

from collections.abc import Sequence
from dataclasses import dataclass

from threatmodel.classify.reading import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Facts
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.rows import LayerRow, ThreatRow
from threatmodel.threats.finding import Finding

SHOWN = 4
"""Names listed before the rest is counted."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one agent."""

    agent: Agent
    """As described."""

    facts: Facts
    """What is true of it."""

    knowledge: Knowledge
    """The rules."""

    def finding(
        self, row: ThreatRow, state: str, because: Sequence[str], tools: Sequence[str]
    ) -> str:
        """Say what the threat means here."""
        if state == "needs_answer":
            return f"Not decided: it depends on {listed(self._says(because))}."
        said = listed(self._says(because))
        if state == "not_applicable":
            return f"Does not apply: {said}."
        text = f"{row.texts.why or row.title} Here: {said}."
        return f"{text} Tools: {listed(tools)}." if tools else text

    def attack(self, row: ThreatRow, tools: Sequence[str]) -> str:
        """Say what a successful attack looks like here."""
        return f"{row.title}: {listed(tools)}." if tools else ""

    def layer(self, row: LayerRow, live: Sequence[Finding], *, certain: bool) -> str:
        """Say what a layer means here."""
        if live:
            return f"{row.name}: {listed([f.title for f in live])}."
        return f"{row.name}: nothing open." if certain else f"{row.name}: not certain."

    def step(self, finding: Finding) -> str:
        """Say what happens in one step of a path."""
        return finding.attack or finding.title

    def summary(self, findings: Sequence[Finding]) -> str:
        """Say the risk in one sentence."""
        live = [f for f in findings if f.score is not None]
        if not live:
            return f"Nothing is known to be open for {self.agent.name}."
        worst = min(live, key=lambda f: (-(f.score or 0), f.id))
        return f"{self.agent.name}: {worst.title}."

    def _says(self, names: Sequence[str]) -> list[str]:
        facts = self.facts.facts
        known = [facts[name] for name in names if name in facts]
        return [f.says if f.value is not False else f"not: {f.says}" for f in known]


def wording_of(
    agent: Agent, readings: Sequence[ToolReading], facts: Facts, knowledge: Knowledge
) -> Wording:
    """Collect the words for one agent."""
    del readings
    return Wording(agent, facts, knowledge)


def listed(names: Sequence[str], shown: int = SHOWN) -> str:
    """List names in a sentence: `a`, `a and b`, `a, b and 3 more`."""
    if len(names) > shown + 1:
        return f"{', '.join(names[:shown])} and {len(names) - shown} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
