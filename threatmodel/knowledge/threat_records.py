"""Threats, mitigations and clauses as a person writes them in frameworks/."""

from typing import Annotated, Literal

from pydantic import Field

from threatmodel.knowledge.ids import (
    AttackPattern,
    ClauseId,
    ControlId,
    Entry,
    Harm,
    LayerId,
    Likelihood,
    MitigationId,
    Names,
    ProxyLevel,
    Step,
    Text,
    ThreatId,
)
from threatmodel.record import Record


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
    """Their home."""

    threats: dict[ThreatId, ThreatSource]
    """The threats, by id."""


class MitigationSource(Record):
    """Something to do against threats."""

    says: Text
    """What to do, in one line."""

    kind: Literal["preventive", "detective", "corrective"]
    """Whether it stops, shows or repairs."""

    gives: Annotated[tuple[ControlId, ...], Field(min_length=1)]
    """Controls that are in place once it is done."""

    clauses: tuple[ClauseId, ...] = ()
    """Proxy clauses that do it or help."""

    refs: Annotated[dict[str, tuple[str, ...]], Field(default_factory=dict)]
    """Ids in public frameworks, by namespace of `catalogue.yaml`."""


class MitigationFile(Record):
    """All mitigations."""

    mitigations: dict[MitigationId, MitigationSource]
    """The mitigations, by id."""


class ClauseSource(Record):
    """Something a proxy can be told to do."""

    says: Text
    """What it does."""

    note: str = ""
    """What to know about it."""

    support: Annotated[dict[Literal["intercept", "hosted"], str], Field(default_factory=dict)]
    """How two published proxies say it; left out where unknown."""


class ClauseFile(Record):
    """All clauses."""

    clauses: dict[ClauseId, ClauseSource]
    """The clauses, by id."""
