"""The JSON Schemas of a catalogue's files, made from records.

`python -m threatmodel.catalogue.schemas` writes them again, `--check` tells whether they are
current.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from threatmodel.catalogue import documents
from threatmodel.files import shipped
from threatmodel.outputs.documents import schema_id
from threatmodel.reading.record import Record, schema_of

DOCUMENTS: dict[str, type[Record]] = {
    "index": documents.IndexDocument,
    "tool-index": documents.ToolIndexDocument,
    "changes": documents.ChangesDocument,
    "agent": documents.AgentDocument,
}
"""Name of a document -> its shape."""

FOLDER = "reports/catalogue/schemas"
"""Where the published copies are; a site carries them too."""


def schema_text(name: str) -> str:
    """Give one JSON Schema (draft 2020-12) as text."""
    made = schema_of(DOCUMENTS[name], "serialization")
    own = schema_id(f"catalogue-{name}")
    made["properties"]["schema"] |= {"const": own}
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": own, **made}
    return json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


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
