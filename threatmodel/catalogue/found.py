"""Find the descriptions in a folder, and give each a name that its pages keep."""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from threatmodel.errors import InvalidFileError, Location
from threatmodel.slug import slug

ENDINGS = (".yaml", ".yml")
"""Endings of descriptions."""

REPLY_ENDINGS = (".reply.yaml", ".reply.yml")
"""Endings of what vendors reply, beside the description."""

_LONGEST = 120
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A description that was found."""

    id: str
    """Name of its folder in the site; stays while the file keeps its name and folder."""

    path: str
    """File, relative to the folder of descriptions, with `/`."""

    reply: str
    """File with replies to its assessment, relative like `path`; empty without one."""


def find_descriptions(folder: Path, leave_out: Path | None = None) -> tuple[Found, ...]:
    """Find every description below a folder, sorted by id; hidden files and folders are left out.

    Raises:
        InvalidFileError: There is no such folder.
    """
    if not folder.is_dir():
        raise InvalidFileError(
            "there is no such folder", Location(str(folder)), "name a folder of descriptions"
        )
    found: list[Found] = []
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(f for f in folders if f[0] != "." and here / f != leave_out)
        inside = PurePosixPath(here.relative_to(folder).as_posix())
        there = set(files)
        for name in files:
            if name[0] != "." and name.endswith(ENDINGS) and not name.endswith(REPLY_ENDINGS):
                reply = next((r for r in _replies(name) if r in there), "")
                path = str(inside / name)
                found.append(Found(id_of(path), path, str(inside / reply) if reply else ""))
    return tuple(sorted(found, key=lambda one: one.id))


def id_of(path: str) -> str:
    """Give the id of a file: its folders and name, with a digest where letters were left out."""
    plain, _, ending = path.rpartition(".")
    parts = [folder_of(part) for part in plain.split("/")]
    if ending != "yaml":
        parts[-1] = f"{slug(parts[-1])}-{_short(path)}"
    id_ = "--".join(parts)
    return id_ if len(id_) <= _LONGEST else f"{id_[:_LONGEST].strip('-')}-{_short(path)}"


@lru_cache(maxsize=1 << 14)
def folder_of(text: str) -> str:
    """Give a text the name of a folder; different texts get different ones."""
    plain = slug(text)
    return plain if plain == text else f"{plain}-{_short(text)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]


def _replies(name: str) -> tuple[str, ...]:
    stem = name.rpartition(".")[0]
    return tuple(stem + ending for ending in REPLY_ENDINGS)
