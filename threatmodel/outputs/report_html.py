"""The report as one HTML file: no network, no script, fonts inside."""

import base64
from functools import lru_cache

from jinja2 import Environment, FunctionLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from threatmodel.assessment import Assessment
from threatmodel.outputs.charts.svg import BLUE
from threatmodel.outputs.options import DEFAULT, Options
from threatmodel.outputs.pages.labels import DECISIONS, mark
from threatmodel.outputs.pages.page import page_of
from threatmodel.outputs.prose import as_html
from threatmodel.outputs.text import cut, in_lines, long_date, one_line, visible
from threatmodel.outputs.theme import PLAIN, Theme
from threatmodel.resources import shipped

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

_SHEETS = ("base.css", "summary.css", "sections.css", "print.css")
_SCREEN_SHEETS = ("marks.css", "phone.css")
_WORD_LETTERS, _BRIEF_LETTERS, _TEXT_LETTERS = 80, 170, 1200


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the report as HTML."""
    style = _fonts_inside() + stylesheet(*_SHEETS, *_SCREEN_SHEETS) + theme_css(options.theme)
    return markup(assessment, options.theme, style)


def markup(assessment: Assessment, theme: Theme, style: str) -> str:
    """Fill the templates; `style` is inlined, or left out where empty."""
    names = frozenset(reading.name for reading in assessment.readings)
    template = _environment().get_template("report/page.html.j2")
    html = template.render(
        page=page_of(assessment, theme, Markup(style)),  # noqa: S704 (our own style sheet)
        agent=assessment.agent,
        score=assessment.score,
        knowledge=assessment.knowledge,
        plan=assessment.plan,
        contradictions=assessment.contradictions[:12],
        names=names,
    )
    return html.replace(f'"{BLUE}"', f'"{theme.accent}"')


@lru_cache(maxsize=4)
def stylesheet(*names: str) -> str:
    """Join style sheets of the report, without fonts; those that paper needs where none is named."""
    sheets = (shipped(f"reports/css/{name}").read_text("utf-8") for name in names or _SHEETS)
    return "".join(sheets)


def theme_css(theme: Theme) -> str:
    """Write what a theme changes."""
    parts = []
    if theme.accent != PLAIN.accent or theme.ink != PLAIN.ink:
        parts.append(f"@media print {{ :root {{ --blue: {theme.accent}; --ink: {theme.ink} }} }}")
        parts.append(
            "@media screen and (prefers-color-scheme: light)"
            f" {{ :root {{ --blue: {theme.accent}; --ink: {theme.ink} }} }}"
        )
    if theme.page == "Letter":
        parts.append("@page { size: Letter; margin: 22mm 20.95mm 17mm }")
        parts.append("@page :first { margin-top: 13mm }")
    return "".join(parts)


def font_css(address: str) -> str:
    """Write the font faces; `{}` in the address stands for the file name."""
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style};'
        f" src: url({address.format(file)}) }}\n"
        for family, weight, style, file in FONTS
    )


@lru_cache(maxsize=1)
def _fonts_inside() -> str:
    css = font_css("{}")
    for *_, file in FONTS:
        data = base64.b64encode(shipped(f"reports/fonts/{file}").read_bytes()).decode()
        css = css.replace(f"url({file})", f"url(data:font/ttf;base64,{data})")
    return css


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(lambda name: shipped(f"reports/{name}").read_text("utf-8")),
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        points=lambda value: f"{value:.1f}",
        level=lambda value: f"{value:.2f}",
        told=_told,
        brief=_brief,
        lines=lambda text, letters: Markup(escape(in_lines(text, letters))),  # noqa: S704
        whole=lambda text: Markup(escape(visible(text))),  # noqa: S704 (escaped)
        shorten=lambda text, most: cut(one_line(text), most),
        findings=lambda rows: "; ".join(f"{r.finding.id} {r.finding.title}" for r in rows) + ".",
        mark=mark,
        decision=lambda word: DECISIONS.get(word, word),
        day=lambda day: long_date(day.isoformat()),
    )
    return environment


def _shown(value: object) -> object:
    """Show what would hide in text of others; our own markup stays."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return cut(visible(value), _TEXT_LETTERS)
    return value


@pass_context
def _told(context: Context, text: str) -> Markup:
    return Markup(as_html(cut(text, _TEXT_LETTERS), context["names"]))  # noqa: S704 (escaped there)


@pass_context
def _brief(context: Context, text: str) -> Markup:
    return _told(context, cut(one_line(text), _BRIEF_LETTERS))
