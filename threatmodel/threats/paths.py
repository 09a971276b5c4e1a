"""Attack paths: the chains and cascades whose every step is open, ranked, with the cheapest break."""

from collections.abc import Sequence

from threatmodel.facts.fact import Facts
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.rows import Chain
from threatmodel.score.engine import OPEN
from threatmodel.threats.finding import AttackPath, Finding, PathStep
from threatmodel.threats.wording import Wording

MOST_PATHS = 5
"""Paths shown."""


def find_paths(
    knowledge: Knowledge, facts: Facts, findings: Sequence[Finding], wording: Wording
) -> tuple[AttackPath, ...]:
    """Tell the stories whose every step is open or reduced, worst first."""
    live = {f.id: f for f in findings if f.state in OPEN}
    told = [
        _path(chain, live, knowledge, wording)
        for chain in knowledge.chains.values()
        if all(step in live for step in chain.steps)
    ]
    return tuple(sorted(told, key=lambda p: (-p.score, p.id))[:MOST_PATHS])


def _path(
    chain: Chain, live: dict[str, Finding], knowledge: Knowledge, wording: Wording
) -> AttackPath:
    steps = tuple(
        PathStep("threat", step, live[step].layer, wording.step(live[step]), live[step].tools)
        for step in chain.steps
    )
    best = live[chain.breaks_best_at]
    row = knowledge.by_id[best.id]
    return AttackPath(
        id=chain.id,
        title=chain.name,
        steps=steps,
        score=max(live[step].score or 0.0 for step in chain.steps),
        break_at=best.id,
        break_by=row.mitigations[0] if row.mitigations else "",
        guard=row.clauses[0] if row.clauses else "",
    )
