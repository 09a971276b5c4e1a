"""How close the page that decides is set on paper, so that it keeps to its page.

Laying it out to see would take as long as the rest of the report. Its lines are counted instead, by
the letters that go into one, with the room that the worst of some hundred servers needs besides.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from math import ceil
from typing import NamedTuple

_PART = re.compile(r"<(tr|li|p)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_CODE = re.compile(r"<code[^>]*>(.*?)</code>", re.DOTALL)
_TAG, _SPACE = re.compile(r"<[^>]+>"), re.compile(r"\s+")

_REM = 9 * 25.4 / 72
"""Millimetres of one rem on paper."""

_TALL = {"A4": 258, "Letter": 244}
"""Millimetres between the margins of a page."""

_LETTER = 0.46
"""Width of a letter, in sizes of its text."""

_BARS, _BAR = 11.2, 5.6
"""Rem of a row beside its text, and of its bar alone."""


_HEADING = re.compile(r'<h3>(.*?)(?:<span class="hint">(.*?)</span>)?</h3>', re.DOTALL)


class _Head(NamedTuple):
    """How a heading in the margin is set."""

    width: float
    """Its width, rem."""
    text: float
    """Size of its words, rem."""
    hint: float
    leading: float
    """Height of a line of its hint, in sizes."""


_WIDE = _Head(9.8, 0.96, 0.78, 1.35)
_NARROW, _SMALL = _Head(8.7, 0.88, 0.7, 1.35), _Head(8.7, 0.88, 0.6, 1.2)


class _Set(NamedTuple):
    """One way to set it; the style sheet for print has the same figures."""

    style: str
    text: float
    """Size of prose, rem."""
    rows: float
    """Size of the rows of conditions and confirmations, rem."""
    leading: float
    """Height of a line of prose, in sizes."""
    row_leading: float
    width: float
    """Width of the text, rem."""
    blank: float
    """Width of a line to be filled in, with its gap, rem."""
    row_gap: float
    """Gap of a row, rem."""
    item_gap: float
    gap: float
    """Gap of a block, rem."""
    least: float
    """Least height of a block, rem."""
    head: _Head
    besides: float
    """Millimetres to spare."""


_FOURTH = " close closer closest"
_LAST = f"{_FOURTH} tightest"

_WAYS = (
    _Set("", 0.89, 0.84, 1.4, 1.34, 44.2, 16, 0.32, 0.12, 1.0, 2.65, _WIDE, 13),
    _Set(" close", 0.85, 0.8, 1.36, 1.3, 44.2, 12, 0.32, 0.12, 0.81, 2.74, _WIDE, 13),
    _Set(" close closer", 0.79, 0.75, 1.27, 1.2, 45.6, 12, 0.16, 0.08, 0.56, 0, _NARROW, 12),
    _Set(_FOURTH, 0.73, 0.69, 1.22, 1.15, 45.6, 12, 0.16, 0.08, 0.38, 0, _NARROW, 12),
    _Set(_LAST, 0.67, 0.64, 1.17, 1.12, 45.6, 12, 0.08, 0, 0.38, 0, _SMALL, 0),
)  # fmt: skip
"""From the widest on; the last is taken whatever comes."""

STYLES = tuple(way.style for way in _WAYS)


class _Part(NamedTuple):
    """A row, a line of a list or a paragraph."""

    kind: str
    letters: int


class _Block(NamedTuple):
    """A heading with what stands beside it."""

    title: int
    """Letters of the heading, and of the hint below it."""
    hint: int
    parts: tuple[_Part, ...]


def closeness(body: str, page: str, taken: float = 0) -> str:
    """Give the style names of the widest way in which a text goes onto its page.

    `body` is the markup of its blocks, `taken` what else stands on the page, in millimetres.
    """
    blocks = [_Block(*_heading(block), tuple(_parts(block))) for block in _blocks(body)]
    room = _TALL[page] - taken
    fit = (way for way in _WAYS if height(blocks, way) + way.besides <= room)
    return next(fit, _WAYS[-1]).style


def _blocks(body: str) -> list[str]:
    return body.split('<div class="brief')[1:]


def _heading(body: str) -> tuple[int, int]:
    found = _HEADING.search(body)
    return (_letters(found[1]), _letters(found[2] or "")) if found else (0, 0)


def _parts(body: str) -> Iterator[_Part]:
    for found in _PART.finditer(body):
        tag, head, inner = found.groups()
        # Names break less well than words, and are set in a wider letter.
        letters = _letters(inner) + sum(_letters(name) // 3 for name in _CODE.findall(inner))
        ticked, blank = "tick" in head, 'class="fill"' in inner
        yield _Part("tick" if ticked else "blank" if blank else tag, letters)


def _letters(markup: str) -> int:
    return len(_SPACE.sub(" ", unescape(_TAG.sub("", markup))).strip())


def height(blocks: Iterable[_Block], way: _Set) -> float:
    """Give the height of a text that is set in a way, in millimetres."""
    return _REM * sum(
        way.gap + max(_lines(block.parts, way), _margin(block, way.head), way.least)
        for block in blocks
    )


def _margin(block: _Block, head: _Head) -> float:
    """Give the height of a heading with its hint, in rem."""
    title = ceil(block.title * _LETTER * head.text / head.width) * head.text * 1.3
    return title + ceil(block.hint * _LETTER * head.hint / head.width) * head.hint * head.leading


def _lines(parts: Iterable[_Part], way: _Set) -> float:
    """Give the height of the lines of a block, in rem."""
    rows = {"tr": way.width - _BARS, "tick": way.width - _BARS + _BAR}
    prose = {"p": way.width, "li": way.width - 1.4, "blank": way.width - 1.4 - way.blank}
    tall = 0.0
    for kind, letters in parts:
        size = way.rows if kind in rows else way.text
        width = rows.get(kind) or prose[kind]
        lines = max(1, ceil(letters * _LETTER * size / width))
        tall += lines * size * (way.row_leading if kind in rows else way.leading)
        tall += {"tr": way.row_gap, "tick": 0, "p": 0}.get(kind, way.item_gap)
    return tall
