"""The threat model as text."""

import click

from threatmodel.assessment import Assessment
from threatmodel.cli.text import band, clean, dim, heading, wrapped
from threatmodel.knowledge.load import Knowledge
from threatmodel.score.engine import OPEN
from threatmodel.threats.finding import AttackPath, Finding, LayerView

_STATE = {
    "open_stated": "open",
    "open_assumed": "open",
    "reduced": "reduced",
    "closed": "closed",
    "needs_answer": "needs an answer",
    "not_applicable": "does not apply",
}


def model_text(assessment: Assessment, *, everything: bool = False) -> str:
    """Lay out the model: summary, each layer with its threats, attack paths."""
    model, knowledge = assessment.model, assessment.knowledge
    parts = [f"{click.style(clean(assessment.agent.name), bold=True)}\n", wrapped(model.summary)]
    for layer in model.layers:
        parts.append(_layer(layer, knowledge))
        here = [f for f in model.findings if f.layer == layer.id]
        shown = [f for f in here if everything or f.state in OPEN]
        parts += [_finding(f, knowledge) for f in sorted(shown, key=lambda f: -(f.score or 0))]
        waiting = [f for f in here if f.state == "needs_answer"]
        if waiting and not everything:
            ids = ", ".join(f.id for f in waiting)
            parts.append(wrapped(f"not decided: {ids}", 2))
    parts += [_path(path, knowledge) for path in model.paths]
    return "".join(parts)


def _layer(layer: LayerView, knowledge: Knowledge) -> str:
    mark = "● mapped" if layer.certain else "○ not certain from the description"
    number = "" if layer.id == "XL" else f"{layer.id} "
    text = heading(f"{number}{layer.name}  {mark}") + wrapped(layer.text, 2)
    questions = [] if layer.certain else layer.questions[:2]
    rows = {**knowledge.facts, **knowledge.controls}
    return text + "".join(wrapped(rows[name].question, 4, "  ?") for name in questions)


def _finding(finding: Finding, knowledge: Knowledge) -> str:
    score = "" if finding.score is None else f"{finding.score:.1f} "
    severity = band(finding.severity or "none", f"{score}{finding.severity or ''}".strip())
    state = _STATE[finding.state] + (f", {finding.decision}" if finding.decision else "")
    text = f"\n  {click.style(finding.id, bold=True)} {severity} {dim(state)}\n"
    text += wrapped(finding.title, 4) + wrapped(finding.text, 4)
    if finding.attack:
        text += wrapped(finding.attack, 4)
    if finding.state in OPEN:
        doing = [knowledge.mitigations[m].says for m in finding.mitigations[:2]]
        text += wrapped("do: " + "; ".join(doing), 4)
    return text


def _path(path: AttackPath, knowledge: Knowledge) -> str:
    text = heading(f"Path {path.id}: {path.title}")
    for step in path.steps:
        mark = "  x " if step.id == path.break_at else "  > "
        text += wrapped(step.text, 4, mark)
    if path.break_by:
        text += wrapped(
            f"breaks cheapest at {path.break_at}: {knowledge.mitigations[path.break_by].says}", 4
        )
    return text
