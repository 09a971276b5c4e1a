"""The JSON Schema of a description, made from its records; editors show its texts on hover."""

import inspect
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from threatmodel.description.agent import Agent
from threatmodel.description.model import model_of
from threatmodel.description.system import System
from threatmodel.files import shipped
from threatmodel.reading.record import schema_of
from threatmodel.rules.load import load_knowledge

SCHEMA_FILE = "frameworks/agent.schema.json"
"""The committed copy that the first line of each example points editors at."""


def schema_text() -> str:
    """Give the schema as JSON, two spaces, keys as the records have them."""
    return json.dumps(_schema(), ensure_ascii=False, indent=2) + "\n"


def _schema() -> dict[str, Any]:
    schema = schema_of(model_of(System))
    schema |= {"title": "Agent", "description": inspect.cleandoc(Agent.__doc__ or "")}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    tools = schema["properties"]["tools"]
    tools["anyOf"].insert(0, _TOOL_FILE)
    _name_facts(schema)
    member = schema["$defs"]["Member"] = schema["$defs"].pop("Agent")
    fields = {name: {"$ref": f"#/properties/{name}"} for name in member["properties"]}
    member |= {"title": "Member", "description": "A member of a system that is an agent."}
    member["properties"] = {**fields, "keys": _KEYS}
    schema["properties"]["members"]["items"] = {
        "anyOf": [{"$ref": "#/$defs/Person"}, {"$ref": "#/$defs/Member"}]
    }
    return schema


_KEYS = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Names of the credentials of the system that it holds; all where left out.",
}


_TOOL_FILE = {
    "type": "object",
    "properties": {"file": {"type": "string", "description": "A tool list beside this file."}},
    "required": ["file"],
    "additionalProperties": False,
}


def _name_facts(schema: dict[str, Any]) -> None:
    """Offer the ids of facts and controls with their meanings."""
    knowledge = load_knowledge()
    facts = schema["properties"]["facts"]
    answer = facts.pop("additionalProperties")
    rows = {**knowledge.facts, **knowledge.controls}
    facts["properties"] = {i: {**answer, "description": row.says} for i, row in rows.items()}
    facts["additionalProperties"] = False
    controls = next(
        option
        for option in schema["properties"]["controls"]["anyOf"]
        if "type" in option and option["type"] == "object"
    )
    answer = controls.pop("additionalProperties")
    controls["properties"] = {
        i.removeprefix("k."): {**answer, "description": row.says}
        for i, row in knowledge.controls.items()
    }
    controls["additionalProperties"] = False


def main(arguments: Sequence[str]) -> int:
    """Write the committed copy; with `--check` only compare, 1 when it is stale."""
    file = Path(str(shipped(SCHEMA_FILE)))
    if "--check" in arguments:
        fresh = file.is_file() and file.read_text(encoding="utf-8") == schema_text()
        if not fresh:
            sys.stderr.write(f"{SCHEMA_FILE} is stale: run this without --check\n")
        return int(not fresh)
    file.write_text(schema_text(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
