"""Lists over several pages, all alike: agents of a band, kind, tag, threat or layer, and tools."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from markupsafe import Markup

from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.markup import fill
from threatmodel.outputs.text import count

PER_PAGE = 100
"""Rows of a page."""

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
    """Heading."""

    head: tuple[tuple[str, str], ...]
    """Columns: heading and class."""

    rows: Rows[T]
    """Its rows."""

    lead: str = ""
    """What is listed, in a sentence."""

    noun: str = "agent"
    """What a row is."""

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
        html = fill(
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
    last = total if before != len(rows.members) else (max(places) + slack) // PER_PAGE + 1
    return sorted({1, *range(first, min(last, total) + 1)})
