"""Build a site: what changed is built, everything is put together, the old site is replaced."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from threatmodel.catalogue.assets import build_digest
from threatmodel.catalogue.discover import ENDINGS, Discovered, find_descriptions
from threatmodel.catalogue.entry import Entry, is_late, is_stale
from threatmodel.catalogue.index import SiteState, read_state
from threatmodel.catalogue.job import BatchResult, Choices, Chunk, Job, Stamp, Task, stamp_of
from threatmodel.catalogue.staging import Work, open_work
from threatmodel.errors import InvalidFileError, Location

# Whether what was built of a description still holds.


def _is_fresh(entry: Entry, found: Discovered, folder: str, choices: Choices, setting: str) -> bool:
    """Tell whether an entry is what building it again would give."""
    return (
        entry.setting == setting
        and entry.path == found.path
        and entry.stale == is_stale(entry, choices.day)
        and all(r.late == is_late(r.state, r.deadline, choices.day) for r in entry.replies)
        and (found.reply in entry.inputs if found.reply else not entry.replies)
        and all(_same(f"{folder}/{path}", stamp) for path, stamp in entry.inputs.items())
    )


def _same(path: str, stamp: Stamp) -> bool:
    """Compare size and time; where the time differs, the content decides."""
    try:
        told = os.stat(path)  # noqa: PTH116 - thousands of them
    except OSError:
        return False
    # The size first: it settles a change without reading.
    if told.st_size != stamp[0]:
        return False
    return told.st_mtime_ns == stamp[1] or stamp_of(path)[2] == stamp[2]


Progress = Callable[[int, int], None]
"""Told how many agents are done, of how many."""

_UNREADABLE = "The description can no longer be read; this is the last assessment."


@dataclass(frozen=True, slots=True)
class How:
    """How a build runs; it never changes what it makes."""

    jobs: int | None = None
    """Processes; None for one per processor."""
    executor: str = ""
    """Address of a Dask scheduler, `dask://HOST:PORT`; empty for processes here."""
    progress: Progress | None = None
    """Told of each step."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    agents: int
    rebuilt: int
    """Agents that were built, not kept."""
    faults: tuple[BatchResult, ...]
    """Descriptions that could not be read, each with its faults, by path."""
    passed_over: tuple[str, ...] = ()
    """Files that lie among them and are none."""


def build_site(folder: Path, site: Path, choices: Choices, how: How) -> Built:
    """Build the site of a folder of descriptions.

    Whatever happens, a reader finds the old site or the new one, never a mix.

    Raises:
        InvalidFileError: There is no such folder, or no description below it.
        AivssError: The site cannot be written, another build of it runs, or there is no such
            profile or executor.
        MissingPartError: The executor needs a package that is not installed.
    """
    with open_work(site) as work:
        before = read_state(work.site) or SiteState()
        found = find_descriptions(folder.resolve(), work.site)
        choices = choices.with_conditions(len(found))
        job = Job(folder.resolve(), choices, build_digest(choices))
        made = make_all(work, before, job, how, found)
        after = SiteState(made.entries, before.changes, job.setting)
        if after == before:
            work.forget()
        else:
            _publish(work, job, how, (before, after, made.new))
    return made.built


def _publish(
    work: Work, job: Job, how: How, found: tuple[SiteState, SiteState, dict[str, Entry]]
) -> None:
    """Put the site together; what that takes is loaded only where something changed."""
    from threatmodel.catalogue.publish import SiteBuild, assemble  # noqa: PLC0415
    from threatmodel.catalogue.templates import keep_compiled  # noqa: PLC0415
    from threatmodel.catalogue.workers import processors  # noqa: PLC0415

    keep_compiled(work.folder / "templates")
    assemble(SiteBuild(work, job.choices, how.jobs or processors()), *found)


@dataclass(frozen=True, slots=True)
class Made:
    """The agents of a site, old and new."""

    entries: dict[str, Entry]
    """Every agent, sorted by id."""
    new: dict[str, Entry]
    """Those whose files wait to be put in place."""
    built: Built
    """What was done."""


def _holds(job: Job, entry: Entry, found: Discovered) -> bool:
    """Tell whether an entry is what building it again would give."""
    return _is_fresh(entry, found, str(job.folder), job.choices, job.setting)


