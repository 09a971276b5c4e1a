"""A digest of a tool's definition, so that a changed one is noticed."""

import json
from hashlib import sha256

from threatmodel.description.tool import Tool


def fingerprint(tool: Tool) -> str:
    """Give the sha256 of the canonical JSON of name, description, schemas and annotations."""
    parts = {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "outputSchema": tool.output_schema,
        "annotations": _annotations(tool),
    }
    text = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def _annotations(tool: Tool) -> dict[str, str | bool | None] | None:
    hints = tool.annotations
    if hints is None:
        return None
    return {
        "title": hints.title,
        "readOnlyHint": hints.read_only,
        "destructiveHint": hints.destructive,
        "idempotentHint": hints.idempotent,
        "openWorldHint": hints.open_world,
    }
