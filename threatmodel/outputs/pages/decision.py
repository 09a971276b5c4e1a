"""The page that decides: the verdict asked for, its conditions, the worst that can happen."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from threatmodel.advise import Advice, advise, open_answers
from threatmodel.advise.bound import ALONE, Bound, Row, bind, extended, rows_of
from threatmodel.advise.choices import POLICY, Held
from threatmodel.advise.ends import Ending, Told, ending
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.outputs.claim import enough_known
from threatmodel.outputs.pages import answers, verdict
from threatmodel.outputs.pages.behind import Behind, Guarded
from threatmodel.outputs.pages.holds import Holds, holds_of, unsaid
from threatmodel.outputs.pages.plainly import said_plainly
from threatmodel.outputs.pages.stairs import (
    Stair,
    Stop,
    climbed,
    numbers_of,
    says_of,
    stair,
    stop_of,
)
from threatmodel.outputs.pages.subject import what_it_is
from threatmodel.outputs.text import count
from threatmodel.policy.guard import Residual
from threatmodel.policy.rules import policy_rules
from threatmodel.score.result import Question
from threatmodel.threats.finding import AttackPath

_STORIES = 3
_WORTH = 4
"""Measures that are named although the verdict does not need them."""


@dataclass(frozen=True, slots=True)
class InShort:
    """The decision without its conditions, which take a search."""

    verdict: str
    """Yes, Yes with conditions or open answers, Not as it is, Not yet."""
    asks: str
    """The verdict in a sentence."""
    stories: tuple[str, ...]
    """The worst that can happen, in two sentences each."""
    unknown: tuple[str, ...]
    """What is not known and would change the score."""
    assumed: tuple[str, ...]
    """What is assumed, and would undo a yes where it is wrong."""


@dataclass(frozen=True, slots=True)
class Decision(InShort):
    """What the review board is asked."""

    today: Stair
    """The score as it is, as the first step."""
    unsaid: tuple[str, ...]
    """What nobody has stated, and somebody has to before a yes."""
    advice: Advice | None = None
    """The conditions; None where too little is known for a score."""
    enough: bool = False
    """Whether the conditions are enough for a yes; else they are what helps most."""
    stairs: tuple[Stair, ...] = ()
    """The conditions, in the order in which they are best met."""
    joined: bool = False
    """Whether some of them lower the score only together."""
    undone: Stair | None = None
    """The score if the worst single answer comes out badly; None where none undoes a yes."""
    holds: Holds | None = None
    """What the policy does; None where it is no condition."""
    stops: tuple[Stop, ...] = ()
    """What stops each of the stories, in their order; empty where too little is known."""
    worth: str = ""
    """What lowers the score and changes neither verdict nor band; empty without any."""
    words: tuple[tuple[str, str], ...] = ()
    """Words of the page and what they mean."""


def decision_of(assessment: Assessment) -> Decision:
    """Work out what the first minute needs."""
    found = _decided(assessment) if enough_known(assessment) else _undecided(assessment)
    rules = policy_rules(assessment.knowledge).advise.words
    return replace(found, words=said_plainly(_texts(assessment, found), rules))


def _undecided(assessment: Assessment) -> Decision:
    word, asks = verdict.UNKNOWN
    return Decision(
        verdict=word,
        asks=asks,
        stories=tuple(map(_story, worst_of(assessment))),
        unknown=answers.open_ones(answers.moving(assessment)),
        assumed=(),
        today=_today(assessment),
        unsaid=(),
    )


def _today(assessment: Assessment) -> Stair:
    return stair(0, "Today", "", assessment.score.value, assessment.score.severity)


def _decided(assessment: Assessment) -> Decision:
    most = advise(assessment, verdict.LINE)
    asked = most if most.reached else _banded(assessment, most)
    today, told = _today(assessment), worst_of(assessment)
    bound = bind(assessment, asked)
    if most.steps and most.reached:
        bound, ends = _with_cures(assessment, bound, told)
        most = asked = bound.advice
    else:
        ends = _endings(assessment, bound, told) if most.steps else []
    rows = rows_of(bound)
    number = next((n for n, row in enumerate(rows, 1) if row.choice.id == POLICY), 0)
    tools = _behind(assessment, asked, rows)
    stairs = tuple(climbed(today, rows))
    word, asks, unknown, assumed = _verdict(assessment, most, asked, rows)
    return Decision(
        verdict=word,
        asks=asks + verdict.left_open(asked),
        stories=tuple(map(_story, told)),
        unknown=unknown,
        assumed=assumed,
        today=today,
        unsaid=tuple(unsaid(tools, number)) if most.reached else (),
        advice=asked,
        enough=most.reached,
        stairs=stairs,
        joined=any(one.joined for one in stairs),
        undone=_undone(assessment, most),
        holds=holds_of(number, tools) if number else None,
        stops=tuple(_stops(asked, rows, ends)),
        worth=_worth(assessment, most, rows),
    )


def _with_cures(
    assessment: Assessment, bound: Bound, worst: Sequence[Told]
) -> tuple[Bound, list[Ending | None]]:
    """Ask also for what is cheap and ends one of the worst cases; give what becomes of them all."""
    cheap, members = policy_rules(assessment.knowledge).advise.cheap, _members(assessment)
    ends, first = [], bound
    for told in worst:
        member = members.get(told.id, ALONE)
        found = ending(bound, told, member)
        cure = found.besides if found else None
        if cure and cure.effort <= cheap and cure.states:
            bound = extended(bound, member, cure.id)
        ends.append(found)
    return bound, ends if bound is first else _endings(assessment, bound, worst)


def _endings(assessment: Assessment, bound: Bound, worst: Sequence[Told]) -> list[Ending | None]:
    members = _members(assessment)
    return [ending(bound, told, members.get(told.id, ALONE)) for told in worst]


def _undone(assessment: Assessment, most: Advice) -> Stair | None:
    """Give the score that the gravest single answer makes, where a yes hangs on answers."""
    value = max((one.high for one in most.asked), default=0.0)
    if not most.reached or value < verdict.LINE:
        return None
    says = policy_rules(assessment.knowledge).advise.page.undone
    return stair(0, says, "", value, verdict.band_of(value))


def _banded(assessment: Assessment, most: Advice) -> Advice:
    """Give what takes the score into a lower band, where nothing takes it below the line."""
    below = verdict.lower_band(most.today, most.value)
    return replace(most, steps=(), left=()) if below is None else advise(assessment, below)


class _Judged(NamedTuple):
    """The verdict with what it hangs on; named as in `InShort`."""

    verdict: str
    asks: str
    unknown: tuple[str, ...]
    assumed: tuple[str, ...] = ()


def _verdict(assessment: Assessment, most: Advice, asked: Advice, rows: Sequence[Row]) -> _Judged:
    """Give the verdict under the conditions, and the answers that it hangs on."""
    if not most.reached:
        moving = answers.open_ones(answers.moving(assessment))
        return _Judged(*verdict.not_yet(assessment, most, asked, len(rows)), moving)
    if not rows:
        return _as_it_is(assessment, most.asked)
    hanging, unknown, assumed = _hanging(assessment, most.asked, most.worst)
    told = verdict.under_conditions(assessment.score, most, len(rows), hanging)
    return _Judged(*told, unknown, assumed)


def _as_it_is(assessment: Assessment, asked: Iterable[Question]) -> _Judged:
    hanging, unknown, assumed = _hanging(assessment, asked, assessment.score.high)
    if not hanging.ends:
        unknown = answers.open_ones(answers.moving(assessment))
    return _Judged(*verdict.as_it_is(assessment.score, hanging), unknown, assumed)


def _hanging(
    assessment: Assessment, asked: Iterable[Question], worst: float
) -> tuple[verdict.Hanging, tuple[str, ...], tuple[str, ...]]:
    """Say what a yes hangs on besides its conditions, in numbers and answer by answer."""
    over = answers.lifting(assessment, asked)
    assumed = [one for one in over if answers.is_assumed(assessment, one)]
    silent = [one for one in over if one not in assumed]
    ends = tuple(one.high for one in over)
    hanging = verdict.Hanging(len(silent), len(assumed), ends, worst)
    return hanging, answers.deciding(assessment, silent), answers.assumptions(assessment, assumed)


def _behind(assessment: Assessment, asked: Advice, rows: Sequence[Row]) -> Behind:
    """Take the agents that the policy stands in front of; all of them where it is not asked for."""
    held = {one.agent: one for one in asked.held}
    numbers, by = numbers_of(rows), defaultdict[str, dict[str, int]](dict)
    for step in asked.steps:
        for tool in step.choice.hold | step.choice.without:
            by[step.choice.id.rpartition("/")[0]][tool] = numbers[step.choice.id]
    if not isinstance(assessment, SystemAssessment):
        name = assessment.agent.name
        return Behind((Guarded("", assessment, held.get(name, Held(name, (), ())), by[""]),))
    names = [one.agent.name for one in assessment.members]
    behind = [name for name in names if name in held] or names
    return Behind(
        tuple(
            Guarded(name, one, held.get(name, Held(name, (), ())), by[name])
            for one in assessment.members
            if (name := one.agent.name) in behind
        )
    )


def _worth(assessment: Assessment, most: Advice, rows: Sequence[Row]) -> str:
    """Name what lowers the score further and changes neither the verdict nor the band."""
    if most.reached:
        return ""
    asked = {one for row in rows for one in row.ids}
    more = [row for row in rows_of(bind(assessment, most)) if not asked.issuperset(row.ids)]
    if not more:
        return ""
    named = " ".join(says_of(row) for row in more[:_WORTH])
    rest = f" And {len(more) - _WORTH} more." if len(more) > _WORTH else ""
    lower = "lowers" if len(more) == 1 else "lower"
    return (
        f"{count(len(more), 'measure')} {'more ' if rows else ''}{lower} it to {most.value:.1f},"
        f" which is {verdict.band_of(most.value)} still: {named}{rest}"
    )


def worst_of(assessment: Assessment) -> tuple[Told, ...]:
    """Choose the worst paths, each with an end of its own; without any, the worst threats."""
    found: dict[str, AttackPath] = {}
    for path in assessment.model.paths:
        found.setdefault(path.impact, path)
    return tuple(found.values())[:_STORIES] or assessment.model.open[:_STORIES]


def _story(told: Told) -> str:
    return told.story if isinstance(told, AttackPath) else verdict.happens(told)


def _members(assessment: Assessment) -> dict[str, str]:
    """Give the member that each path of a system ends at."""
    paths = assessment.paths if isinstance(assessment, SystemAssessment) else ()
    return {one.path.id: one.member for one in paths}


def _stops(asked: Advice, rows: Sequence[Row], ends: Sequence[Ending | None]) -> Iterator[Stop]:
    """Say of each of the worst cases what stops it."""
    numbers, enough = numbers_of(rows), asked.reached and asked.under <= verdict.LINE
    for one in ends:
        yield stop_of(one, numbers, enough=enough)


def _texts(assessment: Assessment, found: Decision) -> Iterator[str]:
    """Yield everything that the page says."""
    yield from (what_it_is(assessment), found.asks, found.worth)
    yield from (*found.stories, *found.unknown, *found.assumed, *found.unsaid)
    yield from (part for one in found.stops for part in one)
    yield from (one.says for one in found.stairs)
    yield from (line.text for line in (found.holds.lines if found.holds else ()))


def in_short(assessment: Assessment, after: Residual | None) -> InShort:
    """Say what can be said of the decision without a search for conditions."""
    known, value = enough_known(assessment), assessment.score.value
    stories = tuple(map(_story, worst_of(assessment)))
    if known and value < verdict.LINE:
        found = _as_it_is(assessment, open_answers(assessment))
        return InShort(found.verdict, found.asks, stories, found.unknown, found.assumed)
    word, asks = verdict.not_as_it_is(value, after) if known else verdict.UNKNOWN
    return InShort(word, asks, stories, answers.open_ones(answers.moving(assessment)), ())
