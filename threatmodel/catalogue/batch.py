"""Build the agents of one chunk; runs in this process, in a pool, or on another machine."""

from __future__ import annotations

import contextlib
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

from threatmodel.assessment import assess
from threatmodel.catalogue.agent_files import report_of, unit_of
from threatmodel.catalogue.chunk import BatchResult, Chunk, Stamp, Task, bundled, stamp_of
from threatmodel.catalogue.discover import Discovered
from threatmodel.catalogue.entry_build import EntryContext, day_of
from threatmodel.description.agent import Agent, Opened
from threatmodel.description.load import agent_of, open_files
from threatmodel.errors import AivssError, MissingPartError
from threatmodel.files import refused_by_system
from threatmodel.reading import read_data

if TYPE_CHECKING:
    from threatmodel.catalogue.replies import Reply


def build_chunk(chunk: Chunk) -> tuple[BatchResult, ...]:
    """Build every agent of a chunk into a bundle of its own in `ready`, whole or not at all."""
    with contextlib.chdir(chunk.job.folder):  # places in pages are relative to the folder
        outcomes = tuple(_build(task, chunk) for task in chunk.tasks)
    gc.collect(1)  # collecting is switched off, or rare: a chunk leaves little
    return outcomes


def _build(task: Task, chunk: Chunk) -> BatchResult:
    found = task.found
    inputs: dict[str, Stamp] = {}
    try:
        agent, replies = _read(found, inputs)
        day = day_of(agent, chunk.job.choices, task.before)
        assessment = assess(agent, profile=chunk.job.choices.profile, date=day)
        known = EntryContext((found.id, found.path), chunk.job.choices, replies, task.before)
        if chunk.job.report:
            entry, files = report_of(assessment, known, chunk.job.report, chunk.job.theme)
        else:
            entry, files = unit_of(assessment, known)
        assessment.forget()
    except MissingPartError:
        raise
    except (AivssError, ExceptionGroup) as fault:
        return BatchResult(found.id, found.path, None, tuple(_told(fault)), inputs)
    _write(chunk.ready, found.id, files)
    entry = entry._replace(inputs=inputs, setting=chunk.job.setting)
    return BatchResult(found.id, found.path, entry, (), inputs)


def read_inputs(found: Discovered) -> tuple[str, ...]:
    """Name the files that a description needs; of a faulty one those that could be found."""
    names = [found.path, *([found.reply] if found.reply else [])]
    try:
        opened = open_files(Path(found.path), read_data(Path(found.path)))
    except (AivssError, ExceptionGroup):
        return tuple(names)
    return (*names, *_named(opened, found))


def _read(found: Discovered, inputs: dict[str, Stamp]) -> tuple[Agent, tuple[Reply, ...]]:
    opened = open_files(Path(found.path), read_data(Path(found.path)))
    inputs[found.path] = stamp_of(found.path)
    for name in _named(opened, found):
        inputs[name] = stamp_of(name)
    agent = agent_of(opened)
    if not found.reply:
        return agent, ()
    from threatmodel.catalogue.replies import read_replies  # noqa: PLC0415 - loads pydantic

    replies = read_replies(Path(found.reply), read_data(Path(found.reply)))
    inputs[found.reply] = stamp_of(found.reply)
    return agent, replies


def _named(opened: Opened, found: Discovered) -> list[str]:
    """Name the products that it or a member of it extends, and the tool lists pointed at."""
    parts = (opened, *opened.members)
    return sorted(
        {name for one in parts for name in (*one.places.files, *one.speakers)} - {found.path}
    )


def _told(fault: Exception) -> list[str]:
    if isinstance(fault, ExceptionGroup):
        return [text for inner in fault.exceptions for text in _told(inner)]
    if isinstance(fault, AivssError):
        return [str(fault)]
    raise fault


def _write(ready: str, id_: str, files: dict[str, bytes]) -> None:
    """Write the files of an agent as one, beside its place, then put that there in one step."""
    draft = f"{ready}/.{id_}.{os.getpid()}"
    try:
        with open(draft, "wb") as file:  # noqa: PTH123 - thousands of them
            file.writelines(bundled(files))
        os.replace(draft, f"{ready}/{id_}")  # noqa: PTH105
    except OSError as fault:
        raise refused_by_system(fault) from None  # a full disk is no fault of a description
