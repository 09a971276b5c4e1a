"""Every command that the README shows is one that the program has; some run as shown."""

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
SHOWN = re.findall(r"^aivss (.+?)(?:  +#.*)?$", README, re.MULTILINE)
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
