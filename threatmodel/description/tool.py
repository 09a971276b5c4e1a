"""One callable tool, as its server lists it."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from threatmodel.record import Record

ToolClassName = Literal["Read", "Write", "Execute", "Destructive", "Financial"]
"""The five classes, mildest first; design of the classes in `frameworks/classes/`."""


class Annotations(Record):
    """Hints of the server about a tool; claims, not facts (MCP 2025-11-25, ToolAnnotations)."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    title: str | None = None
    """Title for people."""

    read_only: Annotated[bool | None, Field(alias="readOnlyHint")] = None
    """The tool does not modify its environment. The protocol's default is false."""

    destructive: Annotated[bool | None, Field(alias="destructiveHint")] = None
    """The tool may destroy; meaningful when it is not read-only. The protocol's default is true."""

    idempotent: Annotated[bool | None, Field(alias="idempotentHint")] = None
    """Repeating the call changes nothing more. The protocol's default is false."""

    open_world: Annotated[bool | None, Field(alias="openWorldHint")] = None
    """The tool meets an open world of outside entities. The protocol's default is true."""


class ClassOverride(Record):
    """A tool class set by a person, with the reason."""

    value: ToolClassName
    """The class that holds."""

    by: Literal["vendor", "operator", "reviewer"] = "reviewer"
    """Who says so."""

    note: Annotated[str, Field(max_length=2000)] = ""
    """Why."""


class Tool(Record):
    """Something the agent can call."""

    model_config = ConfigDict(populate_by_name=True)

    name: Annotated[str, Field(min_length=1)]
    """Name as the server lists it."""

    title: str | None = None
    """Title for people."""

    description: str | None = None
    """What the server says the tool does; the model reads this text."""

    input_schema: Annotated[dict[str, JsonValue] | None, Field(alias="inputSchema")] = None
    """JSON Schema of the arguments."""

    output_schema: Annotated[dict[str, JsonValue] | None, Field(alias="outputSchema")] = None
    """JSON Schema of the result."""

    annotations: Annotations | None = None
    """The server's own hints."""

    server: str | None = None
    """Server that offers it, where an agent uses several."""

    override: Annotated[ClassOverride | None, Field(alias="class")] = None
    """Class set by a person instead of the classifier's."""
