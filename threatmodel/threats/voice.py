"""One agent's voice: every sentence of the rules, filled with what is known of this agent."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Facts
from threatmodel.rules.cases import Cases, Masks
from threatmodel.rules.evaluate import derive
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.threats.doubts import doubts_of
from threatmodel.threats.phrases import AgentNames
from threatmodel.threats.template import (
    Key,
    Parts,
    Phrase,
    Sentence,
    Variant,
    asks_for,
    fill,
    parts_of,
    say,
    sentence_of,
)

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
        self._naming: dict[tuple[str, ...], bool] = {}
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

    def names_agent(self, path: tuple[str, ...]) -> bool:
        """Tell whether sentences at a place speak of the agent; the same for every agent."""
        if path not in self._naming:
            ways = (way for sentence in self.sentences(*path) for way in sentence)
            self._naming[path] = any(asks_for(way.parts, _AGENT) for way in ways)
        return self._naming[path]

    def part(self, name: str) -> Parts:
        """Give a part of sentences, such as `host`."""
        if name not in self._parts:
            self._parts[name] = parts_of(self.rows["summary"][name])
        return self._parts[name]


@per_rules
def lexicon_of(knowledge: Knowledge) -> Lexicon:
    """Give the templates of the rules."""
    return Lexicon(knowledge)


class Voice(NamedTuple):
    """Fills sentences for one agent; a tuple, for each paragraph has one or more of its own."""

    names: AgentNames
    """What placeholders can name."""
    lexicon: Lexicon
    firm: Masks
    """Facts without presumed ones, closed by capabilities."""
    own: Masks
    """The same without what only the reference host brings."""
    known: dict[Key, Phrase | None]
    """Words for placeholders that hang on the agent alone, as far as they were asked for."""
    extra: Extra
    """Words for the threat, layer or path at hand."""
    certain: Masks
    """Facts as `firm`, without those that words do not assert."""
    written: frozenset[str] = frozenset()
    """Lists of tools that the paragraph has written out."""

    def about(self, extra: Extra) -> "Voice":
        """Speak about a threat, layer or path."""
        return self._like(extra, self.written)

    def _like(self, extra: Extra, written: frozenset[str]) -> "Voice":
        # Field by field, and not by `_replace`: that takes five times as long.
        names, lexicon, firm, own, known, _, certain, _ = self
        return Voice(names, lexicon, firm, own, known, extra, certain, written)

    def phrase(self, key: Key) -> Phrase | None:
        """Give the words for a placeholder; None where nothing is known."""
        if key in self.extra:
            return self.extra[key]()
        if key not in self.known:
            self.known[key] = self._phrase(key)
        return self.known[key]

    def fits(self, way: Variant) -> bool:
        """Tell whether the conditions of a way hold."""
        if way.kinds and self.names.agent.kind not in way.kinds:
            return False
        if way.when is not None and not way.when.surely(*self.certain):
            return False
        return way.unless is None or not way.unless.surely(*self.certain)

    def by_host(self, condition: Cases | None) -> bool:
        """Tell whether a condition holds only because of the reference host."""
        return (
            condition is not None
            and self.firm != self.own
            and not condition.surely(*self.own)  # first, as most hold without the host
            and condition.surely(*self.firm)
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
        if not any(one.about for one in said) and self.lexicon.names_agent(path):
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
        if key not in self.known:
            self.known[key] = fill(self.lexicon.part(name), self)
        filled = self.known[key]
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


def voice_of(
    agent: Agent, readings: Sequence[ToolReading], facts: Facts, knowledge: Knowledge
) -> Voice:
    """Give an agent its voice."""
    brought, firm = facts.brought, derive(knowledge, *facts.firm)
    own = derive(knowledge, facts.firm[0] & ~brought, facts.firm[1] & ~brought) if brought else firm
    doubts = doubts_of(agent, readings, facts, knowledge, firm)
    names = AgentNames(agent, readings, facts, knowledge, firm, doubts)
    return Voice(names, lexicon_of(knowledge), firm, own, {}, {}, doubts.certain(firm))
