"""The agents behind one policy, what becomes of each of their tools, and when one waits."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from threatmodel.advise.choices import Held
from threatmodel.assessment import Assessment
from threatmodel.classify.result import ToolReading
from threatmodel.description.overrides import Limit
from threatmodel.policy.guard import ArgumentCheck, Parameter, RateLimit
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.advise import OutsideRule, PowerRule
from threatmodel.rules.decision_words import DecisionWords
from threatmodel.scales import CLASSES
from threatmodel.threats.names import LONGEST_NAME, in_sentence, joined, named

NAMED = 3
"""Names that are told before the rest is counted."""

LETTERS = 60
"""Letters of all of them together; the first is told however long it is."""


class GuardedTool(NamedTuple):
    """A tool of one agent: in a system, several may have one of its name."""

    member: str
    """Member of a system that it belongs to; empty for an agent alone."""
    name: str


@dataclass(frozen=True)
class Guarded:
    """One agent behind the policy, and what becomes of its tools under the conditions."""

    member: str
    """Its name in a system; empty for an agent alone."""
    agent: Assessment
    held: Held
    by: Mapping[str, int]
    """Tool that another condition than the policy holds or takes away -> number of that one."""

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Tools of which some calls pass without a person."""
        held = {*self.held.hidden, *self.held.slowed}
        return tuple(r.name for r in self.agent.readings if r.name not in held)

    def guarded(self, kind: str, otherwise: str = "") -> frozenset[str]:
        """Name the free tools with a guard of a kind."""
        guards = self.agent.plan.guards
        found = {g.tool for g in guards if g.kind == kind and otherwise in ("", g.otherwise)}
        return frozenset(found.intersection(self.free))

    def parameters(self, wish: str) -> tuple[Parameter, ...]:
        """Give what the policy needs to know for its free tools, by the wish that answers it."""
        plan = self.agent.plan
        own = {guard.id for guard in plan.guards if guard.tool in self.free}
        found = (p for p in plan.parameters if p.name == f"policy.{wish}")
        return tuple(p for p in found if not own.isdisjoint(p.guards))

    @cached_property
    def sometimes(self) -> frozenset[str]:
        """Free tools of which some calls wait for a person."""
        return self.waiting_by_value | self.waiting_by_text

    @cached_property
    def waiting_by_value(self) -> frozenset[str]:
        """Free tools of which a call waits for its values."""
        return self.guarded("argument", "approval")

    @cached_property
    def waiting_by_text(self) -> frozenset[str]:
        """Free tools of which a call waits for what the model has read before."""
        return self.guarded("taint")

    @cached_property
    def checks(self) -> Mapping[str, tuple[ArgumentCheck, ...]]:
        """What a call of each tool waits for by its values."""
        found = defaultdict[str, tuple[ArgumentCheck, ...]](tuple)
        for guard in self.agent.plan.guards:
            if guard.kind == "argument" and guard.otherwise == "approval":
                found[guard.tool] += guard.checks
        return found

    @cached_property
    def rates(self) -> Mapping[str, RateLimit]:
        """The most calls of each tool, and of all under `EVERY`; items in them count apart."""
        found = (g for g in self.agent.plan.guards if g.kind == "rate")
        return {g.tool: g.limit for g in found if g.limit and not g.limit.sum_of}

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The limits of its description that name something that is there."""
        wishes = self.agent.agent.policy
        return tuple(one for one in wishes.limits if not self._is_idle(one)) if wishes else ()

    def _is_idle(self, limit: Limit) -> bool:
        """Tell whether a limit names no tool, or no argument of it, that is there."""
        missing = f"`{limit.tool}` has no argument `{limit.argument}`"
        return f"`{limit.tool}` is not a tool" in self.idle or missing in self.idle

    @cached_property
    def idle(self) -> str:
        """What is wished for and names nothing that is there, as the plan says it."""
        found = (p for p in self.agent.plan.parameters if not p.guards)
        return " ".join(p.says for p in found if p.name in ("policy.limits", "policy.values"))


@dataclass(frozen=True)
class GuardedTools:
    """The agents behind one policy."""

    agents: tuple[Guarded, ...]
    noun: str = "condition"
    """What a row is called that asks for something: a condition or a measure."""

    @cached_property
    def words(self) -> DecisionWords:
        """The sentences of the page."""
        return policy_rules(self.agents[0].agent.knowledge).advise.page

    @cached_property
    def readings(self) -> list[tuple[Guarded, ToolReading]]:
        """Every tool with the agent that it belongs to, the most dangerous first."""
        found = [(one, reading) for one in self.agents for reading in one.agent.readings]
        powers = policy_rules(self.agents[0].agent.knowledge).advise.powers
        return sorted(found, key=lambda pair: _danger(pair[1], powers))

    def ranked(self, chosen: Callable[[Guarded, str], bool]) -> tuple[GuardedTool, ...]:
        """Choose tools, the most dangerous first."""
        found = (GuardedTool(one.member, r.name) for one, r in self.readings if chosen(one, r.name))
        return tuple(dict.fromkeys(found))

    @cached_property
    def _shared(self) -> frozenset[str]:
        """Names that tools of several agents have."""
        names = Counter(
            name for one in self.agents for name in {r.name for r in one.agent.readings}
        )
        return frozenset(name for name, times in names.items() if times > 1)

    def named(self, tool: GuardedTool) -> str:
        """Name a tool; with its member where others have one of its name."""
        shown = named(tool.name)
        if tool.name not in self._shared:
            return shown
        return self.words.of_member.format(
            tool=shown, member=in_sentence(tool.member, LONGEST_NAME)
        )

    def some(self, tools: Sequence[GuardedTool]) -> str:
        """Name the first tools, fewer where their names are long, and count the others."""
        # A single one that is left is named: to count it takes as much room, and says less.
        most = NAMED + (len(tools) == NAMED + 1)
        first = tuple(fitting(map(self.named, tools[:most])))
        more = len(tools) - len(first)
        return joined((*first, f"{more} more") if more else first)

    def counted(self, tools: Sequence[GuardedTool]) -> str:
        """Count tools, the first ones by name."""
        if len(tools) <= NAMED:
            return self.some(tools)
        first = tuple(fitting(map(self.named, tools[:NAMED])))
        return self.words.among.format(number=len(tools), tools=joined(first))

    def _few(self, tools: Sequence[GuardedTool]) -> str:
        """Name a few tools, else count them: the condition that holds them names them itself."""
        return self.some(tools) if len(tools) < NAMED else f"{len(tools)} tools"

    def by_condition(
        self,
        tools: Sequence[GuardedTool],
        told: Callable[[Sequence[GuardedTool]], str] | None = None,
    ) -> str:
        """Tell tools; apart those that another condition than the policy holds or takes away."""
        asked: dict[int, list[GuardedTool]] = {0: []}
        by, tell = {one.member: one.by for one in self.agents}, told or self.some
        for tool in tools:
            asked.setdefault(by[tool.member].get(tool.name, 0), []).append(tool)
        return "; ".join(
            self.words.by.format(row=f"{self.noun} {n}", tools=self._few(own)) if n else tell(own)
            for n, own in sorted(asked.items())
            if own
        )


def _danger(reading: ToolReading, powers: Iterable[PowerRule]) -> tuple[int, int, int, int, str]:
    """Rank a tool: by its class, by the powers that are soonest held, by sums that it takes."""
    shown = {fact for fact, _ in reading.traits}
    soonest = min((rule.hold for rule in powers if not shown.isdisjoint(rule.shows)), default=99)
    sums = sum(argument.role == "amount" for argument in reading.arguments)
    rank = -CLASSES.index(reading.tool_class)
    return rank, soonest, -sums, -len(reading.flags), reading.name


def fitting(names: Iterable[str]) -> Iterator[str]:
    """Give names as far as they go into a line, and the first of them anyway."""
    letters = 0
    for name in names:
        letters += len(name)
        if letters > LETTERS and letters > len(name):
            return
        yield name


# When a call waits for a person.

_APART = 3
"""Reasons to wait that are told apart before the rest stands together."""


def waiting(tools: GuardedTools) -> str:
    """Say of the tools of which some calls wait when they do, the gravest tools first."""
    words, agents = tools.words, {one.member: one for one in tools.agents}
    outside = policy_rules(tools.agents[0].agent.knowledge).advise.outside
    reasons: dict[str, list[GuardedTool]] = {}
    for tool in tools.ranked(lambda one, name: name in one.sometimes):
        when = _when(agents[tool.member], tool.name, outside)
        if when not in reasons and len(reasons) >= _APART:
            when = words.value
        reasons.setdefault(when, []).append(tool)
    return "; ".join(
        words.when.format(tools=tools.counted(some), when=when) for when, some in reasons.items()
    )


def _when(one: Guarded, tool: str, outside: Sequence[OutsideRule]) -> str:
    words = policy_rules(one.agent.knowledge).advise.page
    if tool not in one.waiting_by_value:
        return words.text
    told = _by_value(one, tool, outside) or words.value
    if tool not in one.waiting_by_text:
        return told
    return words.either.format(value=told, text=words.text)


def _by_value(one: Guarded, tool: str, outside: Sequence[OutsideRule]) -> str:
    """Tell the most telling of what its values are held to; empty where no row tells any."""
    checks = one.checks.get(tool, ())
    for row in outside:
        for check in checks:
            if check.operator in row.operators:
                return row.says.format(limit=_limit_of(check))
    return ""


def _limit_of(check: ArgumentCheck) -> str:
    if isinstance(check.value, tuple):
        return joined(tuple(_apart(map(str, check.value)))[:NAMED], "or")
    return f"{check.value:,}" if isinstance(check.value, int | float) else str(check.value)


def _apart(values: Iterable[str]) -> Iterator[str]:
    """Leave out what is only another form of the value before it, such as its plural."""
    last = ""
    for value in values:
        if not last or not (value.startswith(last) or last.startswith(value)):
            yield value
        last = last if last and value.startswith(last) else value
