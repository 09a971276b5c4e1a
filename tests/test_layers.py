"""What imports may not do, where the contracts in pyproject.toml would need a line for each."""

import ast
from pathlib import Path

from threatmodel.outputs import EMBEDS, OUTPUTS

PACKAGE = Path(__file__).parent.parent / "threatmodel" / "outputs"
NAMED = (*(output.module for output in OUTPUTS.values()), *(name for _, name in EMBEDS.values()))
RENDERERS = {name.partition(".")[0] for name in NAMED}
BUILDS_ON = {
    "report_pdf": {"report_html", "report_json", "report_questions"},
    "report_brief": {"report_html", "report_json", "report_pdf"},
}
"""The PDFs are laid out from the page that the HTML is, with the files of others attached."""


def imported(module):
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{one.name}" for one in node.names))
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def test_renderers_do_not_know_each_other():
    known = {
        name: {one.removeprefix("threatmodel.outputs.") for one in imported(name)} & RENDERERS
        for name in RENDERERS
    }
    assert {name: others for name, others in known.items() if others} == BUILDS_ON
