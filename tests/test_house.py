"""Promises of the repository before any code runs: pinned parts, commands as in the README."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def test_the_readme_begins_with_the_two_commands_that_ci_runs():
    marked = re.findall(r"^<!-- (\w+) -->\n```sh\n(.+)\n```$", README, re.MULTILINE)
    first_two = re.findall(r"^```sh\n(.+)\n```$", README, re.MULTILINE)[:2]
    assert [name for name, _ in marked] == ["report", "tests"]
    assert [command for _, command in marked] == first_two


@pytest.mark.parametrize("lock", LOCKS)
def test_every_part_is_pinned_with_the_hashes_of_its_files(lock):
    for block in _blocks(lock):
        name, *hashes = block
        assert re.match(r"[\w.-]+==\S+( ; .+)?$", name), name
        assert hashes, name
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), name


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("requirements-dev.lock", PROJECT["project"]["dependencies"]),
        ("requirements-dev.lock", PROJECT["project"]["optional-dependencies"]["dask"]),
        ("requirements-dev.lock", PROJECT["project"]["optional-dependencies"]["mcp"]),
        ("requirements-dev.lock", PROJECT["dependency-groups"]["dev"]),
        ("requirements.lock", PROJECT["dependency-groups"]["build"]),
    ],
)
def test_the_pins_are_what_the_project_asks_for(lock, wanted):
    pins = _pins(lock)
    for requirement in [Requirement(one) for one in wanted if isinstance(one, str)]:
        versions = pins[_plain(requirement.name)]
        assert all(requirement.specifier.contains(one) for one in versions), requirement


def test_what_users_run_is_what_was_tested():
    tested = _pins("requirements-dev.lock")
    assert {name: tested[name] for name in _pins("requirements.lock")} == _pins("requirements.lock")


@pytest.mark.parametrize("lock", [*LOCKS, "tests/browser/package-lock.json"])
def test_no_lock_names_a_host_or_a_folder(lock):
    assert not re.search(r"https?:|file:|index-url|find-links", (ROOT / lock).read_text("utf-8"))


def test_browser_parts_are_pinned_by_digest():
    lock = json.loads((ROOT / "tests/browser/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: pin for name, pin in lock["packages"].items() if name}
    assert packages
    assert all(pin["integrity"].startswith("sha512-") for pin in packages.values())


def _blocks(lock: str) -> list[list[str]]:
    text = (ROOT / lock).read_text(encoding="utf-8").replace(" \\\n", "\n")
    return [block.split("\n    ") for block in re.split(r"\n(?=\S)", text.strip())]


def _pins(lock: str) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    text = (ROOT / lock).read_text(encoding="utf-8")
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE):
        pins.setdefault(_plain(name), set()).add(version)
    return pins


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
