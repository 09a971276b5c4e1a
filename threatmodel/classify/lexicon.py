"""Words and phrases that the classifier knows."""

from typing import NamedTuple

from threatmodel.description.tool import ToolClassName

Words = tuple[str, ...]
"""Words in lower case."""


class Narrowing(NamedTuple):
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


class Verb(NamedTuple):
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

    objects: tuple[Narrowing, ...]
    """Narrower classes."""


class VerbForm(NamedTuple):
    """One spelling of a verb; a tuple, for there are thousands."""

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


class Role(NamedTuple):
    """A role that an argument can play."""

    id: str
    """Id."""

    types: frozenset[str]
    """JSON types it can have."""

    says: str
    """What such an argument does."""


class Settle(NamedTuple):
    """Description patterns that change an argument's role."""

    role: str
    """The role it gets."""

    near: str
    """Pattern of parts of which one must be in the text first."""

    says: str
    """Pattern of which one branch must match."""

    unless: str
    """Pattern that must not match; empty: none."""


class Cue(NamedTuple):
    """Phrases to look for in a text."""

    id: str
    """Id."""

    says: str
    """What they tell."""

    near: frozenset[str]
    """Words of which one must be present first; empty: always tried."""

    also: frozenset[str]
    """Words of which one must be present too; empty: no demand."""

    pattern: str
    """All phrases as one pattern."""

    plain: bool
    """Whether negated and conditional clauses are left out."""


class Grammar(NamedTuple):
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

    routing: frozenset[str]
    """Soft verbs that still tell what a router's commands do."""

    yielding: frozenset[str]
    """Verbs that give way to another that follows at once."""

    conditionals: frozenset[str]
    """Open a clause about something else."""

    joiners: frozenset[str]
    """Coordinators and adverbs."""

    leads: str
    """Pattern of openings that say nothing."""
