"""Say what threats, layers and the whole mean for this agent: its tools, data and credentials."""

from collections.abc import Sequence
from dataclasses import dataclass

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Facts
from threatmodel.rules.load import Knowledge
from threatmodel.rules.rows import LayerRow, ThreatRow
from threatmodel.scales import OPEN
from threatmodel.threats.finding import Finding
from threatmodel.threats.names import listed
from threatmodel.threats.phrases import some_phrase, tools_phrase
from threatmodel.threats.result import Lead
from threatmodel.threats.template import (
    Phrase,
)
from threatmodel.threats.voice import Extra, Voice, capital, voice_of

# Titles in one sentence about a layer; the list stands right below it.
_TITLES = 2
# A sentence with more reasons than four is a list; the finding's own page has them all.
_REASONS = 4
# A path is told rather than a bare threat, unless the threat is clearly worse: by a third of a
# point.
_CLOSE = 0.3


@dataclass(frozen=True, slots=True)
class StandingThreat:
    """A threat as it stands, before it is worded."""

    row: ThreatRow
    state: str
    because: Sequence[str]
    """Facts that decided it, or would."""
    tools: Sequence[str]
    held: Sequence[str]
    """Controls that hold."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one agent."""

    voice: Voice

    def finding(self, judged: StandingThreat) -> str:
        """Say what the threat means here, or why it is undecided, stopped or impossible."""
        voice = self._about(judged)
        if judged.state not in OPEN:
            said = voice.words("summary", judged.state)
            return capital(said) if said else ""
        words = ("threats", judged.row.id, "text")
        hosted = self.voice.by_host(judged.row.when)
        text = voice.paragraph(words, hosted=hosted) or voice.paragraph(("summary", "unworded"))
        if judged.state == "reduced":
            text = f"{text} {voice.paragraph(('summary', 'reduced'))}"
        return text

    def attack(self, judged: StandingThreat) -> str:
        """Say what a successful attack looks like here."""
        voice = self._about(judged)
        words = ("threats", judged.row.id, "attack")
        return voice.paragraph(words) or voice.paragraph(("summary", "unworded"))

    def layer(self, row: LayerRow, live: Sequence[Finding], *, certain: bool) -> str:
        """Say what a layer means here; a conditional sentence where it is not certain."""
        worst = sorted(live, key=lambda f: (-(f.score or 0.0), f.id))
        titles = [_quoted(f.title) for f in worst]
        extra: Extra = {
            **self._tools([tool for finding in live for tool in finding.tools], ""),
            ("titles", ""): lambda: Phrase(listed(titles, _TITLES)) if titles else None,
        }
        part = "mapped" if certain else "unsure"
        return self.voice.about(extra).paragraph(("layers", row.id, part))

    def step(self, finding: Finding) -> str:
        """Say what happens in one step of a path, in a few words."""
        voice = self.voice.about(self._tools(finding.tools, finding.id))
        return voice.told("threats", finding.id, "step") or finding.title

    def summary(self, findings: Sequence[Finding], lead: Lead | None) -> str:
        """Say the risk in short: the story of the worst path, or a threat that is worse."""
        live = [f for f in findings if f.state in OPEN and f.score is not None]
        if not live:
            return self.voice.paragraph(("summary", "quiet"))
        live = [f for f in live if not f.shared] or live
        worst = min(live, key=lambda f: (-(f.score or 0.0), f.id))
        if lead and lead.score >= (worst.score or 0.0) - _CLOSE:
            last = next(f for f in findings if f.id == lead.last)
            voice = self.voice.about(self._tools(last.tools, last.id))
            means = voice.paragraph(("summary", "path")) if last.tools else ""
            return f"{lead.tell()} {means}".strip()
        voice = self.voice.about(self._tools(worst.tools, worst.id))
        return voice.paragraph(("threats", worst.id, "attack")) or worst.attack

    def told(self, *place: str, tools: Sequence[str] = (), threat: str = "") -> str:
        """Say a part of a path; empty where nothing is known."""
        return self.voice.about(self._tools(tools, threat)).told("paths", *place)

    def plainly(self, *place: str, tools: Sequence[str] = (), threat: str = "") -> str:
        """Say a part of a path without marking what hangs on the host; empty where unknown."""
        said = self._part(place, tools, threat)
        return said.text if said else ""

    def note(self, place: tuple[str, ...], beside: Finding, step: Finding) -> str:
        """Say that a threat beside a path makes a step worse, hides it, or hides who did it."""
        extra: Extra = {
            ("title", ""): lambda: Phrase(_quoted(beside.title)),
            ("other", ""): lambda: Phrase(_quoted(step.title)),
            **self._tools(beside.tools, beside.id),
        }
        return self.voice.about(extra).told("paths", *place)

    def _part(
        self, place: tuple[str, ...], tools: Sequence[str], threat: str = ""
    ) -> Phrase | None:
        return self.voice.about(self._tools(tools, threat)).words("paths", *place)

    def _about(self, judged: StandingThreat) -> Voice:
        return self.voice.about(
            {
                **self._tools(judged.tools, judged.row.id),
                ("title", ""): lambda: Phrase(_quoted(judged.row.title)),
                ("because", ""): lambda: self._says(judged.because),
                ("asked", ""): lambda: self._asks(judged.because),
                ("held", ""): lambda: self._says(judged.held),
            }
        )

    def _tools(self, tools: Sequence[str], threat: str) -> Extra:
        names = self.voice.names
        row = names.knowledge.by_id.get(threat)
        facts = row.tools if row else ()
        return {
            ("tools", ""): lambda: tools_phrase(names.ordered(tools, *facts)),
            ("some", ""): lambda: some_phrase(names.ordered(tools, *facts)),
            ("tool", ""): lambda: tools_phrase(names.ordered(tools, *facts)[:1]),
        }

    def _says(self, names: Sequence[str]) -> Phrase | None:
        facts = self.voice.names.facts.facts
        return _joined([facts[name].says for name in names if name in facts], "; ")

    def _asks(self, names: Sequence[str]) -> Phrase | None:
        facts = self.voice.names.knowledge.facts
        asked = [facts[name].question.rstrip("?") for name in names if name in facts]
        return _joined(asked[:_REASONS], "? ")


def _joined(said: Sequence[str], between: str) -> Phrase | None:
    more = len(said) - _REASONS
    text = between.join(said[:_REASONS]) + (f"{between}and {more} more" if more > 0 else "")
    return Phrase(text, len(said) > 1) if said else None


def wording_of(
    agent: Agent, readings: Sequence[ToolReading], facts: Facts, knowledge: Knowledge
) -> Wording:
    """Collect the words for one agent."""
    return Wording(voice_of(agent, readings, facts, knowledge))


def _quoted(title: str) -> str:
    return f"“{title}”"
