"""Data-flow diagram: who and what exchanges data, and which trust boundaries it crosses."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from threatmodel.outputs.charts import svg
from threatmodel.outputs.text import cut

_COLUMN, _WIDE, _PAD, _HEAD, _GAP = 234.0, 176.0, 10.0, 24.0, 14.0
_TITLE_LETTERS, _DETAIL_LETTERS = 21, 24
_HEAD_LENGTH = 9.0


@dataclass(frozen=True, slots=True)
class Box:
    """A person, program, store or service."""

    key: str
    """Its name among the flows."""
    title: str
    details: tuple[str, ...] = ()
    """What to know about it, at most three short lines."""
    state: Literal["known", "unknown", "subject"] = "known"
    """Drawn plain, dashed, or strong."""
    shape: Literal["box", "store", "party"] = "box"
    """A program, a store of data, or a person or service that is no part of it."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Nodes that trust each other; whatever enters or leaves crosses a trust boundary."""

    title: str
    column: int
    """0 to 3, from left to right; zones of a column stand below each other."""
    nodes: tuple[Box, ...]
    warm: bool = False
    """Whether strangers' text comes here."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """Data that goes from one node to another."""

    start: str
    """Key of a node."""
    end: str
    """Key of a node."""
    text: str
    risky: bool = False
    """Whether it carries text that outsiders wrote, or data to the outside."""


def data_flow(zones: Sequence[Zone], flows: Sequence[Arrow], title: str) -> Markup:
    """Draw zones as tinted fields, nodes as boxes and flows as numbered arrows."""
    parts: list[str] = []
    boxes: dict[str, tuple[svg.Point, svg.Point]] = {}
    below = dict.fromkeys(range(4), 0.0)
    for zone in zones:
        below[zone.column] += _zone(zone, below[zone.column], (parts, boxes)) + _GAP
    bottom = max(below.values(), default=0.0) - _GAP
    arrows: dict[str, list[str]] = {svg.INK2: [], svg.WARM: []}
    heads: dict[str, list[str]] = {svg.INK2: [], svg.WARM: []}
    discs = []
    for index, flow in enumerate(flows, 1):
        colour = svg.WARM if flow.risky else svg.INK2
        start, end = _ends(boxes[flow.start], boxes[flow.end], flows, flow)
        arrows[colour].append(svg.through((start, end)))
        heads[colour].append(arrow_head(start, end))
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        discs += [svg.disc(middle, 9, svg.PAPER, colour)]
        discs += [svg.words((middle[0], middle[1] + 4), f"*{index}", colour, anchor="middle")]
    for colour in (svg.INK2, svg.WARM):
        if arrows[colour]:
            parts.append(
                svg.line("".join(arrows[colour]), colour, 2 if colour == svg.WARM else 1.4)
            )
            parts.append(svg.area("".join(heads[colour]), colour))
    return svg.drawing(title, (878, bottom), [*parts, *discs], wide="54.8rem")


def _zone(
    zone: Zone, top: float, onto: tuple[list[str], dict[str, tuple[svg.Point, svg.Point]]]
) -> float:
    """Draw a zone; give its height."""
    parts, boxes = onto
    left = zone.column * _COLUMN
    heights = [30.0 + 14 * len(node.details) for node in zone.nodes]
    height = _HEAD + sum(heights) + _PAD * len(zone.nodes)
    parts.append(svg.box((left, top), (_WIDE, height), svg.TINT, svg.RULE))
    parts.append(svg.words((left + _PAD, top + 16), zone.title, svg.INK2, size=12.5))
    y = top + _HEAD
    for node, tall in zip(zone.nodes, heights, strict=True):
        corner, size = (left + _PAD, y), (_WIDE - 2 * _PAD, tall)
        boxes[node.key] = corner, size
        parts += _node(node, corner, size)
        y += tall + _PAD
    return height


def _node(node: Box, corner: svg.Point, size: svg.Point) -> list[str]:
    x, y = corner
    frame = svg.frame(corner, size)
    dash, thick = ("3 3", 1.2) if node.state == "unknown" else ("", 1.2)
    if node.state == "subject":
        thick = 2.6
    return [
        svg.area(frame, svg.PAPER),
        svg.line(frame, svg.INK, thick, dash),
        svg.words((x + 8, y + 19), "*" + cut_short(node.title, _TITLE_LETTERS)),
        *(
            svg.words(
                (x + 8, y + 35 + 14 * n), cut_short(text, _DETAIL_LETTERS), svg.INK2, size=12.5
            )
            for n, text in enumerate(node.details)
        ),
    ]


def cut_short(text: str, most: int) -> str:
    """Cut to a width; the figure's table says the rest."""
    return text if len(text) <= most else cut(text, most - 1).split("… (")[0] + "…"


def _ends(
    a: tuple[svg.Point, svg.Point],
    b: tuple[svg.Point, svg.Point],
    flows: Sequence[Arrow],
    flow: Arrow,
) -> tuple[svg.Point, svg.Point]:
    pair = [f for f in flows if {f.start, f.end} == {flow.start, flow.end}]
    shift = 22.0 * (pair.index(flow) - (len(pair) - 1) / 2)
    (ax, ay), (aw, ah) = a
    (bx, by), (bw, bh) = b
    if abs(ax - bx) < 1:
        x = ax + aw / 2 + shift
        return ((x, ay + ah), (x, by)) if ay < by else ((x, ay), (x, by + bh))
    left_to_right = ax < bx
    start = (ax + aw if left_to_right else ax, ay + ah / 2 + shift)
    end = (bx if left_to_right else bx + bw, by + bh / 2 + shift)
    return start, end


def arrow_head(start: svg.Point, end: svg.Point) -> str:
    """Give the outline of the head of an arrow."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    corners = [end] + [
        (
            end[0] - _HEAD_LENGTH * math.cos(angle + turn),
            end[1] - _HEAD_LENGTH * math.sin(angle + turn),
        )
        for turn in (0.4, -0.4)
    ]
    return svg.through(corners, closed=True)
