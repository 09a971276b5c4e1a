"""The threat model of one agent: every threat judged, worded and rated; layers and paths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.errors import slug
from threatmodel.facts.fact import Facts
from threatmodel.rules.cases import Masks, literal_names
from threatmodel.rules.evaluate import derive
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.rules.rows import LayerRow, ThreatRow
from threatmodel.scales import GRAVITY, OPEN, Severity, State
from threatmodel.score.agent import Scored
from threatmodel.score.engine import FULL
from threatmodel.score.result import Rated
from threatmodel.score.what_if import leaves_of
from threatmodel.threats.finding import Finding, FindingText, Grounds
from threatmodel.threats.paths import Paths, find_paths
from threatmodel.threats.phrases import spoken_of
from threatmodel.threats.result import AttackPath, LayerView, Lead, ThreatModel
from threatmodel.threats.wording import StandingThreat, Wording, wording_of

# The seven MAESTRO layers of one agent: mapped, or not certain from the description.


def _view_layers(
    knowledge: Knowledge, facts: Facts, findings: Sequence[Finding], wording: Wording
) -> tuple[LayerView, ...]:
    """Give every layer, L1 to L7 and then the cross-layer view.

    A layer is mapped when something stated or observed decides what can go wrong there
    (docs/design.md, Layers); what the reference host brings would be the same for every server.
    """
    # What is said, without what the host brings or a default presumes: those are alike for every
    # server.
    known = derive(knowledge, *facts.said)
    settled = facts.full[0] | facts.full[1]
    open_facts = frozenset(literal_names(knowledge.sets.stated & ~settled, tuple(knowledge.bits)))
    live: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.state in OPEN and not finding.shared:
            live.setdefault(finding.layer, []).append(finding)
    rows = knowledge.layers.values()
    return tuple(_view(row, known, open_facts, live.get(row.id, ()), wording) for row in rows)


def _view(
    row: LayerRow,
    known: Masks,
    open_facts: frozenset[str],
    live: Sequence[Finding],
    wording: Wording,
) -> LayerView:
    reasons = [because for when, because in row.mapped_by if when.surely(*known)]
    worst = max((f.severity for f in live), key=lambda s: GRAVITY[s], default=None)
    text = wording.layer(row, live, certain=bool(reasons))
    unsure = tuple(name for name in row.asks if name in open_facts)
    # A layer that nothing decides asks for something in any case, else it would read as looked at.
    asks = () if reasons else unsure or row.asks
    because = " and ".join(reasons[:2])
    return LayerView(row.id, row.name, bool(reasons), because, text, len(live), worst, asks)


@dataclass(frozen=True, slots=True)
class AgentCase:
    """Everything known about one agent when its threats are worded."""

    scored: Scored
    """Verdicts and ratings."""
    knowledge: Knowledge
    wording: Wording
    slug: str
    """The agent's name, fit for finding ids."""
    decided: Mapping[str, str]
    """Finding id -> what a reviewer decided."""


def model_threats(
    agent: Agent,
    readings: Sequence[ToolReading],
    facts: Facts,
    scored: Scored,
    knowledge: Knowledge,
) -> ThreatModel:
    """Judge and word every threat of the rules for one agent."""
    wording = wording_of(agent, readings, facts, knowledge)
    decided = {name: one.decision for name, one in agent.decided.items()}
    case = AgentCase(scored, knowledge, wording, slug(agent.name), decided)
    verdicts, shared = scored.outcome.verdicts, scored.outcome.shared
    findings = [
        Finding.waiting(
            {
                "id": (id_ := row.id),
                "state": verdicts[id_].state,
                "shared": id_ in shared,
                "decision": decided.get(id_, ""),
                "_fill": (_rest, (row, alike, case)),
            }
        )
        for row, alike in _alike(knowledge)
    ]
    return ThreatModel(tuple(findings), partial(_Telling, facts, case))


@dataclass(frozen=True)
class _Telling:
    """What is told over all findings of one agent; most pages show a part of it."""

    facts: Facts
    case: AgentCase
    findings: tuple[Finding, ...]

    @cached_property
    def layers(self) -> tuple[LayerView, ...]:
        return _view_layers(self.case.knowledge, self.facts, self.findings, self.case.wording)

    @cached_property
    def paths(self) -> tuple[AttackPath, ...]:
        return self._found.told()

    @cached_property
    def summary(self) -> str:
        return self.case.wording.summary(self.findings, next(iter(self.leads), None))

    @property
    def leads(self) -> tuple[Lead, ...]:
        return self._found.leads()

    @cached_property
    def _found(self) -> Paths:
        return find_paths(self.case.knowledge, self.findings, self.case.wording)


