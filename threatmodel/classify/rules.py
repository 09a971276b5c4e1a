"""The classifier's rules, ready for use."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from threatmodel.classify.lexicon import Cue, Grammar, Role, Settle, VerbForm, Words
from threatmodel.classify.reading import Risk
from threatmodel.classify.shown import Table
from threatmodel.description.tool import ToolClassName


class Weigh(NamedTuple):
    """A rule that moves a class up or down."""

    to: ToolClassName
    """The class that holds then."""

    sure: float
    """How sure that is."""

    origin: frozenset[str]
    """Classes it moves; empty: all."""

    up: bool
    """Whether it moves up, else down."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassRules:
    """Everything the classifier knows; compared by identity, so that readings can be cached."""

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

    scripts: dict[str, VerbForm]
    """Verbs of scripts without word breaks or humps, by how they are written."""

    nouns: dict[str, tuple[tuple[Words, frozenset[str]], ...]]
    """Noun phrases by first word, longest first, with their kinds."""

    names: dict[Words, tuple[Role, ...]]
    """Roles by whole argument name."""

    ends: dict[Words, tuple[Role, ...]]
    """Roles by the last words of an argument name."""

    wider: dict[str, str]
    """Roles that policies know by another name."""

    role_says: dict[str, str]
    """What arguments of each role do."""

    settles: dict[str, tuple[Settle, ...]]
    """Descriptions that change a role, by the role."""

    cues: tuple[Cue, ...]
    """Phrases about the whole tool."""

    steering: tuple[Cue, ...]
    """Phrases that steer the model."""

    invisible: str
    """Character class of characters that people do not see."""

    invisible_says: tuple[tuple[int, int, str], ...]
    """What each range of them is."""

    moves: Table[int]
    """What makes a tool worse, then what makes it milder, than its leading verb; ids are places
    in `weighs`."""

    weighs: tuple[Weigh, ...]
    """What each of them does."""

    asked: frozenset[str]
    """Every feature that a rule asks for; others need not be named."""

    brakes: Table[str]
    """What makes a tool a brake."""

    flags: Table[str]
    """Flags."""

    traits: Table[str]
    """Facts one tool can show."""

    signals: Table[str]
    """Phrases for readers."""


@lru_cache(maxsize=512)
def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed."""
    return re.compile(text)
