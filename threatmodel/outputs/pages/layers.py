"""The seven layers: a strip of bars, then a section for each."""

from collections import Counter
from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.labels import mark
from threatmodel.outputs.pages.questions import question_of
from threatmodel.outputs.text import count
from threatmodel.threats.result import LayerView

ORDER = ("L7", "L6", "L5", "L4", "L3", "L2", "L1", "XL")
"""The layers in the order of the report: the ecosystem first."""

_ASKED = 2
_TALLEST = 3.0


@dataclass(frozen=True, slots=True)
class LayerBar:
    """A layer in the heat strip."""

    id: str
    name: str
    open: int
    style: str
    """Style name of the worst severity, `unsure` where the layer is not mapped."""
    height: float
    """Height in rem."""
    word: str
    """The worst severity or `None open`, and whether the layer is not certain."""


@dataclass(frozen=True, slots=True)
class LayerLine:
    """A layer in full."""

    view: LayerView
    counts: str
    """How many threats are open and how many wait for an answer."""
    questions: tuple[str, ...]
    """What would settle it."""


def bars(assessment: Assessment) -> tuple[LayerBar, ...]:
    """Lay out the heat strip: seven layers."""
    seven = [layer for layer in assessment.model.layers if layer.id != "XL"]
    most = max((layer.open for layer in seven), default=0) or 1
    return tuple(_bar(layer, most) for layer in seven)


def layer_lines(assessment: Assessment) -> tuple[LayerLine, ...]:
    """Lay out the layers, the ecosystem first."""
    waiting = Counter(f.layer for f in assessment.model.findings if f.state == "needs_answer")
    by_id = {layer.id: layer for layer in assessment.model.layers}
    return tuple(
        LayerLine(
            by_id[id_],
            _counts(by_id[id_].open, waiting[id_]),
            tuple(question_of(assessment, q) for q in by_id[id_].questions[:_ASKED]),
        )
        for id_ in ORDER
        if id_ in by_id
    )


def lead(assessment: Assessment) -> str:
    """Say how many layers are mapped."""
    seven = [layer for layer in assessment.model.layers if layer.id != "XL"]
    mapped = sum(layer.certain for layer in seven)
    if mapped == len(seven):
        return "All seven layers are mapped from the description."
    rest = len(seven) - mapped
    verb = "is" if rest == 1 else "are"
    if not mapped:
        return "No layer is mapped; each ends in the questions that settle it."
    return (
        f"{count(mapped, 'layer')} {'is' if mapped == 1 else 'are'} mapped;"
        f" {rest} {verb} not certain and {'ends' if rest == 1 else 'end'} in questions."
    )


def _bar(layer: LayerView, most: int) -> LayerBar:
    style = mark(layer.worst) if layer.certain else f"{mark(layer.worst)} unsure"
    word = (layer.worst or "none open").capitalize()
    if not layer.certain:
        word += ", not certain"
    height = round(max(layer.open * _TALLEST / most, 0.2), 1)
    return LayerBar(layer.id, layer.name, layer.open, style, height, word)


def _counts(open_: int, waiting: int) -> str:
    text = f"{open_} open"
    return f"{text}, {waiting} to answer" if waiting else text
