"""The description of one agent: what the user writes."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from threatmodel.description import sections
from threatmodel.description.overrides import (
    Answer,
    ClassOverride,
    Decision,
    GivenScores,
    Note,
    PolicyWishes,
)
from threatmodel.description.part import Part
from threatmodel.description.plain_values import JsonObject, Key, Length
from threatmodel.reading.positions import EMPTY, Places, Value
from threatmodel.scales import Kind, Speaker

# What a server lists: callable tools, and what it gives besides.


class Annotations(Part):
    """Hints of the server about a tool; claims, not facts (MCP 2025-11-25, ToolAnnotations)."""

    LENIENT = True

    title: str | None = None
    """Title for people."""
    read_only: Annotated[bool | None, Key("readOnlyHint")] = None
    """The tool does not modify its environment. The protocol's default is false."""
    destructive: Annotated[bool | None, Key("destructiveHint")] = None
    """The tool may destroy; meaningful when it is not read-only. The protocol's default is true."""
    idempotent: Annotated[bool | None, Key("idempotentHint")] = None
    """Repeating the call changes nothing more. The protocol's default is false."""
    open_world: Annotated[bool | None, Key("openWorldHint")] = None
    """The tool meets an open world of outside entities. The protocol's default is true."""


class Tool(Part):
    """Something the agent can call."""

    name: Annotated[str, Length(1)]
    """Name as the server lists it."""
    title: str | None = None
    """Title for people."""
    description: str | None = None
    """What the server says the tool does; the model reads this text."""
    input_schema: Annotated[JsonObject | None, Key("inputSchema")] = None
    """JSON Schema of the arguments."""
    output_schema: Annotated[JsonObject | None, Key("outputSchema")] = None
    """JSON Schema of the result."""
    annotations: Annotations | None = None
    """The server's own hints."""
    server: str | None = None
    """Server that offers it, where an agent uses several."""
    override: Annotated[ClassOverride | None, Key("class")] = None
    """Class set by a person instead of the classifier's."""


class Named(Part):
    """An argument of a prompt."""

    name: Annotated[str, Length(1)]
    """Its name."""
    description: str | None = None
    """What the server says of it."""


class Offered(Part):
    """A prompt, a resource or a template of resources."""

    name: Annotated[str, Length(1)]
    """Name as the server lists it."""
    title: str | None = None
    """Title for people."""
    description: str | None = None
    """What the server says of it; the model can be given this text."""
    uri: str | None = None
    """Address of a resource; printed, never fetched."""
    uri_template: Annotated[str | None, Key("uriTemplate")] = None
    """Address with blanks that a caller fills."""
    arguments: tuple[Named, ...] = ()
    """Arguments of a prompt."""


class Offers(Part):
    """What a server gives to the model besides its tools, in its own words."""

    instructions: str | None = None
    """What it tells the model when a session begins."""
    prompts: tuple[Offered, ...] = ()
    """Prompts that it lists."""
    resources: tuple[Offered, ...] = ()
    """Resources that it lists."""
    resource_templates: Annotated[tuple[Offered, ...], Key("resourceTemplates")] = ()
    """Templates of resources that it lists."""


Unknown = Literal["unknown"]
"""Said on purpose; the same as leaving the field out."""


class Source(Part):
    """Where something in the description comes from."""

    name: str
    """Title of the document, package or page."""
    url: str | None = None
    """Address; printed, never fetched."""
    version: str | None = None
    """Version or date that was read."""


class Mark(Part):
    """What the last import wrote in one place; the next one refreshes it while it is unchanged."""

    digest: str
    """First digits of the sha256 of the value's canonical JSON."""
    origin: Annotated[str, Key("from")]
    """Source and place inside it, such as `server.json: packages[0].version`."""


