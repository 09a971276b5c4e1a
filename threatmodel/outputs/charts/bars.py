"""Bars: a factor with its range, what an answer would do, what each term of a score adds."""

from collections.abc import Sequence

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

_LEFT, _SPAN, _ROW, _BAR = 140.0, 216.0, 23.0, 13.0

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
