"""The threat model as OWASP TM-BOM (threat model library schema 1.0.2)."""

import json
import re

from threatmodel.assessment import Assessment
from threatmodel.description.system import System
from threatmodel.emit import escaped
from threatmodel.errors import slug
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.charts.data_flow import Box, Zone
from threatmodel.outputs.documents import Json
from threatmodel.outputs.pages.findings import reasons
from threatmodel.outputs.pages.flow import Diagram, by_title, diagram, flowchart, holds
from threatmodel.outputs.pages.labels import MADE_WITH
from threatmodel.outputs.pages.subject import what_it_is
from threatmodel.outputs.pages.system_map import member_key
from threatmodel.outputs.text import long_date, one_line, sentence
from threatmodel.threats.finding import Finding

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
    objects: dict[str, list[Json]] = {"actor": [], "component": [], "data-store": []}
    for node in nodes:
        objects[_part(node)].append(_object(node, places))
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
        "actors": objects["actor"],
        "components": objects["component"],
        "data_stores": objects["data-store"],
        "data_sets": _data_sets(assessment, nodes),
        "data_flows": _flows(assessment, drawn),
        "assumptions": [
            {"description": sentence(fact.says), "validity": "unconfirmed"}
            for fact in assessment.facts.facts.values()
            if fact.basis == "assumed" and fact.value is True
        ],
        "threat_personas": _personas(assessment),
        "threats": [_threat(assessment, finding) for finding in assessment.model.live],
        "controls": _controls(assessment),
        "risks": [_risk(assessment, one) for one in assessment.model.live if one.severity],
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
    types = {"actor": _ACTORS.get(node.key, "third_party"), "data-store": "document"}
    typed = {"type": types[part]} if (part := _part(node)) in types else {}
    return {
        "symbolic_name": node.key,
        "title": node.title,
        "description": sentence(", ".join(node.details)) or node.title,
        "trust_zone": _document_name(places[node.key].title),
        **typed,
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


# Its threats, controls and risks, by the words of its schema.


_PERSONAS = {
    "prompt": ("User with bad intent", "Prompts the agent for what they may not have.", "user"),
    "content": ("Writer of content", "Plants text where the agent reads.", "anonymous"),
    "peer": ("Another agent", "Sends messages that the agent acts on.", "user"),
    "package": ("Supplier gone bad", "Ships code or tool definitions that turn.", "anonymous"),
    "network": ("Attacker on the network", "Reaches the agent or its servers.", "anonymous"),
    "operator": ("Careless operator", "Sets it up with more than it needs.", "admin"),
    "self": ("The agent itself", "Errs without an attacker.", "user"),
}

# They mean no harm: the schema asks for malice, and calls the source of their threats human error.
_BLAMELESS = ("operator", "self")

_IMPACTS = {"low": "minor", "medium": "moderate", "high": "major", "critical": "severe"}

# The schema asks for a level and for points of 25, impact times likelihood; ours are the bands.
_POINTS = {"low": 4, "medium": 9, "high": 16, "critical": 25}


def _personas(assessment: Assessment) -> list[Json]:
    """Give those who would carry out the open threats."""
    used = {assessment.knowledge.by_id[f.id].entry for f in assessment.model.live}
    return [
        {
            "symbolic_name": key,
            "title": title,
            "description": text,
            "is_person": key not in ("peer", "self"),
            "skill_level": "insider" if key in ("prompt", "operator") else "engineer",
            "access_level": access,
            "malicious_intent": key not in _BLAMELESS,
            "applicability_to_org": "moderate",
        }
        for key, (title, text, access) in _PERSONAS.items()
        if key in used
    ]


def _controls(assessment: Assessment) -> list[Json]:
    """Give the mitigations of the open threats, in place or suggested."""
    knowledge = assessment.knowledge
    helped: dict[str, list[str]] = {}
    for finding in assessment.model.live:
        for id_ in finding.mitigations:
            helped.setdefault(id_, []).append(_name(finding))
    facts = assessment.facts.facts
    rows = []
    for id_, threats in sorted(helped.items()):
        row = knowledge.mitigations[id_]
        active = all(name in facts and facts[name].value for name in row.gives)
        rows.append(
            {
                "symbolic_name": id_,
                "title": sentence(row.says),
                "description": f"{sentence(row.says)} A {row.kind} control.",
                "threats": threats,
                "status": "active" if active else "suggested",
                "priority": "high" if len(threats) > 5 else "medium",  # noqa: PLR2004
            }
        )
    return rows


def _threat(assessment: Assessment, finding: Finding) -> Json:
    entry = assessment.knowledge.by_id[finding.id].entry
    cwes = [i for key, ids in finding.refs.items() if key.startswith("cwe") for i in ids]
    because = " ".join(reason.text for reason in reasons(assessment, finding))
    return {
        "symbolic_name": _name(finding),
        "title": finding.title,
        "description": one_line(finding.text) or finding.title,
        "components_affected": [_affected(assessment, finding)],
        "threat_persona": entry,
        "event": one_line(finding.attack) or because or finding.title,
        "sources": ["human_error"] if entry in _BLAMELESS else ["adversary"],
        "weaknesses": [
            {"cwe_id": int(number)}
            for number in (str(i).upper().removeprefix("CWE-") for i in cwes)
            if number.isdigit()
        ],
    }


def _affected(assessment: Assessment, finding: Finding) -> str:
    """Name the component that a threat is about: the member, or the tools or the agent alone."""
    members = assessment.agent.members if isinstance(assessment.agent, System) else ()
    named = (member_key(at) for at, one in enumerate(members) if one.name == finding.member)
    return next(named, "tools" if finding.tools else "agent")


def _risk(assessment: Assessment, finding: Finding) -> Json:
    row = assessment.knowledge.by_id[finding.id]
    level = finding.severity or "low"
    aivss = "" if finding.score is None else f" AIVSS {finding.score:.1f} {finding.band}."
    return {
        "symbolic_name": f"risk-{_name(finding)}",
        "title": finding.title,
        "description": f"{finding.title}.{aivss} State: {finding.state.replace('_', ' ')}.",
        "threats": [_name(finding)],
        "likelihood": "certain" if row.likelihood == "very_likely" else row.likelihood,
        "impact": _IMPACTS[row.impact],
        "impact_description": sentence(f"it can {', '.join(row.harm)}"),
        "score": _POINTS[level],
        "level": level,
    }


def _name(finding: Finding) -> str:
    return finding.id.lower()
