"""The threats, controls and risks of a TM-BOM, by the words of its schema."""

from threatmodel.assessment import Assessment
from threatmodel.description.system import System
from threatmodel.outputs.documents import Json
from threatmodel.outputs.pages.findings import reasons
from threatmodel.outputs.pages.system_map import member_key
from threatmodel.outputs.text import one_line, sentence
from threatmodel.threats.finding import Finding

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

_LIKELY = {
    "unlikely": "unlikely",
    "possible": "possible",
    "likely": "likely",
    "very_likely": "certain",
}

# The schema asks for a level and for points of 25, impact times likelihood; ours are the bands.
_STEPS = {
    "low": ("low", 4),
    "medium": ("medium", 9),
    "high": ("high", 16),
    "critical": ("critical", 25),
}


def persona_rows(assessment: Assessment) -> list[Json]:
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


def threat_rows(assessment: Assessment) -> list[Json]:
    """Give the open threats."""
    return [_threat(assessment, finding) for finding in assessment.model.live]


def control_rows(assessment: Assessment) -> list[Json]:
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


def risk_rows(assessment: Assessment) -> list[Json]:
    """Give a risk for each open threat that has a severity."""
    return [_risk(assessment, f) for f in assessment.model.live if f.severity]


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
    level, points = _STEPS[finding.severity or "low"]
    aivss = "" if finding.score is None else f" AIVSS {finding.score:.1f} {finding.band}."
    return {
        "symbolic_name": f"risk-{_name(finding)}",
        "title": finding.title,
        "description": f"{finding.title}.{aivss} State: {finding.state.replace('_', ' ')}.",
        "threats": [_name(finding)],
        "likelihood": _LIKELY[row.likelihood],
        "impact": _IMPACTS[row.impact],
        "impact_description": sentence(f"it can {', '.join(row.harm)}"),
        "score": points,
        "level": level,
    }


def _name(finding: Finding) -> str:
    return finding.id.lower()
