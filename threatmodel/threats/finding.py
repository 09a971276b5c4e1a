"""The threat model of one agent."""

from dataclasses import dataclass
from typing import Literal

State = Literal[
    "open_stated", "open_assumed", "reduced", "closed", "needs_answer", "not_applicable"
]
"""How a threat stands; the meaning of each is in `frameworks/severity.yaml`."""

Severity = Literal["low", "medium", "high", "critical"]
"""Impact by likelihood."""


@dataclass(frozen=True, slots=True)
class MetricReason:
    """One CVSS metric of a threat's vector and why it has its value."""

    metric: str
    """Such as `AV`."""

    value: str
    """Such as `N`."""

    reason: str
    """Why, in a short phrase."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One threat as it stands for this agent; `not_applicable` ones are kept, they explain."""

    id: str
    """Threat id, such as `TH-L2-06`."""

    finding: str
    """Stable finding id: slug of the agent's name, `/`, threat id."""

    layer: str
    """Home layer, `L1` to `L7` or `XL`."""

    also: tuple[str, ...]
    """Other layers it touches."""

    title: str
    """What goes wrong, in a few words."""

    state: State
    """How it stands."""

    severity: Severity | None
    """Impact by likelihood; None where it is closed, undecided or does not apply."""

    because: tuple[str, ...]
    """Facts that made the condition true, false or undecided."""

    controls: tuple[str, ...]
    """Control facts that hold and close or reduce it."""

    missing: tuple[str, ...]
    """Control facts that would close or reduce it and do not hold."""

    tools: tuple[str, ...]
    """Names of the tools it abuses, in tool order."""

    text: str
    """What it means for this agent, in its own tools, data and credentials."""

    attack: str
    """What a successful attack would look like here, in a sentence; empty where undecided."""

    check: str
    """Question for a reviewer."""

    false_positives: str
    """When this would be a false alarm."""

    questions: tuple[str, ...]
    """Fact ids that would decide it."""

    mitigations: tuple[str, ...]
    """Mitigation ids, most useful first."""

    refs: dict[str, tuple[str, ...]]
    """Namespace with version -> ids."""

    certain: bool
    """Whether its deciding facts are observed, stated or derived; assumed ones widen the range."""

    mitigation_factor: float
    """1.0, 0.83 or 0.67, from the controls."""

    vector: str
    """Derived CVSS 4.0 base vector; empty where the threat does not apply."""

    metrics: tuple[MetricReason, ...]
    """Reason for each metric of the vector."""

    base: float | None
    """CVSS base of the vector."""

    score: float | None
    """AIVSS of this threat; None unless open or reduced."""

    band: str
    """AIVSS band of the score; empty without one."""

    decision: str = ""
    """`accepted`, `mitigated-elsewhere` or `false-positive`, where a reviewer decided."""


@dataclass(frozen=True, slots=True)
class LayerView:
    """One MAESTRO layer of this agent."""

    id: str
    """`L1` to `L7`, or `XL`."""

    name: str
    """Name in MAESTRO."""

    certain: bool
    """Whether every deciding fact is stated or observed: the layer is mapped."""

    text: str
    """What the layer means for this agent."""

    open: int
    """Threats open or reduced here."""

    worst: Severity | None
    """Highest severity among them."""

    questions: tuple[str, ...]
    """Fact ids that would settle the layer."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of an attack path."""

    kind: Literal["entry", "capability", "threat", "impact"]
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

    notes: tuple[str, ...] = ()
    """Open threats beside the path that make a step worse or hide it."""


@dataclass(frozen=True, slots=True)
class ThreatModel:
    """All findings, layers and paths."""

    findings: tuple[Finding, ...]
    """All threats of the catalogue, sorted by id."""

    layers: tuple[LayerView, ...]
    """L1 to L7, then XL."""

    paths: tuple[AttackPath, ...]
    """Ranked, at most a handful."""

    summary: str
    """The risk in one sentence."""

    @property
    def open(self) -> tuple[Finding, ...]:
        """Findings that are open or reduced, by score, then severity, then id."""
        live = [f for f in self.findings if f.state in ("open_stated", "open_assumed", "reduced")]
        order = {"critical": 0, "high": 1, "medium": 2, "low": 3, None: 4}
        return tuple(sorted(live, key=lambda f: (-(f.score or 0.0), order[f.severity], f.id)))
