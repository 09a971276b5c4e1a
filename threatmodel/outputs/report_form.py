"""The open questions as a PDF to fill in on screen; it is read back, as is the YAML attached."""

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options, report_html, report_pdf, theme, vendor_form

_CSS = """
.ask { break-inside: avoid; border-top: .05rem solid #aeb8c1; padding: .5rem 0 .7rem }
.ask { margin-left: -13.6rem } .ask p { margin-bottom: .3rem }
.ask p > span { font-size: .82rem; color: #4a5763; margin-right: .8rem; vertical-align: middle }
.ask p > .ahead { margin: 0 .3rem 0 .8rem }
.ask input { display: inline-block; border: .05rem solid #4a5763; vertical-align: middle }
.ask input[type=radio] { width: .8rem; height: .8rem; border-radius: .4rem }
.ask input[type=text] { width: 14rem; height: 1.7rem; font-size: .86rem }
"""


def render(assessment: Assessment, options: Options = DEFAULT) -> bytes:
    """Write the form as PDF, with the same questions as YAML attached.

    Raises MissingPartError where Pango is not installed.
    """
    html = report_html.markup(assessment, options.theme, "", "form")
    form = vendor_form.render(assessment)
    says = "The same questions, as aivss import reads them"
    carried = [report_pdf.attached(assessment, "questions.yaml", form, says, "Supplement")]
    look = theme.theme_css(options.theme) + _CSS
    return report_pdf.pdf_of(html, look, carried, pdf_variant="pdf/ua-1", pdf_forms=True)
