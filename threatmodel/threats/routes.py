"""Routes through open threats, from ways in along the cascades to damage; which ones are told."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from threatmodel.rules.cases import bits
from threatmodel.rules.evaluate import places_of
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.rules.rows import Chain


@dataclass(frozen=True, slots=True)
class Route:
    """A way through open threats."""

    entry: str
    """Way in."""
    threats: tuple[str, ...]
    """Threat ids in order."""
    impact: str
    """Damage."""
    chain: Chain | None = None
    """The named story that it is, where there is one."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Where paths begin and end."""

    entries: dict[str, str]
    """First threat -> way in."""
    impacts: dict[str, str]
    """Last threat -> damage."""
    longest: int
    """Threats in a path at most."""


def ends_of(rows: Mapping[str, Any]) -> Ends:
    """Read where paths begin and end from the packed rules."""
    return Ends(
        {threat: name for name, row in rows["entries"].items() for threat in row["threats"]},
        {threat: name for name, row in rows["impacts"].items() for threat in row["threats"]},
        rows["longest"],
    )


def routes(knowledge: Knowledge, scores: Mapping[str, float], ends: Ends) -> list[Route]:
    """Find the shortest route from each way in to each last threat, and the stories told whole.

    `scores` holds the open threats. Every threat is entered once per way in, so loops end.
    """
    steps = _steps(knowledge, scores)
    stories = list(_stories(knowledge, scores, ends))
    # What a story tells whole would stand beside it as a lesser path.
    known = [(story.threats, story.entry, story.impact) for story in stories]
    found = [
        route
        for first in ends.entries
        if first in scores
        for route in _walk(first, steps, ends)
        if not any(
            e == route.entry and i == route.impact and _within(route.threats, t)
            for t, e, i in known
        )
    ]
    return stories + found


def _steps(knowledge: Knowledge, scores: Mapping[str, float]) -> dict[str, list[str]]:
    """Map each open threat to the open threats that it enables, worst first."""
    steps: dict[str, list[str]] = {}
    for edge in knowledge.cascades:
        if edge.kind == "enables" and edge.source in scores and edge.target in scores:
            steps.setdefault(edge.source, []).append(edge.target)
    return {
        source: sorted(targets, key=lambda t: (-scores[t], t)) for source, targets in steps.items()
    }


def _walk(first: str, steps: Mapping[str, Sequence[str]], ends: Ends) -> Iterator[Route]:
    """Go outwards from a first threat, breadth first, and stop at each last threat."""
    queue: deque[tuple[str, ...]] = deque([(first,)])
    seen = {first}
    while queue:
        so_far = queue.popleft()
        for after in steps.get(so_far[-1], ()):
            # Marked when it is put in the queue: the first way to a threat is a shortest one, and
            # loops end.
            if after in seen:
                continue
            seen.add(after)
            longer = (*so_far, after)
            if after in ends.impacts:
                yield Route(ends.entries[first], longer, ends.impacts[after])
            # A route stops at the first damage: what follows from it is another path.
            elif len(longer) < ends.longest:
                queue.append(longer)


def _stories(knowledge: Knowledge, scores: Mapping[str, float], ends: Ends) -> Iterator[Route]:
    for chain in knowledge.chains.values():
        told = _story_ends(chain, ends)
        if told and all(step in scores for step in chain.steps):
            yield Route(told[0], chain.steps, told[1], chain)


def _story_ends(chain: Chain, ends: Ends) -> tuple[str, str] | None:
    """Give the way in and the damage of a story; None where it lacks one of them."""
    entry = ends.entries.get(chain.steps[0])
    impact = next((ends.impacts[t] for t in chain.steps[1:] if t in ends.impacts), None)
    return (entry, impact) if entry and impact else None


def _within(short: Sequence[str], long: Sequence[str]) -> bool:
    """Tell whether a story has the steps of a route in order, and begins as it does."""
    rest = iter(long)
    return short[0] == long[0] and all(step in rest for step in short)


# The same in bits. Conditions are tried by the hundred on each page that decides, and whether a way
# is left hangs on which threats are open alone: this takes a hundredth of telling the ways.


