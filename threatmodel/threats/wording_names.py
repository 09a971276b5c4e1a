"""What the tools give to sentences: their names, in telling order, what they act on and take."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from threatmodel.classify.reading import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.facts.completion import host_of
from threatmodel.facts.fact import Facts
from threatmodel.knowledge.cases import Cases, Masks, names_of
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.rows import ThreatRow
from threatmodel.threats.names import (
    distinct,
    listed,
    named,
    plain,
    plural,
)
from threatmodel.threats.template import Key, Phrase
from threatmodel.threats.wording_described import described

_GRAVITY = {"Financial": 0, "Destructive": 1, "Execute": 2, "Write": 3, "Read": 4}
_LEAST_SURE = 0.5
"""Confidence below which what a tool acts on is not repeated."""

_SHORTEST = 3
"""Letters of a word that can be a noun worth repeating."""

_FEW = 2
"""Tools that may begin with one word without its being a prefix."""

_JOINING = frozenset({"a", "an", "and", "by", "for", "from", "in", "of", "on", "or", "the", "to"})
_WORD = re.compile(r"[a-z0-9]+")
_FROM = re.compile(r"(?i)[-_]from[-_]|From[A-Z]")
"""What is removed from something is not destroyed."""

_ITEMS = "[]"


@dataclass(frozen=True)
class Names:
    """Everything about one agent that a placeholder can name."""

    agent: Agent
    """As described."""

    readings: Sequence[ToolReading]
    """What each tool can do."""

    facts: Facts
    """What is true of it."""

    knowledge: Knowledge
    """The rules."""

    firm: Masks
    """Facts without presumed ones, closed by capabilities."""

    def phrase(self, key: Key) -> Phrase | None:
        """Give the words for a placeholder that hangs on the agent alone; None where not known."""
        name, argument = key
        if argument:
            return self._of_tools(name, argument)
        if name == "tools.total":
            return self.counted(len(self.by_name)) if self.by_name else None
        if name == "host.name":
            host = host_of(self.agent, self.knowledge)
            return Phrase(f"the reference host ({host.name})") if host else None
        return described(self.agent, name)

    def showing(self, name: str) -> tuple[str, ...]:
        """Name the tools that show a fact, or that give a capability; most telling first."""
        shown = self.facts.by_tool
        row = self.knowledge.capabilities.get(name)
        facts = (name,) if row is None else self._giving(row.when)
        return self.ordered([tool for fact in facts for tool in shown.get(fact, ())], name)

    def ordered(self, tools: Iterable[str], *facts: str) -> tuple[str, ...]:
        """Sort tools for a sentence: the gravest class that leads for a fact first."""
        readings = self.by_name
        known = [tool for tool in dict.fromkeys(tools) if tool in readings]
        rules = self.knowledge.sections["wording"]
        leads, verb = rules["leads"], rules["verbs"].get(facts[0], "") if len(facts) == 1 else ""
        leading = [leads[fact] for fact in facts if fact in leads]
        classes: list[str] = [readings[tool].tool_class for tool in known]
        most = max(_GRAVITY, key=classes.count)
        first = min(leading, key=_GRAVITY.__getitem__, default=most)
        return tuple(
            sorted(
                known,
                key=lambda t: (
                    readings[t].tool_class != first,
                    bool(verb) and verb not in {e.verb for e in readings[t].effects[:1]},
                    self._telling[t],
                ),
            )
        )

    @cached_property
    def _telling(self) -> dict[str, tuple[bool, int, bool, int, bool, float]]:
        """Sort key of each tool: brakes last; grave, single-minded, flagged, many at once first."""
        return {
            r.name: (
                r.brake,
                _GRAVITY[r.tool_class],
                r.tool_class != "Read" and len({effect.verb for effect in r.effects}) > 1,
                -len(r.flags),
                not any(argument.is_array for argument in r.arguments),
                -r.confidence,
            )
            for r in self.readings
        }

    @cached_property
    def by_name(self) -> dict[str, ToolReading]:
        """Readings by tool name."""
        return {reading.name: reading for reading in self.readings}

    def abused(self, row: ThreatRow) -> tuple[str, ...]:
        """Name the tools that a threat abuses, in tool order: those that show its facts.

        A fact that its condition speaks of counts where it makes the condition hold.
        """
        shown, given = self.facts.by_tool, self._giving(row.when)
        if row.tools:
            spoken = spoken_of(row, self.knowledge)
            given = [f for f in row.tools if f in shown and (f in given or f not in spoken)]
        used = {tool for fact in given for tool in shown[fact]}
        return tuple(tool for tool in self.by_name if tool in used) if used else ()

    def _giving(self, condition: Cases) -> list[str]:
        """Name the tool facts that, with what else is known, make a condition hold."""
        true, false = self.firm
        given: dict[str, None] = {}
        for must, must_not in condition.true_when:
            if must & true == must and must_not & false == must_not:
                for name in self._bearing(must):
                    row = self.knowledge.capabilities.get(name)
                    given |= dict.fromkeys(self._giving(row.when) if row else [name])
        return list(given)

    def _bearing(self, must: int) -> list[str]:
        """Name the tool facts and capabilities among some bits."""
        return [name for name, bit in self._bits if must & bit]

    @cached_property
    def _bits(self) -> list[tuple[str, int]]:
        bits = self.knowledge.bits
        names = (*self.facts.by_tool, *self.knowledge.capabilities)
        return [(name, 1 << bits[name]) for name in names if name in bits]

    def _of_tools(self, name: str, argument: str) -> Phrase | None:
        if name in ("objects", "arguments"):
            return self._picked(name, argument)
        tools = self.showing(argument)
        if not tools:
            return None
        if name == "tool":
            return Phrase(named(tools[0]), verbatim=True)
        return self.counted(len(tools)) if name == "count" else tools_phrase(tools)

    def counted(self, count: int) -> Phrase:
        """Say how many of the tools: `its one tool`, `all 5 tools`, `3 of 47 tools`."""
        total = len(self.by_name)
        if count == total:
            return Phrase("its one tool" if total == 1 else f"all {total} tools", total > 1)
        return Phrase(f"{count} of {total} tools", count > 1)

    def _picked(self, name: str, group: str) -> Phrase | None:
        """Name what the tools of a group act on, or which of their arguments play a role."""
        row = self.knowledge.sections["wording"][name][group]
        tools = [self.by_name[tool] for tool in self.showing(row["tools"])]
        picks = frozenset(row["picks"])
        if name == "objects":
            found = distinct(self._object(tool, picks) for tool in tools)
            return Phrase(listed(found), many=True) if found else None
        keys = distinct(
            next((part for part in reversed(argument.path) if part != _ITEMS), "")
            for tool in tools
            for argument in tool.arguments
            if argument.role in picks
        )
        return tools_phrase(keys)

    def _object(self, tool: ToolReading, verbs: frozenset[str]) -> str:
        """Name what a tool acts on, where its name and its description agree."""
        if tool.confidence < _LEAST_SURE:
            return ""
        effect = tool.effects[0] if tool.effects else None
        if effect is None or effect.verb not in verbs or _FROM.search(tool.name):
            return ""
        words = effect.object.split(" ")
        if len(words[-1]) < _SHORTEST or words[-1] not in tool.name.lower():
            return ""
        if words[-1] == self._prefix or words[-1] in self.knowledge.sections["wording"]["vague"]:
            return ""
        said = self._descriptions.get(tool.name, "")
        for start, word in enumerate(words):
            thing = " ".join(words[start:])
            if word in _JOINING:
                continue
            if f" {thing} " in said or f" {plural(thing)} " in said:
                return plain(plural(thing))
        return ""

    @cached_property
    def _prefix(self) -> str:
        """Give the word that most tool names begin with: the product, not a thing."""
        words = [re.split(r"[^a-z0-9]", name.lower())[0] for name in self.by_name]
        most = max(dict.fromkeys(words), key=words.count, default="")
        return most if words.count(most) > max(_FEW, len(words) // 2) else ""

    @cached_property
    def _descriptions(self) -> dict[str, str]:
        return {
            tool.name: f" {' '.join(_WORD.findall((tool.description or '')[:400].lower()))} "
            for tool in self.agent.known_tools
        }


_SPOKEN: dict[tuple[str, str], frozenset[str]] = {}


def spoken_of(row: ThreatRow, knowledge: Knowledge) -> frozenset[str]:
    """Name the facts that a threat's condition speaks of, down to the last; found once."""
    key = (knowledge.digest, row.id)
    if key not in _SPOKEN:
        found: set[str] = set()
        waiting = [row.when]
        while waiting:
            condition = waiting.pop()
            for name in names_of(condition.leaves(), condition.names):
                capability = knowledge.capabilities.get(name)
                if capability is None:
                    found.add(name)
                else:
                    waiting.append(capability.when)
        _SPOKEN[key] = frozenset(found)
    return _SPOKEN[key]


def tools_phrase(tools: Sequence[str]) -> Phrase | None:
    """Name tools; None where there are none."""
    return Phrase(listed(tools, each=named), len(tools) > 1, verbatim=True) if tools else None
