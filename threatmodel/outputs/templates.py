"""Templates of pages: everything escaped, hidden characters shown, nothing undefined."""

from functools import partial

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from threatmodel.files import shipped
from threatmodel.outputs.pages.labels import mark
from threatmodel.outputs.template_code import MadeLoader
from threatmodel.outputs.text import cut, visible


def environment_of(folder: str, letters: int) -> Environment:
    """Give the environment of the templates in a folder that ships; texts are cut at `letters`."""
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=MadeLoader(lambda name: shipped(f"{folder}/{name}").read_text("utf-8")),
        finalize=partial(shown_text, letters=letters),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "points": "{:.1f}".format,
        "level": "{:.2f}".format,
        "mark": mark,
        "whole": whole,
    }
    return made


def shown_text(value: object, letters: int) -> object:
    """Show what would hide in text of others; our own markup stays."""
    if type(value) is str and len(value) <= letters and value.isascii() and value.isprintable():
        return value  # most are
    if isinstance(value, str) and not isinstance(value, Markup):
        return cut(visible(value), letters)
    return value


def whole(text: str) -> Markup:
    """Keep a text whole: cut already, or what is copied must be what the file holds."""
    return escape(visible(text))