def make_all(
    work: Work, before: SiteState, job: Job, how: How, found: tuple[Discovered, ...]
) -> Made:
    """Build every agent that changed; raises as `build_site` does."""
    # Only where something about the whole build moved: asking takes the rules, which a build
    # without changes never loads.
    if job.setting != before.setting:
        _refuse_unknown(job.choices.profile)
    _refuse_empty(bool(found), job.folder)
    kept, tasks = _plan(found, before, job)
    resumed = _resume(work, tasks, job)
    outcomes = _run(work, [t for t in tasks if t.found.id not in resumed], job, how)
    new = resumed | {o.id: o.entry for o in outcomes if o.entry is not None}
    # What has a page is missed, whatever its file holds now.
    others = sorted(o.path for o in outcomes if o.other and o.id not in before.entries)
    faulty = (o for o in outcomes if o.entry is None and o.path not in others)
    faults = tuple(sorted(faulty, key=lambda o: o.path))
    # A slip in one file must not take an agent off the site; its pages stay and say that they are
    # old.
    held = {o.id: _held(before.entries[o.id]) for o in faults if o.id in before.entries}
    entries = dict(sorted((kept | held | new).items()))
    _refuse_empty(bool(entries or faults), job.folder)
    return Made(entries, new, Built(len(entries), len(new), faults, tuple(others)))


def _refuse_empty(any_found: bool, folder: Path) -> None:  # noqa: FBT001 - all that it asks
    """Refuse a folder without any: a slip in its name would empty a full site."""
    if not any_found:
        hint = f"descriptions end in {' or '.join(ENDINGS)}"
        raise InvalidFileError("no description is below this folder", Location(str(folder)), hint)


def _refuse_unknown(profile: str) -> None:
    """Refuse a profile that the rules lack before anything is taken over, dropped or built."""
    from threatmodel.assessment import profiles_of  # noqa: PLC0415 - loads what builds
    from threatmodel.rules.load import load_knowledge  # noqa: PLC0415
    from threatmodel.score.profiles import profile_named  # noqa: PLC0415

    profile_named(profiles_of(load_knowledge()), profile)


def _plan(
    found: tuple[Discovered, ...], before: SiteState, job: Job
) -> tuple[dict[str, Entry], list[Task]]:
    """Decide what to keep and what to build."""
    kept: dict[str, Entry] = {}
    tasks = []
    for one in found:
        entry = before.entries.get(one.id)
        if entry is not None and _holds(job, entry, one):
            kept[one.id] = entry
        else:
            tasks.append(Task(one, entry))
    return kept, tasks


def _resume(work: Work, tasks: list[Task], job: Job) -> dict[str, Entry]:
    """Take over what a killed build had finished, where nothing has changed since."""
    wanted = {task.found.id: task.found for task in tasks}
    built = work.built()
    done = {id_: e for id_, e in built.items() if id_ in wanted and _holds(job, e, wanted[id_])}
    work.keep(done)
    return done


def _run(work: Work, tasks: list[Task], job: Job, how: How) -> list[BatchResult]:
    outcomes: list[BatchResult] = []
    if not tasks:
        return outcomes
    # A third of a build that finds nothing to do would be loading what builds.
    from threatmodel.catalogue.templates import keep_compiled  # noqa: PLC0415
    from threatmodel.catalogue.workers import FEW, MOST, run_chunks  # noqa: PLC0415

    if not job.report:
        keep_compiled(work.folder / "templates")
    tell = how.progress or _quiet
    tell(0, len(tasks))
    chunk = Chunk(job, str(work.ready), tuple(tasks))
    for part in run_chunks(chunk, how.jobs, how.executor, FEW if job.report else MOST):
        outcomes += part
        work.note(outcome.entry for outcome in part if outcome.entry is not None)
        tell(len(outcomes), len(tasks))
    return outcomes


def _held(entry: Entry) -> Entry:
    """Keep the last pages of an agent whose description has faults now, marked outdated."""
    # No setting is ever empty, so that it is built as soon as it can be read.
    return entry._replace(outdated=_UNREADABLE, setting="")


def _quiet(done: int, total: int) -> None:
    """Tell nobody."""
    del done, total
