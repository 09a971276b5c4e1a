"""The classifier's rules, ready for use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from threatmodel.classify.cues import Cues
from threatmodel.classify.result import Clue, ClueSource, Risk
from threatmodel.classify.words import Grammar, Role, Settles, VerbForm, Words, plural
from threatmodel.scales import ToolClass

# Rules over features: what is shown when all, some or none of certain features are there.

Id = TypeVar("Id", str, int)

Raw = tuple[ClueSource, str, str, str]
"""The parts of a clue; most features show nothing, so that few clues are made."""

Features = Mapping[str, Clue | Raw]
"""Feature -> clue; keys such as `verb:delete`, `on:file`, `arg:url`, `says:web`."""


class Case(NamedTuple):
    """One alternative of a rule over features."""

    every: frozenset[str]
    """Features that must all be there, but for one by which the case is found."""
    some: frozenset[str]
    """Features of which one must be there; empty: no demand."""
    none: frozenset[str]
    """Features that must be absent."""
    told: tuple[str, ...]
    """All that must be there, sorted: what shows it."""


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
    # In the order of the rules: of two cases that hold the first gives the clues.
    for place in sorted(candidates):
        key, case = table.rows[place]
        # `names` goes first: it then looks for the few that must be absent, not for each that is.
        # Most cases ask for nothing more than what they were found by.
        if (
            key not in found
            and (not case.every or names >= case.every)
            and (not case.none or names.isdisjoint(case.none))
        ):
            clues = _clues(case, features)
            if clues:
                found[key] = clues
    return found


def _clues(case: Case, features: Features) -> tuple[Clue, ...]:
    if not case.some:
        told = case.told
    elif some := case.some & features.keys():
        told = (*sorted(some), *case.told)
    else:
        return ()
    if len(told) == 1:
        return (clue_at(features, told[0]),)
    return tuple(dict.fromkeys([clue_at(features, key) for key in told]))


def clue_at(features: Features, key: str) -> Clue:
    """Give the clue of a feature that is there."""
    found = features[key]
    return found if isinstance(found, Clue) else Clue(*found)


E = TypeVar("E")

Waiting = Mapping[str, Sequence[tuple[Any, ...]]]
"""What entries are made of, by their first word."""


class ByFirst(Generic[E]):
    """Entries by their first word, made when a text first has that word.

    The tools of an agent have a few hundred of seven thousand, and most runs read one agent.
    """

    def __init__(self, waiting: Waiting, make: Callable[..., tuple[E, ...]]) -> None:
        """Keep what entries are made of; `make` makes those of a word of it."""
        self._waiting, self._make = waiting, make
        self._made: dict[str, tuple[E, ...]] = {}

    def __contains__(self, word: str) -> bool:
        """Tell whether an entry begins with a word."""
        return word in self._waiting

    def of(self, word: str) -> tuple[E, ...]:
        """Give the entries that begin with a word, longest first; for most words none."""
        made = self._made.get(word)
        if made is None and word in self._waiting:  # strangers' own words are not kept
            made = self._made[word] = self._make(self._waiting[word])
        return made or ()


class Weigh(NamedTuple):
    """A rule that moves a class up or down."""

    to: ToolClass
    """The class that holds then."""
    sure: float
    origin: frozenset[str]
    """Classes it moves; empty: all."""
    up: bool
    """Whether it moves up, else down."""


class Spot(NamedTuple):
    """Words that show a fact, and where they may stand."""

    fact: str
    where: frozenset[str]
    """Places such as `tool.name`."""
    words: tuple[str, ...]
    """Any of these; the form is `Pattern` of packs/records.py."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ClassRules:
    """Everything the classifier knows; `ClassFile` says what its fields hold.

    Compared by identity, so that readings can be cached.
    """

    grammar: Grammar
    rank: dict[ToolClass, int]
    """Place of each class, mildest first."""
    risk: dict[ToolClass, Risk]
    confidence: dict[str, float]
    verbs: ByFirst[VerbForm]
    """Verb forms by first word, longest first."""
    scripts: dict[str, VerbForm]
    """Verbs of scripts without word breaks or humps, by how they are written."""
    nouns: ByFirst[tuple[Words, frozenset[str]]]
    """Noun phrases by first word, longest first, with their kinds."""
    names: dict[Words, tuple[Role, ...]]
    """Roles by whole argument name."""
    ends: dict[Words, tuple[Role, ...]]
    """Roles by the last words of an argument name."""
    wider: dict[str, str]
    """Roles that policies know by another name."""
    role_says: dict[str, str]
    """What arguments of each role do."""
    settles: dict[str, Settles]
    """Descriptions that change a role, by the role."""
    cues: Cues
    steering: Cues
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
    owned: Table[str]
    """What says that a tool's data is somebody's."""
    opened: Table[str]
    """What says that anybody may have it."""
    flags: Table[str]
    traits: Table[str]
    otherwise: Table[str]
    plain: Table[str]
    doubted: frozenset[str]
    """Facts that a tool can show on thin evidence."""
    signals: Table[str]
    spots: tuple[Spot, ...] = ()
    """Words of packs that show facts of tools."""

    def several(self, thing: str) -> str:
        """Give the plural of a thing that can be counted; any other is left as it is."""
        return thing if thing.rpartition(" ")[2] in self.grammar.uncounted else plural(thing)


def thin_of(
    traits: Mapping[str, tuple[Clue, ...]], features: Features, rules: ClassRules
) -> list[str]:
    """Name the facts that nothing plain shows: they count, and no sentence asserts them.

    What follows from another may be as thin as that.
    """
    may = rules.doubted & traits.keys()
    thin = sorted(may - shown(rules.plain, features).keys()) if may else []
    if not thin:
        return thin
    further = {**features, **{f"thin:{fact}": traits[fact][0] for fact in thin}}
    return sorted(may - shown(rules.plain, further).keys())
