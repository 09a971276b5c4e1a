"""The PDF: tagged, titled, bookmarked, data attached, the same bytes, no fetch."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import fontTools
import pikepdf
import pytest
from markupsafe import escape

from tests.outputs import specimen
from threatmodel.assessment import assess
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.errors import MissingPartError
from threatmodel.outputs import (
    Options,
    loading,
    report_brief,
    report_html,
    report_pdf,
    report_questions,
)
from threatmodel.outputs.loading import without_notes
from threatmodel.outputs.pages import closeness
from threatmodel.outputs.pages.decision import decision_of
from threatmodel.outputs.pages.page import CONTENTS
from threatmodel.outputs.theme import Theme

SEEDS = (("77", "Pacific/Auckland"), ("1", "UTC"), ("2", "America/St_Johns"))
SAME_BYTES = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from tests.outputs import specimen
from threatmodel.outputs import report_pdf
from threatmodel.outputs import Options
made = report_pdf.render(specimen.confluent(), Options(description=b"name: Confluent\\n"))
print(hashlib.sha256(made).hexdigest())
"""

NO_PROCESS = """
import sys
started = []
sys.addaudithook(lambda event, _: started.append(event) if event == "subprocess.Popen" else None)
from threatmodel.cli import main
assert main(sys.argv[1:]) == 0
print(len(started))
"""


@pytest.fixture(scope="module")
def made(confluent_pdf):
    return confluent_pdf.read_bytes()


@pytest.fixture(scope="module")
def pdf(made):
    with pikepdf.open(io.BytesIO(made)) as opened:
        yield opened


def structure(element):
    """Walk the tag tree: type and element of each part."""
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Array):
            waiting += list(one)
        elif isinstance(one, pikepdf.Dictionary):
            if "/S" in one:
                yield str(one.S), one
            if "/K" in one:
                waiting.append(one.K)


def test_it_says_language_title_and_that_it_is_tagged(pdf):
    assert str(pdf.Root.Lang) == "en"
    assert bool(pdf.Root.MarkInfo.Marked)
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    with pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == "Confluent MCP server: agent risk report"
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"


def test_every_figure_has_alternative_text_and_tables_have_headers(pdf):
    tags = list(structure(pdf.Root.StructTreeRoot.K))
    kinds = {kind for kind, _ in tags}
    assert {"/H1", "/H2", "/H3", "/Table", "/TR", "/TH", "/TD", "/L", "/LI", "/P"} <= kinds
    figures = [element for kind, element in tags if kind == "/Figure"]
    assert figures
    assert all(len(str(element.get("/Alt", ""))) > 2 for element in figures)


def test_every_section_has_a_bookmark(pdf):
    with pdf.open_outline() as outline:
        waiting, titles = list(outline.root), []
        while waiting:
            item = waiting.pop()
            titles.append(item.title)
            waiting += item.children
    assert all(any(title in told for told in titles) for _, _, title in CONTENTS)


def test_every_link_leads_somewhere(pdf):
    known = pikepdf.NameTree(pdf.Root.Names.Dests)
    notes = [note for page in pdf.pages for note in page.get("/Annots", [])]
    led = [str(note.Dest) for note in notes if "/Dest" in note]
    assert len(led) > len(CONTENTS)
    assert [name for name in led if name not in known] == []


def test_assessment_description_form_and_policies_are_attached(pdf):
    names = set(pdf.attachments)
    assert {"assessment.json", "description.yaml", "questions.yaml"} <= names
    assert "policylayer.policy.json" in names
    data = json.loads(pdf.attachments["assessment.json"].get_file().read_bytes())
    assert data["score"]["value"] == specimen.confluent().score.value
    assert pdf.attachments["description.yaml"].get_file().read_bytes() == b"name: Confluent\n"
    form = pdf.attachments["questions.yaml"].get_file().read_bytes().decode()
    assert form == report_questions.render(specimen.confluent())


def test_attached_files_are_associated_with_the_document(pdf):
    assert len(pdf.Root.AF) == len(pdf.attachments)
    related = {str(file.AFRelationship) for file in pdf.Root.AF}
    assert related == {"/Data", "/Source", "/Supplement"}


