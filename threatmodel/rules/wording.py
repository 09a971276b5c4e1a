"""Sentences, layer texts and attack paths as a person writes them in frameworks/wording/."""

from typing import Annotated

from pydantic import Field

from threatmodel.reading.record import Record
from threatmodel.rules.ids import ClauseId, Entry, Harm, LayerId, MitigationId, Text, ThreatId
from threatmodel.scales import Kind, ToolClass

Say = Annotated[str, Field(min_length=2, max_length=400)]
"""A template; its language is in `rules/sentences.py`."""


class VariantSource(Record):
    """One way to say something, and when it fits."""

    when: str = ""
    """Condition over facts, capabilities and controls; empty always holds. Presumed facts do not
    count."""
    unless: str = ""
    """Condition that must not be known to hold; what is unknown does not stop it."""
    kinds: tuple[Kind, ...] = ()
    """Kinds of agent it is limited to; empty fits all."""
    many: bool | None = None
    """Whether words agree with it as with many; left out, the placeholder in it decides."""
    say: Say


class EitherSource(Record):
    """Several ways to say the same; the first that fits is taken."""

    either: Annotated[tuple[VariantSource | Say, ...], Field(min_length=1)]
    """Most special first."""


Sentence = Say | VariantSource | EitherSource
"""A sentence; left out where none of its ways fits."""


class ThreatWords(Record):
    """The words for one threat."""

    text: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=5)]
    """What it means here. The first sentence must always fit and name the agent or a part of it."""
    attack: Sentence
    """What a successful attack looks like here, in one sentence that always fits."""
    step: Sentence
    """What happens in this step of a path, in a few words without a full stop."""


class ThreatWordsFile(Record):
    """The words for the threats of one layer."""

    layer: LayerId
    threats: dict[ThreatId, ThreatWords]


class LayerWords(Record):
    """The words for one layer."""

    mapped: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    """What it means here, where the description settles it."""
    unsure: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    """The conditional sentence where it does not."""


class LayerWordsFile(Record):
    """The words for all layers."""

    layers: dict[LayerId, LayerWords]


class PhraseSource(Record):
    """Words that a placeholder stands for, made of other placeholders."""

    says: Text
    either: Annotated[tuple[VariantSource | Say, ...], Field(min_length=1)]
    """Most special first."""
    fallback: str = ""
    """Words that are true when nothing is known; without them the phrase may be missing."""
    many: bool = False
    """Whether these words speak of several."""


class GroupSource(Record):
    """What is picked out of the tools that show some fact."""

    tools: str
    """Fact or capability that the tools show."""
    picks: Annotated[tuple[str, ...], Field(min_length=1)]
    """Verbs or roles of the classifier."""
    of: dict[str, str] = Field(default_factory=dict)
    """Kind of thing -> words before it: nobody changes people, but records of them."""
    but: tuple[str, ...] = ()
    """Kinds of things that are not named: who is invited does not go out."""
    without: tuple[str, ...] = ()
    """Words of tool names whose things are not named."""


OneAndMany = Annotated[tuple[str, ...], Field(min_length=2, max_length=2)]
"""A verb as one does it and as many do."""


class ActsSource(Record):
    """What the tools that show some fact do, by verb."""

    tools: str
    """Fact or capability that the tools show."""
    verbs: dict[str, OneAndMany]
    """Verb of the classifier -> how it is said."""
    also: tuple[str, ...] = ()
    """Verbs that make it something else where a tool has one of them besides."""
    other: OneAndMany
    """What is said where a tool does something else."""


