"""Walk the cascades of open threats from ways in to damage."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.rows import Chain


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
            if after in seen:
                continue
            seen.add(after)
            longer = (*so_far, after)
            if after in ends.impacts:
                yield Route(ends.entries[first], longer, ends.impacts[after])
            elif len(longer) < ends.longest:
                queue.append(longer)


def _stories(knowledge: Knowledge, scores: Mapping[str, float], ends: Ends) -> Iterator[Route]:
    for chain in knowledge.chains.values():
        entry = ends.entries.get(chain.steps[0])
        impact = next((ends.impacts[t] for t in chain.steps[1:] if t in ends.impacts), None)
        if entry and impact and all(step in scores for step in chain.steps):
            yield Route(entry, chain.steps, impact, chain)


def _within(short: Sequence[str], long: Sequence[str]) -> bool:
    """Tell whether a story has the steps of a route in order, and begins as it does."""
    rest = iter(long)
    return short[0] == long[0] and all(step in rest for step in short)
