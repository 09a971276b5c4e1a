"""The report as one HTML file: no network, fonts inside, one script that only adds copy buttons."""

import base64
import hashlib
import sys
from functools import lru_cache

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from threatmodel.assessment import Assessment
from threatmodel.files import shipped
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.charts.svg import BLUE, INK
from threatmodel.outputs.pages.closeness import fitted
from threatmodel.outputs.pages.labels import DECISIONS
from threatmodel.outputs.pages.page import page_of
from threatmodel.outputs.templates import environment_of, keep_made
from threatmodel.outputs.text import as_html, cut, in_lines, long_date, one_line, parted, sentence
from threatmodel.outputs.theme import SCREEN, Theme, fonts_inside, stylesheet, theme_css
from threatmodel.threats.names import naming


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the report as HTML."""
    style = fonts_inside() + stylesheet(SCREEN) + theme_css(options.theme)
    return markup(assessment, options.theme, style)


def markup(
    assessment: Assessment, theme: Theme, style: str, body: str = "report", form: int = 0
) -> str:
    """Fill the template that `body` names; `style` is inlined, or left out where empty.

    `form` is how much of the decision stands on a page of its own (see `closeness`).
    """
    html = (
        environment()
        .get_template("report/page.html.j2")
        .render(
            body=f"report/{body}.html.j2",
            script=Markup(script()),  # noqa: S704 (our own)
            allowed=allowed(),
            form=form,
            page=page_of(assessment, theme, Markup(style)),  # noqa: S704 (our own style sheet)
            agent=assessment.agent,
            score=assessment.score,
            knowledge=assessment.knowledge,
            plan=assessment.plan,
            contradictions=assessment.facts.contradictions[:12],
            names=frozenset(reading.name for reading in assessment.readings),
        )
    )
    return html.replace(f'"{BLUE}"', f'"{theme.accent}"').replace(f'"{INK}"', f'"{theme.ink}"')


@lru_cache(maxsize=1)
def script() -> str:
    """Give the one script of the HTML: it adds copy buttons, and nothing waits for it."""
    return shipped("reports/report/copy.js").read_text("utf-8")


@lru_cache(maxsize=1)
def allowed() -> str:
    """Write the Content-Security-Policy: what the file holds, and of scripts that one alone."""
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
    inside = "style-src 'unsafe-inline'; font-src data:; img-src data:"
    nowhere = "base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; {inside}; script-src 'sha256-{digest}'; {nowhere}"


# Texts of strangers have no length; escaped they can grow by five times.
_BRIEF_LETTERS, _TEXT_LETTERS = 170, 1200


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Give the environment with every filter that templates use."""
    made = environment_of("reports", _TEXT_LETTERS)
    # A run fills each template once: working out constants ahead takes longer than it saves.
    made.optimized = False
    made.filters |= {
        "told": _told,
        "brief": _brief,
        "fitted": fitted,
        "lines": lambda text, letters: escape(in_lines(text, letters)),
        "parted": lambda text, letters: Markup(parted(str(escape(text)), letters)),  # noqa: S704 (escaped)
        "shorten": lambda text, most: cut(one_line(text), most),
        "decision": lambda word: DECISIONS.get(word, word),
        "day": lambda day: long_date(day.isoformat()),
        "naming": naming,
        "sentence": sentence,
    }
    return made


@pass_context
def _told(context: Context, text: str) -> Markup:
    """Set prose, with the names of tools as code."""
    return Markup(as_html(cut(text, _TEXT_LETTERS), context["names"]))  # noqa: S704 (escaped)


@pass_context
def _brief(context: Context, text: str) -> Markup:
    """Set the beginning of prose."""
    return _told(context, cut(one_line(text), _BRIEF_LETTERS))


if __name__ == "__main__":
    sys.exit(keep_made(environment(), sys.argv[1:]))
