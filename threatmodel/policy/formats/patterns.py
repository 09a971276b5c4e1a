"""Patterns that say "anything but these words", or "only reads", where no engine looks around.

Each is built from a tree of the words: at every letter either the text leaves the tree, and the
rest is free, or it goes on inside it; a word of the list is where it may not end.
"""

from collections.abc import Iterable, Mapping
from string import ascii_lowercase

from threatmodel.rules.recommended import Shapes

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_IN_PATH = "[^\\\\ \x01-\x1f\x7f?#]"
_IN_FRAGMENT = "[^\\\\ \x01-\x1f\x7f]"
# A query has no `@`, and one `=` in each of its parts, which only a short name may end with: what
# is padded is encoded. Neither stands there in hexadecimal, nor `%`, which would write it twice so.
_PLAIN = "[^\\\\ \x01-\x1f\x7f#&;=@%]"
_HEX = "%(?:[015-9A-Fa-f][0-9A-Fa-f]|2[0-46-9A-Fa-f]|3[0-9A-CE-Fa-ce-f]|4[1-9A-Fa-f])"
_SIGN = f"(?:{_PLAIN}|{_HEX})"
# What is sent off in an address mostly stands under such a name; one written with `%` is let be.
_TELLING = (
    "access_token",
    "api_key",
    "apikey",
    "d",
    "data",
    "exfil",
    "leak",
    "otp",
    "passwd",
    "password",
    "payload",
    "secret",
    "stolen",
    "token",
)
_IN_KEY = "A-Za-z0-9_.~!$'()*+,:/?|^{}<>\\[\\]\"-"

Tree = dict[str, "Tree"]


def word_other_than(words: Iterable[str]) -> str:
    """Match words of letters and digits, joined by a few signs, none of them one of `words`.

    A capital or a digit behind a word ends it: `deleteAll` and `prod2` begin with one, `deleted`
    does not. Rooms and people are written with a sign in front (`!room:host`, `#general`, `@all`),
    which makes no other word of them.
    """
    word = _outside(_tree(words), "A-Za-z0-9", "0-9", ends=True)
    return f"^[_!#@]?{word}(?:(?:[_ ./@-]|::?|, ?){word})*$"


_PLACES = ("refs/heads/", "heads/", "origin/", "refs/remotes/origin/")


def ref_other_than(names: Iterable[str]) -> str:
    """Match the name of a branch, tag or commit that is no option and none of `names`.

    Nor one of them with the place in front that it may be called by as well.
    """
    every = [f"{place}{name}" for name in names for place in ("", *_PLACES)]
    return f"^{_other_than(every, first='A-Za-z0-9', rest='A-Za-z0-9._/@~-')}$"


_NOT_IN_NAME = "*?,;|$%'\"`\\\\{}\\[\\]<>\n\r\t"


def one_name() -> str:
    """Match one name, or the beginning of names with three letters and a star.

    No list, no wildcard over all, no option, and nothing that begins like a name of the system's.
    """
    first = f"[^{_NOT_IN_NAME} ._-]"
    rest = f"[^{_NOT_IN_NAME}]"
    return rf"^{first}(?:{rest}*|{rest}{{2,}}\*)$"


_BYTE = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IN_PRIVATE = rf"(?:10\.{_BYTE}|172\.(?:1[6-9]|2[0-9]|3[01])|192\.168)\.{_BYTE}\.{_BYTE}"


def own_host(inner_names: Iterable[str]) -> str:
    """Match a machine of a private network, or at most 256 of them that lie beside each other.

    By an address of RFC 1918, with the width of a network or the end of a range behind it, or by a
    name that ends like those inside; neither option nor list, nor the machine that asks.
    """
    outside = {"localhost", "localdomain", "invalid", "onion"}
    last = "|".join(name for name in inner_names if name not in outside)
    several = rf"(?:/(?:2[4-9]|3[0-2])|-{_BYTE})?"
    return rf"^(?:{_IN_PRIVATE}{several}|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{last}))$"


def _other_than(words: Iterable[str], *, first: str = "", rest: str = "A-Za-z") -> str:
    """Match a word that is none of `words`, not anchored.

    `first` and `rest` are the characters it may begin with and go on with, as in brackets; without
    `first` it begins with a letter.
    """
    also = first.replace("A-Za-z", "")
    return _outside(_tree(words), rest, also)


def public_url(inner_names: Iterable[str]) -> str:
    """Match an http address on a name outside the own network: no number, no inner name.

    Its query carries neither a mail address nor a padded block of base64, encoded or not, and
    nothing under a name such as `data` or `leak`.
    """
    last = _other_than(inner_names)
    key = _other_than(_TELLING, first=_IN_KEY, rest=_IN_KEY)
    part = f"(?:{_PLAIN}{{1,20}}=|{_SIGN}*|(?:{key}|{_PLAIN}*{_HEX}{_SIGN}*)={_SIGN}+)"
    query = rf"(?:[?&;]{part})*"  # a path has no `?`, so that the first sign is one
    start = rf"^[Hh][Tt][Tt][Pp][Ss]?://(?:{_LABEL}\.)+{last}(?::[0-9]{{1,5}})?"
    return rf"{start}(?:/{_IN_PATH}*)?{query}(?:#{_IN_FRAGMENT}*)?$"


