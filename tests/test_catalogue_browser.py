"""The catalogue in a real browser, served from a sub-path by a plain file server."""

import contextlib
import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from threatmodel.catalogue.build import How, build_site
from threatmodel.catalogue.job import Choices

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.long
BROWSER = Path(__file__).parent / "browser"
HOSTILE = '<img src=x onerror=alert(1)> "quoted" \u202e {{ 7*7 }} --> </script>'


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A plain file server that prints nothing."""

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """A browser may hang up whenever it likes."""

    def handle_error(self, *_):
        pass


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    node = shutil.which("node")
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if node is None or not Path(chromium).is_file():
        pytest.skip("needs node and chromium, which this machine lacks")
    if not (BROWSER / "node_modules").is_dir():
        pytest.skip("needs `npm ci` in tests/browser, which .ci/run does")
    folder = tmp_path_factory.mktemp("catalogue")
    build_site(descriptions(folder / "in"), folder / "www/some/where", choices(), How(jobs=1))
    with serving(folder / "www") as own, serving(folder / "foreign") as other:
        site = f"{own}some/where/"
        (folder / "foreign").mkdir(exist_ok=True)
        (folder / "foreign/index.html").write_text(foreign_page(site), encoding="utf-8")
        done = subprocess.run(
            [node, BROWSER / "catalogue.mjs", site, f"{other}index.html"],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def choices() -> Choices:
    return Choices(day="2026-11-20", also=("policies",))


def descriptions(folder: Path) -> Path:
    folder.mkdir()
    for file in (ROOT / "agents").iterdir():
        shutil.copy(file, folder / file.name)
    hostile = {
        "name": HOSTILE,
        "summary": HOSTILE,
        "tags": [HOSTILE, "a" * 200],
        "vendor": HOSTILE,
        "tools": [
            {"name": HOSTILE, "description": HOSTILE},
            {"name": "delete_" + "x" * 200, "description": HOSTILE},
        ],
    }
    (folder / "hostile.yaml").write_text(json.dumps(hostile), encoding="utf-8")
    replies = {
        "replies": [
            {"by": HOSTILE, "date": "2026-11-01", "kind": "dispute", "text": HOSTILE,
             "deadline": "2026-11-10", "about": [HOSTILE]}
        ]
    }  # fmt: skip
    (folder / "hostile.reply.yaml").write_text(json.dumps(replies), encoding="utf-8")
    return folder


def foreign_page(site: str) -> str:
    """A page of someone else, whose policy allows no inline styles."""
    return f"""<!doctype html><html lang="en"><head><title>A page of someone else</title>
<link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="style-src 'self'">
<script src="{site}aivss-score.js" defer></script></head><body><main>
<aivss-score agent="confluent"></aivss-score><aivss-score agent="weather"></aivss-score>
<iframe src="{site}agents/confluent/card.html" width="420" height="160" title="AIVSS"></iframe>
</main></body></html>"""


@contextlib.contextmanager
def serving(folder: Path):
    """Serve a folder on the loopback address."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_every_use_of_the_site_works_in_a_browser(results):
    assert len(results) > 50
    faults = {one["name"]: one["fault"] for one in results if one["fault"]}
    assert faults == {}
