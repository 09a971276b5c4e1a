"""A disk fills up, a write stops in the middle: a site is whole all the same, and work is kept."""

import contextlib
import resource
from pathlib import Path

import pytest

from tests.support.sites import TEXT, described, digest, write
from threatmodel.catalogue import batch as chunks
from threatmodel.catalogue import publish, staging, workers
from threatmodel.catalogue.build import How, build_site
from threatmodel.catalogue.fleet import Reports, report_folder
from threatmodel.catalogue.job import Choices
from threatmodel.cli import main
from threatmodel.errors import AivssError

DAY = Choices(day="2026-11-20")
ALONE = How(jobs=1)
FEW = 4
MISTYPED = Choices(day=DAY.day, profile="agentik")


@pytest.fixture
def folder(tmp_path) -> Path:
    return described(tmp_path / "in", FEW)


@pytest.fixture
def site(tmp_path) -> Path:
    return tmp_path / "site"


class Stop(Exception):  # noqa: N818
    """Stands for a crash."""


@contextlib.contextmanager
def room_for(size: int):
    """Let no file grow over `size` bytes: the system writes up to there, then refuses."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def stop_once_built(folder, site, choices=DAY) -> None:
    """Build every agent, and stop before the site is put together."""

    def stop(done: int, total: int) -> None:
        if done == total:
            raise Stop

    with pytest.raises(Stop):
        build_site(folder, site, choices, How(jobs=1, progress=stop))


def fresh_digest(folder, site) -> str:
    build_site(folder, site.with_name("fresh"), DAY, ALONE)
    return digest(site.with_name("fresh"))


@pytest.mark.parametrize("step", ["put", "put_between"])
def test_a_page_that_could_not_be_written_to_its_end_is_never_published(
    folder, site, monkeypatch, step
):
    build_site(folder, site, DAY, ALONE)
    old = digest(site)
    write(folder, FEW, TEXT)  # it stands on the pages of the others too
    original = getattr(publish, step)

    def fill(*given):
        with room_for(3000):
            return original(*given)

    with monkeypatch.context() as patch:
        patch.setattr(publish, step, fill)
        with pytest.raises(OSError, match="File too large"):
            build_site(folder, site, DAY, ALONE)
    assert digest(site) == old
    build_site(folder, site, DAY, ALONE)
    assert digest(site) == fresh_digest(folder, site)


@pytest.mark.parametrize("step", ["unlink", "rename"])
def test_a_kill_while_a_page_is_replaced_costs_nothing(folder, site, monkeypatch, step):
    build_site(folder, site, DAY, ALONE)
    old = digest(site)
    write(folder, FEW, TEXT)
    original = getattr(staging.os, step)

    def stop(path, *more):
        if "/tools/" in str(path):
            raise Stop
        return original(path, *more)

    with monkeypatch.context() as patch:
        patch.setattr(staging.os, step, stop)
        with pytest.raises(Stop):
            build_site(folder, site, DAY, ALONE)
    assert digest(site) == old
    again = []
    monkeypatch.setattr(chunks, "_build", lambda task, _: again.append(task))
    build_site(folder, site, DAY, ALONE)
    assert not again
    monkeypatch.undo()
    assert digest(site) == fresh_digest(folder, site)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_stops_a_build_and_is_no_fault_of_a_description(
    folder, site, jobs, monkeypatch
):
    monkeypatch.setattr(workers, "FEW", 0)
    build_site(folder, site, DAY, ALONE)
    old = digest(site)
    for number in range(FEW):
        write(folder, number, TEXT.replace("11-01", "11-03"))
    with room_for(3000), pytest.raises(AivssError, match="File too large"):
        build_site(folder, site, DAY, How(jobs=jobs))
    assert digest(site) == old
    assert not build_site(folder, site, DAY, ALONE).faults
    assert digest(site) == fresh_digest(folder, site)


def test_a_mistyped_profile_drops_nothing_of_what_a_killed_build_had_finished(
    folder, site, monkeypatch
):
    stop_once_built(folder, site)
    with pytest.raises(AivssError, match="no profile is called 'agentik'"):
        build_site(folder, site, MISTYPED, ALONE)
    again = []
    monkeypatch.setattr(chunks, "_build", lambda task, _: again.append(task))
    assert build_site(folder, site, DAY, ALONE).agents == FEW
    assert not again


def test_a_full_disk_loses_nothing_of_what_a_killed_build_had_finished(folder, site, monkeypatch):
    stop_once_built(folder, site)
    with room_for(3000), pytest.raises(AivssError, match="File too large"):
        build_site(folder, site, DAY, ALONE)
    again = []
    monkeypatch.setattr(chunks, "_build", lambda task, _: again.append(task))
    assert build_site(folder, site, DAY, ALONE).agents == FEW
    assert not again


def test_a_mistyped_profile_is_refused_where_there_is_nothing_to_build(tmp_path, site, capsys):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["catalog", str(empty), "-o", str(site), "--profile", "agentik"]) == 2
    assert "no profile is called 'agentik'" in capsys.readouterr().err
    assert not site.exists()
    with pytest.raises(AivssError, match="agentik"):
        report_folder(empty, site, Reports("markdown", profile="agentik"), ALONE)


def test_a_description_that_breaks_after_its_tools_changed_says_so_and_only_once(folder, site):
    build_site(folder, site, DAY, ALONE)
    text = TEXT.replace("Delete a record", "Delete all records")
    write(folder, 1, text)
    build_site(folder, site, DAY, ALONE)
    page = site / "agents/agent-1/index.html"
    assert "tool list has changed" in page.read_text("utf-8")
    write(folder, 1, text.replace("kind: agent", "kind: [agent"))
    build_site(folder, site, DAY, ALONE)
    assert "can no longer be read" in page.read_text("utf-8")
    state = site / staging.STATE
    inode = state.stat().st_ino
    build_site(folder, site, DAY, ALONE)
    assert state.stat().st_ino == inode
