"""The report as one HTML file: no network, no script, fonts inside."""

from markupsafe import Markup

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.charts.svg import BLUE, INK
from threatmodel.outputs.pages.page import page_of
from threatmodel.outputs.templates import environment
from threatmodel.outputs.theme import SCREEN, Theme, fonts_inside, stylesheet, theme_css


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the report as HTML."""
    style = fonts_inside() + stylesheet(SCREEN) + theme_css(options.theme)
    return markup(assessment, options.theme, style)


def markup(assessment: Assessment, theme: Theme, style: str, body: str = "report") -> str:
    """Fill the template that `body` names; `style` is inlined, or left out where empty."""
    html = (
        environment()
        .get_template("report/page.html.j2")
        .render(
            body=f"report/{body}.html.j2",
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
