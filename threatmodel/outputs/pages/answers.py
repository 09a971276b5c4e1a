"""The open answers on the page that decides: those that decide come first."""

from collections.abc import Iterable, Sequence

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.verdict import LINE
from threatmodel.score.result import Question
from threatmodel.system.merge import question_to

_SHOWN = 3
"""Answers that are told where none decides."""


def moving(assessment: Assessment) -> list[Question]:
    """Give the questions that move the score as it is, the ones to ask first in front."""
    score = assessment.score
    asked = [q for q in (*score.questions, *score.run_questions) if q.moves]
    return sorted(asked, key=lambda q: _urgency(assessment, q))


def lifting(assessment: Assessment, asked: Iterable[Question]) -> list[Question]:
    """Give those whose answers lift the score over the line again, the gravest first."""
    over = [q for q in asked if q.high >= LINE]
    return sorted(over, key=lambda q: (-q.high, _urgency(assessment, q)))


def _urgency(assessment: Assessment, asked: Question) -> tuple[bool, float, str]:
    """Rank a question: what a documented default stands in for can wait, silence cannot."""
    return is_assumed(assessment, asked), -(asked.high - asked.low), asked.fact


def is_assumed(assessment: Assessment, asked: Question) -> bool:
    """Tell whether a documented default stands in for the answer."""
    return assessment.facts.facts[asked.fact].basis == "assumed"


def deciding(over: Sequence[Question]) -> tuple[str, ...]:
    """Tell what each answer must be, and what it is worth otherwise."""
    alike: dict[tuple[str, str, float], list[str]] = {}
    for q in over:
        alike.setdefault((*_words(q), q.high), []).append(q.text)
    return tuple(
        f"{' '.join(texts)} {'Each' if len(texts) > 1 else 'It'} must be {good};"
        f" {bad} makes it {high:.1f}."
        for (good, bad, high), texts in alike.items()
    )


def assumptions(assessment: Assessment, over: Iterable[Question]) -> tuple[str, ...]:
    """Tell what is assumed because nobody says otherwise, and what it is worth if it is wrong."""
    knowledge = assessment.knowledge
    taken: dict[str, list[str]] = {"no": [], "yes": []}
    for q in over:
        row = knowledge.facts.get(q.fact) or knowledge.controls[q.fact]
        told = question_to(q.members, row.says)
        taken[_words(q)[0]].append(f"{told} ({q.high:.1f})")
    return tuple(f"{_TAKEN[good]}: {'; '.join(some)}." for good, some in taken.items() if some)


_TAKEN = {
    "no": "Assumed not to be so, since nobody says it is; in brackets the score if it is",
    "yes": "Assumed to be so, since nobody says it is not; in brackets the score if it is not",
}


def _words(asked: Question) -> tuple[str, str]:
    return ("no", "yes") if asked.if_true > asked.if_false else ("yes", "no")


def open_ones(asked: Sequence[Question]) -> tuple[str, ...]:
    """Tell what the first answers would make of the score as it is."""
    return tuple(
        f"{q.text} If yes it scores {q.if_true:.1f}, if no {q.if_false:.1f}."
        for q in asked[:_SHOWN]
    )
