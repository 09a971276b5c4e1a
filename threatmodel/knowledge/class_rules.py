"""The files of the classifier's rules, as JSON rows with every word form worked out."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from threatmodel.knowledge.class_checks import check_rows
from threatmodel.knowledge.class_records import (
    ClassName,
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
from threatmodel.knowledge.word_forms import verb_forms
from threatmodel.record import Record
from threatmodel.resources import shipped
from threatmodel.source import read

__all__ = ["ClassFile", "ClassName", "class_rows", "read_class_files"]


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

    flags: tuple[ShowsRecord, ...] = ()
    """Flags of a tool."""

    traits: tuple[ShowsRecord, ...] = ()
    """Facts that one tool can show."""

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
    for verb in rows["verbs"]:
        verb["words"] = verb_forms(verb["words"])
        verb["nouns"] = verb_forms(verb.get("nouns", ()))
    check_rows(rows)
    return rows


def read_class_files() -> tuple[ClassFile, ...]:
    """Read the files of frameworks/classes/, sorted by name; raises AivssError."""
    folder = shipped("frameworks/classes")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return tuple(read(ClassFile, file) for file in files if file.name.endswith(".yaml"))
