"""Build a site: what changed is built, everything is put together, and the old site is replaced."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from threatmodel.catalogue.changes import KEPT, changes_between
from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.chunk import Chunk, Outcome, Task
from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.found import Found, find_descriptions
from threatmodel.catalogue.fresh import is_fresh
from threatmodel.catalogue.pool import run_chunks
from threatmodel.catalogue.setting import setting_of
from threatmodel.catalogue.site import site_files
from threatmodel.catalogue.state import State, read_state, write_state
from threatmodel.catalogue.tool_lists import digest_of, put_similar, similar_tools
from threatmodel.catalogue.work import Work, begin, open_work, put, swap, twin, write

Progress = Callable[[int, int], None]
"""Told how many agents are done, of how many."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    agents: int
    """Agents in the site."""

    rebuilt: int
    """Agents that were built, not kept."""

    faults: tuple[Outcome, ...]
    """Descriptions that could not be read, each with its faults."""


@dataclass(frozen=True, slots=True)
class How:
    """How a build runs; it never changes what it makes."""

    jobs: int | None = None
    """Processes; None for one per processor."""

    executor: str = ""
    """Address of a Dask scheduler, `dask://HOST:PORT`; empty for processes here."""

    progress: Progress = lambda done, total: None
    """Told of each step."""


def build_site(folder: Path, site: Path, choices: Choices, how: How) -> Built:
    """Build the site of a folder of descriptions.

    Whatever happens, a reader finds the old site or the new one, never a mix.

    Raises:
        InvalidFileError: There is no such folder.
        AivssError: The site cannot be written, or another build of it runs.
    """
    found = find_descriptions(folder, site.resolve())
    with open_work(site) as work:
        before = read_state(work.site) or State()
        setting = setting_of(choices)
        kept, tasks = _plan(found, before, folder, choices, setting)
        resumed = _resume(work, tasks, folder, choices, setting)
        chunk = Chunk(
            str(folder.resolve()),
            str(work.ready),
            tuple(task for task in tasks if task.found.id not in resumed),
            choices,
            setting,
        )
        outcomes = _run(work, chunk, how, len(resumed))
        new = resumed | {o.id: o.entry for o in outcomes if o.entry is not None}
        faults = tuple(o for o in outcomes if o.entry is None)
        held = {o.id: before.entries[o.id] for o in faults if o.id in before.entries}
        entries = dict(sorted((kept | _held(held) | new).items()))
        _assemble(work, State(entries, setting=setting), before, new, choices)
    return Built(len(entries), len(new), tuple(sorted(faults, key=lambda o: o.path)))


def _plan(
    found: tuple[Found, ...], before: State, folder: Path, choices: Choices, setting: str
) -> tuple[dict[str, Entry], list[Task]]:
    """Decide what to keep and what to build."""
    kept: dict[str, Entry] = {}
    tasks = []
    for one in found:
        entry = before.entries.get(one.id)
        if entry is not None and is_fresh(entry, one, folder, choices, setting):
            kept[one.id] = entry
        else:
            tasks.append(Task(one, entry))
    return kept, tasks


def _resume(
    work: Work, tasks: list[Task], folder: Path, choices: Choices, setting: str
) -> dict[str, Entry]:
    """Take over what a killed build had finished, where nothing has changed since."""
    wanted = {task.found.id: task.found for task in tasks}
    done = {
        id_: entry
        for id_, entry in work.built().items()
        if id_ in wanted and is_fresh(entry, wanted[id_], folder, choices, setting)
    }
    work.keep(done)
    return done


def _run(work: Work, chunk: Chunk, how: How, resumed: int) -> list[Outcome]:
    total = resumed + len(chunk.tasks)
    outcomes: list[Outcome] = []
    if not chunk.tasks:
        return outcomes
    how.progress(resumed, total)
    for part in run_chunks(chunk, how.jobs, how.executor):
        outcomes += part
        work.note(outcome.entry for outcome in part if outcome.entry is not None)
        how.progress(resumed + len(outcomes), total)
    return outcomes


def _held(entries: dict[str, Entry]) -> dict[str, Entry]:
    """Keep the last pages of agents whose description has faults now, marked outdated."""
    text = "The description can no longer be read; this is the last assessment."
    return {id_: entry._replace(outdated=text) for id_, entry in entries.items()}


def _assemble(
    work: Work, state: State, before: State, new: dict[str, Entry], choices: Choices
) -> None:
    gone = before.entries.keys() - state.entries.keys()
    moved = (
        list(changes_between(before.entries, state.entries, choices.day)) if before.setting else []
    )
    changes = (*moved, *before.changes)[:KEPT]
    state = replace(state, changes=changes)
    similar = dict(similar_tools(list(state.entries.values())))
    state = replace(state, similar={path: digest_of(html) for path, html in similar.items()})
    files = {name: data for name, data in site_files(state, choices)}
    state = replace(state, pages={name: _digest(data) for name, data in files.items()})
    if state == before:
        work.forget()
        return
    begin(work)
    for id_ in new:
        put(work, id_)
    touched = _write(work, state, before, files, new)
    touched += _fill(work, similar, state, before, new)
    _drop(work, gone, before.pages.keys() - files.keys())
    swap(work, write_state(state))
    twin(work, [*new, *gone], [*touched, *(before.pages.keys() - files.keys())])


def _write(
    work: Work, state: State, before: State, files: dict[str, bytes], new: dict[str, Entry]
) -> list[str]:
    del new
    changed = [name for name in files if before.pages.get(name) != state.pages[name]]
    for name in changed:
        write(work, name, files[name])
    return changed


def _fill(
    work: Work, similar: dict[str, str], state: State, before: State, new: dict[str, Entry]
) -> list[str]:
    """Put similar tools into the pages where they changed, or whose pages are new."""
    touched = []
    for path, html in similar.items():
        fresh = path.split("/")[1] in new
        if (fresh and html) or (not fresh and before.similar.get(path, "") != state.similar[path]):
            write(work, path, put_similar((work.next / path).read_bytes(), html))
            if not fresh:
                touched.append(path)
    return touched


def _drop(work: Work, agents: set[str], files: set[str]) -> None:
    import shutil

    for id_ in agents:
        shutil.rmtree(work.next / "agents" / id_, ignore_errors=True)
    for name in files:
        (work.next / name).unlink(missing_ok=True)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


__all__ = ["Built", "How", "Iterator", "build_site"]
