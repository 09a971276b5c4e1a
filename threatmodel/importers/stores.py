"""A state that steps share, as stores: who writes and who reads what, as few of them as say it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from threatmodel.importers.statements import Node

ANY = "*"
"""Stands for every key."""


class Use(NamedTuple):
    """What a step reads and writes."""

    reads: frozenset[str]
    """Keys, or `ANY`."""
    writes: frozenset[str]
    """Keys, or `ANY`."""


NOTHING = Use(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class SharedState:
    """A state that steps share."""

    node: Node
    """Where it stands."""
    uses: Mapping[str, Use]
    """Step -> what it reads and writes."""
    wordless: frozenset[str]
    """Keys that hold no text, such as a count or a yes or no: nothing travels in them."""


class Kept(NamedTuple):
    """Keys that the same parts hand each other."""

    keys: tuple[str, ...]
    """The keys; empty for all that there are."""
    writers: frozenset[str]
    """Parts that write one of them."""
    readers: frozenset[str]
    """Parts that read one of them."""


def kept(state: SharedState, parts_of: Callable[[str], Collection[str]]) -> list[Kept]:
    """Give who hands what to whom by a state.

    Keys are put together where nobody gets more by that: those with the same writers, and those
    with the same readers.

    Args:
        state: What the steps read and write.
        parts_of: The parts that a step belongs to; what a step of none reads it hands on in what
            it writes.
    """
    named = {key for use in state.uses.values() for keys in use for key in keys} - {ANY}
    keys = sorted(named - state.wordless) or [ANY]
    steps = {
        step: (_of(keys, use.reads), _of(keys, use.writes)) for step, use in state.uses.items()
    }
    writers: dict[str, set[str]] = {key: set() for key in keys}
    readers: dict[str, set[str]] = {key: set() for key in keys}
    for step, (reads, writes) in steps.items():
        for part in parts_of(step):
            for side, touched in ((readers, reads), (writers, writes)):
                for key in touched:
                    side[key].add(part)
    passing = [uses for step, uses in steps.items() if not parts_of(step)]
    _hand_on(passing, writers)
    rows = [Kept((key,), frozenset(writers[key]), frozenset(readers[key])) for key in keys]
    rows = _together(_together(rows, lambda row: row.writers), lambda row: row.readers)
    return [row._replace(keys=() if row.keys == (ANY,) else row.keys) for row in rows]


def _of(keys: Collection[str], used: Collection[str]) -> list[str]:
    return [key for key in keys if key in used or ANY in used]


def _hand_on(
    passing: Collection[tuple[Collection[str], Collection[str]]], writers: dict[str, set[str]]
) -> None:
    """Count who wrote what a step of no part reads as who writes what it writes from it."""
    changed = True
    while changed:
        changed = False
        for reads, writes in passing:
            came = {part for key in reads for part in writers[key]}
            for key in writes:
                changed |= not came <= writers[key]
                writers[key] |= came


def _together(rows: Iterable[Kept], by: Callable[[Kept], frozenset[str]]) -> list[Kept]:
    found: dict[frozenset[str], Kept] = {}
    for row in rows:
        found[by(row)] = _joined(found[by(row)], row) if by(row) in found else row
    return list(found.values())


def _joined(one: Kept, other: Kept) -> Kept:
    writers, readers = one.writers | other.writers, one.readers | other.readers
    return Kept((*one.keys, *other.keys), writers, readers)
