"""Say what threats, layers and the whole mean for this agent: its tools, data and credentials."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Facts
from threatmodel.rules.cases import Cases, Masks
from threatmodel.rules.evaluate import derive
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.rules.rows import LayerRow, ThreatRow
from threatmodel.scales import OPEN
from threatmodel.threats.finding import Finding, Lead
from threatmodel.threats.names import listed
from threatmodel.threats.phrases import Names, some_phrase, tools_phrase
from threatmodel.threats.template import (
    Key,
    Parts,
    Phrase,
    Sentence,
    Variant,
    fill,
    parts_of,
    say,
    sentence_of,
)

# One agent's voice: every sentence of the rules, filled with what is known of this agent.

Extra = Mapping[Key, Callable[[], Phrase | None]]
"""Words that hang on a threat, layer or path, made when they are asked for."""


class Lexicon:
    """The templates of one set of rules, made ready when they are first used."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take the packed words."""
        self._knowledge = knowledge
        self._ready: dict[tuple[str, ...], tuple[Sentence, ...]] = {}
        words = knowledge.sections["wording"]
        self.rows: dict[str, Any] = words
        self._parts: dict[str, Parts] = {}
        self.phrases = {
            name: (sentence_of(row["either"], knowledge), row["fallback"], row["many"])
            for name, row in words["phrases"].items()
        }

    def sentences(self, *path: str) -> tuple[Sentence, ...]:
        """Give the sentences at a place: `threats`, `TH-L2-06`, `text`; none where absent."""
        ready = self._ready.get(path)
        if ready is None:
            row: Any = self.rows
            for key in path:
                row = row.get(key, {})
            rows = row if row and isinstance(row[0], list) else [row] if row else []
            ready = tuple(sentence_of(one, self._knowledge) for one in rows)
            self._ready[path] = ready
        return ready

    def part(self, name: str) -> Parts:
        """Give a part of sentences, such as `host`."""
        if name not in self._parts:
            self._parts[name] = parts_of(self.rows["summary"][name])
        return self._parts[name]


