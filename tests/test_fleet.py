"""A folder of descriptions becomes a folder of reports, with a summary of the fleet."""

import json
import re
import shutil
from pathlib import Path

import pytest

from threatmodel.catalogue.build import How
from threatmodel.catalogue.fleet import Reports, report_folder
from threatmodel.cli import main
from threatmodel.errors import AivssError, MissingPartError

ROOT = Path(__file__).parent.parent
ALONE = How(jobs=1)


@pytest.fixture
def folder(tmp_path) -> Path:
    place = tmp_path / "in"
    (place / "deep").mkdir(parents=True)
    shutil.copy(ROOT / "agents/weather.yaml", place / "weather.yaml")
    shutil.copy(ROOT / "agents/docs-bot.yaml", place / "deep/docs-bot.yaml")
    return place


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "reports"


def test_each_description_has_its_report_and_the_summary_links_them(folder, out):
    built = report_folder(folder, out, Reports("markdown"), ALONE)
    assert (built.agents, built.rebuilt) == (2, 2)
    assert {p.name for p in out.glob("*.md")} == {"weather.md", "deep--docs-bot.md"}
    summary = (out / "index.html").read_text("utf-8")
    for link in re.findall(r'href="([^"#]+)"', summary):
        assert (out / link).is_file(), link
    assert "2 agents, highest score first" in summary
    assert summary.index("deep--docs-bot.md") < summary.index('href="weather.md"')


def test_what_did_not_change_is_kept_and_what_is_gone_goes(folder, out):
    report_folder(folder, out, Reports("markdown"), ALONE)
    before = (out / "weather.md").stat().st_mtime_ns
    (folder / "deep/docs-bot.yaml").unlink()
    shutil.copy(ROOT / "agents/memory-skill.yaml", folder / "memory.yaml")
    assert report_folder(folder, out, Reports("markdown"), ALONE).rebuilt == 1
    assert {p.name for p in out.glob("*.md")} == {"weather.md", "memory.md"}
    assert (out / "weather.md").stat().st_mtime_ns == before
    assert report_folder(folder, out, Reports("markdown"), ALONE).rebuilt == 0


def test_another_kind_or_theme_writes_all_of_them_again(folder, out, tmp_path):
    report_folder(folder, out, Reports("html"), ALONE)
    theme = tmp_path / "theme.yaml"
    theme.write_text("organisation: Example Bank\n", encoding="utf-8")
    assert report_folder(folder, out, Reports("html", theme), ALONE).rebuilt == 2
    assert "Example Bank" in (out / "weather.html").read_text("utf-8")
    assert report_folder(folder, out, Reports("markdown"), ALONE).rebuilt == 2
    assert not list(out.glob("weather.html"))


def test_the_command_lists_faults_and_still_writes_the_others(folder, out, capsys):
    (folder / "broken.yaml").write_text("name: [\n", encoding="utf-8")
    command = ["report", str(folder), "-o", str(out), "--to", "json", "--jobs", "2"]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert "error: broken.yaml:" in told
    record = json.loads((out / "weather.json").read_bytes())
    assert record["agent"]["name"] == "Weather tool"
    assert main(["report", str(folder)]) == 2
    assert "-o FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("html", b"<!DOCTYPE html>", b"</html>"),
        pytest.param("pdf", b"%PDF", b"%%EOF", marks=pytest.mark.long),
    ],
)
def test_reports_are_made_by_two_processes_and_each_is_whole(folder, out, kind, first, last):
    try:
        report_folder(folder, out, Reports(kind), How(jobs=2))
    except MissingPartError as fault:
        pytest.skip(str(fault))
    made = [file for file in out.glob(f"*.{kind}") if file.stem != "index"]
    for file in made:
        data = file.read_bytes()
        assert data.startswith(first)
        assert data.rstrip().endswith(last)
    assert len(made) == 2


def test_a_folder_that_holds_other_things_is_left_alone(folder, out):
    out.mkdir()
    (out / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(AivssError, match="something else"):
        report_folder(folder, out, Reports("markdown"), ALONE)
    assert [p.name for p in out.iterdir()] == ["thesis.txt"]
