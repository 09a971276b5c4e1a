"""A map: fields and boxes in columns, and numbered arrows between them that cross no box.

A line leaves a box on the side that faces its end, turns in the channel between two columns, and
passes a column that lies between through a gap above, between or below its fields.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from threatmodel.outputs.charts import svg
from threatmodel.outputs.charts.columns import (
    LANE,
    LINE,
    PAD,
    PORT,
    Columns,
    Field,
    Port,
    Side,
    Stack,
    in_order,
    stacked,
    title_lines,
)
from threatmodel.outputs.charts.data_flow import Arrow, Box, Zone, arrow_head, cut_short

WIDEST = 878.0
"""Units that a page holds; a wider map is drawn smaller."""

_MOST_WIDE, _LEAST_WIDE = 168.0, 122.0
_STUB, _POINT, _EMPTY = 29.0, 15.0, 26.0
_MARGIN, _NEARLY = 8.0, 4.0


class Run(NamedTuple):
    """The part of a flow in one channel: from a height at one of its sides to another."""

    flow: int
    """Index of the flow."""
    channel: int
    """The channel; 0 is left of all columns."""
    left: float
    """Height of the end at the left, or of the upper one where both are there."""
    right: float
    """Height of the other end."""
    bends_back: bool
    """Whether both ends are at the left."""

    @property
    def span(self) -> tuple[float, float]:
        """Heights that it covers in its lane, with some room."""
        low, high = sorted((self.left, self.right))
        return low - 4, high + 4


@dataclass(frozen=True)
class Routes:
    """The way of every line."""

    stack: Stack
    """Where the boxes stand."""

    @property
    def columns(self) -> Columns:
        """The boxes and flows."""
        return self.stack.columns

    @cached_property
    def passing(self) -> dict[tuple[int, int], float]:
        """Flow and column that it passes -> height at which it does."""
        found = {}
        for (at, gap), flows in self.stack.gaps.items():
            middle = self.stack.edges(at)[gap]
            for n, flow in enumerate(flows):
                found[flow, at] = round(middle + (n - (len(flows) - 1) / 2) * LANE) + 0.5
        return found

    @cached_property
    def heights(self) -> dict[Port, float]:
        """End of a flow -> its height, in the order in which few lines cross.

        Those at the left of a channel are even, those at its right are odd: no two lie on another.
        """
        found = {}
        for (key, side), ports in self.columns.ports.items():
            top, tall = self.stack.place[key]
            first = top + tall / 2 - PORT * (len(ports) - 1) / 2
            for n, port in enumerate(sorted(ports, key=self._far)):
                found[port] = round((first + n * PORT) / 2) * 2 + (0.0 if side > 0 else 1.0)
        return found

    def _far(self, port: Port) -> tuple[float, int]:
        """Give the height that a line comes from or goes to next."""
        flow = self.columns.flows[port.flow]
        passed = self.columns.passed(flow)
        if passed:
            return self.passing[port.flow, passed[-1 if port.ends else 0]], port.flow
        return self.stack.middle[flow.start if port.ends else flow.end], port.flow

    def runs(self, n: int) -> Iterator[Run]:
        """Yield the parts of a flow, one for each channel that it goes through."""
        columns, flow = self.columns, self.columns.flows[n]
        leaves, arrives = columns.sides(flow)
        begin, end = self.heights[Port(n, ends=False)], self.heights[Port(n, ends=True)]
        channel = columns.column[flow.start] + (leaves > 0)
        if leaves == arrives:
            yield Run(n, channel, begin, end, bends_back=True)
            return
        passed = (self.passing[n, at] for at in columns.passed(flow))
        for one, other in pairwise((begin, *passed, end)):
            ends = (one, other) if leaves > 0 else (other, one)
            yield Run(n, channel, *ends, bends_back=False)
            channel += leaves

    @cached_property
    def lanes(self) -> dict[tuple[int, int], int]:
        """Flow and channel -> its lane there, 0 for the leftmost."""
        found: dict[tuple[int, int], int] = {}
        bent = (n for n in range(len(self.columns.flows)) if n not in self.columns.straight)
        taken: dict[int, list[list[tuple[float, float]]]] = {}
        for run in sorted((run for n in bent for run in self.runs(n)), key=_lane_order):
            lanes = taken.setdefault(run.channel, [])
            free = (at for at, spans in enumerate(lanes) if not _meets(run.span, spans))
            lane = next(free, len(lanes))
            if lane == len(lanes):
                lanes.append([])
            lanes[lane].append(run.span)
            found[run.flow, run.channel] = lane
        return found

    def _begins(self, column: int, side: Side) -> bool:
        """Tell whether a flow begins at a side of a column, so that its number needs room."""
        return any(
            not port.ends
            for (key, at), ports in self.columns.ports.items()
            for port in ports
            if at == side and self.columns.column[key] == column
        )

    def _stub(self, channel: int) -> float:
        """Give the room between a channel's left edge and its first lane."""
        return _STUB if self._begins(channel - 1, 1) else _POINT

    def wide(self, channel: int) -> float:
        """Give the width of a channel; one outside of all columns may be empty."""
        lanes = [lane for (_, at), lane in self.lanes.items() if at == channel]
        if not lanes:
            return 0.0 if channel in (0, self.columns.count) else _EMPTY
        last = _MARGIN if channel == self.columns.count else _POINT
        right = _STUB if self._begins(channel, -1) else last
        return self._stub(channel) + LANE * max(lanes) + right

    @cached_property
    def box_wide(self) -> float:
        """Width of every box."""
        columns = self.columns.count
        channels = sum(self.wide(channel) for channel in range(columns + 1))
        return max(_LEAST_WIDE, min(_MOST_WIDE, (WIDEST - channels) / columns - 2 * PAD))

    @cached_property
    def lefts(self) -> list[float]:
        """Left edge of each column, then the right edge of the map."""
        found = [self.wide(0)]
        for at in range(self.columns.count):
            found.append(found[-1] + self.box_wide + 2 * PAD + self.wide(at + 1))
        return found

    def points(self, n: int) -> list[svg.Point]:
        """Give the corners of a flow's line, its ends included."""
        flow = self.columns.flows[n]
        if n in self.columns.straight:
            return self._down(n)
        leaves, arrives = self.columns.sides(flow)
        found = [(self._edge(flow.start, leaves), self.heights[Port(n, ends=False)])]
        for run in self.runs(n):
            column = self.lefts[run.channel - 1] + self.box_wide + 2 * PAD if run.channel else 0.0
            x = column + self._stub(run.channel) + LANE * self.lanes[n, run.channel]
            ends = (run.left, run.right) if leaves > 0 else (run.right, run.left)
            found += [(x, y) for y in ends]
        found.append((self._edge(flow.end, arrives), self.heights[Port(n, ends=True)]))
        nearly = max(y for _, y in found) - min(y for _, y in found) < _NEARLY
        return [found[0], (found[-1][0], found[0][1])] if nearly else found

    def _edge(self, key: str, side: Side) -> float:
        left = self.lefts[self.columns.column[key]] + PAD
        return left + (self.box_wide if side > 0 else 0.0)

    def _down(self, n: int) -> list[svg.Point]:
        """Draw between a box and the next one below it; several stand side by side."""
        flows, flow = self.columns.flows, self.columns.flows[n]
        both = {flow.start, flow.end}
        same = [at for at in sorted(self.columns.straight) if {*_ends(flows[at])} == both]
        x = self._edge(flow.start, -1) + self.box_wide / 2
        x += 24 * (same.index(n) - (len(same) - 1) / 2)
        (top, tall), (other, other_tall) = (self.stack.place[key] for key in _ends(flow))
        return [(x, top + tall), (x, other)] if top < other else [(x, top), (x, other + other_tall)]


