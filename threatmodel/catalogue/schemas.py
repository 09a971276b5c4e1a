"""The JSON Schemas of a catalogue's files, made from records.

`python -m threatmodel.catalogue.schemas` writes them again, `--check` tells whether they are
current.
"""

import sys
from collections.abc import Sequence

from threatmodel.catalogue import documents
from threatmodel.outputs.schemas import publish, text_of_schema
from threatmodel.reading.record import Record

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
    return text_of_schema(f"catalogue-{name}", DOCUMENTS[name])


def main(arguments: Sequence[str]) -> int:
    """Write the published copies; with `--check`, name those that are out of date and give 1."""
    return publish(arguments, {f"{FOLDER}/{n}.schema.json": schema_text(n) for n in DOCUMENTS})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
