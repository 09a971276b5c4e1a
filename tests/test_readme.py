"""What the README and the pages for its readers show is what the program has and prints."""

import itertools
import re
import shlex
from pathlib import Path

import click
import pytest

from threatmodel.cli import main
from threatmodel.cli.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ("review", "policies", "catalogue", "gate", "packs", "systems", "python")
GUIDES = [README, *((ROOT / f"docs/{page}.md").read_text("utf-8") for page in PAGES)]
SHOWN = [
    line
    for text in GUIDES[:4]
    for line in re.findall(r"^aivss (.+?)(?:  *#.*)?$", text, re.MULTILINE)
]
ON_EXAMPLES = [line for line in SHOWN if shlex.split(line)[1].startswith("agents/")]


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