class PhraseFile(Record):
    """The vocabulary of the templates."""

    leads: dict[str, ToolClass]
    """Fact -> class whose tools stand first where tools that show it are listed; elsewhere it is
    the class that most of them have."""
    verbs: dict[str, str]
    """Fact -> verb whose tools stand first within that class."""
    empty: tuple[str, ...] = ()
    """Words before vague things that do not make them say more."""
    aspects: tuple[str, ...] = ()
    """Vague things that are looked at of another one: `pool status` is told as `pools`."""
    vague: tuple[str, ...]
    """Things whose names say too little to be repeated."""
    deeds: tuple[str, ...]
    """Facts of tools by which one does something, even where it is in doubt what."""
    inward: tuple[str, ...]
    """Facts by which a tool that does not read takes something up, and gives nothing back."""
    acts: dict[str, ActsSource]
    """What tools do: `{does:group}` of all of them, `{act:group}` of the most telling one."""
    objects: dict[str, GroupSource]
    """What tools do something to, for `{objects:group}`; `picks` are verbs."""
    arguments: dict[str, GroupSource]
    """Arguments that tools take, for `{arguments:group}`; `picks` are roles."""
    phrases: dict[str, PhraseSource]
    """Name -> words; a phrase may use those above it."""


class SummaryFile(Record):
    """Sentences that are the same for every threat, and the one on top."""

    host: Say
    """Put before a sentence that only holds because of the reference host."""
    host_again: Say
    """The same, from the second time on."""
    reduced: Sentence
    """Added where controls make a threat harder."""
    closed: Sentence
    """Where controls stop it."""
    needs_answer: Sentence
    """Where it is undecided."""
    not_applicable: Sentence
    """Where it cannot happen."""
    unworded: Sentence
    """Where a threat has no words of its own."""
    path: Sentence
    """Summary where there is an attack path."""
    quiet: Sentence
    """Summary where nothing is open."""


class EntrySource(Record):
    """One way in."""

    id: str
    """Fact or capability that it is; names its tools."""
    entry: Entry
    """How the threats begin that it starts with."""
    title: Text
    """For titles of paths: `Planted text`."""
    threats: Annotated[tuple[ThreatId, ...], Field(min_length=1)]
    """First threats of a path."""
    past_policy: bool = False
    """Whether who comes this way holds its key or its code, and calls without asking a proxy."""
    cures: tuple[str, ...] = ()
    """Facts and controls of the conditions that count against who comes this way; empty: all."""
    story: Sentence
    """How it begins, for somebody who knows none of the names; without a full stop."""
    step: Sentence
    """What happens, without a full stop."""


class ImpactSource(Record):
    """One kind of damage."""

    harm: Harm
    """What the threats do that it ends with."""
    title: Text
    """For titles of paths: `deleted data`."""
    threats: Annotated[tuple[ThreatId, ...], Field(min_length=1)]
    """Last threats of a path."""
    like: str = ""
    """Damage that is the same loss, so that of the two the graver one is told."""
    told_unless: str = ""
    """Fact without which the damage is what people do with its answer, which no proxy sees."""
    story: Sentence
    """How it ends, for somebody who knows none of the names; without a full stop."""
    step: Sentence
    """What is left behind, without a full stop."""


class NoTraceSource(Record):
    """The note that nothing would show who did it."""

    threats: Annotated[tuple[ThreatId, ...], Field(min_length=1)]
    """Threats, one of which is open then."""
    say: Sentence
    """The note, without a full stop."""


class PathFile(Record):
    """How attack paths are found, told and broken."""

    shown: Annotated[int, Field(ge=1, le=10)]
    """Paths shown at most."""
    longest: Annotated[int, Field(ge=2, le=8)]
    """Threats in a path at most."""
    gate: ThreatId
    """While it is open, no proxy clause stops a step for good."""
    stops: Annotated[tuple[ClauseId, ...], Field(min_length=1)]
    """Clauses that stop an act; others slow it down, record it or mask it."""
    narrows: Annotated[int, Field(ge=0)]
    """Added to the cost of a mitigation that makes a step harder without stopping it."""
    entries: dict[str, EntrySource]
    """By id, kebab-case."""
    impacts: dict[str, ImpactSource]
    """By id, kebab-case."""
    capabilities: dict[str, Sentence]
    """Fact -> what its tools can do, without a full stop; most telling first."""
    amplifies: Sentence
    """Note about a threat that makes a step worse."""
    hides: Sentence
    """Note about a threat that hides a step."""
    no_trace: NoTraceSource
    """Note on every path while nothing would show who did it."""
    costs: dict[MitigationId, Annotated[int, Field(ge=0, le=9)]]
    """What a mitigation costs, from 1 (a line of configuration) to 9 (a redesign)."""
