"""The parts of the assessment JSON, by the field names that are published (docs/design.md)."""

from types import NoneType
from typing import Any

from threatmodel.assessment import Assessment
from threatmodel.classify.result import ToolReading
from threatmodel.policy.guard import CompiledPolicy, Residual
from threatmodel.score.result import Question, Score
from threatmodel.threats.finding import Finding
from threatmodel.threats.result import ThreatModel

Json = dict[str, Any]

SCHEMA_ROOT = "urn:aivss:schema"
"""Prefix of the ids of the published JSON Schemas."""


def schema_id(name: str) -> str:
    """Give the id of a published JSON Schema."""
    return f"{SCHEMA_ROOT}:{name}:1"


_PLAIN = frozenset((str, int, float, bool, NoneType))


def json_values(value: Any) -> Any:  # noqa: ANN401 - any of our records, any JSON value
    """Give a frozen record as JSON values, field by field; `asdict` would copy every leaf."""
    if value.__class__ in _PLAIN:
        return value
    if isinstance(value, tuple):
        return [item if item.__class__ in _PLAIN else json_values(item) for item in value]
    if isinstance(value, dict):
        return {key: json_values(item) for key, item in value.items()}
    return picked(value, *value.__slots__)


def picked(value: Any, *names: str) -> Json:  # noqa: ANN401 - any of our records
    """Give some fields of a record as JSON values, in this order."""
    found = {}
    for name in names:
        one = getattr(value, name)
        found[name] = one if one.__class__ in _PLAIN else json_values(one)
    return found


def agent_json(assessment: Assessment) -> Json:
    """Say which agent, by which rule packs, from which bytes, on which day."""
    agent = assessment.agent
    packs = [picked(pack, "id", "version", "digest") for pack in assessment.knowledge.packs]
    with_packs: Json = {"packs": packs} if packs else {}
    return (
        with_packs
        | picked(agent, "name", "kind", "form", "version", "vendor", "summary", "tags")
        | {
            "date": assessment.date or None,
            "digest": agent.digest,
            "sources": [source.as_dict() for source in agent.sources],
        }
    )


def score_json(score: Score) -> Json:
    """Give the score; a person recomputes it from `vector`."""
    made: Json = {
        "cvss": picked(score.cvss, *score.cvss._fields),
        "factors": [picked(factor, *FACTOR) for factor in score.factors],
        "range": {"low": score.low, "high": score.high, "exact": score.range_exact},
        "questions": [_question(question) for question in score.questions],
        "run_questions": [_question(question) for question in score.run_questions],
    }
    return {
        name: made[name] if name in made else json_values(getattr(score, name)) for name in SCORE
    }


SCORE = (
    "value", "severity", "profile", "vector", "cvss", "factors", "factor_sum", "aars",
    "threat_multiplier", "mitigation_factor", "range", "questions", "run_questions", "threat",
    "floor", "shared", "amended", "as_claimed", "waterfall", "warnings",
)  # fmt: skip


def _question(question: Question) -> Json:
    asked = {"members": list(question.members)} if question.members else {}
    return picked(question, *QUESTION) | asked


FACTOR = (
    "id", "name", "value", "low", "high", "basis", "by", "estimate", "reasons", "facts",
)  # fmt: skip
QUESTION = ("fact", "text", "low", "high", "if_true", "if_false", "threats")


def facts_json(assessment: Assessment) -> Json:
    """Give every fact with its basis and place, and what contradicts what."""
    facts = assessment.facts
    return {
        "facts": [picked(one, *FACT) for one in facts.facts.values()],
        "contradictions": [json_values(c) for c in assessment.contradictions],
    }


FACT = ("id", "says", "value", "basis", "by", "claimed", "evidence")


def model_json(model: ThreatModel) -> Json:
    """Give the threat model; threats that do not apply are listed with why."""
    return {
        "summary": model.summary,
        "threats": [_threat(f) for f in model.findings],
        "layers": [picked(view, *LAYER) for view in model.layers],
        "paths": [picked(path, *PATH) for path in model.paths],
    }


LAYER = ("id", "name", "certain", "because", "text", "open", "worst", "questions")
"""Fields of a layer in JSON."""

PATH = ("id", "title", "score", "steps", "break_at", "break_by", "guard")


def tools_json(readings: tuple[ToolReading, ...]) -> list[Json]:
    """Give what each tool can do, with evidence."""
    return [
        {
            "name": r.name,
            "class": r.tool_class,
            **picked(r, *TOOL),
            "steering": [clue._asdict() for clue in r.steering],
            "evidence": [clue._asdict() for clue in r.evidence],
            "fingerprint": r.fingerprint,
        }
        for r in readings
    ]


TOOL = ("risk", "confidence", "flags", "brake", "signals", "effects", "contradictions")


def policy_json(policy: CompiledPolicy) -> Json:
    """Give one compiled policy with its losses."""
    return (
        picked(policy, "format", "title")
        | {"file": policy.file_name}
        | picked(policy, "text", "kept", "losses", "notes")
    )


def residual_json(residual: Residual) -> Json:
    """Give what is left once a policy is in force."""
    found: Json = json_values(residual)
    return found


THREAT = (
    "id", "finding", "layer", "also", "title", "state", "severity", "priority", "shared", "band",
    "score", "base", "vector", "metrics", "mitigation_factor", "because", "text", "attack", "tools",
    "controls", "missing", "questions", "mitigations", "refs", "check", "false_positives",
    "decision",
)  # fmt: skip


def _threat(finding: Finding) -> Json:
    found = picked(finding, *THREAT)
    for name in ("band", "vector", "decision"):
        found[name] = found[name] or None
    return found | ({"member": finding.member} if finding.member else {})
