"""The shape of facts, scores, threats, tools and policies in JSON; schemas are made from it."""

import inspect
import re
from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, Self, TypeVar, get_type_hints

from pydantic import ConfigDict, Field, create_model

from threatmodel.classify.result import Clue, ToolReading
from threatmodel.facts.fact import Evidence, Fact
from threatmodel.outputs.documents import FACT, FACTOR, LAYER, PATH, QUESTION, SCORE, THREAT, TOOL
from threatmodel.reading.record import Record, docstrings_of
from threatmodel.scales import ToolClass
from threatmodel.score.result import CvssPart, FactorLevel, Question, Score
from threatmodel.threats.finding import Finding
from threatmodel.threats.result import AttackPath, LayerView

# The base class of the documents that the program prints as JSON.


class Document(Record):
    """A value that the program prints; its schema also takes the docstrings of dataclasses."""

    # Not beside `Record`, which every run reads: looking for docstrings takes 9 ms.
    model_config = ConfigDict(use_attribute_docstrings=True)

    @classmethod
    def of(cls, record: object, **more: Any) -> Self:  # noqa: ANN401 - values of fields
        """Take what a record has under the names of fields; `more` are fields that it lacks."""
        names = [name for name in cls.model_fields if name not in more and hasattr(record, name)]
        return cls(**{name: getattr(record, name) for name in names}, **more)


D = TypeVar("D", bound=Document)


def some_of(source: type, *names: str) -> Callable[[type[D]], type[D]]:
    """Give a document fields of a record, in this order, as the record types and explains them.

    What the document says of a field itself stands; fields that only it has come last.
    """

    def filled(kind: type[D]) -> type[D]:
        own = {name: (one.annotation, one) for name, one in kind.model_fields.items()}
        told = {name: own.get(name) or _field(source, name) for name in names}
        fields: dict[str, Any] = told | own
        return create_model(
            kind.__name__,
            __base__=kind.__bases__[0],
            __module__=kind.__module__,
            __doc__=kind.__doc__,
            **fields,
        )

    return filled


def _field(source: type, name: str) -> tuple[Any, Any]:
    """Give type and words of a field, or of a property."""
    found = inspect.getattr_static(source, name, None)
    made = found.func if isinstance(found, cached_property) else getattr(found, "fget", None)
    if issubclass(source, Record):
        known = source.model_fields[name]
        says = known.description or dict(docstrings_of(source)).get(name)
        return known.annotation, Field(description=says)
    says = inspect.getdoc(made) if made else dict(docstrings_of(source)).get(name)
    # What Python calls None is null in JSON.
    told = re.sub(r"\bNone\b", "null", " ".join(says.split())) if says else None
    return get_type_hints(made or source)["return" if made else name], Field(description=told)


class SchemaDocument(Document):
    """A document that names the schema that it follows."""

    schema_: str = Field(alias="schema")
    """Id of this schema."""


# Which agent, and what is found of it.


class SourceShape(Document):
    """Where something in the description comes from."""

    name: str
    """Title of the document, package or page."""
    url: str | None
    """Address, never fetched."""
    version: str | None
    """Version or date that was read."""


class PackShape(Document):
    """A rule pack that an assessment was made with."""

    id: str
    """Its name."""
    version: str
    """Its version."""
    digest: str
    """sha256 over its YAML files."""


class AgentShape(Document):
    """Which agent was assessed."""

    packs: list[PackShape] = Field(default_factory=list)
    """Rule packs it was assessed with; left out where there is none."""
    name: str
    """Its name."""
    kind: str
    """agent, mcp-server, skill, multi-agent or unknown."""
    form: str
    """product, deployment or unknown."""
    version: str | None
    """Version that was looked at."""
    vendor: str | None
    """Who makes it."""
    summary: str | None
    """What it is."""
    tags: list[str]
    """Words to find it by."""
    date: str | None
    """Day of the assessment, ISO."""
    digest: str
    """sha256 of the description's files; empty for an agent made in code."""
    sources: list[SourceShape]
    """What the description was made from."""


