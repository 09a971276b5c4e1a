"""The templates of a site: escaped by default, compiled once per process."""

from functools import lru_cache

from jinja2 import Environment, FunctionLoader, StrictUndefined
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
    return template.render(root=root, choices=choices, made_with=MADE_WITH, **values)


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
    if isinstance(value, str) and not isinstance(value, Markup):
        return cut(visible(value), _MOST_LETTERS)
    return value
