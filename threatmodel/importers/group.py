"""Several agents of one source as one description: what any of them can do, the group can."""

from collections.abc import Callable
from pathlib import PurePath

from threatmodel.importers.document import Document
from threatmodel.importers.statements import LONGEST_NAME, Found, Said, answer, cut, item, names_of
from threatmodel.rules.importing import Rules

Read = Callable[[Document, Rules], tuple[Found, ...]]
"""Reads a source."""


def as_group(read: Read) -> Read:
    """Make a reading that merges whatever another one gives."""

    def together(document: Document, rules: Rules) -> tuple[Found, ...]:
        founds = read(document, rules)
        return founds if len(founds) == 1 else (_merged(document, founds),)

    return together


def _merged(document: Document, founds: tuple[Found, ...]) -> Found:
    root, path = document.root, PurePath(document.source.name)
    name = cut(path.stem or document.source.label, LONGEST_NAME)
    note = f"agents: {names_of(found.name for found in founds)}"
    top = [
        Said(("name",), name, root.origin),
        Said(("kind",), "multi-agent", root.origin),
        Said(("form",), "product", root.origin),
        answer(("peers", "cooperating"), root, yes=True, by="operator", note=note),
        *(one for found in founds for one in item(("peers", "names"), root, found.name)),
    ]
    known = [found.tools for found in founds if found.tools is not None]
    return Found(
        name,
        (*top, *(one for found in founds for one in found.said)),
        tuple(tool for tools in known for tool in tools) if known else None,
        remarks=tuple(f"{found.name}: {one}" for found in founds for one in found.remarks),
    )
