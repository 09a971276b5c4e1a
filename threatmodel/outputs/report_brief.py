"""The decision on one page, as PDF: for a slide, a ticket or the first minute of a board."""

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options, report_html, report_json, report_pdf, theme
from threatmodel.outputs.pages.closeness import STYLES, closeness

_CLOSEST = STYLES[-1]
_WAYS = (
    *(("", points) for points in (11, 10.3)),
    *((style, points) for style in STYLES for points in (9.6, 9)),
    *((_CLOSEST, points) for points in (8.4, 7.8, 7.2, 6.6, 6)),
)
"""How close the text is set and in which points, the easiest to read first."""

_TAKEN = 60
"""Millimetres that head and seal take, less what counting spares: its guess is to be near."""

_PAGE = "@page :first {{ margin: 14mm {side}mm 17mm }}"
_TEXT = "@media print {{ html {{ font-size: {points}pt }} .one .sec {{ break-before: auto }} }}"
_STYLED = 'class="sec summary'


def render(assessment: Assessment, options: Options = DEFAULT) -> bytes:
    """Write the page of the decision as PDF, with the assessment attached.

    Raises MissingPartError where Pango is not installed.
    """
    html = report_html.markup(assessment, options.theme, "", "brief")
    look, data = theme.theme_css(options.theme), report_json.render(assessment)
    side = 18 if options.theme.page == "A4" else 20.95

    def laid_out(at: int) -> bytes:
        style, points = _WAYS[at]
        css = look + _PAGE.format(side=side) + _TEXT.format(points=points)
        most = 1 if at + 1 < len(_WAYS) else 0
        file = report_pdf.attached(assessment, "assessment.json", data, "The assessment", "Data")
        return report_pdf.pdf_of(html.replace(_STYLED, _STYLED + style, 1), css, [file], most=most)

    # Counting lines tells nearly how close; from there on, laying it out decides.
    at = _WAYS.index((closeness(html, options.theme.page, _TAKEN), 9))
    made = laid_out(at)
    if not made:
        return next(filter(None, map(laid_out, range(at + 1, len(_WAYS)))))
    while at and (wider := laid_out(at - 1)):
        made, at = wider, at - 1
    return made
