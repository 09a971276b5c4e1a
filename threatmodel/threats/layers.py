"""The seven MAESTRO layers of one agent: mapped, or not certain from the description."""

from collections.abc import Sequence

from threatmodel.facts.fact import Facts
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.rows import LayerRow
from threatmodel.score.engine import OPEN
from threatmodel.threats.finding import Finding, LayerView, Severity
from threatmodel.threats.wording import Wording

_WORST: dict[Severity | None, int] = {None: 0, "low": 1, "medium": 2, "high": 3, "critical": 4}


def view_layers(
    knowledge: Knowledge, facts: Facts, findings: Sequence[Finding], wording: Wording
) -> tuple[LayerView, ...]:
    """Give every layer, L1 to L7 and then the cross-layer view.

    A layer is mapped when each of its deciding facts is stated, observed or derived (design,
    section 4).
    """
    return tuple(_view(row, facts, findings, wording) for row in knowledge.layers.values())


def _view(row: LayerRow, facts: Facts, findings: Sequence[Finding], wording: Wording) -> LayerView:
    unsure = tuple(
        name
        for name in row.decides
        if facts.facts[name].basis in ("assumed", "unknown") or facts.facts[name].value is None
    )
    here = [f for f in findings if f.layer == row.id]
    live = [f for f in here if f.state in OPEN]
    worst = max((f.severity for f in live), key=lambda s: _WORST[s], default=None)
    certain = bool(row.decides) and not unsure
    text = wording.layer(row, live, certain=certain)
    return LayerView(row.id, row.name, certain, text, len(live), worst, unsure)
