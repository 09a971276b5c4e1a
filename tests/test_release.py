"""What a release says of itself: a bill of materials, whole, valid, the same bytes twice."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def text():
    """Give the bill: that of CI's wheel where one was made, else one without a wheel."""
    made = os.environ.get("AIVSS_BILL")
    return Path(made).read_text(encoding="utf-8") if made else _written({})


@pytest.fixture(scope="module")
def bill(text):
    return json.loads(text)


def _written(environment, *arguments):
    ran = subprocess.run(
        [sys.executable, ".ci/sbom.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


def test_it_is_valid_cyclonedx(text):
    pytest.importorskip("cyclonedx", reason="the validator is not here: sh install.sh --dev")
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_validator_would_notice_a_fault(text):
    pytest.importorskip("cyclonedx", reason="the validator is not here: sh install.sh --dev")
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    wrong = text.replace('"SHA-256"', '"SHA-255"', 1)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(wrong) is not None


def test_every_part_that_runs_is_in_it_and_none_that_only_builds(bill):
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))
    listed = {(c["name"], c["version"]) for c in bill["components"] if c["type"] == "library"}
    left_out = {name for name, _ in pinned - listed}
    assert not listed - pinned
    assert left_out == {"editables", "hatchling", "pathspec", "pluggy", "tomlkit", "packaging",
                        "trove-classifiers"}  # fmt: skip


def test_the_digests_are_those_that_an_installation_checks(bill):
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    checked = set(re.findall(r"sha256:([0-9a-f]{64})", lock))
    for part in bill["components"]:
        if part["type"] == "library":
            (files,) = part["externalReferences"]
            digests = {one["content"] for one in files["hashes"]}
            assert digests
            assert digests <= checked, part["name"]


def test_what_depends_on_what_leads_from_the_program_to_every_part(bill):
    edges = {one["ref"]: set(one["dependsOn"]) for one in bill["dependencies"]}
    reached, waiting = set(), {bill["metadata"]["component"]["bom-ref"]}
    while waiting:
        one = waiting.pop()
        reached.add(one)
        waiting |= edges[one] - reached
    optional = {c["bom-ref"] for c in bill["components"] if c.get("scope") == "optional"}
    assert set(edges) - reached <= optional


def test_the_fonts_that_it_carries_are_in_it_with_their_licence(bill):
    fonts = {c["name"]: c for c in bill["components"] if c["type"] == "file"}
    on_disk = [f for ending in ("ttf", "woff2") for f in (ROOT / "reports").rglob(f"*.{ending}")]
    assert set(fonts) == {f.relative_to(ROOT).as_posix() for f in on_disk}
    for file in on_disk:
        font = fonts[file.relative_to(ROOT).as_posix()]
        assert font["hashes"][0]["content"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert font["licenses"][0]["license"]["id"]


def test_the_wheel_is_named_with_its_digest(tmp_path):
    wheel = tmp_path / "aivss_threatmodel-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    own = json.loads(_written({}, str(wheel)))["metadata"]["component"]
    assert own["hashes"][0]["content"] == hashlib.sha256(b"a wheel").hexdigest()
    assert own["version"] == "0.1.0"


def test_the_same_bytes_come_out_twice():
    first, second = (_written({"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C.UTF-8"})
                     for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")))  # fmt: skip
    assert first == second
    assert "timestamp" not in first
