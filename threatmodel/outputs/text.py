"""Text that others wrote, made safe to print: hidden characters shown, long words cut."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from html import escape
from textwrap import wrap
from urllib.parse import quote

from threatmodel.emit import UNSEEN
from threatmodel.files import compact_json

_HIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f{UNSEEN}]")

_NAME = re.compile(r"\S*[\w`][-_./][\w]|\S*[a-z][A-Z]|`")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def visible(text: str) -> str:
    """Show what would hide or reorder text as its code point: controls, bidi marks, tags."""
    if text.isascii() and text.isprintable():  # most are: a third of the time
        return text
    return _HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def cut(text: str, most: int) -> str:
    """Keep `most` characters and say how many are left out."""
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()}… (+{len(text) - most:,} characters)"


def one_line(text: str) -> str:
    """Put text on one line, without doubled spaces."""
    return " ".join(visible(text).split())


def count(number: int, noun: str, plural: str = "") -> str:
    """Say how many, such as `1 tool` and `2 tools`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def in_lines(text: str, letters: int) -> str:
    """Break text at spaces, never inside a word, into lines of about `letters`."""
    return "\n".join(wrap(one_line(text), letters, break_long_words=True, break_on_hyphens=False))


def sentence(text: str) -> str:
    """Give text a capital, unless it begins with the name of a tool, and a full stop."""
    text = text.strip()
    if not text:
        return ""
    first = text if _NAME.match(text) else text[0].upper() + text[1:]
    return first + ("" if text[-1] in ".?!…" else ".")


def long_date(iso: str) -> str:
    """Write an ISO date as people do, such as `20 November 2026`; anything else as it is."""
    parts = iso.split("-")
    if len(parts) == 3 and all(part.isdigit() for part in parts):  # noqa: PLR2004
        year, month, day = (int(part) for part in parts)
        if 1 <= month <= len(_MONTHS):
            return f"{day} {_MONTHS[month - 1]} {year}"
    return iso


# Prose of the engine as HTML: escaped, with the names of tools set as code.

_BARE = re.compile(r"[A-Za-z_][\w./-]*[\w]|[A-Za-z]")
_QUOTED = re.compile(r"`([^`\n]{1,200})`")
_WORD = re.compile(rf"{_QUOTED.pattern}|{_BARE.pattern}")
_GOES_ON = re.compile(r"[./-]*\w")
# A longer name does not fit a narrow column, and only then may break anywhere.
_LONGEST, _LONG = 40, ' class="l"'
_TELLING = re.compile(r"[-_./0-9]|[a-z][A-Z]")

Place = tuple[int, int, str]
"""Where something to be set as code begins and ends, and the words that are."""


@lru_cache(maxsize=8192)
def words_of(text: str) -> frozenset[str]:
    """Give the words of prose that could be the name of a tool."""
    return frozenset(_BARE.findall(visible(text)))


def as_html(text: str, names: Collection[str] = ()) -> str:
    """Escape prose; words in backquotes and names that no prose would use become code."""
    safe = visible(text)
    parts, at = [], 0
    # Looking for the few names takes a fifth of parting a text into its words, of which backquotes
    # would hide some.
    for start, end, word in _code_in(safe, names) if "`" in safe else _names_in(safe, names):
        parts += [
            escape(safe[at:start]),
            f"<code{_LONG if len(word) > _LONGEST else ''}>{escape(word)}</code>",
        ]
        at = end
    return "".join([*parts, escape(safe[at:])])


def _code_in(text: str, names: Collection[str]) -> Iterator[Place]:
    """Find what stands in backquotes, and names outside of them."""
    for found in (_WORD if names else _QUOTED).finditer(text):
        word = found[1] or found[0]
        if found[1] or (word in names and _TELLING.search(word)):
            yield found.start(), found.end(), word


def _names_in(text: str, names: Collection[str]) -> list[Place]:
    """Find names in a text without backquotes, in its order; what `_code_in` finds in it."""
    return sorted(
        (at, at + len(name), name)
        for name in names
        if name in text and _BARE.fullmatch(name) and _TELLING.search(name)
        for at in _whole(name, text)
    )


def _whole(name: str, text: str) -> Iterator[int]:
    """Find where a name stands that is no part of a longer word."""
    at = text.find(name)
    while at >= 0:
        if _begins(text, at) and not _GOES_ON.match(text, at + len(name)):
            yield at
        at = text.find(name, at + 1)


def _begins(text: str, at: int) -> bool:
    """Tell whether a word can begin here: digits and signs before it are not part of it."""
    before = text[at - 1 : at]
    while before and (before.isalnum() or before in "_./-"):
        if before == "_" or (before.isascii() and before.isalpha()):
            return False
        at -= 1
        before = text[at - 1 : at] if at else ""
    return True


_RUN = re.compile(r"[\w.:/-]+")
_JOINT = re.compile(r"(?<=[_.:/])(?=[A-Za-z0-9])|(?<=[a-z0-9])(?=[A-Z])")


def parted(markup: str, letters: float) -> str:
    """Let names of more than `letters` break between their words, in markup as `as_html` gives.

    Only those: a name that has room on a line of its own is easier to read whole.
    """
    return _RUN.sub(
        lambda run: _JOINT.sub("<wbr/>", run[0]) if len(run[0]) > letters else run[0], markup
    )


# Text of others as Markdown: no markup, no HTML, no links or mentions, one line.

_SIGN = re.compile(r"[\\`*_{}\[\]|~#!^$]|:(?=//)|(?<=www)\.|^[+=-](?=\s|$)|(?<=^\d)[.)]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\N{WORD JOINER}"})


def plain(text: str, most: int = 1200) -> str:
    """Write text so that it shows as it is."""
    safe = _SIGN.sub(lambda found: f"\\{found[0]}", cut(one_line(text), most))
    return safe.translate(_ENTITIES)


def code(text: str, most: int = 200) -> str:
    """Write text as code; backquotes inside get a longer fence."""
    safe = cut(one_line(text), most).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", safe)), default=0) + 1)
    pad = " " if safe.startswith("`") or safe.endswith("`") or not safe else ""
    return f"{fence}{pad}{safe}{pad}{fence}"


def address(url: str) -> str:
    """Write an address so that it cannot leave its brackets."""
    return quote(one_line(url), safe="/:?#@!$&'*+,;=%~-._")


# JSON as text: a line for each part, written by the fast encoder.


def laid_out(value: object, depth: int = 3) -> str:
    """Write JSON with a line for each part, `depth` levels down; a list counts as two.

    The encoder that indents is twenty times slower.
    """
    if depth and isinstance(value, dict) and value:
        parts = (f"{compact_json(key)}: {laid_out(part, depth - 1)}" for key, part in value.items())
        return "{\n" + ",\n".join(parts) + "\n}"
    if depth and isinstance(value, list) and value:
        return "[\n" + ",\n".join(laid_out(part, max(depth - 2, 0)) for part in value) + "\n]"
    return compact_json(value)
