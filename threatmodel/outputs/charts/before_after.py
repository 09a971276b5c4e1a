"""The score today and with the policy, on one line of points."""

from collections.abc import Callable

from markupsafe import Markup

from threatmodel.outputs.charts.svg import (
    BLUE,
    HAIR,
    INK2,
    PAPER,
    RULE,
    area,
    disc,
    drawing,
    line,
    number,
    words,
)

_LEFT, _SPAN = 20.0, 619.0


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
        return _LEFT + _SPAN * (points - first) / (10 - first)

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
