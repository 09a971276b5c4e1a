"""Outputs: the one list of report forms; each renderer is imported when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from threatmodel.outputs.theme import PLAIN, Theme, theme_in_force

if TYPE_CHECKING:
    from collections.abc import Callable

    from threatmodel.assessment import Assessment


@dataclass(frozen=True, slots=True)
class Output:
    """One form of report."""

    ending: str
    module: str
    """What renders it, as `_renderer` finds it."""
    title: str
    """What a catalogue page calls it."""


OUTPUTS = {
    "pdf": Output(".pdf", "report_pdf", "Report, PDF"),
    "brief": Output(".brief.pdf", "report_brief", "Decision on one page, PDF"),
    "html": Output(".html", "report_html", "Report, HTML"),
    "markdown": Output(".md", "report_markdown", "Report, Markdown"),
    "json": Output(".json", "report_json", "Whole assessment, JSON"),
    "sarif": Output(".sarif", "report_sarif", "Findings, SARIF"),
    "csv": Output(".csv", "report_csv", "Findings, CSV"),
    "mermaid": Output(".mmd", "report_markdown.mermaid", "Data flow, Mermaid"),
    "tm-bom": Output(".tmbom.json", "report_tm_bom", "Threat model, TM-BOM"),
    "questions": Output(".questions.yaml", "report_questions", "Questions, YAML"),
    "form": Output(".questions.pdf", "report_pdf.form", "Questions to fill in, PDF"),
}
"""Kind -> form. Longer endings win."""


def kind_of(path: Path) -> str | None:
    """Tell from a file's ending which form it asks for."""
    fits = [kind for kind, output in OUTPUTS.items() if path.name.lower().endswith(output.ending)]
    return max(fits, key=lambda kind: len(OUTPUTS[kind].ending), default=None)


def render(
    kind: str, assessment: Assessment, *, theme: Path | None = None, description: bytes = b""
) -> str | bytes:
    """Write an assessment in one form.

    Raises ExceptionGroup or AivssError for a faulty theme, MissingPartError where the PDF lacks
    Pango.
    """
    look = _look_of(theme) if theme else theme_in_force()
    options = Options(theme=look, description=description)
    return _renderer(OUTPUTS[kind].module)(assessment, options)


def _renderer(name: str) -> Callable[[Assessment, Options], str | bytes]:
    """Find what a row names: `render` of a module of this package, or behind a dot another."""
    # When it is asked for: JSON is written without loading WeasyPrint, half a second of processor
    # time.
    module, _, function = name.partition(".")
    found: Callable[[Assessment, Options], str | bytes]
    found = getattr(import_module(f"{__name__}.{module}"), function or "render")
    return found


def _look_of(path: Path) -> Theme:
    from threatmodel.outputs.theme_file import load_theme  # noqa: PLC0415 - few name a theme

    return load_theme(path)


# What a caller may choose about an output besides the assessment itself.


@dataclass(frozen=True, slots=True)
class Options:
    """Choices for one output."""

    theme: Theme = PLAIN
    """How reports look."""
    link: str = ""
    """Address of the page that explains the score, for embeds; empty: the agent's own page name."""
    outdated: bool = False
    """Whether an embed says that the score is from an older source."""
    description: bytes = b""
    """The description file as read, to attach to the PDF; empty where it is not at hand."""


DEFAULT = Options()
"""Nothing chosen."""


# The one list of embeds: static snippets that carry a score and link to its rationale.

EMBEDS = {
    "badge": (".svg", "embed_picture.badge"),
    "shields": (".json", "embed_text.shields"),
    "card": (".html", "embed_picture.card"),
    "web-component": (".js", "embed_picture.web_component"),
    "json-ld": (".jsonld", "embed_text.json_ld"),
    "markdown": (".md", "embed_text.markdown"),
}
"""Kind -> ending of its files, what renders it."""


def embed(kind: str, assessment: Assessment, *, link: str = "", outdated: bool = False) -> str:
    """Write one embed; `link` is the address of the rationale, the agent's own page by default."""
    return str(_renderer(EMBEDS[kind][1])(assessment, Options(link=link, outdated=outdated)))
