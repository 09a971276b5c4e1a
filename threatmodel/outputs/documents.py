"""The parts of the assessment JSON, by the field names that are published (docs/design.md)."""

from types import NoneType
from typing import Any

from threatmodel.assessment import Assessment
from threatmodel.classify.result import Clue, ToolReading
from threatmodel.policy.guard import CompiledPolicy, Residual
from threatmodel.score.result import Question, Score
from threatmodel.threats.finding import AttackPath, Finding, LayerView, ThreatModel

Json = dict[str, Any]
"""A JSON object."""

SCHEMA_ROOT = "urn:aivss:schema"
"""Prefix of the ids of the published JSON Schemas."""


def schema_id(name: str) -> str:
    """Give the id of a published JSON Schema."""
    return f"{SCHEMA_ROOT}:{name}:1"


def plain(value: Any) -> Any:  # noqa: ANN401 - any of our records, any JSON value
    """Give a frozen record as JSON values, field by field; `asdict` would copy every leaf."""
    if isinstance(value, (str, int, float, bool, NoneType)):
        return value
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return {name: plain(getattr(value, name)) for name in value.__slots__}


def agent_json(assessment: Assessment) -> Json:
    """Say which agent, by which rule packs, from which bytes, on which day."""
    agent = assessment.agent
    packs = [
        {"id": pack.id, "version": pack.version, "digest": pack.digest}
        for pack in assessment.knowledge.packs
    ]
    with_packs: Json = {"packs": packs} if packs else {}
    return with_packs | {
        "name": agent.name,
        "kind": agent.kind,
        "form": agent.form,
        "version": agent.version,
        "vendor": agent.vendor,
        "summary": agent.summary,
        "tags": list(agent.tags),
        "date": assessment.date or None,
        "digest": agent.digest,
        "sources": [source.as_dict() for source in agent.sources],
    }


def score_json(score: Score) -> Json:
    """Give the score; a person recomputes it from `vector`."""
    return {
        "value": score.value,
        "severity": score.severity,
        "profile": score.profile,
        "vector": score.vector,
        "cvss": {
            "vector": score.cvss.vector,
            "base": score.cvss.base,
            "basis": score.cvss.basis,
            "derived": score.cvss.derived,
            "note": score.cvss.note,
        },
        "factors": [
            {
                "id": f.id,
                "name": f.name,
                "value": f.value,
                "low": f.low,
                "high": f.high,
                "basis": f.basis,
                "by": f.by,
                "estimate": f.estimate,
                "reasons": list(f.reasons),
                "facts": list(f.facts),
            }
            for f in score.factors
        ],
        "factor_sum": score.factor_sum,
        "aars": score.aars,
        "threat_multiplier": score.threat_multiplier,
        "mitigation_factor": score.mitigation_factor,
        "range": {"low": score.low, "high": score.high, "exact": score.range_exact},
        "questions": [_question(question) for question in score.questions],
        "run_questions": [_question(question) for question in score.run_questions],
        "threat": score.threat,
        "floor": score.floor,
        "shared": list(score.shared),
        "amended": score.amended,
        "as_claimed": score.as_claimed,
        "waterfall": [plain(term) for term in score.waterfall],
        "warnings": list(score.warnings),
    }


def _question(question: Question) -> Json:
    return {
        "fact": question.fact,
        "text": question.text,
        "low": question.low,
        "high": question.high,
        "if_true": question.if_true,
        "if_false": question.if_false,
        "threats": list(question.threats),
    }


def facts_json(assessment: Assessment) -> Json:
    """Give every fact with its basis and place, and what contradicts what."""
    facts = assessment.facts
    return {
        "facts": [
            {
                "id": f.id,
                "says": f.says,
                "value": f.value,
                "basis": f.basis,
                "by": f.by,
                "claimed": f.claimed,
                "evidence": [plain(e) for e in f.evidence],
            }
            for f in facts.facts.values()
        ],
        "contradictions": [plain(c) for c in assessment.contradictions],
    }


def model_json(model: ThreatModel) -> Json:
    """Give the threat model; threats that do not apply are listed with why."""
    return {
        "summary": model.summary,
        "threats": [_threat(f) for f in model.findings],
        "layers": [_layer(view) for view in model.layers],
        "paths": [_path(path) for path in model.paths],
    }


def tools_json(readings: tuple[ToolReading, ...]) -> list[Json]:
    """Give what each tool can do, with evidence."""
    return [
        {
            "name": r.name,
            "class": r.tool_class,
            "risk": r.risk,
            "confidence": r.confidence,
            "flags": list(r.flags),
            "brake": r.brake,
            "signals": list(r.signals),
            "effects": [plain(e) for e in r.effects],
            "contradictions": list(r.contradictions),
            "steering": [_clue(c) for c in r.steering],
            "evidence": [_clue(c) for c in r.evidence],
            "fingerprint": r.fingerprint,
        }
        for r in readings
    ]


def policy_json(policy: CompiledPolicy) -> Json:
    """Give one compiled policy with its losses."""
    return {
        "format": policy.format,
        "title": policy.title,
        "file": policy.file_name,
        "text": policy.text,
        "kept": list(policy.kept),
        "losses": [plain(loss) for loss in policy.losses],
        "notes": list(policy.notes),
    }


def residual_json(residual: Residual) -> Json:
    """Give what is left once a policy is in force."""
    found: Json = plain(residual)
    return found


def _clue(clue: Clue) -> Json:
    return {
        "source": clue.source,
        "pointer": clue.pointer,
        "text": clue.text,
        "says": clue.says,
    }


def _threat(f: Finding) -> Json:
    return {
        "id": f.id,
        "finding": f.finding,
        "layer": f.layer,
        "also": list(f.also),
        "title": f.title,
        "state": f.state,
        "severity": f.severity,
        "priority": f.priority,
        "shared": f.shared,
        "band": f.band or None,
        "score": f.score,
        "base": f.base,
        "vector": f.vector or None,
        "metrics": [plain(m) for m in f.metrics],
        "mitigation_factor": f.mitigation_factor,
        "because": list(f.because),
        "text": f.text,
        "attack": f.attack,
        "tools": list(f.tools),
        "controls": list(f.controls),
        "missing": list(f.missing),
        "questions": list(f.questions),
        "mitigations": list(f.mitigations),
        "refs": {name: list(ids) for name, ids in f.refs.items()},
        "check": f.check,
        "false_positives": f.false_positives,
        "decision": f.decision or None,
        **({"member": f.member} if f.member else {}),
    }


def _layer(view: LayerView) -> Json:
    return {
        "id": view.id,
        "name": view.name,
        "certain": view.certain,
        "because": view.because,
        "text": view.text,
        "open": view.open,
        "worst": view.worst,
        "questions": list(view.questions),
    }


def _path(path: AttackPath) -> Json:
    return {
        "id": path.id,
        "title": path.title,
        "score": path.score,
        "steps": [plain(step) for step in path.steps],
        "break_at": path.break_at,
        "break_by": path.break_by,
        "guard": path.guard,
    }
