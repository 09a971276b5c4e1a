"""The whole assessment as JSON, the form that every other output can be checked against."""

import json

from threatmodel.assessment import Assessment
from threatmodel.outputs import json_parts as parts
from threatmodel.outputs.json_parts import Json
from threatmodel.outputs.options import DEFAULT, Options
from threatmodel.version import VERSION


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the assessment as JSON, indented, in a fixed order."""
    del options
    return laid_out(record(assessment)) + "\n"


def laid_out(value: object, depth: int = 2) -> str:
    """Write JSON with a line for each part down to `depth`, and the rest of a part on its line.

    The encoder that indents is twenty times slower.
    """
    if depth and isinstance(value, dict) and value:
        parts = (f"{_dumps(key)}: {laid_out(part, depth - 1)}" for key, part in value.items())
        return "{\n" + ",\n".join(parts) + "\n}"
    if depth and isinstance(value, list) and value:
        return "[\n" + ",\n".join(laid_out(part, 0) for part in value) + "\n]"
    return _dumps(value)


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def record(assessment: Assessment) -> Json:
    """Give the assessment as JSON values."""
    knowledge = assessment.knowledge
    made = {"aivss": VERSION, "rules": knowledge.rules_version, "rules_digest": knowledge.digest}
    return {
        "schema": parts.schema_id("assessment"),
        "agent": parts.agent_json(assessment) | made,
        **parts.facts_json(assessment),
        "score": parts.score_json(assessment.score),
        "profiles": [parts.score_json(score) for score in assessment.profiles],
        "model": parts.model_json(assessment.model),
        "tools": parts.tools_json(assessment.readings),
        "policy": _policy(assessment),
        "residual": [parts.residual_json(residual) for residual in assessment.residuals],
    }


def _policy(assessment: Assessment) -> Json:
    plan = assessment.plan
    return {
        "preset": plan.preset,
        "guards": [parts.plain(guard) for guard in plan.guards],
        "parameters": [parts.plain(parameter) for parameter in plan.parameters],
        "formats": [parts.policy_json(policy) for policy in assessment.policies],
    }
