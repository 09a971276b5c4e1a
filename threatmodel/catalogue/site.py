"""Everything of a site besides the folders of its agents."""

from collections.abc import Iterator, Sequence

from threatmodel.catalogue.api import index_record, sitemaps, tools_index
from threatmodel.catalogue.assets import load_assets
from threatmodel.catalogue.changes import Change, change_pages, changes_record
from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.home import facet_lists, home_pages
from threatmodel.catalogue.lists import Written
from threatmodel.catalogue.markup import fill
from threatmodel.catalogue.records import written
from threatmodel.catalogue.threat_pages import layer_pages, threat_pages
from threatmodel.catalogue.tool_lists import tool_lists
from threatmodel.catalogue.world import World
from threatmodel.knowledge.load import load_knowledge
from threatmodel.resources import shipped

SCHEMAS = ("index", "tool-index", "changes", "agent", "tools")
"""JSON Schemas that a site carries, by the name of the document."""


def site_files(
    world: World, changes: Sequence[Change], choices: Choices
) -> Iterator[tuple[str, bytes | None]]:
    """Give every file outside `agents/` that may differ from the last build.

    Gives path and content, or None where the file is to go.
    """
    if world.delta is None:
        yield from load_assets().files.items()
        for name in SCHEMAS:
            copy = shipped(f"reports/catalogue/schemas/{name}.schema.json")
            yield f"api/schema/{name}.schema.json", copy.read_bytes()
    for name, text in _pages(world, changes, choices):
        yield name, None if text is None else text.encode()
    yield "api/index.json", written(index_record(world, choices))
    yield "api/tools.json", written(tools_index(world))
    yield "api/changes.json", written(changes_record(changes))
    for name, text in sitemaps(world, _mapped(), choices):
        yield name, text.encode()


def _pages(world: World, changes: Sequence[Change], choices: Choices) -> Iterator[Written]:
    knowledge = load_knowledge()
    yield from home_pages(world, knowledge, choices)
    yield from facet_lists(world, choices)
    yield from threat_pages(world, knowledge, choices)
    yield from layer_pages(world, knowledge, choices)
    yield from tool_lists(world, choices)
    yield from change_pages(changes, choices)
    if world.delta is None:
        yield "compare/index.html", fill("compare", "../", choices, here="compare")


def _mapped() -> list[str]:
    """Name the pages of a sitemap besides those of agents and tools."""
    knowledge = load_knowledge()
    parts = ("", "tools/", "threats/", "layers/", "changes/")
    return [
        *(f"{part}index.html" for part in parts),
        *(f"threats/{row.id}/index.html" for row in knowledge.threats),
        *(f"layers/{id_}/index.html" for id_ in knowledge.layers),
    ]
