"""The report as PDF/A-3a: tagged, bookmarked, fonts embedded, data attached, the same bytes."""

import atexit
import contextlib
import datetime as dt
import gc
import logging
import re
import sys
import warnings
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring
from zlib import compress

from threatmodel.assessment import Assessment
from threatmodel.errors import MissingPartError
from threatmodel.files import shipped
from threatmodel.outputs import (
    DEFAULT,
    Options,
    paper,
    report_html,
    report_json,
    report_questions,
    theme,
)
from threatmodel.outputs.loading import by_soname, unused_later, without_notes
from threatmodel.outputs.pages.page import policy_name

if TYPE_CHECKING:
    from weasyprint import CSS, HTML, Attachment
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

_PROPERTY, _USE = re.compile(r"(--[\w-]+):([^;}]+)"), re.compile(r"var\((--[\w-]+)\)")
_SCREEN = re.compile(r"@media screen[^{]*\{(?:[^{}]|\{[^}]*\})*\}")
_PACKAGED = "aivss-font:"
# Without one, an attachment would get the time of day, and the same report other bytes.
_NO_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_APT = "apt-get install --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0"
_TYPES = {"json": "application/json", "yaml": "application/yaml"}


_FORM = """
.ask { break-inside: avoid; border-top: .05rem solid #aeb8c1; padding: .5rem 0 .7rem }
.ask { margin-left: -13.6rem } .ask p { margin-bottom: .3rem }
.ask p > span { font-size: .82rem; color: #4a5763; margin-right: .8rem; vertical-align: middle }
.ask p > .ahead { margin: 0 .3rem 0 .8rem }
.ask input { display: inline-block; border: .05rem solid #4a5763; vertical-align: middle }
.ask input[type=radio] { width: .8rem; height: .8rem; border-radius: .4rem }
.ask input[type=text] { width: 14rem; height: 1.7rem; font-size: .86rem }
"""


def render(assessment: Assessment, options: Options = DEFAULT) -> bytes:
    """Write the report as PDF.

    Raises MissingPartError where Pango is not installed.
    """
    html, css = report_html.markup(assessment, options.theme, ""), theme.theme_css(options.theme)
    return pdf_of(html, css, list(_attachments(assessment, options)))


def form(assessment: Assessment, options: Options = DEFAULT) -> bytes:
    """Write the open questions as PDF to fill in, with the same questions as YAML attached.

    Either is read back. Raises MissingPartError where Pango is not installed.
    """
    html = report_html.markup(assessment, options.theme, "", "form")
    says = "The same questions, as aivss import reads them"
    asked = report_questions.render(assessment)
    carried = [attached(assessment, "questions.yaml", asked, says, "Supplement")]
    look = theme.theme_css(options.theme) + _FORM
    return pdf_of(html, look, carried, pdf_variant="pdf/ua-1", pdf_forms=True)


def pdf_of(
    html: str,
    css: str,
    attachments: "list[Attachment]",
    *,
    most: int = 0,
    **how: str | bool,
) -> bytes:
    """Lay out one document; empty where it takes more than `most` pages, 0 for no limit.

    `how` holds options of WeasyPrint that differ from those of a report.

    Raises MissingPartError where Pango is not installed.
    """
    _need_pango()
    fonts, sheet = _sheet(css)
    options = {"pdf_variant": "pdf/a-3a", "attachments": attachments, **how}
    with _quick():
        document = _tree(paper.marked(html)).render(
            font_config=fonts, stylesheets=[sheet], **options
        )
        if most and len(document.pages) > most:
            return b""
        return bytes(document.write_pdf(finisher=_settle, **options))


def _tree(html: str) -> "HTML":
    """Read our own templates, which are XML as well: an HTML parser takes ten times as long."""
    from cssselect2 import ElementWrapper  # type: ignore[import-untyped]  # noqa: PLC0415
    from weasyprint import HTML  # noqa: PLC0415

    class Parsed(HTML):  # type: ignore[misc]
        def __init__(self) -> None:
            self.base_url, self.media_type, self.url_fetcher = None, "print", _fetcher()
            root = fromstring(paper.filled(html))  # noqa: S314 (made by our templates, entities refused there)
            paper.keep_pairs(root)
            paper.share_styles(root)
            self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
            self.etree_element = self.wrapper_element.etree_element

        def _ua_stylesheets(self, forms: bool = False) -> list[object]:  # noqa: FBT001, FBT002
            common, *further = super()._ua_stylesheets(forms)
            return [without_notes(common), *further]

    return Parsed()


