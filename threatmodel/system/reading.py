"""What the flows of a system show: facts of its members, and how far each label comes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from threatmodel.rules.cases import Masks
from threatmodel.rules.load import Knowledge
from threatmodel.rules.system import SystemRules
from threatmodel.system.net import Net, Spread

OUTSIDER_TEXT = "outsider-text"
"""The label that steers a member."""

HANDED = "sy.outsider_text"
"""The fact of a member that it reaches, and that does not take in such text by itself."""


class Shown(NamedTuple):
    """Why a fact holds for a member."""

    way: tuple[int, ...]
    """Flows that show it, in order."""
    about: str = ""
    """What it is about: a label, an act, a store, a key; empty where the way says it all."""


Facts = dict[str, dict[str, Shown]]
"""Member -> fact -> why it holds."""

Checks = Sequence[frozenset[str]]
"""What checks each flow."""


class Reading(NamedTuple):
    """What the flows show of each member, and how far each label comes."""

    facts: Facts
    """Facts of members; those of which nothing is shown are left out."""
    spreads: dict[str, Spread]
    """Label -> where it comes to, and how; from outside where it can."""
    starts: dict[str, tuple[str, ...]]
    """Label -> where it starts."""

    def has(self, label: str, name: str) -> bool:
        """Tell whether something starts at a place or comes to it."""
        return name in self.spreads[label] or name in self.starts[label]


class Flowing(NamedTuple):
    """What reading the flows needs to know."""

    net: Net
    """Who is connected to whom."""
    alone: Mapping[str, Masks]
    """Member -> what is known of it by itself, closed by capabilities."""
    rules: SystemRules
    """What travels, and what stops it."""
    knowledge: Knowledge


Found = Iterator[tuple[str, str, Shown]]
"""Member, fact, why it holds."""
