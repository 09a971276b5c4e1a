"""The cheapest place to break a path, and what breaks it there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from threatmodel.knowledge.cases import Masks
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.rows import ThreatRow

_DEAREST = 9
"""Cost of a mitigation without a price."""


@dataclass(frozen=True, slots=True)
class Break:
    """A way to break a path."""

    threat: str
    """Step that it breaks."""

    mitigation: str
    """What to do."""

    guard: str
    """Policy clause that does it or helps at the proxy; empty where none can."""

    cost: int
    """What it costs; 0 where a clause of the proxy stops the step for good, 1 where there is a way
    round the proxy."""

    price: int
    """What the mitigation costs by itself."""


def cheapest_break(
    threats: Sequence[str], preferred: str, knowledge: Knowledge, known: Masks, *, gated: bool
) -> Break:
    """Find the cheapest mitigation of any step; ties go to the preferred step, then the earliest.

    `gated` says that there is a way round the proxy.
    """
    rules = knowledge.sections["wording"]["paths"]
    found = [
        _break(knowledge.by_id[threat], mitigation, (knowledge, rules, known), gated=gated)
        for threat in threats
        for mitigation in knowledge.by_id[threat].mitigations
    ]
    at = {threat: number for number, threat in enumerate(threats)}
    return min(found, key=lambda b: (b.cost, b.price, b.threat != preferred, at[b.threat]))


def _break(
    row: ThreatRow,
    mitigation: str,
    context: tuple[Knowledge, Mapping[str, Any], Masks],
    *,
    gated: bool,
) -> Break:
    knowledge, rules, (true, false) = context
    done = knowledge.mitigations[mitigation]
    price = int(rules["costs"].get(mitigation, _DEAREST))
    guards = [clause for clause in row.clauses if clause in done.clauses]
    stopping = next((clause for clause in guards if clause in rules["stops"]), "")
    if stopping and row.proxy == "full":
        return Break(row.id, mitigation, stopping, int(gated), price)
    gives = knowledge.mask(*done.gives)
    stops = row.closed_by.holds(true | gives, false & ~gives) is True
    cost = price if stops else price + int(rules["narrows"])
    return Break(row.id, mitigation, next(iter(guards), ""), cost, price)
