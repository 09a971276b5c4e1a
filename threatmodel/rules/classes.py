"""The classifier's rules as people write them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from threatmodel.reading.record import Record
from threatmodel.rules.ids import Pattern
from threatmodel.rules.needs import needs_of
from threatmodel.scales import ToolClass

Phrase = Annotated[str, Field(pattern=r"^[^A-Z]+$", min_length=1, max_length=60)]
"""One to four words in lower case."""

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""Id of a kind of thing, an argument role, a cue or a verb group."""


class ClassRecord(Record):
    """One of the five tool classes."""

    id: ToolClass
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
    tool_class: Annotated[ToolClass, Field(alias="class")]
    """The class that holds then."""


class VerbRecord(Record):
    """A group of verbs with one meaning for a tool's user."""

    id: Kind
    """Canonical verb, as effects and policies name it."""
    tool_class: Annotated[ToolClass, Field(alias="class")]
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
    objects: tuple[Narrowing, ...] = ()
    """Narrower classes; the first that fits holds."""


class ForeignRecord(Record):
    """Verbs of other languages with the meaning of a group."""

    group: Kind
    """Id of the verb group."""
    words: tuple[str, ...]
    """Forms as they are written, lower case."""


class NounRecord(Record):
    """A kind of thing and the words that name it."""

    kind: Kind
    """Id of the kind."""
    says: str
    """The kind in words."""
    shields: bool = False
    """No rule asks for it: it keeps its phrases from being read as their parts."""
    words: tuple[Phrase, ...]
    """Names, in the singular."""


class RoleRecord(Record):
    """A role that an argument can play."""

    role: Kind
    """Id of the role."""
    alias: Annotated[Kind | None, Field(alias="as")] = None
    """Role that policies know it by, where that is wider."""
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
    near: tuple[str, ...]
    """One of these must be part of the text before the patterns are tried."""
    of: tuple[Kind, ...]
    """Roles that it may have had by its name; `other` for none."""
    says: tuple[Pattern, ...]
    """Patterns; one must match."""
    unless: tuple[Pattern, ...] = ()
    """Patterns; none may match."""


def _told(pattern: str) -> str:
    """Refuse signs that the reader of patterns does not know: it has to tell what they need."""
    needs_of(pattern)
    return pattern


class CueRecord(Record):
    """Phrases of a description that say something about the whole tool."""

    id: Kind
    says: str
    """What it tells."""
    near: tuple[str, ...]
    """One of these words must be in the text too; what a pattern itself needs is worked out."""
    also: tuple[str, ...] = ()
    """And one of these; none: no demand."""
    patterns: tuple[Annotated[Pattern, AfterValidator(_told)], ...]
    """Regular expressions on the lower-case text."""
    plain: bool = False
    """Matches in negated or conditional clauses do not count."""


class SteeringRecord(CueRecord):
    """Text that speaks to the model instead of describing the tool."""

    near: tuple[str, ...] = ()
    """One of these words must be in the text; none: always tried."""


class InvisibleRecord(Record):
    """A range of characters that people do not see."""

    first: Annotated[int, Field(alias="from", ge=0, le=0x10FFFF)]
    """First code point."""
    last: Annotated[int, Field(alias="to", ge=0, le=0x10FFFF)]
    """Last code point."""
    says: str


class ShowsRecord(Record):
    """A flag, role, trait or signal, and the features of a tool that show it."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]
    """Id of the flag or fact."""
    when: tuple[dict[Literal["all", "any", "none"], tuple[str, ...]], ...]
    """Alternatives; in each all of `all`, one of `any` and none of `none` must be features."""


class WeighRecord(Record):
    """A rule that moves a class up or down."""

    to: ToolClass
    """The class that holds then."""
    sure: Kind
    """Entry of `confidence` that tells how sure it is."""
    origin: Annotated[tuple[ToolClass, ...], Field(alias="from")] = ()
    """Classes it moves; none: all."""
    when: tuple[dict[Literal["all", "any", "none"], tuple[str, ...]], ...]
    """As for traits."""


class SignalRecord(Record):
    """A short phrase that a reader can act on."""

    says: str
    """The phrase; `{object}` is what is acted on, `{object|words}` with words where none is
    named, `{create|Creates}` the tool's own verb."""
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
    routing: tuple[str, ...]
    """Soft verbs that still tell what a router's commands do."""
    lasting: tuple[str, ...]
    """Adverbs that say that what is done lasts."""
    often: tuple[str, ...]
    """Adverbs that say how often it is done."""
    spans: tuple[str, ...]
    """Words that say, behind `for`, how long it is done."""
    extents: tuple[str, ...]
    """Words that say, behind what is acted on, how much of it is told."""
    altering: tuple[str, ...]
    """Verbs that say of what is done no more than the word for their group."""
    nameless: tuple[str, ...]
    """Words that stand in no name of a thing."""
    governing: tuple[str, ...]
    """Verbs with the word that stands between them and what they are done to."""
    uncounted: tuple[str, ...]
    """Nouns without a plural."""
    measures: tuple[str, ...]
    """Words that measure what follows after `of`."""
    nominal: tuple[str, ...]
    """Words before which a form that may be a plural is a noun."""
    yielding: tuple[str, ...]
    """Verbs that give way to another that follows at once."""
    conditionals: tuple[str, ...]
    """Open a clause about something else."""
    inverses: tuple[str, ...] = ()
    """Two verbs each: what the first does to a thing, the second takes back."""
    particles: tuple[str, ...] = ()
    """Ends of verbs that may stand behind what is acted on."""
    doubling: tuple[str, ...]
    """Verbs that write their last letter twice before `-ing`."""
    leads: tuple[Pattern, ...]
    """Patterns of openings that say nothing; each is stripped from a sentence's start."""
