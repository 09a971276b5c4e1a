"""Pages of members and of systems link to each other, by the files that systems read."""

from collections.abc import Iterable, Iterator
from html import escape

from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.index import SiteIndex
from threatmodel.outputs.text import listed

SLOT = (b"<!--systems-->", b"<!--/systems-->")
"""Where the links stand on the page of an agent; names of others are escaped, so none holds it."""

_SHOWN = 40


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
        yield f'<p class="small">{says} {listed((*links[:_SHOWN], *more))}.</p>'
