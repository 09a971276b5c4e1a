"""Attack paths as pictures and steps."""

from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.assessment import Assessment
from threatmodel.outputs.charts.attack_path import Stop, attack_path
from threatmodel.outputs.text import one_line, sentence
from threatmodel.threats.finding import AttackPath, PathStep

_ORDER = ("L7", "L6", "L5", "L4", "L3", "L2", "L1", "XL")
SHOWN = 3
"""Paths that the report tells."""

_DRAWN = 2
_STEP_LETTERS = 70


@dataclass(frozen=True, slots=True)
class PathView:
    """One path."""

    number: int
    """1 for the worst."""

    path: AttackPath
    """The path."""

    figure: Markup
    """SVG; empty for all but the worst ones."""

    steps: tuple[str, ...]
    """What happens, step by step, with the id of each."""

    break_text: str
    """What breaks it where that is cheapest."""

    guard_text: str
    """What the proxy does about it; empty where it can do nothing."""


def path_views(assessment: Assessment) -> tuple[PathView, ...]:
    """Lay out the worst paths."""
    return tuple(
        _view(assessment, n, path) for n, path in enumerate(assessment.model.paths[:SHOWN], 1)
    )


def _view(assessment: Assessment, number: int, path: AttackPath) -> PathView:
    knowledge = assessment.knowledge
    mitigation = knowledge.mitigations.get(path.break_by)
    clause = knowledge.clauses.get(path.guard)
    return PathView(
        number,
        path,
        _figure(assessment, path) if number <= _DRAWN else Markup(),
        tuple(_step(step) for step in path.steps),
        mitigation.says if mitigation else "",
        clause.says if clause else "",
    )


def _figure(assessment: Assessment, path: AttackPath) -> Markup:
    used = {step.layer for step in path.steps}
    lanes = [(id_, assessment.knowledge.layers[id_].name) for id_ in _ORDER if id_ in used]
    kinds = {step.kind for step in path.steps if not step.layer}
    if kinds - {"impact"}:
        lanes.insert(0, ("Entry", "how it begins"))
    if "impact" in kinds:
        lanes.append(("Harm", "what is left behind"))
    stops = [Stop(_lane(step), _label(step)) for step in path.steps]
    at = next((n for n, s in enumerate(path.steps) if s.id == path.break_at), -1)
    told = "; ".join(f"{n} {one_line(s.text)}" for n, s in enumerate(path.steps, 1))
    title = f"{sentence(one_line(path.title))} Steps: {told}. Cheapest break before step {at + 1}."
    return attack_path(stops, lanes, at, title)


def _step(step: PathStep) -> str:
    text = one_line(step.text)
    if len(text) > _STEP_LETTERS:
        text = f"{text[:_STEP_LETTERS].rsplit(' ', 1)[0].rstrip(' ,:;')} …"
    return f"{text} `{step.id}`"


def _lane(step: PathStep) -> str:
    return step.layer or ("Harm" if step.kind == "impact" else "Entry")


def _label(step: PathStep) -> str:
    if step.tools:
        return one_line(step.tools[0])
    return step.id if step.kind == "threat" else ""
