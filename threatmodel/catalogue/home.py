"""The home page: search, facets, charts and the first agents; and its further pages."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.catalogue.discover import folder_of
from threatmodel.catalogue.entry import Entry, LayerSummary
from threatmodel.catalogue.index import SiteIndex, rank
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
from threatmodel.catalogue.options import Choices
from threatmodel.catalogue.templates import fill
from threatmodel.errors import slug
from threatmodel.outputs.charts.svg import INK2, drawing, words
from threatmodel.outputs.pages.labels import CLASSES, KINDS, mark
from threatmodel.outputs.text import count
from threatmodel.rules.load import Knowledge

# Distribution charts of the home page: scores, layers, tool classes.

_BANDS = ((4.0, "low"), (7.0, "med"), (9.0, "high"), (10.1, "crit"))
_FILLS = {
    "none": "#c8d2db",
    "low": "#f3e0ae",
    "med": "#e0a030",
    "high": "#b93f1c",
    "crit": "#6e0f2b",
}
_WIDE, _TALL, _BINS = 360, 170, 20
_SHORT = {
    "Deployment and Infrastructure": "Infrastructure",
    "Evaluation and Observability": "Observability",
}
_RISKS = {
    "Financial": "crit",
    "Destructive": "crit",
    "Execute": "high",
    "Write": "med",
    "Read": "low",
}


def score_chart(entries: Iterable[Entry]) -> Markup:
    """Draw how many agents have which score, in steps of half a point."""
    scores = [e.score for e in entries if e.score is not None]
    bins = Counter(min(int(score * 2), _BINS - 1) for score in scores)
    most = max(bins.values(), default=1)
    step = _WIDE / _BINS
    parts = []
    for number in range(_BINS):
        if bins[number]:
            tall = max(2.0, bins[number] * (_TALL - 40) / most)
            style = next(name for end, name in _BANDS if number / 2 < end)
            parts.append(_bar((number * step + 1, _TALL - 20 - tall), (step - 2, tall), style))
            label = f"{bins[number]:,}"
            parts.append(
                words((number * step + step / 2, _TALL - 25 - tall), label, INK2, anchor="middle")
            )
    for points in (0, 4, 7, 9, 10):
        anchor = {0: "start", 10: "end"}.get(points, "middle")
        parts.append(words((points * _WIDE / 10, _TALL - 4), str(points), INK2, anchor=anchor))
    told = f"{count(len(scores), 'agent')} by score, from 0 to 10."
    return drawing(told, (_WIDE, _TALL), parts)


def layer_chart(marks: Iterable[list[LayerSummary]], names: dict[str, str]) -> Markup:
    """Draw how many agents have open threats in each layer, by the worst severity."""
    worst: dict[str, Counter[str]] = {id_: Counter() for id_ in names}
    total = 0
    for layers in marks:
        total += 1
        for layer in layers:
            if layer.id in worst:
                worst[layer.id][mark(layer.worst)] += 1
    parts = []
    for row, (id_, name) in enumerate(names.items()):
        top = row * 24
        parts.append(words((0, top + 15), f"*{id_}"))
        parts.append(words((24, top + 15), _SHORT.get(name, name), INK2))
        left = 190.0
        for style in ("crit", "high", "med", "low"):
            wide = worst[id_][style] * (_WIDE - 230) / (total or 1)
            if wide:
                parts.append(_bar((left, top + 3), (max(wide - 1, 1), 15), style))
                left += wide
        live = sum(worst[id_].values()) - worst[id_]["none"]
        parts.append(words((_WIDE, top + 15), f"{live:,}", INK2, anchor="end"))
    told = "Agents with open threats in each layer, coloured by the worst severity."
    return drawing(told, (_WIDE, len(names) * 24), parts)


def class_chart(classes: Counter[str]) -> Markup:
    """Draw how many tools there are of each class."""
    most = max(classes.values(), default=1)
    parts = []
    for row, name in enumerate(CLASSES):
        top = row * 24
        wide = max(2.0 if classes[name] else 0.0, classes[name] * (_WIDE - 150) / most)
        parts += [
            words((0, top + 15), name),
            _bar((90, top + 3), (wide, 15), _RISKS[name]),
            words((90 + wide + 8, top + 15), f"{classes[name]:,}", INK2),
        ]
    told = f"{count(sum(classes.values()), 'tool')} by class."
    return drawing(told, (_WIDE, len(CLASSES) * 24), parts)


def _bar(at: tuple[float, float], size: tuple[float, float], style: str) -> str:
    edge = " edge" if style == "low" else ""
    x, y, wide, tall = (f"{value:.1f}".removesuffix(".0") for value in (*at, *size))
    return (
        f'<rect x="{x}" y="{y}" width="{wide}" height="{tall}" class="b-{style}{edge}"'
        f' fill="{_FILLS[style]}"/>'
    )


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


def home_pages(site_index: SiteIndex, knowledge: Knowledge, choices: Choices) -> Iterator[Written]:
    """Write the home page and the rest of its list."""
    names = {row.id: row.name for row in knowledge.layers.values() if row.number}
    classes = Counter(tool.tool_class for tools in site_index.tools.values() for tool in tools)
    agents = site_index.agents
    yield (
        "index.html",
        fill(
            "home",
            "",
            choices,
            head=AGENT_HEAD,
            rows=_markup(agent_row(entry, "") for entry in agents[:FIRST]),
            facets=all_facets(site_index, knowledge),
            charts=(
                ("Scores", score_chart(agents)),
                ("Open threats by layer", layer_chart(site_index.layers.values(), names)),
                ("Tools by class", class_chart(classes)),
            ),
            lead=_lead(agents, sum(classes.values())),
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
        agent_rows(agents, moved),
        "Highest score first.",
        crumbs=(("Agents", "index.html"),),
    )
    yield from list_pages(everything, choices)


def agent_rows(
    agents: Sequence[Entry], moved: tuple[list[Entry], list[Entry]] | None
) -> Rows[Entry]:
    """List agents, the highest score first."""
    return Rows(agents, lambda entry: agent_row(entry, ROOT), rank, moved)


def all_facets(site_index: SiteIndex, knowledge: Knowledge) -> tuple[Facets, ...]:
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
            Facet(t, t, f"tags/{folder_of(t)}", tags[t]) for t in common
        )),
    )  # fmt: skip


def kind_name(kind: str) -> str:
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
            agent_rows(groups[value], moved),
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
        for name in CLASSES:
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
            return f"kinds/{value}", kind_name(value)
        case "tag":
            return f"tags/{folder_of(value)}", f"Tag: {value}"
        case _:
            return f"classes/{value.lower()}", f"With {value} tools"


def _lead(agents: Sequence[Entry], tools: int) -> str:
    text = f"{count(len(agents), 'agent')} with {count(tools, 'tool')}"
    severe = sum(entry.band in ("Critical", "High") for entry in agents)
    return f"{text}; {severe:,} of them score High or Critical." if severe else f"{text}."


def _markup(rows: Iterable[str]) -> Markup:
    return Markup("".join(rows))  # noqa: S704 (every part is escaped in rows.py)