def _tree(words: Iterable[str]) -> Tree:
    top: Tree = {}
    for word in words:
        here = top
        for letter in word.lower():
            here = here.setdefault(letter, {})
        here["$"] = {}
    return top


def _outside(
    tree: Mapping[str, Tree], rest: str, also: str, *, first: bool = True, ends: bool = False
) -> str:
    """Match what may still follow so that the whole is no word of the tree.

    With `ends`, only a small letter leads on from a word of the tree to another word.
    """
    letters = sorted(letter for letter in tree if letter != "$")
    ended = ends and "$" in tree
    more = "" if ended else _without(also if first else rest.replace("A-Za-z", ""), letters)
    free = f"[{_others(letters, small=ended)}{more}][{rest}]*"
    inside = [
        (f"[{letter}]" if ended else _either(letter))
        + _outside(tree[letter], rest, also, first=False, ends=ends)
        for letter in letters
    ]
    may_end = not first and "$" not in tree
    return f"(?:{'|'.join([free, *inside])}){'?' if may_end else ''}"


def _without(signs: str, taken: Iterable[str]) -> str:
    """Take signs of words out of a list of signs; digits are a range in it, a dash is last."""
    left = signs.replace("0-9", _DIGITS)
    for sign in taken:
        left = left.replace(sign, "")
    return left.replace(_DIGITS, "0-9")


def _either(letter: str) -> str:
    """Match a letter in both cases, or a sign as it is."""
    return f"[{letter.upper()}{letter}]" if letter.isalpha() else f"[{letter}]"


_DIGITS = "0123456789"


def _others(letters: Iterable[str], *, small: bool) -> str:
    """Write the letters that are not in the list as ranges, in both cases unless `small`."""
    taken, ranges = set(letters), list[str]()
    for letter in ascii_lowercase:
        if letter in taken:
            continue
        if ranges and ord(ranges[-1][-1]) + 1 == ord(letter):
            ranges[-1] = f"{ranges[-1][0]}-{letter}"
        else:
            ranges.append(letter)
    lower = "".join(ranges)
    return lower if small else lower + lower.upper()


# The shape of a statement that only reads, for engines that match text and cannot parse it.
#
# One statement of known first words, made of tokens that are told apart without looking ahead: a
# parenthesis opens only after an operator, a keyword or a function of the list, so that no other
# function can be called; words that write, lock or run are not among the words. What reads by this
# shape can still see all that its account may see, and a view or an operator of the database's own
# may do more than it shows: only a role that cannot write closes that.

_SPACE = r"[ \t\r\n]"
_OPENS = rf"(?:{_SPACE}*\()"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?\b"


def read_statement(kinds: Iterable[str], shapes: Shapes) -> str:
    """Match one statement that begins with a word of `kinds` and only reads."""
    first = "|".join(rf"{_SPACE}+".join(map(_caseless, kind.split())) for kind in kinds)
    word = rf"\b{_other_than(shapes.not_reading, rest='A-Za-z0-9_', first='A-Za-z_')}\b"
    calls = "|".join(map(_caseless, (*shapes.before_parentheses, *shapes.harmless_calls)))
    tokens = "|".join(
        (
            _SPACE,  # one at a time: a run of them is matched in one way
            rf"\b(?:{calls})\b{_OPENS}+",
            rf"{word}(?:\.(?:[A-Za-z_][A-Za-z0-9_]*\b|\*))*",
            _NUMBER,
            r"\$[0-9]{1,3}\b|\?",
            # What follows is part of it: two of them side by side would hide a text in dollars.
            rf"\$[A-Za-z_][A-Za-z0-9_]{{0,60}}(?:{_SPACE}|[,)]|$)",
            r"'[^'\\]*'",
            '"[A-Za-z0-9_ .-]*"',
            "`[A-Za-z0-9_ .-]*`",
            r"\[[A-Za-z0-9_ .-]*\]",
            rf"->>?|[,=<>!+*%|&:~^]{_OPENS}*",
            rf"[-/](?:{_SPACE}|{_NUMBER}|\()",
            r"\)(?:\.[A-Za-z_][A-Za-z0-9_]*\b)*",
        )
    )
    return rf"^{_SPACE}*(?:{first})(?:{_OPENS}|\b)(?:{tokens})*;?{_SPACE}*$"


def _caseless(word: str) -> str:
    return "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in word.lower())
