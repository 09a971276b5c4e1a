"""Follow what travels along flows, by which way it came, and try what a check would change."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar

from threatmodel.description.overrides import truth_of
from threatmodel.rules.system import Label
from threatmodel.system.net import (
    HANDED,
    OUTSIDER_TEXT,
    Checks,
    Flowing,
    Net,
    Reading,
    Shown,
    ShownFacts,
    ShownRows,
    Spread,
)
from threatmodel.system.ties import circling, tied, unproven

PRIVATE = "private-data"
"""The label that must not get out."""

T = TypeVar("T")


def read_flows(flowing: Flowing, checks: Checks) -> Reading:
    """Follow everything along the flows, as they are checked; the time is linear in the flows."""
    return Reader(flowing).read(checks)


class Reader:
    """Reads the same flows under one set of checks after the other.

    A check at one flow leaves most of what is read as it is: each part is found once for the flows
    that it rests on.
    """

    def __init__(self, flowing: Flowing) -> None:
        """Take the flows as they are described."""
        self.flowing, self.net = flowing, flowing.net
        labels = flowing.rules.labels
        self.starts = {label.id: tuple(_starts(flowing, label)) for label in labels}
        self._fixed: ShownFacts = {}
        self._kept: dict[object, Any] = {}
        _add(self._fixed, tied(flowing))

    def read(self, checks: Checks) -> Reading:
        """Follow everything along the flows, as they are checked."""
        described, net = self.net.checks, self.net
        changed = [at for at, one in enumerate(checks) if one is not described[at]]
        spreads: dict[str, Spread] = {}
        facts = {name: dict(known) for name, known in self._fixed.items()}
        for label in self.flowing.rules.labels:
            open_now = partial(passes, net, label, checks)
            before = partial(passes, net, label, described)
            # By the flows whose answer changed for this label: a check that stops something else
            # leaves its spread as it was.
            turned = frozenset(at for at in changed if open_now(at) != before(at))
            find = partial(self._spread, label, checks)
            spread = spreads[label.id] = self._keep(("spread", label.id, turned), find)
            arrived = partial(self._labelled, label, spread)
            _add(facts, self._keep(("label", label.id, turned), arrived))
            if label.id == PRIVATE:
                out = partial(self._handed_out, open_now)
                _add(facts, self._keep(("out", turned), out))
        reading = Reading(facts, spreads, self.starts)
        for part in self._by_check(reading, checks, changed):
            _add(facts, part)
        return reading

    def _by_check(
        self, reading: Reading, checks: Checks, changed: Sequence[int]
    ) -> Iterator[Iterable[tuple[str, str, Shown]]]:
        """Yield what rests on checks by name, whatever they let through."""

        def turned(*names: str) -> frozenset[tuple[int, str]]:
            found = ((at, name) for at in changed for name in names)
            return frozenset((at, n) for at, n in found if (n in checks[at]) != (n in before[at]))

        net, before = self.net, self.net.checks
        steered = tuple(n for n in net.agents if net.asks(n) and reading.has(OUTSIDER_TEXT, n))
        lent = partial(self._lent, checks, steered)
        yield self._keep(("lent", steered, turned("person")), lent)
        yield self._keep(("circle", turned("person")), partial(circling, net, checks))
        proofs = turned("identity", "record")
        yield self._keep(("unproven", proofs), partial(unproven, net, checks))

    def _keep(self, key: object, find: Callable[[], Iterable[T] | Spread]) -> Any:  # noqa: ANN401
        """Give what was found before under a key, or find it."""
        if key not in self._kept:
            found = find()
            self._kept[key] = found if isinstance(found, dict) else tuple(found)
        return self._kept[key]

    def _spread(self, label: Label, checks: Checks) -> Spread:
        """Follow a label from around the members, then from those that it does not reach so."""
        net, begun = self.net, tuple(_begun(self.net, label, checks))
        takes, starts = partial(passes, net, label, checks), self.starts[label.id]
        around = [name for name in starts if name not in net.agents]
        # From outside first: a member that is both source and target is told by the way that
        # brought it, which somebody can check.
        came = net.spread(around, takes, begun)
        inside = [name for name in starts if name in net.agents and name not in came]
        return net.spread((*around, *inside), takes, begun)

    def _labelled(self, label: Label, spread: Spread) -> ShownRows:
        """Members that a label reaches and that do not start it."""
        net, starts = self.net, self.starts[label.id]
        for name in net.agents:
            if name in spread and name not in starts:
                way = net.way(spread, name)
                yield name, label.fact, Shown(way, label.id)
                if label.id == OUTSIDER_TEXT and not net.asks(name):
                    yield name, "in.host_text", Shown(way, label.id)

    def _handed_out(self, goes: Callable[[int], bool]) -> ShownRows:
        """Members that hand what is not public to somebody outside."""
        net = self.net
        for index, flow in enumerate(net.system.flows):
            out = flow.to in net.outside and not net.trusts(flow.to)
            if out and flow.sender in net.agents and goes(index):
                yield flow.sender, "sy.hands_out", Shown((index,))

    def _lent(self, checks: Checks, steered: Sequence[str]) -> ShownRows:
        """Members that can be asked to do what a steered member may not do itself."""
        net, bits, alone = self.net, self.flowing.knowledge.bits, self.flowing.alone

        def asks(index: int) -> bool:
            return "task" in net.carried[index] and "person" not in checks[index]

        for act in self.flowing.rules.acts:
            able = {name for name, known in alone.items() if known[0] >> bits[act] & 1}
            spread = net.spread([name for name in steered if name not in able], asks)
            for name in sorted(able & spread.keys()):
                if net.asks(name):
                    yield name, "sy.lends_rights", Shown(net.way(spread, name), act)


def _add(facts: ShownFacts, found: Iterable[tuple[str, str, Shown]]) -> None:
    """Put what was found to what is known; what was found first stands."""
    for name, fact, shown in found:
        facts.setdefault(name, {}).setdefault(fact, shown)


def _starts(flowing: Flowing, label: Label) -> Iterator[str]:
    """Name the places where a label starts."""
    net = flowing.net
    for name, known in flowing.alone.items():
        if label.source.surely(*known):
            yield name
    for name, store in net.stores.items():
        if any(truth_of(getattr(store, why, None)) is True for why in label.begins):
            yield name
    if "outside" in label.begins:
        yield from (name for name in net.outside if not net.trusts(name))


def passes(net: Net, label: Label, checks: Checks, index: int) -> bool:
    """Tell whether a flow takes a label along."""
    flow = net.system.flows[index]
    if checks[index] & label.stopped_by or not net.carried[index] & label.carried_by:
        return False
    return not (label.id == OUTSIDER_TEXT and flow.trust == "trusted")


def _begun(net: Net, label: Label, checks: Checks) -> Iterator[int]:
    """Give the flows that are said to carry strangers' text."""
    for index, flow in enumerate(net.system.flows):
        untrusted = label.id == OUTSIDER_TEXT and flow.trust == "untrusted"
        if untrusted and passes(net, label, checks, index):
            yield index


# Which flow helps most, and how far.

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
