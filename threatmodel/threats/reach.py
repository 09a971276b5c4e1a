"""Whether open threats still lead from a way in to damage, in bits.

Conditions are tried by the hundred on each page that decides, and whether a way is left hangs on
which threats are open alone: this takes a hundredth of telling the ways, as `routes` does.
"""

from typing import NamedTuple

from threatmodel.rules.cases import bits
from threatmodel.rules.evaluate import places_of
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.threats.paths import ends_of, story_ends


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
        if told := story_ends(chain, ends):
            steps = sum(1 << places[step] for step in set(chain.steps))
            stories[told] = (*stories.get(told, ()), steps)
    union = sum(1 << places[threat] for threat in ends.impacts)
    return Reach(tuple(after), firsts, lasts, union, stories, ends.longest)
