"""The decision on one page: one page whatever a stranger wrote, checkable, the same bytes."""

import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest

from tests.outputs import specimen
from threatmodel.cli import main
from threatmodel.outputs import Options, kind_of, report_brief
from threatmodel.outputs.theme import Theme

WEATHER = Path(__file__).parents[1] / "agents" / "weather.yaml"


def opened(made):
    return pikepdf.open(io.BytesIO(made))


@pytest.fixture(scope="module")
def made():
    return report_brief.render(specimen.confluent())


@pytest.mark.parametrize(
    ("assessment", "page"),
    [
        (specimen.nothing_known, "Letter"),
        (lambda: specimen.hostile("W" * 4000), "A4"),
        (lambda: specimen.hostile("word " * 900), "Letter"),
        (lambda: specimen.hostile("<b>\u202e&\"'" * 300), "A4"),
    ],
    ids=["nothing known", "one long word", "many words", "markup"],
)
def test_it_is_one_page_whatever_is_written(assessment, page):
    with opened(report_brief.render(assessment(), Options(theme=Theme(page=page)))) as pdf:
        assert len(pdf.pages) == 1


def test_it_is_one_page_for_a_large_server_and_carries_the_assessment(made):
    with opened(made) as pdf:
        assert len(pdf.pages) == 1
        assert set(pdf.attachments) == {"assessment.json"}
        data = json.loads(pdf.attachments["assessment.json"].get_file().read_bytes())
    assert data["score"]["value"] == specimen.confluent().score.value


def sizes(made):
    """Read the height of a line of its verdict, and how far down the page it goes, in points."""
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("needs pdftotext, which this machine lacks (apt-get install poppler-utils)")
    done = subprocess.run([tool, "-bbox", "-", "-"], input=made, capture_output=True, check=True)
    found = re.findall(r'yMin="(.+?)" xMax=".+?" yMax="(.+?)">(.+?)<', done.stdout.decode())
    words = [(float(top), float(bottom), word) for top, bottom, word in found]
    (line,) = {round(bottom - top, 1) for top, bottom, word in words if word == "Verdict"}
    return line, max(bottom for _, bottom, word in words if word == "JSON.")


def test_its_text_is_as_large_as_the_page_lets_it(made):
    few, low = sizes(report_brief.render(specimen.nothing_known()))
    many, lowest = sizes(made)
    assert few > many
    assert 842 * 0.8 < lowest < 842 - 40
    assert low < 842 - 40


def test_it_is_small_enough_for_a_ticket(made):
    assert len(made) < 250_000


def test_a_second_run_gives_the_same_bytes(made):
    assert report_brief.render(specimen.confluent.__wrapped__()) == made


def test_verify_checks_its_number(made, tmp_path, capsys):
    file = tmp_path / "confluent.brief.pdf"
    file.write_bytes(made)
    assert kind_of(file) == "brief"
    assert main(["verify", str(file)]) == 0, capsys.readouterr().err


def test_brief_is_a_pdf_and_says_so(tmp_path, capsys):
    page = tmp_path / "page.html"
    asked = ["report", str(WEATHER), "--brief", "-o"]
    assert main([*asked, str(page)]) == 2
    assert "--brief is a PDF, not html" in capsys.readouterr().err
    assert not page.exists()
    pdf = tmp_path / "page.pdf"
    assert main([*asked, str(pdf)]) == 0
    with opened(pdf.read_bytes()) as read:
        assert len(read.pages) == 1
