"""How close the page that decides is set on paper, so that it keeps to its page.

Laying it out to see would take as long as the rest of the report. Its lines are broken here
instead, by the widths of letters. Nothing is set smaller than 7 points: where even the closest way
is too tall, parts of the page go to the next one.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from math import ceil
from typing import NamedTuple

_PART = re.compile(r"<(tr|li|p)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_CODE = re.compile(r"<code([^>]*)>(.*?)</code>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_CODED, _PLAIN = "\ue000", "\ue001"
"""Letters that stand where a name in code begins and ends."""

_REM = 9 * 25.4 / 72
"""Millimetres of one rem on paper."""

TALL = {"A4": 260, "Letter": 250}
"""Millimetres between the margins of a page."""

_WIDTHS = {
    letter: hundredths / 100
    for hundredths, letters in (
        (23, " .,:;'`i|’"),
        (28, "!jIl()[]"),
        (35, "{}/\\Jt-r"),
        (41, '1f*"“”'),
        (49, "zsv^?_cy"),
        (55, "<>+=aekox~–"),
        (59, "Lhnu#27FTYbdpq"),
        (63, "0469Eg358PZ$"),
        (69, "BCKRSVXDU&A"),
        (76, "GOQHNw…"),
        (87, "@mM%W"),
    )
    for letter in letters
}
"""Width of each letter of prose, in sizes of its text."""

_OTHER = 0.6
"""Width of any other letter."""

_BARS, _BAR = 10.6, 5.2
"""Rem of a row beside its text, and of its bar alone."""


_HEADING = re.compile(r'<h3>(.*?)(?:<span class="hint">(.*?)</span>)?</h3>', re.DOTALL)


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
    head: float
    """Size of a heading in the margin, rem."""
    margin: float
    """Width of that margin, rem."""
    name: float
    """Width of a letter of a name in code, in sizes of the text around it."""


_WAYS = (
    _Set("", 0.89, 0.84, 1.4, 1.34, 44.2, 16, 0.37, 0.25, 1.05, 2.65, 0.96, 9.8, 0.546),
    _Set(" close", 0.85, 0.8, 1.36, 1.3, 44.2, 12, 0.37, 0.18, 0.86, 2.65, 0.96, 9.8, 0.546),
    _Set(" close closer", 0.8, 0.79, 1.27, 1.22, 45.6, 12, 0.21, 0.08, 0.61, 0, 0.88, 8.7, 0.585),
    _Set(
        " close closer closest", 0.78, 0.78, 1.2, 1.17, 46.2, 12, 0.13, 0.04, 0.43, 0, 0.85, 8, 0.6
    ),
)

STYLES = tuple(way.style for way in _WAYS)
FORMS = 3
"""Ways to divide it: all on the page; without what the policy does; without the lines to confirm
either."""

_HINT, _HINT_LEADING = 0.78, 1.3


class Fitted(NamedTuple):
    """A text as it goes onto its page."""

    style: str
    apart: int
    """Which of its forms it is; 0 is all of it."""
    body: str


class _Part(NamedTuple):
    """A row, a line of a list or a paragraph."""

    kind: str
    text: str
    first: float
    """What its first words are larger than the rest: a verdict's are."""


class _Block(NamedTuple):
    """A heading with what stands beside it."""

    title: str
    hint: str
    parts: tuple[_Part, ...]


def fitted(told: Callable[[int], str], page: str, whole: bool = False) -> Fitted:  # noqa: FBT001, FBT002
    """Give a text in the widest way in which it goes onto its page.

    `told` gives the markup of its blocks in each of its forms; a `whole` one has the first alone.
    """
    for apart in range(1 if whole else FORMS):
        body = told(apart)
        style = closeness(body, page)
        if style is not None:
            return Fitted(style, apart, body)
    return Fitted(STYLES[-1], apart, body)


def closeness(body: str, page: str, taken: float = 13) -> str | None:
    """Give the style names of the widest way in which a text goes onto its page; None for no way.

    `body` is the markup of its blocks, `taken` what else stands on the page, in millimetres.
    """
    blocks = [_Block(*_heading(block), tuple(_parts(block))) for block in _blocks(body)]
    room = TALL[page] - taken
    return next((way.style for way in _WAYS if _height(blocks, way) <= room), None)


def _blocks(body: str) -> list[str]:
    return body.partition("</section>")[0].split('<div class="brief')[1:]


def _heading(body: str) -> tuple[str, str]:
    found = _HEADING.search(body)
    return (_text(found[1]), _text(found[2] or "")) if found else ("", "")


def _parts(body: str) -> Iterator[_Part]:
    for found in _PART.finditer(body):
        tag, head, inner = found.groups()
        ticked, blank = "tick" in head, 'class="fill"' in inner
        kind = "tick" if ticked else "blank" if blank else tag
        yield _Part(kind, _text(inner), 1.3 if 'class="ask"' in inner else 1)


def _text(markup: str) -> str:
    """Give the words of markup, names in code between signs of their own."""
    coded = _CODE.sub(lambda name: f"{_CODED}{name[2]}{_PLAIN}", markup)
    return unescape(_TAG.sub("", coded))


def _wide(text: str, size: float, name: float) -> Iterator[float]:
    """Give the width of each word, with the blank after it, in rem."""
    coded = False
    for word in text.split():
        wide = _WIDTHS[" "]
        for letter in word:
            if letter in (_CODED, _PLAIN):
                coded = letter == _CODED
            else:
                wide += name if coded else _WIDTHS.get(letter, _OTHER)
        yield wide * size


def _broken(text: str, size: float, width: float, name: float = 0.6, first: float = 0) -> int:
    """Count the lines of a text; `first` is what the first of them lacks of its width, in rem."""
    lines, left = 1, width - first
    for wide in _wide(text, size, name):
        if wide > left + _WIDTHS[" "] * size:
            lines, left = lines + max(1, ceil(wide / width)), width
            left -= wide % width
        else:
            left -= wide
    return lines


def _height(blocks: Iterable[_Block], way: _Set) -> float:
    """Give the height of a text that is set in a way, in millimetres."""
    return _REM * sum(
        way.gap + max(_lines(block.parts, way), _margin(block, way), way.least) for block in blocks
    )


def _margin(block: _Block, way: _Set) -> float:
    """Give the height of a heading with its hint, in rem."""
    title = _broken(block.title, way.head * 1.05, way.margin) * way.head * 1.3
    hint = _broken(block.hint, _HINT, way.margin) if block.hint else 0
    return title + hint * _HINT * _HINT_LEADING + 0.2


def _lines(parts: Iterable[_Part], way: _Set) -> float:
    """Give the height of the lines of a block, in rem."""
    rows = {"tr": way.width - _BARS, "tick": way.width - _BARS + _BAR}
    tall = 0.0
    for kind, text, larger in parts:
        size = way.rows if kind in rows else way.text
        width = rows.get(kind) or way.width - (1.4 if kind in ("li", "blank") else 0)
        taken = way.blank if kind == "blank" else (larger - 1) * 26
        lines = _broken(text, size * 1.01, width, way.name, taken)
        tall += lines * size * (way.row_leading if kind in rows else way.leading)
        tall += {"tr": way.row_gap, "tick": 0, "p": larger - 1}.get(kind, way.item_gap)
    return tall