class MadeAgentShape(AgentShape):
    """Which agent was assessed, by which program and rules."""

    aivss: str
    """Version of the program."""
    rules: str
    """Version of the rules."""
    rules_digest: str
    """sha256 of the rules."""


@some_of(Fact, *FACT)
class FactShape(Document):
    """One yes/no statement about the agent."""

    value: bool | None
    """true, false, or null for unknown."""
    evidence: list[Evidence]
    """All that was found, deciding evidence first."""


@some_of(Finding, *THREAT)
class ThreatShape(Document):
    """One threat as it stands for this agent."""

    band: str | None
    """The severity as the standard spells it."""
    vector: str | None
    """CVSS 4.0 base vector; null where the threat does not apply."""
    decision: str | None
    """What a reviewer decided."""
    member: str = ""
    """Member of a system in whose place it is worst; left out for what is no system."""


@some_of(LayerView, *LAYER)
class LayerShape(Document):
    """One MAESTRO layer."""


@some_of(AttackPath, *PATH)
class PathShape(Document):
    """An attack path."""


class ModelShape(Document):
    """The threat model."""

    summary: str
    """The risk in a sentence."""
    threats: list[ThreatShape]
    """All threats of the catalogue."""
    layers: list[LayerShape]
    """L1 to L7, then XL."""
    paths: list[PathShape]
    """Ranked."""


@some_of(Clue, *Clue._fields)
class ClueShape(Document):
    """One piece of evidence in a tool's definition."""


@some_of(ToolReading, "name", "tool_class", *TOOL, "steering", "evidence", "fingerprint")
class ToolShape(Document):
    """What one tool can do."""

    tool_class: Annotated[ToolClass, Field(alias="class")]
    """Class of its most dangerous operation."""
    steering: list[ClueShape]
    """Text that tries to steer the model."""
    evidence: list[ClueShape]
    """Clues for the class, strongest first."""


# The score: of an agent, and of a bare calculation.


@some_of(CvssPart, *CvssPart._fields)
class CvssShape(Document):
    """The CVSS 4.0 base of the headline."""


@some_of(FactorLevel, *FACTOR)
class FactorShape(Document):
    """One of the ten factors."""


class RangeShape(Document):
    """The headline over the unknown facts."""

    low: float
    """Lowest."""
    high: float
    """Highest."""
    exact: bool
    """False where it is only bounded."""


@some_of(Question, *QUESTION)
class QuestionShape(Document):
    """A question whose answer moves the score."""

    members: list[str] = Field(default_factory=list)
    """Members of a system that it is asked of; left out for one agent."""


@some_of(Score, *SCORE)
class ScoreShape(Document):
    """The headline and everything it is made of."""

    severity: str
    """None, Low, Medium, High or Critical."""
    cvss: CvssShape
    """The base."""
    factors: list[FactorShape]
    """The ten factors in the profile's order."""
    range: RangeShape
    """Over the unknown facts."""
    questions: list[QuestionShape]
    """Those of the range, best first."""
    run_questions: list[QuestionShape]
    """Those about how it is run, which no product can answer; best first."""


# The fields that a bare calculation knows.

_OF_AGENTS = (
    "range", "questions", "run_questions", "threat", "floor", "shared", "as_claimed", "waterfall",
)  # fmt: skip


@some_of(CvssPart, "vector", "base", "basis")
class CalcCvss(Document):
    """The CVSS base of a calculation."""


@some_of(FactorLevel, "id", "name", "value")
class CalcFactor(Document):
    """A factor of a calculation."""


@some_of(Score, *(name for name in SCORE if name not in _OF_AGENTS))
class CalcScore(Document):
    """The fields of a score that a bare calculation knows."""

    severity: str
    """None, Low, Medium, High or Critical."""
    cvss: CalcCvss
    """The base."""
    factors: list[CalcFactor]
    """Empty where only their sum was given."""
