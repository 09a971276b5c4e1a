"""What a text must hold for a pattern to fit: most patterns need not be tried on most texts."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

Need = frozenset[str]
"""Runs of letters, of which one must be part of a word of the text; a blank is a word's edge."""

_EDGE, _GAP = " ", ""
_Item = str | list["_Sequence"]
_Sequence = list[_Item]
"""Letters, edges, gaps that may hold anything, and groups of alternatives."""

_SHORTEST = 3
"""Signs below which nearly every text holds a run."""

_SIGN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!])?)?|.", re.DOTALL)
_REPEAT = re.compile(r"(?:([*?])|[+]|\{(\d*)(?:,\d*)?\})\??")
_NOT_A_LETTER = frozenset((r"\b", r"\s", r"\d", r"\W", r"\n", r"\t", "^", "$"))
_ANYTHING = frozenset((r"\w", r"\S", r"\D", r"\B", "."))


def needs_of(pattern: str) -> tuple[Need, ...]:
    """Read off a pattern what each text needs that it fits; none: any text may.

    Texts are in lower case, and a word is a run of the letters a to z. Raises ValueError for signs
    of regular expressions that rules have no use for.
    """
    reader = _Reader(pattern)
    return tuple(dict.fromkeys(_of_either(reader.alternatives(), left=False, right=False)))


def beginning(pattern: str) -> str:
    r"""Give the `\b` or `^` that whatever fits a pattern begins with; empty where none is."""
    alone = len(_Reader(pattern).alternatives()) == 1
    return next((sign for sign in (r"\b", "^") if alone and pattern.startswith(sign)), "")


class _Reader:
    """Reads a pattern, sign by sign."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def alternatives(self) -> list[_Sequence]:
        """Read up to the end of a group or of the pattern."""
        found: list[_Sequence] = [[]]
        while self.at < len(self.pattern) and self.pattern[self.at] != ")":
            if self.pattern[self.at] == "|":
                self.at += 1
                found.append([])
            else:
                found[-1].extend(self._repeated(self._item()))
        return found

    def _item(self) -> _Item | None:
        """Read one sign, class or group; None for what only looks ahead or back."""
        sign = _SIGN.match(self.pattern, self.at).group()  # type: ignore[union-attr]
        self.at += len(sign)
        if sign.startswith("("):
            inside = self.alternatives()
            self.at += 1
            if sign == "(?":
                raise ValueError(f"groups other than (?:...) are not read: {self.pattern}")
            return inside if sign in ("(", "(?:") else None
        if sign in _ANYTHING or sign.startswith("["):
            return _GAP
        if "a" <= sign <= "z":
            return sign
        if sign.startswith("\\") and sign[1].isalnum() and sign not in _NOT_A_LETTER:
            raise ValueError(f"{sign} is not read: {self.pattern}")
        return _EDGE

    def _repeated(self, item: _Item | None) -> Iterator[_Item]:
        """Tell what may be missing from what is there, and may be there again."""
        repeat = _REPEAT.match(self.pattern, self.at)
        if repeat is not None:
            self.at = repeat.end()
        if item is None:
            return
        if repeat is None:
            yield item
            return
        if not repeat[1] and (repeat[2] is None or int(repeat[2] or 0)):
            yield item
        if item != _EDGE or repeat[1]:
            yield _GAP


def _of_sequence(sequence: _Sequence, *, left: bool, right: bool) -> Iterator[Need]:
    """Give all that a sequence needs; `left` and `right` tell whether a word begins and ends there.

    A run is told where something else than a letter ends it.
    """
    run = _EDGE if left else _GAP
    following = chain(sequence[1:], [_EDGE if right else _GAP])
    for item, after in zip(sequence, following, strict=True):
        if isinstance(item, list):
            yield from _told(run)
            yield from _of_either(item, left=run == _EDGE, right=after == _EDGE)
            run = _GAP
        elif item not in (_EDGE, _GAP):
            run += item
        else:
            yield from _told(run + item)
            run = item
    yield from _told(run + (_EDGE if right else _GAP))


def _told(run: str) -> Iterator[Need]:
    if len(run) >= _SHORTEST and run.strip():
        yield frozenset((run,))


def _of_either(sequences: Iterable[_Sequence], *, left: bool, right: bool) -> Iterator[Need]:
    """Join what alternatives need: of each the need that fewest texts meet."""
    every = [list(_of_sequence(one, left=left, right=right)) for one in sequences]
    if len(every) == 1:
        yield from every[0]
    elif all(every):
        yield frozenset().union(*(min(needs, key=commonness) for needs in every))


def commonness(need: Need) -> tuple[int, int]:
    """Order needs so that those which fewest texts meet come first: long runs, and few."""
    return -min(map(len, need)), len(need)
