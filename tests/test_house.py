"""Promises of the repository before any code runs: pinned parts, commands as in the README."""

import ast
import json
import re
import tomllib
from collections import Counter
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOCKS = ("requirements.lock", "requirements-dev.lock")
ENGINE_LOCKS = ("tests/engines/opa.lock", "tests/engines/cpex.lock")
NPM_LOCKS = ("tests/browser/package-lock.json", "tests/engines/package-lock.json")


def test_the_readme_begins_with_the_two_commands_that_ci_runs():
    marked = re.findall(r"^<!-- (\w+) -->\n```sh\n(.+)\n```$", README, re.MULTILINE)
    first_two = re.findall(r"^```sh\n(.+)\n```$", README, re.MULTILINE)[:2]
    assert [name for name, _ in marked] == ["report", "tests"]
    assert [command for _, command in marked] == first_two


@pytest.mark.parametrize("lock", [*LOCKS, *ENGINE_LOCKS])
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
        ("requirements-dev.lock", PROJECT["dependency-groups"]["dev"]),
        ("requirements.lock", PROJECT["dependency-groups"]["build"]),
    ],
)
def test_the_pins_are_what_the_project_asks_for(lock, wanted):
    pins = _pins(lock)
    for requirement in [Requirement(one) for one in wanted if isinstance(one, str)]:
        versions = pins[_plain(requirement.name)]
        assert all(requirement.specifier.contains(one) for one in versions), requirement


@pytest.mark.parametrize("system", ["linux", "darwin"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_closed_so_that_it_installs_as_it_stands(lock, python, system):
    about = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": system}
    here = {**default_environment(), **about}
    project = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"]
    open_ends = _open_ends(_pinned(lock, here), [Requirement(one) for one in project], here)
    assert not open_ends


def test_a_pin_that_is_missing_is_noticed():
    here = dict(default_environment())
    pinned = _pinned("requirements.lock", here)
    del pinned["pydantic-core"], pinned["cryptography"]
    ends = _open_ends(pinned, [Requirement("pydantic"), Requirement("mcp")], here)
    assert {one.split()[0] for one in ends} == {"pydantic", "pyjwt"}


def test_what_users_run_is_what_was_tested():
    tested = _pins("requirements-dev.lock")
    assert {name: tested[name] for name in _pins("requirements.lock")} == _pins("requirements.lock")


@pytest.mark.parametrize("lock", [*LOCKS, *ENGINE_LOCKS])
def test_no_lock_names_a_host_or_a_folder(lock):
    assert not re.search(r"https?:|file:|index-url|find-links", (ROOT / lock).read_text("utf-8"))


@pytest.mark.parametrize("file", NPM_LOCKS)
def test_parts_from_npm_are_pinned_by_digest_and_name_no_host(file):
    lock = json.loads((ROOT / file).read_text(encoding="utf-8"))
    packages = {name: pin for name, pin in lock["packages"].items() if name}
    assert packages
    assert all(pin["integrity"].startswith("sha512-") for pin in packages.values())
    assert not [name for name, pin in packages.items() if "resolved" in pin]


def _open_ends(pinned, roots, here) -> set[str]:
    """Follow requirements, with their extras, from roots and every pin; name those without one."""
    ends, seen = set(), set()
    todo = [("the project", one) for one in roots]
    todo += [(name, Requirement(name)) for name in pinned]
    while todo:
        asking, wanted = todo.pop()
        name = _plain(wanted.name)
        if name not in pinned or not wanted.specifier.contains(pinned[name]):
            ends.add(f"{asking} needs {wanted}")
        elif (name, *sorted(wanted.extras)) not in seen:
            seen.add((name, *sorted(wanted.extras)))
            todo += [(name, one) for one in _needs(name, wanted.extras, here)]
    return ends


def _needs(name, extras, here) -> list[Requirement]:
    """Read what an installed part asks for in an environment."""
    try:
        asked = [Requirement(one) for one in requires(name) or ()]
    except PackageNotFoundError:  # one of another system
        return []
    return [
        one
        for one in asked
        if one.marker is None
        or any(one.marker.evaluate({**here, "extra": extra}) for extra in ("", *extras))
    ]


def _pinned(lock: str, here) -> dict[str, str]:
    """Name the pins that hold in an environment, with their versions."""
    pins = [Requirement(block[0]) for block in _blocks(lock)]
    return {
        _plain(one.name): str(one.specifier).removeprefix("==")
        for one in pins
        if one.marker is None or one.marker.evaluate(here)
    }


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


def test_what_docstrings_cite_is_there():
    """A docstring that cites the design names a heading of it."""
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    cited = [
        heading
        for file in sorted((ROOT / "threatmodel").rglob("*.py"))
        for heading in re.findall(r"docs/design\.md,\s+([A-Z][a-z]+)", file.read_text("utf-8"))
    ]
    assert cited
    assert [heading for heading in cited if f"\n## {heading}\n" not in design] == []


CALLED_FROM_OUTSIDE = {
    "on_config",
    "on_page_markdown",
    "__dir__",
}
"""Hooks, which MkDocs and Python call by their names."""


def test_nothing_stands_in_the_package_that_nothing_in_it_names():
    """What only tests use stands among them; what nothing uses goes."""
    texts = [file.read_text("utf-8") for file in sorted((ROOT / "threatmodel").rglob("*.py"))]
    named = Counter(name for text in texts for name in re.findall(r"\w+", text))
    made = [
        one.name
        for text in texts
        for one in ast.parse(text).body
        if isinstance(one, ast.FunctionDef | ast.ClassDef) and not one.decorator_list
    ]
    assert len(made) > 1000
    assert {name for name in made if named[name] == 1} == CALLED_FROM_OUTSIDE


def test_every_module_can_be_read_in_one_sitting():
    files = sorted((ROOT / "threatmodel").rglob("*.py"))
    long = {file.name for file in files if file.read_text("utf-8").count("\n") > 300}
    assert long == set()


def test_the_map_names_every_room_and_none_that_is_gone():
    """Packages and single modules stand in the map; modules that documents name exist."""
    package = ROOT / "threatmodel"
    drawn = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    files = {f"/{file.relative_to(ROOT)}" for file in package.rglob("*.py")}
    rooms = {
        one.stem for one in package.iterdir() if one.name[0] not in "_." and one.name != "py.typed"
    }
    assert {room for room in rooms if f"`{room}`" not in drawn} == set()
    named = set(re.findall(r"`([a-z_/]+\.py)`", drawn))
    assert len(named) > 20
    assert {one for one in named if not any(file.endswith(f"/{one}") for file in files)} == set()
