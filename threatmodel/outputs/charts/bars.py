"""Small bars that stand in table rows: a factor with its range, and what an answer would do."""

from markupsafe import Markup

from threatmodel.outputs.charts.svg import (
    HAIR,
    INK,
    INK2,
    RANGE,
    RULE,
    area,
    box,
    drawing,
    line,
    number,
    words,
)

_LEFT, _SPAN = 2.0, 134.0
_AXIS_LEFT, _AXIS_SPAN = 30.0, 190.0
_WIDE_MOVE = 0.3


def factor_bar(value: float, low: float, high: float) -> Markup:
    """Draw a value of 0 to 1 as a bar, and its range as a bracket below."""
    x, a, b = (_LEFT + _SPAN * part for part in (value, low, high))
    parts = [
        line("M2 10H136", RANGE),
        line("M2 7V13M69 7V13M136 7V13", RULE),
        box((_LEFT, 7), (x - _LEFT, 6), INK),
    ]
    title = f"{value:.2f}"
    if high > low:
        left, right = number(a), number(b)
        parts.append(box((a, 15.2), (b - a, 2.6), RANGE))
        parts.append(line(f"M{left} 14.2V18.8M{right} 14.2V18.8", INK2))
        title += f", range {low:.2f} to {high:.2f}"
    return drawing(title, (138, 20), parts)


def answer_span(low: float, high: float, today: float, axis: tuple[float, float]) -> Markup:
    """Draw the scores that an answer allows on an axis of points; dotted: the score today."""
    x = _on(axis)
    a, b, now = x(low), x(high), x(today)
    thick = 5 if high - low > _WIDE_MOVE else 3.4
    radius = number(thick / 2 + 2.6)
    grid = "".join(f"M{number(x(mark))} 0V28" for mark in _marks(axis))
    ends = "".join(
        f"M{number(at - float(radius))} 14a{radius} {radius} 0 1 1 {number(2 * float(radius))} 0"
        f"a{radius} {radius} 0 1 1 -{number(2 * float(radius))} 0Z"
        for at in (a, b)
    )
    parts = [
        line(grid, HAIR),
        line(f"M{number(now)} 0V28", INK, 1, "2 3"),
        line(f"M{number(a)} 14H{number(b)}", INK, thick),
        area(ends, INK),
    ]
    return drawing(f"{low:.1f} to {high:.1f}", (250, 28), parts)


def answer_axis(today: float, axis: tuple[float, float]) -> Markup:
    """Draw the axis above the spans."""
    x = _on(axis)
    parts = [
        words((x(mark), 15), f"{mark:.1f}", INK2, anchor="middle")
        for mark in _marks(axis)
        if abs(x(mark) - x(today)) > 44  # noqa: PLR2004  (else it would touch the label of today)
    ]
    parts.append(words((x(today), 15), f"*{today:.1f} today", anchor="middle"))
    title = f"Axis from {axis[0]:.1f} to {axis[1]:.1f}; dotted line at today's score, {today:.1f}"
    return drawing(title, (250, 22), parts)


def _marks(axis: tuple[float, float]) -> list[float]:
    low, high = axis
    return [low, (low + high) / 2, high]


def _on(axis: tuple[float, float]):  # noqa: ANN202
    low, high = axis

    def x(points: float) -> float:
        return _AXIS_LEFT + _AXIS_SPAN * (points - low) / (high - low)

    return x
