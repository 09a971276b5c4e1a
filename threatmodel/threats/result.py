"""The threat model of one agent: its findings, its layers, and the paths through them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Literal, NamedTuple, Protocol

from threatmodel.scales import OPEN, PRIORITIES, Severity
from threatmodel.threats.finding import Finding


@dataclass(frozen=True, slots=True)
class LayerView:
    """One MAESTRO layer of this agent."""

    id: str
    """`L1` to `L7`, or `XL`."""
    name: str
    """Name in MAESTRO."""
    certain: bool
    """Whether something stated or observed decides what can go wrong here: it is mapped."""
    because: str
    """What decided, as a clause; empty where nothing does."""
    text: str
    """What the layer means for this agent."""
    open: int
    """Threats of its own that are open or reduced here."""
    worst: Severity | None
    """Highest severity among them."""
    questions: tuple[str, ...]
    """Fact ids that would have to be known; empty where the layer is mapped."""
    member: str = ""
    """The member of a system that sees it so; empty for one agent."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of an attack path."""

    kind: Literal["entry", "handover", "capability", "threat", "impact"]
    """What the step is."""
    id: str
    """Fact, capability or threat id; an impact's own id."""
    layer: str
    """Layer it happens in; empty for entries and impacts."""
    text: str
    """What happens, with this agent's names."""
    tools: tuple[str, ...] = ()
    """Tools used."""


@dataclass(frozen=True, slots=True)
class AttackPath:
    """From an entry to an impact, over open steps only."""

    id: str
    """Stable id, such as `CH-01` or `P:L1-02>L3-01`."""
    title: str
    """The story in a few words."""
    steps: tuple[PathStep, ...]
    """In order."""
    score: float
    """Rank: AIVSS of its worst threat, times the share of certain steps."""
    break_at: str
    """Threat id of the step where breaking is cheapest."""
    break_by: str
    """Mitigation id that breaks it there."""
    guard: str
    """Policy clause id that does it at the proxy; empty where none can."""
    entry: str = ""
    """Way in, such as `outsider-text`; a key of `entries` in `frameworks/wording/paths.yaml`."""
    impact: str = ""
    """Damage, such as `data-lost`; a key of `impacts` there."""
    ends_at: str = ""
    """Threat id of the step that does the damage."""
    story: str = ""
    """The path in two sentences, without a name that only an engineer knows."""
    notes: tuple[str, ...] = ()
    """Open threats beside the path that make a step worse or hide it."""
    worst: float = 0.0
    """AIVSS of its worst threat, 0.0 to 10.0."""


class Lead(NamedTuple):
    """A path, as far as a summary tells it."""

    score: float
    worst: float
    """AIVSS of its worst threat, as in `AttackPath`."""
    impact: str
    """Damage, as in `AttackPath`."""
    last: str
    """Threat that does the damage."""
    tell: Callable[[], str]
    """Words its story."""


class Telling(Protocol):
    """What is told over all findings; each part may be worded when it is first asked for."""

    @property
    def layers(self) -> tuple[LayerView, ...]:
        """L1 to L7, then XL."""

    @property
    def paths(self) -> tuple[AttackPath, ...]:
        """Ranked, at most a handful."""

    @property
    def leads(self) -> Sequence[Lead]:
        """The paths in short."""

    @property
    def summary(self) -> str:
        """The risk in one sentence."""


class WordedModel(NamedTuple):
    """The same, worded."""

    layers: tuple[LayerView, ...]
    """L1 to L7, then XL."""
    paths: tuple[AttackPath, ...]
    """Ranked, at most a handful."""
    summary: str
    """The risk in one sentence."""

    @property
    def leads(self) -> tuple[Lead, ...]:
        """The paths in short."""
        return tuple(
            Lead(path.score, path.worst, path.impact, path.ends_at, partial(getattr, path, "story"))
            for path in self.paths
        )


@dataclass(frozen=True)
class ThreatModel:
    """All findings, layers and paths."""

    findings: tuple[Finding, ...]
    """All threats of the catalogue, sorted by id."""
    tell: Callable[[tuple[Finding, ...]], Telling] = field(repr=False, compare=False)
    """Words layers, paths and summary over the findings."""

    @property
    def layers(self) -> tuple[LayerView, ...]:
        """L1 to L7, then XL."""
        return self._told.layers

    @property
    def paths(self) -> tuple[AttackPath, ...]:
        """Ranked, at most a handful."""
        return self._told.paths

    @property
    def leads(self) -> Sequence[Lead]:
        """The paths in short, for those who do not tell them step by step."""
        return self._told.leads

    @property
    def summary(self) -> str:
        """The risk in one sentence."""
        return self._told.summary

    @cached_property
    def _told(self) -> Telling:
        return self.tell(self.findings)

    @cached_property
    def live(self) -> tuple[Finding, ...]:
        """Findings that are open or reduced, by score, then priority, then id."""
        found = (f for f in self.findings if f.state in OPEN)
        rank: dict[str | None, int] = {None: 1}
        rank |= {priority: -place for place, priority in enumerate(PRIORITIES)}
        return tuple(sorted(found, key=lambda f: (-(f.score or 0.0), rank[f.priority], f.id)))

    @property
    def open(self) -> tuple[Finding, ...]:
        """Those of `live` that are the agent's own; what counts, and what the headline is over."""
        return tuple(finding for finding in self.live if not finding.shared)

    @property
    def shared(self) -> tuple[Finding, ...]:
        """Those of `live` that any agent of this kind on its host has."""
        return tuple(finding for finding in self.live if finding.shared)
