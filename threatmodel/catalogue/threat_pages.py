"""A page for each threat and each layer, with the agents that it touches."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from threatmodel.catalogue.entry import Entry, LayerSummary, code_of, layers_of, threats_of
from threatmodel.catalogue.index import Delta, SiteIndex, Touched, TouchedBy, by_name, severities_of
from threatmodel.catalogue.job import Choices
from threatmodel.catalogue.lists import (
    LAYER_HEAD,
    ROOT,
    THREAT_HEAD,
    Listing,
    Rows,
    Written,
    layer_row,
    list_pages,
    threat_row,
)
from threatmodel.catalogue.templates import fill_page
from threatmodel.outputs.text import count, sentence
from threatmodel.rules.load import Knowledge
from threatmodel.rules.rows import LayerRow, ThreatRow

Inside = tuple[Entry, LayerSummary]
"""An agent and how it stands in a layer."""

_SEVERITIES = {"critical": 0, "high": 1, "medium": 2, "low": 3, "": 4}


@dataclass(frozen=True, slots=True)
class Overview:
    """A threat or layer in a table of all."""

    id: str
    title: str
    open: int
    """Agents in which it is open or reduced, or that have open threats in it."""
    waiting: int
    """Agents in which it waits for an answer."""
    worst: tuple[tuple[str, int], ...]
    """Agents by severity, worst first."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The threats of one layer."""

    layer: LayerRow
    threats: tuple[Overview, ...]
    """Its threats, the most widespread first."""


def threat_pages(
    site_index: SiteIndex, knowledge: Knowledge, choices: Choices
) -> Iterator[Written]:
    """Write the pages of the threats, and the table of all."""
    views = {row.id: _overview(site_index, row) for row in knowledge.threats}
    chapters = tuple(
        Chapter(layer, tuple(sorted(
            (views[row.id] for row in knowledge.threats if row.layer == layer.id),
            key=lambda view: (-view.open, view.id),
        )))
        for layer in knowledge.layers.values()
    )  # fmt: skip
    yield (
        "threats/index.html",
        fill_page("threats", "../", choices, chapters=chapters, here="threats"),
    )
    old, new = _moved(site_index.delta)
    for row in knowledge.threats:
        if site_index.delta is None or row.id in old or row.id in new:
            moved = (old.get(row.id, []), new.get(row.id, [])) if site_index.delta else None
            layer = knowledge.layers[row.layer]
            listing = Listing(
                f"threats/{row.id}",
                "threats",
                row.title,
                THREAT_HEAD,
                Rows(TouchedBy(site_index, row.id), _threat_row, _threat_key, moved),
                sentence(row.texts.why),
                above=partial(_about, row, knowledge, choices),
                crumbs=(
                    ("Threats", "threats/index.html"),
                    (f"{row.layer} {layer.name}", f"layers/{row.layer}/index.html"),
                ),
            )
            yield from list_pages(listing, choices)


def layer_pages(site_index: SiteIndex, knowledge: Knowledge, choices: Choices) -> Iterator[Written]:
    """Write the pages of the layers, and the table of all."""
    inside: dict[str, list[Inside]] = {id_: [] for id_ in knowledge.layers}
    for entry in site_index.named:
        for mark in site_index.layers[entry.id]:
            if mark.open and mark.id in inside:
                inside[mark.id].append((entry, mark))
    views = []
    for row in knowledge.layers.values():
        inside[row.id].sort(key=_layer_rank)  # by name they are already
        severities = Counter(mark.worst for _, mark in inside[row.id])
        worst = tuple((s, severities[s]) for s in _SEVERITIES if s and severities[s])
        views.append((row, Overview(row.id, row.name, len(inside[row.id]), 0, worst)))
    total = len(site_index.agents)
    yield (
        "layers/index.html",
        fill_page("layers", "../", choices, views=views, here="layers", total=total),
    )
    for row, view in views:
        moved = None
        if site_index.delta:
            moved = (_inside(site_index.delta.old, row.id), _inside(site_index.delta.new, row.id))
        listing = Listing(
            f"layers/{row.id}",
            "layers",
            f"{row.id} {row.name}" if row.number else row.name,
            LAYER_HEAD,
            Rows(inside[row.id], _layer_row, _layer_key, moved),
            sentence(row.about),
            above=partial(_its_threats, row, view, knowledge, choices),
            crumbs=(("Layers", "layers/index.html"),),
        )
        yield from list_pages(listing, choices)


def _overview(site_index: SiteIndex, row: ThreatRow) -> Overview:
    live, waiting = severities_of(site_index, row.id)
    worst = tuple((s, live[s]) for s in _SEVERITIES if s and live[s])
    return Overview(row.id, row.title, live.total(), waiting, worst)


def _moved(delta: Delta | None) -> tuple[dict[str, list[Touched]], dict[str, list[Touched]]]:
    """Group the threats of agents that changed, as they were and as they are."""
    found: list[dict[str, list[Touched]]] = []
    for entries in (delta.old, delta.new) if delta else ((), ()):
        groups: dict[str, list[Touched]] = {}
        for entry in entries:
            for mark in threats_of(entry):
                groups.setdefault(mark.id, []).append((entry, mark))
        found.append(groups)
    return found[0], found[1]


def _inside(entries: Sequence[Entry], layer: str) -> list[Inside]:
    return [
        (entry, mark)
        for entry in entries
        for mark in layers_of(entry)
        if mark.id == layer and mark.open
    ]


def _threat_row(one: Touched) -> str:
    return threat_row(*one, ROOT)


def _threat_key(one: Touched) -> tuple[str, str, str]:
    return (code_of(one[1]), *by_name(one[0]))


def _layer_row(one: Inside) -> str:
    return layer_row(*one, ROOT)


def _layer_key(one: Inside) -> tuple[int, str, str]:
    return (_layer_rank(one), *by_name(one[0]))


def _layer_rank(one: Inside) -> int:
    return _SEVERITIES[one[1].worst] * 1000 - one[1].open


def _about(row: ThreatRow, knowledge: Knowledge, choices: Choices) -> str:
    return fill_page(
        "threat_about",
        ROOT,
        choices,
        row=row,
        mitigations=[sentence(knowledge.mitigations[m].says) for m in row.mitigations],
        references=knowledge.pinned(row.refs),
        count=count,
    )


def _its_threats(row: LayerRow, view: Overview, knowledge: Knowledge, choices: Choices) -> str:
    threats = [threat for threat in knowledge.threats if threat.layer == row.id]
    return fill_page("layer_about", ROOT, choices, view=view, threats=threats)
