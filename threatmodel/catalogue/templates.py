"""Style sheet, scripts and fonts of a site, named by their content."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from threatmodel._version import VERSION
from threatmodel.catalogue.options import Choices
from threatmodel.files import shipped
from threatmodel.outputs.pages.labels import MADE_WITH, mark
from threatmodel.outputs.text import as_html, cut, long_date, one_line, visible, words_of
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


# The templates of a site: escaped by default, compiled once per process.

_MOST_LETTERS = 20_000


def fill(name: str, root: str, choices: Choices, **values: object) -> str:
    """Fill one template; `root` leads from the page to the top of the site, such as `../../`."""
    template = _environment().get_template(f"{name}.html.j2")
    here = str(values.get("here", ""))
    frame = _frame(root, choices.title, here)
    return template.render(root=root, choices=choices, frame=frame, **values)


@lru_cache(maxsize=64)
def _frame(root: str, title: str, here: str) -> tuple[Markup, Markup, Markup]:
    """Fill what all pages of a part of the site share: end of the head, header, footer."""
    template = _environment().get_template("shared.html.j2")
    text = template.render(root=root, title=title, here=here, made_with=MADE_WITH)
    head, top, foot = text.split("<!-- cut -->\n")
    return Markup(head), Markup(top), Markup(foot)  # noqa: S704 (a template escaped them)


def keep_compiled(folder: Path) -> None:
    """Keep compiled templates in a folder of the user's own; a later process starts quicker."""
    folder.mkdir(exist_ok=True)
    _environment().bytecode_cache = FileSystemBytecodeCache(str(folder), "%s")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(lambda name: shipped(f"reports/catalogue/{name}").read_text("utf-8")),
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = load_assets().names
    environment.filters.update(
        whole=_whole,
        points=lambda value: f"{value:.1f}",
        level=lambda value: f"{value:.2f}",
        mark=mark,
        day=long_date,
        line=lambda text, most=400: cut(one_line(text), most),
        told=_told,
        sev=_sev,
        threat_link=_threat_link,
        threat_links=_threat_links,
    )
    return environment


def _shown(value: object) -> object:
    """Show what would hide in text of others; our own markup stays."""
    if (
        type(value) is str
        and len(value) < _MOST_LETTERS
        and value.isascii()
        and value.isprintable()
    ):
        return value
    if isinstance(value, str) and not isinstance(value, Markup):
        return cut(visible(value), _MOST_LETTERS)
    return value


def _told(text: str, names: frozenset[str] = frozenset()) -> Markup:
    """Lay out a sentence that may name tools."""
    return _laid_out(text, names & words_of(text))


@lru_cache(maxsize=8192)
def _laid_out(text: str, names: frozenset[str]) -> Markup:
    """Do it once for agents that have the same sentence with the same names of tools in it."""
    return Markup(as_html(text, names))  # noqa: S704 (escaped there)


@lru_cache(maxsize=64)
def _sev(word: str) -> Markup:
    """Mark a severity."""
    return Markup('<span class="sev {}">{}</span>').format(mark(word), word.capitalize())


@lru_cache(maxsize=8192)
def _threat_link(id_: str, root: str, title: str = "") -> Markup:
    """Link to the page of a threat, by its title, else by its id."""
    link = Markup('<a href="{}threats/{}/index.html">{}</a>')
    return link.format(root, id_, _shown(title or id_))


@lru_cache(maxsize=8192)
def _threat_links(ids: tuple[str, ...], root: str) -> Markup:
    """Link to the pages of some threats by their ids."""
    return Markup(" ").join(_threat_link(id_, root) for id_ in ids)


def _whole(text: str) -> Markup:
    """Keep a text whole: what is copied from the page must be what the file holds."""
    return escape(visible(text))


# The digest of everything besides a description that its pages are made of.


def setting_of(choices: Choices, *more: str) -> str:
    """Digest rules, program, templates and choices, and what else matters to the caller."""
    parts = (VERSION, load_knowledge().digest, load_assets().digest, choices.digest, *more)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
