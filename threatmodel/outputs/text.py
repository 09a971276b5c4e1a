"""Text that others wrote, made safe to print: hidden characters shown, long words cut."""

import re
from textwrap import wrap

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)

_NAME = re.compile(r"\S*[\w`][-_./][\w]|\S*[a-z][A-Z]|`")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def visible(text: str) -> str:
    """Show what would hide or reorder text as its code point: controls, bidi marks, tags."""
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


def listed(items: tuple[str, ...], last: str = "and") -> str:
    """Join as in a sentence: `a, b and c`."""
    if len(items) < 2:  # noqa: PLR2004
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


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
