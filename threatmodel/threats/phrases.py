"""What the tools give to sentences: their names, in telling order, what they act on and take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from threatmodel.classify.result import ToolReading
from threatmodel.classify.words import split_name
from threatmodel.description.agent import Agent
from threatmodel.facts.defaults import judging_host
from threatmodel.facts.fact import Facts
from threatmodel.rules.cases import Cases, Masks, bits
from threatmodel.rules.load import Knowledge
from threatmodel.rules.rows import ThreatRow
from threatmodel.scales import GRAVEST_FIRST
from threatmodel.threats.doubts import Doubts
from threatmodel.threats.names import described, distinct, listed, named
from threatmodel.threats.template import Key, Phrase
from threatmodel.threats.things import Things, kinds_told, leading_verb, parts, told_of, told_verb

_GRAVITY = {name: place for place, name in enumerate(GRAVEST_FIRST)}
_ITEMS = "[]"
_VERBS = 3
"""Verbs that are told one by one; of more, the most common are enough."""


@dataclass(frozen=True)
class AgentNames:
    """Everything about one agent that a placeholder can name."""

    agent: Agent
    readings: Sequence[ToolReading]
    """What each tool can do."""
    facts: Facts
    knowledge: Knowledge
    firm: Masks
    """Facts without presumed ones, closed by capabilities."""
    doubts: Doubts
    """What words do not assert."""

    def phrase(self, key: Key) -> Phrase | None:
        """Give the words for a placeholder that hangs on the agent alone; None where not known."""
        name, argument = key
        if argument:
            return self._of_tools(name, argument)
        if name == "tools.total":
            return self.counted(len(self.by_name)) if self.by_name else None
        if name == "host.name":
            host = judging_host(self.agent, self.knowledge)
            return Phrase(f"the reference host ({host.name})") if host else None
        return described(self.agent, name)

    def showing(self, name: str) -> tuple[str, ...]:
        """Name the tools that show a fact, or that give a capability; most telling first."""
        return self.ordered(self._tools_of(self._giving_of(name)), name)

    def telling(self, name: str) -> tuple[str, ...]:
        """Name those of them of which words may say so; none where it is in doubt for all."""
        tools = self.showing(name)
        if name in self.doubts.names or not self.doubts.any:
            return () if name in self.doubts.names else tools
        given, gives = self._giving_of(name), name in self.knowledge.capabilities
        return tuple(tool for tool in tools if self._plain(tool, given, gives=gives))

    def _plain(self, tool: str, given: int, *, gives: bool) -> bool:
        """Tell whether words may say that a tool shows any of some facts."""
        return any(
            self.doubts.asserted(tool, fact, gives=gives)
            for fact, _ in self.by_name[tool].traits
            if given >> self.knowledge.bits.get(fact, 0) & 1
        )

    def _giving_of(self, name: str) -> int:
        """Give the bits of the facts by which a tool shows a fact or gives a capability."""
        row = self.knowledge.capabilities.get(name)
        return self._given[row.bit] & ~self._data if row else 1 << self.knowledge.bits[name]

    def abused(self, row: ThreatRow) -> tuple[str, ...]:
        """Name the tools that a threat abuses, in tool order: those that show its facts.

        A fact that its condition speaks of counts where it makes the condition hold.
        """
        given = self._giving(row.when, self._given)
        if row.tools:
            named, spoken = spoken_of(row, self.knowledge)
            given = named & (given | ~spoken)
        return self._tools_of(given)

    def ordered(self, tools: Sequence[str], *facts: str) -> tuple[str, ...]:
        """Sort tools for a sentence: the gravest class that leads for a fact first."""
        key = (tuple(tools), facts)
        if key not in self._orders:
            self._orders[key] = self._order(*key)
        return self._orders[key]

    def _order(self, tools: tuple[str, ...], facts: tuple[str, ...]) -> tuple[str, ...]:
        readings, telling = self.by_name, self._telling
        known = [tool for tool in dict.fromkeys(tools) if tool in readings]
        rules = self.knowledge.sections["wording"]
        leads, verb = rules["leads"], rules["verbs"].get(facts[0], "") if len(facts) == 1 else ""
        leading = [leads[fact] for fact in facts if fact in leads]
        classes: list[str] = [readings[tool].tool_class for tool in known]
        most = max(_GRAVITY, key=classes.count)
        first = min(leading, key=_GRAVITY.__getitem__, default=most)

        def key(tool: str) -> tuple[bool, bool, int]:
            reading = readings[tool]
            other = bool(verb) and not any(e.verb == verb for e in reading.effects[:1])
            return reading.tool_class != first, other, telling[tool]

        return tuple(sorted(known, key=key))

    @cached_property
    def _telling(self) -> dict[str, int]:
        """Rank the tools: brakes last; first the grave, single-minded and flagged ones."""
        ranked = sorted(
            self.by_name.values(),
            key=lambda r: (
                r.brake,
                _GRAVITY[r.tool_class],
                r.tool_class != "Read" and len({effect.verb for effect in r.effects}) > 1,
                -len(r.flags),
                not any(argument.is_array for argument in r.arguments),
                -self._things.weight(r),
                -r.confidence,
            ),
        )
        return {reading.name: rank for rank, reading in enumerate(ranked)}

    @cached_property
    def by_name(self) -> dict[str, ToolReading]:
        """Readings by tool name."""
        return {reading.name: reading for reading in self.readings}

    @cached_property
    def _data(self) -> int:
        """Bits of the facts about data: what a tool handles, it need not return."""
        facts = self.knowledge.facts.values()
        return self.knowledge.mask(*(fact.id for fact in facts if fact.family == "d"))

    @cached_property
    def _orders(self) -> dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...]]:
        return {}

    @cached_property
    def _shown(self) -> dict[int, tuple[str, ...]]:
        """Tools by the bit of the fact that they show."""
        bits = self.knowledge.bits
        return {bits[f]: tools for f, tools in self.facts.by_tool.items() if f in bits}

    @cached_property
    def _by_mask(self) -> dict[int, tuple[str, ...]]:
        return {}

    def _tools_of(self, facts: int) -> tuple[str, ...]:
        """Name the tools that show any of some facts, in tool order."""
        if facts not in self._by_mask:
            used = {t for bit, tools in self._shown.items() if facts >> bit & 1 for t in tools}
            self._by_mask[facts] = tuple(t for t in self.by_name if t in used) if used else ()
        return self._by_mask[facts]

    @cached_property
    def _given(self) -> dict[int, int]:
        """Tool facts that give each capability, by its bit; each after those it is made of."""
        given: dict[int, int] = {}
        for row in self.knowledge.capabilities.values():
            given[row.bit] = self._giving(row.when, given)
        return given

    def _giving(self, condition: Cases, given: Mapping[int, int]) -> int:
        """Give the bits of facts that, with what else is known, make a condition hold."""
        true, false = self.firm
        total = 0
        for must, must_not in condition.true_when:
            if must & true == must and must_not & false == must_not:
                total |= must
                for bit in bits(must & self.knowledge.sets.capabilities):
                    total |= given[bit]
        return total

    def _of_tools(self, name: str, argument: str) -> Phrase | None:
        if name in ("objects", "arguments"):
            return self._picked(name, argument)
        if name in ("act", "does"):
            return self._done(name, argument)
        doubted = argument in self.doubts.names
        tools = self.showing(argument) if name == "unsure" and doubted else self.telling(argument)
        if not tools or (name == "unsure" and not doubted):
            return None
        if name == "tool":
            return tools_phrase(tools[:1])
        if name in ("some", "unsure"):
            return some_phrase(tools)
        return self.counted(len(tools)) if name == "count" else tools_phrase(tools)

    def counted(self, count: int) -> Phrase:
        """Say how many of the tools: `its one tool`, `all 5 tools`, `3 of 47 tools`."""
        total = len(self.by_name)
        if count == total:
            every = {1: "its one tool", 2: "both tools"}.get(total, f"all {total} tools")
            return Phrase(every, total > 1)
        return Phrase(f"{count} of {total} tools", count > 1)

    def _picked(self, name: str, group: str) -> Phrase | None:
        """Name what the tools of a group act on, or which of their arguments play a role."""
        row = self.knowledge.sections["wording"][name][group]
        tools = [self.by_name[tool] for tool in self.telling(row["tools"])]
        picks = frozenset(row["picks"])
        if name == "objects":
            told = [one for one in tools if set(row["without"]).isdisjoint(parts(one.name))]
            named, every = self._things.named(told, picks)
            found = [one for one in named if kinds_told(one).isdisjoint(row["but"])]
            every = every and len(found) == len(named) and len(told) == len(tools)
            if not found:
                return None
            found = told_of(found, row["of"])
            said = listed(found) if every else f"{', '.join(found)} and more"
            return Phrase(said, many=True, about=True)
        keys = distinct(
            next((part for part in reversed(argument.path) if part != _ITEMS), "")
            for tool in tools
            for argument in tool.arguments
            if argument.role in picks
        )
        return tools_phrase(keys)

    def _done(self, name: str, group: str) -> Phrase | None:
        """Say what the tools of a group do: all of them, or the most telling one to its thing."""
        row = self.knowledge.sections["wording"]["acts"][group]
        tools = [self.by_name[tool] for tool in self.telling(row["tools"])]
        if not tools:
            return None
        if name == "act":
            thing = self._things.thing(tools[0], frozenset(row["verbs"]))
            if not thing:
                return None
            return Phrase(f"{told_verb(tools[0], thing, row['verbs'])} {thing}", about=True)
        # Where only a hint or a phrase tells what is done, no verb is known.
        verbs = distinct(leading_verb(one, row["also"]) for one in tools)
        known = 0 < len(verbs) <= _VERBS and all(verb in row["verbs"] for verb in verbs)
        words = [row["verbs"][verb] for verb in verbs] if known else [row["other"]]
        said = distinct(word[len(tools) > 1] for word in words)
        return Phrase(listed(said, word="or"), len(tools) > 1)

    @cached_property
    def _things(self) -> Things:
        said = {tool.name: tool.description or "" for tool in self.agent.known_tools}
        words = self.knowledge.sections["wording"]
        own = split_name(self.agent.name.lower())
        return Things(self.readings, said, words["vague"], words["empty"], own, words["aspects"])


_SPOKEN: dict[tuple[str, str], Masks] = {}


def spoken_of(row: ThreatRow, knowledge: Knowledge) -> Masks:
    """Give the bits of a threat's own facts, and of all its condition speaks of; found once."""
    key = (knowledge.digest, row.id)
    if key not in _SPOKEN:
        spoken, waiting = 0, [row.when]
        while waiting:
            leaves = waiting.pop().leaves()
            spoken |= leaves
            rows = knowledge.capabilities.values()
            waiting += [r.when for r in rows if leaves >> r.bit & 1]
        _SPOKEN[key] = (knowledge.mask(*row.tools), spoken)
    return _SPOKEN[key]


def tools_phrase(tools: Sequence[str]) -> Phrase | None:
    """Name tools; None where there are none."""
    return _of_tools(tools, listed(tools, each=named))


def some_phrase(tools: Sequence[str]) -> Phrase | None:
    """Name one tool, or two, and count the others; None where there are none."""
    return _of_tools(tools, listed(tools, 1, rest="other tools", each=named))


def _of_tools(tools: Sequence[str], text: str) -> Phrase | None:
    many = len(tools) > 1
    lists = frozenset([text][:many])
    return Phrase(text, many, verbatim=True, about=True, lists=lists) if tools else None
