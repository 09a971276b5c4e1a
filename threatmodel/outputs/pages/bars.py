"""Bars that stand in table cells: drawn as backgrounds, so that a row costs no more elements.

Each is the style of a cell. The numbers stand beside them in the table.
"""

_ROUND = 1


def factor_style(value: float, low: float, high: float) -> str:
    """Place a value of 0 to 1 as a bar, and its range as a strip below."""
    wide = high - low
    return (
        f"background-size:{_percent(value)} .42rem,{_percent(wide)} .2rem,100% .06rem;"
        f"background-position:0 50%,{_offset(low, wide)} 84%,0 50%"
    )


def span_style(low: float, high: float, today: float, axis: tuple[float, float]) -> str:
    """Place the scores that an answer allows, and a mark at the score today, on an axis."""
    first, length = axis[0], axis[1] - axis[0]
    start, wide = (low - first) / length, max((high - low) / length, 0.012)
    now = (today - first) / length
    return (
        f"background-size:{_percent(wide)} .34rem,.1rem 100%,100% .06rem;"
        f"background-position:{_offset(start, wide)} 50%,{_percent(now)} 0,0 50%"
    )


def _offset(start: float, wide: float) -> str:
    """Give the background position that puts a strip's left end at `start`."""
    return "0" if wide >= 1 else _percent(min(max(start / (1 - wide), 0), 1))


def _percent(share: float) -> str:
    return f"{round(100 * share, _ROUND):g}%"