class Reach(NamedTuple):
    """The steps between threats; a threat is a bit at its place in the rules."""

    after: tuple[int, ...]
    """Threats that each one enables."""
    firsts: dict[str, tuple[int, ...]]
    """Way in -> places of the threats that it begins with."""
    lasts: dict[str, int]
    """Damage -> threats that do it."""
    ends: int
    """All of those."""
    stories: dict[tuple[str, str], tuple[int, ...]]
    """Way in and damage -> threats of each story that is told whole."""
    longest: int
    """Threats in a way at most."""

    def leads(self, live: int, entry: str, impact: str) -> bool:
        """Tell whether a way or a story leads over live threats from a way in to damage."""
        stories = self.stories.get((entry, impact), ())
        if any(story & live == story for story in stories):
            return True
        firsts = (first for first in self.firsts.get(entry, ()) if live >> first & 1)
        return any(self._leads_from(first, live, impact) for first in firsts)

    def _leads_from(self, first: int, live: int, impact: str) -> bool:
        last = self.lasts.get(impact, 0)
        seen = outermost = 1 << first
        for _ in range(self.longest - 1):
            found = 0
            for place in bits(outermost):
                found |= self.after[place]
            found &= live & ~seen
            if found & last:
                return True
            seen |= found
            outermost = found & ~self.ends
        return False


@per_rules
def reach_of(knowledge: Knowledge) -> Reach:
    """Read the steps from the rules."""
    places, ends = places_of(knowledge), ends_of(knowledge.sections["wording"]["paths"])
    after = [0] * len(places)
    for edge in knowledge.cascades:
        if edge.kind == "enables":
            after[places[edge.source]] |= 1 << places[edge.target]
    firsts: dict[str, tuple[int, ...]] = {}
    for threat, entry in ends.entries.items():
        firsts[entry] = (*firsts.get(entry, ()), places[threat])
    lasts: dict[str, int] = {}
    for threat, impact in ends.impacts.items():
        lasts[impact] = lasts.get(impact, 0) | 1 << places[threat]
    stories: dict[tuple[str, str], tuple[int, ...]] = {}
    for chain in knowledge.chains.values():
        if told := _story_ends(chain, ends):
            steps = sum(1 << places[step] for step in set(chain.steps))
            stories[told] = (*stories.get(told, ()), steps)
    union = sum(1 << places[threat] for threat in ends.impacts)
    return Reach(tuple(after), firsts, lasts, union, stories, ends.longest)


# Of many, those that differ most, and what hurts.


def diverse(
    ranked: Sequence[tuple[Route, float]],
    most: int,
    grave: Collection[str] = (),
    told_else: Collection[str] = (),
) -> list[tuple[Route, float]]:
    """Pick paths that differ in way in and damage, then in damage, then in either.

    Damage that tools do to people or things is always among them: `grave`. What is told as worse
    damage that is there too waits until all other damage is told: `told_else`.
    """
    hurts = (pair for pair in ranked if pair[0].impact in grave)
    chosen: list[tuple[Route, float]] = list(islice(hurts, 1))
    first = [pair for pair in ranked if pair[0].impact not in told_else]
    # Five ways into the same leak tell a reader one thing: the next round is only asked where the
    # stricter one leaves room.
    rounds = (
        (_same_part, first),
        (_same_damage, first),
        (_same_ends, ranked),
        (_same_story, ranked),
    )
    for alike, pairs in rounds:
        for pair in pairs:
            if len(chosen) < most and not any(alike(pair, other) for other in chosen):
                chosen.append(pair)
    return sorted(chosen, key=ranked.index)


def _same_part(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    return _same_damage(one, other) or one[0].entry == other[0].entry


def _same_damage(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    return one[0].impact == other[0].impact


def _same_ends(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    return _same_damage(one, other) and one[0].threats[0] == other[0].threats[0]


def _same_story(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    """Tell whether two paths have the same ends and the same middle or the same score."""
    middles = set(one[0].threats[1:-1]) == set(other[0].threats[1:-1])
    return _same_ends(one, other) and (middles or one[1] == other[1])
