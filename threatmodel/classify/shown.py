"""Rules over features: what is shown when all, some or none of certain features are there."""

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

from threatmodel.classify.reading import Clue, ClueSource

Id = TypeVar("Id", str, int)

Raw = tuple[ClueSource, str, str, str]
"""The parts of a clue; most features show nothing, so that few clues are made."""

Features = Mapping[str, Clue | Raw]
"""Feature -> clue; keys such as `verb:delete`, `on:file`, `arg:url`, `says:web`."""


class Case(NamedTuple):
    """One alternative of a rule over features."""

    every: frozenset[str]
    """Features that must all be there."""

    some: frozenset[str]
    """Features of which one must be there; empty: no demand."""

    none: frozenset[str]
    """Features that must be absent."""


class Table(NamedTuple, Generic[Id]):
    """Rules over features, found by the features that can set them off."""

    rows: tuple[tuple[Id, Case], ...]
    """What each case shows, in order."""

    by_feature: dict[str, tuple[int, ...]]
    """Places of the cases that need a feature."""


def shown(table: Table[Id], features: Features) -> dict[Id, tuple[Clue, ...]]:
    """Apply a table: what is shown, in its order, each with the clues of its first case."""
    names = features.keys()
    by_feature = table.by_feature
    candidates: set[int] = set()
    for name in names & by_feature.keys():
        candidates.update(by_feature[name])
    found: dict[Id, tuple[Clue, ...]] = {}
    for place in sorted(candidates):
        key, case = table.rows[place]
        if key not in found and case.every <= names and case.none.isdisjoint(names):
            clues = _clues(case, features)
            if clues:
                found[key] = clues
    return found


def _clues(case: Case, features: Features) -> tuple[Clue, ...]:
    some = sorted(case.some & features.keys())
    if case.some and not some:
        return ()
    return tuple(dict.fromkeys(clue_at(features, key) for key in (*some, *sorted(case.every))))


def clue_at(features: Features, key: str) -> Clue:
    """Give the clue of a feature that is there."""
    found = features[key]
    return found if isinstance(found, Clue) else Clue(*found)
