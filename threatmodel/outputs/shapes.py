"""Every JSON document that the program prints, as records; JSON Schemas are made from them.

They stand apart from what writes the documents: reading their docstrings takes longer than a run.
"""

from threatmodel.facts.fact import Contradiction
from threatmodel.outputs.document_types import (
    AgentShape,
    Document,
    FactShape,
    MadeAgentShape,
    ModelShape,
    SchemaDocument,
    ToolShape,
)
from threatmodel.outputs.score_types import CalcScore, ScoreShape
from threatmodel.outputs.system_shapes import SystemShape
from threatmodel.policy.guard import Guard, Loss, Parameter, Residual


class CompiledShape(Document):
    """The plan in one format."""

    format: str
    """Format id."""
    title: str
    """Product."""
    file: str
    """Customary name of the file."""
    text: str
    """The policy, byte for byte."""
    kept: list[str]
    """Guards expressed as planned."""
    losses: list[Loss]
    """All others."""
    notes: list[str]
    """What to know when deploying it."""


class PolicyShape(Document):
    """The plan and its formats."""

    preset: str
    """published or derived."""
    guards: list[Guard]
    """Sorted by tool, kind, id."""
    parameters: list[Parameter]
    """Values that only a person knows."""
    formats: list[CompiledShape]
    """One for each format."""


class ScoreDocument(SchemaDocument):
    """`aivss score --format json`."""

    agent: AgentShape
    """Which agent."""
    score: ScoreShape
    """The headline."""
    profiles: tuple[ScoreShape, ...] = ()
    """The headline under every profile; only with `--profile all`."""
    system: SystemShape | None = None
    """Its members and flows; left out for what is no system."""


class CalcDocument(SchemaDocument):
    """`aivss calc --format json`."""

    score: CalcScore
    """The result."""


class ModelDocument(SchemaDocument):
    """`aivss model --format json`."""

    agent: AgentShape
    """Which agent."""
    model: ModelShape
    """Its threat model."""
    system: SystemShape | None = None
    """Its members and flows; left out for what is no system."""


class ToolsDocument(SchemaDocument):
    """`aivss tools --format json`."""

    tools: list[ToolShape]
    """What each tool can do."""


class PolicyDocument(SchemaDocument):
    """`aivss policy --format json`: one policy with what it loses."""

    policy: CompiledShape
    """The policy."""


class ExplainDocument(SchemaDocument):
    """`aivss explain --format json`."""

    id: str
    """The id explained."""
    kind: str
    """What it is."""
    title: str
    """What it says."""
    parts: list[tuple[str, list[str]]]
    """Details, each under a label."""


class CheckShape(Document):
    """One thing that was recomputed."""

    what: str
    """What was checked."""
    holds: bool
    """Whether it holds."""
    detail: str
    """Both sides, where it does not."""


class VerifiedShape(Document):
    """What one file says, checked."""

    file: str
    """The file."""
    holds: bool
    """Whether everything holds."""
    checks: list[CheckShape]
    """All checks, in order."""


class VerifyDocument(SchemaDocument):
    """`aivss verify --format json`."""

    files: list[VerifiedShape]
    """Every file that states a score."""


class AssessmentDocument(SchemaDocument):
    """The whole assessment."""

    agent: MadeAgentShape
    """Which agent."""
    facts: list[FactShape]
    """What is true of it."""
    contradictions: list[Contradiction]
    """Evidence that cannot all hold."""
    score: ScoreShape
    """How bad it could get."""
    profiles: list[ScoreShape]
    """The same under every profile."""
    model: ModelShape
    """What can go wrong."""
    tools: list[ToolShape]
    """What each tool can do."""
    policy: PolicyShape
    """What a proxy must enforce."""
    residual: list[Residual]
    """What is left, per format."""
    system: SystemShape | None = None
    """Its members and flows; left out for what is no system."""
