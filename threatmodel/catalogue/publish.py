"""Put a site together from agents that are built, and put it in the place of the old one."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from multiprocessing import get_context
from operator import itemgetter

from threatmodel.catalogue.assets import load_assets
from threatmodel.catalogue.changes import (
    KEPT,
    change_pages,
    changes_between,
    changes_record,
)
from threatmodel.catalogue.entry import Entry, SiteChange
from threatmodel.catalogue.home import facet_lists, home_pages
from threatmodel.catalogue.index import Delta, SiteIndex, SiteState, site_index_of, write_state
from threatmodel.catalogue.job import Choices
from threatmodel.catalogue.lists import Written
from threatmodel.catalogue.records import index_record, json_line, sitemaps, tools_index
from threatmodel.catalogue.slots import LINKS, outdate, system_links
from threatmodel.catalogue.snippets import SCRIPT
from threatmodel.catalogue.staging import (
    OWN,
    Slots,
    Work,
    begin,
    put,
    put_between,
    swap,
    twin,
    write,
)
from threatmodel.catalogue.templates import fill_page
from threatmodel.catalogue.threat_pages import layer_pages, threat_pages
from threatmodel.catalogue.tool_lists import SLOT as SIMILAR
from threatmodel.catalogue.tool_lists import similar_tools, tool_lists
from threatmodel.files import shipped
from threatmodel.rules.load import load_knowledge

# Everything of a site besides the folders of its agents.


def _site_files(
    site_index: SiteIndex, changes: Sequence[SiteChange], choices: Choices
) -> Iterator[tuple[str, bytes | None]]:
    """Give every file outside `agents/` that may differ from the last build.

    Gives path and content, or None where the file is to go.
    """
    if site_index.delta is None:
        yield from load_assets().files.items()
        yield SCRIPT, shipped(f"reports/catalogue/{SCRIPT}").read_bytes()
        for copy in shipped("reports/catalogue/schemas").iterdir():
            yield f"api/schema/{copy.name}", copy.read_bytes()
    for name, text in _pages(site_index, changes, choices):
        yield name, None if text is None else text.encode()
    yield "api/index.json", json_line(index_record(site_index, choices))
    yield "api/tools.json", json_line(tools_index(site_index))
    yield "api/changes.json", json_line(changes_record(changes))
    for name, text in sitemaps(site_index, _mapped(), choices):
        yield name, text.encode()


def _pages(
    site_index: SiteIndex, changes: Sequence[SiteChange], choices: Choices
) -> Iterator[Written]:
    knowledge = load_knowledge()
    yield from home_pages(site_index, knowledge, choices)
    yield from facet_lists(site_index, choices)
    yield from threat_pages(site_index, knowledge, choices)
    yield from layer_pages(site_index, knowledge, choices)
    yield from tool_lists(site_index, choices)
    yield from change_pages(changes, choices)
    if site_index.delta is None:
        yield "compare/index.html", fill_page("compare", "../", choices, here="compare")


def _mapped() -> list[str]:
    """Name the pages of a sitemap besides those of agents and tools."""
    knowledge = load_knowledge()
    parts = ("", "tools/", "threats/", "layers/", "changes/")
    return [
        *(f"{part}index.html" for part in parts),
        *(f"threats/{row.id}/index.html" for row in knowledge.threats),
        *(f"layers/{id_}/index.html" for id_ in knowledge.layers),
    ]


SMALL = 20
"""Where at most one agent in so many changed, only the pages that it touches are written."""


@dataclass(frozen=True, slots=True)
class SiteBuild:
    """Where and how a site is put together."""

    work: Work
    choices: Choices
    jobs: int


def assemble(yard: SiteBuild, before: SiteState, after: SiteState, new: dict[str, Entry]) -> None:
    """Write what changed into the next site, and swap.

    `after` knows the entries and the setting of the new site.
    """
    work, choices = yard.work, yard.choices
    gone = before.entries.keys() - after.entries.keys()
    held = {
        id_: entry
        for id_, entry in after.entries.items()
        if not entry.setting and entry != before.entries[id_]
    }
    same = before.setting == after.setting
    moved = changes_between(before.entries, after.entries, choices.day) if before.setting else ()
    after = replace(after, changes=(*moved, *before.changes)[:KEPT])
    ids = sorted({*new, *gone, *held})
    few = same and len(ids) * SMALL <= len(after.entries)
    site_index = site_index_of(after.entries.values(), _delta(before, after, ids) if few else None)
    begin(work)
    for id_ in gone:
        shutil.rmtree(work.next / "agents" / id_, ignore_errors=True)
    for entry in held.values():
        outdate(work, entry)
    touched = _fill(yard, site_index, after, new)
    swap(work, write_state(after))
    twin(work, ids, [name for name in touched if _agent(name) not in {*ids}])


def _delta(before: SiteState, after: SiteState, ids: list[str]) -> Delta:
    return Delta(
        tuple(before.entries[id_] for id_ in ids if id_ in before.entries),
        tuple(after.entries[id_] for id_ in ids if id_ in after.entries),
    )


def _fill(
    yard: SiteBuild, site_index: SiteIndex, state: SiteState, new: Mapping[str, Entry]
) -> list[str]:
    """Write all that is new or may differ; gives the files of no new agent that differ."""
    if site_index.delta is not None or yard.jobs == 1:
        return [
            *_agents(yard.work, site_index, new),
            *_site_pages(yard, site_index, state),
        ]
    _SHARED["now"] = (yard.work, site_index, new)  # a forked process has it without sending
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as executor:
        agents = executor.submit(_shared_agents)
        pages = list(_site_pages(yard, site_index, state))
        return [*pages, *agents.result()]


_SHARED: dict[str, tuple[Work, SiteIndex, Mapping[str, Entry]]] = {}


def _shared_agents() -> list[str]:
    return list(_agents(*_SHARED["now"]))


def _site_pages(yard: SiteBuild, site_index: SiteIndex, state: SiteState) -> Iterator[str]:
    """Write pages and data; gives the files that differ."""
    work, kept = yard.work, set()
    for name, data in _site_files(site_index, state.changes, yard.choices):
        kept.add(name)
        if data is None:
            (work.next / name).unlink(missing_ok=True)
            yield name
        elif write(work, name, data):
            yield name
    if site_index.delta is None:
        yield from _sweep(work, kept)


def _sweep(work: Work, kept: set[str]) -> Iterator[str]:
    """Take away what an earlier build wrote and this one did not."""
    own = [work.next / name for name in OWN - {"agents", ".aivss"}]
    found = [path for folder in own for path in folder.rglob("*") if path.is_file()]
    for path in sorted([*found, *work.next.glob("sitemap*.xml")]):
        name = path.relative_to(work.next).as_posix()
        if name not in kept:
            path.unlink()
            yield name


def _agents(work: Work, site_index: SiteIndex, new: Mapping[str, Entry]) -> Iterator[str]:
    """Write the agents that are new, and put similar tools and links into the pages of others.

    Gives the pages of others that differ.
    """
    links = {id_: {"index.html": (LINKS, html.encode())} for id_, html in system_links(site_index)}
    waiting = dict.fromkeys(new)
    for id_, tools in groupby(similar_tools(site_index), key=itemgetter(0)):
        slots = {name: (SIMILAR, html.encode()) for _, name, html in tools}
        if id_ in new:
            put(work, id_, slots | links[id_])
            del waiting[id_]
        else:
            yield from _filled(work, id_, slots)
    for id_ in waiting:
        put(work, id_, links[id_])
    for id_, slots in links.items():
        if id_ not in new:
            yield from _filled(work, id_, slots)


def _filled(work: Work, id_: str, slots: Slots) -> Iterator[str]:
    for file, slot in slots.items():
        name = f"agents/{id_}/{file}"
        if put_between(work, name, *slot):
            yield name


def _agent(name: str) -> str:
    return name.split("/")[1] if name.startswith("agents/") else ""
