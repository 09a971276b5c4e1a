"""Ways on which strangers' text still comes to a member that does harm with it."""

from collections.abc import Iterator
from typing import NamedTuple

from threatmodel.advise.choices import Choice
from threatmodel.assessment.system import SystemAssessment
from threatmodel.system.flows import Reader
from threatmodel.system.paths import ENTRY
from threatmodel.system.reading import HANDED


class Left(NamedTuple):
    """A way that stays open."""

    member: str
    """Who acts at its end."""
    way: tuple[str, ...]
    """The places that it leads over, first one first."""
    harm: str
    """What it can lead to, as a title."""
    closing: Choice | None
    """The cheapest check at one of its flows after which no such text comes there; None where no
    single check does that."""


def ways_left(whole: SystemAssessment) -> tuple[Left, ...]:
    """Find the ways that a system has left, one for each member that is handed strangers' text."""
    return tuple(_left(whole, Reader(whole.wired)))


def _left(whole: SystemAssessment, reader: Reader) -> Iterator[Left]:
    flows = whole.system.flows
    for member in whole.members:
        name = member.agent.name
        shown = whole.read.facts.get(name, {}).get(HANDED)
        harm = next((path.title for path in member.model.paths if path.entry == ENTRY), "")
        if shown and shown.way and harm:
            places = (flows[shown.way[0]].sender, *(flows[at].to for at in shown.way))
            yield Left(name, places, harm, _closing(whole, reader, name, shown.way))


def _closing(
    whole: SystemAssessment, reader: Reader, name: str, way: tuple[int, ...]
) -> Choice | None:
    """Try the checks, the cheapest first and the last flow first."""
    for row in whole.wired.rules.tries:
        for at in reversed(way):
            if row.check not in whole.trial.fitting(at):
                continue
            checks = list(whole.wired.net.checks)
            checks[at] |= {row.check}
            if HANDED not in reader.read(checks).facts.get(name, {}):
                return check_choice(whole, at, row.check)
    return None


def check_choice(whole: SystemAssessment, at: int, check: str) -> Choice:
    """Give a check at a flow as something that can be asked for."""
    flow = whole.system.flows[at]
    row = next(one for one in whole.wired.rules.tries if one.check == check)
    says = row.do.format(**{"from": flow.sender, "to": flow.to})
    return Choice(f"flow:{at}:{check}", who=row.who, effort=row.effort, says=says, check=check)
