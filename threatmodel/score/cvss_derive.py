"""Derive a CVSS 4.0 base vector for a threat, metric by metric, by `frameworks/vectors.yaml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from threatmodel.rules.cases import Board, Masks
from threatmodel.rules.load import Knowledge, unpack
from threatmodel.rules.rows import BASE_METRICS
from threatmodel.score.cvss import PREFIX, TENTHS, base_at, table_place

Shape = tuple[str, tuple[str, ...]]
"""What a vector depends on besides facts: the threat's entry and its harms."""


OWN = ("VC", "VI", "VA")
"""What is lost in what is attacked itself; what is lost behind it comes after that in a vector."""

HIGH = "H"
"""Their highest value."""


class MetricRow(NamedTuple):
    """One way a metric gets its value."""

    value: str
    entry: frozenset[str]
    """Entries it is limited to; empty fits all."""
    harm: frozenset[str]
    """Harms any of which it needs; empty fits all."""
    cases: int | None
    """Bits of the cases in which it holds, on the table's board; None always holds."""
    because: str
    place: int
    """What the value adds to the vector's place in the table of base scores."""
    mild: bool
    """It holds only where none of `OWN` is high."""

    def suits(self, shape: Shape) -> bool:
        """Tell whether the row is meant for a threat of this shape."""
        entry, harm = shape
        fits = not self.entry or entry in self.entry
        return fits and (not self.harm or not self.harm.isdisjoint(harm))


@dataclass(frozen=True, slots=True)
class MetricReason:
    """One CVSS metric of a threat's vector and why it has its value."""

    metric: str
    """Such as `AV`."""
    value: str
    """Such as `N`."""
    reason: str
    """Why, in a short phrase."""


class DerivedVector(NamedTuple):
    """A vector, its base score and the reason of each metric."""

    vector: str
    """CVSS 4.0 base vector."""
    base: Decimal
    reasons: tuple[MetricReason, ...]
    """Why each metric has its value, in vector order."""


class VectorTable:
    """The rows of all metrics; remembers what it derived, since many threats share a shape."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Unpack the rows of the rules, and number the shapes of the threats."""
        self._board = Board()
        self.leaves = 0
        """Bits of every name the rows speak of."""
        packed = knowledge.sections["vectors"]
        self._metrics = {
            metric: tuple(self._row(metric, row, knowledge) for row in packed[metric])
            for metric in BASE_METRICS
        }
        shapes = [(row.entry, row.harm) for row in knowledge.threats]
        self._shapes = tuple(dict.fromkeys(shapes))
        self._shaped: dict[int, _Shaped] = {}
        self._by_base: dict[int, dict[int, list[int]]] = {}
        self.shapes = tuple(self._shapes.index(shape) for shape in shapes)
        """Number of each threat's shape, in the order of the threats."""
        self._threats = [
            [index for index, shape in enumerate(self.shapes) if shape == number]
            for number in range(len(self._shapes))
        ]

    def met(self, known: Masks) -> int:
        """Give the cases that are met; `known` is closed by `derive` of the rules."""
        return self._board.met(known)

    def derive(self, shape: int, met: int) -> DerivedVector:
        """Derive the vector of a threat by the number of its shape and the cases that are met."""
        return self._of(shape).derive(met)

    def base(self, shape: int, met: int) -> int:
        """Give the base score of the vector that `derive` gives, in tenths."""
        return self._of(shape).base(met)

    def by_base(self, met: int) -> dict[int, list[int]]:
        """Give the places of the threats by the base scores that `base` gives."""
        found = self._by_base.get(met)
        if found is None:
            if len(self._by_base) >= _MOST:
                self._by_base.clear()
            found = self._by_base[met] = {}
            for shape, threats in enumerate(self._threats):
                found.setdefault(self.base(shape, met), []).extend(threats)
        return found

    @property
    def count(self) -> int:
        """How many shapes there are."""
        return len(self._shapes)

    def rows(self, shape: int) -> tuple[tuple[MetricRow, ...], ...]:
        """Give the rows that a shape can get, metric by metric; the first that holds counts."""
        return self._of(shape).rows

    def cases_of_rows(self) -> dict[int | None, list[Masks]]:
        """Give the cases of every row by their bits."""
        rows = (row for metric in self._metrics.values() for row in metric)
        return {row.cases: self._board.cases(row.cases) for row in rows if row.cases is not None}

    def _of(self, shape: int) -> "_Shaped":
        shaped = self._shaped.get(shape)
        if shaped is None:
            shaped = self._shaped[shape] = _Shaped(self._shapes[shape], self._metrics)
        return shaped

    def _row(self, metric: str, row: Mapping[str, Any], knowledge: Knowledge) -> MetricRow:
        when = unpack(row["when"], knowledge) if row["when"] else None
        self.leaves |= when.leaves() if when else 0
        return MetricRow(
            value=row["value"],
            entry=frozenset(row["entry"]),
            harm=frozenset(row["harm"]),
            cases=self._board.add(when.true_when) if when else None,
            because=row["because"],
            place=table_place(metric, row["value"]),
            mild=row["mild"],
        )


_MOST = 4096
"""Sets of cases remembered, per shape too; a catalogue of thousands of agents piles them up."""


class _Shaped:
    """The rows that threats of one shape can get, up to the first that always holds."""

    def __init__(self, shape: Shape, metrics: Mapping[str, tuple[MetricRow, ...]]) -> None:
        self._rows = {metric: tuple(_suiting(shape, rows)) for metric, rows in metrics.items()}
        self.rows = tuple(self._rows.values())
        self.cases = 0
        for rows in self.rows:
            for row in rows:
                self.cases |= row.cases or 0
        self._bases: dict[int, int] = {}
        self._derived: dict[int, DerivedVector] = {}

    def base(self, met: int) -> int:
        """Give the base score alone, in tenths: answers are tried by it, hundreds for one agent."""
        key = met & self.cases
        found = self._bases.get(key)
        if found is None:
            if len(self._bases) >= _MOST:
                self._bases.clear()
            found = self._bases[key] = base_at(sum([row.place for row in self._holding(key)]))
        return found

    def derive(self, met: int) -> DerivedVector:
        key = met & self.cases
        found = self._derived.get(key)
        if found is None:
            if len(self._derived) >= _MOST:
                self._derived.clear()
            found = self._derived[key] = self._build(key)
        return found

    def _build(self, met: int) -> DerivedVector:
        rows = tuple(zip(self._rows, self._holding(met), strict=True))
        vector = "/".join([PREFIX, *(f"{metric}:{row.value}" for metric, row in rows)])
        reasons = tuple(MetricReason(metric, row.value, row.because) for metric, row in rows)
        return DerivedVector(vector, TENTHS[self.base(met)], reasons)

    def _holding(self, met: int) -> Iterator[MetricRow]:
        """Give the row of each metric that holds first."""
        high = False
        for metric, rows in self._rows.items():
            for row in rows:
                if (row.cases is None or row.cases & met) and not (row.mild and high):
                    yield row
                    high = high or (metric in OWN and row.value == HIGH)
                    break


def _suiting(shape: Shape, rows: tuple[MetricRow, ...]) -> Iterator[MetricRow]:
    for row in rows:
        if row.suits(shape):
            yield row
            # What stands behind a row that always holds can never be reached.
            if row.cases is None and not row.mild:
                return
