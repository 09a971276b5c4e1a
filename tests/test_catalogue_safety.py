"""A build may be killed at any moment, run on many machines, and meet anything."""

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.sites import COUNT, TEXT, described, digest, pages, write
from threatmodel import files
from threatmodel.catalogue import batch as chunks
from threatmodel.catalogue import workers
from threatmodel.catalogue.build import How, build_site
from threatmodel.catalogue.job import Choices
from threatmodel.errors import AivssError, MissingPartError

ROOT = Path(__file__).parent.parent
DAY = Choices(day="2026-11-20")
ALONE = How(jobs=1)


@pytest.fixture
def folder(tmp_path) -> Path:
    return described(tmp_path / "in")


@pytest.fixture
def site(tmp_path) -> Path:
    return tmp_path / "site"


@pytest.mark.parametrize(
    "moments", [(3, 9), pytest.param(range(20), marks=pytest.mark.long)], ids=["few", "many"]
)
def test_a_build_that_is_killed_leaves_the_old_site_or_the_new_one(folder, site, moments):
    build_site(folder, site, DAY, ALONE)
    old = digest(site)
    for number in range(0, COUNT, 2):
        write(folder, number, TEXT.replace("date: 2026-11-01", "date: 2026-11-02"))
    fresh = site.with_name("fresh")
    took = -time.monotonic()
    build_site(folder, fresh, DAY, How(jobs=2))
    took += time.monotonic()
    new = digest(fresh)
    seen = set()
    for attempt in moments:
        kill_after(folder, site, took * (0.1 + attempt / 12))
        seen.add(digest(site))
        assert seen <= {old, new}
    build_site(folder, site, DAY, How(jobs=2))
    assert digest(site) == new
    assert old in seen


@pytest.mark.long
def test_a_killed_first_build_goes_on_where_it_stopped(folder, site):
    halted = run(folder, site, wait=False)
    ready = site.parent / f".{site.name}.aivss"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not noted(ready):
        time.sleep(0.005)
    os.killpg(halted.pid, signal.SIGKILL)
    halted.communicate()
    assert not site.exists() or (site / "index.html").exists()
    assert f"{COUNT} agents" in run(folder, site).stderr
    fresh = site.with_name("fresh")
    build_site(folder, fresh, DAY, ALONE)
    assert digest(site) == digest(fresh)


def test_what_a_killed_build_finished_is_taken_over(folder, site, monkeypatch):
    calls = []

    class Stop(Exception):  # noqa: N818 - stands for a crash
        pass

    def stop(done: int, _: int) -> None:
        if done:
            raise Stop

    with pytest.raises(Stop):
        build_site(folder, site, DAY, How(jobs=1, progress=stop))
    assert not site.exists()
    original = chunks._build  # noqa: SLF001
    monkeypatch.setattr(chunks, "_build", lambda t, c: (calls.append(t), original(t, c))[1])
    build_site(folder, site, DAY, ALONE)
    assert 0 < len(calls) < COUNT
    fresh = site.with_name("fresh")
    build_site(folder, fresh, DAY, ALONE)
    assert digest(site) == digest(fresh)


def test_an_unfinished_build_is_not_taken_over_where_its_sources_changed(folder, site):
    class Stop(Exception):  # noqa: N818 - stands for a crash
        pass

    def stop(done: int, _: int) -> None:
        if done == COUNT:
            raise Stop

    with pytest.raises(Stop):
        build_site(folder, site, DAY, How(jobs=1, progress=stop))
    write(folder, 3, TEXT.replace("Agent", "Renamed"))
    build_site(folder, site, Choices(title="Other", day="2026-11-20"), ALONE)
    page = (site / "agents/agent-3/index.html").read_text("utf-8")
    assert "Renamed 3" in page
    assert "Other" in page


def test_a_crash_while_the_next_site_is_put_together_costs_nothing(folder, site, monkeypatch):
    build_site(folder, site, DAY, ALONE)
    old = digest(site)
    write(folder, 5, TEXT.replace("11-01", "11-03"))

    class Crash(Exception):  # noqa: N818
        pass

    def crash(*_):
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr("threatmodel.catalogue.publish.swap", crash)
        with pytest.raises(Crash):
            build_site(folder, site, DAY, ALONE)
    assert digest(site) == old
    build_site(folder, site, DAY, ALONE)
    fresh = site.with_name("fresh")
    build_site(folder, fresh, DAY, ALONE)
    assert pages(site) == pages(fresh)
    assert digest(site) == digest(site.parent / f".{site.name}.aivss/next")


def test_without_an_exchange_in_one_step_the_old_site_comes_back(folder, site, monkeypatch):
    build_site(folder, site, DAY, ALONE)
    old = digest(site)
    write(folder, 1, TEXT.replace("11-01", "11-03"))
    monkeypatch.setattr(files, "_renameat2", lambda: None)
    build_site(folder, site, DAY, ALONE)
    assert digest(site) != old
    aside = site.parent / f".{site.name}.aivss/aside"
    site.rename(aside)  # as a crash between the two steps leaves it
    assert build_site(folder, site, DAY, ALONE).rebuilt == 0
    assert (site / "index.html").is_file()


def test_a_file_system_without_hard_links_will_do(folder, site, monkeypatch):
    def refuse(*_, **__):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    build_site(folder, site, DAY, ALONE)
    write(folder, 1, TEXT.replace("11-01", "11-03"))
    build_site(folder, site, DAY, ALONE)
    fresh = site.with_name("fresh")
    build_site(folder, fresh, DAY, ALONE)
    assert pages(site) == pages(fresh)


def test_two_builds_of_one_site_do_not_run_at_once(folder, site):
    def again(done: int, _: int) -> None:
        if done:
            with pytest.raises(AivssError, match="another build"):
                build_site(folder, site, DAY, ALONE)

    build_site(folder, site, DAY, How(jobs=1, progress=again))


