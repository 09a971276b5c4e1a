"""A page for each threat and each layer, with the agents that it touches."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.entry import Entry, LayerMark, ThreatMark
from threatmodel.catalogue.lists import ROOT, Listing, list_pages
from threatmodel.catalogue.markup import fill
from threatmodel.catalogue.rows import LAYER_HEAD, THREAT_HEAD, layer_row, threat_row
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.rows import LayerRow, ThreatRow
from threatmodel.outputs.text import count, sentence

_ORDER = {"open": 0, "reduced": 1, "to answer": 2}
_SEVERITIES = {"critical": 0, "high": 1, "medium": 2, "low": 3, "": 4}


@dataclass(frozen=True, slots=True)
class Overview:
    """A threat or layer in a table of all."""

    id: str
    """Its id."""

    title: str
    """Its title."""

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
    """The layer."""

    threats: tuple[Overview, ...]
    """Its threats, the most widespread first."""


def threat_pages(
    entries: Sequence[Entry], knowledge: Knowledge, choices: Choices
) -> Iterator[tuple[str, str]]:
    """Write the page of every threat, and the table of all."""
    touched: dict[str, list[tuple[Entry, ThreatMark]]] = {row.id: [] for row in knowledge.threats}
    for entry in entries:
        for found in entry.threats:
            touched.setdefault(found.id, []).append((entry, found))
    views = {row.id: _overview(row, touched[row.id]) for row in knowledge.threats}
    chapters = tuple(
        Chapter(layer, tuple(sorted(
            (views[row.id] for row in knowledge.threats if row.layer == layer.id),
            key=lambda view: (-view.open, view.id),
        )))
        for layer in knowledge.layers.values()
    )  # fmt: skip
    yield (
        "threats/index.html",
        fill("threats", "../", choices, chapters=chapters, here="threats", total=len(entries)),
    )
    for row in knowledge.threats:
        ranked = sorted(touched[row.id], key=_rank)
        listing = Listing(
            f"threats/{row.id}",
            "threats",
            row.title,
            sentence(row.texts.why),
            THREAT_HEAD,
            [threat_row(entry, one, ROOT) for entry, one in ranked],
            above=_about(row, knowledge, choices),
            crumbs=(
                ("Threats", "threats/index.html"),
                (
                    f"{row.layer} {knowledge.layers[row.layer].name}",
                    f"layers/{row.layer}/index.html",
                ),
            ),
        )
        yield from list_pages(listing, choices)


def layer_pages(
    entries: Sequence[Entry], knowledge: Knowledge, choices: Choices
) -> Iterator[tuple[str, str]]:
    """Write the page of every layer, and the table of all."""
    inside: dict[str, list[tuple[Entry, LayerMark]]] = {id_: [] for id_ in knowledge.layers}
    for entry in entries:
        for found in entry.layers:
            if found.open:
                inside.setdefault(found.id, []).append((entry, found))
    views = []
    for row in knowledge.layers.values():
        severities = Counter(found.worst for _, found in inside[row.id])
        worst = tuple((s, severities[s]) for s in _SEVERITIES if s and severities[s])
        views.append((row, Overview(row.id, row.name, len(inside[row.id]), 0, worst)))
    yield (
        "layers/index.html",
        fill("layers", "../", choices, views=views, here="layers", total=len(entries)),
    )
    for row, view in views:
        rows = sorted(
            inside[row.id],
            key=lambda one: (
                _SEVERITIES[one[1].worst],
                -one[1].open,
                one[0].name.lower(),
                one[0].id,
            ),
        )
        listing = Listing(
            f"layers/{row.id}",
            "layers",
            f"{row.id} {row.name}" if row.number else row.name,
            sentence(row.about),
            LAYER_HEAD,
            [layer_row(entry, found, ROOT) for entry, found in rows],
            above=fill("layer_about", ROOT, choices, view=view, threats=[
                t for t in knowledge.threats if t.layer == row.id
            ]),
            crumbs=(("Layers", "layers/index.html"),),
        )  # fmt: skip
        yield from list_pages(listing, choices)


def _overview(row: ThreatRow, touched: list[tuple[Entry, ThreatMark]]) -> Overview:
    live = Counter(found.severity for _, found in touched if found.state != "to answer")
    worst = tuple((s, live[s]) for s in _SEVERITIES if s and live[s])
    waiting = sum(found.state == "to answer" for _, found in touched)
    return Overview(row.id, row.title, sum(live.values()), waiting, worst)


def _rank(one: tuple[Entry, ThreatMark]) -> tuple[int, int, float, str, str]:
    entry, found = one
    return (
        _ORDER[found.state],
        _SEVERITIES[found.severity],
        -(found.score or 0.0),
        entry.name.lower(),
        entry.id,
    )


def _about(row: ThreatRow, knowledge: Knowledge, choices: Choices) -> str:
    return fill(
        "threat_about",
        ROOT,
        choices,
        row=row,
        mitigations=[sentence(knowledge.mitigations[m].says) for m in row.mitigations],
        references=knowledge.pinned(row.refs),
        count=count,
    )
