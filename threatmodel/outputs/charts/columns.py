"""Where the boxes of a map stand: in columns, in the order in which few lines cross."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from textwrap import wrap
from typing import Literal, NamedTuple

from threatmodel.outputs.charts.data_flow import Arrow, Box, Zone, cut_short

PAD, HEAD, LINE = 8.0, 22.0, 14.0
"""Units around a box in its field, for the title of a field, and for a line of text."""

PORT, LANE = 18.0, 8.0
"""Units between lines at a box, and between lines side by side."""

_GAP, _STRAIGHT, _TITLE_LETTERS, _TITLE_LINES = 16.0, 34.0, 17, 2

Side = Literal[-1, 1]
"""Left or right side of a box."""


class Port(NamedTuple):
    """Where a flow touches a box."""

    flow: int
    """Index of the flow."""
    ends: bool


class Field(NamedTuple):
    """A zone as it is drawn."""

    zone: Zone
    top: float
    """Upper edge."""
    tall: float


def title_lines(node: Box) -> list[str]:
    """Break the title of a box into at most two lines."""
    lines = wrap(node.title, _TITLE_LETTERS) or [""]
    if len(lines) > _TITLE_LINES:
        lines[1] = cut_short(" ".join(lines[1:]), _TITLE_LETTERS)
    return lines[:_TITLE_LINES]


@dataclass(frozen=True)
class Columns:
    """Zones in columns, and the flows between their boxes."""

    zones: tuple[Zone, ...]
    """In their order within each column."""
    flows: tuple[Arrow, ...]
    """In their order."""

    @cached_property
    def count(self) -> int:
        """Number of columns."""
        return max((zone.column for zone in self.zones), default=0) + 1

    @cached_property
    def column(self) -> dict[str, int]:
        """Box -> its column."""
        return {node.key: zone.column for zone in self.zones for node in zone.nodes}

    @cached_property
    def below(self) -> dict[str, str]:
        """Box -> the one below it in the same field."""
        return {a.key: b.key for zone in self.zones for a, b in pairwise(zone.nodes)}

    @cached_property
    def straight(self) -> frozenset[int]:
        """Flows between a box and the one below it, drawn as straight arrows."""
        pairs = [(f.start, f.end) for f in self.flows]
        return frozenset(
            n
            for n, (start, end) in enumerate(pairs)
            if self.below.get(start) == end or self.below.get(end) == start
        )

    def sides(self, flow: Arrow) -> tuple[Side, Side]:
        """Tell on which sides a flow leaves and arrives."""
        a, b = self.column[flow.start], self.column[flow.end]
        return (1, 1) if a == b else (1, -1) if a < b else (-1, 1)

    def passed(self, flow: Arrow) -> range:
        """Give the columns between the ends of a flow, in its direction."""
        a, b = self.column[flow.start], self.column[flow.end]
        return range(a + 1, b) if a <= b else range(a - 1, b, -1)

    @cached_property
    def ports(self) -> dict[tuple[str, Side], list[Port]]:
        """Box and side -> what touches it there."""
        found: dict[tuple[str, Side], list[Port]] = {}
        for n, flow in enumerate(self.flows):
            if n not in self.straight:
                leaves, arrives = self.sides(flow)
                found.setdefault((flow.start, leaves), []).append(Port(n, ends=False))
                found.setdefault((flow.end, arrives), []).append(Port(n, ends=True))
        return found

    def tall(self, node: Box) -> float:
        """Give the height of a box: its text, and room for each line that touches it."""
        sides: tuple[Side, Side] = (-1, 1)
        ports = max(len(self.ports.get((node.key, side), ())) for side in sides)
        lines = len(title_lines(node)) + len(node.details)
        return max(14 + LINE * lines, PORT * ports + 6)

    def room(self, node: Box) -> float:
        """Leave room below a box, for straight arrows where there are some."""
        ends = {node.key, self.below.get(node.key)}
        arrows = any({self.flows[n].start, self.flows[n].end} == ends for n in self.straight)
        return _STRAIGHT if arrows else PAD


def in_order(zones: Sequence[Zone], flows: Sequence[Arrow]) -> Columns:
    """Order boxes and fields of each column so that flows go up and down little."""
    found = [Columns(tuple(sorted(zones, key=lambda zone: zone.column)), tuple(flows))]
    for _ in range(3):
        found.append(replace(found[-1], zones=tuple(_swept(found[-1]))))
    return min(found, key=_climb)


def _climb(columns: Columns) -> float:
    """Add up how far flows go up and down."""
    middle = Stack(columns, {}).middle
    return round(sum(abs(middle[flow.start] - middle[flow.end]) for flow in columns.flows))


def _swept(columns: Columns) -> Iterator[Zone]:
    """Yield the fields again, each box at the mean height of those that it deals with."""
    beside: dict[str, list[str]] = {}
    for flow in columns.flows:
        beside.setdefault(flow.start, []).append(flow.end)
        beside.setdefault(flow.end, []).append(flow.start)
    middle = Stack(columns, {}).middle
    for at in range(columns.count):
        placed = []
        for zone in (one for one in columns.zones if one.column == at):
            want = {
                node.key: _mean([middle[o] for o in beside.get(node.key, ()) if o != node.key])
                for node in zone.nodes
            }
            known = {key: middle[key] if mean is None else mean for key, mean in want.items()}
            nodes = tuple(sorted(zone.nodes, key=lambda node, known=known: known[node.key]))  # type: ignore[misc]
            placed.append((sum(known.values()) / len(known), replace(zone, nodes=nodes)))
        yield from (zone for _, zone in sorted(placed, key=lambda pair: pair[0]))


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None


@dataclass(frozen=True)
class Stack:
    """The height of every box."""

    columns: Columns
    gaps: Mapping[tuple[int, int], Sequence[int]]
    """Column and gap between its fields, 0 above the first -> flows that pass there."""

    @cached_property
    def fields(self) -> dict[int, list[Field]]:
        """Column -> its fields from top to bottom, all of them in the middle of the map."""
        rows = {
            at: [zone for zone in self.columns.zones if zone.column == at]
            for at in range(self.columns.count)
        }
        heights = {at: self._height(at, zones) for at, zones in rows.items()}
        found: dict[int, list[Field]] = {}
        for at, zones in rows.items():
            y = (self.bottom - heights[at]) / 2 + self._gap(at, 0)
            for n, zone in enumerate(zones):
                y += self._gap(at, n) if n else 0.0
                found.setdefault(at, []).append(Field(zone, y, self._tall(zone)))
                y += self._tall(zone)
        return found

    @cached_property
    def bottom(self) -> float:
        """Height of the map."""
        columns = {zone.column for zone in self.columns.zones}
        return max(
            (self._height(at, [z for z in self.columns.zones if z.column == at]) for at in columns),
            default=0.0,
        )

    def _height(self, at: int, zones: Sequence[Zone]) -> float:
        gaps = sum(self._gap(at, n) for n in range(len(zones) + 1))
        return gaps + sum(self._tall(zone) for zone in zones)

    def _tall(self, zone: Zone) -> float:
        columns = self.columns
        return HEAD + sum(columns.tall(node) + columns.room(node) for node in zone.nodes)

    def _gap(self, column: int, gap: int) -> float:
        lines = len(self.gaps.get((column, gap), ()))
        edge = gap in (0, sum(zone.column == column for zone in self.columns.zones))
        return (0.0 if edge else _GAP) + (LANE * lines + 4 if lines else 0.0)

    @cached_property
    def place(self) -> dict[str, tuple[float, float]]:
        """Box -> its upper edge and its height."""
        found = {}
        for field in (field for fields in self.fields.values() for field in fields):
            y = field.top + HEAD
            for node in field.zone.nodes:
                found[node.key] = y, self.columns.tall(node)
                y += self.columns.tall(node) + self.columns.room(node)
        return found

    @cached_property
    def middle(self) -> dict[str, float]:
        """Box -> its middle height."""
        return {key: y + tall / 2 for key, (y, tall) in self.place.items()}

    def edges(self, at: int) -> list[float]:
        """Give the height of each gap of a column: above, between and below its fields."""
        fields = self.fields[at]
        inner = [(a.top + a.tall + b.top) / 2 for a, b in pairwise(fields)]
        above = fields[0].top - self._gap(at, 0) / 2
        below = fields[-1].top + fields[-1].tall + self._gap(at, len(fields)) / 2
        return [above, *inner, below]


def stacked(columns: Columns) -> Stack:
    """Place the boxes, and give each long flow the nearest gap in every column that it passes."""
    first = Stack(columns, {})
    gaps: dict[tuple[int, int], list[int]] = {}
    for n, flow in enumerate(columns.flows):
        want = (first.middle[flow.start] + first.middle[flow.end]) / 2
        for at in columns.passed(flow):
            edges = first.edges(at)
            gap = min(range(len(edges)), key=lambda g: (abs(edges[g] - want), g))
            gaps.setdefault((at, gap), []).append(n)
    return Stack(columns, gaps)
