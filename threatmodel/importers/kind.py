"""A kind of source: how it is recognised, how it is read, what it should look like."""

from collections.abc import Callable
from dataclasses import dataclass

from threatmodel.importers.document import Document, Notation
from threatmodel.importers.statements import Found
from threatmodel.rules.importing import Rules

Read = Callable[[Document, Rules], tuple[Found, ...]]
"""Reads a source; several results where it describes several agents or servers."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source."""

    id: str
    """Name for `--as`."""

    title: str
    """Name for people, with its article."""

    expects: str
    """What such a source holds, for people whose file is not one."""

    looks_like: Callable[[Document], bool]
    """Tell from its structure whether a document is of this kind."""

    read: Read
    """Read it."""

    notations: tuple[Notation, ...] = ("json", "yaml", "lines")
    """How it can be written."""

    together: Read | None = None
    """Read it as a system, where it can describe several agents."""

    def fits(self, document: Document) -> bool:
        """Tell whether a document is of this kind."""
        return document.notation in self.notations and self.looks_like(document)
