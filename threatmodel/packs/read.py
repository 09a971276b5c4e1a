"""Read the folder of a pack: bounded, every file checked, every fault told."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from threatmodel.errors import (
    AivssError,
    InvalidFileError,
    Location,
    every,
    gathered,
    grouped,
    refuse,
)
from threatmodel.files import digest_of
from threatmodel.packs.records import PackFile, PackHead
from threatmodel.reading import check, read_bytes_tree, read_data
from threatmodel.reading.positions import Steps, Tree, Value

HEAD = "pack.yaml"
"""File that says what the pack is."""

THEME = "theme.yaml"
"""Theme of reports; checked where reports are made."""

MOST_FILES = 64
MOST_BYTES = 1024 * 1024
"""Bounds of a pack: its YAML files, and their bytes together."""


@dataclass(frozen=True, slots=True)
class PackPart:
    """One file of a pack."""

    record: PackFile
    tree: Tree
    """The same, with places."""


@dataclass(frozen=True, slots=True)
class PackSource:
    """A pack as it was read."""

    folder: Path
    head: PackHead
    parts: tuple[PackPart, ...]
    """Its files, sorted by name."""
    digest: str
    """sha256 over names and bytes of its YAML files."""


class Noted:
    """Gathers faults, each at its place."""

    def __init__(self) -> None:
        """Begin with none."""
        self.faults: list[AivssError] = []

    @contextmanager
    def at(self, part: PackPart, *path: str | int, key: bool = False) -> Iterator[None]:
        """Note what goes wrong inside, at a value of a file, or at its key."""
        try:
            yield
        except (AivssError, ExceptionGroup) as found:
            for fault in every(found):
                where = fault.where or _place_in(part.tree, path, key=key)
                self.faults.append(InvalidFileError(fault.message, where, fault.hint))

    def settle(self) -> None:
        """Raise what was noted: one fault as itself, several as a group."""
        refuse({str(fault): fault for fault in self.faults}.values())


def _place_in(tree: Tree, path: Steps, *, key: bool = False) -> Location | None:
    """Find a value, or its key, in a file."""
    return tree.places.key(path) if key else tree.places.of(path)


def read_pack(folder: Path) -> PackSource:
    """Read a pack.

    Raises:
        InvalidFileError: It has no `pack.yaml`, or is too large.
        ExceptionGroup: Of every fault of every file.
    """
    data = _bytes_of(folder)
    read = (partial(_part, folder / name, text) for name, text in data.items() if name != THEME)
    parts = tuple(gathered(read))
    return PackSource(folder, _head(folder, parts), parts, digest_of(data))


def _bytes_of(folder: Path) -> dict[str, bytes]:
    files = _files(folder)
    data = {file.name: read_data(file) for file in files}
    if sum(map(len, data.values())) > MOST_BYTES:
        hint = "split it into several packs"
        raise InvalidFileError("the pack is larger than 1 MiB", Location(str(folder)), hint)
    return data


def _files(folder: Path) -> list[Path]:
    where = Location(str(folder))
    files = sorted((f for f in folder.iterdir() if f.suffix in (".yaml", ".yml")), key=str)
    if HEAD not in {file.name for file in files}:
        hint = "write one with `pack: {id, version, says}`; docs/packs.md shows how"
        raise InvalidFileError(f"there is no {HEAD} here", where, hint)
    if len(files) > MOST_FILES:
        raise InvalidFileError(f"a pack has {MOST_FILES} files at most", where, "join some")
    for file in files:
        _refuse_odd(file, folder)
    return files


def _refuse_odd(file: Path, folder: Path) -> None:
    where = Location(str(file))
    if file.suffix == ".yml":
        raise InvalidFileError("files of a pack end in .yaml", where, "rename it")
    refuse_outside(file, folder)
    if not file.is_file():
        raise InvalidFileError("this is no plain file", where, "remove it or rename it")


def refuse_outside(file: Path, folder: Path) -> None:
    """Refuse a link that leads out of a pack; InvalidFileError."""
    if not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder)):
        where = Location(str(file))
        raise InvalidFileError("this link leads out of the pack", where, "put the file here")


def _part(path: Path, data: bytes) -> PackPart:
    tree = read_bytes_tree(data, str(path))
    hidden = [_unseen(tree, at, text) for at, text in _texts(tree.value) if not _is_seen(text)]
    if hidden:
        raise grouped(str(path), hidden)
    return PackPart(check(PackFile, tree), tree)


def _texts(value: Value, path: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Walk a file for its texts, keys among them."""
    if isinstance(value, str):
        yield path, value
    steps: Iterable[tuple[str | int, Value]] = ()
    if isinstance(value, dict):
        yield from (((*path, key), key) for key in value)
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    for step, inner in steps:
        yield from _texts(inner, (*path, step))


def _is_seen(text: str) -> bool:
    return text.replace("\n", " ").isprintable()


def _unseen(tree: Tree, at: Steps, text: str) -> InvalidFileError:
    """Refuse what a terminal would obey, or a reader not see, before any output shows it."""
    sign = next(c for c in text if not _is_seen(c))
    message = f"U+{ord(sign):04X} is a character that nobody sees"
    return InvalidFileError(message, tree.places.of(at), "remove it")


def _head(folder: Path, parts: Iterable[PackPart]) -> PackHead:
    found: PackHead | None = None
    for part in parts:
        own = _place_in(part.tree, ("pack",), key=True)
        if part.record.pack is None:
            continue
        if own is None or Path(own.path).name != HEAD:
            raise InvalidFileError(f"`pack` stands in {HEAD} alone", own, "remove it here")
        found = part.record.pack
    if found is None:
        where = Location(str(folder / HEAD))
        raise InvalidFileError("it does not say `pack: {id, version, says}`", where, "add it")
    return found
