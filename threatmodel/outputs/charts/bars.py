"""Small bars that stand in table rows: a factor with its range, and what an answer would do."""

from markupsafe import Markup

from threatmodel.outputs.charts.svg import INK, RANGE, area, drawing, number

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
