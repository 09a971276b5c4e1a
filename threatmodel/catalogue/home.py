"""The home page: search, facets, charts and the first agents; and its further pages."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.catalogue.charts import site_charts
from threatmodel.catalogue.discover import folder_of
from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.index import SiteIndex, rank
from threatmodel.catalogue.job import Choices
from threatmodel.catalogue.lists import (
    AGENT_HEAD,
    PER_PAGE,
    ROOT,
    Listing,
    Rows,
    Written,
    agent_row,
    list_pages,
    page_file,
)
from threatmodel.catalogue.templates import fill_page
from threatmodel.errors import slug
from threatmodel.outputs.pages.labels import KINDS
from threatmodel.outputs.text import count
from threatmodel.rules.load import Knowledge
from threatmodel.scales import GRAVEST_FIRST
from threatmodel.score.formula import WORST_FIRST

FIRST = 50
"""Agents on the home page."""

_TAGS = 14


@dataclass(frozen=True, slots=True)
class Facet:
    """One value to filter by."""

    key: str
    """Value, as the script knows it."""
    name: str
    """Value for people."""
    place: str
    count: int
    """Agents with it."""


@dataclass(frozen=True, slots=True)
class Facets:
    """Values of one kind."""

    id: str
    """Kind of facet, as the script knows it."""
    name: str
    values: tuple[Facet, ...]


def home_pages(site_index: SiteIndex, knowledge: Knowledge, choices: Choices) -> Iterator[Written]:
    """Write the home page and the rest of its list."""
    agents = site_index.agents
    charts, tools = site_charts(site_index, knowledge)
    yield (
        "index.html",
        fill_page(
            "home",
            "",
            choices,
            head=AGENT_HEAD,
            rows=_markup(agent_row(entry, "") for entry in agents[:FIRST]),
            facets=_all_facets(site_index, knowledge),
            charts=charts,
            lead=_lead(agents, tools),
            total=len(agents),
            shown=min(FIRST, len(agents)),
            more=len(agents) > FIRST,
            here="agents",
        ),
    )
    moved = (list(site_index.delta.old), list(site_index.delta.new)) if site_index.delta else None
    everything = Listing(
        "list/all",
        "agents",
        "All agents",
        AGENT_HEAD,
        _agent_rows(agents, moved),
        "Highest score first.",
        crumbs=(("Agents", "index.html"),),
    )
    yield from list_pages(everything, choices)


def _agent_rows(
    agents: Sequence[Entry], moved: tuple[list[Entry], list[Entry]] | None
) -> Rows[Entry]:
    """List agents, the highest score first."""
    return Rows(agents, lambda entry: agent_row(entry, ROOT), rank, moved)


def _all_facets(site_index: SiteIndex, knowledge: Knowledge) -> tuple[Facets, ...]:
    """Count agents by band, kind, layer, tool class and tag."""
    agents = site_index.agents
    bands = Counter(entry.band or "no data" for entry in agents)
    kinds = Counter(entry.kind for entry in agents)
    classes = Counter(
        name for tools in site_index.tools.values() for name in {t.tool_class for t in tools}
    )
    tags = Counter(tag for entry in agents for tag in entry.tags)
    layers = Counter(one.id for marks in site_index.layers.values() for one in marks if one.open)
    common = sorted(tags, key=lambda tag: (-tags[tag], tag))[:_TAGS]
    return (
        Facets("band", "Band", tuple(
            Facet(b, b, f"bands/{slug(b)}", bands[b]) for b in (*WORST_FIRST, "no data") if bands[b]
        )),
        Facets("layer", "Layer with open threats", tuple(
            Facet(row.id, f"{row.id} {row.name}", f"layers/{row.id}", layers[row.id])
            for row in knowledge.layers.values() if layers[row.id]
        )),
        Facets("class", "Has a tool that is", tuple(
            Facet(c, c, f"classes/{c.lower()}", classes[c]) for c in GRAVEST_FIRST if classes[c]
        )),
        Facets("kind", "Kind", tuple(
            Facet(k, _kind_name(k), f"kinds/{k}", kinds[k]) for k in KINDS if kinds[k]
        )),
        Facets("tag", "Tag", tuple(
            Facet(t, t, f"tags/{folder_of(t)}", tags[t]) for t in common
        )),
    )  # fmt: skip


def _kind_name(kind: str) -> str:
    """Name a kind of agent."""
    return "Kind not stated" if kind == "unknown" else KINDS[kind][0].upper() + KINDS[kind][1:]


def facet_lists(site_index: SiteIndex, choices: Choices) -> Iterator[Written]:
    """Write the lists behind the facets, for readers without scripts; layers have their own."""
    delta = site_index.delta
    old = _grouped(delta.old) if delta else {}
    new = _grouped(delta.new) if delta else {}
    groups = _grouped(site_index.agents)
    for value in sorted(old.keys() | new.keys() if delta else groups):
        place, title = _titled(*value)
        if value not in groups:
            for number in range(1, -(-len(old[value]) // PER_PAGE) + 1):
                yield f"{place}/{page_file(number)}", None
            continue
        moved = (old.get(value, []), new.get(value, [])) if delta else None
        listing = Listing(
            place,
            "agents",
            title,
            AGENT_HEAD,
            _agent_rows(groups[value], moved),
            crumbs=(("Agents", "index.html"),),
        )
        yield from list_pages(listing, choices)


def _grouped(agents: Iterable[Entry]) -> dict[tuple[str, str], list[Entry]]:
    """Group agents by facet and value."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in agents:
        groups["band", entry.band].append(entry)
        groups["kind", entry.kind].append(entry)
        for tag in entry.tags:
            groups["tag", tag].append(entry)
        for name in GRAVEST_FIRST:
            if f"\t{name}\t" in entry.tools:
                groups["class", name].append(entry)
    return dict(groups)


def _titled(facet: str, value: str) -> tuple[str, str]:
    """Give the folder and the title of the list of a facet's value."""
    match facet:
        case "band":
            title = f"Band: {value}" if value else "Without data"
            return f"bands/{slug(value or 'no data')}", title
        case "kind":
            return f"kinds/{value}", _kind_name(value)
        case "tag":
            return f"tags/{folder_of(value)}", f"Tag: {value}"
        case _:
            return f"classes/{value.lower()}", f"With {value} tools"


def _lead(agents: Sequence[Entry], tools: int) -> str:
    text = f"{count(len(agents), 'agent')} with {count(tools, 'tool')}"
    severe = sum(entry.band in ("Critical", "High") for entry in agents)
    verb = "scores" if severe == 1 else "score"
    return f"{text}; {severe:,} of them {verb} High or Critical." if severe else f"{text}."


def _markup(rows: Iterable[str]) -> Markup:
    return Markup("".join(rows))  # noqa: S704 (every part is escaped in rows.py)
