"""The JSON Schemas of everything that the program prints as JSON, made from records.

`python -m threatmodel.outputs.schemas` writes them again, `--check` tells whether they are current.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

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


def schema_text(name: str) -> str:
    """Give one JSON Schema (draft 2020-12) as text."""
    return text_of_schema(name, DOCUMENTS[name])


def text_of_schema(name: str, kind: type[Record]) -> str:
    """Make the JSON Schema of a kind of document."""
    made = schema_of(kind, "serialization")
    made["properties"]["schema"] |= {"const": schema_id(name)}
    draft = "https://json-schema.org/draft/2020-12/schema"
    whole = {"$schema": draft, "$id": schema_id(name), **made}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the published copies; with `--check`, name those that are out of date and give 1."""
    return publish(arguments, {f"{FOLDER}/{n}.schema.json": schema_text(n) for n in DOCUMENTS})


def publish(arguments: Sequence[str], texts: Mapping[str, str]) -> int:
    """Write files that ship, by their names; with `--check`, name those that differ and give 1."""
    stale = []
    for name, text in texts.items():
        file = Path(str(shipped(name)))
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
