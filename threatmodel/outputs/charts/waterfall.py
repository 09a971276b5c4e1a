"""Waterfall: what each term of the score contributes."""

from collections.abc import Sequence

from markupsafe import Markup

from threatmodel.outputs.charts.svg import (
    BLUE,
    HAIR,
    INK,
    INK2,
    RULE,
    WARM,
    area,
    drawing,
    line,
    number,
    words,
)
from threatmodel.outputs.text import cut

_LEFT, _SPAN, _ROW, _BAR = 176.0, 400.0, 27.0, 15.0

Step = tuple[str, float, float]
"""Label, points it adds, points so far."""


def waterfall(steps: Sequence[Step], title: str) -> Markup:
    """Draw the steps as rows on the scale of 0 to 10; the last row is the result."""
    if not steps:
        return Markup()
    bottom = 24 + _ROW * len(steps)
    grid = "".join(f"M{number(_x(mark))} 20V{number(bottom)}" for mark in (0, 10))
    bands = "".join(f"M{number(_x(mark))} 4V{number(bottom)}" for mark in (4, 7, 9))
    parts = [line(grid, HAIR), line(bands, RULE), *_scale()]
    fills: dict[str, list[str]] = {INK: [], WARM: [], BLUE: []}
    joins = []
    for n, (label, value, total) in enumerate(steps):
        top = 24 + _ROW * n
        last = n == len(steps) - 1
        start = 0 if n == 0 or last else total - value
        colour = INK if n == 0 or last else (WARM if value > 0 else BLUE)
        fills[colour].append(_bar(start, total, top + 6))
        if not last:
            joins.append(f"M{number(_x(total))} {number(top + 6 + _BAR)}v{number(_ROW - _BAR)}")
        parts += _row(label, (value, total), top, whole=n == 0 or last)
    parts += [line("".join(joins), INK2, 1, "2 2")]
    parts += [area("".join(paths), colour) for colour, paths in fills.items() if paths]
    return drawing(title, (659, bottom + 6), parts, wide="41.2rem")


def _x(points: float) -> float:
    return _LEFT + _SPAN * min(max(points, 0), 10) / 10


def _bar(start: float, end: float, top: float) -> str:
    left, right = sorted((_x(start), _x(end)))
    right = max(right, left + 1.5)
    return f"M{number(left)} {number(top)}H{number(right)}v{number(_BAR)}H{number(left)}Z"


def _scale() -> list[str]:
    names = ((0, "Low"), (4, "Medium"), (7, "High"), (9, "Critical"))
    return [words((_x(at) + 5, 13), name, INK2) for at, name in names]


def _row(label: str, points: tuple[float, float], top: float, *, whole: bool) -> list[str]:
    value, total = points
    text = f"*{total:.1f}" if whole else f"{value:+.2f}".replace("-", "−")
    colour = INK if whole or value == 0 else (WARM if value > 0 else BLUE)
    base = top + 6 + _BAR - 3.5
    return [
        words((0, base), ("*" if whole else "") + cut(label, 30)),
        words((_x(max(total, total - value)) + 8, base), text, colour),
    ]
