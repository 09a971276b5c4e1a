"""The few SVG elements that charts are made of; all text goes through one escape."""

from collections.abc import Iterable, Sequence
from html import escape

from markupsafe import Markup

from threatmodel.outputs.text import visible

INK, INK2, BLUE, PAPER = "#15202b", "#4a5763", "#0f5a8a", "#ffffff"
RANGE, RULE, HAIR, TINT = "#c8d2db", "#aeb8c1", "#dbe0e5", "#f2f4f6"
WARM = "#b93f1c"

_EDGE = 1.0
"""Room around a drawing: half of a line lies outside of what it frames."""

Point = tuple[float, float]
"""x and y in units; 16 units are one rem."""

_NAMES = {
    INK: "ink", INK2: "ink2", BLUE: "blue", PAPER: "paper",
    RANGE: "range", RULE: "rule", HAIR: "hair", TINT: "tint", WARM: "high",
}  # fmt: skip


def drawing(
    title: str, size: tuple[float, float], parts: Iterable[str], *, wide: str = ""
) -> Markup:
    """Make a drawing of `size` units; `title` is its alternative text, `wide` its width in CSS."""
    style = f' style="width:{wide}"' if wide else ""
    seen = " ".join(map(length, (-_EDGE, -_EDGE, *(one + 2 * _EDGE for one in size))))
    return Markup(  # noqa: S704 (every part is escaped here)
        f'<svg xmlns="http://www.w3.org/2000/svg" font-family="Public Sans"'
        f' viewBox="{seen}"{style} role="img">'
        f"<title>{escape(visible(title))}</title>{''.join(parts)}</svg>"
    )


def length(value: float) -> str:
    """Write a length with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def box(at: Point, size: Point, fill: str, stroke: str = "") -> str:
    """Draw a rectangle from its upper left corner."""
    x, y, width, height = map(length, (*at, *size))
    line = f" {_stroke(stroke, 1)}" if stroke else ""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}"'
        f' class="{_classes(fill, stroke)}" fill="{fill}"{line}/>'
    )


def disc(at: Point, radius: float, fill: str = INK, stroke: str = "") -> str:
    """Draw a filled circle around `at`."""
    line = f" {_stroke(stroke, 2.4)}" if stroke else ""
    return (
        f'<circle cx="{length(at[0])}" cy="{length(at[1])}" r="{length(radius)}"'
        f' class="{_classes(fill, stroke)}" fill="{fill}"{line}/>'
    )


def line(path: str, stroke: str = INK, width: float = 1, dash: str = "") -> str:
    """Draw along a path that is not filled."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{path}" fill="none" class="s-{_NAMES[stroke]}" {_stroke(stroke, width)}'
        f' stroke-linejoin="round"{dashes}/>'
    )


def area(path: str, fill: str) -> str:
    """Fill a path, holes left open."""
    return f'<path d="{path}" fill-rule="evenodd" class="k-{_NAMES[fill]}" fill="{fill}"/>'


def words(
    at: Point, text: str, fill: str = INK, *, size: float = 12.5, anchor: str = "start"
) -> str:
    """Write one line; a leading `*` sets it in semibold."""
    bold = text.startswith("*")
    weight = ' font-weight="600"' if bold else ""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text x="{length(at[0])}" y="{length(at[1])}" font-size="{length(size)}"'
        f' class="k-{_NAMES[fill]}" fill="{fill}"{side}{weight}>'
        f"{escape(visible(text.removeprefix('*')))}</text>"
    )


def through(points: Iterable[Point], *, closed: bool = False) -> str:
    """Write the path through points."""
    joined = " L".join(f"{length(x)} {length(y)}" for x, y in points)
    return f"M{joined}Z" if closed else f"M{joined}"


def frame(at: Point, size: Point) -> str:
    """Write the path around a rectangle."""
    x, y, wide, tall = map(length, (*at, *size))
    return f"M{x} {y}h{wide}v{tall}h-{wide}Z"


def _stroke(colour: str, width: float) -> str:
    return f'stroke="{colour}" stroke-width="{length(width)}"'


def _classes(fill: str, stroke: str) -> str:
    return f"k-{_NAMES[fill]} s-{_NAMES[stroke]}" if stroke else f"k-{_NAMES[fill]}"


def rounded(points: Sequence[Point]) -> str:
    """Write the path through corners, each of them rounded."""
    parts = [f"M{length(points[0][0])} {length(points[0][1])}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(at, before), _towards(at, after)
        parts.append(
            f"L{length(near[0])} {length(near[1])}"
            f"Q{length(at[0])} {length(at[1])} {length(far[0])} {length(far[1])}"
        )
    return "".join([*parts, f"L{length(points[-1][0])} {length(points[-1][1])}"])


def _towards(at: Point, other: Point) -> Point:
    """Go from a corner a little, at most half way, towards another one."""
    reach = abs(other[0] - at[0]) + abs(other[1] - at[1])
    part = min(4.0, reach / 2) / reach if reach else 0.0
    return at[0] + (other[0] - at[0]) * part, at[1] + (other[1] - at[1]) * part
