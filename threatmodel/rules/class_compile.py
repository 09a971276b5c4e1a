"""Checks of the classifier's rules: whatever they speak of exists, and is spoken of."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from threatmodel.errors import AivssError, refuse, suggestion
from threatmodel.files import shipped
from threatmodel.reading import read
from threatmodel.reading.record import Record
from threatmodel.rules.classes import (
    ClassRecord,
    CueRecord,
    ForeignRecord,
    GrammarRecord,
    InvisibleRecord,
    Kind,
    NounRecord,
    RoleRecord,
    SettlesRecord,
    ShowsRecord,
    SignalRecord,
    SteeringRecord,
    VerbRecord,
    WeighRecord,
)
from threatmodel.rules.load import asked_features
from threatmodel.rules.needs import beginning, commonness, needs_of
from threatmodel.scales import ToolClass

Rows = Mapping[str, Any]

_KINDS = frozenset(("on", "head", "tail", "about", "near", "object", "offers", "opens", "text"))
_CLASSES = frozenset(("class", "base", "told", "lead", "choice", "nested", "router"))
_STATES = frozenset(("soft", "tames", "stores", "plain_read", "behind"))
_BASES = frozenset(("name", "prose", "title", "loose", "choices", "hint", "nothing"))
_BARE = frozenset(("bulk", "router", "arg:none", "opens_name"))
_HINTS = frozenset(
    prefix + name
    for prefix in ("", "not_")
    for name in ("read_only", "destructive", "open_world", "idempotent")
)


def check_rows(rows: Rows) -> None:
    """Refuse words of no verb and kinds that no rule asks for; raises AivssError or a group.

    What names a kind, a verb or a feature that does not exist is told by `links.py`.
    """
    faults = list(_strange_words(rows))
    asked = {feature.partition(":")[2] for feature in asked_features(rows)} | set(_narrowed(rows))
    idle = {row["kind"] for row in rows["nouns"] if not row.get("shields")} - asked
    faults += [
        AivssError(f"nouns: no rule asks for the kind '{kind}'", hint="remove it, or let it shield")
        for kind in sorted(idle)
    ]
    refuse(faults)


def known_features(rows: Rows) -> dict[str, frozenset[str]]:
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
        "flag": frozenset(row["id"] for part in ("flags", "brakes") for row in rows[part]),
        "trait": frozenset(row["id"] for row in rows["traits"]),
        "thin": frozenset(row["id"] for row in rows["plain"]),
        "base": classes | _STATES,
        "basis": _BASES,
        "hint": _HINTS,
    }


def is_feature(feature: str, known: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether a rule may ask for a feature, such as `on:file`."""
    prefix, _, name = feature.partition(":")
    return feature in _BARE or name in known.get(prefix, ())


def _narrowed(rows: Rows) -> Iterator[str]:
    for row in rows["verbs"]:
        for narrowing in row.get("objects", ()):
            for key in ("kinds", "head", "context", "unless", "none_of"):
                yield from narrowing.get(key, ())


def _strange_words(rows: Rows) -> Iterator[AivssError]:
    """Find words of two verbs, and words that a verb narrows or softens and does not have."""
    groups: dict[str, str] = {}
    for row in rows["verbs"]:
        for word in sorted(_bases(row)):
            if groups.setdefault(word, row["id"]) != row["id"]:
                message = f"verbs, {row['id']}: '{word}' is a word of {groups[word]} already"
                yield AivssError(message, hint="a word has one verb; narrow it with `objects`")
        words: Sequence[str] = [
            *row.get("soft", ()),
            *row.get("quiet", ()),
            *(word for entry in row.get("objects", ()) for word in entry.get("verb_words", ())),
        ]
        own = _bases(row)
        for word in sorted({*words} - own):
            message = f"verbs, {row['id']}: it has no word '{word}'"
            yield AivssError(message, hint=suggestion(word, own))


def _bases(row: Rows) -> frozenset[str]:
    return frozenset((*row["words"].values(), *row["nouns"].values()))


# Inflected forms of English verbs, made from their base form.

_VOWELS = "aeiou"


def verb_forms(words: Iterable[str], doubling: Collection[str]) -> dict[str, str]:
    """Map every form of some verbs (one word or more, the first is inflected) to its base.

    `doubling` are those that write their last letter twice before an ending.
    """
    forms: dict[str, str] = {}
    for word in words:
        first, _, rest = word.partition(" ")
        tail = f" {rest}" if rest else ""
        for form in (third(first), _gerund(first, doubling)):
            forms.setdefault(form + tail, word)
    return forms | {word: word for word in words}


