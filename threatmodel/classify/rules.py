"""The classifier's rules, compiled: word tables, argument roles, cues and the rules for flags."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from threatmodel.classify.reading import Risk
from threatmodel.classify.words import singular
from threatmodel.description.tool import ToolClassName

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A narrower class of a verb, by what it acts on."""

    words: frozenset[str]
    """Words of the group it is for; empty: all."""

    on: frozenset[str]
    """Kinds of which one must be acted on; empty: no demand."""

    head: frozenset[str]
    """Kinds of which the main thing must be one; empty: no demand."""

    context: frozenset[str]
    """Kinds of which one must be spoken of around it; empty: no demand."""

    unless: frozenset[str]
    """Kinds that must not be spoken of around it."""

    none_of: frozenset[str]
    """Kinds that must be absent."""

    tool_class: ToolClassName
    """The class that holds then."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A group of verbs with one meaning."""

    id: str
    """Canonical verb."""

    tool_class: ToolClassName
    """Class of tools that do this."""

    says: str
    """The meaning, third person."""

    soft: frozenset[str]
    """Words that give way to a more telling verb."""

    quiet: frozenset[str]
    """Words that do not outvote a milder name."""

    tames: bool
    """What follows is looked at, not done."""

    brake: bool
    """Can stop harm."""

    objects: tuple[Narrowing, ...]
    """Narrower classes."""


@dataclass(frozen=True, slots=True)
class VerbForm:
    """One spelling of a verb."""

    words: Words
    """The words it takes."""

    base: str
    """Base form."""

    verb: Verb
    """Its group."""

    firm: bool
    """Whether it is a verb wherever it stands."""

    inflected: bool
    """Whether it is not the base form."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role that an argument can play."""

    id: str
    """Id."""

    types: frozenset[str]
    """JSON types it can have."""

    says: str
    """What such an argument does."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Description patterns that change an argument's role."""

    role: str
    """The role it gets."""

    of: frozenset[str]
    """Roles it may have had."""

    says: str
    """Pattern of which one branch must match."""

    unless: str
    """Pattern that must not match; empty: none."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Phrases to look for in a text."""

    id: str
    """Id."""

    says: str
    """What they tell."""

    near: frozenset[str]
    """Words of which one must be present first; empty: always tried."""

    pattern: str
    """All phrases as one pattern."""

    plain: bool
    """Whether negated and conditional clauses are left out."""


@dataclass(frozen=True, slots=True)
class Case:
    """One alternative of a rule over features."""

    every: frozenset[str]
    """Features that must all be there."""

    some: frozenset[str]
    """Features of which one must be there; empty: no demand."""

    none: frozenset[str]
    """Features that must be absent."""


@dataclass(frozen=True, slots=True)
class Shows:
    """What is shown when one of its cases holds."""

    id: str
    """Flag, fact or phrase."""

    cases: tuple[Case, ...]
    """Alternatives."""


@dataclass(frozen=True, slots=True)
class Weigh:
    """A rule that moves a class up or down."""

    to: ToolClassName
    """The class that holds then."""

    sure: float
    """How sure that is."""

    origin: frozenset[str]
    """Classes it moves; empty: all."""

    shows: Shows
    """When."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """Function words, by what they do in a name or sentence."""

    prepositions: frozenset[str]
    """End an object."""

    determiners: frozenset[str]
    """Stand before an object."""

    fillers: frozenset[str]
    """Say nothing about what an object is."""

    coordinators: frozenset[str]
    """Join verbs."""

    adverbs: frozenset[str]
    """Stand before a verb."""

    negations: frozenset[str]
    """Turn a clause round."""

    trailing: frozenset[str]
    """Verbs that win over a leading `list` when they end a name."""

    conditionals: frozenset[str]
    """Open a clause about something else."""

    leads: tuple[str, ...]
    """Patterns of openings that say nothing."""


@dataclass(frozen=True, slots=True)
class ClassRules:
    """Everything the classifier knows."""

    grammar: Grammar
    """Function words."""

    rank: dict[ToolClassName, int]
    """Place of each class, mildest first."""

    risk: dict[ToolClassName, Risk]
    """Risk of each class."""

    confidence: dict[str, float]
    """How sure a reading is, by what it rests on."""

    verbs: dict[str, tuple[VerbForm, ...]]
    """Verb forms by first word, longest first."""

    nouns: dict[str, tuple[tuple[Words, frozenset[str]], ...]]
    """Noun phrases by first word, longest first, with their kinds."""

    names: dict[Words, tuple[Role, ...]]
    """Roles by whole argument name."""

    ends: dict[Words, tuple[Role, ...]]
    """Roles by the last words of an argument name."""

    role_says: dict[str, str]
    """What arguments of each role do."""

    settles: tuple[Settle, ...]
    """Descriptions that change a role."""

    cues: tuple[Cue, ...]
    """Phrases about the whole tool."""

    steering: tuple[Cue, ...]
    """Phrases that steer the model."""

    invisible: str
    """Character class of characters that people do not see."""

    invisible_says: tuple[tuple[int, int, str], ...]
    """What each range of them is."""

    raises: tuple[Weigh, ...]
    """What makes a tool worse than its leading verb."""

    lowers: tuple[Weigh, ...]
    """What makes it milder."""

    flags: tuple[Shows, ...]
    """Flags."""

    traits: tuple[Shows, ...]
    """Facts one tool can show."""

    signals: tuple[Shows, ...]
    """Phrases for readers."""


@lru_cache(maxsize=512)
def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed."""
    return re.compile(text)


