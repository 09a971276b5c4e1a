"""The guide to rule packs is followed to the letter: every file written, every command run."""

import re
import shlex
from pathlib import Path

import pytest

from threatmodel.cli import main

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^<!-- (\w+)(?:: (\S+)|, exit (\d))? -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


def test_a_pack_made_only_from_the_guide_works(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clinic" / "tests").mkdir(parents=True)
    ran = []
    for what, name, code, text in BLOCK.findall(GUIDE):
        if what == "file":
            Path(name).write_text(text, encoding="utf-8")
            continue
        command = shlex.split(text)
        assert command.pop(0) == "aivss"
        assert main(command) == int(code or 0), capsys.readouterr()
        ran.append((command[0], capsys.readouterr().out))
    told = dict(ran)
    assert [name for name, _ in ran] == ["test", "model", "explain", "gate"]
    assert "3 tests: 0 failed" in told["test"]
    assert "TH-CLINIC-01" in told["model"]
    assert "clinic-doctor-reads" in told["gate"]


def test_the_error_that_the_guide_shows_is_the_one_that_comes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clinic" / "tests").mkdir(parents=True)
    for what, name, _, text in BLOCK.findall(GUIDE):
        if what == "file":
            wrong = text.replace("closed_by: k.human_approval", "closed_by: k.human_aproval")
            Path(name).write_text(wrong, encoding="utf-8")
    assert main(["test", "clinic"]) == 2
    shown = re.search(r"^```\n(error: .*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert shown
    assert shown[1].strip() in capsys.readouterr().err


def test_the_guide_names_every_section_of_a_pack():
    from threatmodel.packs.cases import Expected  # noqa: PLC0415
    from threatmodel.packs.records import PackFile  # noqa: PLC0415

    for name in (*PackFile.model_fields, *Expected.model_fields):
        assert f"`{name}`" in GUIDE, name


@pytest.mark.parametrize("line", [line for line in GUIDE.splitlines() if "](" in line])
def test_links_of_the_guide_lead_somewhere(line):
    for target in re.findall(r"\]\(([^)#]+)", line):
        assert (ROOT / "docs" / target).exists(), target
