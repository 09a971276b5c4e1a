"""What an unquoted word of YAML means: YAML 1.2.2, section 10.3.2 (core schema)."""

import re

from threatmodel.errors import short

MAX_DIGITS = 64
"""Longest whole number; longer ones are identifiers that want quotes."""

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

# Looked at first: most words are no numbers, and are settled without a pattern.
_NUMBER_STARTS = frozenset("+-.0123456789")

_WHOLE = re.compile(r"[-+]?[0-9]+")

_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")

# `1.` and `.5` are numbers, `1_000` is none: YAML 1.2 has no underscores.
_BROKEN = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def resolve_scalar(text: str) -> str | int | float | bool | None:
    """Resolve an unquoted scalar; `no`, `on`, `1:30` and dates are text.

    Raises:
        ValueError: For infinities, not-a-number and whole numbers of over 64 digits.
    """
    if text[:1] not in _NUMBER_STARTS:
        return _WORDS.get(text, text)
    if _WHOLE.fullmatch(text):
        return _whole(text, 10)
    if _BROKEN.fullmatch(text):
        return _finite(text)
    if _OTHER_BASE.fullmatch(text):
        return _whole(text, 8 if text[1] == "o" else 16)
    if _NO_NUMBER.fullmatch(text):
        raise ValueError(f"{text} is not a number that can be used")
    return text


def _whole(text: str, base: int) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a whole number of more than {MAX_DIGITS} digits cannot be used")
    return int(text, base)


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"{short(text)} is too large a number")
    return number
