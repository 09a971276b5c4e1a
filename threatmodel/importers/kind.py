"""A kind of source: how it is recognised, how it is read, what it should look like."""

from collections.abc import Callable
from dataclasses import dataclass

from threatmodel.importers.document import Document, Notation
from threatmodel.importers.statements import Found
from threatmodel.rules.importing import Rules


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

    read: Callable[[Document, Rules], tuple[Found, ...]]
    """Read it; several results where it describes several servers."""

    notations: tuple[Notation, ...] = ("json", "yaml", "lines")
    """How it can be written."""

    together: Callable[[Document, Rules], tuple[Found, ...]] | None = None
    """Read all of it as one set, where it can describe several servers."""

    def fits(self, document: Document) -> bool:
        """Tell whether a document is of this kind."""
        return document.notation in self.notations and self.looks_like(document)
