"""`aivss diff`: what changed between two assessments, and why."""

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from threatmodel.assessment import assess
from threatmodel.cli.app import FILE, PACKS, open_agent, show, write, write_json
from threatmodel.cli.style import band, clean, dim, heading, wrapped
from threatmodel.description.load import load_agent
from threatmodel.diff import Change, Diff, compare
from threatmodel.errors import AivssError, MissingPartError
from threatmodel.outputs.diff import CAUSES, TITLES, diff_json, diff_markdown, says
from threatmodel.reading import read_data, read_tree
from threatmodel.snapshot import Snapshot, snapshot_from, snapshot_of

_MOST = 30
_SECONDS = 60


def diff_text(diff: Diff) -> str:
    """Lay out a diff for a terminal."""
    before, after = diff.before, diff.after
    names = (
        clean(after.name) if before.name == after.name else clean(f"{before.name}, {after.name}")
    )
    scores = [band(one.severity, f"{one.value:.1f} {one.severity}") for one in (before, after)]
    parts = [f"{click.style(names, bold=True)}\n{scores[0]} -> {scores[1]}\n"]
    if not diff.changes:
        parts.append("nothing changed\n")
    for kind, title in TITLES:
        found = diff.of(kind)
        if found:
            parts += [heading(title), *_lines(found)]
    return "".join(parts)


def _lines(changes: Sequence[Change]) -> list[str]:
    lines = []
    for cause, words in CAUSES.items():
        mine = [change for change in changes if change.cause == cause]
        if mine:
            lines.append(dim(f"{words}\n"))
        lines += [wrapped(says(c), 4, "  !" if c.worse else "  -") for c in mine[:_MOST]]
        if len(mine) > _MOST:
            lines.append(f"    and {len(mine) - _MOST} more\n")
    return lines


# Where the two sides come from: files, the JSON of reports, git revisions.


def snapshot_at(path: Path) -> Snapshot:
    """Read a description, or the JSON of a report, as a snapshot."""
    if path.suffix.lower() == ".json" and b'"urn:aivss:schema:' in read_data(path)[:400]:
        return snapshot_from(read_tree(path).value, str(path))
    return snapshot_of(assess(open_agent(path), trying=True))


def snapshot_in(revision: str, path: Path) -> Snapshot:
    """Take a snapshot of a description as it was in a git revision.

    Raises:
        AivssError: It is in no repository, or the revision does not have it.
        MissingPartError: There is no git.
    """
    file = path.resolve()
    top = Path(_git(file.parent, "rev-parse", "--show-toplevel").decode().strip()).resolve()
    commit = _git(top, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    folder = file.parent.relative_to(top).as_posix()
    packed = _git(top, "archive", "--format=tar", commit.decode().strip(), "--", folder)
    with tempfile.TemporaryDirectory() as place:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(place, filter="data")
        old = Path(place) / file.relative_to(top)
        if not old.is_file():
            raise AivssError(f"{path} is not in {revision}", hint="name a later revision")
        return snapshot_of(assess(load_agent(old), trying=True))


def _git(folder: Path, *arguments: str) -> bytes:
    program = shutil.which("git")
    if program is None:
        raise MissingPartError("git is not installed", hint="install git, or name two files")
    done = subprocess.run(  # noqa: S603 - no shell; revisions are verified before they are used
        [program, "-C", str(folder), *arguments],
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise AivssError(f"git: {said[-1] if said else 'failed'}", hint="check the revision")
    return done.stdout


def sides(files: tuple[Path, ...], revisions: str | None) -> tuple[Snapshot, Snapshot]:
    """Take the snapshots that are to be compared; AivssError where that is not two."""
    if revisions is None:
        if len(files) != 2:  # noqa: PLR2004 - a diff has two sides
            hint = "aivss diff OLD NEW, or aivss diff --rev main..HEAD FILE"
            raise AivssError("a diff takes two files", hint=hint)
        return snapshot_at(files[0]), snapshot_at(files[1])
    old, dots, new = revisions.partition("..")
    if len(files) != 1 or not old:
        hint = "aivss diff --rev main..HEAD FILE; without a second one: the file as it is"
        raise AivssError("--rev takes OLD..NEW and one file", hint=hint)
    before = snapshot_in(old, files[0])
    return before, snapshot_in(new, files[0]) if dots and new else snapshot_at(files[0])


@click.command("diff")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--rev", "revisions", metavar="OLD..NEW", help="Two git revisions of one file.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text, JSON, or Markdown for a pull request.",
)
@click.option("--fail-on-new", is_flag=True, help="Exit 1 when a threat is open that was not.")
@PACKS
def diff_command(
    files: tuple[Path, ...], revisions: str | None, form: str, *, fail_on_new: bool
) -> int:
    """What changed between two descriptions, reports (JSON) or git revisions, and why."""
    diff = compare(*sides(files, revisions))
    if form == "json":
        write_json(diff_json(diff))
    elif form == "markdown":
        write(diff_markdown(diff), None)
    else:
        show(diff_text(diff))
    return int(fail_on_new and bool(diff.opened))