def _need_pango() -> None:
    try:
        with contextlib.redirect_stdout(sys.stderr), by_soname(), unused_later():
            import weasyprint  # noqa: F401, PLC0415
    except (ImportError, OSError) as error:
        raise MissingPartError(
            "the PDF needs Pango, which this machine lacks", hint=_APT
        ) from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)


@lru_cache(maxsize=4)
def _sheet(colours: str) -> "tuple[FontConfiguration, CSS]":
    from weasyprint import CSS  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    atexit.register(_sheet.cache_clear)  # its fonts must go before the library does
    fonts = FontConfiguration()
    css = theme.font_css(_PACKAGED + "{}") + _literal(theme.stylesheet(theme.PAPER) + colours)
    return fonts, CSS(string=css, font_config=fonts, url_fetcher=_fetcher())


def _literal(css: str) -> str:
    """Put the values of print's custom properties in place: each use would be resolved anew.

    Rules for a screen are left out: they would be read, and match nothing.
    """
    css = _SCREEN.sub("", css)
    values = dict(_PROPERTY.findall(css))
    return _USE.sub(lambda found: values[found[1]].strip(), css)


@lru_cache(maxsize=1)
def _fetcher() -> "URLFetcher":
    """Serve the packaged fonts and embedded images; refuse every other address."""
    from weasyprint.urls import (  # noqa: PLC0415
        FatalURLFetchingError,
        URLFetcher,
        URLFetcherResponse,
    )

    known = {file for *_, file in theme.FONTS}

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> object:
            if url.startswith("data:image/"):
                return super().fetch(url, headers)
            if url.removeprefix(_PACKAGED) in known:
                data = shipped(f"reports/fonts/{url.removeprefix(_PACKAGED)}").read_bytes()
                return URLFetcherResponse(url, data, {"Content-Type": "font/ttf"})
            raise FatalURLFetchingError(f"the report asks for {url[:200]}, which is not packaged")

    return Fetcher()


def attached(
    assessment: Assessment, name: str, data: str | bytes, says: str, relationship: str
) -> "Attachment":
    """Make one attached file, dated as the assessment is."""
    _need_pango()
    from weasyprint import Attachment  # noqa: PLC0415

    date = (
        dt.datetime.combine(dt.date.fromisoformat(assessment.date), dt.time(), dt.UTC)
        if assessment.date
        else _NO_DATE
    )
    return Attachment(
        string=data.encode() if isinstance(data, str) else data,
        name=name,
        description=says,
        relationship=relationship,
        url_fetcher=_fetcher(),  # not one of its own for each
        created=date,
        modified=date,
    )


def _attachments(assessment: Assessment, options: Options) -> "Iterator[Attachment]":
    attach = partial(attached, assessment)
    yield attach("assessment.json", report_json.render(assessment), "The assessment", "Data")
    if options.description:
        yield attach("description.yaml", options.description, "The description", "Source")
    form = report_questions.render(assessment)
    yield attach("questions.yaml", form, "Open questions, to fill in", "Supplement")
    for policy in assessment.policies:
        yield attach(policy_name(policy), policy.text, f"Policy for {policy.title}", "Supplement")


@contextlib.contextmanager
def _quick() -> Iterator[None]:
    """Hold garbage collection while a document is laid out: a tenth faster."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():  # it leaves its colour profile's file to be closed
            warnings.simplefilter("ignore", ResourceWarning)
            yield
    finally:
        if enabled:
            gc.enable()


def _pack(stream: Any) -> None:  # noqa: ANN401
    """Compress a stream at the usual level: the writer's own, the highest, takes twice as long."""
    stream.compress = False
    plain = stream.data.partition(b"\nstream\n")[2].removesuffix(b"\nendstream")
    stream.stream, stream.extra["Filter"] = [compress(plain)], "/FlateDecode"


def _settle(_document: object, pdf: Any) -> None:  # noqa: ANN401 (a library without types)
    """Name each attachment once, and spell each object once: for the file and for its id alike."""
    import pydyf  # type: ignore[import-untyped]  # noqa: PLC0415

    class Settled(pydyf.Object):  # type: ignore[misc]
        data, compressible = b"", False  # plain values in place of the properties

        def __init__(self, made: Any) -> None:  # noqa: ANN401
            super().__init__()
            if isinstance(made, pydyf.Stream) and made.compress:
                _pack(made)
            self.number, self.generation, self.free = made.number, made.generation, made.free
            self.data, self.compressible = made.data, made.compressible

    if "AF" in pdf.catalog:  # the writer names each attachment twice
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    pdf.objects[:] = [made if made.free == "f" else Settled(made) for made in pdf.objects]