def _ends(flow: Arrow) -> tuple[str, str]:
    return flow.start, flow.end


def _lane_order(run: Run) -> tuple[int, float, int]:
    """Take short ways back first, then what goes down, the lowest first, then what goes up."""
    if run.bends_back:
        return 0, abs(run.left - run.right), run.flow
    return (1, -run.left, run.flow) if run.left <= run.right else (2, run.left, run.flow)


def _meets(span: tuple[float, float], others: Sequence[tuple[float, float]]) -> bool:
    return any(span[0] < high and low < span[1] for low, high in others)


def routed(zones: Sequence[Zone], flows: Sequence[Arrow]) -> Routes:
    """Find the way of every line."""
    return Routes(stacked(in_order(zones, flows)))


# The drawing, once the way of every line is known.

_DETAIL_LETTER = 6.3


def map_of(routes: Routes, title: str, border: str = "") -> Markup:
    """Draw fields, boxes and numbered arrows, what strangers' text travels on last.

    Args:
        routes: The way of every line.
        title: Alternative text.
        border: What the line after the first column is called; no line where empty.
    """
    parts = [part for fields in routes.stack.fields.values() for part in _fields(routes, fields)]
    over: list[str] = []
    flows = routes.columns.flows
    for n in sorted(range(len(flows)), key=lambda n: (flows[n].risky, n)):
        colour = svg.WARM if flows[n].risky else svg.INK2
        points = routes.points(n)
        parts.append(svg.line(svg.rounded(points), colour, 2 if flows[n].risky else 1.3))
        over.append(svg.area(arrow_head(*points[-2:]), colour))
        over += _numbered(n + 1, _disc_at(points), colour)
    bottom = routes.stack.bottom + 1
    if border:
        x = routes.lefts[1] - 6
        bottom += LINE + 4
        over.append(svg.line(f"M{svg.length(x)} 0V{svg.length(bottom)}", svg.INK2, 1.3, "6 4"))
        over.append(svg.words((x + 5, bottom - 3), border, svg.INK2, size=12.5))
    return svg.drawing(title, (routes.lefts[-1], bottom), [*parts, *over], wide="54.8rem")


