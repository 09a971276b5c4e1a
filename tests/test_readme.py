"""Every command that the README shows does what it is shown for."""

import itertools
import re
import shlex
from pathlib import Path

import pytest

from threatmodel.cli import main

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(
    r"^```sh\n(.+?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)
COMMANDS = re.findall(r"^aivss .+$", "".join(BLOCKS), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_runs(command, tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agents").symlink_to(ROOT / "agents")
    (_, *argv) = shlex.split(command, comments=True)
    assert main(argv) == 0
    written = [tmp_path / target for flag, target in itertools.pairwise(argv) if flag == "-o"]
    assert all(file.stat().st_size for file in written)
    assert written or capsysbinary.readouterr().out


def test_the_readme_shows_commands():
    assert COMMANDS
