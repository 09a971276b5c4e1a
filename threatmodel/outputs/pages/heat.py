"""Open findings on a heat map, by how bad and how likely they are."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.findings import numbered
from threatmodel.outputs.text import count
from threatmodel.scales import PRIORITIES


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One field of the heat map."""

    word: str
    """What to do about what lies here."""
    heat: int
    """0 for note to 3 for act now."""
    found: tuple[tuple[int, str], ...]
    """Numbers and threat ids of the findings that lie here."""


@dataclass(frozen=True, slots=True)
class Heat:
    """Findings by how bad and how likely they are."""

    likely: tuple[str, ...]
    """Columns: likelihoods, the least first."""
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]
    """Rows: impacts, the worst first, each with a field for each likelihood."""
    says: str


def heat(assessment: Assessment) -> Heat:
    """Place the agent's own open findings by impact and likelihood."""
    table, verdicts = assessment.knowledge.priority, assessment.scored.outcome.verdicts
    placed: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for id_, number in numbered(assessment).items():
        placed.setdefault((verdicts[id_].impact, verdicts[id_].likelihood), []).append(
            (number, id_)
        )
    rows = tuple(
        (
            impact.capitalize(),
            tuple(
                HeatCell(word, PRIORITIES.index(word), tuple(placed.get((impact, likely), ())))
                for likely, word in zip(table.likelihoods, words, strict=True)
            ),
        )
        for impact, words in zip(table.impacts, table.matrix, strict=True)
    )
    likely = tuple(name.replace("_", " ").capitalize() for name in table.likelihoods)
    return Heat(likely, rows[::-1], _heat_says(assessment))


def _heat_says(assessment: Assessment) -> str:
    found = assessment.model.open
    if not found:
        return "No threat of its own is open."
    first = sum(finding.priority == "act now" for finding in found)
    verb = "calls" if first == 1 else "call"
    if not first:
        return f"None of the {count(len(found), 'open threat')} calls for action today."
    return f"{first} of {count(len(found), 'open threat')} {verb} for action now."
