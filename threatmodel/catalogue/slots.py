"""What is put into pages of agents that stand already: notices, and links of systems."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from html import escape

from threatmodel.catalogue.entry import WAITING, Entry
from threatmodel.catalogue.index import SiteIndex
from threatmodel.catalogue.snippets import FILES, card_text, embed_files
from threatmodel.catalogue.staging import Work, write
from threatmodel.outputs.claim import Claim
from threatmodel.outputs.text import long_date
from threatmodel.threats.names import joined
from threatmodel.verify import statements

NOTICES = ("<!--notices-->", "<!--/notices-->")
"""Where notices stand on the page of an agent; names of others are escaped, so none holds it."""

LINKS = (b"<!--systems-->", b"<!--/systems-->")
"""Where links to systems and members stand on it."""

# Links in one line; a tool that every server has would fill the page with them.
_SHOWN = 40

# What a reader must know before a score, also on pages of agents that can no longer be read.


def outdate(work: Work, entry: Entry) -> None:
    """Put the notice on the page of an agent, and mark badge, endpoint and cards."""
    folder = f"agents/{entry.id}"

    def read(name: str) -> str:
        return (work.next / folder / name).read_text("utf-8")

    page = read("index.html")
    start, end = page.index(NOTICES[0]) + len(NOTICES[0]), page.index(NOTICES[1])
    noticed = page[:start] + _notices(entry) + page[end:]
    write(work, f"{folder}/index.html", noticed.encode())
    badge = read(FILES["badge"])
    said = next(statements(badge.encode()))
    claim = Claim(**{field.name: said[field.name] for field in fields(Claim)})
    text = card_text(read(FILES["card"]))
    for name, data in embed_files(claim, text, outdated=True).items():
        write(work, f"{folder}/{name}", data)


def _notices(entry: Entry) -> str:
    return "".join(
        f'<p class="notice"><b>{escape(head)}</b> {escape(text)}</p>'
        for head, text in notices(entry)
    )


def notices(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Say what a reader must know before the score."""
    told = []
    if entry.stale:
        text = f"It went stale on {long_date(entry.stale_on)}; what it says may no longer hold."
        told.append(("This assessment is stale.", text))
    if entry.outdated:
        told.append(("This assessment is out of date.", entry.outdated))
    disputes = [r for r in entry.replies if r.kind == "dispute" and r.state in WAITING]
    if disputes:
        until = (
            f" To be decided by {long_date(disputes[0].deadline)}." if disputes[0].deadline else ""
        )
        told.append((f"Disputed by {disputes[0].by}.", f"The dispute is below in full.{until}"))
    return tuple(told)


# Pages of members and of systems link to each other, by the files that systems read.


def system_links(site_index: SiteIndex) -> Iterator[tuple[str, str]]:
    """Give the links of each agent on whose page they may have changed, by its id."""
    by_path = {entry.path: entry for entry in site_index.agents}
    systems = [entry for entry in site_index.agents if entry.kind == "multi-agent"]
    uses = {one.id: [by_path[p] for p in sorted(one.inputs) if p in by_path] for one in systems}
    used: dict[str, list[Entry]] = {}
    for system in systems:
        for member in uses[system.id]:
            if member.id != system.id:
                used.setdefault(member.id, []).append(system)
    for entry in site_index.agents if site_index.delta is None else _near(site_index, by_path):
        members = [one for one in uses.get(entry.id, ()) if one.id != entry.id]
        links = (
            *_told("Made of the descriptions", members),
            *_told("Part of", used.get(entry.id, ())),
        )
        yield entry.id, "".join(links)


def _near(site_index: SiteIndex, by_path: dict[str, Entry]) -> list[Entry]:
    """List what changed, and what changed systems read before or read now."""
    if site_index.delta is None:
        return []
    changed = (*site_index.delta.old, *site_index.delta.new)
    paths = {path for one in changed for path in (one.path, *one.inputs)}
    readers = (one for one in site_index.agents if paths & one.inputs.keys())
    found = (*readers, *(by_path[path] for path in sorted(paths) if path in by_path))
    return list({one.id: one for one in found}.values())


def _told(says: str, others: Iterable[Entry]) -> Iterator[str]:
    links = tuple(f'<a href="../{one.id}/index.html">{escape(one.name)}</a>' for one in others)
    if links:
        more = (f"{len(links) - _SHOWN} more",) if len(links) > _SHOWN else ()
        yield f'<p class="small">{says} {joined((*links[:_SHOWN], *more))}.</p>'
