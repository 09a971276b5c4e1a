"""A hook for MkDocs: `{{ aivss("file.yaml", "card") }}` in Markdown becomes the score.

MkDocs takes a file as a hook; `examples/mkdocs/hook.py` is one of two lines. `extra: aivss:` in
mkdocs.yml names the `folder` of descriptions and the `link` to each rationale, with `{id}` in it.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from markupsafe import Markup

from threatmodel.catalogue.jinja import score_function
from threatmodel.errors import AivssError, Location

CALL = re.compile(r'\{\{\s*aivss\(\s*"([^"\n]+)"\s*(?:,\s*"([\w-]+)"\s*)?\)\s*\}\}')
"""A call in Markdown: a file and, if it is not a badge, what to show."""

# Code blocks are left alone: a manual that shows how to call it must be able to show it.
_FENCED = re.compile(r"^(```|~~~).*?^\1[ \t]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)

_functions: dict[str, Callable[..., Markup]] = {}


class Config(Protocol):
    """What the hook uses of MkDocs' configuration."""

    config_file_path: str
    """Path of mkdocs.yml."""
    extra: Mapping[str, Any]
    """The section `extra`."""


class Page(Protocol):
    """What the hook uses of a page."""

    file: Any


def on_config(config: Config) -> Config:
    """Read the choices in `extra: aivss`; descriptions are read once per build."""
    _functions.clear()
    _functions["aivss"] = _function(config)
    return config


def on_page_markdown(markdown: str, page: Page, config: Config, **_: object) -> str:
    """Put scores in place of the calls; code blocks stay as they are.

    Raises AivssError that names the page for a description that cannot be assessed.
    """
    aivss = _functions.get("aivss") or _function(config)
    parts, at = [], 0
    for block in _FENCED.finditer(markdown):
        parts += [_filled(markdown[at : block.start()], aivss, page), block[0]]
        at = block.end()
    return "".join([*parts, _filled(markdown[at:], aivss, page)])


def _function(config: Config) -> Callable[..., Markup]:
    chosen = config.extra.get("aivss", {})
    folder = Path(config.config_file_path).parent / str(chosen.get("folder", "."))
    return score_function(folder, link=str(chosen.get("link", "{id}")))


def _filled(text: str, aivss: Callable[..., Markup], page: Page) -> str:
    def one(call: re.Match[str]) -> str:
        try:
            return _one_line(str(aivss(call[1], call[2] or "badge")))
        except ExceptionGroup as faults:
            first = faults.exceptions[0]
            raise AivssError(str(first), Location(str(page.file.src_uri))) from None
        except AivssError as fault:
            raise AivssError(str(fault), Location(str(page.file.src_uri))) from None

    return CALL.sub(one, text)


def _one_line(html: str) -> str:
    """Keep Markdown from reading HTML as text: no line may be empty or indented."""
    return " ".join(line.strip() for line in html.splitlines() if line.strip())
