"""What the JSON of an agent and of its tools says."""

import json
from typing import Any

from threatmodel.assessment import Assessment
from threatmodel.catalogue.agent_page import policy_file
from threatmodel.catalogue.entry import Entry, tools_of
from threatmodel.catalogue.reply import Reply
from threatmodel.outputs import json_parts as parts
from threatmodel.outputs.claim import Claim
from threatmodel.policy.guard import Residual
from threatmodel.threats.finding import Finding, LayerView

Json = dict[str, Any]
"""A JSON object."""


def agent_record(
    assessment: Assessment,
    entry: Entry,
    claim: Claim,
    replies: tuple[Reply, ...],
    after: Residual | None,
) -> Json:
    """Give everything that the page of an agent says."""
    return {
        "schema": parts.schema_id("catalogue-agent"),
        "id": entry.id,
        "freshness": freshness(entry, assessment),
        "agent": parts.agent_json(assessment)
        | {"aivss": entry.engine, "rules_digest": assessment.knowledge.digest},
        "known": claim.value is not None,
        "score": parts.score_json(assessment.score),
        "layers": [_layer(view) for view in assessment.model.layers],
        "threats": [
            _threat(f)
            for f in assessment.model.findings
            if f.state not in ("not_applicable", "closed")
        ],
        "tools": [
            {
                "name": tool.name,
                "class": tool.tool_class,
                "flags": tool.flags,
                "page": f"tools/{tool.file}.html",
            }
            for tool in tools_of(entry)
        ],
        "policies": [
            {
                "format": policy.format,
                "title": policy.title,
                "file": f"policies/{policy_file(policy)}",
                "kept": len(policy.kept),
                "weakened": sum(loss.outcome == "weakened" for loss in policy.losses),
                "dropped": sum(loss.outcome == "dropped" for loss in policy.losses),
            }
            for policy in (assessment.policies if assessment.plan.guards else ())
        ],
        "residual": parts.residual_json(after) if after else None,
        "replies": [reply.model_dump(mode="json") for reply in replies],
        "history": [moved._asdict() for moved in entry.history],
    }


def tools_record(assessment: Assessment, entry: Entry) -> Json:
    """Give what each tool can do, with evidence and guards."""
    guards: dict[str, list[Json]] = {}
    for guard in assessment.plan.guards:
        kept = {"kind": guard.kind, "says": guard.says, "threats": list(guard.threats)}
        guards.setdefault(guard.tool, []).append(kept)
    rows = parts.tools_json(assessment.readings)
    for row, mark in zip(rows, tools_of(entry), strict=True):
        row["page"] = f"tools/{mark.file}.html"
        row["guards"] = guards.get(row["name"], [])
    return {
        "schema": parts.schema_id("catalogue-tools"),
        "id": entry.id,
        "agent": entry.name,
        "tools": rows,
    }


def freshness(entry: Entry, assessment: Assessment) -> Json:
    """Say when and from what an entry was assessed, and how long it holds."""
    return {
        "assessed": entry.assessed or None,
        "stale_on": entry.stale_on or None,
        "stale": entry.stale,
        "outdated": entry.outdated or None,
        "description": assessment.agent.digest,
        "tool_list": entry.tool_list,
        "rules": assessment.knowledge.digest,
        "engine": entry.engine,
    }


def written(record: Json) -> bytes:
    """Write JSON on one line: a site holds thousands."""
    return (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _layer(view: LayerView) -> Json:
    return {
        "id": view.id,
        "name": view.name,
        "certain": view.certain,
        "text": view.text,
        "open": view.open,
        "worst": view.worst,
        "questions": list(view.questions),
    }


def _threat(finding: Finding) -> Json:
    return {
        "id": finding.id,
        "layer": finding.layer,
        "title": finding.title,
        "state": finding.state,
        "severity": finding.severity,
        "band": finding.band or None,
        "score": finding.score,
        "cvss_vector": finding.vector or None,
        "because": list(finding.because),
        "text": finding.text,
        "tools": list(finding.tools),
        "questions": list(finding.questions),
        "mitigations": list(finding.mitigations),
        "decision": finding.decision or None,
    }