@per_rules
def _alike(knowledge: Knowledge) -> tuple[tuple[ThreatRow, dict[str, Any]], ...]:
    """Give the fields in which the findings of a threat are the same for any agent."""
    return tuple(
        (
            row,
            {
                "layer": row.layer,
                "also": row.also,
                "title": row.title,
                "check": row.texts.check,
                "false_positives": row.texts.false_positives,
                "mitigations": row.mitigations,
                "refs": knowledge.pinned(row.refs),
            },
        )
        for row in knowledge.threats
    )


def _rest(row: ThreatRow, alike: dict[str, Any], case: AgentCase) -> dict[str, Any]:
    """Give the fields of a finding that nobody needs who only counts it."""
    verdict = case.scored.outcome.verdicts[row.id]
    state = verdict.state
    return {
        **alike,
        **_rating(case.scored.outcome.rated.get(row.id)),
        "finding": f"{case.slug}/{row.id}",
        "priority": verdict.priority if state in OPEN else None,
        "ground": partial(_grounds, row, case),
        "say": partial(_say, row, state, case),
        "certain": state in OPEN,
    }


_UNRATED: dict[str, Any] = {
    "severity": None,
    "mitigation_factor": float(FULL),
    "vector": "",
    "metrics": (),
    "base": None,
    "score": None,
}


def _rating(rated: Rated | None) -> dict[str, Any]:
    if rated is None:
        return _UNRATED
    return {
        "severity": _severity(rated.result.severity),
        "mitigation_factor": float(rated.mitigation),
        "vector": rated.derived.vector,
        "metrics": rated.derived.reasons,
        "base": float(rated.derived.base),
        "score": float(rated.result.value),
    }


def _grounds(row: ThreatRow, case: AgentCase) -> Grounds:
    known = case.scored.outcome.known
    because = _because(row, case.knowledge, known)
    return Grounds(
        because, *_controls(row, case.knowledge, known[0]), case.wording.voice.names.abused(row)
    )


def _say(row: ThreatRow, state: State, case: AgentCase, part: FindingText, grounds: Grounds) -> str:
    judged = StandingThreat(row, state, grounds.because, grounds.tools, grounds.controls)
    if part == "text":
        return case.wording.finding(judged)
    return case.wording.attack(judged) if state in OPEN else ""


_BECAUSE: dict[tuple[str, str, int, int], tuple[str, ...]] = {}
"""Why a threat applies or not, for what is known of the facts it speaks of; agents are alike."""

# Kept for all agents of a build: what decides a threat repeats, but a directory could fill memory.
_MOST_KEPT = 65536


def _because(row: ThreatRow, knowledge: Knowledge, known: Masks) -> tuple[str, ...]:
    """Name the facts that decide a threat, or would."""
    # By the facts that it speaks of alone: agents of a catalogue differ in others.
    spoken = spoken_of(row, knowledge)[1]
    key = (knowledge.digest, row.id, known[0] & spoken, known[1] & spoken)
    if key not in _BECAUSE:
        if len(_BECAUSE) >= _MOST_KEPT:
            _BECAUSE.clear()
        _BECAUSE[key] = leaves_of(knowledge, row.when.explain(*known), known)
    return _BECAUSE[key]


def _severity(band: str) -> Severity | None:
    return None if band == "None" else band.lower()  # type: ignore[return-value]


_CONTROLS: dict[tuple[str, str, int], tuple[tuple[str, ...], tuple[str, ...]]] = {}


def _controls(
    row: ThreatRow, knowledge: Knowledge, true: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the controls of a threat that hold, and those that do not; agents are alike."""
    held = row.controls & true
    key = (knowledge.digest, row.id, held)
    if key not in _CONTROLS:
        if len(_CONTROLS) >= _MOST_KEPT:
            _CONTROLS.clear()
        names = row.when.names
        _CONTROLS[key] = literal_names(held, names), literal_names(row.controls & ~true, names)
    return _CONTROLS[key]
