"""Draws `reports/fonts/Marks.ttf`: the small marks of reports, one glyph instead of many boxes.

Run it to write the font again: `python tests/outputs/marks_font.py`.
"""

import io
import math
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

FILE = Path(__file__).parents[2] / "reports" / "fonts" / "Marks.ttf"
EM = 1000
FIXED_DATE = 3849984000  # 2026-01-01, counted from 1904 as fonts do
BAR_HEIGHTS = (340, 520, 700, 880)


def build() -> bytes:
    """Draw the font; the same bytes each time."""
    glyphs = {name: draw() for name, (_, _, draw) in GLYPHS.items()}
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *glyphs])
    builder.setupCharacterMap({code: name for name, (code, _, _) in GLYPHS.items()})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), **glyphs})
    widths = {name: width for name, (_, width, _) in GLYPHS.items()}
    table = builder.font["glyf"]
    builder.setupHorizontalMetrics(
        {
            name: (widths.get(name, 500), getattr(table[name], "xMin", 0))
            for name in (".notdef", *glyphs)
        }
    )
    builder.setupHorizontalHeader(ascent=900, descent=-200)
    builder.setupNameTable({"familyName": "Aivss Marks", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=900, sTypoDescender=-200, usWinAscent=900, usWinDescent=200)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = FIXED_DATE
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def _box(pen, corners, *, hole=0):
    left, bottom, right, top = corners
    pen.moveTo((left, bottom))
    pen.lineTo((left, top))
    pen.lineTo((right, top))
    pen.lineTo((right, bottom))
    pen.closePath()
    if hole:
        pen.moveTo((left + hole, bottom + hole))
        pen.lineTo((right - hole, bottom + hole))
        pen.lineTo((right - hole, top - hole))
        pen.lineTo((left + hole, top - hole))
        pen.closePath()


def _bars(filled):
    def draw():
        pen = TTGlyphPen(None)
        for number, height in enumerate(BAR_HEIGHTS):
            left = 20 + number * 330
            _box(pen, (left, 0, left + 260, height), hole=0 if number < filled else 60)
        return pen.glyph()

    return draw


def _boxes(*boxes):
    def draw():
        pen = TTGlyphPen(None)
        for *corners, hole in boxes:
            _box(pen, corners, hole=hole)
        return pen.glyph()

    return draw


def _arrow():
    pen = TTGlyphPen(None)
    _box(pen, (40, 290, 560, 370))
    for at, point in enumerate([(500, 110), (500, 550), (840, 330)]):
        (pen.lineTo if at else pen.moveTo)(point)
    pen.closePath()
    return pen.glyph()


def _polygon(points):
    def draw():
        pen = TTGlyphPen(None)
        pen.moveTo(points[0])
        for point in points[1:]:
            pen.lineTo(point)
        pen.closePath()
        return pen.glyph()

    return draw


def _circle(x, y, radius):
    steps = [math.pi / 2 - 2 * math.pi * n / 48 for n in range(48)]
    return [(round(x + radius * math.cos(a)), round(y + radius * math.sin(a))) for a in steps]


def _dotted_ring():
    pen = TTGlyphPen(None)
    for n in range(8):
        angle = 2 * math.pi * n / 8
        points = _circle(350 + 270 * math.cos(angle), 330 + 270 * math.sin(angle), 62)
        pen.moveTo(points[0])
        for point in points[1:]:
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


def _dotted_square():
    sides = []
    for at in (0, 300, 600):
        sides += [(40 + at, 0, 140 + at, 100, 0), (40 + at, 600, 140 + at, 700, 0)]
    sides += [(40, 300, 140, 400, 0), (640, 300, 740, 400, 0)]
    return _boxes(*sides)()


GLYPHS = {
    "space": (0x20, 300, _boxes()),
    "arrow": (0x2192, 900, _arrow),
    "none": (0x2581, 1360, _bars(0)),
    "low": (0x2582, 1360, _bars(1)),
    "medium": (0x2584, 1360, _bars(2)),
    "high": (0x2586, 1360, _bars(3)),
    "critical": (0x2588, 1360, _bars(4)),
    "square": (0x25A0, 720, _boxes((30, 30, 630, 630, 0))),
    "open_square": (0x25A1, 720, _boxes((30, 30, 630, 630, 150))),
    "disc": (0x25CF, 740, _polygon(_circle(340, 330, 310))),
    "block": (0x25AE, 720, _boxes((30, 30, 630, 880, 0))),
    "diamond": (0x25C6, 860, _polygon([(400, -60), (10, 330), (400, 720), (790, 330)])),
    "ring": (0x25CC, 740, _dotted_ring),
    "ballot": (0x2610, 960, _boxes((30, -60, 830, 740, 80))),
    "half": (0x25E7, 860, _boxes((40, 0, 740, 700, 100), (100, 60, 390, 640, 0))),
    "planned": (0x25FC, 860, _boxes((40, 0, 740, 700, 0))),
    "lost": (0x2B1A, 860, _dotted_square),
}
"""Name -> code point, width, drawing. Code points are of characters that look alike, so that
text copied from a report, or shown without the font, still says the same."""


if __name__ == "__main__":
    FILE.write_bytes(build())
