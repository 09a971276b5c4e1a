"""The layers: a strip of bars, and a section for each; and the attack paths through them."""

from collections import Counter
from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.labels import ACTORS, mark
from threatmodel.outputs.pages.questions import question_of
from threatmodel.outputs.text import count, cut, one_line
from threatmodel.threats.result import AttackPath, LayerView, PathStep

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


# Attack paths as flows between named things, with the place where breaking is cheapest.

SHOWN = 3
"""Paths that the report tells."""

_STEP_LETTERS = 150


@dataclass(frozen=True, slots=True)
class FlowField:
    """One step of a path as a field of the flow."""

    number: int
    """1 for the first."""
    actor: str
    """What acts or is acted on: record, person, model, tool, data, ..."""
    text: str
    id: str
    """Its fact, capability, threat or impact."""
    style: str
    """`cut` where the break stands before it, `off` after that, empty before."""


@dataclass(frozen=True, slots=True)
class PathView:
    """One path."""

    number: int
    """1 for the worst."""
    path: AttackPath
    stops: tuple[FlowField, ...]
    """What happens, in order."""
    break_text: str
    """What breaks it where that is cheapest."""
    guard_text: str
    """What the proxy does about it; empty where it can do nothing."""
    before: int
    """Number of the step that the break ends; 0 where nothing breaks it."""


def path_views(assessment: Assessment) -> tuple[PathView, ...]:
    """Lay out the worst paths."""
    return tuple(
        _view(assessment, n, path) for n, path in enumerate(assessment.model.paths[:SHOWN], 1)
    )


def anchors(assessment: Assessment) -> dict[str, str]:
    """Give the anchor of the first path that each threat is a step of."""
    found: dict[str, str] = {}
    for n, path in enumerate(assessment.model.paths[:SHOWN], 1):
        for step in path.steps:
            found.setdefault(step.id, f"path-{n}")
    return found


def paths_lead(assessment: Assessment) -> str:
    """Say what the flows show."""
    shown = len(assessment.model.paths[:SHOWN])
    leads = "way leads" if shown == 1 else "ways lead"
    return (
        f"{shown} {leads} from a first step to harm today. A blue bar stands where breaking one is"
        " cheapest; what is dotted then ends."
    )


def _view(assessment: Assessment, number: int, path: AttackPath) -> PathView:
    knowledge = assessment.knowledge
    mitigation = knowledge.mitigations.get(path.break_by)
    clause = knowledge.clauses.get(path.guard)
    steps = _told_once(path)
    at = next((n for n, step in enumerate(steps) if step.id == path.break_at), -1)
    return PathView(
        number,
        path,
        tuple(_stop(path, n, step, at) for n, step in enumerate(steps)),
        mitigation.says if mitigation else "",
        clause.says if clause else "",
        at + 1,
    )


def _told_once(path: AttackPath) -> list[PathStep]:
    """Leave out a step that the next one tells in the same words."""
    after = [*path.steps[1:], None]
    return [
        step
        for step, following in zip(path.steps, after, strict=True)
        if following is None or step.text != following.text
    ]


def _stop(path: AttackPath, index: int, step: PathStep, broken: int) -> FlowField:
    style = "cut" if index == broken else "off" if 0 <= broken < index else ""
    return FlowField(index + 1, _actor(path, step), _text(step), step.id, style)


def _actor(path: AttackPath, step: PathStep) -> str:
    if step.kind == "entry":
        return ACTORS.get(path.entry, "Start")
    return ACTORS[step.kind if step.kind in ACTORS else step.layer]


def _text(step: PathStep) -> str:
    return cut(one_line(step.text), _STEP_LETTERS)
