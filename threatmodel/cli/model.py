"""The threat model as text."""

from dataclasses import asdict, replace
from pathlib import Path

import click

from threatmodel.assessment import Assessment, assess
from threatmodel.assessment.system import SystemAssessment
from threatmodel.cli.app import FILE, FORMAT, MEMBER, PACKS, chosen, open_agent, show, write_json
from threatmodel.cli.style import band, clean, dim, heading, wrapped
from threatmodel.errors import AivssError
from threatmodel.explain import Explanation, explain
from threatmodel.outputs.documents import agent_json, model_json, schema_id
from threatmodel.outputs.system import system_json
from threatmodel.outputs.text import sentence
from threatmodel.rules.load import Knowledge
from threatmodel.scales import OPEN
from threatmodel.threats.finding import Finding
from threatmodel.threats.result import AttackPath, LayerView

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
    because = dim(wrapped(f"mapped because {layer.because}", 2)) if layer.certain else ""
    text = heading(f"{number}{layer.name}  {mark}") + because + wrapped(layer.text, 2)
    questions = [] if layer.certain else layer.questions[:2]
    rows = {**knowledge.facts, **knowledge.controls}
    return text + "".join(wrapped(rows[name].question, 4, "  ?") for name in questions)


def _finding(finding: Finding, knowledge: Knowledge) -> str:
    score = "" if finding.score is None else f"{finding.score:.1f} "
    severity = band(finding.severity or "none", f"{score}{finding.severity or ''}".strip())
    words = (finding.priority, _STATE[finding.state], finding.decision)
    state = ", ".join(word for word in words if word)
    if finding.member:
        state += f", worst in {clean(finding.member)}"
    if finding.shared:
        state += ", shared with any agent on its host"
    text = f"\n  {click.style(finding.id, bold=True)} {severity} {dim(state)}\n"
    text += wrapped(finding.title, 4) + wrapped(finding.text, 4)
    if finding.attack:
        text += wrapped(finding.attack, 4)
    if finding.state in OPEN:
        rows = {**knowledge.facts, **knowledge.controls}
        held = [rows[name].says for name in finding.controls]
        text += wrapped("in place: " + "; ".join(held), 4) if held else ""
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


# `aivss model`: the threat model, layer by layer.


@click.command("model")
@click.argument("file", type=FILE)
@click.option("--all", "everything", is_flag=True, help="Also what is closed or does not apply.")
@MEMBER
@FORMAT
@PACKS
def model_command(file: Path, form: str, member: str | None, *, everything: bool) -> int:
    """The threat model, layer by layer: what is open, why, and what to do about it."""
    assessment = chosen(assess(open_agent(file)), member)
    if form == "json":
        head = {"schema": schema_id("model"), "agent": agent_json(assessment)}
        write_json(head | {"model": model_json(assessment.model)} | system_json(assessment))
    else:
        show(model_text(assessment, everything=everything))
    return 0


# `aivss explain`: what an id means, and why or why not here.


@click.command("explain")
@click.argument("identifier", metavar="ID")
@click.argument("file", type=FILE, required=False)
@MEMBER
@FORMAT
@PACKS
def explain_command(identifier: str, file: Path | None, member: str | None, form: str) -> int:
    """What a fact, factor, threat, control, mitigation, clause, layer, guard or pack means.

    Instead of an ID, `facts`, `controls`, `capabilities`, `threats`, `mitigations`, `clauses`,
    `verbs`, `kinds`, `factors`, `layers` and `packs` list what there is. With a description: its
    value or state there, what shows it, and why it does or does not apply; in a system for each
    member.
    """
    if member and not file:
        raise AivssError("--member: no description is named", hint="name it after the ID")
    assessment = chosen(assess(open_agent(file)), member) if file else None
    try:
        found = explain(identifier, assessment)
    except AivssError:
        if any(one.name == identifier for one in (assessment.readings if assessment else ())):
            hint = "aivss policy FILE --tool NAME --explain tells everything about it"
            raise AivssError(f"'{identifier}' is a tool of it", hint=hint) from None
        raise
    if isinstance(assessment, SystemAssessment):
        found = _in_each_place(found, assessment)
    if form == "json":
        write_json({"schema": schema_id("explain"), **asdict(found)})
    else:
        show(_text(found))
    return 0


_NOT_SHOWN = "nothing shows it"


def _in_each_place(found: Explanation, whole: SystemAssessment) -> Explanation:
    """Tell what is so of each member, in the place of what is so of the whole."""
    told = []
    for one in whole.members if any(label == "Here" for label, _ in found.parts) else ():
        parts = dict(explain(found.id, one).parts)
        shown = tuple(line for line in parts.get("Evidence", ()) if line != "none")
        here = tuple(_NOT_SHOWN if line == "unknown, unknown" else line for line in parts["Here"])
        told.append(f"{one.agent.name}: {' '.join(sentence(line) for line in (*here, *shown))}")
    if not told:
        return found
    rest = tuple(part for part in found.parts if part[0] not in ("Here", "Evidence", "Vector"))
    return replace(found, parts=(("In each place", tuple(told)), *rest))


def _text(found: Explanation) -> str:
    text = heading(f"{found.id}  {found.kind}").lstrip("\n") + wrapped(found.title)
    for label, lines in found.parts:
        text += heading(label)
        mark = ("- ", 2) if len(lines) > 1 else ("", 0)
        text += "".join(wrapped(line, mark[1], mark[0]) for line in lines)
    return text
