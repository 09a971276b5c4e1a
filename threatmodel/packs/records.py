"""A rule pack as people write it: any YAML file of its folder may hold any of these sections."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from threatmodel.reading.record import Record
from threatmodel.rules.classes import NounRecord, Phrase
from threatmodel.rules.conclusions import DerivationSource
from threatmodel.rules.gate import GateRule
from threatmodel.rules.ids import (
    AnyThreatId,
    CapabilityId,
    ControlId,
    LayerId,
    MitigationId,
    Names,
    Text,
    filled,
)
from threatmodel.rules.recommended import Rate
from threatmodel.rules.rows import Mitigation
from threatmodel.rules.threats import CapabilitySource, ControlSource, ThreatSource
from threatmodel.rules.wording import ThreatWords
from threatmodel.scales import Belongs, ToolAccess, ToolClass

PackId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{2,15}$")]
"""Name of a pack: 3 to 16 small letters and digits; every id of the pack carries it."""

PackFactId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,15}\.[a-z][a-z0-9_]*$")]
"""Id of a fact of a pack: `acme.name`, or `t.acme_name` for what a tool does."""

FieldName = Literal[
    "tool.name", "tool.title", "tool.description", "tool.arguments", "name", "summary", "vendor",
    "tags", "sources", "model", "users", "autonomy", "credentials", "identity", "data", "memory",
    "retrieval", "peers", "supply", "runtime", "network", "observability", "business",
]  # fmt: skip
"""Where a pattern looks: a part of each tool, or a field of the description with all below it."""


def _plain(text: str) -> str:
    if set("{}") & set(text):
        raise ValueError("braces have no meaning here")
    return text


def _phrase(text: str) -> str:
    if set(_SIGNS) & set(text):
        raise ValueError(f"a pattern is words, not an expression: none of {_SIGNS}")
    words = text.split()
    if not 1 <= len(words) <= _MOST_WORDS:
        raise ValueError(f"a pattern is 1 to {_MOST_WORDS} words")
    for word in words:
        head = word.removesuffix("*")
        if "*" in head or not any(map(str.isalnum, head)) or len(head) < _LEAST_OF_A_WORD:
            raise ValueError(
                f"'{word}': a word has {_LEAST_OF_A_WORD} letters or more, and `*` only at its end"
            )
    return text


_SIGNS = "()[]{}|\\^$?"
# Longer phrases fit one text of one server, and a search takes longer with each word.
_MOST_WORDS = 6
# A single letter with `*` behind it would fit every text.
_LEAST_OF_A_WORD = 2

Plain = Annotated[str, StringConstraints(min_length=3, max_length=300), AfterValidator(_plain)]
"""Words without placeholders."""

Value = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_plain)]

Pattern = Annotated[str, StringConstraints(min_length=2, max_length=80), AfterValidator(_phrase)]
"""Words that stand next to each other, in any case; `*` at the end of a word is any ending."""

Version = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}$")]
"""Version of a pack, such as `1.2.0`; quote it."""

Condition = Annotated[str, StringConstraints(max_length=2000)]
"""`and`, `or`, `not`, `atleast(n, ...)` over facts, capabilities and controls."""


class PackHead(Record):
    """What a pack is; stands once, in `pack.yaml`."""

    id: PackId
    """Its name, which each of its ids carries."""
    version: Version
    """Its version; changes when a result can change."""
    says: Text
    """What it is for."""
    owner: Annotated[str, StringConstraints(max_length=120)] = ""
    """Who answers for it."""


class PatternSource(Record):
    """Words by which a fact is told from a description."""

    where: Annotated[tuple[FieldName, ...], Field(alias="in", min_length=1)]
    """Where they may stand."""
    words: Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=50)]
    """Any of these."""


class FeaturesSource(Record):
    """A combination of what is read from one tool, as in frameworks/classes/traits.yaml."""

    every: Annotated[tuple[str, ...], Field(alias="all", max_length=12)] = ()
    some: Annotated[tuple[str, ...], Field(alias="any", max_length=50)] = ()
    """One of these."""
    none: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    """None of these."""


class PackFact(Record):
    """A yes/no statement about an agent, and by what it is told.

    `FactSource` says what its fields hold.
    """

    says: Text
    question: Text
    """The same as a question that can be answered with yes or no."""
    belongs: Belongs = "product"
    presumed: bool | None = None
    raises: bool = True
    """Whether true makes things worse."""
    patterns: Annotated[tuple[PatternSource, ...], Field(max_length=20)] = ()
    """Words that show it; any will do."""
    features: Annotated[tuple[FeaturesSource, ...], Field(max_length=20)] = ()
    """What a tool must show, for facts `t.`; any will do."""


class PackThreat(ThreatSource):
    """Something that can go wrong, and when, with its words."""

    layer: LayerId
    """The MAESTRO layer where the control point is."""
    wording: ThreatWords
    """What it means for one agent."""


class PackCascade(Record):
    """What follows from one threat; `CascadeSource` says what its fields hold."""

    enables: tuple[AnyThreatId, ...] = ()
    amplifies: tuple[AnyThreatId, ...] = ()
    hides: tuple[AnyThreatId, ...] = ()


class MoreVerbs(Record):
    """Words of an organisation for what a group of verbs does."""

    group: str
    """Id of the group, in frameworks/classes/verbs_*.yaml."""
    words: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=50)]
    """Verbs in their base form."""


class ClassWords(Record):
    """Words that tools of an organisation use."""

    verbs: Annotated[tuple[MoreVerbs, ...], Field(max_length=50)] = ()
    """More words for groups of verbs."""
    nouns: Annotated[tuple[NounRecord, ...], Field(max_length=100)] = ()
    """Kinds of things of its own, for `features`."""


class PackPick(Record):
    """Which tools a guard is for: any entry of a field, every field that is given.

    `ToolPick` says what its fields hold.
    """

    classes: tuple[ToolClass, ...] = ()
    flags: Names = ()
    verbs: Names = ()
    objects: tuple[Phrase, ...] = ()
    """Phrases of what the effects are on, in the singular."""
    words: tuple[Phrase, ...] = ()
    without: tuple[Phrase, ...] = ()
    roles: Names = ()
    shows: Names = ()


class PackAccess(Record):
    """Whether tools of one kind may be called; `AccessRule` says what its fields hold."""

    id: str
    """Name of the row."""
    tools: PackPick
    access: ToolAccess
    because: Plain
    rate: Rate | None = None


class PackArgument(Record):
    """What an argument of one kind may hold without a person.

    `ArgumentRule` says what its fields hold.
    """

    id: str
    tools: PackPick = PackPick()
    names: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    """Phrases of the argument's own name; with `=` in front the whole name."""
    allow: Annotated[tuple[Value, ...], Field(min_length=1, max_length=50)]
    """Values that pass."""
    asks: Plain
    because: Plain


