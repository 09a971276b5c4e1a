"""What the JSON of an agent and of its tools says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from threatmodel.assessment import Assessment
from threatmodel.catalogue.agent_page import Beside, policy_file
from threatmodel.catalogue.entry import Entry, live_severities, tools_of
from threatmodel.catalogue.index import SiteIndex
from threatmodel.catalogue.job import Choices
from threatmodel.catalogue.lists import tool_address
from threatmodel.files import compact_json
from threatmodel.outputs import documents as parts
from threatmodel.outputs.claim import Claim
from threatmodel.outputs.documents import schema_id
from threatmodel.outputs.text import cut
from threatmodel.scales import GRAVEST_FIRST
from threatmodel.threats.finding import Finding

Json = dict[str, Any]


def agent_record(
    assessment: Assessment,
    entry: Entry,
    claim: Claim,
    beside: Beside,
) -> Json:
    """Give everything that the page of an agent says, and what each tool can do."""
    after = beside.after
    return {
        "schema": parts.schema_id("catalogue-agent"),
        "id": entry.id,
        "freshness": freshness(entry, assessment),
        "agent": parts.agent_json(assessment)
        | {"aivss": entry.engine, "rules_digest": assessment.knowledge.digest},
        "known": claim.value is not None,
        "score": parts.score_json(assessment.score),
        "layers": [parts.picked(view, *parts.LAYER) for view in assessment.model.layers],
        "threats": [
            _threat(f)
            for f in assessment.model.findings
            if f.state not in ("not_applicable", "closed")
        ],
        "tools": _tools(assessment, entry),
        "policies": [
            {
                "format": policy.format,
                "title": policy.title,
                "file": f"policies/{policy_file(policy)}",
                "kept": len(policy.kept),
                "weakened": sum(loss.outcome == "weakened" for loss in policy.losses),
                "dropped": sum(loss.outcome == "dropped" for loss in policy.losses),
            }
            for policy in beside.policies
        ],
        "residual": parts.residual_json(after) if after else None,
        "replies": [reply.model_dump(mode="json") for reply in beside.replies],
        "history": [moved._asdict() for moved in entry.history],
    }


def _tools(assessment: Assessment, entry: Entry) -> list[Json]:
    """Give what each tool can do, with evidence and guards."""
    guards: dict[str, list[Json]] = {}
    for guard in assessment.plan.guards:
        kept = {"kind": guard.kind, "says": guard.says, "threats": list(guard.threats)}
        guards.setdefault(guard.tool, []).append(kept)
    rows = parts.tools_json(assessment.readings)
    for row, mark in zip(rows, tools_of(entry), strict=True):
        row["page"] = f"tools/{mark.file}.html"
        row["guards"] = guards.get(row["name"], [])
    return rows


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


def json_line(record: Json) -> bytes:
    """Write JSON on one line: a site holds thousands."""
    return (compact_json(record) + "\n").encode()


THREAT = (
    *("id", "layer", "title", "state", "severity", "priority", "shared", "band", "score"),
    *("cvss_vector", "because", "text", "tools", "questions", "mitigations", "decision"),
)
"""Fields of a threat in the JSON of an agent."""

_MADE = ("band", "cvss_vector", "text", "decision")
_PLAIN = tuple(name for name in THREAT if name not in _MADE)
_plain = attrgetter(*_PLAIN)


def _threat(finding: Finding) -> Json:
    # Fields that stand as they are all at once: an agent has sixty, and `picked` takes twice as
    # long. The words of a threat in doubt are never asked for.
    told: Json = dict.fromkeys(THREAT)
    told.update(zip(_PLAIN, _plain(finding), strict=True))
    told["band"], told["cvss_vector"] = finding.band or None, finding.vector or None
    told["text"] = finding.text if finding.certain else ""
    told["decision"] = finding.decision or None
    return told


# The index of agents and of tools as JSON, compact, and the sitemap.

COLUMNS = (
    "id", "name", "summary", "kind", "vendor", "tags", "score", "low", "high", "band",
    "critical", "high_threats", "open", "tools", "acting", "classes", "layers", "assessed",
    "state",
)  # fmt: skip
"""Columns of the index of agents."""

TOOL_COLUMNS = ("name", "file", "class", "sure", "flags", "effect")
"""Columns of a tool in the index of tools."""

_ABOUT = 140
# A site map may have 50,000 addresses and 50 MB (sitemaps.org): room for long addresses.
_PER_MAP = 40_000


def index_record(site_index: SiteIndex, choices: Choices) -> dict[str, Any]:
    """Give every agent as a row."""
    return {
        "schema": schema_id("catalogue-index"),
        "title": choices.title,
        "columns": COLUMNS,
        "agents": [_row(entry, site_index) for entry in site_index.agents],
    }


def tools_index(site_index: SiteIndex) -> dict[str, Any]:
    """Give every tool as a row below its agent."""
    return {
        "schema": schema_id("catalogue-tool-index"),
        "columns": TOOL_COLUMNS,
        "agents": [
            (entry.id, entry.name, [tool[:6] for tool in site_index.tools[entry.id]])
            for entry in site_index.named
        ],
    }


def sitemaps(
    site_index: SiteIndex, pages: Sequence[str], choices: Choices
) -> Iterator[tuple[str, str]]:
    """Write the sitemap, in parts where it is long; nothing for a site without an address."""
    if not choices.address:
        return
    places = [(path, "") for path in pages]
    places += [(f"agents/{entry.id}/index.html", entry.assessed) for entry in site_index.agents]
    places += [
        (tool_address(entry, tool, ""), entry.assessed)
        for entry in site_index.agents
        for tool in site_index.tools[entry.id]
    ]
    parts = [places[at : at + _PER_MAP] for at in range(0, len(places), _PER_MAP)]
    for number, part in enumerate(parts, 1):
        urls = "".join(
            f"<url><loc>{choices.address}{path}</loc>{_modified(day)}</url>\n" for path, day in part
        )
        yield f"sitemap-{number}.xml", _document("urlset", urls)
    maps = "".join(
        f"<sitemap><loc>{choices.address}sitemap-{number}.xml</loc></sitemap>\n"
        for number in range(1, len(parts) + 1)
    )
    yield "sitemap.xml", _document("sitemapindex", maps)


def _row(entry: Entry, site_index: SiteIndex) -> tuple[Any, ...]:
    tools = site_index.tools[entry.id]
    classes = {tool.tool_class for tool in tools}
    live = live_severities(entry)
    return (
        entry.id,
        entry.name,
        cut(entry.summary, _ABOUT),
        entry.kind,
        entry.vendor,
        entry.tags,
        entry.score,
        entry.low,
        entry.high,
        entry.band or "no data",
        live["critical"],
        live["high"],
        sum(live.values()),
        len(tools),
        sum(tool.tool_class != "Read" for tool in tools),
        [name for name in GRAVEST_FIRST if name in classes],
        [layer.id for layer in site_index.layers[entry.id] if layer.open],
        entry.assessed,
        "stale" if entry.stale else "outdated" if entry.outdated else "",
    )


def _modified(day: str) -> str:
    return f"<lastmod>{day}</lastmod>" if day else ""


def _document(name: str, inside: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<{name} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{inside}</{name}>\n'
    )
