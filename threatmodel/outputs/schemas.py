"""The JSON Schemas of everything that the program prints as JSON, made from records.

`python -m threatmodel.outputs.schemas` writes them again, `--check` tells whether they are current.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields

from threatmodel.explain import Explanation
from threatmodel.facts.fact import Contradiction
from threatmodel.files import keep_current, shipped
from threatmodel.outputs.advice import AdviceDocument
from threatmodel.outputs.audit import PublishedDocument
from threatmodel.outputs.diff import DiffDocument
from threatmodel.outputs.document_types import (
    AgentShape,
    CalcScore,
    Document,
    FactShape,
    MadeAgentShape,
    ModelShape,
    SchemaDocument,
    ScoreShape,
    ToolShape,
    some_of,
)
from threatmodel.outputs.documents import schema_id
from threatmodel.outputs.gate import GateDocument
from threatmodel.outputs.system_types import SystemShape
from threatmodel.policy.guard import CompiledPolicy, Guard, Parameter, Residual
from threatmodel.reading.record import Record, schema_of


@some_of(CompiledPolicy, "format", "title", "file", "text", "kept", "losses", "notes")
class CompiledShape(Document):
    """The plan in one format."""

    file: str
    """Customary name of the file."""


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


@some_of(Explanation, *(one.name for one in fields(Explanation)))
class ExplainDocument(SchemaDocument):
    """`aivss explain --format json`."""


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


DOCUMENTS: dict[str, type[Record]] = {
    "score": ScoreDocument,
    "calc": CalcDocument,
    "model": ModelDocument,
    "tools": ToolsDocument,
    "policy": PolicyDocument,
    "advice": AdviceDocument,
    "diff": DiffDocument,
    "gate": GateDocument,
    "explain": ExplainDocument,
    "verify": VerifyDocument,
    "published": PublishedDocument,
    "assessment": AssessmentDocument,
}
"""Name of a document -> its shape."""

FOLDER = "reports/schemas"
"""Where the published copies are."""


def schema_text(name: str) -> str:
    """Give one JSON Schema (draft 2020-12) as text."""
    return text_of_schema(name, DOCUMENTS[name])


def text_of_schema(name: str, kind: type[Record]) -> str:
    """Make the JSON Schema of a kind of document."""
    made = schema_of(kind, "serialization")
    made["properties"]["schema"] |= {"const": schema_id(name)}
    draft = "https://json-schema.org/draft/2020-12/schema"
    whole = {"$schema": draft, "$id": schema_id(name), **made}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the published copies, or `--check` them."""
    return publish(arguments, FOLDER, {name: schema_text(name) for name in DOCUMENTS})


def publish(arguments: Sequence[str], folder: str, texts: Mapping[str, str]) -> int:
    """Write schemas by name into a folder that ships, or `--check` them."""
    files = {f"{name}.schema.json": text for name, text in texts.items()}
    return keep_current(arguments, shipped(folder), files)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
