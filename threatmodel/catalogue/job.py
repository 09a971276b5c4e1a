"""What an owner asks of a build, what is built together, and what becomes of it.

Light, for a build may find nothing to do.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from threatmodel.catalogue.discover import Discovered
from threatmodel.catalogue.entry import Entry

POLICIES = "policies"
"""Further files: the policy in every format; else a page shows it in the first one alone."""

CONDITIONS = "conditions"
"""On each agent's page, the cheapest conditions for a yes, as `aivss advise` finds them."""

FEW = 100
"""Agents up to which a site has them unasked: the search takes about as long as all else does."""

STALE_AFTER_DAYS = 90
"""Days after which an assessment counts as stale, unless the owner says otherwise."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Choices for one site."""

    title: str = "Agent catalogue"
    address: str = ""
    """Public address, ending in `/`; empty: every link stays relative and there is no sitemap."""
    stale_after: int = STALE_AFTER_DAYS
    """Days after which an assessment is stale."""
    profile: str = "agentic"
    also: tuple[str, ...] = ()
    """What each agent has besides: kinds of report such as `pdf`, `description`, `policies` and
    `conditions`."""
    day: str = ""
    """ISO date of the build, from the caller; decides what is stale. Empty: nothing is."""

    def with_conditions(self, agents: int) -> "Choices":
        """Add the conditions for a yes where the site has few agents."""
        if agents > FEW or CONDITIONS in self.also:
            return self
        return replace(self, also=(*self.also, CONDITIONS))

    @property
    def digest(self) -> str:
        """The sha256 over all that changes pages; the day changes only what it makes stale."""
        fields = asdict(self) | {"day": ""}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


Stamp = tuple[int, int, str]
"""Size, time of change in ns, sha256."""


@dataclass(frozen=True, slots=True)
class Task:
    """One description to build."""

    found: Discovered
    before: Entry | None
    """What the last build knew of it."""


@dataclass(frozen=True, slots=True)
class Job:
    """What stays the same during one build."""

    folder: Path
    """Folder of the descriptions, absolute."""
    choices: Choices
    setting: str
    """Digest of rules, program, templates and choices."""
    report: str = ""
    """Kind of report to write instead of pages; empty for a site."""
    theme: Path | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Descriptions that are built together."""

    job: Job
    ready: str
    """Folder that finished agents are put in, absolute."""
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of one description."""

    id: str
    path: str
    entry: Entry | None
    """Its entry; None where it has faults."""
    faults: tuple[str, ...]
    """Every fault with its place."""
    inputs: dict[str, Stamp]
    """Files read, also of a faulty one."""
    other: bool = False
    """Whether it is no description at all."""


def stamp_of(path: str) -> Stamp:
    """Stamp a file by its content and by what tells cheaply that it changed."""
    with Path(path).open("rb") as file:
        told = os.fstat(file.fileno())
        return told.st_size, told.st_mtime_ns, hashlib.sha256(file.read()).hexdigest()


# The finished files of one agent as one file, until each is written with all that it shows.


def bundled(files: Mapping[str, bytes]) -> Iterable[bytes]:
    """Give the parts of a bundle: a line that tells names and sizes, then the files."""
    sizes = [(name, len(data)) for name, data in files.items()]
    return (json.dumps(sizes).encode() + b"\n", *files.values())


def read_bundle(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give name and content of each file of a bundle."""
    with path.open("rb") as file:
        for name, size in json.loads(file.readline()):
            yield name, file.read(size)