def test_every_font_is_embedded(pdf):
    fonts = [font for page in pdf.pages for font in page.resources.get("/Font", {}).values()]
    described = [font.DescendantFonts[0].FontDescriptor for font in fonts]
    assert described
    assert all({"/FontFile2", "/FontFile3"} & set(one.keys()) for one in described)


def test_it_stays_under_600_kilobytes(made):
    assert len(made) < 600_000


def test_qpdf_finds_no_fault(made, tmp_path):
    qpdf = shutil.which("qpdf")
    if qpdf is None:
        pytest.skip("needs qpdf, which this machine lacks (apt-get install qpdf)")
    file = tmp_path / "report.pdf"
    file.write_bytes(made)
    done = subprocess.run([qpdf, "--check", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_a_second_run_gives_the_same_bytes(made):
    again = report_pdf.render(
        specimen.confluent.__wrapped__(), Options(description=b"name: Confluent\n")
    )
    assert hashlib.sha256(again).digest() == hashlib.sha256(made).digest()


@pytest.mark.parametrize(
    "others", [SEEDS[:1], pytest.param(SEEDS[1:], marks=pytest.mark.long)], ids=["one", "more"]
)
def test_other_hash_seeds_and_time_zones_give_the_same_bytes(made, others):
    digests = {
        subprocess.run(
            [sys.executable, "-c", SAME_BYTES, str(Path(__file__).parents[1])],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, zone in others
    }
    assert digests == {hashlib.sha256(made).hexdigest()}


def test_letter_paper_has_letter_pages_and_no_more_of_them():
    made = report_pdf.render(specimen.confluent(), Options(theme=Theme(page="Letter")))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        sizes = {tuple(round(float(side)) for side in page.mediabox) for page in pdf.pages}
        assert len(pdf.pages) <= 12
    assert sizes == {(0, 0, 612, 792)}


def test_without_pango_it_names_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(MissingPartError) as caught:
        report_pdf.render(specimen.nothing_known())
    assert "apt-get install" in caught.value.hint


def test_it_starts_no_other_process(tmp_path):
    """A search for libraries would start linker and compiler dozens of times."""
    report = ["report", str(specimen.AGENTS / "weather.yaml"), "--brief", "-o"]
    done = subprocess.run(
        [sys.executable, "-c", NO_PROCESS, *report, str(tmp_path / "brief.pdf")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0"]


def test_only_fonts_of_the_package_are_used(pdf):
    """A font of the machine would make other bytes on another machine."""
    ours = ("Public-Sans", "Spline-Sans-Mono", "Aivss-Marks")
    fonts = [font for page in pdf.pages for font in page.resources.get("/Font", {}).values()]
    named = {str(font.BaseFont).partition("+")[2] for font in fonts}
    assert {name for name in named if not name.startswith(ours)} == set()


def test_the_worked_example_takes_twelve_pages_at_most(pdf):
    assert len(pdf.pages) <= 12


def test_what_the_pages_leave_out_is_in_the_attached_assessment(pdf):
    data = json.loads(pdf.attachments["assessment.json"].get_file().read_bytes())
    told = {finding["id"]: finding for finding in data["model"]["threats"]}
    for finding in specimen.confluent().model.live:
        kept = told[finding.id]
        assert kept["vector"] == finding.vector
        assert len(kept["metrics"]) == len(finding.metrics)
        assert kept["refs"] == {name: list(ids) for name, ids in finding.refs.items()}
        assert kept["because"] == list(finding.because)
    assert len(data["facts"]) >= len(specimen.confluent().facts.facts)
    assert all(tool["evidence"] for tool in data["tools"])
    assert [step["id"] for step in data["model"]["paths"][0]["steps"]]


def boxes(pdf_bytes):
    """Read the words of each page with their boxes (left, top, right, bottom), in points."""
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("needs pdftotext, which this machine lacks (apt-get install poppler-utils)")
    done = subprocess.run(
        [tool, "-bbox", "-", "-"], input=pdf_bytes, capture_output=True, check=True
    )
    for page in done.stdout.decode().split("<page ")[1:]:
        found = re.findall(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)<', page)
        yield [(*map(float, box), word) for *box, word in found if word[:1].isalnum()]


def shared(one, other):
    """Say how much of the smaller of two boxes lies under the other, 0 to 1."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    least = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return wide * tall / least if wide > 0 and tall > 0 and least else 0


def test_no_word_is_printed_over_another(made):
    for number, words in enumerate(boxes(made), 1):
        over = [
            (number, one[4], other[4])
            for at, one in enumerate(words)
            for other in words[at + 1 :]
            if shared(one, other) > 0.4
        ]
        assert over == []


SHORT = b"""name: Query server
kind: mcp-server
form: product
tools:
  - name: query
    description: Run a read-only SQL query
    inputSchema: {type: object, properties: {sql: {type: string}}}
"""


def test_a_heading_with_its_hint_ends_before_the_next_begins():
    """The text beside it is one line, and its hint takes four."""
    made = report_brief.render(assess(load_agent_text(SHORT, "query.yaml")))
    (words,) = boxes(made)
    over = [
        (one[4], other[4])
        for at, one in enumerate(words)
        for other in words[at + 1 :]
        if shared(one, other) > 0.15
    ]
    assert over == []


def test_the_head_of_each_page_cuts_a_long_name_without_counting_letters():
    html = report_html.markup(specimen.nothing_known("Long " * 40), Theme(), "")
    (head,) = re.findall('data-name="(.+?)"', html)
    assert len(head) <= 70
    assert head.endswith("…")


def drawn_sizes(pdf):
    """Yield the size in points of each text that the pages draw, as scaled there."""
    for page in pdf.pages:
        yield from sizes_in(page, (1, 0, 0, 1, 0, 0))


def sizes_in(stream, matrix):
    size, text, kept = 0.0, matrix, []
    for operands, operator in pikepdf.parse_content_stream(stream):
        match str(operator):
            case "q":
                kept.append(matrix)
            case "Q":
                matrix = kept.pop()
            case "cm":
                matrix = times([float(one) for one in operands], matrix)
            case "Tm":
                text = times([float(one) for one in operands], matrix)
            case "Tf":
                size = float(operands[1])
            case "TJ" | "Tj":
                yield size * abs(text[3] or text[1])


def times(one, other):
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k,
        e * h + f * j + m,
    )  # fmt: skip


def test_nothing_on_paper_is_drawn_below_seven_points(pdf):
    sizes = list(drawn_sizes(pdf))
    assert len(sizes) > 1000
    assert min(sizes) >= 6.95  # a drawing that is fitted to its column loses a few hundredths


@pytest.mark.parametrize(
    ("tall", "leaves"), [(260, set()), (215, {"policy"}), (160, {"policy", "lines"})]
)
def test_what_leaves_the_deciding_page_stands_whole_on_the_next(monkeypatch, tall, leaves):
    """First what the policy does, then the single confirmations; none is lost, none told twice."""
    monkeypatch.setitem(closeness.TALL, "A4", tall)
    html = report_html.markup(specimen.confluent(), Theme(), "")
    first, moved, rest = html.partition('id="score"')[0].partition('id="details"')
    groups = decision_of(specimen.confluent()).confirmations
    lines = [f"{escape(line.says)} <span" for one in groups for line in one.lines]
    shown = [one for one in lines if one in first]
    assert [html.count(one) for one in lines] == [1] * len(lines)
    assert len(shown) == (0 if "lines" in leaves else sum(one.shown for one in groups))
    assert all((one in rest) is ("lines" in leaves) for one in lines)
    assert html.count("What the policy does") == 1
    assert ("What the policy does" in rest) is ("policy" in leaves)
    assert ("next page" in first) is bool(moved) is bool(leaves)


@pytest.mark.long
@pytest.mark.parametrize("name", ["weather", "docs-bot", "operations-group", "support-agent"])
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_no_page_is_half_empty(name, paper):
    assessment = assess(load_agent(specimen.AGENTS / f"{name}.yaml"))
    pages = list(boxes(report_pdf.render(assessment, Options(theme=Theme(page=paper)))))
    height = 842 if paper == "A4" else 792
    for words in pages:
        lowest = max(bottom for *_, bottom, _ in words if bottom < height - 45)
        assert lowest > height / 2, [word for *_, word in words[:12]]
    # The bars of the layers stand on the page of their names.
    told = [[word for *_, bottom, word in words if bottom > 60] for words in pages[1:]]
    strips = [one for one in told if ("Seven", "layers") in pairwise(one)]
    assert strips
    assert all({"L1", "L7"}.issubset(one) for one in strips)
    for words in pages:
        assert not [
            (one[4], other[4])
            for at, one in enumerate(words)
            for other in words[at + 1 :]
            if shared(one, other) > 0.4
        ]


GLASSHOUSE = b"""
name: Glasshouse
kind: agent
tools:
  - {name: read_supplier_mail, description: Read mail that suppliers sent to the nursery.}
  - {name: order_supplies, description: Place an order with a supplier and pay it.}
  - {name: dose_fertiliser, description: Mix fertiliser into the water of a bed.}
"""


def test_a_long_name_keeps_to_its_step_of_a_path():
    """It ran on into the next one, over the name that stood there."""
    assessment = assess(load_agent_text(GLASSHOUSE, "glasshouse.yaml"))
    html = report_html.markup(assessment, Theme(), "")
    assert "<wbr/>mail</code>" in html.partition('id="paths"')[2].partition("</section>")[0]
    for words in boxes(report_pdf.render(assessment)):
        names = [one for one in words if one[4].endswith("_mail")]
        run_on = [
            (one[4], other[4])
            for one in names
            for other in words
            if one[1] < other[3] and other[1] < one[3] and -9 < other[0] - one[2] < 1
        ]
        assert run_on == []


def drawn(name, paper="A4"):
    assessment = assess(load_agent(specimen.AGENTS / f"{name}.yaml"))
    return report_pdf.render(assessment, Options(theme=Theme(page=paper)))


def test_no_row_of_a_table_stands_alone_on_a_page():
    """The last question had a page to itself, below the heading of its table."""
    assessment = assess(load_agent(specimen.AGENTS / "support-agent.yaml"))
    html = report_html.markup(assessment, Theme(), "")
    written = [body.count("<tr") for body in re.findall("<tbody>.+?</tbody>", html, re.DOTALL)]
    set_out = []
    for paper in ("A4", "Letter"):
        made = report_pdf.render(assessment, Options(theme=Theme(page=paper)))
        with pikepdf.open(io.BytesIO(made)) as pdf:
            tags = structure(pdf.Root.StructTreeRoot.K)
            set_out += [len(body.K) for kind, body in tags if kind == "/TBody"]
    assert len(set_out) > 2 * len(written)  # a body for each page that a table is on
    assert set_out.count(1) == 2 * written.count(1)


@pytest.mark.long
def test_what_stands_beside_a_finding_is_on_its_page():
    """Where its layer takes two lines and its text few, the end of it stood on the next page."""
    torn = []
    for number, words in enumerate(boxes(drawn("assistant-six-servers")), 1):
        side = [word for left, _, _, bottom, word in words if left < 120 and 60 < bottom < 790]
        ids = [word for word in side if re.fullmatch(r"TH-\w+-\d+", word)]
        if "Findings" in [word for *_, bottom, word in words if bottom < 60]:
            bands = [word for word in side if word in {"Critical", "High", "Medium", "Low"}]
            torn += [(number, bands, ids)] if len(bands) < len(ids) else []
    assert torn == []


def test_no_line_is_broken_after_its_first_word():
    """So it was where a text before code fitted its line but for the space that ends it."""
    words = "A package with almost the same name answers like this agent and copies what"
    at_widths = "".join(
        f'<p style="width: {width}pt; break-after: page">{words} <code>fetch_page</code> says.</p>'
        for width in range(100, 240, 4)
    )
    html = f'<html lang="en"><head><title>Lines</title></head><body>{at_widths}</body></html>'
    made = report_pdf.pdf_of(html, "p { font-size: 9pt }", [])
    for page in boxes(made):
        lines = Counter(round(bottom) for *_, bottom, word in page if word in words.split())
        assert min(list(lines.values())[:-1], default=2) > 1, page


def test_eight_steps_of_a_path_stand_side_by_side():
    steps = "".join(f"<li><b>{number} Tool</b> acts on records</li>" for number in range(1, 9))
    path = f'<ol class="flow n8">{steps}</ol>'
    html = f'<html lang="en"><head><title>Path</title></head><body>{path}</body></html>'
    (page,) = boxes(report_pdf.pdf_of(html, "", []))
    tops = [round(top) for _, top, *_, word in page if word == "Tool"]
    assert len(tops) == 8
    assert len(set(tops)) == 1


def test_a_score_of_ten_stands_on_one_line():
    cover = next(boxes(drawn("coding-agent")))
    assert ("10.0", True) in [(word, bottom - top > 40) for _, top, _, bottom, word in cover]


@pytest.mark.long
@pytest.mark.parametrize("name", ["confluent", "insurance-claims", "assistant-six-servers"])
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_page_that_decides_is_one_page(name, paper):
    assessment = assess(load_agent(specimen.AGENTS / f"{name}.yaml"))
    pages = boxes(report_pdf.render(assessment, Options(theme=Theme(page=paper))))
    heads = [[word for *_, bottom, word in words if bottom < 60] for words in pages]
    assert sum("Decision" in head for head in heads) == 1


NOUNS = ("website", "mailbox", "contact", "order", "firewall", "snapshot", "subscription", "zone")
VERBS = ("list", "get", "create", "update", "delete", "purge", "restore", "deploy", "buy", "send")


@pytest.mark.long
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_page_that_decides_is_one_page_for_four_hundred_tools(paper):
    """Their names are long, and there are tools of every kind."""
    tools = [
        {"name": f"{verb}_{area}_hosting_{noun}_version_1", "description": f"{verb} a {noun}."}
        for area in ("agency", "reseller", "customer", "partner", "regional")
        for noun in NOUNS
        for verb in VERBS
    ]
    text = json.dumps({"name": "Hosting", "kind": "mcp-server", "tools": tools})
    assessment = assess(load_agent_text(text.encode(), "hosting.yaml"))
    pages = list(boxes(report_pdf.render(assessment, Options(theme=Theme(page=paper)))))
    heads = [[word for *_, bottom, word in words if bottom < 60] for words in pages]
    assert len(tools) == 400
    assert sum("Decision" in head for head in heads) == 1


def test_what_is_put_off_is_loaded_when_it_is_asked_for(monkeypatch):
    put_off = ("fontTools.subset", "fontTools.varLib", "fontTools.varLib.instancer", "tinyhtml5")
    for name in put_off:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr(fontTools, "subset", raising=False)
    with loading.unused_later():
        import tinyhtml5  # noqa: PLC0415
        from fontTools import subset  # noqa: PLC0415
        from fontTools.varLib.instancer import instantiateVariableFont  # noqa: PLC0415

    assert not {*put_off} & sys.modules.keys()
    assert tinyhtml5.parse("<p>as written").tag.endswith("html")
    assert subset.Options().drop_tables
    with pytest.raises(TypeError, match="varfont"):
        instantiateVariableFont()


def test_a_library_that_keeps_its_rules_in_another_way_gets_the_sheet_as_it_is():
    for other in (object(), SimpleNamespace(matcher=SimpleNamespace(other_selectors=[()]))):
        assert without_notes(other) is other


PAIR = b"""name: Pair
kind: multi-agent
members: [{name: reader of the old archive}, {name: writer}]
flows:
  - {from: writer, to: reader of the old archive}
  - {from: reader of the old archive, to: writer}
"""


def test_what_stands_beside_a_finding_ends_before_the_next_one():
    """In a system it names the member too, and was printed into the next card or page."""
    made = report_pdf.render(assess(load_agent_text(PAIR, "pair.yaml")))
    cards = 0
    for words in boxes(made):
        side = sorted((top, bottom, word) for left, top, _, bottom, word in words if left < 80)
        ids = [(top, bottom) for top, bottom, word in side if re.fullmatch(r"TH-\w+-\d+", word)]
        scores = [(top, bottom) for top, bottom, _ in side if bottom - top > 20] if ids else []
        assert len(scores) == len(ids)
        assert all(
            end[1] < following[0] - 8 for end, following in zip(ids, scores[1:], strict=False)
        )
        cards += len(ids)
    assert cards > 5
