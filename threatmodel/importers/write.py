"""Descriptions as YAML text with the provenance of its values, and the file of their tools."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from threatmodel.description.agent import offers_in
from threatmodel.emit import json_quoted
from threatmodel.importers.definitions import KNOWN, Definition, fingerprints, json_digest
from threatmodel.importers.merge import Imported, structure, unknown_sections
from threatmodel.importers.statements import RECORD_LISTS, TEXT_LISTS, Path, Statement
from threatmodel.reading.positions import Value

FIELD = "imported"
"""Key of a description under which the provenance stands."""

# Tells whether a person changed a value, 64 bits; a whole sha256 would crowd out what people read.
_DIGITS = 16
_HIDDEN = re.compile(r"~u([0-9a-f]{1,5}|10[0-9a-f]{4});")


def value_digest(value: Value) -> str:
    """Give a short digest of a value, to see whether it was changed since."""
    return json_digest(value)[:_DIGITS]


def _provenance_of(statements: Iterable[Statement]) -> dict[str, dict[str, Value]]:
    """Give the provenance of what is written: address -> digest and origin."""
    return {
        pointer(one.path): {"digest": value_digest(one.value), "from": one.origin}
        for one in statements
    }


def pointer(path: Path) -> str:
    """Write a path as one text: `/supply/pinned`, escaped as JSON Pointer is (RFC 6901).

    Characters that hide or reorder what is shown are written as `~u202e;`.
    """
    steps = (step.replace("~", "~0").replace("/", "~1") for step in path)
    return "".join("/" + "".join(map(_shown, step)) for step in steps)


def path_of(written: str) -> Path:
    """Read such a text back."""
    steps = written.removeprefix("/").split("/")
    return tuple(_HIDDEN.sub(_hidden, step).replace("~1", "/").replace("~0", "~") for step in steps)


def value_at(top: Mapping[str, Value], path: Path) -> Value:
    """Find the value at a path; None where there is none. Items go by name or text."""
    value: Value = dict(top)
    for depth, step in enumerate(path):
        if isinstance(value, list):
            value = next(_named(value, step, path[:depth]), None)
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _shown(character: str) -> str:
    return character if character.isprintable() else f"~u{ord(character):x};"


def _hidden(found: re.Match[str]) -> str:
    return chr(int(found.group(1), 16))


def _named(items: list[Value], name: str, at: Path) -> Iterator[Value]:
    if at in TEXT_LISTS:
        yield from (item for item in items if item == name)
    elif at in RECORD_LISTS:
        yield from (i for i in items if isinstance(i, dict) and i.get("name") == name)


_HEADER = (
    "Made by `aivss import`. Change what you like: the next import refreshes only what you have\n"
    "not touched. What no source says is `unknown`; the open questions are what to answer next."
)
_PARTS = ("members", "stores", "outside", "flows")
"""What stands at the end of the description of a system."""

# What needs no quotes in any YAML: no sign that starts something else, no colon, no comment.
_SAFE = re.compile(r"[A-Za-z][\w./+-]*(?: [\w./+(][\w./+()-]*)*", re.ASCII)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def to_yaml(imported: Imported, tools_file: str | None = None) -> str:
    """Write a description; its tools stand in `tools_file`, or in the description itself."""
    top: dict[str, Value] = structure(imported.statements)
    if imported.tools is not None and tools_file:
        top["tools"] = {"file": tools_file}
    offers = {} if tools_file else offers_in(imported.server)
    if offers:
        top["offers"] = offers
    for section in unknown_sections(imported):
        top[section] = "unknown"
    if imported.members and not any("extends" in one.path for one in imported.statements):
        people = top.get("members")
        agents = map(_inline_member, imported.members)
        top["members"] = [*agents, *(people if isinstance(people, list) else ())]
    top |= {part: top.pop(part) for part in _PARTS if part in top}
    inline = () if tools_file else inline_statements(imported)
    top[FIELD] = dict(_provenance_of((*imported.statements, *inline)).items())
    text = dumped(top, (_HEADER, *imported.remarks))
    if imported.tools is None or tools_file:
        return text
    return text + _inline_tools(imported.tools)


def _inline_member(imported: Imported) -> dict[str, Value]:
    """Give a member as a part of the system's own file, for who wants to see all of it at once."""
    unknown: dict[str, Value] = dict.fromkeys(unknown_sections(imported), "unknown")
    tools = [{k: v for k, v in tool.items() if k in KNOWN} for tool in imported.tools or ()]
    known: dict[str, Value] = {} if imported.tools is None else {"tools": [*tools]}
    statements = (one for one in imported.statements if one.path != ("form",))
    return structure(statements) | unknown | known


