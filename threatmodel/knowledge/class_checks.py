"""Checks of the classifier's rules: whatever they speak of exists, and is spoken of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from threatmodel.errors import InvalidFileError, Location, together

Rows = Mapping[str, Any]

_KINDS = frozenset(("on", "head", "tail", "about", "near", "offers", "text"))
_CLASSES = frozenset(("class", "base", "told", "lead", "choice", "nested", "router"))
_RULES = ("raises", "lowers", "brakes", "flags", "traits", "signals")
_STATES = frozenset(("soft", "tames", "stores", "plain_read"))
_BASES = frozenset(("name", "prose", "title", "loose", "choices", "hint", "nothing"))
_BARE = frozenset(("bulk", "router", "arg:none"))
_HINTS = frozenset(
    prefix + name
    for prefix in ("", "not_")
    for name in ("read_only", "destructive", "open_world", "idempotent")
)


def check_rows(rows: Rows) -> None:
    """Refuse rules that speak of unknown things; raises InvalidFileError or a group of them."""
    known = _known(rows)
    where = Location("frameworks/classes")
    faults = [
        InvalidFileError(f"{what} is unknown", where, "see the other files of this folder")
        for what in sorted({*_features(rows, known), *_narrowings(rows, known)})
    ]
    asked = {feature.partition(":")[2] for feature in _asked(rows)} | set(_narrowed(rows))
    idle = {row["kind"] for row in rows["nouns"] if not row.get("shields")} - asked
    faults += [
        InvalidFileError(f"no rule asks for the kind {kind}", where, "remove it, or let it shield")
        for kind in sorted(idle)
    ]
    if faults:
        raise together("frameworks/classes", faults)


def _known(rows: Rows) -> dict[str, frozenset[str]]:
    """Name what each kind of feature may speak of."""
    kinds = frozenset(row["kind"] for row in rows["nouns"])
    verbs = frozenset(row["id"] for row in rows["verbs"])
    classes = frozenset(row["id"] for row in rows["classes"])
    known = dict.fromkeys(_KINDS, kinds) | dict.fromkeys(_CLASSES, classes)
    known |= dict.fromkeys(("verb", "also", "named"), verbs)
    return known | {
        "word": frozenset(base for row in rows["verbs"] for base in _bases(row)),
        "arg": frozenset(row[key] for row in rows["roles"] for key in ("role", "as") if key in row),
        "says": frozenset(row["id"] for row in rows["cues"]),
        "flag": frozenset(row["id"] for row in rows["flags"]),
        "trait": frozenset(row["id"] for row in rows["traits"]),
        "base": classes | _STATES,
        "basis": _BASES,
        "hint": _HINTS,
    }


def _asked(rows: Rows) -> Iterator[str]:
    for part in _RULES:
        for row in rows[part]:
            for case in row["when"]:
                for features in case.values():
                    yield from features


def _features(rows: Rows, known: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for feature in _asked(rows):
        prefix, _, name = feature.partition(":")
        if feature not in _BARE and name not in known.get(prefix, ()):
            yield feature


def _narrowed(rows: Rows) -> Iterator[str]:
    for row in rows["verbs"]:
        for narrowing in row.get("objects", ()):
            for key in ("kinds", "head", "context", "unless", "none_of"):
                yield from narrowing.get(key, ())


def _narrowings(rows: Rows, known: Mapping[str, frozenset[str]]) -> Iterator[str]:
    yield from (f"kind {kind}" for kind in _narrowed(rows) if kind not in known["on"])
    for row in rows["verbs"]:
        words: Sequence[str] = [
            *row.get("soft", ()),
            *row.get("quiet", ()),
            *(word for entry in row.get("objects", ()) for word in entry.get("verb_words", ())),
        ]
        own = _bases(row)
        yield from (f"{word}, as a word of {row['id']}," for word in words if word not in own)


def _bases(row: Rows) -> frozenset[str]:
    return frozenset((*row["words"].values(), *row["nouns"].values()))
