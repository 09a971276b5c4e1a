"""Threats, mitigations, facts, capabilities and layers as a person writes them in frameworks/."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from threatmodel.reading.record import Record
from threatmodel.rules.ids import (
    AttackPattern,
    CapabilityId,
    ClauseId,
    ControlId,
    Entry,
    FactId,
    Harm,
    LayerId,
    Likelihood,
    MitigationId,
    Names,
    ProxyLevel,
    Seen,
    Step,
    Text,
    ThreatId,
    filled,
)
from threatmodel.rules.rows import Clause, Mitigation


class ThreatSource(Record):
    """Something that can go wrong, and when."""

    title: Text
    """Short name in this project's words."""
    why: str = ""
    """Why it matters, for any agent: two or three sentences."""
    check: str = ""
    """What a reviewer should ask or look at."""
    false_positives: str = ""
    """When the condition holds and the threat still does not matter."""
    note: str = ""
    """Limits of the rule or of its mitigations."""
    also: tuple[LayerId, ...] = ()
    """Other layers it touches; the home is where the control point is."""
    when: Text
    """Condition over facts and capabilities under which it applies."""
    closed_by: str
    """Condition over controls under which it is dealt with; empty when nothing can."""
    reduced_by: str
    """Condition over controls under which it is less likely or smaller."""
    impact: Step
    """Impact before `raise_impact`."""
    likelihood: Likelihood
    """Likelihood before `raise_if` and controls."""
    raise_if: Names = ()
    """Facts and capabilities that make it likelier: one is a step, three are two."""
    raise_impact: Names = ()
    """Facts and capabilities any of which makes it a step worse."""
    entry: Entry
    """How it begins; the CVSS vector is derived from it."""
    harm: Annotated[tuple[Harm, ...], Field(min_length=1)]
    """What it does; the CVSS vector is derived from it."""
    factors: tuple[Literal["nd", "au", "id", "a2a"], ...] = ()
    """Agentic factors that worsen it; labels for reports."""
    tools: Names = ()
    """`t.` facts whose tools it abuses."""
    attack: tuple[AttackPattern, ...] = ()
    """Published attack patterns that it covers."""
    proxy: ProxyLevel
    """How far a rule on the tool-call path goes."""
    clauses: tuple[ClauseId, ...] = ()
    """Proxy clauses that help."""
    mitigations: Annotated[tuple[MitigationId, ...], Field(min_length=1)]
    """What to do, best first."""
    incidents: tuple[str, ...] = ()
    """Public incidents behind the rule."""
    refs: Annotated[dict[str, tuple[str | int, ...]], Field(default_factory=dict)]
    """Ids in public frameworks, by namespace of `catalogue.yaml`."""


class ThreatFile(Record):
    """The threats of one layer."""

    layer: LayerId
    threats: dict[ThreatId, ThreatSource]


class MitigationFile(Record):
    """All mitigations."""

    mitigations: dict[MitigationId, Annotated[Mitigation, AfterValidator(filled)]]


class ClauseFile(Record):
    """All clauses."""

    clauses: dict[ClauseId, Annotated[Clause, AfterValidator(filled)]]


# Facts, controls, capabilities and layers as a person writes them in frameworks/.


Belongs = Literal["product", "host", "deployment", "system"]
"""What a fact is about: the product as it is made; the host that a server or skill runs in, which
an agent is itself; how one deployment is run; or the system that it is a member of, whose flows
settle it."""


class FactSource(Record):
    """A yes/no statement about an agent."""

    says: Text
    """What it means when true."""
    question: Text
    """The same as a question that a vendor or operator can answer with yes or no."""
    belongs: Belongs = "product"
    """Who can answer it: whoever makes the product, hosts it, or runs it."""
    seen_in: Annotated[tuple[Seen, ...], Field(alias="from", min_length=1)]
    """Where it can be seen."""
    presumed: bool | None = None
    """What silence is taken to mean; left out where silence stays unknown."""
    raises: bool = True
    """Whether true makes things worse; checked against every condition that names it."""
    mixed: bool = False
    """Whether conditions use it both ways on purpose."""


class FactFile(Record):
    """One family of facts."""

    family: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,2}$")]
    """What stands before the dot in its ids."""
    title: Text
    """Heading for readers."""
    facts: dict[FactId, FactSource]


class ControlSource(Record):
    """Something that may be in place against threats."""

    says: Text
    """What it means when true."""
    question: Text
    """The same as a question that can be answered with yes or no."""
    belongs: Belongs = "deployment"
    """Who can answer it."""


class ControlFile(Record):
    """All controls."""

    controls: dict[ControlId, ControlSource]


class CapabilitySource(Record):
    """What facts add up to."""

    says: Text
    """What it means when true."""
    when: Text
    """Condition over facts and other capabilities."""


class CapabilityFile(Record):
    """All capabilities."""

    capabilities: dict[CapabilityId, CapabilitySource]


class MappedBySource(Record):
    """Something stated or observed that decides what can go wrong in a layer."""

    when: str
    """Condition over facts and capabilities."""
    because: Text
    """What decided, as a clause."""


class LayerSource(Record):
    """A MAESTRO layer, or the cross-layer view."""

    number: Annotated[int, Field(ge=1, le=7)] | None
    """1 to 7; none for the cross-layer view."""
    name: Text
    """Published name."""
    about: Text
    """What sits there."""
    vertical: bool
    """Whether it cuts through the others."""
    mapped_by: Annotated[tuple[MappedBySource, ...], Field(min_length=1)]
    """What maps it, the most telling first."""
    asks: Annotated[Names, Field(min_length=1, max_length=6)]
    """Facts and controls that would have to be known where nothing maps it."""


class LayerFile(Record):
    """All layers."""

    layers: dict[LayerId, LayerSource]
