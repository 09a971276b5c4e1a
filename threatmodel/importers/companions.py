"""Code that a configuration names, read from the folder around it and from nowhere else."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePosixPath

from threatmodel.errors import InvalidFileError
from threatmodel.importers import adk_team
from threatmodel.importers.document import SourceInput, read_document
from threatmodel.importers.python_code import (
    MOST_BYTES,
    Module,
    imported_modules,
    without_home,
)
from threatmodel.importers.statements import Node

_DOTTED = re.compile(r"\w+(\.\w+)*")
# Each is looked for on the disk, and generated code imports thousands.
_MOST_IMPORTS = 500

# All files together: parsing a megabyte of Python takes about a second.
_MOST_BYTES = 8 * MOST_BYTES

MOST_FILES = 200
"""Files that are read for one source."""


def with_code(source: SourceInput) -> SourceInput:
    """Add the files that a source names, and those that these name or import.

    Only regular files below the folder of the source are read, links that lead out are not
    followed, and no file is ever run.
    """
    file = Path(source.name)
    if file.suffix not in {".json", ".py", ".yaml", ".yml"} or not file.is_file():
        return source
    folder = file.parent.resolve()
    entries = [file.resolve()] if file.suffix == ".py" else list(_named(source, folder))
    if not entries:
        return source
    found = _reached(entries, folder, {file.resolve(): source})
    found.pop(file.resolve(), None)
    return replace(source, beside=tuple(found.values()))


def graphs_of(root: Node) -> list[tuple[str, Node]]:
    """Give name and place of each graph that a `langgraph.json` names: `./a.py:graph`."""
    graphs = root.at("graphs")
    named = [(name, one.at("path") if one.is_mapping else one) for name, one in graphs.pairs()]
    return named if named and all(":" in one.text for _, one in named) else []


def _named(source: SourceInput, folder: Path) -> Iterator[Path]:
    try:
        document = read_document(source)
    except (InvalidFileError, ExceptionGroup):
        return
    root = document.root
    if adk_team.looks_like(document):
        yield from _parts_of_agent(root, folder, folder)
        return
    places = [one.text for _, one in graphs_of(root)]
    dependencies = [folder, *_inside(folder, [folder / d for d in root.at("dependencies").texts()])]
    for place in places:
        name = place.rpartition(":")[0]
        if name.endswith(".py"):
            yield from _inside(folder, [folder / name])
        elif _DOTTED.fullmatch(name):
            yield from _candidates(name, dependencies, folder)


def _of_module(module: str, here: Path, folder: Path) -> Iterator[Path]:
    """Yield the file of a module, whose first step may be what the folder is called."""
    yield from _candidates(module, [here, folder], folder)
    yield from _candidates(module.partition(".")[2], [here, folder], folder)


def _reached(
    entries: list[Path], folder: Path, known: Mapping[Path, SourceInput]
) -> dict[Path, SourceInput]:
    """Read files and what they import, nearest first; what is known is not read again."""
    found: dict[Path, SourceInput] = {}
    waiting = entries[::-1]
    room = _MOST_BYTES
    while waiting and len(found) < MOST_FILES and room > 0:
        file = waiting.pop()
        if file in found or not file.is_file():
            continue
        name = PurePosixPath(file.relative_to(folder)).as_posix()
        found[file] = known.get(file) or SourceInput(name, _read(file))
        room -= len(found[file].data)
        waiting.extend(reversed(list(_leads_to(found[file], file, folder))))
    return found


def _leads_to(source: SourceInput, file: Path, folder: Path) -> Iterator[Path]:
    if file.suffix == ".py":
        module = source.python()
        if isinstance(module, Module):
            yield from _imports(module, file, folder)
        return
    try:
        document = read_document(source)
    except (InvalidFileError, ExceptionGroup):
        return
    if adk_team.looks_like(document):
        yield from _parts_of_agent(document.root, file.parent, folder)


def _parts_of_agent(root: Node, here: Path, folder: Path) -> Iterator[Path]:
    """Yield the files of sub-agents, and of the functions that are tools."""
    for name in islice(adk_team.references_of(root), _MOST_IMPORTS):
        if name.endswith((".yaml", ".yml")):
            steps = PurePosixPath(name).parts[-adk_team.MOST_FOLDERS :]
            under = [folder.joinpath(*steps[start:]) for start in range(len(steps))]
            yield from list(_inside(folder, [here / name, *under]))[:1]
        elif _DOTTED.fullmatch(name):
            module = name.rpartition(".")[0]
            yield from list(_of_module(module, here, folder))[:1]


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError:
        return b""


def _imports(module: Module, file: Path, folder: Path) -> Iterator[Path]:
    above = [file.parent, *file.parent.parents]
    bases = [one for one in above if one == folder or folder in one.parents]
    for level, name in islice(imported_modules(module), _MOST_IMPORTS):
        if level:
            yield from _candidates(name, above[level - 1 : level], folder)
        else:
            for one in without_home(name, folder.parts):
                yield from _candidates(one, [*bases, folder / "src"], folder)


def _candidates(name: str, bases: list[Path], folder: Path) -> Iterator[Path]:
    """Yield the first file that a dotted name can mean."""
    steps = [step for step in name.split(".") if step]
    for base in bases:
        files = [base.joinpath(*steps, "__init__.py")]
        if steps:
            files.insert(0, base.joinpath(*steps[:-1], f"{steps[-1]}.py"))
        found = list(_inside(folder, files))
        if found:
            yield from found
            return


def _inside(folder: Path, files: list[Path]) -> Iterator[Path]:
    """Yield what is there and really lies below a folder, wherever links lead."""
    for file in files:
        try:
            real = file.resolve()
            if real.exists() and (real == folder or folder in real.parents):
                yield real
        except (OSError, ValueError, RuntimeError):
            continue
