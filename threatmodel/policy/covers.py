"""Which tools a rule is about, and what puts a control in place: picks, covers and credits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threatmodel.classify.reading import ToolReading


@dataclass(frozen=True, slots=True)
class Pick:
    """Picks tools that fit any of these."""

    classes: frozenset[str]
    """Classes."""

    flags: frozenset[str]
    """Flags."""

    roles: frozenset[str]
    """Roles of arguments."""

    effects: frozenset[str]
    """Verbs of effects."""

    def fits(self, reading: ToolReading) -> bool:
        """Tell whether a tool is picked."""
        return (
            reading.tool_class in self.classes
            or not self.flags.isdisjoint(reading.flags)
            or any(argument.role in self.roles for argument in reading.arguments)
            or any(effect.verb in self.effects for effect in reading.effects)
        )


@dataclass(frozen=True, slots=True)
class Cover:
    """Tools that must be guarded, and how."""

    pick: Pick
    """Which tools."""

    changing: bool
    """Whether only tools that change something count."""

    kinds: frozenset[str]
    """Kinds one of which guards each."""

    arguments: bool
    """Whether each argument of the roles must be guarded."""

    round: str
    """What an unguarded tool can do."""

    def fits(self, reading: ToolReading) -> bool:
        """Tell whether a tool must be guarded."""
        return self.pick.fits(reading) and not (self.changing and reading.tool_class == "Read")


@dataclass(frozen=True, slots=True)
class Credit:
    """A control that guards can put in place."""

    control: str
    """Control id."""

    set_wide: tuple[str, ...]
    """Kinds over all tools that must be in force."""

    covers: tuple[Cover, ...]
    """Tools that must be guarded."""


def pick_of(row: Mapping[str, Any]) -> Pick:
    """Read which tools a rule is about."""
    return Pick(*(frozenset(row.get(key, ())) for key in ("classes", "flags", "roles", "effects")))


def credit_of(row: Mapping[str, Any]) -> Credit:
    """Read what puts a control in place."""
    covers = tuple(_cover(cover) for cover in row.get("covers", ()))
    return Credit(row["control"], tuple(row.get("set_wide", ())), covers)


def _cover(row: Mapping[str, Any]) -> Cover:
    changing, arguments = row.get("changing", False), row.get("arguments", False)
    return Cover(pick_of(row), changing, frozenset(row["kinds"]), arguments, row["round"])
