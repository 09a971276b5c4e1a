"""A whole folder in the place of another, in one step."""

from __future__ import annotations

import ctypes
import errno
import os
from functools import lru_cache
from pathlib import Path

from threatmodel.errors import AivssError, Location

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
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code))


@lru_cache(maxsize=1)
def _renameat2() -> ctypes._NamedFuncPointer | None:
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return None
