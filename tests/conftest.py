"""Fixtures of all tests: real inputs kept beside the repository, and approved outputs."""

import fcntl
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests.outputs import specimen
from threatmodel.files import shipped
from threatmodel.outputs import Options, report_pdf
from threatmodel.rules.scoring import ProfileRecord, profile_rows
from threatmodel.score.profiles import Profile, profiles_from

GOLDEN = Path(__file__).parent / "golden"
BESIDE = Path(__file__).parents[2] / "shared"

SAID = "said"

# How fast the machine is just now is no property of the code, and a run that passed passes again;
# --hypothesis-profile=default looks for new cases.
settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("quick", settings.get_profile("repeatable"), max_examples=10)
settings.load_profile("repeatable")

QUICK = "not long"
"""The choice of tests when none is made: without sweeps, and each law tried on a few examples."""


def pytest_configure(config):
    if config.option.markexpr == QUICK and not config.option.hypothesis_profile:
        settings.load_profile("quick")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Let the long tests try each law on all its examples, and begin with what a browser does.

    From the start of its list no process takes another's tests, so that the pages which all tests
    of such a file look at are made and opened once, and not while the others wait at the end.
    """
    if config.option.markexpr != QUICK:
        items.sort(key=lambda item: "browser" not in item.path.stem)
        for item in items:
            if is_hypothesis_test(getattr(item, "obj", None)):
                item.add_marker(pytest.mark.long)


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


def pytest_terminal_summary(terminalreporter):
    """Print what tests counted."""
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    said = [text for report in reports for name, text in report.user_properties if name == SAID]
    if said:
        terminalreporter.section("counted")
        terminalreporter.write_line("\n".join(sorted(said)))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real tool lists, published scores and worked examples that nobody on the project wrote."""
    return _folder("corpus")


@pytest.fixture(scope="session")
def schemas() -> Path:
    """Published JSON Schemas of the formats that we write."""
    return _folder("schemas")


@pytest.fixture(scope="session")
def facts_folder() -> Path:
    """Notes on the standards, and the draft that the threat catalogue started from."""
    return _folder("facts")


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    """Every scoring profile, read from its YAML."""
    files = sorted(shipped("frameworks/profiles").iterdir(), key=lambda file: file.name)
    records = [ProfileRecord.model_validate(yaml.safe_load(file.read_bytes())) for file in files]
    return profiles_from(profile_rows(records))


@pytest.fixture(scope="session")
def confluent_pdf(tmp_path_factory) -> Path:
    """The worked example's PDF with its description, drawn once for all processes of a run."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    file = folder / "confluent.pdf"
    with (folder / "confluent.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            description = Options(description=b"name: Confluent\n")
            file.write_bytes(report_pdf.render(specimen.confluent(), description))
    return file


@pytest.fixture
def say(record_property):
    def write(text: str) -> None:
        """Print a count at the end of the run, whichever process the test ran in."""
        record_property(SAID, text)

    return write


@pytest.fixture
def golden(request):
    def check(name: str, text: str) -> None:
        """Compare with tests/golden/<name>; rewrite it under --update-golden."""
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        assert text == file.read_text(encoding="utf-8")

    return check


def _folder(name: str) -> Path:
    folder = BESIDE / name
    if not folder.is_dir():
        pytest.skip(f"needs the folder {name} beside the repository, which this machine lacks")
    return folder
