"""Faults of rule files, each with the place that a person must mend."""

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources.abc import Traversable
from pathlib import PurePath

from threatmodel.errors import AivssError, Location
from threatmodel.reading import read_tree
from threatmodel.reading.positions import Steps, Tree, Value

_NAME = re.compile(r"[\w.-]*\w")
_QUOTED = re.compile(r"'([^']*)'")
_ID, _WORD, _TEXT = 4, 1, 3
"""What it counts that a value stands under an id or a word of a complaint, or holds its name."""


def with_places(faults: Iterable[AivssError], files: Iterable[Traversable]) -> Iterator[AivssError]:
    """Give faults with their places, none twice.

    A check says what it looked at by names ("threat TH-L4-01, when: ..."): the place is the value
    under most of those names that also holds the name complained about, in the file that it names.
    """
    trees: list[Tree] = []
    told: set[str] = set()
    for fault in faults:
        if str(fault) in told:
            continue
        told.add(str(fault))
        if fault.where:
            yield fault
            continue
        trees = trees or [read_tree(file) for file in files]
        yield AivssError(fault.message, _place(fault.message, trees), fault.hint)


def _place(message: str, trees: Sequence[Tree]) -> Location | None:
    head, _, rest = message.partition(": ")
    about = frozenset(_NAME.findall(head))
    asked = frozenset(n for n in _NAME.findall(rest or head) if not (n.isalpha() or n.isdigit()))
    asked |= frozenset(_QUOTED.findall(rest))
    best, place = (0, 0), None
    for tree in [one for one in trees if _is_named(one, about)] or trees:
        for path, names, text in _values(tree.value):
            keys = [name for name in names if name in about]
            score = sum(_WORD if key.isalpha() else _ID for key in keys)
            if text and not asked.isdisjoint((text, *_NAME.findall(text))):
                score += _TEXT
            if score and (score, -len(path)) > best:  # of equal ones what stands higher up
                best, place = (score, -len(path)), tree.places.of(path)
    return place


def _is_named(tree: Tree, about: frozenset[str]) -> bool:
    top = tree.places.of(())
    return top is not None and PurePath(top.path).name in about


Walked = tuple[Steps, tuple[str, ...], str]
"""A value's way, the names on it, and its text where it has one."""


def _values(value: Value, path: Steps = (), names: tuple[str, ...] = ()) -> Iterator[Walked]:
    """Walk a file from the top; an item of a list goes by its `id`."""
    yield path, names, value if isinstance(value, str) else ""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _values(inner, (*path, key), (*names, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            named = (str(inner["id"]),) if isinstance(inner, dict) and "id" in inner else ()
            yield from _values(inner, (*path, number), (*names, *named))