def third(verb: str) -> str:
    """Give the third person: copies, pushes, lists."""
    if verb.endswith("y") and len(verb) > 1 and verb[-2] not in _VOWELS:
        return verb[:-1] + "ies"
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    return verb + "s"


def _gerund(verb: str, doubling: Collection[str]) -> str:
    """Give the -ing form: copying, making, stopping."""
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye", "be")):
        return verb[:-1] + "ing"
    if verb in doubling:
        return verb + verb[-1] + "ing"
    return verb + "ing"


# The files of the classifier's rules, as JSON rows with every word form worked out.

__all__ = ["ClassFile", "ToolClass", "class_rows", "read_class_files"]


class ClassFile(Record):
    """One file of frameworks/classes/."""

    classes: tuple[ClassRecord, ...] = ()
    """The classes, mildest first."""
    confidence: Annotated[dict[Kind, float], Field(default_factory=dict)]
    """How sure a reading is, by what it rests on."""
    grammar: GrammarRecord | None = None
    """Function words."""
    verbs: tuple[VerbRecord, ...] = ()
    """Groups of verbs."""
    foreign: tuple[ForeignRecord, ...] = ()
    """Verbs of other languages."""
    nouns: tuple[NounRecord, ...] = ()
    """Kinds of things."""
    roles: tuple[RoleRecord, ...] = ()
    """Roles of arguments; the first that fits holds."""
    settles: tuple[SettlesRecord, ...] = ()
    """Descriptions that change a role."""
    cues: tuple[CueRecord, ...] = ()
    """Phrases about the whole tool."""
    steering: tuple[SteeringRecord, ...] = ()
    """Phrases that steer the model."""
    invisible: tuple[InvisibleRecord, ...] = ()
    """Characters that people do not see."""
    raises: tuple[WeighRecord, ...] = ()
    """What makes a tool worse than its leading verb."""
    lowers: tuple[WeighRecord, ...] = ()
    """What makes it milder."""
    brakes: tuple[ShowsRecord, ...] = ()
    """What makes a tool one that stops harm."""
    owned: tuple[ShowsRecord, ...] = ()
    """What says that a tool's data is somebody's."""
    opened: tuple[ShowsRecord, ...] = ()
    """What says that anybody may have it."""
    flags: tuple[ShowsRecord, ...] = ()
    """Flags of a tool."""
    traits: tuple[ShowsRecord, ...] = ()
    """Facts that one tool can show."""
    otherwise: tuple[ShowsRecord, ...] = ()
    """Facts that hang on which of these it shows; they count, and no sentence asserts them."""
    plain: tuple[ShowsRecord, ...] = ()
    """What shows such a fact beyond doubt; a fact without an entry is never in doubt."""
    signals: tuple[SignalRecord, ...] = ()
    """Short phrases for readers."""


def class_rows(files: Iterable[ClassFile]) -> dict[str, Any]:
    """Join the files of frameworks/classes/ into JSON rows; raises what `check_rows` raises."""
    rows: dict[str, Any] = {"confidence": {}}
    for file in files:
        packed = file.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        rows["confidence"] |= packed.pop("confidence", {})
        rows |= {part: packed.pop(part) for part in ("grammar",) if part in packed}
        for part, entries in packed.items():
            rows.setdefault(part, []).extend(entries)
    for row in (*rows["cues"], *rows["steering"]):
        row["patterns"] = [phrase_row(pattern) for pattern in row["patterns"]]
        words = [row.pop(key) for key in ("near", "also") if key in row]
        row["near"] = ["|".join(sorted(one)) for one in words]
    doubling = rows["grammar"]["doubling"]
    for verb in rows["verbs"]:
        verb["words"] = verb_forms(verb["words"], doubling)
        verb["nouns"] = verb_forms(verb.get("nouns", ()), doubling)
    check_rows(rows)
    return rows


_MOST_NEEDS = 3
"""Needs kept of a pattern: more are met by most texts."""


def phrase_row(pattern: str) -> list[str]:
    """Write a pattern down: without its beginning, the beginning, what it needs.

    Needs stand in the order of how few texts meet them, and the runs of one are parted by bars.
    """
    begins = beginning(pattern)
    needs = sorted(needs_of(pattern), key=lambda need: (*commonness(need), sorted(need)))
    told = ("|".join(sorted(need)) for need in needs[:_MOST_NEEDS])
    return [pattern.removeprefix(begins), begins, *told]


def read_class_files() -> tuple[ClassFile, ...]:
    """Read the files of frameworks/classes/, sorted by name; raises AivssError."""
    folder = shipped("frameworks/classes")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return tuple(read(ClassFile, file) for file in files if file.name.endswith(".yaml"))
