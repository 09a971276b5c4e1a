"""A fact: true, false or unknown, with its basis and place."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, Self

from threatmodel.classify.result import ToolReading

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

    def told(self) -> Self:
        """Give itself: it is worded already."""
        return self


Sighting = tuple[str, str]
"""`place` and `says` of a piece of evidence."""


class Sign(NamedTuple):
    """One thing that shows a fact, before it is worded; `Evidence` says what its fields hold.

    An agent has two hundred, and what is true of it hangs on none of their words: a score or a
    trial of a policy shows few of them.
    """

    basis: Basis
    value: bool | None
    words: Callable[[], Sighting]
    by: str = ""
    tool: str = ""
    proof: str = ""

    def told(self) -> Evidence:
        """Word it."""
        place, says = self.words()
        return Evidence(self.basis, self.value, place, says, self.by, self.tool, self.proof)


class Fact(NamedTuple):
    """One yes/no statement about the agent."""

    id: str
    """Id in `frameworks/`, such as `t.delete`."""
    says: str
    """The statement."""
    value: bool | None
    """True, false, or unknown (None)."""
    basis: Basis
    """What decided the value."""
    by: str
    """Who decided it, where a person did."""
    signs: tuple[Sign | Evidence, ...]
    """All that was found, deciding evidence first; most pages word it of a few facts."""
    note: str = ""
    """What the speaker added."""
    claimed: bool | None = None
    """What a vendor says without proof, where that would lower the score; else None."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The same, worded."""
        return tuple(sign.told() for sign in self.signs)

    @property
    def first(self) -> Evidence | None:
        """The deciding one alone, worded; None where nothing was found."""
        return self.signs[0].told() if self.signs else None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two pieces of evidence that cannot both hold."""

    id: str
    """Stable id, such as `contradiction:t.delete`."""
    subject: str
    """Fact id, tool name or score part it is about."""
    text: str
    """Both sides, in a sentence."""


EVIDENCE_SHOWN = 12
"""Evidence kept per fact; a server with 400 tools would otherwise repeat itself 400 times."""


class Weighed(NamedTuple):
    """What is decided of one fact by what shows it."""

    signs: Sequence[Sign]
    """All that shows it."""
    deciding: Sign | None
    claimed: bool | None = None
    """What a vendor says of it without proof, where that would lower the risk."""

    @property
    def value(self) -> bool | None:
        """True, false, or unknown."""
        return self.deciding.value if self.deciding else None

    @property
    def asked(self) -> bool:
        """Whether it is said to be unknown on purpose."""
        if self.deciding is None:
            return any(sign.value is None for sign in self.signs)
        return self.deciding.basis == "stated" and self.deciding.value is None


class Told(NamedTuple):
    """The facts with what shows each of them."""

    facts: dict[str, Fact]
    """Fact id -> fact, facts and controls alike, sorted by id; unknown ones included."""
    contradictions: tuple[Contradiction, ...]
    """Sorted by id."""


@dataclass(frozen=True)
class Facts:
    """Everything found about an agent; it is worded when that is first asked for."""

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
    shaky: int
    """Bits of the facts concluded only as long as nothing speaks against it."""
    brought: int
    """Bits of the facts that only the reference host settles."""
    readings: Sequence[ToolReading]
    """What each tool can do."""
    tell: Callable[[], Told]
    """Words the facts."""

    @property
    def facts(self) -> dict[str, Fact]:
        """Fact id -> fact, facts and controls alike, sorted by id; unknown ones included."""
        return self._told.facts

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Sorted by id."""
        return self._told.contradictions

    @cached_property
    def by_tool(self) -> dict[str, tuple[str, ...]]:
        """`t.` fact id -> names of the tools that show it, in tool order; sorted by id."""
        tools: dict[str, list[str]] = {}
        for reading in self.readings:
            for fact_id, _ in reading.traits:
                tools.setdefault(fact_id, []).append(reading.name)
        return {fact_id: tuple(tools[fact_id]) for fact_id in sorted(tools)}

    @cached_property
    def home(self) -> str:
        """The description that most facts were read from, else another file; empty: none was."""
        places = (first.place for fact in self.facts.values() if (first := fact.first))
        files = Counter(
            file for file, _, rest in (p.partition(":") for p in places) if rest[:1].isdigit()
        )
        return min(
            files,
            key=lambda file: (not file.endswith((".yaml", ".yml")), -files[file], file),
            default="",
        )

    @cached_property
    def _told(self) -> Told:
        return self.tell()
