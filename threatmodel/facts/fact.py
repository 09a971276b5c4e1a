"""A fact: true, false or unknown, with its basis and place."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Basis = Literal["observed", "stated", "derived", "assumed", "unknown"]
"""Seen in a tool list, written in the description, following from other facts, a documented
default for silence, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that shows a fact."""

    basis: Basis
    """How it shows it."""

    value: bool | None
    """What it shows: true, false, or `unknown` said on purpose (None)."""

    place: str
    """`file:line:column`, or a pointer such as `tools[3].inputSchema.properties.sql`."""

    says: str
    """The words, argument or rule, in a short phrase."""

    by: str = ""
    """Who says it: vendor, operator, reviewer, a tool's name, a rule id; empty for defaults."""

    tool: str = ""
    """Tool that shows it, where one does."""

    proof: str = ""
    """What the speaker offers as proof."""


class Fact(NamedTuple):
    """One yes/no statement about the agent."""

    id: str
    """Id in `frameworks/`, such as `t.delete`."""

    says: str
    value: bool | None
    """True, false, or unknown (None)."""

    basis: Basis
    """What decided the value."""

    by: str
    """Who decided it, where a person did."""

    evidence: tuple[Evidence, ...]
    """All that was found, deciding evidence first."""

    note: str = ""
    """What the speaker added."""

    claimed: bool | None = None
    """What a vendor says without proof, where believing it would lower the score; else None."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two pieces of evidence that cannot both hold."""

    id: str
    """Stable id, such as `contradiction:t.delete`."""

    subject: str
    """Fact id, tool name or score part it is about."""

    text: str
    """Both sides, in a sentence."""


class Facts(NamedTuple):
    """Everything found about an agent."""

    facts: dict[str, Fact]
    """Fact id -> fact, facts and controls alike, sorted by id; unknown ones included."""

    contradictions: tuple[Contradiction, ...]
    """Sorted by id."""

    said: tuple[int, int]
    """Bits of the facts that are stated or observed true, and false (`Knowledge.bits`)."""

    claimed: tuple[int, int]
    """As `said`, with unproven statements of a vendor believed."""

    asked: int
    """Bits of the facts said to be unknown on purpose."""

    firm: tuple[int, int]
    """As `said`, with what follows from it."""

    full: tuple[int, int]
    """As `firm`, with the documented defaults."""

    by_tool: dict[str, tuple[str, ...]]
    """`t.` fact id -> names of the tools that show it, in tool order."""