def compile_rules(rows: Mapping[str, Any]) -> ClassRules:
    """Build the tables from the rows of the compiled knowledge."""
    names, ends = _role_tables(rows["roles"])
    grammar = rows["grammar"]
    words = {key: frozenset(value) for key, value in grammar.items() if key != "leads"}
    return ClassRules(
        grammar=Grammar(**words, leads=tuple(grammar["leads"])),
        rank={row["id"]: place for place, row in enumerate(rows["classes"])},
        risk={row["id"]: row["risk"] for row in rows["classes"]},
        confidence=dict(rows["confidence"]),
        verbs=_verb_table(rows["verbs"]),
        nouns=_noun_table(rows["nouns"]),
        names=names,
        ends=ends,
        role_says={row["role"]: row["says"] for row in rows["roles"]},
        settles=tuple(
            Settle(row["role"], frozenset(row["of"]), "|".join(row["says"]),
                   "|".join(row.get("unless", ())))
            for row in rows["settles"]
        ),
        cues=tuple(_cue(row) for row in rows["cues"]),
        steering=tuple(_cue(row) for row in rows["steering"]),
        invisible="[" + "".join(
            f"\\U{row['from']:08x}-\\U{row['to']:08x}" for row in rows["invisible"]
        ) + "]",
        invisible_says=tuple((row["from"], row["to"], row["says"]) for row in rows["invisible"]),
        raises=tuple(_weigh(row, rows["confidence"]) for row in rows["raises"]),
        lowers=tuple(_weigh(row, rows["confidence"]) for row in rows["lowers"]),
        flags=tuple(_shows(row["id"], row) for row in rows.get("flags", ())),
        traits=tuple(_shows(row["id"], row) for row in rows.get("traits", ())),
        signals=tuple(_shows(row["says"], row) for row in rows.get("signals", ())),
    )


def _verb_table(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[VerbForm, ...]]:
    table: dict[str, list[VerbForm]] = {}
    for row in rows:
        verb = Verb(
            row["id"], row["class"], row["says"], frozenset(row.get("soft", ())),
            frozenset(row.get("quiet", ())), row.get("tames", False), row.get("brake", False),
            tuple(_narrowing(entry) for entry in row.get("objects", ())),
        )
        for firm, key in ((True, "words"), (False, "nouns")):
            for form, base in row[key].items():
                words = tuple(form.split())
                table.setdefault(words[0], []).append(VerbForm(words, base, verb, firm, form != base))
    return {
        first: tuple(sorted(forms, key=lambda f: (-len(f.words), not f.firm)))
        for first, forms in table.items()
    }


def _narrowing(row: Mapping[str, Any]) -> Narrowing:
    keys = ("verb_words", "kinds", "head", "context", "unless", "none_of")
    return Narrowing(*(frozenset(row.get(key, ())) for key in keys), row["class"])


def _noun_table(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[tuple[Words, frozenset[str]], ...]]:
    kinds: dict[Words, set[str]] = {}
    for row in rows:
        for phrase in row["words"]:
            kinds.setdefault(tuple(singular(word) for word in phrase.split()), set()).add(row["kind"])
    table: dict[str, list[tuple[Words, frozenset[str]]]] = {}
    for words, found in kinds.items():
        table.setdefault(words[0], []).append((words, frozenset(found)))
    return {k: tuple(sorted(v, key=lambda e: (-len(e[0]), e[0]))) for k, v in table.items()}


def _role_tables(
    rows: Iterable[Mapping[str, Any]],
) -> tuple[dict[Words, tuple[Role, ...]], dict[Words, tuple[Role, ...]]]:
    names: dict[Words, list[Role]] = {}
    ends: dict[Words, list[Role]] = {}
    for row in rows:
        role = Role(row["role"], frozenset(row["types"]), row["says"])
        for table, key in ((names, "names"), (ends, "ends")):
            for phrase in row.get(key, ()):
                table.setdefault(tuple(phrase.split()), []).append(role)
    return {k: tuple(v) for k, v in names.items()}, {k: tuple(v) for k, v in ends.items()}


def _cue(row: Mapping[str, Any]) -> Cue:
    text = "|".join(f"(?:{part})" for part in row["patterns"])
    return Cue(row["id"], row["says"], frozenset(row.get("near", ())), text, row.get("plain", False))


def _shows(name: str, row: Mapping[str, Any]) -> Shows:
    return Shows(name, tuple(
        Case(*(frozenset(case.get(key, ())) for key in ("all", "any", "none"))) for case in row["when"]
    ))


def _weigh(row: Mapping[str, Any], sure: Mapping[str, float]) -> Weigh:
    origin = frozenset(row.get("from", ()))
    return Weigh(row["to"], sure[row["sure"]], origin, _shows(row["to"], row))
