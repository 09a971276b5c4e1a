"""The rules as the engine reads them: plain frozen rows, no YAML, no pydantic.

The dataclasses are also what people write: pydantic checks them when rules are compiled. They are
compared by identity and not shown: each method that a dataclass is given costs every start.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from threatmodel.rules.cases import Cases
from threatmodel.scales import Belongs, Kind, Priority

STRICT: dict[str, Any] = {"extra": "forbid"}
"""How pydantic checks rules: an unknown key is a fault."""


class Checked:
    """A rule that pydantic checks when rules are compiled, and that a run decodes without it.

    An `id` with `init=False` is the rule's key in its file: nobody writes it twice, and decoding
    fills it in.
    """

    __slots__ = ()
    __pydantic_config__ = STRICT


Refs = dict[str, tuple[str, ...]]
"""Ids in public frameworks, by namespace."""


BASE_METRICS: dict[str, str] = {
    "AV": "NALP",
    "AC": "LH",
    "AT": "NP",
    "PR": "NLH",
    "UI": "NPA",
    **dict.fromkeys(("VC", "VI", "VA", "SC", "SI", "SA"), "HLN"),
}
"""Base metric -> its values, in vector order. Source: FIRST CVSS v4.0, section 7, table 23."""


class FactRow(NamedTuple):
    """A fact or control, yes or no of an agent; `FactSource` says what its fields hold."""

    id: str
    """Such as `t.delete` or `k.rate_limit`."""
    family: str
    """What stands before the dot; `k` for controls."""
    says: str
    question: str
    seen_in: tuple[str, ...]
    """Where it can be seen; empty for controls."""
    presumed: bool | None
    """What silence is taken to mean; None where it stays unknown."""
    raises: bool
    belongs: Belongs
    """What it is about: the product, the host it runs in, or how it is run."""
    bit: int
    """Place in the shared index."""
    confirm: str = ""
    """What is so where it is not, as a sentence that somebody confirms; empty: `says` alone."""
    look: str = ""
    """How they see that it holds; empty: as is told of all that they confirm."""


class CapabilityRow(NamedTuple):
    """What facts add up to."""

    id: str
    """Such as `c.send_out`."""
    says: str
    """What it means when true."""
    text: str
    """The condition as written."""
    when: Cases
    """The condition over facts and earlier capabilities."""
    bit: int
    """Place in the shared index."""


class LayerRow(NamedTuple):
    """A MAESTRO layer, or the cross-layer view; `LayerSource` says what its fields hold."""

    id: str
    """L1 to L7, XL."""
    number: int | None
    """1 to 7; None for XL."""
    name: str
    about: str
    mapped_by: tuple[tuple[Cases, str], ...]
    """Condition that maps it, and what then decided, as a clause; the most telling first."""
    asks: tuple[str, ...]


class ThreatTexts(NamedTuple):
    """Words about a threat that only reports need; `ThreatSource` says what its fields hold."""

    why: str
    """Why it matters, for any agent."""
    check: str
    false_positives: str
    note: str
    when: str
    """Its condition as written."""
    closed_by: str
    """The condition that closes it, as written."""
    reduced_by: str
    """The condition that reduces it, as written."""


class ThreatRow(NamedTuple):
    """Something that can go wrong, and when; `ThreatSource` says what its fields hold."""

    id: str
    """Such as `TH-L3-01`."""
    layer: str
    also: tuple[str, ...]
    title: str
    when: Cases
    closed_by: Cases
    reduced_by: Cases
    controls: int
    """Bits of the controls that `closed_by` and `reduced_by` name."""
    impact: str
    likelihood: str
    raise_if: tuple[str, ...]
    raise_impact: tuple[str, ...]
    entry: str
    """How it begins: prompt, content, peer, package, network, operator, self."""
    harm: tuple[str, ...]
    """What it does: disclose, trickle, reveal, alter, destroy, stop, spend, spread."""
    factors: tuple[str, ...]
    tools: tuple[str, ...]
    attack: tuple[str, ...]
    proxy: str
    """How far a rule on the tool-call path goes: full, partial, detect, none."""
    clauses: tuple[str, ...]
    mitigations: tuple[str, ...]
    refs: Refs
    texts: ThreatTexts
    """Words for reports."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Mitigation(Checked):
    """Something to do against threats."""

    id: str = field(default="", init=False)
    """Such as `mt-rate`."""
    says: str
    """What to do, in one line."""
    kind: Literal["preventive", "detective", "corrective"]
    """Whether it stops, shows or repairs."""
    gives: tuple[str, ...]
    """Controls that are in place once it is done."""
    clauses: tuple[str, ...] = ()
    """Proxy clauses that do it or help."""
    refs: Refs = field(default_factory=dict)
    """Ids in public frameworks, by namespace of `catalogue.yaml`."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Clause(Checked):
    """Something a proxy can be told to do."""

    id: str = field(default="", init=False)
    """Such as `pc-rate`."""
    says: str
    note: str = ""
    """What to know about it."""


class Cascade(NamedTuple):
    """One threat opening, feeding or covering another."""

    source: str
    """Threat it starts from."""
    target: str
    """Threat it leads to."""
    kind: Literal["enables", "amplifies", "hides"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Chain(Checked):
    """A story told when each of its steps is open."""

    id: str = field(default="", init=False)
    """Such as `CH-01`."""
    name: str
    """The story in one line."""
    steps: tuple[str, ...]
    """Threats in order, two at least."""
    breaks_best_at: str
    """The step where a break costs least."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Namespace(Checked):
    """A public framework, pinned to one version."""

    id: str = field(default="", init=False)
    """Short name in `refs`."""
    title: str
    version: str
    """The version that the ids belong to."""
    url: str
    """Where it is published, with https."""
    used_for: Literal["threat", "mitigation", "both"]
    """What refers to it."""
    note: str = ""
    """What to know about the ids."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Host(Checked):
    """A host that a product without one is judged with."""

    id: str = field(default="", init=False)
    """Id in `frameworks/hosts.yaml`."""
    name: str
    """Short name, printed on reports."""
    says: str
    kinds: tuple[Kind, ...] = ()
    """Kinds of product it is the default for; empty means on request only."""
    facts: dict[str, bool]
    """Facts it brings along where nothing else is known."""
    source: str
    """Where the picture comes from."""


class PriorityRows(NamedTuple):
    """How impact and likelihood make priority; `PriorityFile` says what its fields hold."""

    impacts: tuple[str, ...]
    likelihoods: tuple[str, ...]
    priorities: tuple[str, ...]
    matrix: tuple[tuple[Priority, ...], ...]
    steps: dict[str, int]
    """raise_one, raise_two: true items needed; reduced, half_closed: steps down."""
    states: dict[str, str]
    proxy_levels: dict[str, str]
