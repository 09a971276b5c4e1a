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

UNREAD = """
from threatmodel.policy.formats.coverage import Ledger, arrange
CAN = frozenset({"allow", "deny", "hide"})


def compile(plan, readings):
    arranged, ledger = arrange(plan), Ledger(plan)
    ledger.keep(*(tool.access for tool in arranged.tools if tool.access.kind in CAN))
    text = "".join(f"refuse {tool.name}\\n" for tool in arranged.tools if not tool.callable)
    return ledger.written(text, {})
"""
FORMAT = f"""
from threatmodel.policy.formats.names_only import NamesRead, by_lists
{UNREAD}

def read(text):
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    if any(not line.startswith("refuse ") for line in lines):
        raise ValueError("a line refuses nothing")
    return NamesRead(by_lists(None, [line.removeprefix("refuse ") for line in lines]))
"""
REPORT = """
def render(assessment, options=None):
    return f"toy {assessment.score.value}\\n"
"""
EMBED = REPORT
SOURCE = """
from threatmodel.importers.document import SourceKind
from threatmodel.importers.statements import Found, Statement, text


def read(document):
    name = document.root.at("toy")
    kind = Statement(("kind",), "mcp-server", name.origin)
    return (Found(name.text, (*text(("name",), name), kind)),)




def fits(document):
    return bool(document.root.at("toy").text)


KIND = SourceKind("toy", "a toy", "an object with `toy`", fits, read)
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
        ("policy/formats/unread.py", UNREAD),
        ("outputs/report_toy.py", REPORT),
        ("outputs/embed_toy.py", EMBED),
        ("importers/toy.py", SOURCE),
    ):
        (package / name).write_text(text)
    add(package / "policy/formats/__init__.py", "FORMATS: dict[str, Format] = {",
        '"toy": Format("Toy gateway", "toy.txt", "toy", "nowhere"),'
        '"unread": Format("Unread gateway", "unread.txt", "unread", "nowhere"),')  # fmt: skip
    add(package / "outputs/__init__.py", "OUTPUTS = {",
        '"toy": Output(".toy", "report_toy", "Toy report"),')  # fmt: skip
    add(package / "outputs/__init__.py", "EMBEDS = {", '"toy": (".toy.txt", "embed_toy"),')
    add(package / "importers/run.py", "_PLACES = (", '"toy.KIND",')
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


AGENTS = ("weather", "confluent", "insurance-claims", "operations-group")


@pytest.mark.parametrize("name", AGENTS)
@pytest.mark.parametrize(
    ("kind", "engine"),
    [("toy", "our own reading"), ("unread", "the plan itself, as nothing here decides")],
)
def test_a_policy_format_passes_its_replay_and_is_not_called_proven(run, kind, engine, name):
    agent = ROOT / "agents" / f"{name}.yaml"
    tested = run("policy", agent, "--for", kind, "--test")
    assert tested.returncode == 0, tested.stderr
    assert f"not proven here ({engine}" in " ".join(tested.stderr.split())
    assert run("policy", agent, "--for", kind, "--test", "--strict").returncode == 1


def test_a_policy_format_is_one_file_and_one_line(run, tmp_path):
    agent, call = ROOT / "agents" / "confluent.yaml", tmp_path / "calls.jsonl"
    call.write_text('{"tool": "delete-topics"}\n{"tool": "produce-message"}\n')
    made = tmp_path / "toy.txt"
    assert run("policy", agent, "--for", "toy", "-o", made).returncode == 0
    for more in (["--preset", "strict"], ["--tool", "delete-topics"], ["--format", "json"]):
        assert run("policy", agent, "--for", "toy", *more).returncode == 0
    same = run("policy", agent, "--for", "toy", "--against", made).stdout
    assert "delete-topics" not in same
    looser = tmp_path / "looser.txt"
    looser.write_text(made.read_text().replace("refuse delete-topics\n", ""))
    assert "delete-topics" in run("policy", agent, "--for", "toy", "--against", looser).stdout
    looser.write_text("no policy")
    refused = run("policy", agent, "--for", "toy", "--against", looser)
    assert refused.returncode == 2
    assert "not such a policy: a line refuses nothing" in refused.stderr
    # What it drops, a rate or an approval, refuses nobody.
    replayed = json.loads(
        run("policy", agent, "--for", "toy", "--replay", call, "--format", "json").stdout
    )
    assert [row["tool"] for row in replayed["stopped"]] == ["delete-topics"]
    assert run("policy", agent, "--for", "toy", "--prove").returncode == 1
    explained = run("policy", agent, "--tool", "delete-topics", "--explain").stdout
    assert "Toy gateway: nowhere" in explained


def test_of_a_policy_format_that_nothing_reads_no_file_is_judged(run, tmp_path):
    junk, call = tmp_path / "junk.txt", tmp_path / "calls.jsonl"
    junk.write_text("whatever")
    call.write_text('{"tool": "get_forecast"}\n')
    refused = run("policy", AGENT, "--for", "unread", "--against", junk)
    assert refused.returncode == 3
    assert "nothing here decides for Unread gateway" in refused.stderr
    replayed = run("policy", AGENT, "--for", "unread", "--replay", call)
    assert replayed.returncode == 0
    assert "nothing here decides" in replayed.stdout


def test_a_policy_format_stands_in_advice_reports_and_sites(run, tmp_path):
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
