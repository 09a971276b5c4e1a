"""Questions of a system: each asked once, of the members for which it is open."""

from collections.abc import Iterable, Sequence

from threatmodel.score.result import Question
from threatmodel.score.what_if import MOST_QUESTIONS
from threatmodel.threats.names import LONGEST_NAME, listed, plain

MemberQuestions = tuple[str, float, tuple[Question, ...]]
"""Member, its score in its place, and its questions."""


def merged_questions(placed: Sequence[MemberQuestions]) -> tuple[Question, ...]:
    """Ask what is open of several members once, with the headline if all of them answer alike.

    Those that move the headline come first, then those that move a member most.
    """
    asked: dict[str, dict[str, Question]] = {}
    for name, _, questions in placed:
        for one in questions:
            asked.setdefault(one.fact, {})[name] = one
    values = {name: value for name, value, _ in placed}
    found = [
        (_merged(of, values), max(q.high - q.low for q in of.values())) for of in asked.values()
    ]
    found.sort(key=lambda pair: _rank(*pair))
    return tuple(one for one, _ in found[:MOST_QUESTIONS])


def _merged(of: dict[str, Question], values: dict[str, float]) -> Question:
    """Give the headline for both answers: the highest of those who answer and of the others."""
    others = [value for name, value in values.items() if name not in of]
    first, members = next(iter(of.values())), tuple(of) if len(values) > 1 else ()
    return first._replace(
        text=asked_of(members, first.text),
        if_true=max([one.if_true for one in of.values()] + others),
        if_false=max([one.if_false for one in of.values()] + others),
        threats=tuple(dict.fromkeys(threat for one in of.values() for threat in one.threats)),
        members=members,
    )


def _rank(one: Question, moves: float) -> tuple[float, float, float, int, str]:
    headline = -round(one.high - one.low, 1)
    return headline, -round(moves, 1), -one.high, -len(one.threats), one.fact


def asked_of(members: Iterable[str], question: str) -> str:
    """Name those who are asked in front of a question; it stands by itself for one agent."""
    names = listed([plain(name, LONGEST_NAME) for name in members])
    return f"{names}: {question}" if names else question
