"""The shape of the catalogue's JSON files, and their JSON Schemas, which are made from it.

`python -m threatmodel.catalogue.documents` writes the schemas again, `--check` tells whether they
are current.
"""

import sys
from typing import Literal

from threatmodel.catalogue.entry import Entry, ScoreChange, SiteChange
from threatmodel.catalogue.records import THREAT
from threatmodel.catalogue.replies import Reply
from threatmodel.diff import Cause
from threatmodel.outputs.document_types import (
    AgentShape,
    Document,
    LayerShape,
    MadeAgentShape,
    SchemaDocument,
    ScoreShape,
    ThreatShape,
    ToolShape,
    some_of,
)
from threatmodel.outputs.schemas import publish, text_of_schema
from threatmodel.policy.guard import Guard, Residual
from threatmodel.reading.record import Record


class IndexDocument(SchemaDocument):
    """`api/index.json`: every agent as a row, compact; highest score first."""

    title: str
    """Name of the site."""
    columns: tuple[str, ...]
    """Names of the columns of each row."""
    agents: list[list[str | float | list[str] | None]]
    """Rows: values in the order of `columns`."""


class ToolIndexDocument(SchemaDocument):
    """`api/tools.json`: every tool as a row below its agent."""

    columns: tuple[str, ...]
    """Names of the columns of each tool."""
    agents: list[tuple[str, str, list[tuple[str, str, str, str, str, str]]]]
    """Id, name and tools of each agent; a tool is a row of values in the order of `columns`."""


@some_of(SiteChange, *SiteChange._fields)
class ChangeShape(Document):
    """One change between two builds."""

    kind: Literal["added", "removed", "score", "outdated", "stale", "renewed", "reply"]
    """What kind of change."""
    causes: list[Cause]
    """Causes of a changed score."""


class ChangesDocument(SchemaDocument):
    """`api/changes.json`: what changed between builds, newest first."""

    changes: list[ChangeShape]
    """Changes."""


@some_of(
    Entry,
    *("assessed", "stale_on", "stale", "outdated", "description", "tool_list", "rules", "engine"),
)
class FreshnessShape(Document):
    """When and from what an agent was assessed, and how long it holds."""

    assessed: str | None
    """ISO date of the assessment."""
    stale_on: str | None
    """ISO date from which it is stale."""
    outdated: str | None
    """Why it is out of date though not stale; null where it is not."""


@some_of(MadeAgentShape, "aivss", "rules_digest")
class SiteAgentShape(AgentShape):
    """Which agent was assessed, and by what."""


@some_of(ThreatShape, *THREAT)
class SiteThreatShape(Document):
    """A threat that is live for the agent, or waits for an answer."""

    cvss_vector: str | None
    """CVSS 4.0 vector."""
    text: str
    """What it means here; empty where it is undecided: `questions` would settle it."""


@some_of(Guard, "kind", "says", "threats")
class GuardShape(Document):
    """A guard on a tool."""


class PlacedToolShape(ToolShape):
    """A tool in full."""

    page: str
    """Its page, relative to this file."""
    guards: list[GuardShape]
    """Guards on it."""


class SitePolicyShape(Document):
    """A policy in one format."""

    format: str
    """Format id."""
    title: str
    """Product."""
    file: str
    """The policy, relative to this file."""
    kept: int
    """Guards as planned."""
    weakened: int
    """Guards that are stricter or coarser than planned."""
    dropped: int
    """Guards that are not enforced."""


@some_of(ScoreChange, *ScoreChange._fields)
class MovedShape(Document):
    """A change of the score."""


@some_of(Reply, *Reply.model_fields)
class ReplyShape(Document):
    """A reply of the vendor."""


class AgentDocument(SchemaDocument):
    """`agents/<id>/agent.json`: what the page of an agent says."""

    id: str
    """Name of its folder."""
    freshness: FreshnessShape
    """When and from what it was assessed."""
    agent: SiteAgentShape
    """Which agent."""
    known: bool
    """Whether anything is known that the score rests on."""
    score: ScoreShape
    """The headline."""
    layers: list[LayerShape]
    """L1 to L7, then XL."""
    threats: list[SiteThreatShape]
    """Live and undecided threats, sorted by id."""
    tools: list[PlacedToolShape]
    """Tools in the order of the list."""
    policies: list[SitePolicyShape]
    """Policies that lie beside it, where the owner of the catalogue chose to have them."""
    residual: Residual | None
    """What the first policy leaves; null without one."""
    replies: list[ReplyShape]
    """Replies, oldest first."""
    history: list[MovedShape]
    """Changes of the score, newest first."""


DOCUMENTS: dict[str, type[Record]] = {
    "index": IndexDocument,
    "tool-index": ToolIndexDocument,
    "changes": ChangesDocument,
    "agent": AgentDocument,
}
"""Name of a document -> its shape."""

FOLDER = "reports/catalogue/schemas"
"""Where the published copies are; a site carries them too."""


def schema_text(name: str) -> str:
    """Give one JSON Schema (draft 2020-12) as text."""
    return text_of_schema(f"catalogue-{name}", DOCUMENTS[name])


if __name__ == "__main__":
    sys.exit(publish(sys.argv[1:], FOLDER, {name: schema_text(name) for name in DOCUMENTS}))
