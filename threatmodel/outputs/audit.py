"""What an audit of published scores found, as text and JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from threatmodel.outputs.document_types import Document, SchemaDocument
from threatmodel.outputs.documents import schema_id
from threatmodel.outputs.text import count, one_line, visible
from threatmodel.score.audit import Audit


class AuditShape(Document):
    """One published score."""

    name: str
    """What is scored."""
    line: int
    """Line that it begins on."""
    score: float
    """The published score."""
    base: float
    """Its CVSS base."""
    formulas: list[str]
    """v0.8, v0.8-amended, v0.5, v0.5-mitigated or cvss: those that give it from the factors."""
    from_stated_aars: list[str]
    """Formulas that give it from the stated AARS alone, which the factors do not give."""
    faults: list[str]
    """Where it contradicts itself."""
    notes: list[str]
    """What holds and surprises."""


class PublishedDocument(SchemaDocument):
    """What `aivss verify --published --format json` prints."""

    rows: list[AuditShape]
    """Every row that states a score and a CVSS base, as they stand in the file."""


def published_json(audits: Sequence[Audit]) -> dict[str, Any]:
    """Give what was found as JSON values."""
    rows = [
        AuditShape.of(
            one,
            name=one.row.name,
            line=one.row.where.line,
            score=one.row.score,
            base=one.row.base,
            from_stated_aars=one.stated,
        )
        for one in audits
    ]
    document = PublishedDocument(schema=schema_id("published"), rows=rows)
    return document.model_dump(mode="json", by_alias=True)


def published_text(audits: Sequence[Audit]) -> str:
    """Say it row by row, and what was found in all."""
    used = Counter(_used(one) for one in audits)
    bad = sum(bool(one.faults) for one in audits)
    below = sum(one.row.score < one.row.base for one in audits)
    total = (
        f"{count(len(audits), 'score')}: {bad} with a contradiction, {below} below the CVSS base"
    )
    by = (f"  {number} by {name}" for name, number in used.most_common())
    return "\n".join([*(_row(one) for one in audits), "", total, *by]) + "\n"


def _row(one: Audit) -> str:
    mark = "FAIL" if one.faults else "ok  "
    lines = [f"{mark} {one.row.name}: {one.row.score} by {_used(one)}"]
    lines += [f"       {said}" for said in one.faults + one.notes]
    return "\n".join(visible(one_line(line)) if line[0] != " " else visible(line) for line in lines)


def _used(one: Audit) -> str:
    if one.stated:
        return f"{' or '.join(one.stated)} from its stated AARS"
    return " or ".join(one.formulas) or "no known formula"
