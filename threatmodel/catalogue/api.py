"""The index of agents and of tools as JSON, compact, and the sitemap."""

from collections.abc import Iterator, Sequence
from typing import Any

from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.entry import Entry, live_severities
from threatmodel.catalogue.rows import tool_page
from threatmodel.catalogue.world import World
from threatmodel.outputs.json_parts import schema_id
from threatmodel.outputs.pages.labels import CLASSES
from threatmodel.outputs.text import cut

COLUMNS = (
    "id", "name", "summary", "kind", "vendor", "tags", "score", "low", "high", "band",
    "critical", "high_threats", "open", "tools", "acting", "classes", "layers", "assessed",
    "state",
)  # fmt: skip
"""Columns of the index of agents."""

TOOL_COLUMNS = ("name", "file", "class", "sure", "flags", "effect")
"""Columns of a tool in the index of tools."""

_ABOUT = 140
_PER_MAP = 40_000


def index_record(world: World, choices: Choices) -> dict[str, Any]:
    """Give every agent as a row."""
    return {
        "schema": schema_id("catalogue-index"),
        "title": choices.title,
        "columns": COLUMNS,
        "agents": [_row(entry, world) for entry in world.agents],
    }


def tools_index(world: World) -> dict[str, Any]:
    """Give every tool as a row below its agent."""
    return {
        "schema": schema_id("catalogue-tool-index"),
        "columns": TOOL_COLUMNS,
        "agents": [
            (entry.id, entry.name, [tool[:6] for tool in world.tools[entry.id]])
            for entry in world.named
        ],
    }


def sitemaps(world: World, pages: Sequence[str], choices: Choices) -> Iterator[tuple[str, str]]:
    """Write the sitemap, in parts where it is long; nothing for a site without an address."""
    if not choices.address:
        return
    places = [(path, "") for path in pages]
    places += [(f"agents/{entry.id}/index.html", entry.assessed) for entry in world.agents]
    places += [
        (tool_page(entry, tool, ""), entry.assessed)
        for entry in world.agents
        for tool in world.tools[entry.id]
    ]
    parts = [places[at : at + _PER_MAP] for at in range(0, len(places), _PER_MAP)]
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


def _row(entry: Entry, world: World) -> tuple[Any, ...]:
    tools = [tool.tool_class for tool in world.tools[entry.id]]
    live = live_severities(entry)
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
        live["critical"],
        live["high"],
        sum(live.values()),
        len(tools),
        len(tools) - tools.count("Read"),
        [name for name in CLASSES if name in tools],
        [layer.id for layer in world.layers[entry.id] if layer.open],
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
