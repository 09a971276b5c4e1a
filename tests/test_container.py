"""The Containerfile: built and run where a builder works, and held to its promises everywhere."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8")
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD"}


def steps():
    """Give each instruction with its text, lines joined."""
    joined = re.sub(r"\\\n\s*", "", "\n".join(
        line for line in TEXT.splitlines() if line and not line.startswith("#")
    ))  # fmt: skip
    return [tuple(line.split(" ", 1)) for line in joined.splitlines()]


def texts(name):
    return [text for instruction, text in steps() if instruction == name]


def test_it_has_only_instructions_that_are_looked_at_here():
    assert {name for name, _ in steps()} <= KNOWN
    assert steps()[0][0] == "FROM"


def test_every_base_is_a_named_release_for_a_python_that_is_supported():
    for base in texts("FROM"):
        image = base.split()[0]
        assert re.fullmatch(r"docker\.io/library/python:3\.1[1-4]-slim-[a-z]+", image), base


def test_what_it_copies_is_there_and_reaches_the_builder():
    let_in = {
        line[1:]
        for line in (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = set()
    for text in texts("COPY"):
        if not text.startswith("--from="):
            *sources, _ = text.split()
            copied |= set(sources)
    assert all((ROOT / name).exists() for name in copied)
    assert copied == let_in


def test_what_the_wheel_is_built_from_is_copied():
    built = {"threatmodel", "agents", "frameworks", "reports", "README.md", "LICENSE", "NOTICE"}
    assert built <= {word for text in texts("COPY") for word in text.split()}


def test_every_package_is_pinned_by_hash():
    installs = [
        part for text in texts("RUN") for part in text.split(" && ") if "pip install" in part
    ]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert all("--no-deps" in one for one in installs)
    assert "--no-build-isolation" in installs[1]


def test_it_installs_the_same_system_libraries_as_install_sh():
    script = (ROOT / "install.sh").read_text(encoding="utf-8")
    (wanted,) = re.findall(r"^packages='([^']+)'$", script, re.MULTILINE)
    (asked,) = [t for t in texts("RUN") if "apt-get install" in t]
    assert set(wanted.split()) <= set(shlex.split(asked))
    assert "rm -rf /var/lib/apt/lists/*" in asked


def test_it_runs_as_nobody_in_particular_and_says_what_it_runs():
    (user,) = texts("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert steps().index(("USER", user)) > max(
        n for n, (name, _) in enumerate(steps()) if name == "RUN"
    )
    assert texts("ENTRYPOINT") == ['["aivss"]']


@pytest.mark.parametrize("script", texts("RUN"))
def test_the_shell_of_every_step_can_be_read(script):
    subprocess.run(["/bin/sh", "-n", "-c", script], check=True)


def _ran(*command, seconds=300):
    """Run a command at the root of the repository; its output, or what it said of a failure."""
    # Where a session may not make namespaces, buildah can still build by changing its root.
    env = {"BUILDAH_ISOLATION": "chroot"} | os.environ
    ran = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=seconds, check=False
    )
    return ran.returncode, ran.stdout, ran.stderr


_THERE = "/tmp/w.pdf"  # noqa: S108 - inside the image


def _builder():
    """Name a program that can build images here, without a daemon that is not there."""
    for name in ("podman", "buildah", "docker"):
        if shutil.which(name) and _ran(name, "info", seconds=60)[0] == 0:
            return name
    return None


def _has_base(builder):
    """Tell whether the image that it builds on is here or can be had."""
    (base,) = {text.split()[0] for text in texts("FROM")}
    asks = ["images", "-q", base] if builder != "docker" else ["image", "inspect", base]
    code, found, _ = _ran(builder, *asks, seconds=60)
    return (code == 0 and found.strip()) or _ran(builder, "pull", "-q", base)[0] == 0


def _in_image(builder, *command):
    """Run `aivss` in the image, the repository mounted for reading, without a network."""
    if builder != "buildah":
        run = ["run", "--rm", "--network", "none", "-v", f"{ROOT}:/work:ro", "aivss-test"]
        return _ran(builder, *run, *command)
    box = _ran("buildah", "from", "--pull-never", "localhost/aivss-test")[1].strip()
    try:
        return _ran("buildah", "run", "-v", f"{ROOT}:/work:ro", box, "--", "aivss", *command)
    finally:
        _ran("buildah", "rm", box)


@pytest.mark.long
def test_it_is_built_scores_and_writes_a_report():
    builder = _builder()
    if builder is None or os.environ.get("AIVSS_NO_IMAGES"):
        pytest.skip("no builder of images works here; the Containerfile was only read")
    if not _has_base(builder):
        pytest.skip("the image that it builds on cannot be had here; it was only read")
    code, _, said = _ran(
        builder, "build", "-q", "-t", "aivss-test", "-f", "Containerfile", ".", seconds=1200
    )
    assert code == 0, said
    code, found, said = _in_image(builder, "score", "agents/weather.yaml")
    assert (code, "AIVSS" in found) == (0, True), said
    code, _, said = _in_image(builder, "report", "agents/weather.yaml", "-o", _THERE)
    assert (code, "Fontconfig error" in said) == (0, False), said
