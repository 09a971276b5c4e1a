"""The classifier's rules as people write them, and as JSON rows with every word form worked out."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from threatmodel.knowledge.word_forms import verb_forms
from threatmodel.record import Record
from threatmodel.resources import shipped
from threatmodel.source import read

Phrase = Annotated[str, Field(pattern=r"^[^A-Z]+$", min_length=1, max_length=60)]
"""One to four words in lower case."""

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""Id of a kind of thing, an argument role, a cue or a verb group."""

ClassName = Literal["Read", "Write", "Execute", "Destructive", "Financial"]
"""The five classes."""


class ClassRecord(Record):
    """One of the five tool classes."""

    id: ClassName
    """Name."""

    risk: Literal["Low", "Medium", "High", "Critical"]
    """Risk of a tool of this class."""

    says: str
    """What tools of this class do."""


class Narrowing(Record):
    """A narrower class of a verb, by what it acts on."""

    verb_words: tuple[Phrase, ...] = ()
    """Only for these words of the group; none: for all."""

    kinds: tuple[Kind, ...] = ()
    """One of these kinds is among the things acted on."""

    head: tuple[Kind, ...] = ()
    """The main thing acted on is of one of these kinds."""

    context: tuple[Kind, ...] = ()
    """One of these kinds is spoken of in the first sentence or the names of arguments."""

    unless: tuple[Kind, ...] = ()
    """None of these kinds is spoken of in the first sentence or the names of arguments."""

    none_of: tuple[Kind, ...] = ()
    """None of these kinds is acted on."""

    tool_class: Annotated[ClassName, Field(alias="class")]
    """The class that holds then."""


class VerbRecord(Record):
    """A group of verbs with one meaning for a tool's user."""

    id: Kind
    """Canonical verb, as effects and policies name it."""

    tool_class: Annotated[ClassName, Field(alias="class")]
    """Class of tools that do this."""

    says: str
    """The meaning, third person."""

    words: tuple[Phrase, ...]
    """Verbs wherever they stand."""

    nouns: tuple[Phrase, ...] = ()
    """Words that also name things: verbs only where a verb is expected."""

    soft: tuple[Phrase, ...] = ()
    """Words that give way to a more telling verb of the description."""

    quiet: tuple[Phrase, ...] = ()
    """Words that do not outvote a milder verb of the name when the description leads with them."""

    tames: bool = False
    """Whatever verb follows is only looked at, not done."""

    brake: bool = False
    """Doing this can stop harm."""

    objects: tuple[Narrowing, ...] = ()
    """Narrower classes; the first that fits holds."""


class NounRecord(Record):
    """A kind of thing and the words that name it."""

    kind: Kind
    """Id of the kind."""

    says: str
    """The kind in words."""

    words: tuple[Phrase, ...]
    """Names, in the singular."""


class RoleRecord(Record):
    """A role that an argument can play."""

    role: Kind
    """Id of the role."""

    says: str
    """What an argument of this role does."""

    types: tuple[str, ...]
    """JSON types it can have; `any` where the schema does not say."""

    names: tuple[Phrase, ...]
    """Whole names, as words."""

    ends: tuple[Phrase, ...] = ()
    """Last words of longer names."""


class SettlesRecord(Record):
    """Phrases of an argument's description that change its role."""

    role: Kind
    """The role it gets."""

    of: tuple[Kind, ...]
    """Roles that it may have had by its name; `other` for none."""

    says: tuple[str, ...]
    """Patterns; one must match."""

    unless: tuple[str, ...] = ()
    """Patterns; none may match."""


class CueRecord(Record):
    """Phrases of a description that say something about the whole tool."""

    id: Kind
    """Id of the cue."""

    says: str
    """What it tells."""

    near: tuple[str, ...]
    """One of these words must be in the text before the patterns are tried."""

    patterns: tuple[str, ...]
    """Regular expressions on the lower-case text."""

    plain: bool = False
    """Matches in negated or conditional clauses do not count."""


class SteeringRecord(Record):
    """Text that speaks to the model instead of describing the tool."""

    id: Kind
    """Id of the trick."""

    says: str
    """What the text does."""

    near: tuple[str, ...] = ()
    """One of these words must be in the text; none: always tried."""

    patterns: tuple[str, ...]
    """Regular expressions on the lower-case text."""


class InvisibleRecord(Record):
    """A range of characters that people do not see."""

    first: Annotated[int, Field(alias="from", ge=0, le=0x10FFFF)]
    """First code point."""

    last: Annotated[int, Field(alias="to", ge=0, le=0x10FFFF)]
    """Last code point."""

    says: str
    """What they are."""


class ShowsRecord(Record):
    """A flag, role, trait or signal, and the features of a tool that show it."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]
    """Id of the flag or fact."""

    when: tuple[dict[Literal["all", "any", "none"], tuple[str, ...]], ...]
    """Alternatives; in each all of `all`, one of `any` and none of `none` must be features."""


class WeighRecord(Record):
    """A rule that moves a class up or down."""

    to: ClassName
    """The class that holds then."""

    sure: Kind
    """Entry of `confidence` that tells how sure it is."""

    origin: Annotated[tuple[ClassName, ...], Field(alias="from")] = ()
    """Classes it moves; none: all."""

    when: tuple[dict[Literal["all", "any", "none"], tuple[str, ...]], ...]
    """As for traits."""


class SignalRecord(Record):
    """A short phrase that a reader can act on."""

    says: str
    """The phrase; `{object}` stands for what is acted on."""

    when: tuple[dict[Literal["all", "any", "none"], tuple[str, ...]], ...]
    """As for traits."""


class GrammarRecord(Record):
    """Function words, by what they do in a name or sentence."""

    prepositions: tuple[str, ...]
    """End an object."""

    determiners: tuple[str, ...]
    """Stand before an object."""

    fillers: tuple[str, ...]
    """Say nothing about what an object is."""

    coordinators: tuple[str, ...]
    """Join verbs."""

    adverbs: tuple[str, ...]
    """Stand before a verb."""

    negations: tuple[str, ...]
    """Turn a clause round."""

    trailing: tuple[str, ...]
    """Verbs that win over a leading `list` when they end a name."""

    conditionals: tuple[str, ...]
    """Open a clause about something else."""

    leads: tuple[str, ...]
    """Patterns of openings that say nothing; each is stripped from a sentence's start."""


class ClassFile(Record):
    """One file of frameworks/classes/."""

    classes: tuple[ClassRecord, ...] = ()
    """The classes, mildest first."""

    confidence: dict[Kind, float] = {}
    """How sure a reading is, by what it rests on."""

    grammar: GrammarRecord | None = None
    """Function words."""

    verbs: tuple[VerbRecord, ...] = ()
    """Groups of verbs."""

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

    flags: tuple[ShowsRecord, ...] = ()
    """Flags of a tool."""

    traits: tuple[ShowsRecord, ...] = ()
    """Facts that one tool can show."""

    signals: tuple[SignalRecord, ...] = ()
    """Short phrases for readers."""


def class_rows(files: Iterable[ClassFile]) -> dict[str, Any]:
    """Join the files of frameworks/classes/ into JSON rows, lists in the order of the files."""
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
    return rows


def read_class_files() -> tuple[ClassFile, ...]:
    """Read the files of frameworks/classes/, sorted by name; raises AivssError."""
    folder = shipped("frameworks/classes")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return tuple(read(ClassFile, file) for file in files if file.name.endswith(".yaml"))
