"""Radar of the ten factors: given against estimated, and what the unknown facts allow."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.outputs.charts import svg

_CENTRE = (180.0, 150.0)
_RIM = 100.0
_DOT = 3.1
_STRONG = 2
_FLAT = 0.3


@dataclass(frozen=True, slots=True)
class Spoke:
    """One axis."""

    name: str
    """Short name."""
    value: float
    """0 at the centre, 1 at the rim."""
    low: float
    """Inner edge of the band."""
    high: float
    """Outer edge of the band."""
    estimate: float | None = None
    """What rules estimate where a person gave the value; None where the value is the estimate."""


def radar(spokes: Sequence[Spoke]) -> Markup:
    """Draw the radar; empty without spokes."""
    if not spokes:
        return Markup()
    place = _places(len(spokes))
    ends = [place(n, 1) for n in range(len(spokes))]
    shape = [place(n, s.value) for n, s in enumerate(spokes)]
    outer = svg.through((place(n, s.high) for n, s in enumerate(spokes)), closed=True)
    inner = svg.through((place(n, s.low) for n, s in enumerate(spokes)), closed=True)
    web = "".join(
        svg.through((place(n, ring) for n in range(len(spokes))), closed=True)
        for ring in (0.25, 0.5, 0.75)
    )
    rules = [place(n, s.value if s.estimate is None else s.estimate) for n, s in enumerate(spokes)]
    dots = "".join(_dot(point) for point in shape)
    parts = [
        svg.area(outer + inner, svg.RANGE),
        svg.line(web + "".join(svg.through((_CENTRE, end)) for end in ends), svg.HAIR, 0.8),
        svg.line(svg.through(ends, closed=True), svg.RULE),
        *(
            [svg.line(svg.through(rules, closed=True), svg.WARM, 1.6, "4 3")]
            if rules != shape
            else []
        ),
        svg.line(svg.through(shape, closed=True), svg.INK, 2.2),
        svg.area(dots, svg.INK),
        *_labels(spokes, place),
    ]
    return svg.drawing(_title(spokes), (352, 300), parts, wide="22rem")


def _places(count: int) -> Callable[[int, float], svg.Point]:
    def place(index: int, value: float) -> svg.Point:
        angle = 2 * math.pi * index / count - math.pi / 2
        radius = _RIM * min(max(value, 0), 1.14)
        return _CENTRE[0] + radius * math.cos(angle), _CENTRE[1] + radius * math.sin(angle)

    return place


def _dot(at: svg.Point) -> str:
    x, y = at
    left, right, radius = svg.length(x - _DOT), svg.length(x + _DOT), svg.length(_DOT)
    arc = f"A{radius} {radius} 0 1 1"
    return f"M{left} {svg.length(y)}{arc} {right} {svg.length(y)}{arc} {left} {svg.length(y)}Z"


def _labels(spokes: Sequence[Spoke], place: Callable[[int, float], svg.Point]) -> list[str]:
    strongest = sorted((s.value for s in spokes), reverse=True)[:_STRONG][-1]
    labels = []
    for n, spoke in enumerate(spokes):
        x, y = place(n, 1.13)
        lean = (x - _CENTRE[0]) / _RIM
        anchor = "middle" if abs(lean) < _FLAT else ("start" if lean > 0 else "end")
        above = y < _CENTRE[1] - _RIM
        top = y - 8 if above else (y + 10 if anchor == "middle" else y)
        bold = "*" if spoke.value >= strongest else ""
        colour = svg.INK if bold else svg.INK2
        labels.append(svg.words((x, top), f"{bold}{spoke.name}", colour, anchor=anchor))
        labels.append(svg.words((x, top + 14), f"*{spoke.value:.2f}", anchor=anchor))
    return labels


def _title(spokes: Sequence[Spoke]) -> str:
    told = ", ".join(_told(spoke) for spoke in spokes)
    return f"Radar of the factors, 0 at the centre and 1 at the rim, with their ranges: {told}."


def _told(spoke: Spoke) -> str:
    text = f"{spoke.name} {spoke.value:.2f} ({spoke.low:.2f} to {spoke.high:.2f}"
    return f"{text}{'' if spoke.estimate is None else f'; estimated {spoke.estimate:.2f}'})"
