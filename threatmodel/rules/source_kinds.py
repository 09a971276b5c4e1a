"""Kinds of sources as a person writes them in frameworks/: what is read where, and what it says."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from threatmodel.reading.record import Record
from threatmodel.scales import CredentialKind, Speaker

Place = Annotated[str, StringConstraints(max_length=300)]
"""Way to values of a source: `a.b`, `list[].x`, `map<>`, `**`, `a | b`, `a || b`."""

Sign = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""What is asked of a place: `name`, `!name`, `url?`, `on:true`, `type = a, b`."""

Notation = Literal["json", "yaml", "toml", "markdown", "lines", "python"]
"""How a source is written."""

Shape = tuple[Sign | tuple[Sign, ...], ...]
"""Signs that must all hold; of several in brackets, one."""

Words = Annotated[str, StringConstraints(max_length=600)]
"""Words for people; the text of a place stands in `{braces}`."""


class SourceRow(Record):
    """One thing that a source says, and where."""

    of: Place = ""
    """Places that are gone through one by one; all else is told from there."""
    where: Shape = ()
    """What must hold of such a place."""
    at: Place = ""
    """The values that say it."""
    sign: Sign | None = Field(None, alias="if")
    """What must hold of such a value."""
    yes: Words = ""
    """Question that is answered with yes: `network.cleartext`, `facts.t.execute`."""
    no: Words = ""
    """Question that is answered with no."""
    note: Words = ""
    """Words that are shown with the answer."""
    text: Words = ""
    """Field that the value is written into."""
    item: Words = ""
    """List that the value, or the words of `note`, are added to."""
    most: int = 0
    """Characters that are kept of a text; 0 for what its field keeps."""
    credential: Words = ""
    """What a credential is called that is used."""
    kind: CredentialKind | None = None
    """Its kind, where the name does not tell it."""
    seen: Literal["local", ""] = ""
    """Where it can be read."""
    variable: Words = ""
    """Name of a variable or header, which may hold a secret."""
    value: Place = ""
    """Its value."""
    local: bool = False
    """Whether it is given to a local process."""
    secret: Sign | None = None
    """Tells that the source itself calls it secret."""
    read: str = ""
    """What reads the value: a mechanism such as `address`, one of the kind's own, a table."""


class SourceRemark(Record):
    """What a person should know about a source."""

    where: Shape = ()
    """When."""
    words: Words


class SourceTable(Record):
    """A kind of source, or a part of one."""

    title: Words = ""
    """Name for people, with its article."""
    expects: Words = ""
    """What such a source holds, for people whose file is not one."""
    notations: tuple[Notation, ...] = ("json", "yaml", "lines")
    """How it can be written."""
    shape: Shape = ()
    """How it is recognised."""
    by: Speaker = "operator"
    """Who says it."""
    name: Place = "name"
    """What it is called."""
    unnamed: bool = False
    """Whether it may be called like its file."""
    kind: Words = ""
    """What it describes."""
    summary: Place | None = None
    """What it is for."""
    tools: Place | None = None
    """List of its tools, as servers give them."""
    more_tools: Sign | None = None
    """Tells that it has more tools than it lists."""
    instructions: Place | None = None
    """What a server tells those who call it."""
    says: tuple[SourceRow, ...] = ()
    """All else that it says, in this order."""
    remarks: tuple[SourceRemark, ...] = ()


class SourcesFile(Record):
    """frameworks/sources.yaml."""

    sources: dict[str, SourceTable]
    """Kind of source, or part of one -> how it is read."""