@per_rules
def lexicon_of(knowledge: Knowledge) -> Lexicon:
    """Give the templates of the rules."""
    return Lexicon(knowledge)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Fills sentences for one agent."""

    names: Names
    """What placeholders can name."""
    lexicon: Lexicon
    firm: Masks
    """Facts without presumed ones, closed by capabilities."""
    own: Masks
    """The same without what only the reference host brings."""
    extra: Extra = field(default_factory=dict)
    """Words for the threat, layer or path at hand."""
    written: frozenset[str] = frozenset()
    """Lists of tools that the paragraph has written out."""
    _cache: dict[Key, Phrase | None] = field(default_factory=dict)

    def about(self, extra: Extra) -> "Speaker":
        """Speak about a threat, layer or path."""
        return self._like(extra, self.written)

    def _like(self, extra: Extra, written: frozenset[str]) -> "Speaker":
        return Speaker(self.names, self.lexicon, self.firm, self.own, extra, written, self._cache)

    def phrase(self, key: Key) -> Phrase | None:
        """Give the words for a placeholder; None where nothing is known."""
        if key in self.extra:
            return self.extra[key]()
        if key not in self._cache:
            self._cache[key] = self._phrase(key)
        return self._cache[key]

    def fits(self, way: Variant) -> bool:
        """Tell whether the conditions of a way hold."""
        if way.kinds and self.names.agent.kind not in way.kinds:
            return False
        if way.when is not None and way.when.holds(*self.firm) is not True:
            return False
        return way.unless is None or way.unless.holds(*self.firm) is not True

    def by_host(self, condition: Cases | None) -> bool:
        """Tell whether a condition holds only because of the reference host."""
        return (
            condition is not None
            and self.firm != self.own
            and condition.holds(*self.own) is not True  # first, as most hold without the host
            and condition.holds(*self.firm) is True
        )

    def words(self, *path: str) -> Phrase | None:
        """Fill the first sentence at a place; None where none of its ways fits."""
        for sentence in self.lexicon.sentences(*path):
            return say(sentence, self)
        return None

    def told(self, *path: str) -> str:
        """Fill the first sentence at a place, marked where it hangs on the host; else empty."""
        said = self.words(*path)
        if said is None:
            return ""
        return f"{self._part('host')} {said.text}" if said.hosted else said.text

    def paragraph(self, path: tuple[str, ...], *, hosted: bool = False) -> str:
        """Fill the sentences at a place; the agent is named where nothing else of its own is.

        `hosted` marks the first as the reference host's, where none is marked by itself.
        """
        said = self.said(path)
        if not any(one.about for one in said):
            called: Extra = {_AGENT: lambda: self.phrase(_NAME)}
            said = self.about({**self.extra, **called}).said(path)
        if hosted and said and not any(one.hosted for one in said):
            said[0] = said[0]._replace(hosted=True)
        out: list[str] = []
        marked = False
        for one in said:
            mark = self._part("host_again" if marked else "host") if one.hosted else ""
            marked = marked or one.hosted
            out.append(capital(Phrase(f"{mark} {one.text}") if mark else one))
        return " ".join(out)

    def said(self, path: tuple[str, ...]) -> list[Phrase]:
        """Fill the sentences at a place, each knowing which lists stand before it."""
        voice, said = self, []
        for sentence in self.lexicon.sentences(*path):
            one = say(sentence, voice)
            if one is not None:
                said.append(one)
                if one.lists:
                    voice = self._like(self.extra, voice.written | one.lists)
        return said

    def _part(self, name: str) -> str:
        key = ("", name)
        if key not in self._cache:
            self._cache[key] = fill(self.lexicon.part(name), self)
        filled = self._cache[key]
        return filled.text if filled else ""

    def _phrase(self, key: Key) -> Phrase | None:
        known = self.lexicon.phrases.get(key[0])
        if known is None:
            return self.names.phrase(key)
        ways, fallback, many = known
        said = say(ways, self, strict=True)
        if said is None:
            return Phrase(fallback, many, known=False) if fallback else None
        return said


_AGENT, _NAME = ("agent", ""), ("name", "")


def capital(phrase: Phrase) -> str:
    """Begin a sentence with a capital letter, unless it begins with a name."""
    text = phrase.text
    return text if phrase.verbatim else text[:1].upper() + text[1:]


def speaker_of(
    agent: Agent, readings: Sequence[ToolReading], facts: Facts, knowledge: Knowledge
) -> Speaker:
    """Give an agent its voice."""
    brought, firm = facts.brought, derive(knowledge, *facts.firm)
    own = derive(knowledge, facts.firm[0] & ~brought, facts.firm[1] & ~brought) if brought else firm
    names = Names(agent, readings, facts, knowledge, firm)
    return Speaker(names, lexicon_of(knowledge), firm, own)


_TITLES = 2
_REASONS = 4
_CLOSE = 0.3


@dataclass(frozen=True, slots=True)
class Judged:
    """A threat as it stands, before it is worded."""

    row: ThreatRow
    state: str
    because: Sequence[str]
    """Facts that decided it, or would."""
    tools: Sequence[str]
    """Tools it abuses."""
    held: Sequence[str]
    """Controls that hold."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one agent."""

    speaker: Speaker

    def finding(self, judged: Judged) -> str:
        """Say what the threat means here, or why it is undecided, stopped or impossible."""
        voice = self._about(judged)
        if judged.state not in OPEN:
            said = voice.words("summary", judged.state)
            return capital(said) if said else ""
        words = ("threats", judged.row.id, "text")
        hosted = self.speaker.by_host(judged.row.when)
        text = voice.paragraph(words, hosted=hosted) or voice.paragraph(("summary", "unworded"))
        if judged.state == "reduced":
            text = f"{text} {voice.paragraph(('summary', 'reduced'))}"
        return text

    def attack(self, judged: Judged) -> str:
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
        return self.speaker.about(extra).paragraph(("layers", row.id, part))

    def step(self, finding: Finding) -> str:
        """Say what happens in one step of a path, in a few words."""
        voice = self.speaker.about(self._tools(finding.tools, finding.id))
        return voice.told("threats", finding.id, "step") or finding.title

    def summary(self, findings: Sequence[Finding], lead: Lead | None) -> str:
        """Say the risk in short: the story of the worst path, or a threat that is worse."""
        live = [f for f in findings if f.score is not None]
        if not live:
            return self.speaker.paragraph(("summary", "quiet"))
        live = [f for f in live if not f.shared] or live
        worst = min(live, key=lambda f: (-(f.score or 0.0), f.id))
        if lead and lead.score >= (worst.score or 0.0) - _CLOSE:
            last = next(f for f in findings if f.id == lead.last)
            voice = self.speaker.about(self._tools(last.tools, last.id))
            means = voice.paragraph(("summary", "path")) if last.tools else ""
            return f"{lead.tell()} {means}".strip()
        voice = self.speaker.about(self._tools(worst.tools, worst.id))
        return voice.paragraph(("threats", worst.id, "attack")) or worst.attack

    def told(self, *place: str, tools: Sequence[str] = (), threat: str = "") -> str:
        """Say a part of a path; empty where nothing is known."""
        return self.speaker.about(self._tools(tools, threat)).told("paths", *place)

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
        return self.speaker.about(extra).told("paths", *place)

    def _part(
        self, place: tuple[str, ...], tools: Sequence[str], threat: str = ""
    ) -> Phrase | None:
        return self.speaker.about(self._tools(tools, threat)).words("paths", *place)

    def _about(self, judged: Judged) -> Speaker:
        return self.speaker.about(
            {
                **self._tools(judged.tools, judged.row.id),
                ("title", ""): lambda: Phrase(_quoted(judged.row.title)),
                ("because", ""): lambda: self._says(judged.because),
                ("asked", ""): lambda: self._asks(judged.because),
                ("held", ""): lambda: self._says(judged.held),
            }
        )

    def _tools(self, tools: Sequence[str], threat: str) -> Extra:
        names = self.speaker.names
        row = names.knowledge.by_id.get(threat)
        facts = row.tools if row else ()
        return {
            ("tools", ""): lambda: tools_phrase(names.ordered(tools, *facts)),
            ("some", ""): lambda: some_phrase(names.ordered(tools, *facts)),
            ("tool", ""): lambda: tools_phrase(names.ordered(tools, *facts)[:1]),
        }

    def _says(self, names: Sequence[str]) -> Phrase | None:
        facts = self.speaker.names.facts.facts
        return _joined([facts[name].says for name in names if name in facts], "; ")

    def _asks(self, names: Sequence[str]) -> Phrase | None:
        facts = self.speaker.names.knowledge.facts
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
    return Wording(speaker_of(agent, readings, facts, knowledge))


def _quoted(title: str) -> str:
    return f"“{title}”"
