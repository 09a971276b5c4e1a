"""Every JSON document that the program prints, as records; JSON Schemas are made from them."""

from typing import Annotated

from pydantic import Field

from threatmodel.facts.fact import Contradiction
from threatmodel.outputs.json_model import (
    CompiledShape,
    FactShape,
    ModelShape,
    PolicyShape,
    ToolShape,
)
from threatmodel.outputs.json_score import AgentShape, MadeAgentShape, ScoreShape
from threatmodel.policy.guard import Residual
from threatmodel.record import Record

SchemaId = Annotated[str, Field(alias="schema")]
"""Id of the schema that a document follows."""


class ScoreDocument(Record):
    """`aivss score --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    agent: AgentShape
    """Which agent."""

    score: ScoreShape
    """The headline."""

    profiles: tuple[ScoreShape, ...] = ()
    """The headline under every profile; only with `--profile all`."""


class CalcCvss(Record):
    """The CVSS base of a calculation."""

    vector: str
    """Base vector; empty where only a base was given."""

    base: float
    """0 to 10."""

    basis: str
    """Always given."""


class CalcFactor(Record):
    """A factor of a calculation."""

    id: str
    """Factor id in the profile."""

    name: str
    """Its name."""

    value: float
    """0 to 1."""


class CalcScore(Record):
    """The fields of a score that a bare calculation knows."""

    value: float
    """0 to 10, one decimal."""

    severity: str
    """None, Low, Medium, High or Critical."""

    profile: str
    """Profile id."""

    vector: str
    """Canonical vector of the inputs."""

    cvss: CalcCvss
    """The base."""

    factors: list[CalcFactor]
    """Empty where only their sum was given."""

    factor_sum: float
    """0 to 10."""

    aars: float
    """Agentic uplift before mitigation."""

    threat_multiplier: float
    """Exploit maturity."""

    mitigation_factor: float
    """What controls take off."""

    amended: float | None
    """Amended value where the result is below its own base."""

    warnings: list[str]
    """What is off the standard's tables."""


class CalcDocument(Record):
    """`aivss calc --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    score: CalcScore
    """The result."""


class ModelDocument(Record):
    """`aivss model --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    agent: AgentShape
    """Which agent."""

    model: ModelShape
    """Its threat model."""


class ToolsDocument(Record):
    """`aivss tools --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    tools: list[ToolShape]
    """What each tool can do."""


class PolicyDocument(Record):
    """`aivss policy --format json`: one policy with what it loses."""

    schema_: SchemaId
    """Id of this schema."""

    policy: CompiledShape
    """The policy."""


class ExplainDocument(Record):
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


class CheckShape(Record):
    """One thing that was recomputed."""

    what: str
    """What was checked."""

    holds: bool
    """Whether it holds."""

    detail: str
    """Both sides, where it does not."""


class VerifiedShape(Record):
    """What one file says, checked."""

    file: str
    """The file."""

    holds: bool
    """Whether everything holds."""

    checks: list[CheckShape]
    """All checks, in order."""


class VerifyDocument(Record):
    """`aivss verify --format json`."""

    schema_: SchemaId
    """Id of this schema."""

    files: list[VerifiedShape]
    """Every file that states a score."""


class AssessmentDocument(Record):
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
