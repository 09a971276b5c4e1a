"""The whole assessment as JSON, the form that every other output can be checked against."""

from threatmodel._version import VERSION
from threatmodel.assessment import Assessment
from threatmodel.emit import escaped
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs import documents as parts
from threatmodel.outputs.documents import Json
from threatmodel.outputs.system import system_json
from threatmodel.outputs.text import laid_out


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the assessment as JSON, in a fixed order."""
    del options
    return escaped(laid_out(record(assessment))) + "\n"


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
        **system_json(assessment),
        "tools": parts.tools_json(assessment.readings),
        "policy": _policy(assessment),
        "residual": [parts.residual_json(residual) for residual in assessment.residuals],
    }


def _policy(assessment: Assessment) -> Json:
    plan = assessment.plan
    return {
        "preset": plan.preset,
        "guards": [parts.json_values(guard) for guard in plan.guards],
        "parameters": [parts.json_values(parameter) for parameter in plan.parameters],
        "formats": [parts.policy_json(policy) for policy in assessment.policies],
    }
