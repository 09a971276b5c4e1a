"""The shape of a statement that only reads, for engines that match text and cannot parse it.

One statement of known first words, made of tokens that are told apart without looking ahead: a
parenthesis opens only after an operator, a keyword or a function of the list, so that no other
function can be called; words that write, lock or run are not among the words. What reads by this
shape can still see all that its account may see, and a view or an operator of the database's own
may do more than it shows: only a role that cannot write closes that.
"""

from collections.abc import Iterable

from threatmodel.policy.formats.patterns import other_than
from threatmodel.rules.recommended import Shapes

_SPACE = r"[ \t\r\n]"
_OPENS = rf"(?:{_SPACE}*\()"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?\b"


def read_statement(kinds: Iterable[str], shapes: Shapes) -> str:
    """Match one statement that begins with a word of `kinds` and only reads."""
    first = "|".join(rf"{_SPACE}+".join(map(_caseless, kind.split())) for kind in kinds)
    word = rf"\b{other_than(shapes.not_reading, rest='A-Za-z0-9_', first='A-Za-z_')}\b"
    calls = "|".join(map(_caseless, (*shapes.before_parentheses, *shapes.harmless_calls)))
    tokens = "|".join(
        (
            rf"{_SPACE}+",
            rf"\b(?:{calls})\b{_OPENS}+",
            rf"{word}(?:\.(?:[A-Za-z_][A-Za-z0-9_]*\b|\*))*",
            _NUMBER,
            r"\$[0-9]{1,3}\b|\?",
            r"'[^'\\]*'",
            '"[A-Za-z0-9_ .-]*"',
            "`[A-Za-z0-9_ .-]*`",
            r"\[[A-Za-z0-9_ .-]*\]",
            rf"->>?|[,=<>!+*%|&:~^]{_OPENS}*",
            rf"[-/](?:{_SPACE}|{_NUMBER}|\()",
            r"\)",
        )
    )
    return rf"^{_SPACE}*(?:{first})(?:{_OPENS}|\b)(?:{tokens})*;?{_SPACE}*$"


def _caseless(word: str) -> str:
    return "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in word.lower())
