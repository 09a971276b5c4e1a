"""Charts of a score: its factors as bars and as a radar, what answers do, what each term adds."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.outputs.charts import svg
from threatmodel.outputs.text import cut

_FACTOR_WIDE, _ANSWER_WIDE = 138.0, 220.0
_THIN, _LEAST = 1.2, 3.0


def factor_bar(value: float, low: float, high: float) -> Markup:
    """Draw a value of 0 to 1 as a bar, and its range as a strip below."""
    title = f"{value:.2f}"
    track = _strip(0, _FACTOR_WIDE, 8.6, _THIN)
    if high > low:
        title += f", range {low:.2f} to {high:.2f}"
        track += _strip(_FACTOR_WIDE * low, _FACTOR_WIDE * high, 15, 3)
    bar = svg.area(_strip(0, _FACTOR_WIDE * value, 6, 6.4), svg.INK) if value > 0 else ""
    return svg.drawing(title, (_FACTOR_WIDE, 20), [svg.area(track, svg.RANGE), bar])


def answer_span(low: float, high: float, today: float, axis: tuple[float, float]) -> Markup:
    """Draw the scores that an answer allows on an axis of points; upright: the score today."""

    def x(points: float) -> float:
        return _ANSWER_WIDE * (points - axis[0]) / (axis[1] - axis[0])

    span = _strip(x(low), max(x(high), x(low) + _LEAST), 11, 6)
    now = f"M{svg.length(x(today) - 1)} 2v24h2v-24Z"
    track = svg.area(_strip(0, _ANSWER_WIDE, 13.4, _THIN), svg.RANGE)
    return svg.drawing(
        f"{low:.1f} to {high:.1f}", (_ANSWER_WIDE, 28), [track, svg.area(span + now, svg.INK)]
    )


def _strip(left: float, right: float, top: float, tall: float) -> str:
    x, across = svg.length(left), svg.length(right)
    return f"M{x} {svg.length(top)}H{across}v{svg.length(tall)}H{x}Z"


# Waterfall: what each term of the score contributes.

_LEFT, _SPAN, _ROW, _BAR = 150.0, 206.0, 23.0, 13.0

Step = tuple[str, float, float]
"""Label, points it adds, points so far."""


def waterfall(steps: Sequence[Step], title: str) -> Markup:
    """Draw the steps as rows on the scale of 0 to 10; the last row is the result."""
    if not steps:
        return Markup()
    bottom = 24 + _ROW * len(steps)
    grid = "".join(f"M{svg.length(_x(mark))} 20V{svg.length(bottom)}" for mark in (0, 10))
    bands = "".join(f"M{svg.length(_x(mark))} 20V{svg.length(bottom)}" for mark in (4, 7, 9))
    parts = [svg.line(grid, svg.HAIR), svg.line(bands, svg.RULE), *_scale()]
    fills: dict[str, list[str]] = {svg.INK: [], svg.WARM: [], svg.BLUE: []}
    joins = []
    for n, (label, value, total) in enumerate(steps):
        top = 24 + _ROW * n
        last = n == len(steps) - 1
        start = 0 if n == 0 or last else total - value
        colour = svg.INK if n == 0 or last else (svg.WARM if value > 0 else svg.BLUE)
        fills[colour].append(_bar(start, total, top + 6))
        if not last:
            joins.append(
                f"M{svg.length(_x(total))} {svg.length(top + 6 + _BAR)}v{svg.length(_ROW - _BAR)}"
            )
        parts += _row(label, (value, total), top, whole=n == 0 or last)
    parts += [svg.line("".join(joins), svg.INK2, 1, "2 2")]
    parts += [svg.area("".join(paths), colour) for colour, paths in fills.items() if paths]
    return svg.drawing(title, (400, bottom + 6), parts, wide="25rem")


def _x(points: float) -> float:
    return _LEFT + _SPAN * min(max(points, 0), 10) / 10


def _bar(start: float, end: float, top: float) -> str:
    left, right = sorted((_x(start), _x(end)))
    right = max(right, left + 1.5)
    return _strip(left, right, top, _BAR)


def _scale() -> list[str]:
    return [svg.words((_x(at), 13), str(at), svg.INK2, anchor="middle") for at in (0, 4, 7, 9, 10)]


def _row(label: str, points: tuple[float, float], top: float, *, whole: bool) -> list[str]:
    value, total = points
    text = f"*{total:.1f}" if whole else f"{value:+.2f}".replace("-", "−")
    colour = svg.INK if whole or value == 0 else (svg.WARM if value > 0 else svg.BLUE)
    base = top + 6 + _BAR - 3.5
    return [
        svg.words((0, base), ("*" if whole else "") + cut(label, 24)),
        svg.words((_x(max(total, total - value)) + 8, base), text, colour),
    ]


_CENTRE = (180.0, 150.0)
_RIM = 94.0
_DOT = 3.1
_LABEL = 13.4
_STRONG = 2
_FLAT = 0.3


@dataclass(frozen=True, slots=True)
class Spoke:
    """One axis."""

    name: str
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
        labels.append(
            svg.words((x, top), f"{bold}{spoke.name}", colour, size=_LABEL, anchor=anchor)
        )
        labels.append(svg.words((x, top + 14), f"*{spoke.value:.2f}", size=_LABEL, anchor=anchor))
    return labels


def _title(spokes: Sequence[Spoke]) -> str:
    told = ", ".join(_told(spoke) for spoke in spokes)
    return f"Radar of the factors, 0 at the centre and 1 at the rim, with their ranges: {told}."


def _told(spoke: Spoke) -> str:
    text = f"{spoke.name} {spoke.value:.2f} ({spoke.low:.2f} to {spoke.high:.2f}"
    return f"{text}{'' if spoke.estimate is None else f'; estimated {spoke.estimate:.2f}'})"
