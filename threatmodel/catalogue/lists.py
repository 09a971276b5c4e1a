"""Lists over several pages, all alike: agents of a band, kind, tag, threat or layer, and tools."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any, Generic, TypeVar

from markupsafe import Markup

from threatmodel.catalogue.entry import (
    Entry,
    LayerSummary,
    ThreatSummary,
    ToolSummary,
    live_severities,
)
from threatmodel.catalogue.job import Choices
from threatmodel.catalogue.templates import fill_page
from threatmodel.outputs.pages.labels import KINDS, mark
from threatmodel.outputs.text import count, cut, long_date

PER_PAGE = 100

ROOT = "../../"
"""Way from a list to the top of the site; all lists lie two folders deep."""

T = TypeVar("T")

Written = tuple[str, str | None]
"""Path in the site and HTML; None where the page is to go."""


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """The rows of a list."""

    members: Sequence[T]
    """What is listed, sorted by `key`."""
    row: Callable[[T], str]
    """Writes one of them as HTML."""
    key: Callable[[T], Any]
    """What they are sorted by."""
    moved: tuple[list[T], list[T]] | None = None
    """Members that changed, as they were and as they are; None where all is written anew."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One list."""

    place: str
    """Folder of its pages, two deep, such as `bands/high`."""
    here: str
    """Part of the site that it belongs to."""
    title: str
    head: tuple[tuple[str, str], ...]
    """Columns: heading and class."""
    rows: Rows[T]
    lead: str = ""
    noun: str = "agent"
    above: Callable[[], str] = field(default=lambda: "")
    """Writes what stands before the list on its first page."""
    crumbs: tuple[tuple[str, str], ...] = ()
    """Way to it: name and address from the top."""


def list_pages(listing: Listing[T], choices: Choices) -> Iterator[Written]:
    """Write the pages of a list that may differ from those of the last build."""
    members = listing.rows.members
    total = _pages(len(members))
    for number in _touched(listing.rows):
        part = members[(number - 1) * PER_PAGE : number * PER_PAGE]
        html = fill_page(
            "list",
            ROOT,
            choices,
            listing=listing,
            number=number,
            pages=pages_around(number, total),
            total=total,
            count=count(len(members), listing.noun),
            above=Markup(listing.above() if number == 1 else ""),  # noqa: S704 (a template)
            rows=Markup("".join(map(listing.rows.row, part))),  # noqa: S704 (escaped in rows.py)
            here=listing.here,
        )
        yield f"{listing.place}/{page_file(number)}", html
    if listing.rows.moved is not None:
        old, new = listing.rows.moved
        for number in range(total + 1, _pages(len(members) - len(new) + len(old)) + 1):
            yield f"{listing.place}/{page_file(number)}", None


def page_file(number: int) -> str:
    """Name the file of a page of a list."""
    return "index.html" if number == 1 else f"{number}.html"


def pages_around(number: int, total: int) -> tuple[tuple[int, str], ...]:
    """Choose which pages to link: the first, the last, and those around this one; 0 is a gap."""
    near = {1, total, *range(max(1, number - 2), min(total, number + 2) + 1)}
    found: list[tuple[int, str]] = []
    for one in sorted(near):
        if found and one > found[-1][0] + 1:
            found.append((0, ""))
        found.append((one, page_file(one)))
    return tuple(found)


