"""Derive a CVSS 4.0 base vector for a threat, metric by metric, by `frameworks/vectors.yaml`."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from threatmodel.rules.condition import Cases, Masks
from threatmodel.rules.load import Knowledge, unpack
from threatmodel.score.cvss import BASE_METRICS, PREFIX, base_at, place_of

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

    place: int
    """What the value adds to the vector's place in the table of base scores."""

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
        packed = knowledge.sections["vectors"]
        self._metrics = {
            metric: tuple(_row(metric, row, knowledge) for row in packed[metric])
            for metric in BASE_METRICS
        }
        self._shaped: dict[Shape, _Shaped] = {}
        self.leaves = _leaves(self._metrics.values())
        """Bits of every name the rows speak of."""

    def derive(self, shape: Shape, known: Masks) -> DerivedVector:
        """Derive the vector of a threat; `known` is closed by `derive` of the rules."""
        shaped = self._shaped.get(shape)
        if shaped is None:
            shaped = self._shaped[shape] = _Shaped(shape, self._metrics)
        return shaped.derive(known)


_MOST = 4096
"""Vectors remembered per shape; a catalogue of thousands of agents would pile them up."""


class _Shaped:
    """The rows that threats of one shape can get, up to the first that always holds."""

    def __init__(self, shape: Shape, metrics: Mapping[str, tuple[MetricRow, ...]]) -> None:
        self._rows = {metric: tuple(_suiting(shape, rows)) for metric, rows in metrics.items()}
        self._leaves = _leaves(self._rows.values())
        self._derived: dict[Masks, DerivedVector] = {}

    def derive(self, known: Masks) -> DerivedVector:
        key = known[0] & self._leaves, known[1] & self._leaves
        found = self._derived.get(key)
        if found is None:
            if len(self._derived) >= _MOST:
                self._derived.clear()
            found = self._derived[key] = self._build(key)
        return found

    def _build(self, known: Masks) -> DerivedVector:
        rows = tuple(
            (metric, next(row for row in rows if row.when is None or row.when.holds(*known)))
            for metric, rows in self._rows.items()
        )
        vector = "/".join([PREFIX, *(f"{metric}:{row.value}" for metric, row in rows)])
        return DerivedVector(vector, base_at(sum(row.place for _, row in rows)), rows)


def _suiting(shape: Shape, rows: Iterable[MetricRow]) -> Iterator[MetricRow]:
    for row in rows:
        if row.suits(shape):
            yield row
            if row.when is None:
                return


def _row(metric: str, row: dict[str, object], knowledge: Knowledge) -> MetricRow:
    when = row["when"]
    return MetricRow(
        value=str(row["value"]),
        entry=frozenset(row["entry"]),  # type: ignore[call-overload]
        harm=frozenset(row["harm"]),  # type: ignore[call-overload]
        when=unpack(when, knowledge) if isinstance(when, dict) else None,
        because=str(row["because"]),
        place=place_of(metric, str(row["value"])),
    )


def _leaves(metrics: Iterable[tuple[MetricRow, ...]]) -> int:
    mask = 0
    for rows in metrics:
        for row in rows:
            mask |= row.when.leaves() if row.when else 0
    return mask
