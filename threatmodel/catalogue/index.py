"""All agents of a site, unpacked once and grouped as its lists need them."""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import overload

from threatmodel.catalogue.entry import (
    CODE,
    Entry,
    LayerSummary,
    SiteChange,
    ThreatSummary,
    ToolSummary,
    entry_of_row,
    layers_of,
    mark_of,
    read_change,
    tools_of,
)
from threatmodel.catalogue.staging import STATE
from threatmodel.files import compact_json

Touched = tuple[Entry, ThreatSummary]
"""An agent and a threat that is live for it, or waits for an answer."""

PlacedTool = tuple[Entry, ToolSummary]


@dataclass(frozen=True, slots=True)
class Delta:
    """What differs from the last build."""

    old: tuple[Entry, ...]
    """Agents that changed or are gone, as they were."""
    new: tuple[Entry, ...]
    """Agents that changed or are added, as they are."""


@dataclass(frozen=True, slots=True)
class SiteIndex:
    """The agents of a site."""

    agents: tuple[Entry, ...]
    """Agents, the highest score first."""
    named: tuple[Entry, ...]
    """The same by name."""
    tools: dict[str, list[ToolSummary]]
    """Id -> tools."""
    layers: dict[str, list[LayerSummary]]
    """Id -> layers."""
    threats: dict[str, dict[str, list[Entry]]]
    """Threat id -> code of state, severity and score -> agents, by name."""
    delta: Delta | None
    """What changed since the last build; None where everything is written anew."""


def site_index_of(entries: Iterable[Entry], delta: Delta | None) -> SiteIndex:
    """Unpack and group the agents of a site."""
    agents = tuple(sorted(entries, key=rank))
    named = tuple(sorted(agents, key=by_name))
    coded: dict[str, list[Entry]] = defaultdict(list)
    for entry in named:
        if entry.threats:
            for one in entry.threats.split(";"):
                coded[one].append(entry)
    threats: dict[str, dict[str, list[Entry]]] = {}
    for one, found in coded.items():
        threats.setdefault(one[CODE:], {})[one[:CODE]] = found
    return SiteIndex(
        agents,
        named,
        {entry.id: tools_of(entry) for entry in named},
        {entry.id: layers_of(entry) for entry in named},
        threats,
        delta,
    )


def rank(entry: Entry) -> tuple[bool, float, str, str]:
    """Order agents by score, the highest first; those without data come last."""
    return (entry.score is None, -(entry.score or 0.0), *by_name(entry))


def by_name(entry: Entry) -> tuple[str, str]:
    """Order agents by name."""
    return entry.name.lower(), entry.id


class TouchedBy(Sequence[Touched]):
    """The agents that a threat touches: open, severe and high first; made as they are asked for."""

    def __init__(self, site_index: SiteIndex, threat: str) -> None:
        """Lay the groups of one threat end to end."""
        codes = site_index.threats.get(threat, {})
        self._groups = [(mark_of(code, threat), codes[code]) for code in sorted(codes)]
        self._ends = list(accumulate(len(entries) for _, entries in self._groups))

    def __len__(self) -> int:
        """Count the agents."""
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, at: int) -> Touched: ...
    @overload
    def __getitem__(self, at: slice) -> list[Touched]: ...
    def __getitem__(self, at: int | slice) -> Touched | list[Touched]:
        """Give one of them, or some."""
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(at)
        group = bisect_right(self._ends, at)
        mark, entries = self._groups[group]
        return entries[at - self._ends[group]], mark


def severities_of(site_index: SiteIndex, threat: str) -> tuple[Counter[str], int]:
    """Count the agents in which a threat is live by severity, and those that must answer."""
    live: Counter[str] = Counter()
    waiting = 0
    for code, entries in site_index.threats.get(threat, {}).items():
        mark = mark_of(code, threat)
        if mark.state == "to answer":
            waiting += len(entries)
        else:
            live[mark.severity] += len(entries)
    return live, waiting


def all_tools(site_index: SiteIndex) -> list[PlacedTool]:
    """List every tool with its agent, by the name of the agent."""
    return [(entry, tool) for entry in site_index.named for tool in site_index.tools[entry.id]]


# What a site knows of itself: its agents and what changed.

VERSION = 1
"""Version of the state file; another one is not read, and everything is built again."""


@dataclass(frozen=True, slots=True)
class SiteState:
    """A site as its last build left it."""

    entries: dict[str, Entry] = field(default_factory=dict)
    """Agents by id."""
    changes: tuple[SiteChange, ...] = ()
    """Changes, newest first."""
    setting: str = ""
    """Digest of rules, program, templates and choices."""


def read_state(site: Path) -> SiteState | None:
    """Read the state of a site; None where there is none of this version."""
    try:
        raw = json.loads((site / STATE).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    if raw["version"] != VERSION:
        return None
    return SiteState(
        {row[0]: entry_of_row(row) for row in raw["entries"]},
        tuple(read_change(row) for row in raw["changes"]),
        raw["setting"],
    )


def write_state(state: SiteState) -> bytes:
    """Write the state of a site."""
    raw = {
        "version": VERSION,
        "setting": state.setting,
        "entries": list(state.entries.values()),
        "changes": state.changes,
    }
    return compact_json(raw).encode()
