"""Distribution charts of many agents: scores, layers, classes of tools."""

from collections import Counter
from collections.abc import Iterable

from markupsafe import Markup

from threatmodel.catalogue.entry import Entry, LayerSummary
from threatmodel.catalogue.index import SiteIndex
from threatmodel.outputs.charts.svg import INK2, drawing, words
from threatmodel.outputs.claim import FILLS
from threatmodel.outputs.pages.labels import mark
from threatmodel.outputs.text import count
from threatmodel.rules.load import Knowledge
from threatmodel.scales import GRAVEST_FIRST

# The bands of AIVSS and CVSS by where each ends; the last includes 10.
_BANDS = ((4.0, "low"), (7.0, "med"), (9.0, "high"), (10.1, "crit"))
_FILLS = {mark(band): fill for band, fill in FILLS.items()} | {"none": "#c8d2db"}
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


def site_charts(
    site_index: SiteIndex, knowledge: Knowledge
) -> tuple[tuple[tuple[str, Markup], ...], int]:
    """Draw all of them, each with its title; also count the tools."""
    names = {row.id: row.name for row in knowledge.layers.values() if row.number}
    classes = Counter(tool.tool_class for tools in site_index.tools.values() for tool in tools)
    layers = _layer_chart(site_index.layers.values(), names)
    charts = (
        ("Agents by score", _score_chart(site_index.agents)),
        ("Agents with open threats, by layer", layers),
        ("Tools by class", _class_chart(classes)),
    )
    return charts, classes.total()


def _score_chart(entries: Iterable[Entry]) -> Markup:
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


def _layer_chart(marks: Iterable[list[LayerSummary]], names: dict[str, str]) -> Markup:
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


def _class_chart(classes: Counter[str]) -> Markup:
    """Draw how many tools there are of each class."""
    most = max(classes.values(), default=1)
    parts = []
    for row, name in enumerate(GRAVEST_FIRST):
        top = row * 24
        wide = max(2.0 if classes[name] else 0.0, classes[name] * (_WIDE - 150) / most)
        parts += [
            words((0, top + 15), name),
            _bar((90, top + 3), (wide, 15), _RISKS[name]),
            words((90 + wide + 8, top + 15), f"{classes[name]:,}", INK2),
        ]
    told = f"{count(sum(classes.values()), 'tool')} by class."
    return drawing(told, (_WIDE, len(GRAVEST_FIRST) * 24), parts)


def _bar(at: tuple[float, float], size: tuple[float, float], style: str) -> str:
    edge = " edge" if style == "low" else ""
    x, y, wide, tall = (f"{value:.1f}".removesuffix(".0") for value in (*at, *size))
    return (
        f'<rect x="{x}" y="{y}" width="{wide}" height="{tall}" class="b-{style}{edge}"'
        f' fill="{_FILLS[style]}"/>'
    )
