"""The verdict asked for, and what a yes hangs on besides its conditions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from threatmodel.advise import Advice
from threatmodel.advise.binding import Bound, BoundMember, parts_as_they_are, value_if_bad
from threatmodel.assessment import Assessment
from threatmodel.outputs.pages import answers, verdict
from threatmodel.outputs.pages.answers import Confirmation
from threatmodel.outputs.pages.stairs import Stair, stair
from threatmodel.policy.rules import policy_rules
from threatmodel.score.formula import severity
from threatmodel.score.result import Question


class Judgement(NamedTuple):
    """The verdict with what it hangs on; named as in `decision.InShort`."""

    verdict: str
    asks: str
    unknown: tuple[str, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    undone: Stair | None = None


def judged(
    assessment: Assessment, bound: Bound, most: Advice, stairs: Sequence[Stair]
) -> Judgement:
    """Give the verdict under the conditions, and what it hangs on besides."""
    if not most.reached:
        moving = answers.open_ones(answers.moving(assessment))
        return Judgement(*verdict.not_yet(assessment, most, bound.advice, len(stairs)), moving)
    if not stairs:
        return judged_as_it_is(assessment, most.asked)
    found = _hanging(assessment, bound.parts, most.asked, most.worst)
    days = [one.effort for one in stairs]
    told = verdict.under_conditions(assessment.score, most.value, days, found.hanging)
    return Judgement(*told, (), found.confirmations, found.undone)


def judged_as_it_is(assessment: Assessment, asked: Iterable[Question]) -> Judgement:
    """Give the verdict where nothing has to be done, by the answers that are `asked` for."""
    found = _hanging(assessment, parts_as_they_are(assessment), asked, assessment.score.high)
    told = verdict.as_it_is(assessment.score, found.hanging)
    if found.confirmations:
        return Judgement(*told, (), found.confirmations, found.undone)
    return Judgement(*told, answers.open_ones(answers.moving(assessment)))


class _Hanging(NamedTuple):
    """What a yes hangs on besides its conditions."""

    hanging: verdict.Hanging
    confirmations: tuple[Confirmation, ...] = ()
    undone: Stair | None = None


def _hanging(
    assessment: Assessment,
    parts: Mapping[str, BoundMember],
    asked: Iterable[Question],
    worst: float,
) -> _Hanging:
    """Say what a yes hangs on besides its conditions, in numbers and by who can confirm it."""
    over = answers.lifting(assessment, asked)
    words, today = policy_rules(assessment.knowledge).advise.page, assessment.score.value
    if not over:
        return _Hanging(verdict.Hanging(words, 0, 0.0, 0.0, worst, today))
    confirmations, value = answers.confirmations(assessment, parts, over), value_if_bad(parts, over)
    many = sum(len(one.lines) for one in confirmations)
    hanging = verdict.Hanging(words, many, over[0].high, value, worst, today)
    return _Hanging(hanging, confirmations, stair(0, words.undone, "", value, severity(value)))
