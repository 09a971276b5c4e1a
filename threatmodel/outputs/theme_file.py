"""Theme files: what they may say, read and checked; the logo is embedded."""

import base64
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from threatmodel.errors import InvalidFileError, Location
from threatmodel.files import named_file
from threatmodel.outputs.theme import PLAIN, Theme
from threatmodel.reading import read
from threatmodel.reading.record import Record

# WCAG 2.2, success criterion 1.4.3: contrast of text of normal size.
_LEAST_CONTRAST = 4.5
# It stands in every page and file, as each of them is self-contained.
_LOGO_LIMIT = 512 * 1024
_EMBEDDED = re.compile(r"data:image/(png|jpeg|svg\+xml);base64,([A-Za-z0-9+/]+={0,2})")
_ASKS = re.compile(
    rb"<script|<!entity|<foreignobject|@import|javascript:|\son\w+\s*=|"
    rb"(?:href|src)\s*=\s*[\"'](?!#|data:image/)|url\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)
_LOGO_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".svg": "image/svg+xml",
}


def _readable(colour: str) -> str:
    contrast = 1.05 / (luminance(colour) + 0.05)
    if contrast < _LEAST_CONTRAST:
        raise ValueError(
            f"too pale for text on paper: contrast {contrast:.1f}, at least {_LEAST_CONTRAST}"
        )
    return colour


def _inert(logo: str) -> str:
    if logo.startswith("data:"):
        found = _EMBEDDED.fullmatch(logo)
        if not found:
            raise ValueError("an embedded logo is a base64 `data:` address of PNG, JPEG or SVG")
        if found[1] == "svg+xml" and _ASKS.search(base64.b64decode(found[2])):
            raise ValueError("the logo asks for other files or runs a script")
    return logo


Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$"), AfterValidator(_readable)]
"""`#rrggbb`, dark enough to be read as text on white."""

Line = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x1f]*$")]


class ThemeFile(Record):
    """A `Theme` as a file says it; everything may be left out."""

    organisation: Line = PLAIN.organisation
    logo: Annotated[str, Field(max_length=800_000), AfterValidator(_inert)] = PLAIN.logo
    """A file beside the theme, or a `data:` address; embedded, never fetched."""
    classification: Line = PLAIN.classification
    accent: Colour = PLAIN.accent
    ink: Colour = PLAIN.ink
    page: Literal["A4", "Letter"] = PLAIN.page


def load_theme(path: Path, *, inside: bool = False) -> Theme:
    """Read a theme file and embed its logo, which with `inside` must lie below its folder.

    Raises an ExceptionGroup of InvalidFileError with every fault of the file, or
    InvalidFileError where the logo cannot be read.
    """
    theme = Theme(**read(ThemeFile, path).model_dump())
    if not theme.logo or theme.logo.startswith("data:image/"):
        return theme
    logo = named_file(path.parent, theme.logo, Location(str(path)))
    if inside and not logo.resolve().is_relative_to(path.parent.resolve()):
        hint = "put the logo into the folder of the pack"
        raise InvalidFileError("the logo lies outside the pack", Location(str(path)), hint)
    return theme._replace(logo=_embed(logo, path))


def luminance(colour: str) -> float:
    """Give the relative luminance of `#rrggbb`, 0 (black) to 1 (white). Source: WCAG 2.2."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _embed(logo: Path, theme: Path) -> str:
    kind = _LOGO_TYPES.get(logo.suffix.lower())
    where = Location(str(theme))
    if kind is None:
        raise InvalidFileError(
            f"logo {logo.name} is no PNG, JPEG or SVG file", where, "convert it to PNG or SVG"
        )
    try:
        data = logo.read_bytes()
    except OSError as error:
        raise InvalidFileError(
            f"logo {logo.name} cannot be read: {error.strerror}", where,
            "give its path relative to the theme file",
        ) from error  # fmt: skip
    if len(data) > _LOGO_LIMIT:
        raise InvalidFileError(f"logo {logo.name} is larger than 512 KiB", where, "shrink it")
    if kind == "image/svg+xml" and _ASKS.search(data):
        raise InvalidFileError(
            f"logo {logo.name} asks for other files or runs a script", where,
            "save it as a plain SVG that embeds all it shows",
        )  # fmt: skip
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