def tool_file(imported: Imported) -> str:
    """Write the tool definitions, word for word, with the fingerprints of their parts."""
    tools = imported.tools or ()
    top = {
        "server": imported.server,
        "tools": list(tools),
        "fingerprints": fingerprints(tools),
    }
    return tools_text(top)


def tools_text(top: dict[str, Any]) -> str:
    """Lay out a file of tools: one line per tool and fingerprint, so that differences show."""
    lines = [f'  "server": {json_quoted(top.get("server", {}))}']
    for key in ("tools", "fingerprints"):
        rows = ",\n".join(f"    {json_quoted(row)}" for row in top[key])
        lines.append(f'  "{key}": [\n{rows}\n  ]' if rows else f'  "{key}": []')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _inline_tools(tools: Sequence[Definition]) -> str:
    """Write tools into a description, one line each; keys that no tool has are left out."""
    if not tools:
        return "tools: []\n"
    kept = ({k: v for k, v in tool.items() if k in KNOWN} for tool in tools)
    return "tools:\n" + "".join(f"  - {_flow(tool)}\n" for tool in kept)


_LONGEST_KEY = 900
"""Characters of a key, quoted, from which YAML asks for a mark before it; its limit is 1,024."""


def _flow(value: Value) -> str:
    """Write a value on one line of YAML: as JSON, but for keys longer than YAML takes unmarked."""
    if isinstance(value, dict):
        keys = {name: json_quoted(name) for name in value}
        marked = {n: f"? {key} " if len(key) > _LONGEST_KEY else key for n, key in keys.items()}
        return "{" + ", ".join(f"{marked[n]}: {_flow(inner)}" for n, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json_quoted(value)


def inline_statements(imported: Imported) -> tuple[Statement, ...]:
    """Give the parts of tools as values of the description, where it is to hold them itself."""
    if not imported.statements:  # a form that came back empty
        return ()
    origin = imported.statements[0].origin.partition(":")[0]
    statements: dict[Path, Statement] = {}
    for tool in imported.tools or ():
        parts = [key for key in tool if key in KNOWN and key != "name"]
        for key in parts or ["name"]:
            path = ("tools", str(tool["name"]), key)
            statements.setdefault(path, Statement(path, tool[key], origin))
    return tuple(statements.values())


def dumped(top: dict[str, Value], header: Sequence[str] = ()) -> str:
    """Write nested values as YAML that every reader reads alike."""
    from ruamel.yaml.comments import CommentedMap  # noqa: PLC0415 - only imports need it

    node = styled(top)
    assert isinstance(node, CommentedMap)  # noqa: S101 - made from a dict
    if header:
        node.yaml_set_start_comment("\n".join(header))
    out = io.StringIO()
    round_trip().dump(node, out)
    return out.getvalue()


def round_trip() -> Any:  # noqa: ANN401 - ruamel's class is loaded late
    """Give the reader and writer that keeps comments, quotes and order."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only imports need it

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def styled(value: Value, level: int = 0) -> Any:  # noqa: ANN401 - ruamel's classes are loaded late
    """Turn plain values into nodes with quotes wherever a text could be read as something else."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq  # noqa: PLC0415
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415

    if isinstance(value, dict):
        mapping = CommentedMap({key: styled(inner, level + 1) for key, inner in value.items()})
        if set(value) == {"digest", "from"} or {"from", "to"} <= set(value):
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        return CommentedSeq([styled(inner, level + 1) for inner in value])
    if isinstance(value, str) and not _is_plain(value):
        return DoubleQuotedScalarString(value)
    return value


def _is_plain(text: str) -> bool:
    """Tell whether a text can stand without quotes and still be read as text by everyone."""
    return _SAFE.fullmatch(text) is not None and text.lower() not in _WORDS
