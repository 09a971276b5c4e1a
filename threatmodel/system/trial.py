"""Try what a check would change: which flow helps most, and how far."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from threatmodel.system.flows import Reader
from threatmodel.system.net import HANDED, Flowing, Reading, ShownFacts

MOST_TRIED = 40
"""Flows that are tried; a large system has a thousand, and most of them carry little."""

Value = Callable[[str, ShownFacts], float]
"""Gives a member's score in its place, for what the flows show of it."""


class Helping(NamedTuple):
    """A check at a flow, and what it would change."""

    flow: int
    """Index of the flow."""
    check: str
    value: float
    """Headline of the system with it."""
    scores: tuple[float, ...]
    """Score of each member in its place with it, in the members' order."""
    freed: tuple[str, ...]
    """Members that strangers' text reaches no more."""


@dataclass(frozen=True)
class CheckTrial:
    """Scores of a system for any checks at its flows."""

    flowing: Flowing
    reading: Reading
    """What they show as they are checked now."""
    value: Value
    """Scores one member."""
    _known: dict[tuple[str, frozenset[str]], float] = field(default_factory=dict, repr=False)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.flowing)

    def scores(self, facts: ShownFacts) -> tuple[float, ...]:
        """Score each member in its place; each set of facts of a member once."""
        return tuple(self._score(name, facts) for name in self.flowing.net.agents)

    def _score(self, name: str, facts: ShownFacts) -> float:
        key = (name, frozenset(facts.get(name, {})))
        if key not in self._known:
            self._known[key] = self.value(name, facts)
        return self._known[key]

    @cached_property
    def best(self) -> Helping | None:
        """The check that lowers the headline most, then all scores, then frees most members.

        None where no single check does any of it.
        """
        return next(iter(self.helping), None)

    @cached_property
    def helping(self) -> tuple[Helping, ...]:
        """Every check that helps, the best first; of two that do the same, the cheaper one."""
        now = round(sum(self.scores(self.reading.facts)), 1)
        found = [one for one in self._tries() if one.freed or round(sum(one.scores), 1) < now]
        order = {one.check: at for at, one in enumerate(self.flowing.rules.tries)}
        alike: dict[object, Helping] = {}
        for one in sorted(found, key=lambda one: (*_helps(one), order[one.check], one.flow)):
            alike.setdefault((one.flow, one.scores, one.freed), one)
        return tuple(alike.values())

    def _tries(self) -> Iterator[Helping]:
        for flow in self.telling:
            for check in self.fitting(flow):
                yield self.with_check(flow, check)

    def fitting(self, flow: int) -> Iterator[str]:
        """Give the checks that a flow could have; text alone has no fields to hold to anything."""
        net = self.flowing.net
        prose = not net.carried[flow] & {"task", "data"}
        for check in (one.check for one in self.flowing.rules.tries):
            if check not in net.checks[flow] and not (prose and check == "schema"):
                yield check

    @cached_property
    def telling(self) -> Sequence[int]:
        """Flows whose check could change something: those on which most facts of members rest."""
        shown = (one for facts in self.reading.facts.values() for one in facts.values())
        resting = Counter(index for one in shown for index in one.way)
        return sorted(sorted(resting, key=lambda index: (-resting[index], index))[:MOST_TRIED])

    def with_check(self, flow: int, check: str) -> Helping:
        """Tell what a check at a flow changes."""
        checks = list(self.flowing.net.checks)
        checks[flow] |= {check}
        read = self._reader.read(checks)
        scores = self.scores(read.facts)
        return Helping(flow, check, max(scores), scores, self._freed(read))

    def _freed(self, read: Reading) -> tuple[str, ...]:
        before, now = self.reading.facts, read.facts
        handed = [name for name in self.flowing.net.agents if HANDED in before.get(name, {})]
        return tuple(name for name in handed if HANDED not in now.get(name, {}))


def _helps(one: Helping) -> tuple[float, float, int]:
    """Sort key: the lowest headline, the lowest scores, most members freed."""
    return one.value, round(sum(one.scores), 1), -len(one.freed)
