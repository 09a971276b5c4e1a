"""Inflected forms of English verbs, made from their base form."""

from collections.abc import Iterable

_VOWELS = "aeiou"
_DOUBLES = frozenset(
    (
        "run",
        "set",
        "put",
        "get",
        "stop",
        "drop",
        "scan",
        "plan",
        "ship",
        "swap",
        "tag",
        "pin",
        "log",
        "commit",
        "submit",
        "cancel",
        "label",
        "rebuild",
        "trim",
        "crop",
        "strip",
        "wipe",
        "cut",
        "step",
        "wrap",
        "map",
        "zip",
        "unzip",
        "tap",
        "drag",
        "bid",
        "tip",
        "refer",
        "transfer",
        "star",
        "ban",
    ),
)


def verb_forms(words: Iterable[str]) -> dict[str, str]:
    """Map every form of some verbs (one word or more, the first is inflected) to its base."""
    forms: dict[str, str] = {}
    for word in words:
        first, _, rest = word.partition(" ")
        tail = f" {rest}" if rest else ""
        for form in (third(first), gerund(first)):
            forms.setdefault(form + tail, word)
    return forms | {word: word for word in words}


def third(verb: str) -> str:
    """Give the third person: copies, pushes, lists."""
    if verb.endswith("y") and len(verb) > 1 and verb[-2] not in _VOWELS:
        return verb[:-1] + "ies"
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    return verb + "s"


def gerund(verb: str) -> str:
    """Give the -ing form: copying, making, stopping."""
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye", "be")):
        return verb[:-1] + "ing"
    if verb in _DOUBLES:
        return verb + verb[-1] + "ing"
    return verb + "ing"
