"""Send chunks to other machines: files go along, so that no folder needs to be shared."""

import os
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from threatmodel.catalogue.chunk import Chunk, Outcome, build_chunk, read_inputs
from threatmodel.catalogue.setting import setting_of
from threatmodel.errors import AivssError, MissingPartError
from threatmodel.resources import install_line

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

    outcomes: tuple[Outcome, ...]
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


def build_far(executor: Executor, chunk: Chunk) -> "Future[tuple[Outcome, ...]]":
    """Send a chunk away; its files are in place once the future is done."""
    parcel = Parcel(chunk, _collect(chunk))
    done: Future[tuple[Outcome, ...]] = Future()

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
    if setting_of(parcel.chunk.choices) != parcel.chunk.setting:
        raise AivssError(
            "this worker runs another version of aivss or of its rules",
            hint="install the same version on every machine",
        )
    with _ONE, tempfile.TemporaryDirectory(prefix="aivss-") as place:
        folder, ready = Path(place, "in"), Path(place, "out")
        folder.mkdir()
        ready.mkdir()
        for name, (data, changed) in parcel.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            os.utime(path, ns=(changed, changed))
        outcomes = build_chunk(replace(parcel.chunk, folder=str(folder), ready=str(ready)))
        files = {
            path.relative_to(ready).as_posix(): path.read_bytes()
            for path in sorted(ready.rglob("*"))
            if path.is_file()
        }
    return Returned(outcomes, files)


def _collect(chunk: Chunk) -> dict[str, tuple[bytes, int]]:
    with chdir(chunk.folder):
        names = {name for task in chunk.tasks for name in read_inputs(task.found)}
        return {
            name: (Path(name).read_bytes(), Path(name).stat().st_mtime_ns)
            for name in sorted(names)
            if Path(name).is_file()
        }
