"""The index of agents and of tools as JSON, compact, and the sitemap."""

from collections.abc import Iterator, Sequence
from typing import Any

from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.rows import by_severity, tool_page
from threatmodel.outputs.json_parts import schema_id
from threatmodel.outputs.pages.labels import CLASSES
from threatmodel.outputs.text import cut

COLUMNS = (
    "id", "name", "summary", "kind", "vendor", "tags", "score", "low", "high", "band",
    "critical", "high_threats", "open", "tools", "acting", "classes", "layers", "assessed",
    "state",
)  # fmt: skip
"""Columns of the index of agents."""

TOOL_COLUMNS = ("agent", "name", "file", "class", "effect", "flags")
"""Columns of the index of tools; `agent` counts into `agents`."""

_ABOUT = 140
_PER_MAP = 40_000


def index_record(entries: Sequence[Entry], choices: Choices) -> dict[str, Any]:
    """Give every agent as a row."""
    return {
        "schema": schema_id("catalogue-index"),
        "title": choices.title,
        "columns": COLUMNS,
        "agents": [_row(entry) for entry in entries],
    }


def tools_index(entries: Sequence[Entry]) -> dict[str, Any]:
    """Give every tool as a row."""
    return {
        "schema": schema_id("catalogue-tool-index"),
        "columns": TOOL_COLUMNS,
        "agents": [(entry.id, entry.name) for entry in entries],
        "tools": [
            (number, tool.name, tool.file, tool.tool_class, tool.effect, tool.flags)
            for number, entry in enumerate(entries)
            for tool in entry.tools
        ],
    }


def sitemaps(
    entries: Sequence[Entry], lists: Sequence[str], choices: Choices
) -> Iterator[tuple[str, str]]:
    """Write the sitemap, in parts where it is long; nothing for a site without an address."""
    if not choices.address:
        return
    pages = [(path, "") for path in lists if path.endswith(".html")]
    pages += [(f"agents/{entry.id}/index.html", entry.assessed) for entry in entries]
    pages += [
        (tool_page(entry, tool, ""), entry.assessed) for entry in entries for tool in entry.tools
    ]
    parts = [pages[at : at + _PER_MAP] for at in range(0, len(pages), _PER_MAP)]
    for number, part in enumerate(parts, 1):
        urls = "".join(
            f"<url><loc>{choices.address}{path}</loc>{_modified(day)}</url>\n" for path, day in part
        )
        yield f"sitemap-{number}.xml", _document("urlset", urls)
    maps = "".join(
        f"<sitemap><loc>{choices.address}sitemap-{number}.xml</loc></sitemap>\n"
        for number in range(1, len(parts) + 1)
    )
    yield "sitemap.xml", _document("sitemapindex", maps)


def _row(entry: Entry) -> tuple[Any, ...]:
    counts = by_severity(entry)
    classes = {tool.tool_class for tool in entry.tools}
    return (
        entry.id,
        entry.name,
        cut(entry.summary, _ABOUT),
        entry.kind,
        entry.vendor,
        entry.tags,
        entry.score,
        entry.low,
        entry.high,
        entry.band or "no data",
        counts["critical"],
        counts["high"],
        sum(counts.values()),
        len(entry.tools),
        sum(tool.tool_class != "Read" for tool in entry.tools),
        [name for name in CLASSES if name in classes],
        [layer.id for layer in entry.layers if layer.open],
        entry.assessed,
        "stale" if entry.stale else "outdated" if entry.outdated else "",
    )


def _modified(day: str) -> str:
    return f"<lastmod>{day}</lastmod>" if day else ""


def _document(name: str, inside: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<{name} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{inside}</{name}>\n'
    )
