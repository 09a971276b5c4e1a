"""The HTML in a real browser: contrast, landmarks, no request, no overflow; light, dark, phone."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.outputs import specimen
from threatmodel.outputs import embed, report_html

pytestmark = pytest.mark.long
BROWSER = Path(__file__).parent / "browser"
COMPONENT = (
    '<!doctype html><html lang="en"><head><title>Agent</title></head><body><main>'
    "<h1>Agent</h1><h2>Risk</h2><aivss-score></aivss-score></main>"
    "<script>{}</script></body></html>"
)
HOSTILE = "</pre></details><script>window.ran = true</script><img src=x onerror=ran=true>"
LONG = "w" * 3000 + " " + "tool_with_a_name_that_goes_on_and_on" * 9


def look(script, folder, pages):
    """Write pages, run a script of this folder's in node over them, and read what it printed."""
    node = shutil.which("node")
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if node is None or not Path(chromium).is_file():
        pytest.skip("needs node and chromium, which this machine lacks")
    if not (BROWSER / "node_modules").is_dir():
        pytest.skip("needs `npm ci` in tests/browser, which .ci/run does")
    for name, html in pages.items():
        (folder / name).write_text(html, encoding="utf-8")
    done = subprocess.run(
        [node, BROWSER / script, *(folder / name for name in pages)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    pages = {
        "confluent.html": report_html.render(specimen.decided()),
        "nothing.html": report_html.render(specimen.nothing_known()),
        "hostile.html": report_html.render(specimen.hostile(LONG)),
        "card.html": embed("card", specimen.confluent()),
        "component.html": COMPONENT.format(embed("web-component", specimen.confluent())),
        "card-outdated.html": embed("card", specimen.confluent(), outdated=True),
    }
    return look("check.mjs", tmp_path_factory.mktemp("pages"), pages)


def test_axe_finds_no_fault_in_any_view(found):
    faults = [
        (Path(one["file"]).name, one["view"], fault["id"], fault["nodes"])
        for one in found
        for fault in one["violations"]
    ]
    assert faults == []


def test_the_web_component_shows_the_card(found):
    shown = {one["component"] for one in found if one["file"].endswith("component.html")}
    (text,) = shown
    assert "9." in text or "8." in text
    assert "Confluent MCP server" in text
    assert "Why this score" in text


def test_no_page_asks_for_anything(found):
    assert [one["requests"] for one in found if one["requests"]] == []


def test_no_page_is_wider_than_its_window(found):
    wide = [
        (Path(one["file"]).name, one["view"], one["beyond"]) for one in found if one["wide"] > 0
    ]
    assert wide == []


def test_conditions_can_be_read_at_every_width(found):
    assert [(one["view"], one["cramped"]) for one in found if one["cramped"]] == []


def test_copy_buttons_copy_whole_policies_and_no_other_script_runs(tmp_path):
    pages = {
        "confluent.html": report_html.render(specimen.confluent()),
        "hostile.html": report_html.render(specimen.hostile(HOSTILE)),
    }
    for one in look("copying.mjs", tmp_path, pages):
        assert len(one["copies"]) == one["policies"] > 3
        assert [copy for copy in one["copies"] if not copy["same"]] == []
        assert all(copy["name"].startswith("Copied the policy for ") for copy in one["copies"])
        assert not one["other"]
        assert one["printed"] == one["without"] == 0
        assert one["faults"] == []
