"""Attack path: steps through the layers, and where breaking it is cheapest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.outputs.charts.data_flow import cut_short
from threatmodel.outputs.charts.svg import (
    BLUE,
    HAIR,
    INK,
    INK2,
    PAPER,
    Point,
    disc,
    drawing,
    line,
    number,
    through,
    words,
)

_LEFT, _RIGHT, _TOP, _LANE = 274.0, 835.0, 34.0, 36.0
_LABEL = 22
_STUB = 36.0


@dataclass(frozen=True, slots=True)
class Stop:
    """One step."""

    lane: str
    """Layer, or `Entry` and `Harm`."""

    label: str
    """Tool or threat it is, cut when long."""


def attack_path(
    stops: Sequence[Stop], lanes: Sequence[tuple[str, str]], break_before: int, title: str
) -> Markup:
    """Draw the path through lanes (id, name), solid up to the break, dotted after it.

    `break_before` is the index of the first step that no longer happens; -1 where none breaks.
    """
    heights = {lane: _TOP + n * _LANE for n, (lane, _) in enumerate(lanes)}
    step = (_RIGHT - _LEFT) / max(len(stops) - 1, 1)
    points = [(_LEFT + n * step, heights[stop.lane]) for n, stop in enumerate(stops)]
    bottom = _TOP + _LANE * (len(lanes) - 1) + 40
    rules = "".join(f"M226 {number(y)}H878" for y in heights.values())
    parts = [line(rules, HAIR)]
    for lane, name in lanes:
        y = heights[lane] + 4.5
        parts.append(words((0, y), f"*{lane}", size=13))
        parts.append(words((46 if len(lane) > 2 else 28, y), name, INK2))  # noqa: PLR2004
    parts += _ways(points, break_before)
    for n, (stop, point) in enumerate(zip(stops, points, strict=True)):
        parts.append(disc(point, 11.5, PAPER, INK))
        parts.append(words((point[0], point[1] + 4.6), f"*{n + 1}", size=13, anchor="middle"))
        parts.append(_label(stop, points, n))
    return drawing(title, (878, bottom), parts, wide="54.8rem")


def _ways(points: Sequence[Point], break_before: int) -> list[str]:
    if not 0 <= break_before < len(points):
        return [line(through(points), INK, 3.2)]
    points = [(points[0][0] - _STUB, points[0][1]), *points]
    a, b = points[break_before], points[break_before + 1]
    middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    length = math.hypot(b[0] - a[0], b[1] - a[1]) or 1
    across = ((b[1] - a[1]) / length * 15, -(b[0] - a[0]) / length * 15)
    bar = through(
        (
            (middle[0] - across[0], middle[1] - across[1]),
            (middle[0] + across[0], middle[1] + across[1]),
        )
    )
    return [
        line(through([*points[: break_before + 1], middle]), INK, 3.2),
        line(through([middle, *points[break_before + 1 :]]), INK, 3.2, "1 6"),
        line(bar, BLUE, 5),
    ]


def _label(stop: Stop, points: Sequence[Point], n: int) -> str:
    x, y = points[n]
    ahead = points[n + 1][1] if n + 1 < len(points) else y
    behind = points[n - 1][1] if n else y
    under = ahead <= y and behind <= y and (ahead < y or behind < y)
    anchor = "end" if n == len(points) - 1 and n else "middle" if n else "start"
    left = x - 12 if anchor == "start" else x
    at = (min(x + 43, 878) if anchor == "end" else left, y + (27 if under else -18))
    return words(at, "*" + cut_short(stop.label, _LABEL), anchor=anchor)
