"""The home page: search, facets, charts and the first agents; and its further pages."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.catalogue.charts import class_chart, layer_chart, score_chart
from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.lists import Listing, list_pages
from threatmodel.catalogue.markup import fill
from threatmodel.catalogue.rows import AGENT_HEAD, agent_row
from threatmodel.knowledge.load import Knowledge
from threatmodel.outputs.pages.labels import CLASSES, KINDS
from threatmodel.outputs.text import count
from threatmodel.slug import slug

FIRST = 50
"""Agents on the home page."""

BANDS = ("Critical", "High", "Medium", "Low", "None")
"""Bands, worst first."""

_TAGS = 14


@dataclass(frozen=True, slots=True)
class Facet:
    """One value to filter by."""

    key: str
    """Value, as the script knows it."""

    name: str
    """Value for people."""

    place: str
    """Folder of its list."""

    count: int
    """Agents with it."""


@dataclass(frozen=True, slots=True)
class Facets:
    """Values of one kind."""

    id: str
    """Kind of facet, as the script knows it."""

    name: str
    """Heading."""

    values: tuple[Facet, ...]
    """Values."""


def worst_first(entries: Iterable[Entry]) -> list[Entry]:
    """Order agents by score, the highest first; those without data come last."""
    return sorted(entries, key=lambda e: (e.score is None, -(e.score or 0), e.name.lower(), e.id))


def home_pages(
    entries: Sequence[Entry], knowledge: Knowledge, choices: Choices
) -> Iterator[tuple[str, str]]:
    """Write the home page and the rest of its list."""
    names = {row.id: row.name for row in knowledge.layers.values() if row.number}
    scored = [e for e in entries if e.score is not None]
    yield (
        "index.html",
        fill(
            "home",
            "",
            choices,
            head=AGENT_HEAD,
            rows=_markup(agent_row(entry, "") for entry in entries[:FIRST]),
            facets=all_facets(entries, knowledge),
            charts=(
                ("Scores", score_chart(entries)),
                ("Open threats by layer", layer_chart(entries, names)),
                ("Tools by class", class_chart(entries)),
            ),
            lead=_lead(scored, entries),
            total=len(entries),
            shown=min(FIRST, len(entries)),
            more=len(entries) > FIRST,
            here="agents",
        ),
    )
    everything = Listing(
        "list/all",
        "agents",
        "All agents",
        "Highest score first.",
        AGENT_HEAD,
        [agent_row(entry, "../../") for entry in entries],
        crumbs=(("Agents", "index.html"),),
    )
    yield from list_pages(everything, choices)


def all_facets(entries: Sequence[Entry], knowledge: Knowledge) -> tuple[Facets, ...]:
    """Count agents by band, kind, layer, tool class and tag."""
    bands = Counter(entry.band or "no data" for entry in entries)
    kinds = Counter(entry.kind for entry in entries)
    classes = Counter(name for entry in entries for name in {t.tool_class for t in entry.tools})
    tags = Counter(tag for entry in entries for tag in entry.tags)
    layers = Counter(layer.id for entry in entries for layer in entry.layers if layer.open)
    common = sorted(tags, key=lambda tag: (-tags[tag], tag))[:_TAGS]
    return (
        Facets("band", "Band", tuple(
            Facet(b, b, f"bands/{slug(b)}", bands[b]) for b in (*BANDS, "no data") if bands[b]
        )),
        Facets("layer", "Layer with open threats", tuple(
            Facet(row.id, f"{row.id} {row.name}", f"layers/{row.id}", layers[row.id])
            for row in knowledge.layers.values() if layers[row.id]
        )),
        Facets("class", "Has a tool that is", tuple(
            Facet(c, c, f"classes/{c.lower()}", classes[c]) for c in CLASSES if classes[c]
        )),
        Facets("kind", "Kind", tuple(
            Facet(k, kind_name(k), f"kinds/{k}", kinds[k]) for k in KINDS if kinds[k]
        )),
        Facets("tag", "Tag", tuple(
            Facet(t, t, f"tags/{slug(t)}", tags[t]) for t in common
        )),
    )  # fmt: skip


def kind_name(kind: str) -> str:
    """Name a kind of agent."""
    return "Kind not stated" if kind == "unknown" else KINDS[kind][0].upper() + KINDS[kind][1:]


def facet_lists(entries: Sequence[Entry], choices: Choices) -> Iterator[tuple[str, str]]:
    """Write the lists behind the facets, for readers without scripts; layers have their own."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        keys = [
            (f"bands/{slug(entry.band or 'no data')}", _band_title(entry)),
            (f"kinds/{entry.kind}", kind_name(entry.kind)),
            *((f"tags/{slug(tag)}", f"Tag: {tag}") for tag in entry.tags),
            *(
                (f"classes/{c.lower()}", f"With {c} tools")
                for c in {t.tool_class for t in entry.tools}
            ),
        ]
        for key in keys:
            groups.setdefault(key, []).append(entry)
    rows = {entry.id: agent_row(entry, "../../") for entry in entries}
    done: set[str] = set()
    for place, title in sorted(groups):
        if place not in done:  # two tags may share a page: the first names it
            done.add(place)
            yield from list_pages(
                Listing(
                    place,
                    "agents",
                    title,
                    "",
                    AGENT_HEAD,
                    [rows[entry.id] for entry in _members(groups, place)],
                    crumbs=(("Agents", "index.html"),),
                ),
                choices,
            )


def _members(groups: dict[tuple[str, str], list[Entry]], place: str) -> list[Entry]:
    found = {e.id: e for (at, _), members in groups.items() if at == place for e in members}
    return worst_first(found.values())


def _band_title(entry: Entry) -> str:
    return f"Band: {entry.band}" if entry.band else "Without data"


def _lead(scored: list[Entry], entries: Sequence[Entry]) -> str:
    tools = sum(len(entry.tools) for entry in entries)
    text = f"{count(len(entries), 'agent')} with {count(tools, 'tool')}"
    severe = sum(entry.band in ("Critical", "High") for entry in scored)
    if not scored:
        return f"{text}."
    return f"{text}; {severe:,} of them score High or Critical."


def _markup(rows: Iterable[str]) -> Markup:
    return Markup("".join(rows))  # noqa: S704 (every part is escaped in rows.py)
