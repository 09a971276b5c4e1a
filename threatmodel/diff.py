"""What differs between two assessed agents, and why: per factor, threat and tool."""

from dataclasses import asdict, dataclass
from typing import Any

from threatmodel.assessment import Assessment


@dataclass(frozen=True, slots=True)
class FactorChange:
    """A factor that differs."""

    id: str
    """Factor id."""

    name: str
    """Its name."""

    before: float
    """Value of the first agent."""

    after: float
    """Value of the second."""

    why: str
    """Reasons that only one of them has."""


@dataclass(frozen=True, slots=True)
class ThreatChange:
    """A threat that stands differently."""

    id: str
    """Threat id."""

    title: str
    """Its title."""

    before: str
    """State and score of the first agent."""

    after: str
    """State and score of the second."""

    facts: tuple[str, ...]
    """Facts of its condition that differ."""


@dataclass(frozen=True, slots=True)
class ToolChange:
    """A tool that only one has, or that is read differently."""

    name: str
    """Tool name."""

    before: str
    """Class in the first agent; empty where it has no such tool."""

    after: str
    """Class in the second."""


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact that differs."""

    id: str
    """Fact id."""

    before: bool | None
    """Value of the first agent."""

    after: bool | None
    """Value of the second."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two agents."""

    names: tuple[str, str]
    """The agents."""

    scores: tuple[float, float]
    """Their headlines."""

    factors: tuple[FactorChange, ...]
    """Factors that differ."""

    threats: tuple[ThreatChange, ...]
    """Threats that stand differently."""

    tools: tuple[ToolChange, ...]
    """Tools that differ."""

    facts: tuple[FactChange, ...]
    """Facts that differ."""

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return asdict(self)


def compare(first: Assessment, second: Assessment) -> Comparison:
    """Compare two agents assessed under the same profile."""
    facts = _facts(first, second)
    return Comparison(
        names=(first.agent.name, second.agent.name),
        scores=(first.score.value, second.score.value),
        factors=_factors(first, second),
        threats=_threats(first, second, {change.id for change in facts}),
        tools=_tools(first, second),
        facts=facts,
    )


def _factors(first: Assessment, second: Assessment) -> tuple[FactorChange, ...]:
    pairs = zip(first.score.factors, second.score.factors, strict=True)
    return tuple(
        FactorChange(
            a.id,
            a.name,
            a.value,
            b.value,
            "; ".join(
                [f"only {first.agent.name}: {r}" for r in a.reasons if r not in b.reasons]
                + [f"only {second.agent.name}: {r}" for r in b.reasons if r not in a.reasons]
            ),
        )
        for a, b in pairs
        if a.value != b.value
    )


def _threats(first: Assessment, second: Assessment, changed: set[str]) -> tuple[ThreatChange, ...]:
    changes = []
    for row in first.knowledge.threats:
        before, after = _stands(first, row.id), _stands(second, row.id)
        if before != after:
            leaves = set(_leaf_facts(first, row.id)) | set(_leaf_facts(second, row.id))
            changes.append(
                ThreatChange(row.id, row.title, before, after, tuple(sorted(leaves & changed)))
            )
    return tuple(changes)


def _stands(assessment: Assessment, threat: str) -> str:
    outcome = assessment.scored.outcome
    state = outcome.verdicts[threat].state.replace("_", " ")
    rated = outcome.rated.get(threat)
    return f"{state}, {rated.result.value}" if rated else state


def _leaf_facts(assessment: Assessment, threat: str) -> tuple[str, ...]:
    finding = next(f for f in assessment.model.findings if f.id == threat)
    return (*finding.because, *finding.controls, *finding.missing)


def _tools(first: Assessment, second: Assessment) -> tuple[ToolChange, ...]:
    before = {r.name: r.tool_class for r in first.readings}
    after = {r.name: r.tool_class for r in second.readings}
    return tuple(
        ToolChange(name, before.get(name, ""), after.get(name, ""))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _facts(first: Assessment, second: Assessment) -> tuple[FactChange, ...]:
    return tuple(
        FactChange(name, fact.value, second.facts.facts[name].value)
        for name, fact in first.facts.facts.items()
        if fact.value is not second.facts.facts[name].value
    )
