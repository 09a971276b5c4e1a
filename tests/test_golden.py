"""Every example in every form, approved: the readable ones whole, the large ones by digest.

After a wanted change: `just golden`, then read the difference before it is committed.
"""

import contextlib
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from threatmodel._version import VERSION
from threatmodel.assessment import Assessment, assess
from threatmodel.cli.model import model_text
from threatmodel.cli.score import score_text
from threatmodel.description.load import load_agent
from threatmodel.outputs import EMBEDS, OUTPUTS, embed, render
from threatmodel.rules.load import load_knowledge

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "agents").glob("*.yaml"))
TWICE = ("confluent", "operations-group")
"""Examples that are made again under another hash seed."""

WHOLE = ("markdown", "csv", "mermaid", "questions")
"""Report forms that a person reads in a diff; the PDF's bytes also depend on the system's Pango."""
LARGE = tuple(kind for kind in OUTPUTS if kind not in {*WHOLE, "pdf", "brief"})
WHOLE_EMBEDS = ("badge", "card", "markdown", "shields")


CLAIM = re.compile(
    r"""(digest(?:"|&#34;|&quot;|\\")(?:,\s*"value")?\s*:\s*(?:"|&#34;|&quot;|\\"))[0-9a-f]{64}"""
)
"""The digest of a claim, in JSON and as it stands in HTML and scripts."""


def masked(text: str) -> str:
    """Hide the digests over all rules, and the version: neither is what an example promises."""
    rules = load_knowledge().digest
    for digest, name in ((rules, "RULES"), (rules[:12], "RULES12"), (rules[:10], "RULES10")):
        text = text.replace(digest, f"<{name}>")
    text = CLAIM.sub(r"\g<1><CLAIM>", text)
    return text.replace(f"aivss {VERSION}", "aivss <VERSION>")


def whole(assessment: Assessment, name: str) -> dict[str, str]:
    """Give the outputs that are approved word for word."""
    texts = {
        "score.txt": score_text(assessment, name, everything=True),
        "model.txt": model_text(assessment),
        "policy.json": next(p.text for p in assessment.policies if p.format == "policylayer"),
    }
    texts |= {f"report{OUTPUTS[k].ending}": str(render(k, assessment)) for k in WHOLE}
    return texts | {f"embed-{k}{EMBEDS[k][0]}": embed(k, assessment) for k in WHOLE_EMBEDS}


def digests(assessment: Assessment) -> str:
    """List the sha256 of the large outputs."""
    large = {f"report{OUTPUTS[kind].ending}": str(render(kind, assessment)) for kind in LARGE}
    large |= {f"{p.format}/{p.file_name}": p.text for p in assessment.policies}
    large |= {
        f"embed{EMBEDS[kind][0]}": embed(kind, assessment)
        for kind in EMBEDS
        if kind not in WHOLE_EMBEDS
    }
    rows = (
        f"{hashlib.sha256(masked(text).encode()).hexdigest()}  {name}"
        for name, text in large.items()
    )
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def assessed():
    with contextlib.chdir(ROOT):
        return {path.stem: assess(load_agent(path.relative_to(ROOT))) for path in EXAMPLES}


@pytest.mark.parametrize("name", [path.stem for path in EXAMPLES])
def test_every_output_of_an_example_is_the_approved_one(assessed, golden, name):
    for file, text in whole(assessed[name], f"agents/{name}.yaml").items():
        golden(f"{name}/{file}", masked(text))
    golden(f"{name}/digests.txt", digests(assessed[name]))


def test_no_approved_output_is_left_over(assessed):
    kept = {str(p.relative_to(ROOT / "tests/golden")) for p in (ROOT / "tests/golden").rglob("*.*")}
    made = {
        f"{name}/{file}"
        for name, assessment in assessed.items()
        for file in [*whole(assessment, name), "digests.txt"]
    }
    assert kept == made


def test_the_same_bytes_come_out_whatever_the_hash_seed():
    """Determinism: sets and dicts of strings must never decide an order."""
    code = (
        "import sys; sys.path.insert(0, 'tests'); import test_golden as g; print(g.all_digests())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    with contextlib.chdir(ROOT):
        assert done.stdout == all_digests() + "\n"


def all_digests() -> str:
    """Give the digests of two examples, for a process of its own."""
    return "".join(digests(assess(load_agent(Path(f"agents/{name}.yaml")))) for name in TWICE)
