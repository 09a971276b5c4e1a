"""Every JSON document that the program prints, as records; JSON Schemas are made from them.

They stand apart from what writes the documents: reading their docstrings takes longer than a run.
"""

from typing import Annotated

from pydantic import Field

from threatmodel.facts.fact import Contradiction
from threatmodel.outputs.document_types import (
    AgentShape,
    CompiledShape,
    Document,
    FactShape,
    MadeAgentShape,
    ModelShape,
    PolicyShape,
    ToolShape,
)
from threatmodel.outputs.score_types import CalcScore, ScoreShape
from threatmodel.outputs.system_shapes import SystemShape
from threatmodel.policy.guard import Residual

SchemaId = Annotated[str, Field(alias="schema")]
"""Id of the schema that a document follows."""


class ScoreDocument(Document):
    """`aivss score --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    agent: AgentShape
    """Which agent."""

    score: ScoreShape
    """The headline."""

    profiles: tuple[ScoreShape, ...] = ()
    """The headline under every profile; only with `--profile all`."""

    system: SystemShape | None = None
    """Its members and flows; left out for what is no system."""


class CalcDocument(Document):
    """`aivss calc --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    score: CalcScore
    """The result."""


class ModelDocument(Document):
    """`aivss model --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    agent: AgentShape
    """Which agent."""

    model: ModelShape
    """Its threat model."""

    system: SystemShape | None = None
    """Its members and flows; left out for what is no system."""


class ToolsDocument(Document):
    """`aivss tools --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    tools: list[ToolShape]
    """What each tool can do."""


class PolicyDocument(Document):
    """`aivss policy --format json`: one policy with what it loses."""

    schema_: SchemaId
    """Id of this schema."""

    policy: CompiledShape
    """The policy."""


class ExplainDocument(Document):
    """`aivss explain --format json`."""

    schema_: SchemaId
    """Id of this schema."""

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


class VerifyDocument(Document):
    """`aivss verify --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    files: list[VerifiedShape]
    """Every file that states a score."""


class AssessmentDocument(Document):
    """The whole assessment."""

    schema_: SchemaId
    """Id of this schema."""

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
