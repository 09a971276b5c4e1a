"""The JSON Schemas of everything that the program prints as JSON, made from records.

`python -m threatmodel.outputs.schemas` writes them again, `--check` tells whether they are current.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from threatmodel.files import shipped
from threatmodel.outputs import shapes
from threatmodel.outputs.advice import AdviceDocument
from threatmodel.outputs.diff import DiffDocument
from threatmodel.outputs.documents import schema_id
from threatmodel.outputs.gate import GateDocument
from threatmodel.outputs.published import PublishedDocument
from threatmodel.reading.record import Record, schema_of

DOCUMENTS: dict[str, type[Record]] = {
    "score": shapes.ScoreDocument,
    "calc": shapes.CalcDocument,
    "model": shapes.ModelDocument,
    "tools": shapes.ToolsDocument,
    "policy": shapes.PolicyDocument,
    "advice": AdviceDocument,
    "diff": DiffDocument,
    "gate": GateDocument,
    "explain": shapes.ExplainDocument,
    "verify": shapes.VerifyDocument,
    "published": PublishedDocument,
    "assessment": shapes.AssessmentDocument,
}
"""Name of a document -> its shape."""

FOLDER = "reports/schemas"
"""Where the published copies are."""


def schema(name: str) -> dict[str, Any]:
    """Give one JSON Schema (draft 2020-12)."""
    made = schema_of(DOCUMENTS[name], "serialization")
    made["properties"]["schema"] |= {"const": schema_id(name)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(name),
        **made,
    }


def schema_text(name: str) -> str:
    """Give one JSON Schema as text."""
    return json.dumps(schema(name), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the published copies; with `--check`, name those that are out of date and give 1."""
    stale = []
    for name in DOCUMENTS:
        file = Path(str(shipped(f"{FOLDER}/{name}.schema.json")))
        text = schema_text(name)
        if "--check" not in arguments:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        sys.stderr.write(f"out of date: {', '.join(stale)}; run .ci/generated\n")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
