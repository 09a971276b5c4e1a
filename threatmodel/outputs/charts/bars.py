"""Small bars that stand in table rows: a factor with its range, and what an answer would do."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from threatmodel.outputs.charts.svg import (
    BLUE,
    HAIR,
    INK,
    INK2,
    PAPER,
    RANGE,
    RULE,
    WARM,
    area,
    disc,
    drawing,
    line,
    number,
    words,
)
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
    bar = area(_strip(0, _FACTOR_WIDE * value, 6, 6.4), INK) if value > 0 else ""
    return drawing(title, (_FACTOR_WIDE, 20), [area(track, RANGE), bar])


def answer_span(low: float, high: float, today: float, axis: tuple[float, float]) -> Markup:
    """Draw the scores that an answer allows on an axis of points; upright: the score today."""

    def x(points: float) -> float:
        return _ANSWER_WIDE * (points - axis[0]) / (axis[1] - axis[0])

    span = _strip(x(low), max(x(high), x(low) + _LEAST), 11, 6)
    now = f"M{number(x(today) - 1)} 2v24h2v-24Z"
    track = area(_strip(0, _ANSWER_WIDE, 13.4, _THIN), RANGE)
    return drawing(f"{low:.1f} to {high:.1f}", (_ANSWER_WIDE, 28), [track, area(span + now, INK)])


def _strip(left: float, right: float, top: float, tall: float) -> str:
    return f"M{number(left)} {number(top)}H{number(right)}v{number(tall)}H{number(left)}Z"


# Waterfall: what each term of the score contributes.

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


# The score today and with the policy, on one line of points.

_BEFORE_LEFT, _BEFORE_SPAN = 20.0, 619.0


def before_after(today: tuple[float, float, float], after: float, amended: float | None) -> Markup:
    """Draw today's score with its range (value, low, high), and the value with the policy."""
    value, low, high = today
    first = max(0, min(int(min(value, low, after, amended or 10)), 8))
    x = _on(first)
    bottom = 148 if amended is not None else 110
    grid = "".join(f"M{number(x(mark))} 20V{bottom}" for mark in range(first, 11))
    bands = "".join(f"M{number(x(mark))} 2V{bottom}" for mark in (4, 7, 9) if mark >= first)
    parts = [line(grid, HAIR), line(bands, RULE), *_names(first)]
    parts += [
        words((x(mark), bottom + 16), str(mark), INK2, anchor="middle") for mark in range(first, 11)
    ]
    if high > low:
        parts.append(line(f"M{number(x(low))} 46H{number(x(high))}", RULE, 6))
        parts.append(words((x(low) - 8, 50), f"{low:.1f}", INK2, anchor="end"))
        parts.append(words((x(high) + 8, 50), f"{high:.1f}", INK2))
    parts.append(disc((x(value), 46), 8))
    parts.append(words((x(value), 32), f"*{value:.1f} today", size=13, anchor="middle"))
    parts += _marked((x(after), 88), f"*{after:.1f} with the policy", full=True)
    if amended is not None:
        parts += _marked((x(amended), 126), f"{amended:.1f} amended", full=False)
    title = f"Today {value:.1f}, range {low:.1f} to {high:.1f}. With the policy {after:.1f}"
    title += f", {amended:.1f} by the amended formula." if amended is not None else "."
    return drawing(title, (659, bottom + 22), parts, wide="41.2rem")


def _on(first: int) -> Callable[[float], float]:
    def x(points: float) -> float:
        return _BEFORE_LEFT + _BEFORE_SPAN * (points - first) / (10 - first)

    return x


def _names(first: int) -> list[str]:
    x = _on(first)
    bands = (("None to low", 0, 4), ("Medium", 4, 7), ("High", 7, 9), ("Critical", 9, 10))
    return [words((x(max(a, first)) + 5, 13), name, INK2) for name, a, b in bands if b > first]


def _marked(at: tuple[float, float], text: str, *, full: bool) -> list[str]:
    x, y = at
    path = f"M{number(x)} {number(y - 8)}l8 8l-8 8l-8 -8Z"
    anchor = "end" if x > 420 else "start"  # noqa: PLR2004
    label = words((x + (-14 if anchor == "end" else 14), y + 4.5), text, BLUE, anchor=anchor)
    if full:
        return [area(path, BLUE), label]
    return [area(path, PAPER), line(path, BLUE, 2), label]
