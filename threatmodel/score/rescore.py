"""Score an agent again as if some controls were in place, for what a policy leaves over."""

from collections.abc import Iterable
from dataclasses import dataclass

from threatmodel.facts.fact import Facts
from threatmodel.score.agent_score import Scored


@dataclass(frozen=True, slots=True)
class Rescored:
    """What changes once the controls hold."""

    states: dict[str, str]
    """Threat id -> state."""

    value: float
    """Headline."""

    severity: str
    """Its band."""

    threat: str
    """Threat of the headline; empty where nothing is open."""

    amended: float | None
    """Amended value where the result is below its own CVSS base."""


def rescore(scored: Scored, facts: Facts, controls: Iterable[str]) -> Rescored:
    """Believe that the controls hold, whatever the description says of them."""
    knowledge = scored.engine.knowledge
    bits = knowledge.mask(*controls)
    said = facts.said[0] | bits, facts.said[1] & ~bits
    firm = scored.completion.firm(said)
    outcome = scored.engine.outcome(scored.completion.full(firm), firm)
    amended = outcome.result.amended
    return Rescored(
        states={threat: verdict.state for threat, verdict in outcome.verdicts.items()},
        value=float(outcome.result.value),
        severity=outcome.result.severity,
        threat=outcome.worst.threat if outcome.worst else "",
        amended=None if amended is None else float(amended),
    )
