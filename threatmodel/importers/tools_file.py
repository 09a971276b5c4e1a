"""The file of tools beside a description: found, read, and brought up to date."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from threatmodel.errors import InvalidFileError, Location
from threatmodel.files import named_file
from threatmodel.importers.definitions import PARTS, UNREADABLE, Definition, fingerprints
from threatmodel.importers.merge import Imported
from threatmodel.importers.parts import identifier_words
from threatmodel.importers.reimport import Difference
from threatmodel.importers.statements import one_line_cut
from threatmodel.importers.write import tools_text
from threatmodel.reading import read_tree
from threatmodel.reading.positions import Value
from threatmodel.reading.yaml import parse

_PERSONAL = ("class",)
"""Keys of a tool that a person writes and no server sends."""

# Both sides of a difference stand on one line each.
_LONGEST = 160

Key = tuple[str, int]
"""Name, and how many tools of that name came before."""


@dataclass(frozen=True, slots=True)
class ToolFile:
    """A file of tools after a second import."""

    text: str
    differences: tuple[Difference, ...]
    """What changed, in the order of the tools."""


def refresh_tools(before: Mapping[str, Value], imported: Imported) -> ToolFile:
    """Bring a file of tools up to date.

    Definitions are the server's words and are taken over. A class that a person gave a tool stays,
    and so does a tool that a person added. Parts are compared by the fingerprints of the last
    import, so a definition changed by hand in between is reported as well.
    """
    old = dict(_keyed(before.get("tools")))
    known = {key: row for key, row in _keyed(before.get("fingerprints")) if key in old}
    new = dict(_keyed(list(imported.tools or ())))
    tools = [_with_personal(tool, old.get(key, {})) for key, tool in new.items()]
    by_hand = [tool for key, tool in old.items() if key not in known and key not in new]
    differences = [*_compared(old, known, new), *_instructions(before, imported)]
    top = {
        "server": imported.server or before.get("server") or {},
        "tools": [*tools, *by_hand],
        "fingerprints": fingerprints(list(new.values())),
    }
    return ToolFile(tools_text(top), tuple(differences))


def _keyed(rows: Value) -> Iterator[tuple[Key, Definition]]:
    counts: dict[str, int] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            name = str(row["name"])
            counts[name] = counts.get(name, 0) + 1
            yield (name, counts[name]), row


def _with_personal(tool: Definition, old: Definition) -> Definition:
    return tool | {key: old[key] for key in _PERSONAL if key in old and key not in tool}


def _compared(
    old: Mapping[Key, Definition], known: Mapping[Key, Definition], new: Mapping[Key, Definition]
) -> Iterator[Difference]:
    now = dict(zip(new, fingerprints(list(new.values())), strict=True))
    for key, tool in new.items():
        where = _where(key)
        if key not in old:
            yield Difference("added", where, after=_text(tool, "description"))
            continue
        row = known.get(key) or fingerprints([old[key]])[0]
        for part in PARTS:
            if row.get(part) != now[key][part]:
                before, after = _text(old[key], part), _text(tool, part)
                yield Difference("changed", f"{where}, {identifier_words(part)}", before, after)
    for key in known:
        if key not in new:
            yield Difference("removed", _where(key), _text(old[key], "description"))


def _instructions(before: Mapping[str, Value], imported: Imported) -> Iterator[Difference]:
    """Report changed instructions: the model reads them as it reads descriptions."""
    server = before.get("server")
    old = server.get("instructions") if isinstance(server, dict) else None
    new = imported.server.get("instructions")
    if imported.server and isinstance(server, dict) and server and old != new:
        yield Difference("changed", "instructions of the server", _excerpt(old), _excerpt(new))


def _where(key: Key) -> str:
    name, number = key
    return f"tool `{one_line_cut(name, 80)}`" + (
        f" (number {number} of that name)" if number > 1 else ""
    )


def _text(tool: Definition, part: str) -> str:
    """Show a part in a line; of a schema its arguments, which is what people compare."""
    aside = tool.get(UNREADABLE)
    value = tool.get(part)
    if part == "description":
        value = tool.get("description") or tool.get("title")
    if isinstance(aside, dict) and part in aside:
        return "something that no tool can have"
    if part.endswith("Schema") and isinstance(value, dict):
        inner = value.get("properties")
        names = ", ".join(sorted(inner)) if isinstance(inner, dict) else ""
        return one_line_cut(f"arguments {names}" if names else "no arguments", _LONGEST)
    if isinstance(value, dict):
        return one_line_cut(", ".join(f"{k} {v}" for k, v in sorted(value.items())), _LONGEST)
    return _excerpt(value)


def _excerpt(value: Value) -> str:
    return f'"{one_line_cut(value, _LONGEST)}"' if isinstance(value, str) and value else "nothing"


def tools_name(path: Path) -> str:
    """Name the file of tools that stands beside a description."""
    return f"{path.name.rsplit('.', 1)[0]}.tools.json"


def tools_file_of(path: Path) -> Path | None:
    """Find the file of tools that a description names; the usual one where it names none."""
    top = parse(path.read_bytes(), str(path)).value
    tools = top.get("tools") if isinstance(top, dict) else None
    if isinstance(tools, dict) and isinstance(tools.get("file"), str):
        return named_file(path.parent, str(tools["file"]), Location(str(path)))
    return None if isinstance(tools, list) else path.parent / tools_name(path)


def tool_values(file: Path) -> dict[str, Value]:
    """Read a file of tools, a bare list of them too; nothing where there is none."""
    if not file.exists():
        return {}
    value = read_tree(file).value
    if isinstance(value, list):
        return {"tools": value}
    return value if isinstance(value, dict) else {}


def is_tools_file(file: Path) -> bool:
    """Tell whether an import wrote a file, so that another may write it again."""
    try:
        value = read_tree(file).value
    except (InvalidFileError, ExceptionGroup):
        return False
    return isinstance(value, dict) and "fingerprints" in value