def _pages(rows: int) -> int:
    return max(1, -(-rows // PER_PAGE))


def _touched(rows: Rows[T]) -> list[int]:
    """Name the pages that may differ: those between the old and the new place of a change."""
    total = _pages(len(rows.members))
    everything = list(range(1, total + 1))
    if rows.moved is None:
        return everything
    old, new = rows.moved
    before = len(rows.members) - len(new) + len(old)
    if _pages(before) != total:
        return everything
    same = {(rows.key(one), rows.row(one)) for one in old}
    same &= {(rows.key(one), rows.row(one)) for one in new}
    differing = [one for one in (*old, *new) if (rows.key(one), rows.row(one)) not in same]
    if not differing:
        return []
    places = [bisect_left(rows.members, rows.key(one), key=rows.key) for one in differing]
    slack = len(old) + len(new)
    first = max(0, min(places) - slack) // PER_PAGE + 1
    if before == len(rows.members):
        return everything[first - 1 : (max(places) + slack) // PER_PAGE + 1]
    return sorted({1, *everything[first - 1 :]})  # the first says how many there are


# Rows of the lists of agents and tools; made by hand, for a site has hundreds of thousands.

AGENT_HEAD = (
    ("Agent", ""),
    ("Score", "num c-points"),
    ("Band", "c-band"),
    ("Open threats", "c-open"),
    ("Tools", "num c-few"),
    ("Kind", "c-kind"),
)
"""Columns of a list of agents: heading and class."""

THREAT_HEAD = (
    ("Agent", ""),
    ("Severity", "c-band"),
    ("State", "c-state"),
    ("AIVSS here", "num c-points"),
    ("Score", "num c-points"),
)
"""Columns of the agents that a threat touches."""

LAYER_HEAD = (
    ("Agent", ""),
    ("Worst", "c-band"),
    ("Open here", "num c-count"),
    ("Layer", "c-class"),
    ("Score", "num c-points"),
)
"""Columns of the agents of a layer."""

TOOL_HEAD = (("Tool", ""), ("Agent", "c-wide"), ("Effect", "c-wide"), ("Flags", "c-state"))

# Two lines of a table on a laptop. Lists repeat it for every agent, and so does `api/index.json`.
_ABOUT = 140


def agent_row(entry: Entry, root: str) -> str:
    """Write an agent as a row of a list."""
    return (
        f"<tr>{_agent(entry, root, about=True)}{_score(entry)}"
        f'<td data-l="Band">{_band(entry)}</td><td data-l="Open:">{_open(entry)}</td>'
        f'<td class="num" data-l="Tools">{tool_count(entry)}</td>'
        f"<td>{_kind(entry)}</td></tr>"
    )


def report_row(entry: Entry, file: str) -> str:
    """Write an agent with its report, for the summary of a fleet."""
    after = "" if entry.residual is None else f"{entry.residual:.1f}"
    return (
        f'<tr><th scope="row"><a href="{file}">{escape(entry.name)}</a>{_flag(entry)}</th>'
        f'{_score(entry)}<td data-l="Band">{_band(entry)}</td>'
        f'<td class="num" data-l="With the policy">{after}</td>'
        f'<td data-l="Open:">{_open(entry)}</td>'
        f'<td class="num" data-l="Tools">{tool_count(entry)}</td>'
        f"<td>{long_date(entry.assessed)}</td></tr>"
    )


def threat_row(entry: Entry, found: ThreatSummary, root: str) -> str:
    """Write an agent that a threat touches."""
    points = "" if found.score is None else f"{found.score:.1f}"
    return (
        f"<tr>{_agent(entry, root)}<td>{_severity_cell(found.severity)}</td><td>{found.state}</td>"
        f'<td class="num" data-l="AIVSS here">{points}</td>{_score(entry)}</tr>'
    )


def layer_row(entry: Entry, found: LayerSummary, root: str) -> str:
    """Write an agent with how it stands in a layer."""
    sure = "mapped" if found.certain else "not certain"
    return (
        f"<tr>{_agent(entry, root)}<td>{_severity_cell(found.worst)}</td>"
        f'<td class="num" data-l="Open here">{found.open}</td>'
        f'<td><span class="mark{"" if found.certain else " unsure"}">{sure}</span></td>'
        f"{_score(entry)}</tr>"
    )


def tool_row(entry: Entry, tool: ToolSummary, root: str) -> str:
    """Write a tool as a row of a list."""
    flags = "".join(f'<span class="fl">{letter}</span>' for letter in tool.flags)
    guess = "" if tool.sure else ' <span class="told">a guess</span>'
    return (
        f'<tr><th scope="row"><a href="{tool_address(entry, tool, root)}"><code class="l">'
        f"{escape(cut(tool.name, _ABOUT))}</code></a>{guess}</th>"
        f"<td>{_link(entry.id, entry.name, root)}</td>"
        f"<td>{escape(tool.effect)}</td><td>{flags}</td></tr>"
    )


def tool_address(entry: Entry, tool: ToolSummary, root: str) -> str:
    """Give the address of a tool's page."""
    return f"{root}agents/{entry.id}/tools/{tool.file}.html"


@lru_cache(maxsize=64)
def _severity_cell(word: str) -> str:
    """Write a severity with its mark; nothing for none."""
    return f'<span class="sev {mark(word)}">{word.capitalize()}</span>' if word else ""


def tool_count(entry: Entry) -> int:
    """Count the tools of an agent."""
    return entry.tools.count("\n") + 1 if entry.tools else 0


def _agent(entry: Entry, root: str, *, about: bool = False) -> str:
    told = entry.summary if about else ""
    what = f'<span class="what">{escape(cut(told, _ABOUT))}</span>' if told else ""
    return f'<th scope="row">{_link(entry.id, entry.name, root)}{_flag(entry)}{what}</th>'


@lru_cache(maxsize=1 << 14)
def _link(id_: str, name: str, root: str) -> str:
    """Link to the page of an agent; it stands in sixty lists."""
    return f'<a href="{root}agents/{id_}/index.html">{escape(name)}</a>'


def _flag(entry: Entry) -> str:
    if not entry.stale and not entry.outdated:
        return ""
    return f' <span class="flagged">{"stale" if entry.stale else "outdated"}</span>'


def _score(entry: Entry) -> str:
    return _points(entry.score, entry.low, entry.high)


@lru_cache(maxsize=1 << 12)
def _points(score: float | None, low: float, high: float) -> str:
    """Write a score with its range; few differ."""
    if score is None:
        return '<td class="num" data-l="Score">–</td>'
    span = f'<span class="span">{low:.1f}–{high:.1f}</span>' if high > low else ""
    return f'<td class="num" data-l="Score"><b>{score:.1f}</b> {span}</td>'


def _band(entry: Entry) -> str:
    return _severity_cell(entry.band) if entry.band else "no data"


def _open(entry: Entry) -> str:
    live = live_severities(entry)
    parts = [f"{number} {word}" for word, number in live.items() if number]
    return ", ".join(parts[:2]) or "none"


def _kind(entry: Entry) -> str:
    return "not stated" if entry.kind == "unknown" else KINDS[entry.kind]
