"""Themes: checked, embedded, refused where they would fetch or be hard to read."""

import base64
from pathlib import Path

import pytest

from threatmodel.errors import InvalidFileError
from threatmodel.files import shipped
from threatmodel.outputs.theme import PLAIN
from threatmodel.outputs.theme_file import load_theme, luminance

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{}</svg>'
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def theme(tmp_path, text):
    file = tmp_path / "theme.yaml"
    file.write_text(text)
    return load_theme(file)


def faults(tmp_path, text):
    with pytest.raises(ExceptionGroup) as caught:
        theme(tmp_path, text)
    return [str(fault) for fault in caught.value.exceptions]


def test_an_empty_theme_is_the_plain_one(tmp_path):
    assert theme(tmp_path, "{}") == PLAIN


def test_a_logo_beside_the_theme_is_embedded(tmp_path):
    (tmp_path / "logo.png").write_bytes(PNG)
    made = theme(tmp_path, "logo: logo.png\norganisation: Example Bank\n")
    assert made.logo == "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert made.organisation == "Example Bank"


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="http://127.0.0.1/a.png"/>',
        "<image xlink:href='file:///etc/passwd'/>",
        "<script>1</script>",
        "<style>@import url(x.css)</style>",
        '<rect fill="url(http://x/#a)"/>',
        '<rect onload="x()"/>',
        "<!ENTITY a SYSTEM 'file:///etc/passwd'>",
    ],
)
def test_a_logo_that_would_fetch_or_run_is_refused(tmp_path, inside):
    (tmp_path / "logo.svg").write_text(SVG.format(inside))
    with pytest.raises(InvalidFileError, match="asks for other files or runs a script"):
        theme(tmp_path, "logo: logo.svg\n")
    data = base64.b64encode(SVG.format(inside).encode()).decode()
    assert "asks for other files" in "".join(
        faults(tmp_path, f"logo: data:image/svg+xml;base64,{data}\n")
    )


def test_a_plain_svg_logo_is_taken(tmp_path):
    (tmp_path / "logo.svg").write_text(SVG.format('<rect fill="url(#a)" width="9"/>'))
    assert theme(tmp_path, "logo: logo.svg\n").logo.startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize("name", ["absent.png", "logo.gif", "folder.png"])
def test_a_logo_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InvalidFileError, match=name):
        theme(tmp_path, f"logo: {name}\n")


def test_a_logo_over_the_limit_is_refused(tmp_path):
    (tmp_path / "logo.png").write_bytes(b"x" * (512 * 1024 + 1))
    with pytest.raises(InvalidFileError, match="larger than 512 KiB"):
        theme(tmp_path, "logo: logo.png\n")


def test_a_colour_too_pale_to_read_is_refused_with_its_contrast(tmp_path):
    (fault,) = faults(tmp_path, "accent: '#cccc00'\n")
    assert "too pale" in fault
    assert "theme.yaml:1:" in fault


def test_all_faults_of_a_theme_come_at_once(tmp_path):
    assert len(faults(tmp_path, "accent: red\npage: A5\nlogos: x\n")) == 3


def test_luminance_is_that_of_the_guidelines():
    assert luminance("#ffffff") == pytest.approx(1)
    assert luminance("#000000") == 0
    assert luminance("#777777") == pytest.approx(0.184, abs=0.001)


def test_the_theme_that_ships_says_the_defaults():
    assert load_theme(Path(str(shipped("reports/theme.yaml")))) == PLAIN
