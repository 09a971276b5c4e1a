"""All findings as CSV, safe to open in a spreadsheet."""

import csv
import io

from threatmodel.assessment import Assessment
from threatmodel.description.overrides import Decision
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.text import cut, one_line
from threatmodel.threats.finding import Finding

COLUMNS = (
    "finding", "threat", "layer", "title", "state", "priority", "score", "severity", "cvss_base",
    "cvss_vector", "tools", "because", "text", "mitigations", "missing_controls", "questions",
    "decision", "decision_owner", "decision_until", "decision_reason", "references",
)  # fmt: skip
"""Header of the file."""

# Spreadsheets cut a cell at 32,767 characters; nobody reads a quarter of that in one.
_CELL = 8000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write one line for each threat of the catalogue, open ones first."""
    del options
    decisions = assessment.agent.decided
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    live = assessment.model.live
    rest = (f for f in assessment.model.findings if f not in live)
    for finding in (*live, *rest):
        writer.writerow([safe(cell) for cell in _cells(finding, decisions.get(finding.id))])
    return out.getvalue()


def safe(cell: str) -> str:
    """Keep a spreadsheet from taking text for a formula: such text gets a leading apostrophe."""
    text = cut(one_line(cell), _CELL)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(f: Finding, decision: Decision | None) -> tuple[str, ...]:
    until = decision.expires.isoformat() if decision and decision.expires else ""
    refs = "; ".join(f"{name}: {', '.join(map(str, ids))}" for name, ids in f.refs.items())
    return (
        f.finding, f.id, f.layer, f.title, f.state, f.priority or "",
        "" if f.score is None else f"{f.score:.1f}", f.band,
        "" if f.base is None else f"{f.base:.1f}", f.vector,
        ", ".join(f.tools), ", ".join(f.because), f.text, ", ".join(f.mitigations),
        ", ".join(f.missing), ", ".join(f.questions), f.decision,
        decision.owner if decision else "", until, decision.reason if decision else "", refs,
    )  # fmt: skip
