"""Style sheet, scripts and fonts of a site, named by their content; and the digest of a site."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from threatmodel._version import VERSION
from threatmodel.catalogue.job import Choices
from threatmodel.files import shipped
from threatmodel.rules.load import load_knowledge

FONTS = (
    ("Public Sans", 400, "PublicSans-Regular.woff2"),
    ("Public Sans", 600, "PublicSans-SemiBold.woff2"),
    ("Public Sans", 800, "PublicSans-ExtraBold.woff2"),
    ("Spline Sans Mono", 400, "SplineSansMono-Regular.woff2"),
    ("Aivss Marks", 400, "Marks.woff2"),
)
"""Family, weight and file of each font in reports/catalogue/fonts."""

SCRIPTS = ("page.js", "list.js", "tools.js", "compare.js")
"""Scripts: on every page, on lists of agents, on the list of tools, on the comparison."""

# Enough to tell versions of one file apart for a cache; nothing is trusted by it.
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Assets:
    """Everything pages load besides data."""

    files: dict[str, bytes]
    """Path in the site -> content."""
    names: dict[str, str]
    """Plain name, such as `page.js` -> path in the site."""
    digest: str
    """The sha256 over templates, scripts and all of it."""


@lru_cache(maxsize=1)
def load_assets() -> Assets:
    """Read the shipped assets; each gets its digest in its name, so that it may be kept forever."""
    files: dict[str, bytes] = {}
    names: dict[str, str] = {}

    def add(name: str, data: bytes) -> str:
        stem, _, ending = name.rpartition(".")
        path = f"assets/{stem}.{hashlib.sha256(data).hexdigest()[:_DIGITS]}.{ending}"
        files[path], names[name] = data, path
        return path

    faces = []
    for family, weight, file in FONTS:
        path = add(file, shipped(f"reports/catalogue/fonts/{file}").read_bytes())
        faces.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:swap;'
            f"src:url({path.removeprefix('assets/')}) format('woff2')}}\n"
        )
    add("site.css", ("".join(faces) + _styles() + _places()).encode())
    card = shipped("reports/card.css").read_text("utf-8")
    add("card.css", ("".join(faces[:3]) + card + _places()).encode())
    for script in (*SCRIPTS, "icon.svg"):
        add(script, shipped(f"reports/catalogue/{script}").read_bytes())
    return Assets(files, names, _digest(files))


def _styles() -> str:
    sheets = ("reports/css/base.css", "reports/css/marks.css", "reports/catalogue/site.css")
    return "".join(shipped(name).read_text("utf-8") for name in sheets)


def _places() -> str:
    """Write the classes that stand for places on a scale: no page may carry a style attribute."""
    return "".join(f".x{n}{{left:{n}%}}.w{n}{{width:{n}%}}" for n in range(101)) + "\n"


def _digest(files: dict[str, bytes]) -> str:
    told = hashlib.sha256("".join(sorted(files)).encode())
    folder = shipped("reports/catalogue")
    for template in sorted(folder.iterdir(), key=lambda one: one.name):
        if template.name.endswith((".j2", ".js")):
            told.update(template.read_bytes())
    return told.hexdigest()


# The digest of everything besides a description that its pages are made of.


def build_digest(choices: Choices, *more: str) -> str:
    """Digest rules, program, templates and choices, and what else matters to the caller."""
    parts = (VERSION, load_knowledge().digest, load_assets().digest, choices.digest, *more)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
