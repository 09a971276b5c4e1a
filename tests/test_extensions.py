"""What docs/contributing.md promises: an extension is one file and one line, in every command.

Each toy is written into a copy of the package, so that what is tested is what a newcomer does.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
AGENT = ROOT / "agents" / "weather.yaml"

FORMAT = """
from threatmodel.policy.formats.coverage import Ledger, arrange
CAN = frozenset({"allow", "deny", "hide"})


def compile(plan, readings):
    arranged, ledger = arrange(plan), Ledger(plan)
    ledger.keep(*(tool.access for tool in arranged.tools if tool.access.kind in CAN))
    text = "".join(f"{tool.access.kind} {tool.name}\\n" for tool in arranged.tools)
    return ledger.written(text, {})
"""
REPORT = """
def render(assessment, options=None):
    return f"toy {assessment.score.value}\\n"
"""
EMBED = REPORT
SOURCE = """
from threatmodel.importers.document import Kind
from threatmodel.importers.statements import Found, Statement, text


def read(document, rules):
    name = document.root.at("toy")
    kind = Statement(("kind",), "mcp-server", name.origin)
    return (Found(name.text, (*text(("name",), name), kind)),)


KIND = Kind("toy", "a toy", "an object with `toy`", lambda one: bool(one.root.at("toy").text), read)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Copy the package and add one of each."""
    folder = tmp_path_factory.mktemp("extended")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "threatmodel", folder / "threatmodel", ignore=ignored)
    for name in ("frameworks", "reports"):
        (folder / name).symlink_to(ROOT / name)
    package = folder / "threatmodel"
    for name, text in (
        ("policy/formats/toy.py", FORMAT),
        ("outputs/report_toy.py", REPORT),
        ("outputs/embed_toy.py", EMBED),
        ("importers/toy.py", SOURCE),
    ):
        (package / name).write_text(text)
    add(package / "policy/formats/__init__.py", "FORMATS: dict[str, Format] = {",
        '"toy": Format("Toy gateway", "toy.txt", "toy", "nowhere"),')  # fmt: skip
    add(package / "outputs/__init__.py", "OUTPUTS = {",
        '"toy": Output(".toy", "report_toy", "Toy report"),')  # fmt: skip
    add(package / "outputs/__init__.py", "EMBEDS = {", '"toy": (".toy.txt", "embed_toy"),')
    add(package / "importers/run.py", "KINDS: tuple[Kind, ...] = (",
        '__import__("threatmodel.importers.toy", fromlist=["KIND"]).KIND,')  # fmt: skip
    return folder


def add(file, after, line):
    text = file.read_text()
    assert text.count(f"{after}\n") == 1
    file.write_text(text.replace(f"{after}\n", f"{after}\n    {line}\n"))


@pytest.fixture
def run(project, tmp_path):
    def go(*argv):
        done = subprocess.run(
            [sys.executable, "-m", "threatmodel", *map(str, argv)],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(project), "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    return go


def test_a_policy_format_is_one_file_and_one_line(run, tmp_path):
    done = run("policy", AGENT, "--for", "toy")
    assert done.returncode == 0, done.stderr
    assert "get_forecast" in done.stdout
    tested = run("policy", AGENT, "--for", "toy", "--test")
    assert tested.returncode == 0, tested.stderr
    assert "not proven here" in tested.stdout + tested.stderr
    assert run("policy", AGENT, "--for", "toy", "--test", "--strict").returncode == 1
    assert run("policy", AGENT, "--for", "toy", "--monitor").returncode == 2
    assert run("advise", AGENT, "--for", "toy").returncode == 0
    report = tmp_path / "report.json"
    assert run("report", AGENT, "-o", report).returncode == 0
    formats = [one["format"] for one in json.loads(report.read_text())["policy"]["formats"]]
    assert "toy" in formats
    assert run("report", AGENT, "-o", tmp_path / "report.html").returncode == 0
    site = tmp_path / "site"
    done = run("catalog", AGENT.parent, "-o", site, "--jobs", "1", "--with", "policies")
    assert done.returncode == 0, done.stderr
    assert list(site.rglob("policies/*toy*"))
    shown = (site / "agents/weather/tools/get-forecast.html").read_text()
    assert "PolicyLayer" in shown
    assert "Toy gateway reads it" not in shown


def test_a_report_form_is_one_file_and_one_line(run, tmp_path):
    made = tmp_path / "weather.toy"
    assert run("report", AGENT, "-o", made).returncode == 0
    assert made.read_text().startswith("toy ")
    folder = tmp_path / "agents"
    folder.mkdir()
    shutil.copy(AGENT, folder)
    assert run("report", folder, "--to", "toy", "-o", tmp_path / "out").returncode == 0
    assert len(list((tmp_path / "out").glob("*.toy"))) == 1
    done = run("catalog", folder, "-o", tmp_path / "site", "--with", "toy", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    pages = [page.read_text() for page in (tmp_path / "site" / "agents").rglob("index.html")]
    assert any("Toy report" in page for page in pages)


def test_an_embed_is_one_file_and_one_line(run):
    done = run("embed", AGENT, "--as", "toy")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("toy ")


def test_a_kind_of_source_is_one_file_and_one_line(run, tmp_path):
    source, agent = tmp_path / "source.json", tmp_path / "agent.yaml"
    source.write_text('{"toy": "Bear"}')
    done = run("import", source, "-o", agent)
    assert done.returncode == 0, done.stderr
    assert "Bear" in agent.read_text()
    assert run("score", agent).returncode == 0
    assert run("import", source, "--as", "toy", "-o", tmp_path / "again.yaml").returncode == 0
