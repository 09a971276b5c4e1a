"""Attack paths as flows between named things, with the place where breaking is cheapest."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.labels import ACTORS
from threatmodel.outputs.text import cut, one_line
from threatmodel.threats.result import AttackPath, PathStep

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


def lead(assessment: Assessment) -> str:
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
