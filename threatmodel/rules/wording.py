"""Sentences, layer texts and attack paths as a person writes them in frameworks/wording/."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import Field

from threatmodel.reading.record import Record
from threatmodel.rules.class_compile import ClassName
from threatmodel.rules.hosts import Kind
from threatmodel.rules.ids import ClauseId, Entry, Harm, LayerId, MitigationId, Text, ThreatId

Say = Annotated[str, Field(min_length=2, max_length=400)]
"""A template; its language is in `threatmodel/knowledge/template.py`."""


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


class GroupSource(Record):
    """What is picked out of the tools that show some fact."""

    tools: str
    """Fact or capability that the tools show."""

    picks: Annotated[tuple[str, ...], Field(min_length=1)]
    """Verbs or roles of the classifier."""


OneAndMany = Annotated[tuple[str, ...], Field(min_length=2, max_length=2)]
"""A verb as one does it and as many do."""


class ActsSource(Record):
    """What the tools that show some fact do, by verb."""

    tools: str
    """Fact or capability that the tools show."""

    verbs: dict[str, OneAndMany]
    """Verb of the classifier -> how it is said."""

    other: OneAndMany
    """What is said where a tool does something else."""


class PhraseFile(Record):
    """The vocabulary of the templates."""

    leads: dict[str, ClassName]
    """Fact -> class whose tools stand first where tools that show it are listed; elsewhere it is
    the class that most of them have."""

    verbs: dict[str, str]
    """Fact -> verb whose tools stand first within that class."""

    empty: tuple[str, ...] = ()
    """Words before vague things that do not make them say more."""

    vague: tuple[str, ...]
    """Things whose names say too little to be repeated."""

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


# The closed language of sentences: placeholders, agreement and optional parts, read and packed.
#
# - `{tools}`: a placeholder; `{tools:t.delete}` with an argument
# - `{#removes|remove}`: agrees with the placeholder before it: one, many
# - `{tools#removes|remove}`: agrees with a named placeholder
# - `[ with {credential}]`: left out where something in it is not known
# - `[{data}|its data]`: the first alternative that is known; nothing where none is

_TOKEN = re.compile(
    r"\{(?P<put>[^{}\[\]]*)\}|(?P<sign>[\[\]|])|(?P<stray>[{}])|(?P<text>[^{}\[\]|]+)"
)
_PUT = re.compile(
    r"(?P<name>[a-z_.]+)?(?::(?P<argument>[\w.]+))?(?:#(?P<one>[^|#]*)\|(?P<many>[^|#]*))?"
)

_DEEPEST = 8

Packed = list[Any]
"""Parts as JSON: a text, `["put", name, argument]`, `["agree", name, argument, one, many]` or
`["maybe", parts, parts, ...]`."""


class TemplateError(ValueError):
    """A template cannot be read."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Say what is wrong and what to write instead."""
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The placeholders that a template may use."""

    plain: frozenset[str]
    """Names without an argument."""

    with_argument: Mapping[str, frozenset[str]]
    """Names with an argument -> the arguments."""

    always: frozenset[str]
    """Names that have words whatever is known."""

    def check(self, name: str, argument: str) -> None:
        """Refuse what is not known; TemplateError with the nearest known one."""
        if not argument:
            self._refuse(name, self.plain, "placeholder")
            return
        self._refuse(name, self.with_argument, "placeholder with an argument")
        self._refuse(argument, self.with_argument[name], f"argument of {name}")

    def _refuse(self, name: str, known: Collection[str], what: str) -> None:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else ""
            raise TemplateError(f"unknown {what} '{name}'", hint)


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read."""

    parts: Packed
    """What it is made of."""

    names: frozenset[str]
    """Placeholders outside brackets."""


def parse_template(text: str, known: Placeholders) -> Template:
    """Read a template; TemplateError where it cannot be read or names what is not known."""
    parts = _Reader(_tokens(text), known).parts(closing="")
    outside = frozenset(
        part[1] for part in parts if isinstance(part, list) and part[0] in ("put", "agree")
    )
    return Template(parts, outside)


@dataclass(slots=True)
class _Reader:
    """Recursive descent over the tokens; it exists for one reading."""

    tokens: Iterator[tuple[str, str]]
    known: Placeholders
    last: tuple[str, str] = ("", "")
    depth: int = 0
    ended_by: str = field(default="", init=False)

    def parts(self, closing: str) -> Packed:
        found: Packed = []
        for kind, text in self.tokens:
            if kind == "text":
                found.append(text)
            elif kind == "put":
                found.append(self._put(text))
            elif text == "[":
                found.append(self._maybe())
            elif text in closing:
                self.ended_by = text
                return found
            else:
                raise TemplateError(f"'{text}' stands alone")
        if closing:
            raise TemplateError("'[' is never closed", "close it with ]")
        return found

    def _maybe(self) -> Packed:
        options: Packed = ["maybe"]
        self.depth += 1
        if self.depth > _DEEPEST:
            raise TemplateError("brackets are nested too deeply", "write a variant instead")
        before = self.last
        self.ended_by = "|"
        while self.ended_by == "|":
            self.last = before
            options.append(self.parts(closing="|]"))
        self.depth -= 1
        self.last = before
        return options

    def _put(self, text: str) -> Packed:
        found = _PUT.fullmatch(text)
        if not found or not text:
            raise TemplateError(f"'{{{text}}}' is no placeholder")
        name, argument, one, many = found.group("name", "argument", "one", "many")
        of = (name, argument or "") if name else self.last
        if not of[0]:
            raise TemplateError(f"'{{{text}}}' agrees with nothing that stands before it")
        self.known.check(*of)
        if one is not None:
            return ["agree", *of, one, many]
        self.last = of
        return ["put", *of]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind == "stray":
            raise TemplateError(f"'{found.group()}' stands alone")
        yield kind, str(found.group(kind))
