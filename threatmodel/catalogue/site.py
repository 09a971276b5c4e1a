"""Everything of a site besides the folders of its agents."""

from collections.abc import Iterator

from threatmodel.catalogue.api import index_record, sitemaps, tools_index
from threatmodel.catalogue.assets import load_assets
from threatmodel.catalogue.changes import change_pages, changes_record
from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.home import facet_lists, home_pages, worst_first
from threatmodel.catalogue.markup import fill
from threatmodel.catalogue.records import written
from threatmodel.catalogue.state import State
from threatmodel.catalogue.threat_pages import layer_pages, threat_pages
from threatmodel.catalogue.tool_lists import tool_lists
from threatmodel.knowledge.load import load_knowledge
from threatmodel.resources import shipped

SCHEMAS = ("index", "tool-index", "changes", "agent", "tools")
"""JSON Schemas that a site carries, by the name of the document."""


def site_files(state: State, choices: Choices) -> Iterator[tuple[str, bytes]]:
    """Give every file outside `agents/`: path and content."""
    yield from load_assets().files.items()
    pages = dict(_pages(state, choices))
    for name, text in pages.items():
        yield name, text.encode()
    entries = list(state.entries.values())
    yield "api/index.json", written(index_record(worst_first(entries), choices))
    yield "api/tools.json", written(tools_index(entries))
    yield "api/changes.json", written(changes_record(state.changes))
    for name in SCHEMAS:
        copy = shipped(f"reports/catalogue/schemas/{name}.schema.json")
        yield f"api/schema/{name}.schema.json", copy.read_bytes()
    for name, text in sitemaps(entries, sorted(pages), choices):
        yield name, text.encode()


def _pages(state: State, choices: Choices) -> Iterator[tuple[str, str]]:
    knowledge = load_knowledge()
    entries = worst_first(state.entries.values())
    yield from home_pages(entries, knowledge, choices)
    yield from facet_lists(entries, choices)
    yield from threat_pages(entries, knowledge, choices)
    yield from layer_pages(entries, knowledge, choices)
    yield from tool_lists(entries, choices)
    yield from change_pages(state.changes, choices)
    yield "compare/index.html", fill("compare", "../", choices, here="compare")
