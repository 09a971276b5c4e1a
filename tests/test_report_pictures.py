"""Main pages of the PDF as pictures, compared with approved ones so that layout does not rot.

Compared is how much ink lies in each field of a page: other words pass, a moved chart, a table
that runs off the page or a lost column do not. `--update-golden` approves new pictures.
"""

import io
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageStat

PICTURES = Path(__file__).parent / "pictures"
SECTIONS = {
    "cover": "Confluent MCP server",
    "summary": "Decision",
    "score": "Score",
    "tools": "Data flow",
    "layers": "Seven layers",
    "findings": "Findings to act on",
    "paths": "Attack paths",
    "residual": "Before and after",
    "questions": "Open questions",
    "all": "All findings and frameworks",
    "facts": "What is known",
}
SHOWN = ("summary", "findings")
"""Pages that the README shows."""

README = Path(__file__).parents[1] / "README.md"
README_PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
DOTS_PER_INCH = 40
ACROSS, DOWN = 9, 12
MEAN_LIMIT, FIELD_LIMIT = 0.012, 0.16


@pytest.fixture(scope="module")
def report(confluent_pdf):
    if shutil.which("pdftoppm") is None:
        pytest.skip("needs pdftoppm, which this machine lacks (apt-get install poppler-utils)")
    return confluent_pdf, page_numbers(confluent_pdf.read_bytes())


def page_numbers(made):
    """Find the page that each section begins on, by its bookmark."""
    with pikepdf.open(io.BytesIO(made)) as pdf:
        numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages, 1)}
        found = {}
        with pdf.open_outline() as outline:
            waiting = list(outline.root)
            while waiting:
                item = waiting.pop(0)
                target = item.destination
                target = target if isinstance(target, pikepdf.Array) else target.D
                found.setdefault(item.title, numbers[target[0].objgen])
                waiting += item.children
    return {
        name: next(n for told, n in found.items() if told.endswith(title))
        for name, title in SECTIONS.items()
    }


def picture(file, number, dots=DOTS_PER_INCH, colours=("-gray",)):
    """Render one page, grey unless `colours` is empty."""
    command = [shutil.which("pdftoppm"), *colours, "-png", "-r", str(dots)]
    done = subprocess.run(
        [*command, "-f", str(number), "-l", str(number), file], capture_output=True, check=True
    )
    return Image.open(io.BytesIO(done.stdout))


def ink(image):
    """Say how dark each field of a page is, 0 to 1."""
    wide, tall = image.size
    boxes = (
        (wide * x // ACROSS, tall * y // DOWN, wide * (x + 1) // ACROSS, tall * (y + 1) // DOWN)
        for y in range(DOWN)
        for x in range(ACROSS)
    )
    return [1 - ImageStat.Stat(image.crop(box)).mean[0] / 255 for box in boxes]


@pytest.mark.parametrize(
    "name",
    [name if name == "score" else pytest.param(name, marks=pytest.mark.long) for name in SECTIONS],
)
def test_a_page_looks_as_approved(report, name, request):
    file, numbers = report
    made = picture(file, numbers[name])
    approved = PICTURES / f"{name}.png"
    if request.config.getoption("--update-golden"):
        made.save(approved, optimize=True)
    with Image.open(approved) as seen:
        assert made.size == seen.size
        apart = [abs(a - b) for a, b in zip(ink(made), ink(seen), strict=True)]
    assert sum(apart) / len(apart) < MEAN_LIMIT
    assert max(apart) < FIELD_LIMIT


@pytest.mark.long
@pytest.mark.parametrize("name", SHOWN)
def test_the_readme_shows_the_pages_that_are_made_today(report, name, request):
    file, numbers = report
    shown = README_PICTURES / f"{name}.png"
    if request.config.getoption("--update-golden"):
        page = picture(file, numbers[name], dots=64, colours=())
        page.quantize(64, dither=Image.Dither.NONE).save(shown, optimize=True)
    with Image.open(shown) as seen:
        made = picture(file, numbers[name]).resize(seen.size)
        apart = [abs(a - b) for a, b in zip(ink(made), ink(seen.convert("L")), strict=True)]
    assert f"docs/pictures/{name}.png" in README.read_text(encoding="utf-8")
    assert sum(apart) / len(apart) < MEAN_LIMIT
    assert max(apart) < FIELD_LIMIT


@pytest.mark.long
def test_the_margins_of_every_page_are_empty(report):
    file, _ = report
    with pikepdf.open(file) as pdf:
        count = len(pdf.pages)
    for number in range(1, count + 1):
        page = picture(file, number)
        wide, tall = page.size
        edge = round(wide * 15 / 210)
        for box in ((0, 0, edge, tall), (wide - edge, 0, wide, tall), (0, 0, wide, edge // 3)):
            assert ImageStat.Stat(page.crop(box)).extrema[0][0] > 200, number
