"""The flows of a system as a graph, how something spreads along them, and what they show."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from threatmodel.description.agent import Agent
from threatmodel.description.overrides import truth_of
from threatmodel.description.sections import Dealings, Peers
from threatmodel.description.system import Flow, Outside, Store, System
from threatmodel.rules.cases import Masks
from threatmodel.rules.load import Knowledge
from threatmodel.rules.system import SystemRules

TOOLS = frozenset({"mcp-server", "skill"})
"""Kinds of members that are called and do not ask others themselves."""

# A source hardly ever says what a flow carries; what is not said may be anything.
UNSAID = frozenset({"task", "text", "data", "secrets"})
"""What a flow carries where nothing is said."""


def carried(flow: Flow) -> frozenset[str]:
    """Tell what a flow carries; anything where nothing is said."""
    return frozenset(flow.carries) if isinstance(flow.carries, tuple) else UNSAID


class Arrival(NamedTuple):
    """How something first comes to a place."""

    flow: int
    """Index of the flow."""
    begins: bool
    """Whether it starts on this very flow."""


Spread = Mapping[str, Arrival]
"""Place -> how something first comes to it; places where it starts are left out."""


@dataclass(frozen=True)
class Net:
    """Who is connected to whom."""

    system: System

    @cached_property
    def agents(self) -> dict[str, Agent]:
        """The members that are agents, by name."""
        return {one.name: one for one in self.system.agents}

    @cached_property
    def people(self) -> frozenset[str]:
        """Names of the members that are people."""
        return frozenset(one.name for one in self.system.people)

    @cached_property
    def stores(self) -> dict[str, Store]:
        """Stores by name."""
        return {one.name: one for one in self.system.stores}

    @cached_property
    def outside(self) -> dict[str, Outside]:
        """Outside parties by name."""
        return {one.name: one for one in self.system.outside}

    @cached_property
    def leaving(self) -> dict[str, tuple[int, ...]]:
        """Place -> indexes of the flows that leave it."""
        found: dict[str, list[int]] = {}
        for index, flow in enumerate(self.system.flows):
            found.setdefault(flow.sender, []).append(index)
        return {name: tuple(flows) for name, flows in found.items()}

    @cached_property
    def carried(self) -> tuple[frozenset[str], ...]:
        """What each flow carries."""
        return tuple(carried(flow) for flow in self.system.flows)

    @cached_property
    def checks(self) -> tuple[frozenset[str], ...]:
        """What checks each flow."""
        return tuple(frozenset(flow.checks) for flow in self.system.flows)

    def trusts(self, name: str) -> bool:
        """Tell whether an outside party is trusted."""
        return name in self.outside and truth_of(self.outside[name].trusted) is True

    def asks(self, name: str) -> bool:
        """Tell whether a member is an agent that decides for itself, not a tool server or skill."""
        return name in self.agents and self.agents[name].kind not in TOOLS

    @cached_property
    def dealings(self) -> dict[str, tuple[list[str], list[str]]]:
        """Member -> agents that send it something, and those that it sends something to.

        Agents of others are among them.
        """
        found: dict[str, tuple[list[str], list[str]]] = {name: ([], []) for name in self.agents}
        for flow in self.system.flows:
            if not (self.is_agent(flow.sender) and self.is_agent(flow.to)):
                continue
            for name, other, way in ((flow.to, flow.sender, 0), (flow.sender, flow.to, 1)):
                if name in found and other not in found[name][way]:
                    found[name][way].append(other)
        return found

    def among(self, agent: Agent) -> Agent:
        """Name the agents that a member deals with, for sentences; who says so is the flows."""
        senders, receivers = self.dealings[agent.name]
        if not senders and not receivers:
            return agent
        stated = agent.peers.as_dict() if isinstance(agent.peers, Peers) else {}
        names = tuple(dict.fromkeys((*senders, *receivers)))
        dealt = {"names": names, "senders": tuple(senders), "receivers": tuple(receivers)}
        return agent.changed({"peers": Dealings(**{**stated, **dealt})})

    def is_agent(self, name: str) -> bool:
        """Tell whether something decides for itself: a member, or an agent of others."""
        hired = name in self.outside and self.outside[name].kind == "agent"
        return hired or self.asks(name)

    def spread(
        self, starts: Iterable[str], passes: Callable[[int], bool], begins: Iterable[int] = ()
    ) -> Spread:
        """Follow something along the flows, each of them once.

        Args:
            starts: Places where it starts.
            passes: Tells whether a flow takes it along.
            begins: Flows on which it starts by itself.
        """
        flows, came = self.system.flows, dict[str, Arrival]()
        first = dict.fromkeys(starts)
        for index in begins:
            to = flows[index].to
            if to not in first and to not in came:
                came[to] = Arrival(index, begins=True)
        # Breadth first and each place once: the way told is a shortest one, and the time is linear.
        queue = deque((*first, *came))
        while queue:
            name = queue.popleft()
            # A person reads and does not pass on by itself: else each approval would taint what
            # follows.
            if name in self.people:
                continue
            for index in self.leaving.get(name, ()):
                to = flows[index].to
                if to not in first and to not in came and passes(index):
                    came[to] = Arrival(index, begins=False)
                    queue.append(to)
        return came

    def way(self, spread: Spread, name: str) -> tuple[int, ...]:
        """Give the flows on which something came to a place, first one first."""
        found: list[int] = []
        while name in spread:
            flow, begins = spread[name]
            found.append(flow)
            if begins:
                break
            name = self.system.flows[flow].sender
        return tuple(reversed(found))


def circles(names: Sequence[str], after: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Name the places from which a way leads back to them; each edge is followed twice."""
    order: list[str] = []
    seen: set[str] = set()
    for name in names:
        order += _finished(name, after, seen)
    before: dict[str, list[str]] = {}
    for name, others in after.items():
        for other in others:
            before.setdefault(other, []).append(name)
    seen, found = set(), set()
    for name in reversed(order):
        group = _finished(name, before, seen)
        if len(group) > 1:
            found.update(group)
    return frozenset(found)


