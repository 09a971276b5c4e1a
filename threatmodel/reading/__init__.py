"""Files in, checked records out; every complaint names its line and what to do."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from threatmodel.errors import InvalidFileError, Location
from threatmodel.reading.json import parse_json
from threatmodel.reading.positions import MAX_BYTES, Tree
from threatmodel.reading.yaml import parse

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from pydantic import BaseModel

R = TypeVar("R", bound="BaseModel")


def read(kind: type[R], path: Path | Traversable) -> R:
    """Read one file as a `kind`; raises what `read_tree` and `check` raise."""
    return check(kind, read_tree(path))


def read_tree(path: Path | Traversable) -> Tree:
    """Read one file: JSON by its ending, else YAML.

    Raises:
        InvalidFileError: The file cannot be read, or is refused by `parse` or `parse_json`.
        ExceptionGroup: Of several such errors.
    """
    return read_bytes_tree(read_data(path), str(path))


def read_data(path: Path | Traversable) -> bytes:
    """Read a file's bytes, one more than the largest size at most; InvalidFileError otherwise."""
    try:
        with path.open("rb") as file:
            # One byte more tells a file that is too large, and a file without an end does not fill
            # the memory.
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as fault:
        raise _unreadable(path, fault) from fault


def read_bytes_tree(data: bytes, name: str) -> Tree:
    """Read what a file holds: JSON where `name` ends so, else YAML, which includes JSON.

    Without an ending that tells, what YAML refuses is tried as JSON: emoji are escaped there in
    a way that YAML has not.
    """
    if name.lower().endswith(".json"):
        return parse_json(data, name)
    try:
        return parse(data, name)
    except (InvalidFileError, ExceptionGroup):
        told = name.lower().endswith((".yaml", ".yml"))
        if told or data.lstrip()[:1] not in {b"{", b"["}:
            raise
        with suppress(InvalidFileError, ExceptionGroup):
            return parse_json(data, name)
        raise


def check(kind: type[R], tree: Tree) -> R:
    """Make a `kind` of what a file says.

    Raises:
        ExceptionGroup: Of an InvalidFileError for each fault (the first 200), from top to bottom.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - a description is read without

    try:
        return kind.model_validate(tree.value)
    except ValidationError as refused:
        from threatmodel.reading.faults import all_faults  # noqa: PLC0415 - only for faulty files

        raise all_faults(kind, tree, refused) from None


def _unreadable(path: Path | Traversable, fault: OSError | ValueError) -> InvalidFileError:
    where = Location(str(path))
    match fault:
        case FileNotFoundError() if isinstance(path, Path) and path.is_symlink():
            return InvalidFileError("this link points to nothing", where, "mend or remove it")
        case FileNotFoundError():
            return InvalidFileError("there is no such file", where, "check its name and folder")
        case IsADirectoryError():
            return InvalidFileError("this is a folder", where, "name a file in it")
        case PermissionError():
            return InvalidFileError("you may not read this file", where, "check its permissions")
        case OSError():
            return InvalidFileError(f"it cannot be read: {fault.strerror or fault}", where)
        case _:
            return InvalidFileError(
                "this cannot be the name of a file", where, "check its spelling"
            )
