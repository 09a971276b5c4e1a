"""PDF/UA-1: every condition that a program can decide, numbered as in the Matterhorn Protocol.

Each stands here once: with the check that decides it, or with the reason why it cannot occur or is
not claimed. What only a person can decide, such as the sense of a text, is not listed.
"""

import io
import itertools
import re
from collections import Counter
from functools import cached_property

import pikepdf
import pytest

from tests.outputs import specimen
from threatmodel.outputs import report_pdf

STANDARD = frozenset(
    """Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3
    H4 H5 H6 L LI Lbl LBody Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code
    Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form""".split()  # noqa: SIM905
)
PARENTS = {
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
    "THead": {"Table"},
    "TBody": {"Table"},
    "TFoot": {"Table"},
    "LI": {"L"},
    "LBody": {"LI"},
    "Lbl": {"LI"},
}
PASSED_OVER = {"NonStruct", "Div"}
"""Grouping elements that change no role."""


class Tagged:
    """A tagged PDF, read once."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        """Take an open PDF."""
        self.pdf, self.root = pdf, pdf.Root

    @cached_property
    def elements(self):
        """Every structure element: its type, the types above it, itself; in reading order."""
        waiting, found = [(self.root.StructTreeRoot.K, ())], []
        while waiting:
            one, above = waiting.pop()
            if isinstance(one, pikepdf.Array):
                waiting += [(part, above) for part in reversed(list(one))]
            elif isinstance(one, pikepdf.Dictionary):
                kind = str(one.S)[1:] if "/S" in one else ""
                if kind:
                    found.append((kind, above, one))
                if "/K" in one:
                    waiting.append((one.K, (*above, kind) if kind else above))
        return found

    def of(self, *kinds):
        return [element for kind, _, element in self.elements if kind in kinds]

    @cached_property
    def annotations(self):
        return [(page, note) for page in self.pdf.pages for note in page.get("/Annots", [])]

    @cached_property
    def fonts(self):
        pages = (page.resources.get("/Font", {}) for page in self.pdf.pages)
        return list({name: font for fonts in pages for name, font in fonts.items()}.values())

    @cached_property
    def marks(self):
        """For each page: marked stretches with their numbers, and what is painted outside."""
        return [marked(page) for page in self.pdf.pages]

    @cached_property
    def metadata(self):
        with self.pdf.open_metadata() as found:
            return dict(found)


def marked(page):
    stack, found, bare = [], [], 0
    for operands, operator in pikepdf.parse_content_stream(page):
        does = str(operator)
        if does in ("BDC", "BMC"):
            about = operands[1] if does == "BDC" else {}
            number = about.get("/MCID") if isinstance(about, pikepdf.Dictionary) else None
            stack.append(str(operands[0]))
            found.append((tuple(stack), number))
        elif does == "EMC":
            stack.pop()
        elif does in ("Tj", "TJ", "S", "f", "B", "Do", "f*", "sh") and not stack:
            bare += 1
    return found, bare


def within(pdf, kind, parents):
    """Tell whether elements of a kind stand directly below one of those, grouping left out."""
    return all(
        next((one for one in reversed(above) if one not in PASSED_OVER), "") in parents
        for found, above, _ in pdf.elements
        if found == kind
    )


def headings_go_down_by_one(pdf):
    levels = [int(kind[1]) for kind, _, _ in pdf.elements if re.fullmatch("H[1-6]", kind)]
    steps = itertools.pairwise(levels)
    return levels[0] == 1 and all(after <= before + 1 for before, after in steps)


def attribute(element, name):
    about = element.get("/A", {})
    rows = about if isinstance(about, pikepdf.Array) else [about]
    return next((row[name] for row in rows if name in row), None)


def cells_name_their_headers(pdf):
    ids = {str(cell.ID) for cell in pdf.of("TH") if "/ID" in cell}
    named = [list(map(str, attribute(cell, "/Headers") or ())) for cell in pdf.of("TD")]
    return all(set(some) <= ids for some in named) and all(
        "/ID" in cell or attribute(cell, "/Scope") for cell in pdf.of("TH")
    )


def marks_are_told(pdf):
    """Tags and artifacts never lie in each other, and nothing is painted outside of both."""
    return all(
        bare == 0
        and all(len(set(stack) & {"/Artifact"}) == 0 or len(stack) == 1 for stack, _ in found)
        for found, bare in pdf.marks
    )


def numbers_are_used_once(pdf):
    return all(
        max(Counter(n for _, n in found if n is not None).values(), default=1) == 1
        for found, _ in pdf.marks
    )


def attached(pdf):
    names = pdf.root.Names.EmbeddedFiles.Names
    return [names[at] for at in range(1, len(names), 2)]


def descendants(pdf):
    return [font.DescendantFonts[0] for font in pdf.fonts]


CHECKED = {
    "01-003": marks_are_told,
    "01-004": marks_are_told,
    "01-005": marks_are_told,
    "01-007": lambda pdf: not pdf.root.MarkInfo.get("/Suspects", False),
    "02-001": lambda pdf: {kind for kind, _, _ in pdf.elements} <= STANDARD,
    "02-003": lambda pdf: "/RoleMap" not in pdf.root.StructTreeRoot,
    "02-004": lambda pdf: "/RoleMap" not in pdf.root.StructTreeRoot,
    "06-001": lambda pdf: pdf.root.Metadata.Subtype == "/XML",
    "06-003": lambda pdf: any(key.endswith("}title") for key in pdf.metadata),
    "07-001": lambda pdf: "/DisplayDocTitle" in pdf.root.ViewerPreferences,
    "07-002": lambda pdf: bool(pdf.root.ViewerPreferences.DisplayDocTitle),
    "09-004": lambda pdf: all(within(pdf, k, PARENTS[k]) for k in ("TR", "TH", "TD", "THead")),
    "09-005": lambda pdf: all(within(pdf, k, PARENTS[k]) for k in ("LI", "LBody", "Lbl")),
    "10-001": lambda pdf: all("/ToUnicode" in font for font in pdf.fonts),
    "11-001": lambda pdf: str(pdf.root.Lang) == "en",
    "11-002": lambda pdf: str(pdf.root.Lang) == "en",
    "11-003": lambda pdf: str(pdf.root.Lang) == "en",
    "11-004": lambda pdf: str(pdf.root.Lang) == "en",
    "11-005": lambda pdf: str(pdf.root.Lang) == "en",
    "11-006": lambda pdf: str(pdf.root.Lang) == "en",
    "13-004": lambda pdf: all(len(str(one.get("/Alt", ""))) > 2 for one in pdf.of("Figure")),
    "14-002": headings_go_down_by_one,
    "14-003": headings_go_down_by_one,
    "14-006": lambda pdf: not pdf.of("H"),
    "14-007": lambda pdf: not pdf.of("H"),
    "15-003": cells_name_their_headers,
    "15-005": cells_name_their_headers,
    "21-001": lambda pdf: all({"/F", "/UF"} <= set(file.keys()) for file in attached(pdf)),
    "25-001": lambda pdf: "/XFA" not in pdf.root.get("/AcroForm", {}),
    "26-001": lambda pdf: not pdf.pdf.is_encrypted,
    "26-002": lambda pdf: not pdf.pdf.is_encrypted,
    "28-002": lambda pdf: all("/StructParent" in note for _, note in pdf.annotations),
    "28-004": lambda pdf: all("/Contents" in n or "/TU" in n for _, n in pdf.annotations),
    "28-005": lambda pdf: all("/TU" in n for _, n in pdf.annotations if n.Subtype == "/Widget"),
    "28-006": lambda pdf: {str(n.Subtype) for _, n in pdf.annotations} <= {"/Link", "/Widget"},
    "28-007": lambda pdf: all(note.Subtype != "/TrapNet" for _, note in pdf.annotations),
    "28-008": lambda pdf: all("/Tabs" in page for page, _ in pdf.annotations),
    "28-009": lambda pdf: all(page.get("/Tabs") == "/S" for page, _ in pdf.annotations),
    "28-010": lambda pdf: (
        len(pdf.of("Form")) >= sum(n.Subtype == "/Widget" for _, n in pdf.annotations)
    ),
    "28-011": lambda pdf: (
        len(pdf.of("Link")) >= sum(n.Subtype == "/Link" for _, n in pdf.annotations)
    ),
    "28-012": lambda pdf: all("/Contents" in n for _, n in pdf.annotations if n.Subtype == "/Link"),
    "28-017": lambda pdf: all(note.Subtype != "/PrinterMark" for _, note in pdf.annotations),
    "30-002": numbers_are_used_once,
    "31-001": lambda pdf: all(
        font.DescendantFonts[0].CIDSystemInfo.Ordering == "Identity" for font in pdf.fonts
    ),
    "31-002": lambda pdf: all(font.Encoding == "/Identity-H" for font in pdf.fonts),
    "31-003": lambda pdf: all(font.Encoding == "/Identity-H" for font in pdf.fonts),
    "31-004": lambda pdf: all("/CIDToGIDMap" in font for font in descendants(pdf)),
    "31-005": lambda pdf: all("/CIDToGIDMap" in font for font in descendants(pdf)),
    "31-009": lambda pdf: all(
        {"/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys()) for font in descendants(pdf)
    ),
    "31-027": lambda pdf: all("/ToUnicode" in font for font in pdf.fonts),
}
"""Condition -> whether a PDF is free of it."""

LEFT_OUT = {
    "06-002": "a report says that it is PDF/A-3a, the form that it is PDF/UA-1",
    "09-006 09-007 09-008": "no table of contents, ruby or warichu is made: 02-001 lists what is",
    "17-002 17-003": "no formula elements are made (02-001)",
    "19-003 19-004": "no notes are made (02-001)",
    "20-001 20-002 20-003": "there are no optional contents: the catalogue has no OCProperties",
    "28-014 28-015 28-016": "no media; files belong to the document, not to a place (28-006)",
    "28-018": "there are no printer's marks (28-017)",
    "30-001": "no reference XObjects are made",
    "31-006 31-007 31-008": "no CMap is embedded or named but Identity-H (31-002)",
    "31-011 31-012 31-013 31-014 31-015 31-016 31-018 31-030": "glyphs inside of font files",
    "31-017 31-019 31-020 31-021 31-022 31-023 31-024 31-025 31-026": "no simple fonts (31-002)",
    "31-028 31-029": "control characters of strangers are shown as words before they are set",
}
"""Conditions -> why they are not decided here."""


@pytest.fixture(scope="module")
def report(confluent_pdf):
    with pikepdf.open(confluent_pdf) as pdf:
        yield Tagged(pdf)


@pytest.fixture(scope="module")
def form():
    with pikepdf.open(io.BytesIO(report_pdf.form(specimen.nothing_known()))) as pdf:
        yield Tagged(pdf)


@pytest.mark.parametrize("condition", CHECKED)
def test_the_report_is_free_of(condition, report):
    assert CHECKED[condition](report)


@pytest.mark.parametrize("condition", CHECKED)
def test_the_form_to_fill_in_is_free_of(condition, form):
    assert CHECKED[condition](form)


def test_every_condition_is_listed_once():
    listed = [*CHECKED, *(one for some in LEFT_OUT for one in some.split())]
    assert len(listed) == len(set(listed))
    assert all(re.fullmatch(r"\d\d-\d\d\d", one) for one in listed)


def test_a_fault_is_found(report):
    figure, heading = report.of("Figure")[0], report.of("H3")[0]
    told, figure.Alt = figure.Alt, ""
    assert not CHECKED["13-004"](report)
    figure.Alt, heading.S = told, pikepdf.Name("/H5")
    assert not CHECKED["14-003"](Tagged(report.pdf))
    heading.S = pikepdf.Name("/H3")
