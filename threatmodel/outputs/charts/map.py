"""Draw a map: fields, boxes and numbered arrows that cross no box."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from threatmodel.outputs.charts import svg
from threatmodel.outputs.charts.columns import LINE, PAD, Field, title_lines
from threatmodel.outputs.charts.data_flow import Box, arrow_head, cut_short
from threatmodel.outputs.charts.routes import Routes

_DETAIL_LETTER = 6.3


def map_of(routes: Routes, title: str, border: str = "") -> Markup:
    """Draw fields, boxes and numbered arrows, what strangers' text travels on last.

    Args:
        routes: The way of every line.
        title: Alternative text.
        border: What the line after the first column is called; no line where empty.
    """
    parts = [part for fields in routes.stack.fields.values() for part in _fields(routes, fields)]
    over: list[str] = []
    flows = routes.columns.flows
    for n in sorted(range(len(flows)), key=lambda n: (flows[n].risky, n)):
        colour = svg.WARM if flows[n].risky else svg.INK2
        points = routes.points(n)
        parts.append(svg.line(_rounded(points), colour, 2 if flows[n].risky else 1.3))
        over.append(svg.area(arrow_head(*points[-2:]), colour))
        over += _numbered(n + 1, _disc_at(points), colour)
    bottom = routes.stack.bottom + 1
    if border:
        x = routes.lefts[1] - 6
        bottom += LINE + 4
        over.append(svg.line(f"M{svg.length(x)} 0V{svg.length(bottom)}", svg.INK2, 1.3, "6 4"))
        over.append(svg.words((x + 5, bottom - 3), border, svg.INK2, size=12.5))
    return svg.drawing(title, (routes.lefts[-1], bottom), [*parts, *over], wide="54.8rem")


def _fields(routes: Routes, fields: Sequence[Field]) -> Iterator[str]:
    for zone, top, tall in fields:
        left = routes.lefts[zone.column]
        yield svg.box((left, top), (routes.box_wide + 2 * PAD, tall), svg.TINT, svg.RULE)
        yield svg.words(
            (left + PAD, top + 15), zone.title, svg.WARM if zone.warm else svg.INK2, size=12.5
        )
        for node in zone.nodes:
            y, high = routes.stack.place[node.key]
            yield from _box(node, (left + PAD, y), (routes.box_wide, high))


def _box(node: Box, corner: svg.Point, size: svg.Point) -> Iterator[str]:
    (x, y), (wide, tall) = corner, size
    frame = svg.frame(corner, size)
    yield svg.area(frame, svg.PAPER)
    yield svg.line(frame, svg.INK, 2.6 if node.state == "subject" else 1.2)
    if node.shape == "store":  # open at the right, as stores are drawn in data-flow diagrams
        yield svg.line(f"M{svg.length(x + 4)} {svg.length(y)}v{svg.length(tall)}", svg.INK, 1.2)
    titles = title_lines(node)
    y += (tall - LINE * (len(titles) + len(node.details))) / 2 + 11
    for at, text in enumerate(titles):
        yield svg.words((x + 10, y + LINE * at), "*" + text)
    letters = int((wide - 14) / _DETAIL_LETTER)
    for at, text in enumerate(node.details, len(titles)):
        yield svg.words((x + 10, y + LINE * at), cut_short(text, letters), svg.INK2, size=12.5)


def _disc_at(points: Sequence[svg.Point]) -> svg.Point:
    """Place the number of a flow where it begins."""
    (x, y), (to_x, to_y) = points[:2]
    if abs(x - to_x) < 1:
        return x, (y + to_y) / 2
    return x + (13 if to_x > x else -13), y


def _numbered(text: int, at: svg.Point, colour: str) -> Iterator[str]:
    yield svg.disc(at, 8, svg.PAPER, colour)
    yield svg.words((at[0], at[1] + 4), f"*{text}", colour, size=12.5, anchor="middle")


def _rounded(points: Sequence[svg.Point]) -> str:
    """Write the path through corners, each of them rounded."""
    parts = [f"M{svg.length(points[0][0])} {svg.length(points[0][1])}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(at, before), _towards(at, after)
        parts.append(
            f"L{svg.length(near[0])} {svg.length(near[1])}"
            f"Q{svg.length(at[0])} {svg.length(at[1])} {svg.length(far[0])} {svg.length(far[1])}"
        )
    return "".join([*parts, f"L{svg.length(points[-1][0])} {svg.length(points[-1][1])}"])


def _towards(at: svg.Point, other: svg.Point) -> svg.Point:
    """Go from a corner a little, at most half way, towards another one."""
    reach = abs(other[0] - at[0]) + abs(other[1] - at[1])
    part = min(4.0, reach / 2) / reach if reach else 0.0
    return at[0] + (other[0] - at[0]) * part, at[1] + (other[1] - at[1]) * part
