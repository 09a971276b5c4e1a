"""Descriptions on disk: written whole or not at all, refreshed where they exist."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from threatmodel.description.agent import Agent
from threatmodel.description.part import check_part
from threatmodel.description.system import System
from threatmodel.errors import AivssError, InvalidFileError, Location, distinct_slugs
from threatmodel.files import is_pipe, named_file, refused_by_system, write_whole
from threatmodel.importers.definitions import PARTS, UNREADABLE, Definition, fingerprints
from threatmodel.importers.merge import Imported
from threatmodel.importers.parts import identifier_words
from threatmodel.importers.reimport import Difference, check_shape, reimport
from threatmodel.importers.statements import Statement, one_line_cut
from threatmodel.importers.write import to_yaml, tool_file, tools_text
from threatmodel.reading import read_tree
from threatmodel.reading.positions import Tree, Value
from threatmodel.reading.yaml import parse


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written."""

    files: tuple[Path, ...]
    """Files that are new or changed; none where everything was up to date."""
    differences: tuple[Difference, ...] = ()
    """What differs from the import before; none for a new file."""


def save(path: Path, imported: Imported) -> Saved:
    """Write a description, or refresh the one that is there.

    The members of a system stand in a folder beside it, each in a file that it extends.

    Raises:
        AivssError: A file cannot be written, or one is in the way that no import made; or a pipe
            is named, which has nothing beside it and, read as what is there, never ends.
        InvalidFileError, ExceptionGroup: The description that is there has faults of its own; it
            is left as it is.
    """
    if is_pipe(path):
        hint = "name a file; without -o the description is printed"
        raise AivssError("a description is kept in a file", Location(str(path)), hint)
    if path.exists():
        check_shape(path, imported)
    elif imported.adds_only:
        raise AivssError(
            "answers add to a description, and there is none yet",
            Location(str(path)),
            "import what it is about first, or name its description with -o",
        )
    if imported.members:
        return _save_system(path, imported)
    return _refresh(path, imported) if path.exists() else _create(path, imported)


def _save_system(path: Path, imported: Imported) -> Saved:
    """Write the members first: a system never names a file that is not there."""
    folder = path.parent / f"{path.name.rsplit('.', 1)[0]}.members"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as fault:
        raise refused_by_system(fault) from None
    files: list[Path] = []
    differences: list[Difference] = []
    statements = list(imported.statements)
    slugs = distinct_slugs(one.name for one in imported.members)
    for one, slug in zip(imported.members, slugs, strict=True):
        file = folder / f"{slug}.yaml"
        saved = save(file, one)
        files += saved.files
        differences += (replace(d, where=f"{one.name}.{d.where}") for d in saved.differences)
        place = f"{folder.name}/{file.name}"
        statements.append(
            Statement(("members", one.name, "extends"), place, imported.statements[0].origin)
        )
    whole = replace(imported, statements=tuple(statements))
    own = _refresh(path, whole) if path.exists() else _written([(path, to_yaml(whole))])
    return Saved((*files, *own.files), (*differences, *own.differences))


def _create(path: Path, imported: Imported) -> Saved:
    beside = path.parent / tools_name(path)
    if imported.tools is None:
        return _written([(path, to_yaml(imported))])
    if beside.exists() and not is_tools_file(beside):
        raise AivssError(
            "a file of that name is in the way of the tool definitions",
            Location(str(beside)),
            "move it away, or write the description under another name",
        )
    text = to_yaml(imported, beside.name)
    return _written([(beside, tool_file(imported)), (path, text)])


def _refresh(path: Path, imported: Imported) -> Saved:
    old = path.read_bytes().decode()
    beside = tools_file_of(path)
    found = reimport(old, str(path), imported, tools_name(path))
    files, differences = [(path, found.text)], found.differences
    if imported.tools is not None and beside:
        before = tool_values(beside)
        tools = refresh_tools(before, imported)
        files = [(beside, tools.text), *files]
        if before:
            differences = (*differences, *tools.differences)
    _check(found.text, path)
    changed = [(file, text) for file, text in files if _differs(file, text)]
    return Saved(_written(changed).files, differences)


def _differs(file: Path, text: str) -> bool:
    return not file.exists() or file.read_bytes() != text.encode()


def _check(text: str, path: Path) -> None:
    """Make sure that what is about to be written loads; raises what loading would raise."""
    tree = parse(text.encode(), str(path))
    value = tree.value if isinstance(tree.value, dict) else {}
    if isinstance(value.get("tools"), dict):
        value = {key: part for key, part in value.items() if key != "tools"}
    if "members" in value:
        value = {key: part for key, part in value.items() if key != "members"}
        check_part(System, Tree({"kind": "multi-agent", **value}, tree.places))
        return
    check_part(Agent, Tree(value, tree.places))


def _written(files: list[tuple[Path, str]]) -> Saved:
    """Write the tools first: a description never names a file that is not there."""
    for file, text in files:
        write_whole(file, text.encode())
    return Saved(tuple(file for file, _ in files))


# The file of tools beside a description: found, read, and brought up to date.

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
