"""Phrases in a tool's texts: what they say about the tool, and attempts to steer the model."""

import re
from collections.abc import Iterable

from threatmodel.classify.cues import WORD, Cue, CuePattern, compiled
from threatmodel.classify.result import Clue, ClueSource
from threatmodel.classify.rules import ClassRules

_CUE_CHARACTERS = 4000
_EXCERPT = 120
# `but` after a comma begins a clause with a verb of its own, which no `not` before it denies.
_CLAUSE_START = re.compile(r"[.;:!?\n]|, (?:but|unless|which)\b")
# Joiners and the sign that picks a coloured glyph: invisible, and part of ordinary spelling.
_JOINERS = re.compile(r"[\u200c\u200d\ufe0f]")

Text = tuple[ClueSource, str, str]
"""Source, pointer and text of one part of a definition."""


def find_cues(description: str | None, rules: ClassRules) -> dict[str, Clue]:
    """Find the phrases that say something about the whole tool, by cue id."""
    if not description:
        return {}
    # Bounded, since a definition comes from a server: the time for patterns grows with the text.
    text = _plain(description[:_CUE_CHARACTERS])
    found: dict[str, Clue] = {}
    for cue, phrases in rules.cues.likely(text).items():
        match = _match(cue, phrases, text, rules)
        if match is not None:
            found[cue.id] = Clue("description", "description", _cut(match.group()), cue.says)
    return found


def find_steering(texts: Iterable[Text], rules: ClassRules) -> tuple[Clue, ...]:
    """Find text that speaks to the model, and characters that people do not see."""
    parts = tuple(texts)
    # Once over all texts joined: only the few patterns that fit somewhere are sought text by text.
    whole = "\n".join([text for _, _, text in parts])
    lower = _plain(whole)
    likely = rules.steering.likely(lower)
    cues = {one: tried for one, tried in likely.items() if _match(one, tried, lower, rules)}
    hides = compiled(rules.invisible).search(whole) is not None
    found: list[Clue] = []
    for source, pointer, text in parts if cues or hides else ():
        lower = _plain(text)
        for cue, phrases in cues.items():
            match = _match(cue, phrases, lower, rules)
            if match is not None:
                found.append(Clue(source, pointer, _around(text, match), cue.says))
        found.extend(_invisible(source, pointer, text, rules))
    return tuple(found)


def _plain(text: str) -> str:
    return text.lower().replace("’", "'")


def _match(
    cue: Cue, phrases: Iterable[CuePattern], text: str, rules: ClassRules
) -> re.Match[str] | None:
    """Find the first match; of two at one place that of the first pattern."""
    at = 0
    while True:
        found = [match for phrase in phrases if (match := phrase.search(text, at)) is not None]
        if not found:
            return None
        match = min(found, key=re.Match.start)
        if not cue.plain or not _set_aside(text, match.start(), rules):
            return match
        at = match.end()


def _set_aside(text: str, at: int, rules: ClassRules) -> bool:
    """Tell whether the clause before a place is negated, conditional or about another tool."""
    before = text[max(0, at - 90) : at]
    starts = [match.end() for match in _CLAUSE_START.finditer(before)]
    words = WORD.findall(before[starts[-1] :] if starts else before)
    if not rules.grammar.negations.isdisjoint(words):
        return True
    return bool(words) and words[0] in rules.grammar.conditionals


def _invisible(source: ClueSource, pointer: str, text: str, rules: ClassRules) -> list[Clue]:
    # Nearly all texts, and none of them can hide a character.
    if text.isascii() and text.isprintable():
        return []
    found: dict[str, Clue] = {}
    for match in compiled(rules.invisible).finditer(text):
        if _belongs(text, match):
            continue
        code = ord(match.group())
        says = next(says for first, last, says in rules.invisible_says if first <= code <= last)
        shown = _around(text, match).replace(match.group(), f"<U+{code:04X}>")
        found.setdefault(says, Clue(source, pointer, _cut(shown), says))
    return list(found.values())


def _belongs(text: str, match: re.Match[str]) -> bool:
    """Tell joiners inside emoji and non-Latin words, where they are spelling."""
    around = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
    return _JOINERS.match(match.group()) is not None and all(c and not c.isascii() for c in around)


def _around(text: str, match: re.Match[str]) -> str:
    start = max(0, match.start() - 20)
    return _cut(text[start : max(match.end(), start + _EXCERPT)])


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _EXCERPT else plain[: _EXCERPT - 1] + "…"