def _finished(start: str, after: Mapping[str, Sequence[str]], seen: set[str]) -> list[str]:
    """Walk depth first from a place, and give the new places in the order they are done with."""
    done: list[str] = []
    stack = [(start, iter(after.get(start, ())))] if start not in seen else []
    seen.add(start)
    while stack:
        name, rest = stack[-1]
        new = next((other for other in rest if other not in seen), None)
        if new is None:
            done.append(name)
            stack.pop()
        else:
            seen.add(new)
            stack.append((new, iter(after.get(new, ()))))
    return done


OUTSIDER_TEXT = "outsider-text"
"""The label that steers a member."""

HANDED = "sy.outsider_text"
"""The fact of a member that it reaches, and that does not take in such text by itself."""


class Shown(NamedTuple):
    """Why a fact holds for a member."""

    way: tuple[int, ...]
    """Flows that show it, in order."""
    about: str = ""
    """What it is about: a label, an act, a store, a key; empty where the way says it all."""


ShownFacts = dict[str, dict[str, Shown]]
"""Member -> fact -> why it holds."""

Checks = Sequence[frozenset[str]]
"""What checks each flow."""


class Reading(NamedTuple):
    """What the flows show of each member, and how far each label comes."""

    facts: ShownFacts
    """Facts of members; those of which nothing is shown are left out."""
    spreads: dict[str, Spread]
    """Label -> where it comes to, and how; from outside where it can."""
    starts: dict[str, tuple[str, ...]]
    """Label -> where it starts."""

    def has(self, label: str, name: str) -> bool:
        """Tell whether something starts at a place or comes to it."""
        return name in self.spreads[label] or name in self.starts[label]


class Flowing(NamedTuple):
    """What reading the flows needs to know."""

    net: Net
    """Who is connected to whom."""
    alone: Mapping[str, Masks]
    """Member -> what is known of it by itself, closed by capabilities."""
    rules: SystemRules
    """What travels, and what stops it."""
    knowledge: Knowledge


ShownRows = Iterator[tuple[str, str, Shown]]
"""Member, fact, why it holds."""
