"""The theme of reports: an organisation's name, logo, colours, classification line, page size."""

import base64
from functools import lru_cache
from typing import Literal, NamedTuple

from threatmodel.files import shipped


class Theme(NamedTuple):
    """How an organisation's reports look; everything may be left out."""

    organisation: str = ""
    """Name at the top of the first page."""
    logo: str = ""
    """`data:` address of a PNG, JPEG or SVG; empty for none."""
    classification: str = ""
    """Line on every page, such as `Confidential`."""
    accent: str = "#0f5a8a"
    """Colour of links and controls."""
    ink: str = "#15202b"
    """Colour of text."""
    page: Literal["A4", "Letter"] = "A4"
    """Paper size."""


PLAIN = Theme()
"""The theme where none is given."""


_IN_FORCE: list[Theme] = []


def use_theme(theme: Theme | None) -> None:
    """Let reports look so where no theme is given: that of a pack; None: plain again."""
    _IN_FORCE[:] = [] if theme is None else [theme]


def theme_in_force() -> Theme:
    """Give the look of reports where no theme is given."""
    return _IN_FORCE[0] if _IN_FORCE else PLAIN


# Style sheets and fonts of the report, and what a theme changes about them.

FONTS = (
    ("Public Sans", 400, "normal", "PublicSans-Regular.ttf"),
    ("Public Sans", 400, "italic", "PublicSans-Italic.ttf"),
    ("Public Sans", 600, "normal", "PublicSans-SemiBold.ttf"),
    ("Public Sans", 800, "normal", "PublicSans-ExtraBold.ttf"),
    ("Spline Sans Mono", 400, "normal", "SplineSansMono-Regular.ttf"),
    ("Spline Sans Mono", 600, "normal", "SplineSansMono-SemiBold.ttf"),
    ("Aivss Marks", 400, "normal", "Marks.ttf"),
)
"""Family, weight, style and file of each font in reports/fonts."""

PAPER = ("base.css", "summary.css", "sections.css", "print.css")
"""Style sheets that paper needs."""

SCREEN = (*PAPER, "marks.css", "phone.css", "screen.css")
"""Style sheets of the HTML file, which may be printed too."""


@lru_cache(maxsize=4)
def stylesheet(names: tuple[str, ...]) -> str:
    """Join style sheets."""
    return "".join(shipped(f"reports/css/{name}").read_text("utf-8") for name in names)


def theme_css(theme: Theme) -> str:
    """Write what a theme changes."""
    parts = []
    if (theme.accent, theme.ink) != (PLAIN.accent, PLAIN.ink):
        colours = f":root {{ --blue: {theme.accent}; --ink: {theme.ink} }}"
        light = "@media screen and (prefers-color-scheme: light)"
        parts += [f"@media print {{ {colours} }}", f"{light} {{ {colours} }}"]
    if theme.page == "Letter":
        parts.append(shipped("reports/css/letter.css").read_text("utf-8"))
    return "".join(parts)


def font_css(address: str) -> str:
    """Write the font faces; `{}` in the address stands for the file name."""
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style};'
        f" src: url({address.format(file)}) }}\n"
        for family, weight, style, file in FONTS
    )


@lru_cache(maxsize=1)
def fonts_inside() -> str:
    """Write the font faces with the fonts themselves in place of addresses."""
    css = font_css("{}")
    for *_, file in FONTS:
        data = base64.b64encode(shipped(f"reports/fonts/{file}").read_bytes()).decode()
        css = css.replace(f"url({file})", f"url(data:font/ttf;base64,{data})")
    return css
