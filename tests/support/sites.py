"""A small folder of descriptions, and what a site that is made of it holds."""

import hashlib
from pathlib import Path

COUNT = 18
"""More agents than one process builds alone."""

TEXT = """name: Agent {n}
kind: agent
date: 2026-11-01
tools:
  - {{name: read_{n}, description: Read a record.}}
  - {{name: delete_{n}, description: Delete a record.}}
"""


def described(place: Path, count: int = COUNT) -> Path:
    """Write the descriptions into a new folder."""
    place.mkdir()
    for number in range(count):
        write(place, number, TEXT)
    return place


def write(folder: Path, number: int, text: str) -> None:
    (folder / f"agent-{number}.yaml").write_text(text.format(n=number), encoding="utf-8")


def digest(site: Path) -> str:
    """Digest every file of a site by name and content, its changes and times of reading apart."""
    told = hashlib.sha256()
    for name, data in sorted(pages(site).items()):
        told.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return told.hexdigest()


def pages(site: Path) -> dict[str, bytes]:
    left = {"changes.atom", "changes/index.html", "api/changes.json"}
    found = {p.relative_to(site).as_posix(): p for p in site.rglob("*") if p.is_file()}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if name not in left and not name.startswith(".aivss")
    }
