"""Put a site together from agents that are built, and put it in the place of the old one."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

from threatmodel.catalogue.changes import KEPT, changes_between
from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.held import outdate
from threatmodel.catalogue.site import site_files
from threatmodel.catalogue.state import State, write_state
from threatmodel.catalogue.tool_lists import put_similar, similar_tools
from threatmodel.catalogue.work import OWN, Work, begin, put, swap, twin, write
from threatmodel.catalogue.world import Delta, World, world_of

SMALL = 20
"""Where at most one agent in so many changed, only the pages that it touches are written."""


@dataclass(frozen=True, slots=True)
class Yard:
    """Where and how a site is put together."""

    work: Work
    """The work folder."""

    choices: Choices
    """Choices of the site."""

    jobs: int
    """Processes."""


def assemble(yard: Yard, before: State, after: State, new: dict[str, Entry]) -> None:
    """Write what changed into the next site, and swap; does nothing where nothing changed.

    `after` knows the entries and the setting of the new site.
    """
    work, choices = yard.work, yard.choices
    gone = before.entries.keys() - after.entries.keys()
    held = {
        id_: entry
        for id_, entry in after.entries.items()
        if not entry.setting and not before.entries[id_].outdated
    }
    same = before.setting == after.setting
    if same and not (new or gone or held):
        work.forget()
        return
    moved = changes_between(before.entries, after.entries, choices.day) if before.setting else ()
    after = replace(after, changes=(*moved, *before.changes)[:KEPT])
    ids = sorted({*new, *gone, *held})
    few = same and len(ids) * SMALL <= len(after.entries)
    world = world_of(after.entries.values(), _delta(before, after, ids) if few else None)
    begin(work)
    for id_ in new:
        put(work, id_)
    for id_ in gone:
        shutil.rmtree(work.next / "agents" / id_, ignore_errors=True)
    for entry in held.values():
        outdate(work, entry)
    touched = _fill(yard, world, after)
    swap(work, write_state(after))
    twin(work, ids, [name for name in touched if _agent(name) not in {*ids}])


def _delta(before: State, after: State, ids: list[str]) -> Delta:
    return Delta(
        tuple(before.entries[id_] for id_ in ids if id_ in before.entries),
        tuple(after.entries[id_] for id_ in ids if id_ in after.entries),
    )


def _fill(yard: Yard, world: World, state: State) -> list[str]:
    """Write all that is not an agent's own; gives the files that differ."""
    if world.delta is not None or yard.jobs == 1:
        slots = list(_slots(yard.work, world))
        return [*_pages(yard, world, state), *slots]
    _SHARED["now"] = (yard.work, world)  # a forked process has it without sending
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as executor:
        slots_there = executor.submit(_shared_slots)
        pages = list(_pages(yard, world, state))
        return [*pages, *slots_there.result()]


_SHARED: dict[str, tuple[Work, World]] = {}


def _shared_slots() -> list[str]:
    return list(_slots(*_SHARED["now"]))


def _pages(yard: Yard, world: World, state: State) -> Iterator[str]:
    """Write pages and data; gives the files that differ."""
    work, kept = yard.work, set()
    for name, data in site_files(world, state.changes, yard.choices):
        kept.add(name)
        if data is None:
            (work.next / name).unlink(missing_ok=True)
            yield name
        elif write(work, name, data):
            yield name
    if world.delta is None:
        yield from _sweep(work, kept)


def _sweep(work: Work, kept: set[str]) -> Iterator[str]:
    """Take away what an earlier build wrote and this one did not."""
    own = [work.next / name for name in OWN - {"agents", ".aivss"}]
    found = [path for folder in own for path in folder.rglob("*") if path.is_file()]
    for path in sorted([*found, *work.next.glob("sitemap*.xml")]):
        name = path.relative_to(work.next).as_posix()
        if name not in kept:
            path.unlink()
            yield name


def _slots(work: Work, world: World) -> Iterator[str]:
    """Put similar tools into the pages of tools; gives the pages that differ."""
    for name, alike in similar_tools(world):
        page = (work.next / name).read_bytes()
        if write(work, name, put_similar(page, alike.html), page):
            yield name


def _agent(name: str) -> str:
    return name.split("/")[1] if name.startswith("agents/") else ""
