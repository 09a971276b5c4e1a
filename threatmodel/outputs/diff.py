"""A diff as JSON, Markdown and plain lines; one type builds the document and its schema."""

from dataclasses import fields
from typing import Any

from threatmodel.diff import Cause, Change, ChangeKind, Diff
from threatmodel.outputs.document_types import Document, SchemaDocument, some_of
from threatmodel.outputs.documents import schema_id
from threatmodel.outputs.text import code, count, plain
from threatmodel.scales import OPEN, Band
from threatmodel.snapshot import Snapshot

TITLES: tuple[tuple[ChangeKind, str], ...] = (
    ("threat", "Threats"),
    ("tool", "Tools"),
    ("said", "Description"),
    ("fact", "Facts"),
    ("factor", "Factors"),
    ("guard", "Policy"),
    ("member", "Members in their places"),
    ("flow", "Flows"),
)
"""Kinds in the order in which they are told, with their headings."""

CAUSES: dict[Cause, str] = {
    "source": "the description or tool list changed",
    "answer": "somebody answered",
    "rules": "the rules changed",
    "engine": "the program changed",
}


@some_of(Change, *(one.name for one in fields(Change)))
class ChangeShape(Document):
    """One thing that differs."""


@some_of(Snapshot, "agent", "value", "severity", "digest", "rules", "engine")
class SideShape(Document):
    """One of the two assessments."""

    agent: str
    """Its name."""
    severity: Band
    """Its band."""


class DiffDocument(SchemaDocument):
    """What `aivss diff --format json` prints."""

    before: SideShape
    """The old one."""
    after: SideShape
    """The new one."""
    changes: list[ChangeShape]
    """What differs, by id: tools, what else is said, facts, factors, threats, guards, members,
    flows."""


def diff_json(diff: Diff) -> dict[str, Any]:
    """Give a diff as JSON values."""
    document = DiffDocument(
        schema=schema_id("diff"),
        before=SideShape.of(diff.before, agent=diff.before.name),
        after=SideShape.of(diff.after, agent=diff.after.name),
        changes=[ChangeShape.of(change) for change in diff.changes],
    )
    return document.model_dump(mode="json", by_alias=True)


def change_line(change: Change) -> str:
    """Say one change in a line."""
    if change.kind == "guard":
        word = "changed" if change.before and change.after else "gone" if change.before else "new"
        return f"{change.id}: {word}"
    name = f"{change.id} {change.title}" if change.title else change.id
    was, now = change.before or "absent", change.after or "absent"
    why = f" ({', '.join(change.by)})" if change.by else ""
    return f"{name}: {was} -> {now}{why}"


_MOST = 30
"""Lines of a kind in a comment; a reviewer reads no more of them, and hosts cut long comments."""


def diff_markdown(diff: Diff) -> str:
    """Give a diff as Markdown, for a comment on a pull request."""
    before, after = diff.before, diff.after
    lines = [
        f"## {plain(after.name)}: {_scored(before)} to {_scored(after)}",
        "",
    ]
    if not diff.changes:
        lines += ["Nothing changed.", ""]
    for kind, title in TITLES:
        found = diff.of(kind)
        if not found:
            continue
        lines += [f"**{title}**: {count(len(found), 'change')}", ""]
        lines += _cut([_marked(change) for change in found])
    return "\n".join(lines)


def alone_markdown(side: Snapshot, *, new: bool) -> str:
    """Tell of a description that only one of two revisions has, for a comment."""
    lines = [f"## {plain(side.name)}: {_scored(side)}, {'new' if new else 'gone'}", ""]
    opened = open_of(side) if new else []
    if opened:
        lines += [f"**Threats**: {count(len(opened), 'open threat')}", ""]
        lines += _cut([f"⚠ {code(id_)} {plain(words)}" for id_, words in opened])
    return "\n".join(lines)


def _cut(items: list[str]) -> list[str]:
    """Give a list as lines, cut where it grows long, with the empty line that ends it."""
    more = [f"and {len(items) - _MOST} more"] if len(items) > _MOST else []
    return [*(f"- {item}" for item in [*items[:_MOST], *more]), ""]


def open_of(side: Snapshot) -> list[tuple[str, str]]:
    """Give id and words of each threat of its own that is open, the highest first."""
    found = [
        (id_, one) for id_, one in side.threats.items() if one.state in OPEN and not one.shared
    ]
    found.sort(key=lambda pair: (-(pair[1].score or 0.0), pair[0]))
    return [(i, f"{one.title}: {one.score:.1f}" if one.score else one.title) for i, one in found]


def _scored(side: Snapshot) -> str:
    return f"{side.value:.1f} {side.severity}"


def _marked(change: Change) -> str:
    mark = "⚠ " if change.worse else ""
    was, now = plain(change.before or "absent"), plain(change.after or "absent")
    title = f" {plain(change.title)}" if change.title else ""
    if change.kind == "guard":
        was, now = (
            "guard" if change.before else "no guard",
            "guard" if change.after else "no guard",
        )
    return f"{mark}{code(change.id)}{title}: {was} to {now}, because {CAUSES[change.cause]}"
