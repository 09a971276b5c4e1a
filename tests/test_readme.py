"""What the README and the pages for its readers show is what the program has and prints."""

import itertools
import json
import re
import shlex
import shutil
from pathlib import Path

import click
import pytest

from threatmodel.cli import main
from threatmodel.cli.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ("review", "policies", "catalogue", "gate", "packs", "systems", "python")
GUIDES = [README, *((ROOT / f"docs/{page}.md").read_text("utf-8") for page in PAGES)]
PACKS = PAGES.index("packs") + 1  # has a test of its own, which follows it step by step
BEGIN = README.partition("## Where to begin")[2].partition("\n## ")[0]
SHOWN = [
    *(
        line
        for text in (*GUIDES[:PACKS], *GUIDES[PACKS + 1 :])
        for line in re.findall(r"^aivss (.+?)(?:  *#.*)?$", text, re.MULTILINE)
    ),
    *re.findall(r"`aivss ([^`]+ [^`]+)`", BEGIN),
]
ON_EXAMPLES = [line for line in SHOWN if " agents/" in line]
LIVE = ("npx", "://")
OF_ITS_OWN = [
    line
    for line in dict.fromkeys(SHOWN)
    if line not in ON_EXAMPLES and not any(sign in line for sign in LIVE)
]
"""Commands on what a reader has: a tool list, a description, a folder of them."""


@pytest.mark.parametrize("line", SHOWN)
def test_a_shown_command_has_these_options(line):
    name, *arguments = shlex.split(line)
    with click.Context(app, info_name="aivss") as above:
        command = app.get_command(above, name)
        assert command is not None
        given = command.make_context(name, arguments, parent=above).params
    assert given


@pytest.mark.parametrize("line", ON_EXAMPLES)
def test_a_shown_command_on_an_example_runs(line, tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agents").symlink_to(ROOT / "agents")
    arguments = shlex.split(line)
    assert main(arguments) == 0
    written = [tmp_path / target for flag, target in itertools.pairwise(arguments) if flag == "-o"]
    assert all(file.stat().st_size for file in written)
    assert written or capsysbinary.readouterr().out


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make what the pages take for granted, as their readers would."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "agents").mkdir()
    shutil.copy(ROOT / "agents" / "weather.yaml", "agents")
    told = json.loads((ROOT / "agents" / "confluent.tools.json").read_text("utf-8"))["tools"]
    few = [tool for tool in told if tool["name"] in ("list-topics", "delete-topics")]
    (tmp_path / "tools.json").write_text(json.dumps({"tools": few}))
    (tmp_path / "aivss.toml").write_text(
        '[[gate.rule]]\nid = "low"\nsays = "None is too high."\nscore_over = 10\n'
    )
    (tmp_path / "calls.jsonl").write_text('{"tool": "list-topics", "arguments": {}}\n')
    for line in (
        "import tools.json -o agent.yaml",
        "report agent.yaml -o agent.questions.yaml",
        "report agent.yaml -o agent.questions.pdf",
        "policy agent.yaml --for policylayer -o old.json",
    ):
        assert main(line.split()) == 0


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("line", OF_ITS_OWN)
def test_a_shown_command_runs_on_what_a_reader_has(line, capfdbinary):
    assert main(shlex.split(line)) == 0, capfdbinary.readouterr().err.decode()


def test_the_readme_shows_commands_on_examples():
    assert ON_EXAMPLES


def test_the_terminal_that_the_readme_shows_is_what_is_printed(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    told = re.search(r"^```console\n\$ aivss (.+)\n((?:.+\n)+)```$", README, re.MULTILINE)
    assert main(shlex.split(told[1])) == 0
    printed = capsys.readouterr().out.splitlines()
    shown = [line for line in told[2].splitlines() if line != "[...]"]
    assert [line for line in printed if line in shown] == shown


def test_every_reader_has_a_page_and_every_link_leads_somewhere():
    begin = README.partition("## Where to begin")[2].partition("\n## ")[0]
    assert set(PAGES) <= set(re.findall(r"docs/(\w+)\.md", begin))
    for place, text in (("", README), *(("docs", guide) for guide in GUIDES[1:])):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (ROOT / place / link).exists(), link
