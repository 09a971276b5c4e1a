"""Lines on paper: no short word alone on the last one, and no style worked out for nothing."""

import re
import shutil
import subprocess
from itertools import pairwise
from xml.etree.ElementTree import fromstring as read_xml

import pytest
from cssselect2 import ElementWrapper

from threatmodel.outputs import loading, paper

TEXTS = {
    "<p>Whoever signs this has to be told who is asked then.</p>": "asked\u00a0then.",
    "<p>Whoever signs this is told what <code>get</code> does here.</p>": "does\u00a0here.",
    "<p>Whoever signs this is told what is <b>asked for first</b></p>": "for\u00a0first",
    "<p>Whoever signs this has to be told by <code>get_all_of_them</code></p>": "",
    "<p>Two short words here</p>": "",
    "<p>Whoever signs this considers incomprehensibilities notwithstanding.</p>": "",
    "<div><p>Whoever signs this</p> has no last paragraph of these words.</div>": "",
    "<table><tr><td>Words of a narrow column stay wherever considerable</td></tr></table>": "",
    "<table><tr><td>Words in a narrow column: some are short</td></tr></table>": "are\u00a0short",
}
WORD = r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>'


@pytest.mark.parametrize(("html", "kept"), TEXTS.items(), ids=range(len(TEXTS)))
def test_the_last_two_words_of_a_text_stay_together_where_they_are_short(html, kept):
    page = read_xml(html)  # noqa: S314 (ours)
    before = "".join(page.itertext())
    paper.keep_pairs(page)
    after = "".join(page.itertext())
    assert after.replace("\u00a0", " ") == before
    assert re.findall(r"\S+\u00a0\S+", after) == [kept] * bool(kept)


@pytest.mark.long
def test_few_short_words_stand_alone_on_the_last_line_of_a_text(confluent_pdf):
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext, which this machine lacks (apt-get install poppler-utils)")
    command = ["pdftotext", "-bbox-layout", confluent_pdf, "-"]
    boxes = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    alone = []
    for block in re.findall(r"<block.*?</block>", boxes, re.DOTALL):
        lines = [
            re.findall(WORD, line) for line in re.findall(r"<line.*?</line>", block, re.DOTALL)
        ]
        for above, last in list(pairwise(lines))[-1:]:
            pair = f"{above[-1][2]} {last[0][2]}"
            (left, right), (start, end, _) = (above[0][0], above[-1][1]), last[0]
            short = float(end) - float(start) < (float(right) - float(left)) / 4
            if len(last) == 1 < len(above) and short and len(pair) <= 15:
                alone.append(pair)
    assert len(alone) <= MOST_ALONE, alone


MOST_ALONE = 4
"""Of some forty before they were kept together: cells whose lines are those of a list."""


def test_no_style_is_worked_out_for_a_mark_that_no_element_has():
    with loading.unused_later():
        from weasyprint.html import UA_STYLESHEET  # noqa: PLC0415 - only where Pango is installed

    html = "<html><body><p>a</p><ol><li>b</li></ol><br/><h2>c</h2></body></html>"
    lean = loading.without_notes(UA_STYLESHEET)
    for element in ElementWrapper.from_html_root(read_xml(html)).iter_subtree():  # noqa: S314
        before, after = (sheet.matcher.match(element) for sheet in (UA_STYLESHEET, lean))
        assert [rule for rule in before if rule[2] is None] == [r for r in after if r[2] is None]
        kept = {rule[2] for rule in after} - {None}
        assert kept == {"li": {"marker"}, "br": {"before"}}.get(element.local_name, set())
        assert {rule[2] for rule in before} > kept


def test_an_id_stands_where_a_link_leads_and_on_a_leaf():
    text = '<div><a href="#one">1</a><div id="one"><p id="two"><b>One</b> and more</p></div></div>'
    page = read_xml(text)  # noqa: S314 (ours)
    paper.share_styles(page)
    assert [(found.tag, found.get("id")) for found in page.iter() if "id" in found.attrib] == [
        ("b", "one")
    ]
