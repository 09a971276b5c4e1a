"""The report as WeasyPrint lays it out well and at least cost: its text, and its tree."""

import re
from xml.etree.ElementTree import Element

_MARK = re.compile(r'class="(?:sev|tag|mark|st)(?: (\w+))?">')
_SPACE = re.compile(r"(?<=[^\s>])\s(?=<(?:a|b|code|span)\b)")
_GLYPHS = {
    "none": "▁", "low": "▂", "med": "▄", "high": "▆", "crit": "█",
    None: "●", "unsure": "◌", "weakened": "◧", "dropped": "⬚",
}  # fmt: skip


def marked(html: str) -> str:
    """Write the marks that style sheets add on screen into the text: a box less for each."""
    return _MARK.sub(lambda found: f"{found[0]}{_GLYPHS[found[1]]} ", html)


def filled(html: str) -> str:
    """Put what has no width, U+200C, behind the space before an element.

    Where a text fits its line but for that space, WeasyPrint breaks it after its first word.
    Places where a name may break become U+200B: an element for each would be a box.
    """
    return _SPACE.sub(" \u200c", html).replace("<wbr/>", "\u200b")


def share_styles(root: Element) -> None:
    """Leave an id only where a link leads, on the first leaf of what it names.

    An element with an id has a style of its own, and so has all that stands in it: with ids on
    leaves alone, ten findings share the styles of one. Figures keep theirs.
    """
    linked = {link.get("href", "").removeprefix("#") for link in root.iter("a")}
    for element in root.iter():
        if element.tag.startswith("{"):
            continue
        name = element.attrib.pop("id", "")
        if name in linked:
            leaf = element
            while len(leaf):
                leaf = leaf[0]
            leaf.set("id", name)


# The last two words of a paragraph stay together, so that none stands alone on its last line.

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
