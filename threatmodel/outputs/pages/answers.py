"""The open answers on the page that decides: those that decide come first."""

from collections.abc import Iterable, Iterator, Sequence

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.verdict import LINE
from threatmodel.policy.rules import policy_rules
from threatmodel.score.result import Question
from threatmodel.score.what_if import asked_as
from threatmodel.system.merge import question_to

_SHOWN = 3
"""Answers that are told where none decides."""

_IN_LINE = 10
"""Assumptions in a line: a page cuts what is very long."""


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


def deciding(assessment: Assessment, over: Sequence[Question]) -> tuple[str, ...]:
    """Tell what each answer must be, and what it is worth otherwise."""
    alike: dict[tuple[str, str, float], dict[tuple[str, ...], list[str]]] = {}
    for q in over:
        asked = alike.setdefault((*_words(q), q.high), {})
        asked.setdefault(q.members, []).append(asked_as(assessment.knowledge, q.fact))
    return tuple(
        f"{' '.join(question_to(names, ' '.join(some)) for names, some in asked.items())}"
        f" {'It' if sum(map(len, asked.values())) == 1 else 'Each'} must be {good};"
        f" {bad} makes it {high:.1f}."
        for (good, bad, high), asked in alike.items()
    )


def assumptions(assessment: Assessment, over: Iterable[Question]) -> tuple[str, ...]:
    """Tell what is assumed because nobody says otherwise, and what it is worth if it is wrong."""
    knowledge = assessment.knowledge
    taken: dict[str, dict[tuple[str, ...], list[str]]] = {"no": {}, "yes": {}}
    for q in over:
        row = knowledge.facts.get(q.fact) or knowledge.controls[q.fact]
        told = taken[_words(q)[0]].setdefault(q.members, [])
        told.append(f"{row.says} ({q.high:.1f})")
    words = policy_rules(knowledge).advise.page
    return (*_lines(words.assumed_no, taken["no"]), *_lines(words.assumed_yes, taken["yes"]))


def _lines(lead: str, taken: dict[tuple[str, ...], list[str]]) -> Iterator[str]:
    """Tell what is assumed of the same members in a line, or in several where that is much."""
    for members, told in taken.items():
        for at in range(0, len(told), _IN_LINE):
            some = question_to(members, "; ".join(told[at : at + _IN_LINE]))
            yield f"{lead}{some}."
            lead = ""


def _words(asked: Question) -> tuple[str, str]:
    return ("no", "yes") if asked.if_true > asked.if_false else ("yes", "no")


def open_ones(asked: Sequence[Question]) -> tuple[str, ...]:
    """Tell what the first answers would make of the score as it is."""
    return tuple(
        f"{q.text} If yes it scores {q.if_true:.1f}, if no {q.if_false:.1f}."
        for q in asked[:_SHOWN]
    )
