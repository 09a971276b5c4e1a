"""Run chunks in this process, in a pool, or on Dask; one that fails never stops the others."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from contextlib import AbstractContextManager
from dataclasses import replace
from multiprocessing import get_context
from typing import TypeVar

from threatmodel.catalogue.chunk import Chunk, Outcome, Task, build_chunk
from threatmodel.catalogue.remote import build_far, open_dask
from threatmodel.errors import AivssError

LEAST, MOST = 50, 100
"""Agents in a chunk: enough to make sending it cheap, few enough to lose little in a crash."""

FEW = 16
"""So few are built in this process: a pool would take longer to start."""

T = TypeVar("T")

Run = Callable[[Executor, Chunk], "Future[tuple[Outcome, ...]]"]
"""Hand one chunk to an executor."""


def run_chunks(
    chunk: Chunk, jobs: int | None, executor: str = "", most: int = MOST
) -> Iterator[tuple[Outcome, ...]]:
    """Build the tasks of `chunk` in parts; gives the outcomes of each part once it is done.

    Raises:
        AivssError: There is no such executor.
        MissingPartError: It needs a package that is not installed.
    """
    if executor:
        yield from _all(lambda: open_dask(executor), build_far, _parts(chunk, LEAST))
        return
    count = jobs or processors()
    alone = count == 1 or len(chunk.tasks) <= FEW
    size = max(1, min(most, -(-len(chunk.tasks) // (count * 4))))
    open_pool = (lambda: ThreadPoolExecutor(1)) if alone else (lambda: _processes(count))
    yield from _all(open_pool, _submit, _parts(chunk, size))


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _processes(count: int) -> ProcessPoolExecutor:
    """Fork the workers: they share the rules that this process has read."""
    gc.freeze()
    return ProcessPoolExecutor(count, mp_context=get_context("fork"))


def _submit(executor: Executor, chunk: Chunk) -> "Future[tuple[Outcome, ...]]":
    return executor.submit(build_chunk, chunk)


def _parts(chunk: Chunk, size: int) -> list[Chunk]:
    tasks = chunk.tasks
    return [replace(chunk, tasks=tasks[at : at + size]) for at in range(0, len(tasks), size)]


def _all(
    open_executor: Callable[[], AbstractContextManager[Executor]], run: Run, parts: list[Chunk]
) -> Iterator[tuple[Outcome, ...]]:
    """Run every part; what fails is run again, one description at a time, to find which it was."""
    failed: list[Chunk] = []
    with open_executor() as executor:
        waiting = {run(executor, part): part for part in parts}
        for future in as_completed(waiting):
            part = waiting.pop(future)
            fault = future.exception()
            if fault is None:
                yield future.result()
            elif isinstance(fault, AivssError):
                raise fault
            else:
                failed += _parts(part, 1)
    for one in failed:
        with open_executor() as executor:
            future = run(executor, one)
            fault = future.exception()
            yield future.result() if fault is None else (_crashed(one.tasks, fault),)


def _crashed(tasks: Sequence[Task], fault: BaseException) -> Outcome:
    """Say that the program failed on a description; the others go on."""
    found = tasks[0].found
    text = f"{found.path}: the program failed on it: {type(fault).__name__}: {fault}"
    return Outcome(found.id, found.path, None, (text,), {})
