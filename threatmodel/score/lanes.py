"""Many trials at once: what is known in each of them, and the rules as such bits read them."""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from threatmodel.rules.cases import Cases, Masks, bits
from threatmodel.rules.load import Knowledge, per_rules, settings_of
from threatmodel.rules.masks import EVERY_BIT
from threatmodel.score.engine import Engine, vectors_of

Literals = tuple[int, ...]
"""What a case needs, as places in `Lanes.at`."""


class Lanes:
    """What is known in each lane, name by name."""

    def __init__(self, known: Masks, names: int, lanes: int) -> None:
        """Let all lanes know the same at first."""
        self.names, self.every = names, (1 << lanes) - 1
        self.at = [self.every * (mask >> name & 1) for mask in known for name in range(names)]
        """Lanes in which each name is true, then those in which each is false."""

    def met(self, cases: Iterable[Literals], among: int) -> int:
        """Give those of some lanes in which any of the cases is met."""
        found, at = 0, self.at
        for case in cases:
            lanes = among
            for place in case:
                lanes &= at[place]
            found |= lanes
        return found

    def state(self, name: int, *, value: bool, lanes: int) -> None:
        """Let a name be true, or false, in some lanes whatever it was."""
        other = name + self.names
        yes, no = (name, other) if value else (other, name)
        self.at[yes] |= lanes
        self.at[no] &= ~lanes

    def add(self, name: int, *, value: bool, lanes: int) -> None:
        """Let a name be true, or false, in those of some lanes in which nothing is known of it."""
        free = lanes & ~(self.at[name] | self.at[name + self.names])
        self.at[name if value else name + self.names] |= free

    def fill(self, known: Masks) -> None:
        """Add to every lane what it does not know better."""
        for mask, value in zip(known, (True, False), strict=True):
            for name in bits(mask):
                self.add(name, value=value, lanes=self.every)

    def copy(self, names: int | None = None) -> "Lanes":
        """Give the same again, without what is known of other names than these."""
        # Past `__init__`, which would fill the lists only for them to be replaced.
        other = Lanes.__new__(Lanes)
        other.names, other.every, other.at = self.names, self.every, self.at.copy()
        if names is not None:
            for name in bits((1 << self.names) - 1 & ~names):
                other.at[name] = other.at[name + self.names] = 0
        return other


class ConditionCases(NamedTuple):
    """A condition as places."""

    true: tuple[Literals, ...]
    false: tuple[Literals, ...]
    """Cases in which it does not."""


class ThreatCases(NamedTuple):
    """A threat as places."""

    applies: tuple[Literals, ...]
    helps: tuple[Literals, ...]
    """Names without one of which no control can help."""
    closing: tuple[Literals, ...]
    eases: tuple[Literals, ...]


class RowCases(NamedTuple):
    """One way a metric of a vector gets its value, as places."""

    place: int
    """What it adds to the place in the table of base scores."""
    when: tuple[Literals, ...]
    mild: bool
    """It holds only where nothing is highly harmed in what is attacked itself."""


class RuleCases(NamedTuple):
    """The rules as places."""

    conclusions: dict[str, tuple[tuple[Literals, ...], tuple[Literals, ...]]]
    """Cases in which each conclusion is drawn, and cases that stop it; by its name."""
    capabilities: tuple[tuple[int, ConditionCases], ...]
    """Name of each capability and when it holds, in order."""
    threats: tuple[ThreatCases, ...]
    """In order."""
    metrics: tuple[tuple[RowCases, ...], ...]
    """Rows of a metric that some shape can get; shapes share them."""
    mild: frozenset[int]
    """Places in `metrics` of those that have a row which is mild."""
    shapes: tuple[tuple[int, ...], ...]
    """Places in `metrics` of the metrics of each shape."""


def _places(cases: Iterable[Masks], names: int) -> tuple[Literals, ...]:
    return tuple((*bits(must), *(names + bit for bit in bits(lack))) for must, lack in cases)


@per_rules
def cases_of_rules(knowledge: Knowledge) -> RuleCases:
    """Give the rules as places; shapes that share the rows of a metric share its place."""
    places = partial(_places, names=len(knowledge.bits))

    def held(condition: Cases | None, otherwise: tuple[Literals, ...]) -> tuple[Literals, ...]:
        return places(condition.true_when) if condition else otherwise

    vectors = vectors_of(knowledge)
    cases = {key: places(found) for key, found in vectors.cases_of_rows().items()}
    shapes = [
        [
            tuple(RowCases(row.place, cases.get(row.cases, ((),)), row.mild) for row in rows)
            for rows in metrics
        ]
        for metrics in map(vectors.rows, range(vectors.count))
    ]
    metrics = tuple(dict.fromkeys(rows for shape in shapes for rows in shape))
    pairs = zip(knowledge.threats, knowledge.rules, strict=True)
    return RuleCases(
        {r.id: (held(r.when, ((),)), held(r.unless, ())) for r in settings_of(knowledge).rules},
        tuple(
            (row.bit, ConditionCases(places(row.when.true_when), places(row.when.false_when)))
            for row in knowledge.capabilities.values()
        ),
        tuple(
            ThreatCases(
                places(row.when.true_when),
                ((),) if rule.helps == EVERY_BIT else tuple((bit,) for bit in bits(rule.helps)),
                places(case[:2] for case in rule.closing),
                places(row.reduced_by.true_when),
            )
            for row, rule in pairs
        ),
        metrics,
        frozenset(at for at, rows in enumerate(metrics) if any(row.mild for row in rows)),
        tuple(tuple(map(metrics.index, shape)) for shape in shapes),
    )


_STEPS: dict[tuple[str, str], tuple[tuple[tuple[Literals, ...], ...], ...]] = {}


def cases_of_steps(engine: Engine) -> tuple[tuple[tuple[Literals, ...], ...], ...]:
    """Give the cases of each step of each factor."""
    key = (engine.knowledge.digest, engine.profile.id)
    if key not in _STEPS:
        places = partial(_places, names=len(engine.knowledge.bits))
        _STEPS[key] = tuple(
            tuple(places(step.when.true_when) for step in estimator.steps)
            for estimator in engine.estimators
        )
    return _STEPS[key]
