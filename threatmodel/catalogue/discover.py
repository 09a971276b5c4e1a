"""Find the descriptions in a folder, and give each a name that its pages keep."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from threatmodel.errors import LONGEST, InvalidFileError, Location, slug

ENDINGS = (".yaml", ".yml")

REPLY_ENDINGS = (".reply.yaml", ".reply.yml")
"""Endings of what vendors reply, beside the description."""

FORM_ENDINGS = (".questions.yaml", ".questions.yml")
"""Endings of forms of open questions, which people keep beside the description."""

# File systems take 255 bytes for a name; endings, drafts and process ids come on top.
_LONGEST = 120
_PLAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Tells apart the few agents whose names slug alike; nothing is trusted by it.
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Discovered:
    """A description that was found."""

    id: str
    """Name of its folder in the site; stays while the file keeps its name and folder."""
    path: str
    """File, relative to the folder of descriptions, with `/`."""
    reply: str
    """File with replies to its assessment, relative like `path`; empty without one."""


def find_descriptions(folder: Path, leave_out: Path | None = None) -> tuple[Discovered, ...]:
    """Find every description below a folder, sorted by id; hidden files and folders are left out.

    Raises:
        InvalidFileError: There is no such folder.
    """
    if not folder.is_dir():
        raise InvalidFileError(
            "there is no such folder", Location(str(folder)), "name a folder of descriptions"
        )
    found = sorted(_below(str(folder), "", str(leave_out)))
    return tuple(Discovered(*one) for one in found)


def id_of(path: str) -> str:
    """Give the id of a file: its folders and name, with a digest where letters were left out."""
    plain, _, ending = path.rpartition(".")
    parts = [folder_of(part) for part in plain.split("/")]
    if ending != "yaml":
        parts[-1] = f"{slug(parts[-1])}-{_short(path)}"
    id_ = "--".join(parts)
    return id_ if len(id_) <= _LONGEST else f"{id_[:_LONGEST].strip('-')}-{_short(path)}"


def folder_of(text: str) -> str:
    """Give a text the name of a folder; different texts get different ones."""
    if len(text) <= LONGEST and _PLAIN.fullmatch(text):
        return text
    return f"{slug(text)}-{_short(text)}"


def _below(folder: str, inside: str, leave_out: str) -> Iterator[tuple[str, str, str]]:
    """Give id, path and replies of each description below a folder; strings, for there are many."""
    files: list[str] = []
    for entry in os.scandir(folder):
        if entry.name[0] == ".":
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.path != leave_out:
                yield from _below(entry.path, f"{inside}{entry.name}/", leave_out)
        elif entry.name.endswith(ENDINGS) and not entry.name.endswith(FORM_ENDINGS):
            files.append(entry.name)
    there = set(files)
    for name in files:
        if not name.endswith(REPLY_ENDINGS):
            reply = next((r for r in _replies(name) if r in there), "")
            yield id_of(inside + name), inside + name, f"{inside}{reply}" if reply else ""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]


def _replies(name: str) -> tuple[str, ...]:
    stem = name.rpartition(".")[0]
    return tuple(stem + ending for ending in REPLY_ENDINGS)
