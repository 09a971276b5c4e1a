"""The shape of facts, threats, tools and policies in JSON; JSON Schemas are made from it."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field

from threatmodel.classify.result import ClueSource, Effect, Risk
from threatmodel.facts.fact import Basis, Evidence
from threatmodel.reading.record import Record
from threatmodel.scales import Priority, Severity, State, ToolClass
from threatmodel.score.cvss_derive import MetricReason
from threatmodel.threats.result import PathStep

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


class FactShape(Document):
    """One yes/no statement about the agent."""

    id: str
    """Fact or control id."""
    says: str
    """The statement."""
    value: bool | None
    """true, false, or null for unknown."""
    basis: Basis
    """What decided it."""
    by: str
    """Who decided it, where a person did."""
    claimed: bool | None
    """What a vendor says without proof, where that would lower the score."""
    evidence: list[Evidence]
    """All that was found, deciding evidence first."""


class ThreatShape(Document):
    """One threat as it stands for this agent."""

    id: str
    """Threat id."""
    finding: str
    """Stable finding id: agent, `/`, threat."""
    layer: str
    """Home layer."""
    also: list[str]
    """Other layers it touches."""
    title: str
    """What goes wrong."""
    state: State
    """How it stands."""
    severity: Severity | None
    """AIVSS severity: the band of its score; null without one."""
    priority: Priority | None
    """What to do about it, by impact and likelihood; null unless open or reduced."""
    shared: bool
    """Whether any agent of this kind on its host has it, whatever its own tools are."""
    band: str | None
    """The severity as the standard spells it."""
    score: float | None
    """AIVSS of this threat; null unless open or reduced."""
    base: float | None
    """CVSS base."""
    vector: str | None
    """CVSS 4.0 vector."""
    metrics: list[MetricReason]
    """Reason for each metric."""
    mitigation_factor: float
    """1.0, 0.83 or 0.67."""
    because: list[str]
    """Facts that made it so."""
    text: str
    """What it means here."""
    attack: str
    """What an attack would look like here."""
    tools: list[str]
    """Tools it abuses."""
    controls: list[str]
    """Controls that close or reduce it."""
    missing: list[str]
    """Controls that would, and are not in place."""
    questions: list[str]
    """Facts that would decide it."""
    mitigations: list[str]
    """What to do, most useful first."""
    refs: dict[str, list[str]]
    """Public frameworks, namespace with version -> ids."""
    check: str
    """Question for a reviewer."""
    false_positives: str
    """When this is a false alarm."""
    decision: str | None
    """What a reviewer decided."""
    member: str = ""
    """Member of a system in whose place it is worst; left out for what is no system."""


class LayerShape(Document):
    """One MAESTRO layer."""

    id: str
    """L1 to L7, XL."""
    name: str
    """Its name."""
    certain: bool
    """Whether it is mapped: something stated or observed decides what can go wrong here."""
    because: str
    """What decided, as a clause; empty where nothing does."""
    text: str
    """What it means here."""
    open: int
    """Threats open or reduced."""
    worst: Severity | None
    """Highest severity among them."""
    questions: list[str]
    """Facts that would have to be known; empty where it is mapped."""


class PathShape(Document):
    """An attack path."""

    id: str
    """Stable id."""
    title: str
    """The story in a few words."""
    score: float
    """Rank."""
    steps: list[PathStep]
    """In order."""
    break_at: str
    """Threat where breaking is cheapest."""
    break_by: str
    """Mitigation that breaks it."""
    guard: str
    """Clause that does it at the proxy; empty where none can."""


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


class ClueShape(Document):
    """One piece of evidence in a tool's definition."""

    source: ClueSource
    """Part of the definition."""
    pointer: str
    """Place inside it."""
    text: str
    """What was seen."""
    says: str
    """What follows."""


class ToolShape(Document):
    """What one tool can do."""

    name: str
    """Name as the server lists it."""
    tool_class: Annotated[ToolClass, Field(alias="class")]
    """Class of its most dangerous operation."""
    risk: Risk
    """Risk of that class."""
    confidence: float
    """0 to 1; below 0.5 the class is a guess."""
    flags: list[str]
    """What makes it dangerous together with others."""
    brake: bool
    """Whether it stops harm."""
    signals: list[str]
    """Short phrases a reader can act on."""
    effects: list[Effect]
    """What a call does, most dangerous first."""
    contradictions: list[str]
    """Where the server's annotations and what was read part ways."""
    steering: list[ClueShape]
    """Text that tries to steer the model."""
    evidence: list[ClueShape]
    """Clues for the class, strongest first."""
    fingerprint: str
    """sha256 of the definition."""
