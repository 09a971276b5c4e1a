"""Phrases that cues are made of; of all of them the few that may fit a text."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

_MOST_KEPT = 50_000
"""Words remembered; servers could send any number of them."""
_KEY = 3
"""Letters of a run by which it is found; none is shorter."""

WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_PLAIN = b"abcdefghijklmnopqrstuvwxyz'"
_PARTED = bytes(code if code in _PLAIN else ord(" ") for code in range(256))


def words_of(text: str) -> set[str]:
    """Give the words of a text in lower case, as `WORD` finds them, in a third of the time."""
    words = set(text.encode("ascii", "replace").translate(_PARTED).decode().split())
    if "'" in text:
        for word in [one for one in words if "'" in one]:
            words.remove(word)
            words.update(WORD.findall(word))
    return words


class Cue(NamedTuple):
    """Phrases to look for in a text."""

    id: str
    says: str
    plain: bool
    """Whether negated and conditional clauses are left out."""


_EDGE = re.compile(r"\b")


class CuePattern(NamedTuple):
    """A pattern parted from how it begins.

    Without the edge of a word `re` looks for first letters only, which takes half the time.
    """

    pattern: str
    begins: str
    r"""`\b` at the edge of a word, `^` with the text, empty anywhere."""

    def search(self, text: str, at: int) -> re.Match[str] | None:
        """Find the first match from a place on."""
        pattern = compiled(self.pattern)
        if self.begins == "^":
            return None if at else pattern.match(text)
        match = pattern.search(text, at)
        while match is not None and self.begins and not _EDGE.match(text, match.start()):
            match = pattern.search(text, match.start() + 1)
        return match


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed."""
    return re.compile(pattern)


class Hints(NamedTuple):
    """What a word of a text tells."""

    met: int
    """The needs that it meets, a bit each."""
    places: tuple[int, ...]
    """Patterns to look at."""


class Cues:
    """Cues, found by what their patterns need: `rules/needs.py` says what that is."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Index rows of the compiled rules."""
        self._phrases: list[tuple[Cue, CuePattern, int]] = []
        self._always: list[int] = []
        self._of_need: dict[int, list[int]] = {}
        self._runs: dict[str, list[tuple[str, int]]] = {}
        self._words: dict[str, list[int]] = {}
        self._known: dict[str, Hints | None] = {}
        needs: dict[str, int] = {}
        named: dict[str, int] = {}
        for row in rows:
            cue = Cue(row["id"], row["says"], row.get("plain", False))
            near = [named.setdefault(one, len(needs) + len(named)) for one in row.get("near", ())]
            for pattern, begins, *runs in row["patterns"]:
                own = [needs.setdefault(one, len(needs) + len(named)) for one in runs]
                # By the first alone, which fewest texts meet.
                places = self._of_need.setdefault(own[0], []) if own else self._always
                places.append(len(self._phrases))
                self._phrases.append((cue, CuePattern(pattern, begins), _joined((*own, *near))))
        for need, bit in needs.items():
            for run in need.split("|"):
                self._runs.setdefault(run[:_KEY], []).append((run, bit))
        for words, bit in named.items():
            for word in words.split("|"):
                self._words.setdefault(word, []).append(bit)

    def likely(self, text: str) -> dict[Cue, list[CuePattern]]:
        """Give the phrases that may fit a text in lower case, by their cue; both in order."""
        if len(self._known) >= _MOST_KEPT:
            # Not emptied: another thread may be reading a text with it.
            self._known = {}
        known = self._known
        met, places = 0, {*self._always}
        for word in words_of(text):
            if word not in known:
                known[word] = self._learnt(word)
            if hints := known[word]:
                met |= hints.met
                places.update(hints.places)
        lacking, phrases = ~met, self._phrases
        found: dict[Cue, list[CuePattern]] = {}
        for place in sorted([place for place in places if not phrases[place][2] & lacking]):
            cue, phrase, _ = phrases[place]
            found.setdefault(cue, []).append(phrase)
        return found

    def _learnt(self, word: str) -> Hints | None:
        """Give what a word tells; it is remembered, as texts are made of the same words."""
        bits = {*self._words.get(word, ())}
        text = f" {word} ".replace("'", " ")
        for at in range(len(text) - _KEY + 1):
            for run, bit in self._runs.get(text[at : at + _KEY], ()):
                if text.startswith(run, at):
                    bits.add(bit)
        places = (place for bit in bits for place in self._of_need.get(bit, ()))
        return Hints(_joined(bits), tuple(places)) if bits else None


def _joined(bits: Iterable[int]) -> int:
    return sum({1 << bit for bit in bits})
