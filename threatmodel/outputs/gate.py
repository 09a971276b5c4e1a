"""What a gate found, as JSON, SARIF and JUnit; one type builds the document and its schema."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from xml.etree import ElementTree as ET

from pydantic import Field

from threatmodel._version import VERSION
from threatmodel.gate import Break
from threatmodel.outputs.document_types import Document, PackShape, SchemaDocument, some_of
from threatmodel.outputs.documents import schema_id
from threatmodel.outputs.text import one_line, visible
from threatmodel.rules.gate import Gate
from threatmodel.rules.load import Pack


@some_of(Break, *(one.name for one in fields(Break)))
class BreakShape(Document):
    """A rule that an agent breaks."""

    member: str = ""
    """Which member of a system breaks it; left out for one agent, and where only the whole does."""


class GateDocument(SchemaDocument):
    """What `aivss gate --format json` prints."""

    passed: bool
    """Whether no rule is broken, exemptions and the baseline aside."""
    packs: list[PackShape] = Field(default_factory=list)
    """Rule packs in force; left out where there is none."""
    breaks: list[BreakShape]
    """All breaks, by rule and agent."""


def gate_json(breaks: tuple[Break, ...], packs: Sequence[Pack] = ()) -> dict[str, Any]:
    """Give what was found as JSON values, with the rule packs that were in force."""
    rows = [BreakShape.of(one) for one in breaks]
    passed = not any(b.fails for b in breaks)
    held = [PackShape.of(pack) for pack in packs]
    document = GateDocument(schema=schema_id("gate"), passed=passed, packs=held, breaks=rows)
    left_out = None if held else {"packs"}
    found: dict[str, Any] = document.model_dump(mode="json", by_alias=True, exclude=left_out)
    for row in found["breaks"]:
        if not row["member"]:
            del row["member"]
    return found


def gate_sarif(gate: Gate, breaks: tuple[Break, ...]) -> str:
    """Give the breaks as SARIF 2.1.0; what is exempt or known is suppressed."""
    index = {rule.id: number for number, rule in enumerate(gate.rule)}
    rules = [
        {"id": rule.id, "shortDescription": {"text": rule.says}, "name": rule.id}
        for rule in gate.rule
    ]
    driver = {"name": "aivss gate", "semanticVersion": VERSION, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, index[one.rule]) for one in breaks],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    document = {"$schema": schema, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _result(one: Break, number: int) -> dict[str, Any]:
    text = " ".join(part for part in (f"{one.named}: {one.why}.", one.mend) if part)
    result: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": number,
        "level": "error" if one.fails else "note",
        "message": {"text": one_line(text)},
        "partialFingerprints": {
            "aivss/gate/v1": hashlib.sha256(one.key.encode("utf-8", "replace")).hexdigest()
        },
        "properties": {"state": one.state, "finding": one.finding},
    }
    if one.file:
        place = {"artifactLocation": {"uri": one.file}, "region": {"startLine": 1}}
        result["locations"] = [{"physicalLocation": place}]
    if not one.fails:
        why = one.note or "in the baseline"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def gate_junit(gate: Gate, breaks: tuple[Break, ...]) -> str:
    """Give the rules as JUnit test cases: one per rule, failed by its breaks."""
    told: dict[str, list[str]] = {rule.id: [] for rule in gate.rule}
    for one in breaks:
        if one.fails:
            told[one.rule] += [f"{one.named} ({one.file}): {one.why}. {one.mend}".strip()]
    return junit("aivss gate", "gate", [(r.id, r.says, told[r.id]) for r in gate.rule])


def junit(name: str, kind: str, cases: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    """Write test cases: what each is called, what it says where it fails, and how it failed."""
    failed = sum(bool(told) for *_, told in cases)
    counts = {"tests": len(cases), "failures": failed, "errors": 0, "skipped": 0}
    suite = ET.Element("testsuite", {"name": name} | {k: str(n) for k, n in counts.items()})
    for title, says, told in cases:
        case = ET.SubElement(suite, "testcase", classname=f"aivss.{kind}", name=visible(title))
        if told:
            failure = ET.SubElement(case, "failure", message=visible(says), type=visible(title))
            failure.text = "\n".join(map(visible, told))
    ET.indent(suite)
    # The declaration that the library would write names the encoding of the place it runs in.
    declared = '<?xml version="1.0" encoding="utf-8"?>'
    return f"{declared}\n{ET.tostring(suite, encoding='unicode')}\n"
