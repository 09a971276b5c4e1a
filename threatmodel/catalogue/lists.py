"""Lists over several pages, all alike: agents of a band, kind, tag, threat or layer, and tools."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.markup import fill
from threatmodel.outputs.text import count

PER_PAGE = 100
"""Rows of a page."""

ROOT = "../../"
"""Way from a list to the top of the site; all lists lie two folders deep."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list."""

    place: str
    """Folder of its pages, two deep, such as `bands/high`."""

    here: str
    """Part of the site that it belongs to."""

    title: str
    """Heading."""

    lead: str
    """What is listed, in a sentence; may be empty."""

    head: tuple[tuple[str, str], ...]
    """Columns: heading and class."""

    rows: Sequence[str]
    """Rows as HTML."""

    noun: str = "agent"
    """What a row is."""

    above: str = ""
    """Shown before the list on its first page."""

    crumbs: tuple[tuple[str, str], ...] = ()
    """Way to it: name and address from the top."""


def list_pages(listing: Listing, choices: Choices) -> Iterator[tuple[str, str]]:
    """Write the pages of a list: path in the site and HTML."""
    total = max(1, -(-len(listing.rows) // PER_PAGE))
    for number in range(1, total + 1):
        part = listing.rows[(number - 1) * PER_PAGE : number * PER_PAGE]
        yield (
            f"{listing.place}/{page_file(number)}",
            fill(
                "list",
                ROOT,
                choices,
                listing=listing,
                above=Markup(listing.above),  # noqa: S704 (filled from a template that escapes)
                number=number,
                pages=pages_around(number, total),
                total=total,
                count=count(len(listing.rows), listing.noun),
                rows=Markup("".join(part)),  # noqa: S704 (every part is escaped in rows.py)
                here=listing.here,
            ),
        )


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
