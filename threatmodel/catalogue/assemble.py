"""Put a site together from agents that are built, and put it in the place of the old one."""

import hashlib
import shutil
from dataclasses import dataclass, replace

from threatmodel.catalogue.changes import KEPT, changes_between
from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.held import outdate
from threatmodel.catalogue.site import site_files
from threatmodel.catalogue.state import State, write_state
from threatmodel.catalogue.tool_lists import put_similar, similar_tools
from threatmodel.catalogue.work import Work, begin, put, swap, twin, write


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a build writes besides the folders of new agents."""

    files: dict[str, bytes]
    """Files outside `agents/`."""

    slots: dict[str, str]
    """What goes into the slots of tool pages that change, by path."""

    held: dict[str, Entry]
    """Agents that are kept and become outdated."""

    gone: set[str]
    """Agents that are no longer described."""

    left: set[str]
    """Files that are no longer part of the site."""


def assemble(
    work: Work, before: State, after: State, new: dict[str, Entry], choices: Choices
) -> None:
    """Write what changed into the next site, and swap; does nothing where nothing changed.

    `after` knows the entries and the setting of the new site.
    """
    entries = after.entries
    first = not before.setting
    moved = () if first else tuple(changes_between(before.entries, entries, choices.day))
    similar = dict(similar_tools(list(entries.values())))
    state = replace(
        after,
        similar={path: told for path, alike in similar.items() if (told := alike.digest)},
        changes=(*moved, *before.changes)[:KEPT],
    )
    files = dict(site_files(state, choices))
    state = replace(state, pages={name: _digest(data) for name, data in files.items()})
    if state == before:
        work.forget()
        return
    parts = Parts(
        {name: files[name] for name, told in state.pages.items() if before.pages.get(name) != told},
        {
            path: alike.html
            for path, alike in similar.items()
            if (path in state.similar if _agent(path) in new else _moved(path, before, state))
        },
        {
            id_: entry
            for id_, entry in entries.items()
            if not entry.setting and not before.entries[id_].outdated
        },
        before.entries.keys() - entries.keys(),
        before.pages.keys() - files.keys(),
    )
    _write(work, parts, new)
    swap(work, write_state(state))
    whole = {*new, *parts.held, *parts.gone}
    slots = [path for path in parts.slots if _agent(path) not in whole]
    twin(work, whole, [*parts.files, *parts.left, *slots])


def _write(work: Work, parts: Parts, new: dict[str, Entry]) -> None:
    begin(work)
    for id_ in new:
        put(work, id_)
    for name, data in parts.files.items():
        write(work, name, data)
    for path, html in parts.slots.items():
        write(work, path, put_similar((work.next / path).read_bytes(), html))
    for entry in parts.held.values():
        outdate(work, entry)
    for id_ in parts.gone:
        shutil.rmtree(work.next / "agents" / id_, ignore_errors=True)
    for name in parts.left:
        (work.next / name).unlink(missing_ok=True)


def _moved(path: str, before: State, state: State) -> bool:
    return before.similar.get(path) != state.similar.get(path)


def _agent(path: str) -> str:
    return path.split("/")[1]


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
