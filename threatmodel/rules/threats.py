"""Threats, mitigations, facts, capabilities and layers as a person writes them in frameworks/."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from threatmodel.reading.record import Record
from threatmodel.rules import ids
from threatmodel.rules.rows import Clause, Mitigation
from threatmodel.scales import Belongs, Severity


class ThreatSource(Record):
    """Something that can go wrong, and when."""

    title: ids.Text
    """Short name in this project's words."""
    why: str = ""
    """Why it matters, for any agent: two or three sentences."""
    check: str = ""
    """What a reviewer should ask or look at."""
    false_positives: str = ""
    """When the condition holds and the threat still does not matter."""
    note: str = ""
    """Limits of the rule or of its mitigations."""
    also: tuple[ids.LayerId, ...] = ()
    """Other layers it touches; the home is where the control point is."""
    when: ids.Text
    """Condition over facts and capabilities under which it applies."""
    closed_by: str
    """Condition over controls under which it is dealt with; empty when nothing can."""
    reduced_by: str
    """Condition over controls under which it is less likely or smaller."""
    impact: Severity
    """Impact before `raise_impact`."""
    likelihood: ids.Likelihood
    """Likelihood before `raise_if` and controls."""
    raise_if: ids.Names = ()
    """Facts and capabilities that make it likelier: one is a step, three are two."""
    raise_impact: ids.Names = ()
    """Facts and capabilities any of which makes it a step worse."""
    entry: ids.Entry
    """How it begins; the CVSS vector is derived from it."""
    harm: Annotated[tuple[ids.Harm, ...], Field(min_length=1)]
    """What it does; the CVSS vector is derived from it."""
    factors: tuple[Literal["nd", "au", "id", "a2a"], ...] = ()
    """Agentic factors that worsen it; labels for reports."""
    tools: ids.Names = ()
    """`t.` facts whose tools it abuses."""
    attack: tuple[ids.AttackPattern, ...] = ()
    """Published attack patterns that it covers."""
    proxy: ids.ProxyLevel
    """How far a rule on the tool-call path goes."""
    clauses: tuple[ids.ClauseId, ...] = ()
    """Proxy clauses that help."""
    mitigations: Annotated[tuple[ids.MitigationId, ...], Field(min_length=1)]
    """What to do, best first."""
    incidents: tuple[str, ...] = ()
    """Public incidents behind the rule."""
    refs: Annotated[dict[str, tuple[str | int, ...]], Field(default_factory=dict)]
    """Ids in public frameworks, by namespace of `catalogue.yaml`."""


class ThreatFile(Record):
    """The threats of one layer."""

    layer: ids.LayerId
    threats: dict[ids.ThreatId, ThreatSource]


class MitigationFile(Record):
    """All mitigations."""

    mitigations: dict[ids.MitigationId, Annotated[Mitigation, AfterValidator(ids.filled)]]


class ClauseFile(Record):
    """All clauses."""

    clauses: dict[ids.ClauseId, Annotated[Clause, AfterValidator(ids.filled)]]


# Facts, controls, capabilities and layers as a person writes them in frameworks/.


class FactSource(Record):
    """A yes/no statement about an agent."""

    says: ids.Text
    """What it means when true."""
    question: ids.Text
    """The same as a question that a vendor or operator can answer with yes or no."""
    confirm: ids.Text | None = None
    """What is so where it is not, as a sentence without a negation: an act, or a state of things,
    that somebody can confirm who looks."""
    look: ids.Text | None = None
    """How they see that it holds, as a sentence; left out where it takes the maker's word."""
    belongs: Belongs = "product"
    """Who can answer it: whoever makes the product, hosts it, or runs it."""
    seen_in: Annotated[tuple[ids.Seen, ...], Field(alias="from", min_length=1)]
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
    title: ids.Text
    """Heading for readers."""
    facts: dict[ids.FactId, FactSource]


class ControlSource(Record):
    """Something that may be in place against threats."""

    says: ids.Text
    """What it means when true."""
    question: ids.Text
    """The same as a question that can be answered with yes or no."""
    belongs: Belongs = "deployment"
    """Who can answer it."""


class ControlFile(Record):
    """All controls."""

    controls: dict[ids.ControlId, ControlSource]


class CapabilitySource(Record):
    """What facts add up to."""

    says: ids.Text
    """What it means when true."""
    when: ids.Text
    """Condition over facts and other capabilities."""


class CapabilityFile(Record):
    """All capabilities."""

    capabilities: dict[ids.CapabilityId, CapabilitySource]


class MappedBySource(Record):
    """Something stated or observed that decides what can go wrong in a layer."""

    when: str
    """Condition over facts and capabilities."""
    because: ids.Text
    """What decided, as a clause."""


class LayerSource(Record):
    """A MAESTRO layer, or the cross-layer view."""

    number: Annotated[int, Field(ge=1, le=7)] | None
    """1 to 7; none for the cross-layer view."""
    name: ids.Text
    """Published name."""
    about: ids.Text
    """What sits there."""
    vertical: bool
    """Whether it cuts through the others."""
    mapped_by: Annotated[tuple[MappedBySource, ...], Field(min_length=1)]
    """What maps it, the most telling first."""
    asks: Annotated[ids.Names, Field(min_length=1, max_length=6)]
    """Facts and controls that would have to be known where nothing maps it."""


class LayerFile(Record):
    """All layers."""

    layers: dict[ids.LayerId, LayerSource]
