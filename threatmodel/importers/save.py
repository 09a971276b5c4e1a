"""Descriptions on disk: written whole or not at all, refreshed where they exist."""

from dataclasses import dataclass, replace
from pathlib import Path

from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent
from threatmodel.description.part import check_part
from threatmodel.description.system import System
from threatmodel.errors import AivssError, Location, distinct_slugs
from threatmodel.files import is_pipe, refused_by_system, write_whole
from threatmodel.importers.merge import Imported
from threatmodel.importers.reimport import Difference, reimport
from threatmodel.importers.statements import Statement, one_line_cut
from threatmodel.importers.tools_file import (
    is_tools_file,
    refresh_tools,
    tool_values,
    tools_file_of,
    tools_name,
)
from threatmodel.importers.write import to_yaml, tool_file, value_at
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
        _check_shape(path, imported)
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


def _check_shape(path: Path, imported: Imported) -> None:
    """Refuse to turn one agent into a system, or a system into one agent."""
    load_agent(path)
    top = parse(path.read_bytes(), str(path)).value
    is_system = isinstance(top, dict) and "members" in top
    _check_members(path, top if isinstance(top, dict) else {}, imported)
    if is_system == bool(imported.members) or (is_system and imported.adds_only):
        return
    what, other = ("a system", "one agent") if is_system else ("one agent", "a system")
    raise AivssError(
        f"the description there is of {what}, and what is imported is {other}",
        Location(str(path)),
        "name the file of the member" if is_system else "write the system under another name",
    )


def _check_members(path: Path, top: dict[str, Value], imported: Imported) -> None:
    """Refuse answers for a member that the system does not have."""
    if not imported.adds_only:
        return
    for name in dict.fromkeys(s.path[1] for s in imported.statements if s.path[0] == "members"):
        if value_at(top, ("members", name)) is None:
            raise AivssError(
                f"the description there has no member '{one_line_cut(name, 80)}',"
                " which is answered for",
                Location(str(path)),
                "give the form the name that the member has now",
            )


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
