"""Kinds of sources that are read by tables, which stand in frameworks/sources.yaml."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from threatmodel.errors import AivssError, suggestion
from threatmodel.importers.addresses import endpoint_facts
from threatmodel.importers.command_facts import entry_facts, image_facts
from threatmodel.importers.definitions import Definition, readable_tools
from threatmodel.importers.document import Document, Read, SourceKind
from threatmodel.importers.parts import clear_secrets, request_facts, used
from threatmodel.importers.places import filled, has_shape, holds, place, places
from threatmodel.importers.secrets import credential, variables
from threatmodel.importers.statements import (
    LONGEST_NOTE,
    Ability,
    Found,
    Node,
    Statement,
    about,
    answer,
    claimed,
    item,
    one_line_cut,
    text,
)
from threatmodel.rules.importing import load_rules
from threatmodel.rules.source_kinds import SourceRemark, SourceRow, SourceTable
from threatmodel.scales import Speaker

# Rows.

Mechanism = Callable[[Node, Speaker], Iterable[Statement]]
"""Reads one value; gives what it says."""

# What many kinds of sources hold; a row names one as `read`.
_MECHANISMS: Mapping[str, Mechanism] = {
    "abilities": lambda node, by: claimed(_abilities(node), by),
    "address": lambda node, by: endpoint_facts(node, node.text, by),
    "called": lambda node, by: used(endpoint_facts(node, node.text, by)),
    "headers": lambda node, by: variables(node.named_texts(), by, local=False),
    "image": lambda node, by: image_facts(node, node.text, by),
    "request": request_facts,
    "secrets": clear_secrets,
    "server": entry_facts,
    "variables": lambda node, by: variables(node.named_texts(), by, local=True),
}


def _abilities(listed: Node) -> list[Ability]:
    return [(one.at("name").text, one.at("description").text, one) for one in listed.items()]


Own = Mapping[str, Mechanism]
"""Mechanisms of one kind of source, by the names that its rows give them."""


def said(name: str, nodes: Sequence[Node], own: Own | None = None) -> Iterator[Statement]:
    """Say what the rows of a kind of source, or of a part of one, say of values: row by row."""
    table = load_rules().tables.get(name)
    if table is None:
        known = {*(own or {}), *_MECHANISMS, *load_rules().tables}
        raise AivssError(
            f"frameworks/sources.yaml: nothing reads '{name}'", hint=suggestion(name, known)
        )
    for row in table.says:
        for one in (inner for node in nodes for inner in places(node, row.of)):
            if has_shape(one, row.where):
                for at in places(one, row.at):
                    if row.sign is None or holds(at, row.sign):
                        yield from _row(row, _Spot(one, at, table), own or {})


class _Spot(NamedTuple):
    """Where a row says something."""

    one: Node
    """The place that is gone through."""
    at: Node
    table: SourceTable

    def filled(self, words: str) -> str:
        """Put what stands there into words; `{*}` is what it is called."""
        return filled(words.replace("{*}", f"{{{self.table.name}}}"), self.one)


def _row(row: SourceRow, spot: _Spot, own: Own) -> Iterable[Statement]:
    at, by = spot.at, spot.table.by
    note = one_line_cut(spot.filled(row.note), row.most or LONGEST_NOTE)
    if row.read:
        return _read(row.read, at, by, own)
    if row.text or row.item:
        path, words = tuple((row.text or row.item).split(".")), note if row.note else None
        return text(path, at, words, row.most) if row.text else item(path, at, words)
    if row.credential:
        return credential(spot.filled(row.credential), at, row.seen, row.kind, by)
    if row.variable:
        return _variable(row, spot, by)
    section, _, name = (row.yes or row.no).partition(".")
    return (answer((section, name), at, yes=bool(row.yes), by=by, note=note),)


def _read(name: str, at: Node, by: Speaker, own: Own) -> Iterable[Statement]:
    """Read a value by a mechanism, or by another table."""
    mechanism = own.get(name) or _MECHANISMS.get(name)
    return mechanism(at, by) if mechanism else said(name, [at], own)


def _variable(row: SourceRow, spot: _Spot, by: Speaker) -> Iterable[Statement]:
    """Look at a variable, header or setting; what the source itself calls secret is one."""
    name, value = spot.filled(row.variable), place(spot.one, row.value).text if row.value else ""
    if row.secret and holds(spot.one, row.secret):
        return credential(name or "secret", spot.at, "local" if row.local else "", by=by)
    return variables([(name, value, spot.at)], by, local=row.local)


# Whole kinds.

Entries = Callable[[Document], list[tuple[str, Node]]]
"""Gives the agents or servers of a source, and what they are called where that stands elsewhere."""

Listed = tuple[Sequence[Definition] | None, Sequence[str]]
"""Tools; None where the source lists none or not all. Remarks about them."""

Tools = Callable[[Node], Listed]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of source that its table reads."""

    name: str
    own: Own
    entries: Entries
    tools: Tools | None

    def read(self, document: Document) -> tuple[Found, ...]:
        """Read each agent or server of a source."""
        listed = self.entries(document)
        return tuple(self._one(document, called, node) for called, node in listed)

    def _one(self, document: Document, called: str, node: Node) -> Found:
        table = load_rules().tables[self.name]
        named, summary = place(node, table.name), table.summary
        called = called or named.text or (document.source.label if table.unnamed else "")
        statements = (
            *about(node, named, called, table.kind, place(node, summary) if summary else None),
            *said(self.name, [node], self.own),
        )
        known, odd = self.tools(node) if self.tools else _listed(node, table)
        told = place(node, table.instructions) if table.instructions else None
        return Found(
            one_line_cut(called),
            statements,
            None if known is None else tuple(known),
            {"instructions": told.value} if told and told.text else {},
            (*odd, *_remarked(table.remarks, node)),
        )


def kind_of(  # noqa: PLR0913 - what a kind of source may have of its own, by name
    name: str,
    *,
    read: Read | None = None,
    looks_like: Callable[[Document], bool] | None = None,
    together: Read | None = None,
    own: Own | None = None,
    entries: Entries = lambda document: [("", document.root)],
    tools: Tools | None = None,
) -> SourceKind:
    """Make a kind of source of its table; what the table cannot say is given as a function.

    Args:
        name: Its name in frameworks/sources.yaml, and for `--as`.
        read: Reads it, where the table does not.
        looks_like: Recognises it, where signs do not.
        together: Reads it as a system.
        own: Mechanisms that its rows name.
        entries: Finds the agents or servers of a source that may hold several.
        tools: Lists tools that are not written as servers give them.
    """
    table = load_rules().tables[name]
    return SourceKind(
        name,
        table.title,
        table.expects,
        looks_like or (lambda document: has_shape(document.root, table.shape)),
        read or _Kind(name, own or {}, entries, tools).read,
        table.notations,
        together,
    )


def _listed(node: Node, table: SourceTable) -> Listed:
    listed = place(node, table.tools) if table.tools else None
    if listed is None or not isinstance(listed.value, list):
        return None, ()
    tools, odd = readable_tools(one.value for one in listed.items())
    whole = not (table.more_tools and holds(node, table.more_tools))
    return (tools if whole else None), odd


def _remarked(rows: Iterable[SourceRemark], node: Node) -> Iterator[str]:
    """Give the remarks of a table that a source calls for."""
    for row in rows:
        if has_shape(node, row.where):
            yield filled(row.words, node)
