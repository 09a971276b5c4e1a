"""One type per rule of the plan: checked when rules are compiled, decoded at start.

The types are plain records, so that a run need not load what checks them.
"""

from dataclasses import dataclass
from typing import Literal

from threatmodel.rules.recommended import Rate, ToolPick, Words
from threatmodel.rules.rows import STRICT, Checked
from threatmodel.scales import ToolAccess

Comparison = Literal[
    "in", "under", "url_host", "host", "recipient", "statement", "lte", "max_items"
]
"""How a wish compares an argument."""


@dataclass(frozen=True, slots=True)
class Access(Checked):
    """Whether and how often a tool may be called."""

    access: ToolAccess
    rate: Rate | None = None
    message: str = ""
    """What a refused caller reads; the kind's message where left out."""
    because: str = ""
    """Why, as the end of a sentence; empty where the class says it."""
    rule: str = ""
    """Id of the access rule that decided; empty for the class, a brake or a wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Checked):
    """Where the recommended preset departs from the table."""

    brake: Access
    needed: Access
    """What a hidden or denied tool gets that the purpose needs."""
    counted_items: Words
    """Roles of arrays whose items count like calls."""
    item_rate: Rate
    """How many items in a window."""
    most_items: dict[str, int]
    """Class -> how many items one call may carry."""
    uncounted: tuple[ToolPick, ...]
    """Tools whose items are the parts of one thing."""
    uncounted_arguments: Words
    """Names of arguments whose items only say what one thing is like; `=` in front: the whole."""
    overall: Rate
    """All calls together."""
    repeat: Rate
    """The same call again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords(Checked):
    """A kind of guard in words."""

    clauses: Words
    """Clauses it answers, its own first."""
    says: str
    """Template of the sentence: what it enforces."""
    message: str
    """Template of what a refused caller reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRule(Checked):
    """How an argument is checked."""

    clause: str
    """Clause it answers."""
    operator: Comparison
    allowed: str
    """Template of what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule(CheckRule):
    """How a limit on an argument is read."""

    roles: Words
    """Roles of the argument; empty fits any."""
    alternatives: bool = False
    """Whether the other arguments of the role are bounded with it."""
    required: bool = False
    """Whether the argument must be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick(Checked):
    """Tools that fit any of these."""

    classes: Words = ()
    flags: Words = ()
    roles: Words = ()
    """Roles of arguments."""
    effects: Words = ()
    """Verbs of effects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed(Checked):
    """What waits where every session is one in which outsider text was read."""

    tools: tuple[ToolPick, ...]
    """Which tools; of the verbs of a tool the first counts."""
    lifted_by: Words
    """Argument rules within which a tool stays free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint(Checked):
    """What outsider text comes in by and must not reach."""

    sources: Words
    """Flags of the tools it comes in by."""
    sinks: Pick
    """Tools that it must not reach without a person."""
    also: tuple[ToolPick, ...] = ()
    """Sinks besides those."""
    everyday: tuple[ToolPick, ...]
    """Sinks that are not held: what they send is bounded otherwise, or everyday work."""
    exempt: Pick
    """Sinks that are let through where they are sources too."""
    handed: Handed
    """What else waits where other members hand such text over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Checked):
    """What must come first."""

    first: Words
    """Verbs, one of which comes first."""
    then: Words
    """Verbs that wait for it, on the same kind of object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherit(Checked):
    """Which tools inherit guards."""

    # In the file `source` is called `from`, which is a word of Python's.
    __pydantic_config__ = STRICT | {"alias_generator": lambda n: "from" if n == "source" else n}

    source: Words
    """Verbs of the tools whose guards are passed on."""
    to: Words
    """Verbs of the tools that inherit, on the same kind of object."""
    but: Words = ()
    """Access rules that are about the call, not about what it makes: they are not passed on."""
    words: Words = ()
    """Phrases of the name of a tool to which access is passed on: what locks or restores makes
    nothing anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover(Pick):
    """Tools that must be guarded, and how."""

    changing: bool = False
    """Whether only tools that change something count."""
    kinds: Words
    """Kinds of guard, one of which guards each; hiding counts as denying."""
    asked: Words = ()
    """Facts; an argument rule that takes one of them away until a person agrees is enough."""
    arguments: bool = False
    """Whether each argument of the roles must be guarded, not only the tool."""
    round: str
    """What a tool that is not guarded can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit(Checked):
    """A control that guards can put in place."""

    control: str
    mitigation: str
    """Mitigation that gives it."""
    clauses: Words
    """Clauses of the mitigation that do it."""
    set_wide: Words = ()
    """Kinds of guard over all tools that must be in force."""
    covers: tuple[Cover, ...] = ()
    """Tools that must be guarded, by what they reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditCondition(Checked):
    """What must hold for any credit."""

    threat: str
    """The threat of a way around the proxy."""
    holds: str
    """What is said when it is closed."""
    fails: str
    """What is said when it is open."""
