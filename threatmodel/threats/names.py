"""Names and lists inside sentences: hostile names made plain, long lists cut with a count."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

LONGEST_NAME = 60
"""Characters of a name that are shown."""

LONGEST_WORDS = 120
"""Characters of other words of a description that are shown."""

SHOWN = 3
"""Names listed before the rest is counted; one more is listed rather than counted."""

# Signs inside, or a hump, tell a name from a word: `create_user` needs no quotes, `create` does.
_TELLING = re.compile(r"(?=.*(?:[-_./:0-9]|[a-z][A-Z]))[A-Za-z_][A-Za-z0-9_./:-]*[A-Za-z0-9]")
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"})
# Sentences about one agent say `this agent`; in a system that could be any member.
_UNNAMED = re.compile(r"\b[Tt]his (?:agent|server|skill)\b")
_ARTICLES = ("the ", "a ", "an ", "its ", "their ", "one ", "each ", "every ")


def in_sentence(text: str, longest: int = LONGEST_WORDS) -> str:
    """Make words of a description fit for a sentence.

    Control, direction and odd space characters become single spaces, closing full stops go, and
    what is longer than `longest` characters is cut with an ellipsis.
    """
    short = text[: 4 * longest]
    if not short.isascii() or not short.isprintable():
        short = "".join(" " if unicodedata.category(c) in _HIDDEN else c for c in short)
    short = " ".join(short.split()).rstrip(" .;,:")
    return short if len(short) <= longest else f"{short[: longest - 1].rstrip()}…"


@lru_cache(maxsize=4096)  # many sentences about one agent name the same few tools
def named(name: str) -> str:
    """Write the name of a tool or argument, quoted where it could be taken for prose."""
    short = in_sentence(name, LONGEST_NAME).replace("`", "'")
    return short if _TELLING.fullmatch(short) else f"`{short}`"


def with_article(name: str) -> str:
    """Put `the` before a name that has no article."""
    return name if name.lower().startswith(_ARTICLES) else f"the {name}"


def joined(words: Iterable[object], last: str = "and") -> str:
    """Join all as in a sentence: `a, b and c`."""
    *before, end = [str(word) for word in words] or [""]
    return f"{', '.join(before)} {last} {end}" if before else end


def listed(
    names: Sequence[str],
    shown: int = SHOWN,
    *,
    word: str = "and",
    rest: str = "more",
    each: Callable[[str], str] = str,
) -> str:
    """List names in a sentence: `a`, `a and b`, `a, b and c`, `a, b, c and 7 more`.

    `rest` is what those that are not shown are called. `each` writes a name; it is only asked for
    those that are shown.
    """
    if len(names) > shown + 1:
        said = ", ".join(each(name) for name in names[:shown])
        return f"{said} {word} {len(names) - shown} {rest}"
    written = [each(name) for name in names]
    return f" {word} ".join(filter(None, (", ".join(written[:-1]), *written[-1:])))


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Give each name once, in order."""
    return tuple(dict.fromkeys(name for name in names if name))


def naming(text: str, member: str) -> str:
    """Put a member's name in the place of `this agent`, `this server` and `this skill`."""
    name = in_sentence(member, LONGEST_NAME)
    return _UNNAMED.sub(lambda _: name, text)