class Guards(Record):
    """Guards of an organisation; they decide before ours."""

    access: Annotated[tuple[PackAccess, ...], Field(max_length=100)] = ()
    """The first that fits a tool."""
    arguments: Annotated[tuple[PackArgument, ...], Field(max_length=100)] = ()
    """The first that fits an argument."""


def _empty(value: Any) -> Any:  # noqa: ANN401 - whatever the file says
    """A section whose lines are all commented out is an empty one."""
    return {} if value is None else value


def _many(most: int) -> Any:  # noqa: ANN401 - metadata of a field
    return Field(default_factory=dict, max_length=most)


class PackFile(Record):
    """One file of a pack."""

    pack: PackHead | None = None
    facts: Annotated[dict[PackFactId, PackFact], BeforeValidator(_empty), _many(200)]
    controls: Annotated[dict[ControlId, ControlSource], BeforeValidator(_empty), _many(200)]
    capabilities: Annotated[
        dict[CapabilityId, CapabilitySource], BeforeValidator(_empty), _many(100)
    ]
    """What facts add up to, by id."""
    mitigations: Annotated[
        dict[MitigationId, Annotated[Mitigation, AfterValidator(filled)]],
        BeforeValidator(_empty),
        _many(200),
    ]
    """What to do, by id."""
    threats: Annotated[dict[AnyThreatId, PackThreat], BeforeValidator(_empty), _many(100)]
    cascades: Annotated[dict[AnyThreatId, PackCascade], BeforeValidator(_empty), _many(200)]
    """What follows from threats."""
    derivations: Annotated[tuple[DerivationSource, ...], Field(max_length=100)] = ()
    """Conclusions from facts to a fact; later ones see what earlier ones found."""
    classes: ClassWords = ClassWords()
    """Words of tools."""
    guards: Guards = Guards()
    """Guards of the recommended policy."""
    gate: Annotated[tuple[GateRule, ...], Field(max_length=100)] = ()
