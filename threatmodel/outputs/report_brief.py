"""The decision on one page, as PDF: for a slide, a ticket or the first minute of a board."""

from functools import cache
from itertools import product

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options, report_html, report_json, report_pdf, theme
from threatmodel.outputs.pages.closeness import FORMS, STYLES, closeness

_SETS = (
    *(("", points) for points in (11, 10.3)),
    *((style, points) for style in STYLES for points in (9.6, 9)),
)
_WAYS = (
    *((form, *one) for form, one in product(range(FORMS), _SETS)),
    *((FORMS - 1, STYLES[-1], points) for points in (8.4, 7.8, 7.2, 6.6, 6)),
)
"""What stands on it, how close it is set and in which points, the easiest to read first. The last
are for texts that nobody would write: they still make a page."""

_TAKEN = 60
"""Millimetres that head and seal take."""

_PAGE = "@page :first {{ margin: 14mm {side}mm 17mm }}"
_TEXT = "@media print {{ html {{ font-size: {points}pt }} .one .sec {{ break-before: auto }} }}"
_STYLED = 'class="sec summary'


def render(assessment: Assessment, options: Options = DEFAULT) -> bytes:
    """Write the page of the decision as PDF, with the assessment attached.

    Raises MissingPartError where Pango is not installed.
    """
    look, data = theme.theme_css(options.theme), report_json.render(assessment)
    side = 18 if options.theme.page == "A4" else 16

    @cache
    def told(form: int) -> str:
        return report_html.markup(assessment, options.theme, "", "brief", form)

    def laid_out(at: int) -> bytes:
        form, style, points = _WAYS[at]
        css = look + _PAGE.format(side=side) + _TEXT.format(points=points)
        most = 1 if at + 1 < len(_WAYS) else 0
        file = report_pdf.attached(assessment, "assessment.json", data, "The assessment", "Data")
        html = told(form).replace(_STYLED, _STYLED + style, 1)
        return report_pdf.pdf_of(html, css, [file], most=most)

    # Breaking lines tells nearly how; from there on, laying it out decides.
    fits = ((form, closeness(told(form), options.theme.page, _TAKEN)) for form in range(FORMS))
    form, style = next((one for one in fits if one[1] is not None), (FORMS - 1, STYLES[-1]))
    at = _WAYS.index((form, style, 9))
    made = laid_out(at)
    if not made:
        return next(filter(None, map(laid_out, range(at + 1, len(_WAYS)))))
    while at and (wider := laid_out(at - 1)):
        made, at = wider, at - 1
    return made
