"""What a second import found different from the first, in words."""

from dataclasses import dataclass
from typing import Literal

from threatmodel.importers.said import cut
from threatmodel.tree import Value

_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between what was written before and what the sources say now."""

    kind: Literal["added", "changed", "removed", "kept"]
    """New, different, no longer said; or kept as a person wrote it, against the sources."""

    where: str
    """Which value, such as `supply.pinned`, or which part of which tool."""

    before: str = ""
    """What stood there; for what is kept, what stands there still."""

    after: str = ""
    """What the sources say now."""

    origin: str = ""
    """Source and place inside it."""

    def __str__(self) -> str:
        """Say it in a line."""
        source = f" ({self.origin})" if self.origin else ""
        match self.kind:
            case "added":
                return f"added {self.where}: {self.after}{source}"
            case "changed":
                return f"changed {self.where}: {self.before} -> {self.after}{source}"
            case "removed":
                return f"removed {self.where}: {self.before}; no source says it any more"
            case "kept":
                return f"kept {self.where}: you have {self.before}, not {self.after}{source}"


def shown(value: Value) -> str:
    """Write a value for a line: the answer of a statement, a text, the number of items."""
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "nothing"
    if isinstance(value, list | dict):
        return f"{len(value)} entries"
    return cut(str(value), _LONGEST)
