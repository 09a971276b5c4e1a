"""Sections of a description in which people give scores, limits and decisions."""

import datetime as dt
from dataclasses import field
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from threatmodel.description.part import Part
from threatmodel.description.plain_values import Between, Length
from threatmodel.scales import YES_NO, Speaker, ToolClass

# How a yes/no answer is written, who gave it, and which fact it states.

Word = Literal["yes", "no", "unknown"]
"""An answer in a word; `unknown` says the same as leaving the field out, on purpose."""

Note = Annotated[str, Length(most=4000)]
"""Free text for people."""


class Statement(Part):
    """An answer with its origin."""

    value: bool | Word
    """The answer."""
    by: Speaker | None = None
    """Who says so; the file's `stated_by` where left out."""
    note: Note = ""
    """Why, or where it can be seen."""
    proof: Note = ""
    """What proves it, such as a link or a document; without one a vendor's statement may raise a
    score but never lower it."""


Answer = bool | Word | Statement
"""`true`, `false`, `yes`, `no`, `unknown`, or a mapping with value, by, note and proof."""


MaybeAnswer = Answer | None
"""An answer, or nothing said."""


class States(NamedTuple):
    """Marks a yes/no field: its answer is the value of a fact."""

    fact: str
    """Id of the fact, as in `frameworks/`."""
    inverted: bool = False
    """Whether `true` in the field means the fact is false."""


class Implies(NamedTuple):
    """Marks a field of choices: each choice says some facts are true and others false."""

    choices: dict[str, dict[str, bool]]
    """Choice -> fact id -> value."""


def truth_of(answer: Answer | None) -> bool | None:
    """Read an answer as true, false or unknown (None)."""
    value = answer.value if isinstance(answer, Statement) else answer
    return YES_NO.get(value) if isinstance(value, str) else value


Share = Annotated[Decimal, Between(0, 1)]
"""0 to 1."""

Points = Annotated[Decimal, Between(0, 10)]
"""Score points, 0 to 10."""


class GivenFactor(Part):
    """A factor value set by a person."""

    value: Share
    """0 (not agentic) to 1."""
    rationale: Note = ""
    """Why."""
    by: Speaker | None = None
    """Who says so; the file's `stated_by` where left out."""


class GivenCvss(Part):
    """A CVSS 4.0 base set by a person."""

    vector: str | None = None
    """CVSS 4.0 base vector."""
    base: Points | None = None
    """Base score; must equal the vector's where both are given."""
    rationale: Note = ""
    """Why."""
    by: Speaker | None = None
    """Who says so."""


class GivenScores(Part):
    """Parts of the score set by a person; the rest is estimated."""

    cvss: GivenCvss | None = None
    """CVSS 4.0 base of the headline."""
    factors: dict[str, Share | GivenFactor] = field(default_factory=dict)
    """Factor id of the `agentic` or `owasp-0.8` profile -> value."""
    exploit_maturity: Literal["attacked", "proof-of-concept", "unreported", "unknown"] | None = None
    """Threat multiplier by the standard's table: 1.00, 0.97 (default) or 0.50."""
    threat_multiplier: Annotated[Decimal, Between(0, Decimal("1.5"))] | None = None
    """Threat multiplier as a number; overrides `exploit_maturity`."""
    mitigation_factor: Share | None = None
    """Mitigation factor as a number; overrides what the controls yield."""
    rationale: Note = ""
    """Why."""


class Limit(Part):
    """A cap on one tool, or on one argument of it."""

    tool: str
    """Tool name."""
    argument: str | None = None
    """Argument that is summed or bounded; calls are counted where left out."""
    max: Annotated[Decimal, Between(0, 10**15)]
    """Largest value, sum or count, from 0, which lets nothing pass."""
    window: Literal["call", "minute", "hour", "day"] = "minute"
    """Over how long."""


class PolicyWishes(Part):
    """What the purpose needs, so that the policy can allow exactly that."""

    tools: tuple[str, ...] = ()
    """Tools the purpose needs; others are hidden. Empty means all."""
    approve: tuple[str, ...] = ()
    """Tools of which every call waits for a person, besides those that the preset holds."""
    allow: tuple[str, ...] = ()
    """Tools that may be called without a person, although the preset would hold or hide them."""
    topics: tuple[str, ...] = ()
    """Names of topics, queues or channels it may touch."""
    paths: tuple[str, ...] = ()
    """Absolute folders it may touch; `*` stands for one segment, `~` for a home: `~/projects`."""
    domains: tuple[str, ...] = ()
    """Hosts it may call; subdomains only with a leading `*.`."""
    recipients: tuple[str, ...] = ()
    """Addresses or `@domain` endings it may write to."""
    statements: tuple[str, ...] = ()
    """Statement kinds a query may begin with, such as `SELECT`."""
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Argument name -> values allowed, for every tool that has it; `TOOL.ARGUMENT` for one tool."""
    limits: tuple[Limit, ...] = ()
    """Caps."""
    subjects: tuple[str, ...] = ()
    """Grants or identities that may call at all."""


class Decision(Part):
    """What a reviewer decided about one finding."""

    finding: str
    """Threat id, such as `TH-L2-06`, or a contradiction's id."""
    decision: Literal["accepted", "mitigated-elsewhere", "false-positive"]
    """Accepted, handled by something this file does not show, or wrong."""
    reason: Annotated[str, Length(1, 4000)]
    """Why."""
    owner: Annotated[str, Length(1)]
    """Who answers for it."""
    expires: dt.date | None = None
    """Day after which it no longer holds."""


# A class that holds instead of the classifier's.


class ClassOverride(Part):
    """A tool class set by a person, with the reason."""

    value: ToolClass
    """The class that holds."""
    by: Literal["vendor", "operator", "reviewer"] = "reviewer"
    """Who says so."""
    note: Annotated[str, Length(most=2000)] = ""
    """Why."""
