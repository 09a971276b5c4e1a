"""The threat model as OWASP TM-BOM (threat model library schema 1.0.2)."""

import json
import re

from threatmodel.assessment import Assessment
from threatmodel.errors import slug
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.charts.data_flow import Box, Zone
from threatmodel.outputs.documents import Json
from threatmodel.outputs.pages.flow import Diagram, by_title, diagram, flowchart, holds
from threatmodel.outputs.pages.labels import MADE_WITH
from threatmodel.outputs.pages.subject import what_it_is
from threatmodel.outputs.text import long_date, one_line, sentence
from threatmodel.outputs.tm_bom_risks import control_rows, persona_rows, risk_rows, threat_rows
from threatmodel.policy.formats.emit import escaped

_SCHEMA = (
    "https://github.com/OWASP/www-project-threat-model-library/blob/v1.0.2/threat-model.schema.json"
)
_ACTORS = {"users": "user", "outsiders": "third_party", "world": "third_party", "peers": "system"}
_STORES = ("data", "memory")
_SENSITIVE = {
    "d.personal": "pii",
    "d.health": "phi",
    "d.payment": "pci",
    "d.secrets": "cred",
    "d.source_code": "ip",
    "d.confidential": "biz",
}


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the threat model."""
    del options
    return escaped(json.dumps(record(assessment), ensure_ascii=False, indent=1)) + "\n"


def record(assessment: Assessment) -> Json:
    """Give the threat model as JSON values."""
    drawn = diagram(assessment, whole=True)
    places = {node.key: zone for zone in drawn.zones for node in zone.nodes}
    nodes = [node for zone in drawn.zones for node in zone.nodes]
    found: Json = {
        "$schema": _SCHEMA,
        "version": "1",
        "scope": _scope(assessment),
        "description": _about(assessment),
        "diagrams": [
            {"title": "Data flow", "type": "mermaid", "source": flowchart(assessment)},
        ],
        "trust_zones": [_zone(*named) for named in by_title(drawn.zones).items()],
        "trust_boundaries": _boundaries(drawn, places),
        "actors": [
            _object(node, places) | {"type": _ACTORS.get(node.key, "third_party")}
            for node in nodes
            if _part(node) == "actor"
        ],
        "components": [_object(node, places) for node in nodes if _part(node) == "component"],
        "data_stores": [
            _object(node, places) | {"type": "document"}
            for node in nodes
            if _part(node) == "data-store"
        ],
        "data_sets": _data_sets(assessment, nodes),
        "data_flows": _flows(assessment, drawn),
        "assumptions": [
            {"description": sentence(fact.says), "validity": "unconfirmed"}
            for fact in assessment.facts.facts.values()
            if fact.basis == "assumed" and fact.value is True
        ],
        "threat_personas": persona_rows(assessment),
        "threats": threat_rows(assessment),
        "controls": control_rows(assessment),
        "risks": risk_rows(assessment),
    }
    if assessment.date:
        found["reviewed_at"] = f"{assessment.date}T00:00:00Z"
    return found


def _scope(assessment: Assessment) -> Json:
    regulated = holds(assessment, "b.regulated", "b.safety_critical")
    outside = holds(assessment, "in.external_users", "i.public_endpoint")
    return {
        "title": one_line(assessment.agent.name),
        "description": what_it_is(assessment),
        "business_criticality": "high" if regulated else "moderate",
        "data_sensitivity": _kinds(assessment),
        "exposure": "external" if outside is not False else "internal",
        "tier": "business_critical" if regulated else "important",
    }


def _about(assessment: Assessment) -> str:
    score = assessment.score
    date = f", {long_date(assessment.date)}" if assessment.date else ""
    return (
        f"{what_it_is(assessment)} AIVSS {score.value:.1f} {score.severity} ({score.vector})."
        f" Criticality and tier are defaults unless a rule applies. {MADE_WITH}{date}."
    )


def _kinds(assessment: Assessment) -> list[str]:
    return [kind for fact, kind in _SENSITIVE.items() if holds(assessment, fact)]


def _document_name(text: str) -> str:
    return re.sub(r"[^0-9a-z]+", "-", text.lower()).strip("-") or "x"


def _zone(title: str, zones: list[Zone]) -> Json:
    members = ", ".join(node.title for zone in zones for node in zone.nodes)
    return {
        "symbolic_name": _document_name(title),
        "title": title,
        "description": f"Holds {members}.",
    }


def _boundaries(drawn: Diagram, places: dict[str, Zone]) -> list[Json]:
    pairs = {
        tuple(sorted((_document_name(places[f.start].title), _document_name(places[f.end].title))))
        for f in drawn.flows
    }
    return [{"trust_zone_a": a, "trust_zone_b": b} for a, b in sorted(pairs) if a != b]


def _object(node: Box, places: dict[str, Zone]) -> Json:
    return {
        "symbolic_name": node.key,
        "title": node.title,
        "description": sentence(", ".join(node.details)) or node.title,
        "trust_zone": _document_name(places[node.key].title),
    }


def _data_sets(assessment: Assessment, nodes: list[Box]) -> list[Json]:
    store = [{"data_store": "data"}] if any(node.key == "data" for node in nodes) else []
    reads = getattr(assessment.agent.data, "reads", ())
    return [
        {
            "symbolic_name": f"{number}-{slug(text)[:40]}",
            "title": one_line(text),
            "description": sentence(one_line(text)),
            "placements": store,
            "data_sensitivity": _kinds(assessment),
        }
        for number, text in enumerate(reads, 1)
    ]


def _flows(assessment: Assessment, drawn: Diagram) -> list[Json]:
    private = bool(_kinds(assessment)) or holds(assessment, "t.read_private") is True
    cleartext = holds(assessment, "i.cleartext")
    rows = zip(drawn.flows, drawn.rows, strict=True)
    part = {node.key: _part(node) for zone in drawn.zones for node in zone.nodes}
    return [
        {
            "symbolic_name": f"flow-{row.number}",
            "title": row.way,
            "description": sentence(row.text),
            "source": {"type": part[flow.start], "object": flow.start},
            "destination": {"type": part[flow.end], "object": flow.end},
            "has_sensitive_data": private,
            "encrypted": cleartext is False,
        }
        for flow, row in rows
    ]


def _part(node: Box) -> str:
    """Tell which part of the model a node is: an actor, a store or a component."""
    if node.shape == "party" or node.key in _ACTORS:
        return "actor"
    return "data-store" if node.shape == "store" or node.key in _STORES else "component"
