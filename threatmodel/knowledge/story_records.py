"""Cascades, chains, severity and namespaces as a person writes them in frameworks/."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from threatmodel.knowledge.ids import (
    CapabilityId,
    ChainId,
    Likelihood,
    ProxyLevel,
    Step,
    Text,
    ThreatId,
)
from threatmodel.record import Record


class CascadeSource(Record):
    """What follows from one threat."""

    enables: tuple[ThreatId, ...] = ()
    """Threats that it opens."""

    amplifies: tuple[ThreatId, ...] = ()
    """Threats that it makes worse."""

    hides: tuple[ThreatId, ...] = ()
    """Threats that it covers up."""


class CascadeFile(Record):
    """All cascades."""

    cascades: dict[ThreatId, CascadeSource]
    """What follows, by threat."""

    loops: tuple[tuple[ThreatId, ...], ...]
    """Known groups of threats that feed each other, each sorted."""


class ChainSource(Record):
    """A story told when each of its steps is open."""

    name: Text
    """The story in one line."""

    steps: Annotated[tuple[ThreatId, ...], Field(min_length=2)]
    """Threats in order."""

    breaks_best_at: ThreatId
    """The step where a break costs least."""


class CombinationSource(Record):
    """A combination that has a name of its own."""

    threat: ThreatId
    """The threat that carries it."""

    source: Text
    """Who named it, when."""

    legs: tuple[CapabilityId, ...] = ()
    """What it is made of."""


class ChainFile(Record):
    """All chains and named combinations."""

    chains: dict[ChainId, ChainSource]
    """The chains, by id."""

    combinations: dict[str, CombinationSource]
    """The combinations, by name."""


class SeveritySteps(Record):
    """How facts and controls move likelihood and impact."""

    raise_one: Annotated[int, Field(ge=1)]
    """True `raise_if` items for one step up."""

    raise_two: Annotated[int, Field(ge=2)]
    """True `raise_if` items for two steps up."""

    reduced: Annotated[int, Field(ge=0, le=3)]
    """Steps down when `reduced_by` holds."""

    half_closed: Annotated[int, Field(ge=0, le=3)]
    """Steps down when at least half of `closed_by` holds."""


class SeverityFile(Record):
    """How severe a threat is."""

    impacts: tuple[Step, Step, Step, Step]
    """Steps of impact, mildest first."""

    likelihoods: tuple[Likelihood, Likelihood, Likelihood, Likelihood]
    """Steps of likelihood, rarest first."""

    severities: tuple[Step, Step, Step, Step]
    """Steps of severity, mildest first."""

    matrix: dict[Step, tuple[Step, Step, Step, Step]]
    """Severity by impact (row) and likelihood (column)."""

    steps: SeveritySteps
    """Moves along the two scales."""

    states: dict[str, Text]
    """What each state of a threat means."""

    proxy_levels: dict[ProxyLevel, Text]
    """What each proxy level means."""


class NamespaceSource(Record):
    """A public framework, pinned to one version."""

    title: Text
    """Its name."""

    version: str
    """The version that the ids belong to."""

    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")]
    """Where it is published."""

    used_for: Literal["threat", "mitigation", "both"]
    """What refers to it."""

    note: str = ""
    """What to know about the ids."""


class CatalogueFile(Record):
    """Version of the rules, and the frameworks they refer to."""

    rules_version: str
    """Version of the rules; changes when a result can change."""

    namespaces: dict[str, NamespaceSource]
    """Public frameworks, by short name."""

    factors: dict[Literal["nd", "au", "id", "a2a"], Text]
    """Labels of the agentic factors."""


class NameFile(Record):
    """Official names of ids in public frameworks."""

    names: dict[str, dict[str, Text]]
    """Name by id, by namespace."""
