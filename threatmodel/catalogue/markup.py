"""The templates of a site: escaped by default, compiled once per process."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FunctionLoader, StrictUndefined
from markupsafe import Markup

from threatmodel.catalogue.assets import load_assets
from threatmodel.catalogue.choices import Choices
from threatmodel.outputs.pages.labels import MADE_WITH, mark
from threatmodel.outputs.prose import as_html
from threatmodel.outputs.text import cut, long_date, one_line, visible
from threatmodel.resources import shipped

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
        points=lambda value: f"{value:.1f}",
        level=lambda value: f"{value:.2f}",
        mark=mark,
        day=long_date,
        line=lambda text, most=400: cut(one_line(text), most),
        told=lambda text, names=(): Markup(as_html(text, names)),  # noqa: S704 (escaped there)
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
