"""What a vendor replies to an assessment, as a record beside the description."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from threatmodel.reading import check, read_bytes_tree
from threatmodel.reading.record import Record

ReplyState = Literal["open", "under-review", "accepted", "declined", "withdrawn"]
"""How a reply stands; the first two wait for the owner of the catalogue."""


class Reply(Record):
    """One reply or dispute."""

    by: Annotated[str, Field(min_length=1, max_length=200)]
    """Who replies, such as the vendor's name."""
    date: dt.date
    """Day of the reply."""
    kind: Literal["reply", "dispute"] = "reply"
    """A dispute says that the assessment is wrong; a reply adds to it."""
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    """What they say; shown in full."""
    about: tuple[str, ...] = ()
    """What it is about: ids of facts, factors or threats, or names of tools."""
    state: ReplyState = "open"
    """How it stands."""
    deadline: dt.date | None = None
    """Day by which the owner of the catalogue decides."""
    decision: Annotated[str, Field(max_length=20_000)] = ""
    """What the owner decided and why; shown in full."""
    decided: dt.date | None = None
    """Day of that decision."""


class Replies(Record):
    """A file of replies to one assessment; it names the description it belongs to by its name."""

    replies: tuple[Reply, ...]
    """Replies, oldest first."""


def read_replies(path: Path, data: bytes) -> tuple[Reply, ...]:
    """Read a file of replies.

    Raises:
        InvalidFileError: It is not YAML as this project reads it.
        ExceptionGroup: All faults in what it says.
    """
    return check(Replies, read_bytes_tree(data, str(path))).replies
