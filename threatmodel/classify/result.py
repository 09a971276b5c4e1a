"""The reading of one tool: what it can do, how sure we are, and what shows it."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, NamedTuple

from threatmodel.description.agent import Tool
from threatmodel.scales import ToolClass

Risk = Literal["Low", "Medium", "High", "Critical"]
"""Risk of a class: Read Low, Write Medium, Execute High, Destructive and Financial Critical."""

ClueSource = Literal["name", "title", "description", "schema", "annotation", "override", "default"]
"""Where a clue was seen."""


class Clue(NamedTuple):
    """One piece of evidence in a tool's definition."""

    source: ClueSource
    """Part of the definition."""
    pointer: str
    """Place inside the definition, such as `name` or `inputSchema.properties.sql`."""
    text: str
    """The word, argument or annotation seen, cut to 120 characters."""
    says: str
    """What follows from it, as a short phrase."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call does to what: a verb on an object."""

    verb: str
    """Canonical verb from the lexicon: read, create, update, delete, send, execute, pay, ..."""
    object: str
    """Object in the singular, lower case, such as `topic`; empty where none is named."""


class Argument(NamedTuple):
    """One argument and the role it plays for policies."""

    path: tuple[str, ...]
    """Keys from the root of the arguments; `[]` stands for the items of an array."""
    role: str
    """Role id from the lexicon (sql, read_query, command, code, path, url, host, recipient, amount,
    limit, query, id, content, secret, dry_run, confirm, operation, http_method, tool_name,
    tool_args, other)."""
    type: str
    """JSON type, `any` where the schema does not say."""
    required: bool
    """Whether the schema requires it, at every step of the path."""
    is_array: bool
    """Whether one call can carry many of them."""
    enum: tuple[str, ...] = ()
    """Allowed values, as text."""
    meanings: tuple[str, ...] = ()
    """What each stands for, where they are numbers or letters that a description explains."""

    @property
    def words(self) -> tuple[str, ...]:
        """The allowed values in words."""
        return self.meanings or self.enum


class ToolReading(NamedTuple):
    """What one tool can do."""

    name: str
    """Name as the server lists it."""
    tool_class: ToolClass
    """Class of its most dangerous operation."""
    risk: Risk
    """Risk of that class."""
    confidence: float
    """0 to 1; below 0.5 the class is a guess and becomes a question."""
    flags: tuple[str, ...]
    """Sorted flags: reads_untrusted_content, touches_private_data, can_exfiltrate, runs_code,
    admin_or_identity."""
    brake: bool
    """Whether it stops harm (cancel, stop, pause of something that runs or is at risk)."""
    signals: tuple[str, ...]
    """Short phrases a reader can act on."""
    effects: tuple[Effect, ...]
    """What a call does, most dangerous first."""
    arguments: tuple[Argument, ...]
    """Arguments with a role that matters, in schema order."""
    traits: tuple[tuple[str, tuple[Clue, ...]], ...]
    """Ids of the `t.` facts this tool shows, each with its clues, sorted by id."""
    contradictions: tuple[str, ...]
    """Where the server's annotations and what was read part ways."""
    steering: tuple[Clue, ...]
    """Text in the definition that tries to steer the model."""
    evidence: tuple[Clue, ...]
    """Clues for the class, strongest first."""
    fingerprint: str
    """sha256 of the canonical JSON of name, description, schemas and annotations."""
    owned: bool = False
    """Whether its own words say that the data is somebody's."""
    opened: bool = False
    """Whether they say that anybody may have it."""
    product: str = ""
    """What its name seems to act on, where that is only the name of a product."""
    does: tuple[str, ...] = ()
    """Its own verb and what it is done to, `reserve`, `tables`; empty where they say no more than
    its effects."""
    thin: tuple[str, ...] = ()
    """Those of its facts that nothing plain shows: they count, and no sentence asserts them."""

    @property
    def told_class(self) -> ToolClass:
        """The class as words tell it: that of a change, where it is in doubt that money moves."""
        in_doubt = self.tool_class == "Financial" and "t.money" in self.thin
        return "Write" if in_doubt else self.tool_class


# A digest of a tool's definition, so that a changed one is noticed.


_CANONICAL = json.JSONEncoder(
    ensure_ascii=True, sort_keys=True, separators=(",", ":"), check_circular=False
)


def fingerprint(tool: Tool) -> str:
    """Give the sha256 of the canonical JSON of name, description, schemas and annotations."""
    parts = {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "outputSchema": tool.output_schema,
        "annotations": _annotations(tool),
    }
    return sha256(_CANONICAL.encode(parts).encode("ascii")).hexdigest()


def _annotations(tool: Tool) -> dict[str, str | bool | None] | None:
    hints = tool.annotations
    if hints is None:
        return None
    return {
        "title": hints.title,
        "readOnlyHint": hints.read_only,
        "destructiveHint": hints.destructive,
        "idempotentHint": hints.idempotent,
        "openWorldHint": hints.open_world,
    }
