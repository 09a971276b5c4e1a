"""What changed between two builds of a site, as a page, a feed and JSON."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from threatmodel.catalogue.entry import Entry, SiteChange
from threatmodel.catalogue.job import Choices
from threatmodel.catalogue.snippets import PLACEHOLDER
from threatmodel.catalogue.templates import fill_page
from threatmodel.outputs.documents import schema_id

KEPT, FEED = 500, 100
"""Changes that a site keeps, and that its feed carries."""


def changes_between(
    before: dict[str, Entry], after: dict[str, Entry], day: str
) -> Iterator[SiteChange]:
    """Name every change between two builds, in the order of ids."""
    for id_ in sorted(before.keys() | after.keys()):
        old, new = before.get(id_), after.get(id_)
        if old is None and new is not None:
            text = f"Added with {_points(new)}."
            yield SiteChange(day, "added", id_, new.name, None, new.score, (), text)
        elif new is None and old is not None:
            yield SiteChange(
                day, "removed", id_, old.name, old.score, None, (), "No longer described."
            )
        elif old is not None and new is not None and old is not new:
            yield from _moved(old, new, day)


def _moved(old: Entry, new: Entry, day: str) -> Iterator[SiteChange]:
    if (old.score, old.band) != (new.score, new.band):
        moved = new.history[0]
        text = f"{_points(old)} became {_points(new)}. {moved.detail}"
        yield SiteChange(day, "score", new.id, new.name, old.score, new.score, moved.causes, text)
    told = (
        ("stale", new.stale and not old.stale, "The assessment went stale."),
        ("outdated", new.outdated and not old.outdated, new.outdated),
        ("renewed", _holds(new) and not _holds(old), "The assessment was renewed."),
        ("reply", old.replies != new.replies, _reply(new)),
    )
    for kind, so, text in told:
        if so:
            yield SiteChange(day, kind, new.id, new.name, old.score, new.score, (), text)


def _holds(entry: Entry) -> bool:
    return not entry.stale and not entry.outdated


def _reply(entry: Entry) -> str:
    if not entry.replies:
        return "A reply was taken back."
    last = entry.replies[-1]
    text = f"{last.by}: {last.kind}, {last.state.replace('-', ' ')}"
    return f"{text}, overdue." if last.late else f"{text}."


def _points(entry: Entry) -> str:
    return "no data" if entry.score is None else f"{entry.score:.1f} {entry.band}"


def change_pages(changes: Iterable[SiteChange], choices: Choices) -> Iterator[tuple[str, str]]:
    """Write the page and the feed."""
    listed = list(changes)
    yield (
        "changes/index.html",
        fill_page("changes", "../", choices, changes=listed[:200], here="changes"),
    )
    yield "changes.atom", atom(listed[:FEED], choices)


def changes_record(changes: Iterable[SiteChange]) -> dict[str, Any]:
    """Give the changes as JSON."""
    return {
        "schema": schema_id("catalogue-changes"),
        "changes": [change._asdict() for change in changes],
    }


def atom(changes: list[SiteChange], choices: Choices) -> str:
    """Write the feed (RFC 4287); links are relative where the site has no address."""
    updated = _time(max((change.day for change in changes), default=choices.day))
    site = choices.address or PLACEHOLDER
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
        f"<title>{_text(choices.title)}: changes</title>\n<id>{_text(site)}changes.atom</id>\n",
        f"<updated>{updated}</updated>\n<author><name>{_text(choices.title)}</name></author>\n",
        f'<link rel="alternate" href="{_text(choices.address)}changes/index.html"/>\n',
    ]
    for number, change in enumerate(changes):
        page = f"{choices.address}agents/{change.id}/index.html"
        link = "" if change.kind == "removed" else f'<link href="{_text(page)}"/>'
        serial = sum(c[:3] == change[:3] for c in changes[number + 1 :])
        own = f"urn:aivss:change:{change.id}:{change.kind}:{change.day or 'undated'}:{serial}"
        parts.append(
            f"<entry><title>{_text(change.name)}: {_text(change.kind)}</title><id>{own}</id>"
            f"<updated>{_time(change.day)}</updated>{link}"
            f"<summary>{_text(change.text)}</summary></entry>\n"
        )
    return "".join([*parts, "</feed>\n"])


def _time(day: str) -> str:
    return f"{day or '1970-01-01'}T00:00:00Z"


def _text(text: str) -> str:
    """Escape text for XML; characters that XML has not are left out."""
    return escape("".join(c for c in text if c >= " " and not "\ufffe" <= c <= "\uffff"))
