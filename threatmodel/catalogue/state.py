"""What a site knows of itself: its agents and what changed."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from threatmodel.catalogue.changes import Change, read_change
from threatmodel.catalogue.entry import Entry, unpack
from threatmodel.catalogue.work import STATE

VERSION = 1
"""Version of the state file; another one is not read, and everything is built again."""


@dataclass(frozen=True, slots=True)
class State:
    """A site as its last build left it."""

    entries: dict[str, Entry] = field(default_factory=dict)
    """Agents by id."""

    changes: tuple[Change, ...] = ()
    """Changes, newest first."""

    setting: str = ""
    """Digest of rules, program, templates and choices."""


def read_state(site: Path) -> State | None:
    """Read the state of a site; None where there is none of this version."""
    try:
        raw = json.loads((site / STATE).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    if raw["version"] != VERSION:
        return None
    return State(
        {row[0]: unpack(row) for row in raw["entries"]},
        tuple(read_change(row) for row in raw["changes"]),
        raw["setting"],
    )


def write_state(state: State) -> bytes:
    """Write the state of a site."""
    raw = {
        "version": VERSION,
        "setting": state.setting,
        "entries": list(state.entries.values()),
        "changes": state.changes,
    }
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode()
