"""The policy rules as people write them in frameworks/policy/, and as the rows the engine reads."""

from collections.abc import Iterable, Mapping
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from threatmodel.reading.record import Record
from threatmodel.rules.advise import AdviseRules
from threatmodel.rules.class_compile import ClassName
from threatmodel.rules.ids import ClauseId, ControlId, MitigationId, Text, ThreatId
from threatmodel.rules.recommended import AccessRule, ArgumentRule, Shapes, ToolPick

PLACEHOLDERS = frozenset({"tool", "max", "window", "argument", "allowed", "tools", "values"})
"""Names that a template may put in braces."""


def _known_placeholders(text: str) -> str:
    unknown = {name for _, name, _, _ in Formatter().parse(text) if name} - PLACEHOLDERS
    if unknown:
        known = ", ".join(sorted(PLACEHOLDERS))
        raise ValueError(f"unknown placeholders: {', '.join(sorted(unknown))}; known: {known}")
    return text


Template = Annotated[str, AfterValidator(_known_placeholders)]
"""A sentence with placeholders in braces."""

Window = Literal["minute", "hour", "day"]
"""Length of a window."""


class RateRecord(Record):
    """How many calls in a window."""

    max: Annotated[int, Field(ge=1)]
    """Largest count."""

    window: Window
    """Length of the window."""


class AccessRecord(Record):
    """Whether and how often a tool may be called."""

    access: Literal["allow", "hide", "deny", "approval"]
    """Whether it may be called."""

    rate: RateRecord | None = None
    """How often."""

    message: str = ""
    """What a refused caller reads; the kind's message where left out."""


class DerivedRecord(Record):
    """Where the recommended preset departs from the table."""

    brake: AccessRecord
    """What a brake gets."""

    needed: AccessRecord
    """What a hidden or denied tool gets that the purpose needs."""

    counted_items: tuple[str, ...]
    """Roles of arrays whose items count like calls."""

    item_rate: RateRecord
    """How many items in a window."""

    most_items: dict[ClassName, Annotated[int, Field(ge=1)]]
    """Class -> how many items one call may carry."""

    uncounted: tuple[ToolPick, ...]
    """Tools whose items are the parts of one thing."""

    overall: RateRecord
    """All calls together."""

    repeat: RateRecord
    """The same call again."""


class ClassesFile(Record):
    """What a tool gets for its class."""

    classes: dict[ClassName, AccessRecord]
    """Class -> access."""

    derived: DerivedRecord
    """Departures of the recommended preset."""


class KindRecord(Record):
    """A kind of guard in words."""

    clauses: Annotated[tuple[ClauseId, ...], Field(min_length=1)]
    """Clauses it answers, its own first."""

    says: Template
    """What it enforces."""

    message: Template
    """What a refused caller reads."""


class KindsFile(Record):
    """All kinds of guard."""

    kinds: dict[str, KindRecord]
    """Kind -> words."""


Comparison = Literal[
    "in", "under", "url_host", "host", "recipient", "statement", "lte", "max_items"
]
"""How a wish compares an argument."""


class LimitRecord(Record):
    """How a limit on an argument is read."""

    roles: tuple[str, ...]
    """Roles of the argument; empty fits any."""

    clause: ClauseId
    """Clause it answers."""

    operator: Comparison
    """How it is compared."""

    allowed: Template
    """What is allowed, in words."""

    alternatives: bool = False
    """Whether the other arguments of the role are bounded with it."""

    required: bool = False
    """Whether the argument must be given."""


class PlainCheckRecord(Record):
    """A check of one clause."""

    clause: ClauseId
    """Clause it answers."""

    operator: Comparison
    """How it is compared."""

    allowed: Template
    """What is allowed, in words."""


class ArgumentsFile(Record):
    """Checks of arguments."""

    limits: tuple[LimitRecord, ...]
    """Limits, the first that fits."""

    values: PlainCheckRecord
    """Values by argument name."""

    items: PlainCheckRecord
    """Length of an array."""


class PickRecord(Record):
    """Picks tools that fit any of these."""

    classes: tuple[ClassName, ...] = ()
    """Class."""

    flags: tuple[str, ...] = ()
    """Flag."""

    roles: tuple[str, ...] = ()
    """Role of an argument."""

    effects: tuple[str, ...] = ()
    """Verb of an effect."""


class HandedRecord(Record):
    """What waits where every session is one in which outsider text was read."""

    tools: tuple[ToolPick, ...]
    """Which tools; of the verbs of a tool the first counts."""

    lifted_by: tuple[str, ...]
    """Argument rules within which a tool stays free."""


class TaintRecord(Record):
    """What outsider text comes in by and must not reach."""

    sources: tuple[str, ...]
    """Flags of the tools it comes in by."""

    sinks: PickRecord
    """Tools that it must not reach without a person."""

    also: tuple[ToolPick, ...] = ()
    """Sinks besides those."""

    everyday: tuple[ToolPick, ...]
    """Sinks that are not held: what they send is bounded otherwise, or everyday work."""

    exempt: PickRecord
    """Sinks that are let through where they are sources too."""

    handed: HandedRecord
    """What else waits where other members hand such text over."""


class SequenceRecord(Record):
    """What must come first."""

    first: tuple[str, ...]
    """Verbs, one of which comes first."""

    then: tuple[str, ...]
    """Verbs that wait for it, on the same kind of object."""


