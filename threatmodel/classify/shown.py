"""Rules over features: what is shown when all, some or none of certain features are there."""

from collections.abc import Iterable, Mapping

from threatmodel.classify.reading import Clue
from threatmodel.classify.rules import Shows

Features = Mapping[str, Clue]
"""Feature -> clue; keys such as `verb:delete`, `on:file`, `arg:url`, `says:web`."""


def shown(rules: Iterable[Shows], features: Features) -> dict[str, tuple[Clue, ...]]:
    """Apply rules: what is shown, each with its clues."""
    found: dict[str, tuple[Clue, ...]] = {}
    for rule in rules:
        clues = clues_of(rule, features)
        if clues and rule.id not in found:
            found[rule.id] = clues
    return found


def clues_of(rule: Shows, features: Features) -> tuple[Clue, ...]:
    """Give the clues of the first case that holds; none where no case does."""
    names = features.keys()
    for case in rule.cases:
        if case.every <= names and case.none.isdisjoint(names):
            some = sorted(case.some & names)
            if some or not case.some:
                return tuple(dict.fromkeys(features[key] for key in (*some, *sorted(case.every))))
    return ()
