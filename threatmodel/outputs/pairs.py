"""The last two words of a paragraph stay together, so that none stands alone on its last line."""

import re
from xml.etree.ElementTree import Element

_BLOCKS = frozenset(("p", "dd", "caption", "h1", "h2", "h3", "h4", "td", "th", "li"))
_WIDE, _NARROW = 24, 15
"""Letters that a pair may have: more could be wider than its column."""

_OF_CELLS = frozenset(("td", "th", "li"))
_LEAST = 30
"""Letters of a text that may take more than one line."""

_LAST = re.compile(r"([^\s]+)[ \n]+([^\s]+)\s*$")


def keep_pairs(root: Element) -> None:
    """Join the last two words of each block with a space that no line is broken at.

    A browser does it by `text-wrap`, which WeasyPrint does not know. Lines are never more than
    before: the last one takes a word from that above it.
    """
    for element in root.iter():
        if element.tag in _BLOCKS and len("".join(element.itertext())) >= _LEAST:
            _join(element, _NARROW if element.tag in _OF_CELLS else _WIDE)


def _join(block: Element, most: int) -> None:
    element, part = block, "text"
    while len(element):
        element = element[-1]
        if (element.tail or "").strip():
            part = "tail"
            break
        if element.tag in _BLOCKS:
            return  # it comes by itself
    found = _LAST.search(text := getattr(element, part) or "")
    if found and found.end() - found.start() <= most:
        setattr(element, part, f"{text[: found.end(1)]}\u00a0{found[2]}")