class InheritRecord(Record):
    """Which tools inherit guards."""

    source: Annotated[tuple[str, ...], Field(alias="from")]
    """Verbs of the tools whose guards are passed on."""

    to: tuple[str, ...]
    """Verbs of the tools that inherit, on the same kind of object."""

    but: tuple[str, ...] = ()
    """Access rules that are about the call, not about what it makes: they are not passed on."""


class FlowFile(Record):
    """Guards over the order of calls."""

    taint: TaintRecord
    """Outsider text."""

    sequence: tuple[SequenceRecord, ...]
    """Orders."""

    inherit: InheritRecord
    """Who inherits."""


class CoverRecord(PickRecord):
    """Tools that must be guarded, and how."""

    changing: bool = False
    """Whether only tools that change something count."""

    kinds: Annotated[tuple[str, ...], Field(min_length=1)]
    """Kinds of guard, one of which guards each; hiding counts as denying."""

    arguments: bool = False
    """Whether each argument of the roles must be guarded, not only the tool."""

    round: Text
    """What a tool that is not guarded can do."""


class CreditRecord(Record):
    """A control that guards can put in place."""

    control: ControlId
    """The control."""

    mitigation: MitigationId
    """Mitigation that gives it."""

    clauses: Annotated[tuple[ClauseId, ...], Field(min_length=1)]
    """Clauses of the mitigation that do it."""

    set_wide: tuple[str, ...] = ()
    """Kinds of guard over all tools that must be in force."""

    covers: tuple[CoverRecord, ...] = ()
    """Tools that must be guarded, by what they reach."""


class ConditionRecord(Record):
    """What must hold for any credit."""

    threat: ThreatId
    """The threat of a way around the proxy."""

    holds: Text
    """What is said when it is closed."""

    fails: Text
    """What is said when it is open."""


class ResidualFile(Record):
    """What a policy in force is credited with."""

    condition: ConditionRecord
    """Condition of all credits."""

    attended_keep: tuple[str, ...]
    """Facts that a tool shows although every call of it waits for a person."""

    credits: tuple[CreditRecord, ...]
    """Controls."""


class ClassPageRecord(Record):
    """What a page says about a tool for its class."""

    does: Template
    """What it does."""

    why: Text
    """Why it needs a policy."""


class PageWords(Record):
    """Words of the page about one tool."""

    classes: dict[ClassName, ClassPageRecord]
    """By class."""

    doing: dict[str, Template]
    """Canonical verb -> what a tool does to what it acts on."""

    carried: tuple[str, ...]
    """Verbs of `doing` whose object a later effect may name."""

    uncounted: tuple[str, ...]
    """Nouns without a plural."""

    patterns: dict[str, Text]
    """Attack pattern -> what happens."""

    enforce: dict[str, Text]
    """Format -> what to do with the block."""

    questions: dict[str, Template]
    """Question id -> question."""

    answers: dict[str, Template]
    """Answer id -> answer."""


class PagesFile(Record):
    """Pages about single tools."""

    pages: PageWords
    """Their words."""


class RecommendedFile(Record):
    """What the recommended preset asks of tools and arguments."""

    access: tuple[AccessRule, ...]
    """The first that fits a tool."""

    arguments_of_effects: Annotated[tuple[ArgumentRule, ...], Field(alias="arguments")]
    """The first that fits an argument."""

    mild_words: tuple[str, ...]
    """Words of values that keep something back."""

    strong_values: tuple[str, ...]
    """Values of arguments that are final, whatever the lexicon says of them."""

    short_forms: dict[str, tuple[str, ...]]
    """Phrase -> what names shorten it to."""


class ShapesFile(Record):
    """What text may look like."""

    shapes: Shapes
    """Its words."""


class AdviseFile(Record):
    """What `aivss advise` may ask for."""

    advise: AdviseRules
    """All of it."""


FILES: dict[str, type[Record]] = {
    "advise": AdviseFile,
    "arguments": ArgumentsFile,
    "classes": ClassesFile,
    "flow": FlowFile,
    "kinds": KindsFile,
    "pages": PagesFile,
    "recommended": RecommendedFile,
    "residual": ResidualFile,
    "shapes": ShapesFile,
}
"""File name without ending -> its record."""


def policy_rows(records: Iterable[Record]) -> dict[str, Any]:
    """Pack the files of frameworks/policy/ into JSON values for the compiled file."""
    rows: dict[str, Any] = {}
    for record in records:
        rows |= record.model_dump(mode="json", exclude_defaults=True)
    short = {f" {long} ": forms for long, forms in rows.pop("short_forms", {}).items()}
    for row in (*rows.get("access", ()), *rows.get("arguments_of_effects", ())):
        for holder, keys in ((row.get("tools", {}), _PHRASES), (row, ("names", "beside"))):
            for key in keys:
                if key in holder:
                    holder[key] = _with_short_forms(holder[key], short)
    return rows


_PHRASES = ("words", "objects", "without", "beside")


def _with_short_forms(phrases: Iterable[str], short: Mapping[str, Iterable[str]]) -> list[str]:
    """Add to phrases how names shorten them, so that no run has to."""
    found: dict[str, None] = {}
    for phrase in phrases:
        found[phrase] = None
        mark, plain = ("=", phrase[1:]) if phrase.startswith("=") else ("", phrase)
        for long, forms in short.items():
            if long in f" {plain} ":
                for form in forms:
                    found[mark + f" {plain} ".replace(long, f" {form} ").strip()] = None
    return list(found)


def record_of(file_name: str) -> type[Record]:
    """Give the record of a file of frameworks/policy/, such as `flow.yaml`."""
    return FILES[file_name.removesuffix(".yaml")]
