"""`aivss diff`: what changed between two assessments, and why."""

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from threatmodel.assessment import assess
from threatmodel.cli.app import FILE, PACKS, form_option, open_agent, show, write_json, write_result
from threatmodel.cli.style import band, clean, dim, heading, wrapped
from threatmodel.description.load import load_agent
from threatmodel.diff import Change, Diff, compare
from threatmodel.errors import AivssError, MissingPartError
from threatmodel.outputs.diff import (
    CAUSES,
    TITLES,
    alone_markdown,
    change_line,
    diff_json,
    diff_markdown,
    open_of,
)
from threatmodel.reading import read_data, read_tree
from threatmodel.snapshot import Snapshot, snapshot_from, snapshot_of

_MOST = 30
# A git that waits for a password, or for a network file system, must not hang a check for ever.
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
        lines += [wrapped(change_line(c), 4, "  !" if c.worse else "  -") for c in mine[:_MOST]]
        if len(mine) > _MOST:
            lines.append(f"    and {len(mine) - _MOST} more\n")
    return lines


# Where the two sides come from: files, the JSON of reports, git revisions.


def _snapshot_at(path: Path) -> Snapshot:
    """Read a description, or the JSON of a report, as a snapshot."""
    if path.suffix.lower() == ".json" and b'"urn:aivss:schema:' in read_data(path)[:400]:
        return snapshot_from(read_tree(path).value, str(path))
    return snapshot_of(assess(open_agent(path), trying=True))


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file of a git repository, and where it was in its revisions."""

    top: Path
    name: str
    """Path from the top, with `/`."""

    @staticmethod
    def of(path: Path) -> "_Kept":
        """Find the repository of a file, which need not be there any more."""
        file = path.resolve()
        folder = next(one for one in file.parents if one.is_dir())
        top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip()).resolve()
        return _Kept(top, file.relative_to(top).as_posix())

    def commit(self, revision: str) -> str:
        """Give the commit that a revision names."""
        asked = ("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        return _git(self.top, *asked).decode().strip()

    def snapshot(self, commit: str, name: str) -> Snapshot | None:
        """Take a snapshot of a file as it was; None where the commit does not have it."""
        if not _git(self.top, "ls-tree", "--name-only", commit, "--", name):
            return None
        around = name.rpartition("/")[0] or "."
        packed = _git(self.top, "archive", "--format=tar", commit, "--", around)
        with tempfile.TemporaryDirectory() as place:
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(place, filter=_files_alone)  # noqa: S202 - data and folders alone
            return snapshot_of(assess(load_agent(Path(place) / name), trying=True))

    def before(self, old: str, new: str) -> str:
        """Give the name that the file had in an old commit, where it was renamed since."""
        asked = ("diff", "--name-status", "-z", "--find-renames", "--diff-filter=R")
        told = _git(self.top, *asked, old, *filter(None, [new]), "--").decode(errors="replace")
        fields = told.split("\0")
        pairs = zip(fields[1::3], fields[2::3], strict=False)
        return next((was for was, now in pairs if now == self.name), self.name)


def _files_alone(member: tarfile.TarInfo, place: str) -> tarfile.TarInfo | None:
    """Leave out links: a stranger's may lead anywhere, and no description is read through one."""
    return tarfile.data_filter(member, place) if member.isfile() or member.isdir() else None


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
        hint = "check the revision, and that the file lies in a repository"
        raise AivssError(f"git: {said[-1] if said else 'failed'}", hint=hint)
    return done.stdout


def sides(
    files: tuple[Path, ...], revisions: str | None
) -> tuple[Snapshot | None, Snapshot | None]:
    """Take the snapshots that are to be compared; None where a revision does not have the file."""
    if revisions is None:
        if len(files) != 2:  # noqa: PLR2004 - a diff has two sides
            hint = "aivss diff OLD NEW, or aivss diff --rev main..HEAD FILE"
            raise AivssError("a diff takes two files", hint=hint)
        return _snapshot_at(files[0]), _snapshot_at(files[1])
    old, dots, new = revisions.partition("..")
    if len(files) != 1 or not old:
        hint = "aivss diff --rev main..HEAD FILE; without a second one: the file as it is"
        raise AivssError("--rev takes OLD..NEW and one file", hint=hint)
    kept = _Kept.of(files[0])
    first, last = kept.commit(old), kept.commit(new) if dots and new else ""
    before = kept.snapshot(first, kept.before(first, last))
    if last:
        after = kept.snapshot(last, kept.name)
    else:
        after = _snapshot_at(files[0]) if files[0].is_file() else None
    if before is None and after is None:
        hint = "check its name and folder, or name another revision"
        raise AivssError(f"{files[0]} is in none of the two revisions", hint=hint)
    return before, after


def _alone(side: Snapshot, form: str, *, new: bool) -> None:
    """Tell of a description that only one revision has."""
    if form == "json":
        told = "there is nothing to compare it with"
        raise AivssError(f"{side.name} is {'new' if new else 'gone'}: {told}", hint="--format text")
    if form == "markdown":
        write_result(alone_markdown(side, new=new), None)
        return
    score = band(side.severity, f"{side.value:.1f} {side.severity}")
    parts = [f"{click.style(clean(side.name), bold=True)}\n{score}, {'new' if new else 'gone'}\n"]
    opened = open_of(side) if new else []
    parts += [heading("Threats")] if opened else []
    parts += [wrapped(clean(f"{id_} {words}"), 4, "  !") for id_, words in opened[:_MOST]]
    parts += [f"    and {len(opened) - _MOST} more\n"] if len(opened) > _MOST else []
    show("".join(parts))


@click.command("diff")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--rev", "revisions", metavar="OLD..NEW", help="Two git revisions of one file.")
@form_option("Text, JSON, or Markdown for a pull request.", "markdown")
@click.option("--fail-on-new", is_flag=True, help="Exit 1 when a threat is open that was not.")
@PACKS
def diff_command(
    files: tuple[Path, ...], revisions: str | None, form: str, *, fail_on_new: bool
) -> int:
    """What changed between two descriptions, reports (JSON) or git revisions, and why.

    A description that was renamed is compared with what it was.
    """
    before, after = sides(files, revisions)
    if before is None or after is None:
        one = before or after
        assert one is not None  # noqa: S101 - one side is there
        _alone(one, form, new=before is None)
        return int(fail_on_new and before is None and bool(open_of(one)))
    diff = compare(before, after)
    if form == "json":
        write_json(diff_json(diff))
    elif form == "markdown":
        write_result(diff_markdown(diff), None)
    else:
        show(diff_text(diff))
    return int(fail_on_new and bool(diff.opened))
