"""What stays open under the conditions, and why some are asked for that lower no score."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from threatmodel.advise.binding import ALONE, Bound, BoundMember, SharedStep, asked_of
from threatmodel.advise.cases import WorstCase
from threatmodel.advise.endings import Ending, ToldCase
from threatmodel.advise.extras import left_besides, left_of
from threatmodel.assessment import Assessment
from threatmodel.outputs.pages import answers, verdict
from threatmodel.outputs.pages.stairs import Stair
from threatmodel.outputs.text import count, one_line, sentence
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.decision_words import DecisionWords
from threatmodel.threats.names import joined
from threatmodel.threats.result import AttackPath


class Stays(NamedTuple):
    """What a yes accepts."""

    label: str = ""
    """Which of the worst cases, with their scores, or that it is none of them; empty: nothing."""
    text: str = ""
    """Where it is none of the worst cases, the gravest that stays, as a story."""


def story(told: WorstCase) -> str:
    """Tell one of the worst cases as it stands today."""
    return told.story if isinstance(told, AttackPath) else verdict.happens(told)


def as_it_is(told: WorstCase) -> ToldCase:
    """Tell one of the worst cases as it stands today, with its score."""
    value = told.worst if isinstance(told, AttackPath) else told.score or 0.0
    return ToldCase(story(told), value)


def stays_as_it_is(assessment: Assessment, worst: Sequence[ToldCase]) -> Stays:
    """Say what a yes without a condition accepts: all of the worst cases."""
    return _accepted(assessment, dict(enumerate(worst, 1)), assessment.score.value, "")


def _accepted(
    assessment: Assessment, left: Mapping[int, ToldCase], headline: float, then: str
) -> Stays:
    """Name cases that a yes accepts by their numbers, each with its score."""
    words = policy_rules(assessment.knowledge).advise.page
    if not left:
        return Stays()
    values = tuple(f"{one.value:.1f}" for one in left.values())
    scored = words.scored if len(left) == 1 else words.all_scored
    if len(left) > len(set(values)) == 1:
        scored, values = words.each_scored, values[:1]
    told = scored.format(scores=joined(values), then=then)
    label = words.accepts.format(cases=_cases(list(left), words), scores=told)
    return Stays(label + _beyond(words, headline, left.values()))


def _beyond(words: DecisionWords, headline: float, left: Iterable[ToldCase]) -> str:
    """Say why something of it scores more than the whole; empty where nothing does."""
    above = any(one.value > headline for one in left)
    return f" {words.shared.format(score=headline)}" if above else ""


def stays_under(
    assessment: Assessment, bound: Bound, worst: Sequence[WorstCase], ends: Sequence[Ending | None]
) -> Stays:
    """Say what stays once all conditions are met and all confirmations hold."""
    words = policy_rules(assessment.knowledge).advise.page
    left = [n for n, end in enumerate(ends) if end is None or not end.by or end.left]
    if left:
        found = {n + 1: left_of(assessment, bound, worst[n]) for n in left}
        return _accepted(assessment, found, bound.advice.value, words.then)
    besides = left_besides(assessment, bound, worst)
    finding = next((f for f in assessment.model.findings if f.id == bound.advice.stays), None)
    if not besides.story and finding:
        besides = ToldCase(verdict.happens(finding), bound.advice.value)
    if not besides.story:
        return Stays()
    more = _beyond(words, bound.advice.value, (besides,))
    return Stays(words.stays.format(score=besides.value), _told(besides.story) + more)


def _told(text: str) -> str:
    return sentence(one_line(text))


def _cases(numbers: Sequence[int], words: DecisionWords) -> str:
    noun = words.case if len(numbers) == 1 else words.cases
    return f"{noun} {joined(tuple(map(str, numbers)))}"


def reasoned(
    assessment: Assessment,
    bound: Bound,
    rows: Sequence[SharedStep],
    stairs: Sequence[Stair],
    ends: Sequence[Ending | None],
) -> Iterator[Stair]:
    """Say of each condition that lowers no score why it is there."""
    before = assessment.score.value
    for row, one in zip(rows, stairs, strict=True):
        idle = one.value >= before and not one.joined
        yield replace(one, why=_why(assessment, bound, row, ends)) if idle else one
        before = one.value


def _why(
    assessment: Assessment, bound: Bound, row: SharedStep, ends: Sequence[Ending | None]
) -> str:
    words, own = policy_rules(assessment.knowledge).advise.page, set(row.ids)
    known = [(n, end) for n, end in enumerate(ends, 1) if end]
    if stops := [n for n, end in known if own.intersection(end.by)]:
        return words.needed_for.format(cases=_cases(stops, words))
    if spared := _spared(assessment, bound, row):
        return words.spares.format(confirmations=count(spared, words.confirmation))
    if harder := [n for n, end in known if own.intersection(end.hinder)]:
        return words.hinders.format(cases=_cases(harder, words))
    return ""


def _spared(assessment: Assessment, bound: Bound, row: SharedStep) -> int:
    """Count the confirmations that it spares."""
    fewer = {name: _without(name, part, row) for name, part in bound.parts.items()}
    asked = asked_of(fewer, {name: frozenset(part.steps) for name, part in fewer.items()})
    with_it, without = (
        sum(
            len(one.lines)
            for one in answers.confirmations(
                assessment, parts, answers.lifting(assessment, questions)
            )
        )
        for parts, questions in ((bound.parts, bound.advice.asked), (fewer, asked))
    )
    return without - with_it


def _without(name: str, part: BoundMember, row: SharedStep) -> BoundMember:
    own = {id_ if name == ALONE else id_.removeprefix(f"{name}/") for id_ in row.ids}
    return replace(part, steps=tuple(one for one in part.steps if one not in own))
