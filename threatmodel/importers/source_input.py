"""What is imported, before anyone knows what kind of thing it is."""

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class SourceInput:
    """One file, standard input, or what a live server answered."""

    name: str
    """Path or address as the user gave it; `-` for standard input."""

    data: bytes
    """Its content."""

    @property
    def label(self) -> str:
        """Name that is written into descriptions: no folders of the machine it was read on."""
        if self.name == "-":
            return "standard input"
        return self.name if "://" in self.name or " " in self.name else PurePath(self.name).name