def test_one_process_and_two_write_the_same_bytes(folder, site):
    build_site(folder, site, DAY, ALONE)
    other = site.with_name("other")
    build_site(folder, other, DAY, How(jobs=2))
    assert digest(site) == digest(other)


def test_a_description_that_the_program_fails_on_does_not_stop_the_others(
    folder, site, monkeypatch
):
    original = chunks._build  # noqa: SLF001

    def fail(task, chunk):
        if task.found.id == "agent-7":
            raise RecursionError("too deep")
        return original(task, chunk)

    monkeypatch.setattr(chunks, "_build", fail)
    built = build_site(folder, site, DAY, How(jobs=2))
    assert built.agents == COUNT - 1
    assert [one.faults for one in built.faults] == [
        ("agent-7.yaml: the program failed on it: RecursionError: too deep",)
    ]


def test_a_worker_that_dies_takes_only_its_description_with_it(folder, site, monkeypatch):
    original = chunks._build  # noqa: SLF001

    def die(task, chunk):
        if task.found.id == "agent-7":
            os._exit(9)
        return original(task, chunk)

    monkeypatch.setattr(chunks, "_build", die)
    monkeypatch.setattr(workers, "FEW", 0)
    built = build_site(folder, site, DAY, How(jobs=2))
    assert built.agents == COUNT - 1
    assert [one.path for one in built.faults] == ["agent-7.yaml"]


def test_an_agent_that_another_machine_builds_has_the_same_bytes(folder, site, monkeypatch):
    build_site(folder, site, DAY, ALONE)
    far = contextlib.nullcontext(ThreadPoolExecutor(1))
    monkeypatch.setattr(workers, "open_dask", lambda _: far)
    other = site.with_name("other")
    assert build_site(folder, other, DAY, How(executor="dask://127.0.0.1:1")).agents == COUNT
    assert digest(other) == digest(site)


@pytest.mark.long
def test_two_workers_on_dask_write_the_same_bytes(folder, site, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="needs the extra `dask`")
    del distributed
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *sys.path]))
    build_site(folder, site, DAY, ALONE)
    other = site.with_name("other")
    with dask_cluster(tmp_path) as address:
        built = build_site(folder, other, DAY, How(executor=address))
    assert built.agents == COUNT
    assert digest(other) == digest(site)


def test_an_executor_that_is_not_there_says_so(folder, site):
    with pytest.raises(AivssError, match="no executor 'ray://"):
        build_site(folder, site, DAY, How(executor="ray://127.0.0.1:1"))
    assert not site.exists()


def test_a_missing_dask_names_the_line_that_installs_it(folder, site, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingPartError, match="Dask is not installed"):
        build_site(folder, site, DAY, How(executor="dask://127.0.0.1:1"))


def test_a_worker_collects_no_circles_while_it_builds(tmp_path, monkeypatch):
    """A full collection in the middle of a chunk costs a sixth of its time."""
    from threatmodel.catalogue.assets import build_digest  # noqa: PLC0415
    from threatmodel.catalogue.job import Chunk, Job  # noqa: PLC0415

    seen = []
    monkeypatch.setattr(workers, "build_chunk", lambda _: seen.append(gc.isenabled()) or ())
    job = Job(tmp_path, DAY, build_digest(DAY))
    gc.enable()  # whatever ran before in this process
    workers.build_parcel(workers.Parcel(Chunk(job, str(tmp_path), ()), {}))
    assert seen == [False]
    assert gc.isenabled()


def test_a_worker_with_other_rules_is_refused(folder, tmp_path):
    from threatmodel.catalogue.discover import find_descriptions  # noqa: PLC0415
    from threatmodel.catalogue.job import Chunk, Job, Task  # noqa: PLC0415
    from threatmodel.catalogue.workers import build_far  # noqa: PLC0415

    tasks = tuple(Task(one, None) for one in find_descriptions(folder)[:1])
    job = Job(folder, DAY, "of another version")
    chunk = Chunk(job, str(tmp_path), tasks)
    with ThreadPoolExecutor(1) as executor:
        fault = build_far(executor, chunk).exception()
    assert "another version" in str(fault)


def run(folder: Path, site: Path, *, wait: bool = True):
    command = [sys.executable, "-P", "-m", "threatmodel", "catalog", folder, "-o", site]
    command += ["--date", "2026-11-20", "--jobs", "2"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    options = {"stderr": subprocess.PIPE, "text": True, "env": environment}
    if wait:
        return subprocess.run(command, check=True, **options)
    return subprocess.Popen(command, start_new_session=True, **options)


def kill_after(folder: Path, site: Path, seconds: float) -> None:
    started = run(folder, site, wait=False)
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.communicate()


def noted(work: Path) -> int:
    journal = work / "journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


@contextlib.contextmanager
def dask_cluster(folder: Path):
    """Start a real scheduler and two workers on the loopback address."""
    file = folder / "scheduler.json"

    def start(*command: str) -> subprocess.Popen:
        line = [sys.executable, "-m", *command, "--scheduler-file", file, "--host", "127.0.0.1"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([*line, "--no-dashboard"], cwd=folder, **quiet)

    running = [start("distributed.cli.dask_scheduler", "--port", "0")]
    try:
        worker = ("distributed.cli.dask_worker", "--nthreads", "1", "--nworkers", "1")
        running += [start(*worker) for _ in range(2)]
        deadline = time.monotonic() + 60
        while not (file.exists() and file.stat().st_size):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield json.loads(file.read_bytes())["address"].replace("tcp://", "dask://")
    finally:
        for one in reversed(running):
            one.terminate()
            one.wait(timeout=30)
