"""The decision on one page, as PDF: for a slide, a ticket or the first minute of a board."""

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options, report_html, report_json, report_pdf, theme

_SIZES = (9, 8.4, 7.8, 7.2, 6.6, 6)
"""Points of the text: all lengths hang on it, so that a long page shrinks until it is one."""

_PAGE = "@page :first {{ margin: 14mm {side}mm 17mm }}"
_TEXT = "@media print {{ html {{ font-size: {points}pt }} .one .sec {{ break-before: auto }} }}"


def render(assessment: Assessment, options: Options = DEFAULT) -> bytes:
    """Write the page of the decision as PDF, with the assessment attached.

    Raises MissingPartError where Pango is not installed.
    """
    html = report_html.markup(assessment, options.theme, "", "brief")
    look, data = theme.theme_css(options.theme), report_json.render(assessment)
    carried = [report_pdf.attached(assessment, "assessment.json", data, "The assessment", "Data")]
    side = 18 if options.theme.page == "A4" else 20.95
    for points in _SIZES:
        css = look + _PAGE.format(side=side) + _TEXT.format(points=points)
        most = 1 if points > _SIZES[-1] else 0
        if made := report_pdf.pdf_of(html, css, carried, most=most):
            return made
    raise AssertionError("the smallest size has no limit")
