"""Derive a CVSS 4.0 base vector for a threat, metric by metric, by `frameworks/vectors.yaml`."""

from decimal import Decimal
from typing import NamedTuple

from threatmodel.knowledge.cases import Cases, Masks
from threatmodel.knowledge.load import Knowledge, unpack
from threatmodel.score.cvss_base import PREFIX, base_of

Shape = tuple[str, tuple[str, ...]]
"""What a vector depends on besides facts: the threat's entry and its harms."""


class MetricRow(NamedTuple):
    """One way a metric gets its value."""

    value: str
    """CVSS value."""

    entry: frozenset[str]
    """Entries it is limited to; empty fits all."""

    harm: frozenset[str]
    """Harms any of which it needs; empty fits all."""

    when: Cases | None
    """Condition; None always holds."""

    because: str
    """Why."""

    def suits(self, shape: Shape) -> bool:
        """Tell whether the row is meant for a threat of this shape."""
        entry, harm = shape
        fits = not self.entry or entry in self.entry
        return fits and (not self.harm or not self.harm.isdisjoint(harm))


class DerivedVector(NamedTuple):
    """A vector, its base score and the row behind each metric."""

    vector: str
    """CVSS 4.0 base vector."""

    base: Decimal
    """Base score."""

    rows: tuple[tuple[str, MetricRow], ...]
    """Metric and the row that gave its value, in vector order."""


class VectorTable:
    """The rows of all metrics; remembers what it derived, since many threats share a shape."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Unpack the rows of the rules."""
        self._metrics = {
            metric: tuple(_row(row, knowledge) for row in rows)
            for metric, rows in knowledge.sections["vectors"].items()
        }
        self._order = [metric for metric in ORDER if metric in self._metrics]
        self._shapes: dict[Shape, tuple[tuple[str, tuple[MetricRow, ...]], ...]] = {}
        self._derived: dict[tuple[Shape, int, int], DerivedVector] = {}
        self.leaves = _leaves(self._metrics)
        """Bits of every name the rows speak of."""

    def derive(self, shape: Shape, known: Masks) -> DerivedVector:
        """Derive the vector of a threat; `known` is closed by `derive` of the rules."""
        key = (shape, known[0] & self.leaves, known[1] & self.leaves)
        found = self._derived.get(key)
        if found is None:
            found = self._derived[key] = self._build(shape, known)
        return found

    def _build(self, shape: Shape, known: Masks) -> DerivedVector:
        rows = tuple(
            (metric, next(r for r in suited if r.when is None or r.when.holds(*known)))
            for metric, suited in self._suited(shape)
        )
        vector = "/".join([PREFIX, *(f"{metric}:{row.value}" for metric, row in rows)])
        return DerivedVector(vector, base_of(vector), rows)

    def _suited(self, shape: Shape) -> tuple[tuple[str, tuple[MetricRow, ...]], ...]:
        if shape not in self._shapes:
            self._shapes[shape] = tuple(
                (metric, tuple(row for row in self._metrics[metric] if row.suits(shape)))
                for metric in self._order
            )
        return self._shapes[shape]


ORDER = ("AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA")
"""Base metrics in vector order. Source: FIRST CVSS v4.0, section 7."""


def _row(row: dict[str, object], knowledge: Knowledge) -> MetricRow:
    when = row["when"]
    return MetricRow(
        value=str(row["value"]),
        entry=frozenset(row["entry"]),  # type: ignore[call-overload]
        harm=frozenset(row["harm"]),  # type: ignore[call-overload]
        when=unpack(when, knowledge) if isinstance(when, dict) else None,
        because=str(row["because"]),
    )


def _leaves(metrics: dict[str, tuple[MetricRow, ...]]) -> int:
    mask = 0
    for rows in metrics.values():
        for row in rows:
            mask |= row.when.leaves() if row.when else 0
    return mask
