"""Score an agent again as if some controls were in place, for what a policy leaves over."""

from collections.abc import Iterable

from threatmodel.facts.fact import Facts
from threatmodel.score.agent_score import Scored

Rescored = tuple[dict[str, str], float, str, str, float | None]
"""Threat id -> state, headline, its band, its threat, its amended value."""


def rescore(scored: Scored, facts: Facts, controls: Iterable[str]) -> Rescored:
    """Believe that the controls hold, whatever the description says of them."""
    bits = scored.engine.knowledge.mask(*controls)
    said = facts.said[0] | bits, facts.said[1] & ~bits
    firm = scored.completion.firm(said)
    outcome = scored.engine.outcome(scored.completion.full(firm), firm)
    result = outcome.result
    return (
        {threat: verdict.state for threat, verdict in outcome.verdicts.items()},
        float(result.value),
        result.severity,
        outcome.worst.threat if outcome.worst else "",
        None if result.amended is None else float(result.amended),
    )