class Agent(Part):
    """An agent, MCP server, skill or group of agents; only `name` is required."""

    name: Annotated[str, Length(1, 300)]
    """Name shown everywhere."""
    kind: Kind | Unknown = "unknown"
    """What is described."""
    form: Literal["product", "deployment", "unknown"] = "unknown"
    """A product is what a vendor ships; a deployment is one installation of it."""
    extends: str | None = None
    """File of the product that this deployment builds on, relative to this file."""
    summary: Note | None = None
    """What it is, in a sentence or two."""
    vendor: str | None = None
    """Who makes it."""
    version: str | None = None
    """Version that was looked at; quote it, so that 1.10 stays 1.10."""
    date: dt.date | None = None
    """Day of the assessment, printed on reports."""
    tags: tuple[str, ...] = ()
    """Words to find it by in a catalogue."""
    sources: tuple[Source, ...] = ()
    """What the description was made from."""
    stated_by: Speaker = "reviewer"
    """Who makes the statements of this file."""
    host: str | None = None
    """Reference host (id in `frameworks/hosts.yaml`) that a server alone is judged with."""
    model: sections.Model | Unknown | None = None
    """The language model that decides."""
    users: sections.Users | Unknown | None = None
    """The people on both sides."""
    autonomy: sections.Autonomy | Unknown | None = None
    """What it does without being asked again."""
    credentials: tuple[sections.Credential, ...] | Unknown | None = None
    """Keys, tokens and logins it acts with."""
    identity: sections.Identity | Unknown | None = None
    """Who may call it."""
    data: sections.Data | Unknown | None = None
    """What it reads and how sensitive that is."""
    tools: tuple[Tool, ...] | Unknown | None = None
    """What it can call: inline, or `{file: tools.json}`."""
    offers: Offers | None = None
    """What a server gives to the model besides tools; an import keeps it in the file of tools."""
    tool_classes: dict[str, ClassOverride] = field(default_factory=dict)
    """Tool name -> class set by a person, for tools that stand in a file of their own."""
    memory: sections.Memory | Unknown | None = None
    """What stays after a session."""
    retrieval: sections.Retrieval | Unknown | None = None
    """The index it looks things up in."""
    peers: sections.Peers | Unknown | None = None
    """Other agents it works with."""
    supply: sections.Supply | Unknown | None = None
    """Tool servers, packages and plugins it is made of."""
    runtime: sections.Runtime | Unknown | None = None
    """Where it runs."""
    network: sections.Network | Unknown | None = None
    """What it can reach and who can reach it."""
    observability: sections.Observability | Unknown | None = None
    """What is recorded and who watches."""
    controls: dict[str, Answer] | Unknown = field(default_factory=dict)
    """Control id without `k.` -> whether it is in place."""
    business: sections.Business | Unknown | None = None
    """What it is used for."""
    scores: GivenScores | None = None
    """Parts of the score set by a person."""
    policy: PolicyWishes | None = None
    """What the purpose needs, for the compiled policy."""
    decisions: tuple[Decision, ...] = ()
    """What a reviewer decided about findings."""
    facts: dict[str, Answer] = field(default_factory=dict)
    """Any fact by id, with value, by and note."""
    imported: dict[str, Mark] = field(default_factory=dict)
    """Written by `aivss import`: path of a value (as JSON Pointer) -> where it came from."""

    # Not fields; `located` sets them for one agent.
    _places: ClassVar[Places] = EMPTY
    _origins: ClassVar[Mapping[str, Speaker]] = MappingProxyType({})
    _digest: ClassVar[str] = ""

    @property
    def places(self) -> Places:
        """Where each field stands; empty for an agent made in code."""
        return self._places

    @property
    def digest(self) -> str:
        """The sha256 of the files it was read from; empty for an agent made in code."""
        return self._digest

    @property
    def known_tools(self) -> tuple[Tool, ...]:
        """The tools, or none where they are unknown."""
        tools = self.tools if isinstance(self.tools, tuple) else ()
        if not self.tool_classes:
            return tools
        return tuple(
            tool.changed({"override": self.tool_classes[tool.name]})
            if tool.name in self.tool_classes
            else tool
            for tool in tools
        )

    @property
    def decided(self) -> dict[str, Decision]:
        """What holds of each finding that was decided; of two decisions on one, the first."""
        return {one.finding: one for one in reversed(self.decisions)}

    def speaker_at(self, file: str) -> Speaker:
        """Say who makes the statements of a file that this description was read from."""
        return self._origins.get(file, self.stated_by)

    def located(self, places: Places, origins: dict[str, Speaker], digest: str) -> Self:
        """Give the same agent, knowing where each field stands and who states it."""
        return self.changed({"_places": places, "_origins": origins, "_digest": digest})

    def assuming(self, facts: dict[str, bool]) -> Self:
        """Give the same agent with some facts stated, over whatever it says about them."""
        return self.changed({"facts": {**self.facts, **facts}})


class Opened(NamedTuple):
    """A description as one tree, with everything it refers to put in."""

    value: dict[str, Value]
    """The merged description."""
    places: Places
    """Where each part stands, in whichever file."""
    speakers: dict[str, Speaker]
    """File -> who makes its statements."""
    digest: str
    """sha256 over the bytes of all files, in the order they were read."""
    members: "tuple[Opened, ...]" = ()
    """The members of a system, each as it describes itself."""


# What a server sent of them, without what no description can hold.

LISTS = ("prompts", "resources", "resourceTemplates")
"""Keys of the lists in the protocol."""

_TEXTS = ("title", "description", "uri", "uriTemplate")
_MOST = 500
"""Entries of a list that are kept."""


def offers_in(value: Value) -> dict[str, Value]:
    """Take what a server offers out of what it sent, without what no description can hold."""
    if not isinstance(value, Mapping):
        return {}
    found: dict[str, Value] = {key: list(_rows(value.get(key))) for key in LISTS}
    said = value.get("instructions")
    if isinstance(said, str) and said.strip():
        found["instructions"] = said
    return {key: part for key, part in found.items() if part}


def _rows(value: Value) -> Iterator[dict[str, Value]]:
    for row in value[:_MOST] if isinstance(value, list) else []:
        if not isinstance(row, Mapping) or not _text(row.get("name")):
            continue
        kept = _only(row, "name", *_TEXTS)
        arguments = list(_rows(row.get("arguments")))
        if arguments:
            kept["arguments"] = [_only(argument, "name", "description") for argument in arguments]
        yield kept


def _only(row: Mapping[str, Value], *keys: str) -> dict[str, Value]:
    return {key: row[key] for key in keys if _text(row.get(key))}


def _text(value: Value) -> bool:
    return isinstance(value, str) and bool(value.strip())
