"""Templates of pages: everything escaped, hidden characters shown, nothing undefined.

Reading the templates of a report takes longer than filling them: the code that they become is made
once and shipped. Where a template, or what reads it, differs from what the code was made of, it is
read as ever: results never differ.
"""

import json
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any

import jinja2
from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from threatmodel.files import keep_current, shipped
from threatmodel.outputs.pages.labels import mark
from threatmodel.outputs.text import cut, visible

_FOLDER, _FILE = "reports", "compiled.json"


class MadeLoader(FunctionLoader):
    """Gives templates from the code that was made of them, else from their text."""

    def __init__(self, read: Callable[[str], str]) -> None:  # noqa: D107 - how to read a template
        super().__init__(read)
        self._read = read

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - so it is called by
    ) -> Template:
        """Give one template, ready to be filled."""
        digest, code = _made().get(name, ("", ""))
        if digest != _digest(self._read(name), environment):
            return super().load(environment, name, globals)
        found = compile(code, f"<{name}>", "exec")  # made by the recipe below, and shipped with us
        return environment.template_class.from_code(environment, found, globals or {}, None)


@lru_cache(maxsize=1)
def _made() -> Mapping[str, tuple[str, str]]:
    """Read the shipped code: name of a template -> digest of what it was made of, and the code."""
    file = shipped(f"{_FOLDER}/{_FILE}")
    made: dict[str, tuple[str, str]] = json.loads(file.read_bytes()) if file.is_file() else {}
    return made


_OPTIONS = (
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string", "line_statement_prefix"),
    *("line_comment_prefix", "trim_blocks", "lstrip_blocks", "newline_sequence"),
    *("keep_trailing_newline", "optimized", "sandboxed", "is_async"),
)
"""Settings of an environment that show in the code of a template."""


def _digest(text: str, environment: Environment) -> str:
    # What is called when a template is filled, such as a filter, is no part of its code.
    told = {name: getattr(environment, name) for name in _OPTIONS}
    told |= {"extensions": sorted(environment.extensions), "version": jinja2.__version__}
    escapes, finalizes = callable(environment.autoescape), environment.finalize is not None
    told |= {"autoescape": escapes or environment.autoescape, "finalize": finalizes}
    return sha256(f"{json.dumps(told, sort_keys=True)}\n{text}".encode()).hexdigest()[:32]


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


def keep_made(reader: Environment, arguments: Sequence[str]) -> int:
    """Write the code of the report's templates; with `--check` only say whether it is of today."""
    folder = shipped(_FOLDER)
    names = sorted(f"report/{file.name}" for file in (folder / "report").iterdir())
    texts = {
        name: (folder / name).read_text("utf-8") for name in names if name.endswith(".html.j2")
    }
    made = {
        name: (_digest(text, reader), reader.compile(text, name, raw=True))
        for name, text in texts.items()
    }
    return keep_current(arguments, folder, {_FILE: json.dumps(made, indent=0) + "\n"})
