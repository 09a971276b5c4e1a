"""Files and folders that are written whole or not at all, and the data that is packaged."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from threatmodel.errors import AivssError, InvalidFileError, Location

if TYPE_CHECKING:
    import ctypes
    from importlib.resources.abc import Traversable


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file by `data`; whatever goes wrong, the old one stays as it was.

    The permissions of a file that is replaced are kept, and a symbolic link stays a link. A device
    or a pipe, such as /dev/null, is written to and stays what it is.

    Raises:
        AivssError: The folder is missing, or cannot be written to.
    """
    import tempfile  # noqa: PLC0415 - only where something is written

    if is_pipe(path):
        _write_pipe(path, data)
        return
    target = path.resolve()
    try:
        # In the same folder: a rename across file systems is a copy, which can stop half way.
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
    except OSError as fault:
        raise _unwritable(path, fault) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            # Before the rename: else a machine that stops may show the new name with nothing in it.
            os.fsync(file.fileno())
        Path(name).chmod(_mode(target))
        Path(name).replace(target)
    except OSError as fault:
        raise _unwritable(path, fault) from None
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _write_pipe(path: Path, data: bytes) -> None:
    try:
        # By its own name: what /dev/stdout resolves to is no path where that is a pipe.
        path.write_bytes(data)
    except BrokenPipeError:
        raise  # whoever reads has seen enough, as of standard output
    except OSError as fault:
        raise _unwritable(path, fault) from None


def is_pipe(path: Path) -> bool:
    """Tell a pipe or a device from a file, a folder and a name that is free or cannot be."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _mode(target: Path) -> int:
    """Keep the permissions of the old file; a new one gets what the process gives to any file."""
    try:
        return target.stat().st_mode & 0o7777
    except FileNotFoundError:
        # The mask can only be read by setting it.
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _unwritable(path: Path, fault: OSError) -> AivssError:
    reason, hint = fault.strerror or str(fault), "check the folder and its rights"
    if isinstance(fault, FileNotFoundError):
        reason, hint = f"there is no folder {path.parent}", "make it first, or check its name"
    return AivssError(f"the file cannot be written: {reason}", Location(str(path)), hint)


def named_file(folder: Path, name: str, where: Location | None) -> Path:
    """Make a path of a name that a file gives; every such name comes this way.

    Raises:
        InvalidFileError: No file can have that name here.
    """
    file = folder / name
    try:
        file.resolve().exists()
    except (OSError, ValueError, RuntimeError) as fault:  # a link to itself is a RuntimeError
        reason = getattr(fault, "strerror", "") or "it holds a character that no name can have"
        hint = "check its spelling"
        raise InvalidFileError(f"this names no file: {reason}", where, hint) from None
    return file


def refused_by_system(fault: OSError) -> AivssError:
    """Tell what the system refused: a full disk, a missing right, a vanished file."""
    place = Location(str(fault.filename)) if fault.filename else None
    gone = isinstance(fault, FileNotFoundError)
    hint = "check its name and folder" if gone else "free some space, or check the rights"
    return AivssError(fault.strerror or str(fault), place, hint)


# Where the files that ship with the package are.

_IN_A_CLONE = {"mcp": "sh install.sh", "dask": "sh install.sh --dev"}
_FROM_A_WHEEL = {"mcp": "mcp>=2", "dask": "aivss-threatmodel[dask]"}


def shipped(name: str) -> Traversable:
    """Find `frameworks/...` or `reports/...`: inside the wheel, else beside the package."""
    packed = Path(__file__).parent / "_data"
    root = packed if packed.is_dir() else Path(__file__).parent.parent
    return root.joinpath(*name.split("/"))


def keep_current(
    arguments: Sequence[str], folder: Traversable, files: Mapping[str, str | bytes]
) -> int:
    """Write generated files of a folder that ships, by name; with `--check` only compare them.

    Gives 1 where one is stale, and names those that are.
    """
    stale = []
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        file = folder / name
        if "--check" not in arguments:
            write_whole(Path(str(file)), data)
        elif not file.is_file() or file.read_bytes() != data:
            stale.append(name)
    if stale:
        sys.stderr.write(f"{', '.join(stale)} is stale: run .ci/generated\n")
    return int(bool(stale))


def install_line(part: str) -> str:
    """Say what installs `mcp` or `dask` where the program is: in a clone, or from a wheel."""
    clone = Path(__file__).parent.parent
    if not (clone / "install.sh").is_file():
        return f"pip install '{_FROM_A_WHEEL[part]}'"
    import shlex  # noqa: PLC0415 - start-up never needs it

    return f"cd {shlex.quote(str(clone))} && {_IN_A_CLONE[part]}"


# A tenth of the time would go into looking for circles, which no record of ours has.
compact_json = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False
).encode
"""Write JSON on one line; a site holds thousands."""

_ASCII = json.JSONEncoder().encode
_LISTS = (list, tuple)


def indented_json(value: object, step: str = "  ", *, ascii_only: bool = False) -> str:
    """Write JSON as `json.dumps` does with `indent`, keys being text, in a third of its time.

    That goes through closures, which leave a circle for each text that is written.
    """
    return _indented(value, "\n", step, _ASCII if ascii_only else compact_json)


def _indented(value: object, lead: str, step: str, written: Callable[[object], str]) -> str:
    inner = lead + step
    if isinstance(value, dict) and value:
        parts = [
            f"{written(key)}: {_indented(part, inner, step, written)}"
            for key, part in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(parts)}{lead}}}"
    if isinstance(value, _LISTS) and value:
        parts = [_indented(part, inner, step, written) for part in value]
        return f"[{inner}{f',{inner}'.join(parts)}{lead}]"
    return written(value)


def digest_of(files: Mapping[str, bytes]) -> str:
    """Give the sha256 over names and bytes of files; lengths keep one from ending in the next."""
    total = sha256()
    for name, data in sorted(files.items()):
        total.update(f"{name}\0{len(data)}\0".encode() + data)
    return total.hexdigest()


# A whole folder in the place of another, in one step.

# AT_FDCWD and RENAME_EXCHANGE of Linux; Python has no name for either.
_HERE, _EXCHANGE = -100, 2
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


def put_in_place(new: Path, site: Path, aside: Path) -> bool:
    """Make `new` the site; the old one, where there was one, is then at `new`.

    Linux exchanges the two in one step, so that a reader finds the old site or the new one. Where
    a file system cannot, the old one is first moved to `aside`; `bring_back` mends what a crash
    between the two steps leaves. Gives whether there was an old site.

    Raises:
        AivssError: The folder cannot be replaced, such as the root of a mounted disk.
    """
    try:
        if not site.exists():
            new.rename(site)
            return False
        if not _exchange(new, site):
            site.rename(aside)
            new.rename(site)
            aside.rename(new)
    except OSError as fault:
        raise AivssError(
            f"the site cannot be replaced: {fault.strerror or fault}",
            Location(str(site)),
            "name a folder whose parent may be written to, not the root of a mounted disk",
        ) from None
    return True


def bring_back(site: Path, aside: Path) -> None:
    """Put the old site back where a crash came between the two steps of `put_in_place`."""
    if aside.exists() and not site.exists():
        aside.rename(site)


def _exchange(one: Path, other: Path) -> bool:
    rename = _renameat2()
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    import ctypes  # noqa: PLC0415 - only a site is exchanged

    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code))


@lru_cache(maxsize=1)
def _renameat2() -> ctypes._NamedFuncPointer | None:
    import ctypes  # noqa: PLC0415 - only a site is exchanged

    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return None
