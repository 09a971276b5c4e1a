"""Send chunks to other machines: files go along, so that no folder needs to be shared."""

import gc
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from contextlib import AbstractContextManager, chdir, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from threatmodel.catalogue.assets import build_digest
from threatmodel.catalogue.batch import build_chunk, read_inputs
from threatmodel.catalogue.job import BatchResult, Chunk, Task
from threatmodel.errors import AivssError, MissingPartError
from threatmodel.files import install_line

SCHEME = "dask://"
"""How the address of a Dask scheduler begins."""

_ONE = threading.Lock()  # a chunk changes the working folder, which threads share


@dataclass(frozen=True, slots=True)
class Parcel:
    """A chunk with the files that it reads."""

    chunk: Chunk
    """The chunk; its folders mean nothing on the other machine."""
    files: dict[str, tuple[bytes, int]]
    """File relative to the folder -> content and time of change in ns."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What comes back."""

    outcomes: tuple[BatchResult, ...]
    """What became of each description."""
    files: dict[str, bytes]
    """Files of the agents, relative to `ready`."""


@contextmanager
def open_dask(address: str) -> Iterator[Executor]:
    """Connect to a Dask scheduler; see `run_chunks` for what is raised."""
    if not address.startswith(SCHEME):
        raise AivssError(f"there is no executor '{address}'", hint="dask://HOST:PORT")
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise MissingPartError("Dask is not installed", hint=install_line("dask")) from None
    try:
        client = Client(f"tcp://{address.removeprefix(SCHEME)}", timeout="10s")
    except OSError as fault:
        raise AivssError(f"no Dask scheduler answers at {address}: {fault}") from None
    with client:
        yield client.get_executor()


def build_far(executor: Executor, chunk: Chunk) -> "Future[tuple[BatchResult, ...]]":
    """Send a chunk away; its files are in place once the future is done."""
    parcel = Parcel(chunk, _collect(chunk))
    done: Future[tuple[BatchResult, ...]] = Future()

    def unpack(sent: "Future[Returned]") -> None:
        fault = sent.exception()
        if fault is not None:
            done.set_exception(fault)
            return
        returned = sent.result()
        for name, data in returned.files.items():
            path = Path(chunk.ready) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        done.set_result(returned.outcomes)

    executor.submit(build_parcel, parcel).add_done_callback(unpack)
    return done


def build_parcel(parcel: Parcel) -> Returned:
    """Build a chunk from the files that came with it; runs on the other machine."""
    if build_digest(parcel.chunk.job.choices) != parcel.chunk.job.setting:
        raise AivssError(
            "this worker runs another version of aivss or of its rules",
            hint="install the same version on every machine",
        )
    with _ONE, _uncollected(), tempfile.TemporaryDirectory(prefix="aivss-") as place:
        folder, ready = Path(place, "in"), Path(place, "out")
        folder.mkdir()
        ready.mkdir()
        for name, (data, changed) in parcel.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            os.utime(path, ns=(changed, changed))
        job = replace(parcel.chunk.job, folder=folder)
        outcomes = build_chunk(replace(parcel.chunk, job=job, ready=str(ready)))
        files = {
            path.relative_to(ready).as_posix(): path.read_bytes()
            for path in sorted(ready.rglob("*"))
            if path.is_file()
        }
    return Returned(outcomes, files)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no circles while a chunk is built, which ends with that; as in a run of our own."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _collect(chunk: Chunk) -> dict[str, tuple[bytes, int]]:
    with chdir(chunk.job.folder):
        names = {name for task in chunk.tasks for name in read_inputs(task.found)}
        return {
            name: (Path(name).read_bytes(), Path(name).stat().st_mtime_ns)
            for name in sorted(names)
            if Path(name).is_file()
        }


# Run chunks in this process, in a pool, or on Dask; one that fails never stops the others.

LEAST, MOST = 50, 100
"""Agents in a chunk: enough to make sending it cheap, few enough to lose little in a crash."""

FEW = 16
"""So few are built in this process: a pool would take longer to start."""

T = TypeVar("T")

Run = Callable[[Executor, Chunk], "Future[tuple[BatchResult, ...]]"]
"""Hand one chunk to an executor."""


def run_chunks(
    chunk: Chunk, jobs: int | None, executor: str = "", most: int = MOST
) -> Iterator[tuple[BatchResult, ...]]:
    """Build the tasks of `chunk` in parts; gives the outcomes of each part once it is done.

    Raises:
        AivssError: There is no such executor.
        MissingPartError: It needs a package that is not installed.
    """
    if executor:
        yield from _all(lambda: open_dask(executor), build_far, _parts(chunk, LEAST))
        return
    # What was read before is never collected: a pass over it takes 0.1 s, and would write to its
    # pages and so copy them in each worker.
    gc.freeze()
    count = jobs or processors()
    alone = count == 1 or len(chunk.tasks) <= FEW
    # Four parts for each worker: with fewer one of them would work alone at the end.
    size = max(1, min(most, -(-len(chunk.tasks) // (count * 4))))
    open_pool = (lambda: ThreadPoolExecutor(1)) if alone else (lambda: _processes(count))
    yield from _all(open_pool, _submit, _parts(chunk, size))


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0))


def _processes(count: int) -> ProcessPoolExecutor:
    """Fork the workers: they share the rules that this process has read."""
    return ProcessPoolExecutor(count, mp_context=get_context("fork"))


def _submit(executor: Executor, chunk: Chunk) -> "Future[tuple[BatchResult, ...]]":
    return executor.submit(build_chunk, chunk)


def _parts(chunk: Chunk, size: int) -> list[Chunk]:
    tasks = chunk.tasks
    return [replace(chunk, tasks=tasks[at : at + size]) for at in range(0, len(tasks), size)]


def _all(
    open_executor: Callable[[], AbstractContextManager[Executor]], run: Run, parts: list[Chunk]
) -> Iterator[tuple[BatchResult, ...]]:
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


def _crashed(tasks: Sequence[Task], fault: BaseException) -> BatchResult:
    """Say that the program failed on a description; the others go on."""
    found = tasks[0].found
    text = f"{found.path}: the program failed on it: {type(fault).__name__}: {fault}"
    return BatchResult(found.id, found.path, None, (text,), {})
