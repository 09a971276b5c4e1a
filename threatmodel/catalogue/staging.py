"""The folder beside a site in which the next one is made: resumable, and safe to kill."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threatmodel.catalogue.entry import Entry, entry_of_row
from threatmodel.catalogue.job import read_bundle
from threatmodel.errors import AivssError, Location
from threatmodel.files import bring_back, put_in_place, write_whole

STATE = ".aivss/state.json"
"""What a site knows of itself, inside it, so that pages and state change together."""

OWN = frozenset(
    {"agents", "aivss-score.js", "api", "assets", "bands", "changes", "changes.atom", "classes"}
    | {"compare", "index.html", "kinds", "layers", "list", "reports", "tags", "threats", "tools"}
    | {".aivss"}
)
"""What a build makes at the top of a site, besides `sitemap*.xml`."""

_NEXT, _READY, _ASIDE, _JOURNAL = "next", "ready", "aside", "journal.jsonl"
_DRAFT, _HIDDEN = ".new", ".aivss"


@dataclass(frozen=True, slots=True)
class Work:
    """The work folder of a site."""

    site: Path
    folder: Path
    """The work folder, hidden beside it."""
    own: frozenset[str] = OWN
    """Names at the top of the site that builds make; all else is left as it is."""

    @property
    def next(self) -> Path:
        """The next site while it is made; between builds, a twin of the site by hard links."""
        return self.folder / _NEXT

    @property
    def ready(self) -> Path:
        """Agents that are built and wait to be put into the next site, a bundle of files each.

        They stay until the site is published, so that a build that is killed loses none.
        """
        return self.folder / _READY

    def note(self, entries: Iterable[Entry]) -> None:
        """Note agents as built, so that a build that is killed goes on from there."""
        with (self.folder / _JOURNAL).open("a", encoding="utf-8") as journal:
            journal.write(_noted(entries))

    def built(self) -> dict[str, Entry]:
        """Give the agents that an earlier, killed build noted and that are still there."""
        found = {entry.id: entry for entry in _journal(self.folder / _JOURNAL)}
        return {id_: entry for id_, entry in found.items() if (self.ready / id_).is_file()}

    def keep(self, entries: dict[str, Entry]) -> None:
        """Keep only these of what an earlier build left; what else it made is dropped."""
        for place in self.ready.iterdir():
            if place.name not in entries:
                place.unlink() if place.is_file() else shutil.rmtree(place)
        if entries:
            write_whole(self.folder / _JOURNAL, _noted(entries.values()).encode())
        else:
            (self.folder / _JOURNAL).unlink(missing_ok=True)

    def forget(self) -> None:
        """Drop the notes of a build that is done."""
        (self.folder / _JOURNAL).unlink(missing_ok=True)
        shutil.rmtree(self.ready, ignore_errors=True)


@contextmanager
def open_work(site: Path) -> Iterator[Work]:
    """Open the work folder of a site for one build at a time; mends what a crash left.

    Raises:
        AivssError: Another build of the same site runs, or the folder is no site of ours.
    """
    place = site.resolve()
    work = Work(place, place.parent / f".{place.name}.aivss")
    work.folder.mkdir(parents=True, exist_ok=True)
    with (work.folder / "lock").open("w") as lock:
        try:
            # The kernel lets go of it when a process dies, so that no stale lock has to be removed
            # by hand.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AivssError(
                "another build of this site is running", Location(str(site)), "wait for it"
            ) from None
        bring_back(place, work.folder / _ASIDE)
        _refuse_strangers(place)
        _mend(work)
        work.ready.mkdir(exist_ok=True)
        yield work


def begin(work: Work) -> None:
    """Make the next site a twin of the site, by hard links; a twin that is there is kept."""
    state, twin = work.site / STATE, work.next / STATE
    # The state is linked last, so that a twin which was cut short has none of it.
    if work.site.exists() and not (twin.exists() and twin.samefile(state)):
        shutil.rmtree(work.next, ignore_errors=True)
        _link_tree(work.site, work.next)
    work.next.mkdir(exist_ok=True)
    twin.unlink(missing_ok=True)  # from here on it is no twin, and a crash drops it


Slots = Mapping[str, tuple[tuple[bytes, bytes], bytes]]
"""File of an agent -> two marks in it, and what belongs between them."""


def put(work: Work, id_: str, slots: Slots) -> None:
    """Write the files of a finished agent into the next site, with what belongs between marks."""
    place = f"{work.next}/agents/{id_}"
    if os.path.lexists(place):
        shutil.rmtree(place)
    folders = set()
    for name, data in read_bundle(work.ready / id_):
        folder = name.rpartition("/")[0]
        if folder not in folders:
            os.makedirs(f"{place}/{folder}", exist_ok=True)  # noqa: PTH103 - thousands of them
            folders.add(folder)
        filled = _between(data, *slots[name]) if name in slots else None
        _new_file(f"{place}/{name}", data if filled is None else filled)


def put_files(work: Work, id_: str) -> None:
    """Put the finished files of an agent beside each other at the top of the next site."""
    for name, data in read_bundle(work.ready / id_):
        write(work, name, data)


def write(work: Work, name: str, data: bytes, old: bytes | None = None) -> bool:
    """Write a file of the next site where it differs, never through a link that the site shares.

    `old` is its content where that is known. Gives whether it differed. A crash in between costs
    the next site, which nobody reads; to replace the file in one step would cost ten times more.
    """
    path = f"{work.next}/{name}"
    exists = old is not None or os.path.lexists(path)
    if exists and (old if old is not None else Path(path).read_bytes()) == data:
        return False
    folder, _, file = path.rpartition("/")
    draft = f"{folder}/.{file[:80]}{_DRAFT}"
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - thousands of them
    _new_file(draft, data)
    if exists:
        os.unlink(path)  # noqa: PTH108
    os.rename(draft, path)  # noqa: PTH104
    return True


def put_between(work: Work, name: str, marks: tuple[bytes, bytes], data: bytes) -> bool:
    """Put something between two marks of a file of the next site that has them, where it differs.

    Gives whether it differed.
    """
    with open(f"{work.next}/{name}", "rb") as file:  # noqa: PTH123 - thousands of them
        old = file.read()
    new = _between(old, marks, data)
    return new is not None and write(work, name, new, old)


def _between(text: bytes, marks: tuple[bytes, bytes], data: bytes) -> bytes | None:
    """Put something between two marks; None where it has no such marks."""
    start = text.find(marks[0]) + len(marks[0])
    end = text.find(marks[1], start)
    return None if start < len(marks[0]) or end < 0 else text[:start] + data + text[end:]


def _new_file(path: str, data: bytes) -> None:
    with open(path, "wb") as file:  # noqa: PTH123 - thousands of them
        file.write(data)


def swap(work: Work, state: bytes) -> None:
    """Write what the next site knows of itself, and put it in the place of the old one."""
    write(work, STATE, state)
    for stranger in _strangers(work):
        _copy(stranger, work.next / stranger.name)
    put_in_place(work.next, work.site, work.folder / _ASIDE)
    work.forget()


def twin(work: Work, agents: Iterable[str], files: Iterable[str]) -> None:
    """Bring the old site, now the next one, up to the new one, so that the next build is quick."""
    if not work.next.exists():
        _link_tree(work.site, work.next)
        return
    (work.next / STATE).unlink(missing_ok=True)
    for id_ in agents:
        shutil.rmtree(work.next / "agents" / id_, ignore_errors=True)
        if (work.site / "agents" / id_).exists():
            _link_tree(work.site / "agents" / id_, work.next / "agents" / id_)
    for name in files:
        (work.next / name).unlink(missing_ok=True)
        if (work.site / name).exists():
            (work.next / name).parent.mkdir(parents=True, exist_ok=True)
            _link(str(work.site / name), str(work.next / name))
    _link(str(work.site / STATE), str(work.next / STATE))


def _link_tree(old: Path, new: Path) -> None:
    """Make a folder like another that shares its files; the state comes last."""
    _link_below(str(old), str(new))
    if (old / STATE).exists():
        (new / STATE).parent.mkdir(exist_ok=True)
        _link(str(old / STATE), str(new / STATE))


def _link_below(old: str, new: str) -> None:
    os.makedirs(new, exist_ok=True)  # noqa: PTH103 - thousands of them
    with os.scandir(old) as entries:
        for entry in entries:
            if entry.name == _HIDDEN:
                continue
            if entry.is_dir(follow_symlinks=False):
                _link_below(entry.path, f"{new}/{entry.name}")
            else:
                _link(entry.path, f"{new}/{entry.name}")


def _link(old: str, new: str) -> None:
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        shutil.copy2(old, new, follow_symlinks=False)  # a file system without hard links


def _copy(stranger: Path, new: Path) -> None:
    if new.exists() or new.is_symlink():
        return
    if stranger.is_dir() and not stranger.is_symlink():
        _link_tree(stranger, new)
    else:
        _link(str(stranger), str(new))


def _strangers(work: Work) -> list[Path]:
    """Find what others put into the site, such as CNAME; it stays."""
    if not work.site.exists():
        return []
    return [
        path
        for path in work.site.iterdir()
        if path.name not in work.own and not path.match("sitemap*.xml")
    ]


def _refuse_strangers(site: Path) -> None:
    if site.exists() and not (site / STATE).is_file() and any(site.iterdir()):
        raise AivssError(
            "this folder holds something else",
            Location(str(site)),
            "name a new folder, or one that an earlier build made",
        )


def _mend(work: Work) -> None:
    """After a crash: drop the next site where it is unfinished; what it was made of waits still."""
    if work.site.exists() and not any(work.site.iterdir()):
        work.site.rmdir()
    if not (work.next / STATE).exists():
        shutil.rmtree(work.next, ignore_errors=True)


def _noted(entries: Iterable[Entry]) -> str:
    return "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)


def _journal(path: Path) -> Iterator[Entry]:
    """Read the journal up to the line that a crash cut short."""
    if not path.exists():
        return
    for line in path.read_text("utf-8", "replace").splitlines():
        row = _parsed(line)
        if row is not None:
            yield entry_of_row(row)


def _parsed(line: str) -> list[Any] | None:
    try:
        row: list[Any] = json.loads(line)
    except ValueError:
        return None
    return row