def _fields(routes: Routes, fields: Sequence[Field]) -> Iterator[str]:
    for zone, top, tall in fields:
        left = routes.lefts[zone.column]
        yield svg.box((left, top), (routes.box_wide + 2 * PAD, tall), svg.TINT, svg.RULE)
        yield svg.words(
            (left + PAD, top + 15), zone.title, svg.WARM if zone.warm else svg.INK2, size=12.5
        )
        for node in zone.nodes:
            y, high = routes.stack.place[node.key]
            yield from _box(node, (left + PAD, y), (routes.box_wide, high))


def _box(node: Box, corner: svg.Point, size: svg.Point) -> Iterator[str]:
    (x, y), (wide, tall) = corner, size
    frame = svg.frame(corner, size)
    yield svg.area(frame, svg.PAPER)
    yield svg.line(frame, svg.INK, 2.6 if node.state == "subject" else 1.2)
    if node.shape == "store":  # open at the right, as stores are drawn in data-flow diagrams
        yield svg.line(f"M{svg.length(x + 4)} {svg.length(y)}v{svg.length(tall)}", svg.INK, 1.2)
    titles = title_lines(node)
    y += (tall - LINE * (len(titles) + len(node.details))) / 2 + 11
    for at, text in enumerate(titles):
        yield svg.words((x + 10, y + LINE * at), "*" + text)
    letters = int((wide - 14) / _DETAIL_LETTER)
    for at, text in enumerate(node.details, len(titles)):
        yield svg.words((x + 10, y + LINE * at), cut_short(text, letters), svg.INK2, size=12.5)


def _disc_at(points: Sequence[svg.Point]) -> svg.Point:
    """Place the number of a flow where it begins."""
    (x, y), (to_x, to_y) = points[:2]
    if abs(x - to_x) < 1:
        return x, (y + to_y) / 2
    return x + (13 if to_x > x else -13), y


def _numbered(text: int, at: svg.Point, colour: str) -> Iterator[str]:
    yield svg.disc(at, 8, svg.PAPER, colour)
    yield svg.words((at[0], at[1] + 4), f"*{text}", colour, size=12.5, anchor="middle")
