"""The threat model of one agent: every threat judged, worded and rated; layers and paths."""

from collections.abc import Sequence
from dataclasses import dataclass

from threatmodel.classify.reading import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Facts
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.rows import ThreatRow
from threatmodel.knowledge.rule import Verdict
from threatmodel.score.agent_score import Scored
from threatmodel.score.engine import FULL, OPEN, Rated
from threatmodel.score.span import leaves_of
from threatmodel.threats.finding import Finding, MetricReason, Severity, State, ThreatModel
from threatmodel.threats.layers import view_layers
from threatmodel.threats.paths import find_paths
from threatmodel.threats.wording import Wording, wording_of


@dataclass(frozen=True, slots=True)
class Case:
    """Everything known about one agent when its threats are worded."""

    agent: Agent
    """As described."""

    readings: Sequence[ToolReading]
    """What each tool can do."""

    facts: Facts
    """What is true of it."""

    scored: Scored
    """Verdicts and ratings."""

    knowledge: Knowledge
    """The rules."""

    wording: Wording
    """How to say it."""


def model_threats(
    agent: Agent,
    readings: Sequence[ToolReading],
    facts: Facts,
    scored: Scored,
    knowledge: Knowledge,
) -> ThreatModel:
    """Judge and word every threat of the rules for one agent."""
    wording = wording_of(agent, readings, facts, knowledge)
    case = Case(agent, readings, facts, scored, knowledge, wording)
    findings = tuple(_finding(row, case) for row in knowledge.threats)
    return ThreatModel(
        findings=findings,
        layers=view_layers(case.knowledge, facts, findings, wording),
        paths=find_paths(knowledge, facts, findings, wording),
        summary=wording.summary(findings),
    )


def _finding(row: ThreatRow, case: Case) -> Finding:
    verdict = case.scored.outcome.verdicts[row.id]
    rated = case.scored.outcome.rated.get(row.id)
    state = _state(verdict)
    known = case.scored.outcome.known
    because = leaves_of(case.knowledge, row.when.explain(*known), known)
    tools = _tools(row, because, case.facts)
    live = state in OPEN
    text = case.wording.finding(row, state, because, tools)
    held, missing = _controls(row, case)
    return Finding(
        id=row.id,
        finding=f"{slug(case.agent.name)}/{row.id}",
        layer=row.layer,
        also=row.also,
        title=row.title,
        state=state,
        severity=_severity(verdict) if live else None,
        because=because,
        controls=held,
        missing=missing,
        tools=tools,
        text=text,
        attack=case.wording.attack(row, tools) if live else "",
        check=row.texts.check,
        false_positives=row.texts.false_positives,
        questions=because if state == "needs_answer" else (),
        mitigations=row.mitigations,
        refs=case.knowledge.pinned(row.refs),
        certain=live,
        mitigation_factor=float(rated.mitigation if rated else FULL),
        vector=rated.derived.vector if rated else "",
        metrics=_metrics(rated) if rated else (),
        base=float(rated.derived.base) if rated else None,
        score=float(rated.result.value) if rated else None,
        band=rated.result.severity if rated else "",
        decision=next((d.decision for d in case.agent.decisions if d.finding == row.id), ""),
    )


def slug(name: str) -> str:
    """Make a name fit for ids and file names: lower-case letters, digits and single hyphens.

    A name without any letter or digit gives `agent`.
    """
    folded = "".join(c.lower() if c.isalnum() and c.isascii() else "-" for c in name)
    return "-".join(part for part in folded.split("-") if part)[:80].strip("-") or "agent"


def _state(verdict: Verdict) -> State:
    return verdict.state  # type: ignore[return-value]


def _severity(verdict: Verdict) -> Severity:
    return verdict.severity  # type: ignore[return-value]


def _tools(row: ThreatRow, because: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """Name the tools that the threat abuses, in tool order and once each."""
    traits = row.tools or tuple(fact for fact in because if fact.startswith("t."))
    named = {name for trait in traits for name in facts.by_tool.get(trait, ())}
    order = dict.fromkeys(name for names in facts.by_tool.values() for name in names)
    return tuple(name for name in order if name in named)


def _controls(row: ThreatRow, case: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    true = case.scored.outcome.known[0]
    held: list[str] = []
    missing: list[str] = []
    for name, control in case.knowledge.controls.items():
        if row.controls >> control.bit & 1:
            (held if true >> control.bit & 1 else missing).append(name)
    return tuple(held), tuple(missing)


def _metrics(rated: Rated) -> tuple[MetricReason, ...]:
    return tuple(MetricReason(m, row.value, row.because) for m, row in rated.derived.rows)
