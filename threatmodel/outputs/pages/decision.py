"""The page that decides: the verdict asked for, its conditions, the worst that can happen."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from threatmodel.advise import Advice, advise, open_answers
from threatmodel.advise.binding import (
    Bound,
    SharedStep,
    bind,
    rows_of,
)
from threatmodel.advise.cases import WorstCase
from threatmodel.advise.choices import POLICY, Held
from threatmodel.advise.endings import Ending
from threatmodel.advise.extras import endings, told_as_it_is, with_cures, worst_of
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.outputs.pages import answers, verdict
from threatmodel.outputs.pages.answers import Confirmation, judged, judged_as_it_is
from threatmodel.outputs.pages.guarded_tools import NAMED, Guarded, GuardedTools
from threatmodel.outputs.pages.labels import said_plainly
from threatmodel.outputs.pages.policy_condition import PolicyEffect, ceilings, holds_of, unsaid
from threatmodel.outputs.pages.residual import (
    Stays,
    as_it_is,
    reasoned,
    stays_as_it_is,
    stays_under,
    story,
)
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
from threatmodel.rules.decision_words import DecisionWords
from threatmodel.scales import GRAVEST_FIRST
from threatmodel.score.formula import severity
from threatmodel.threats.names import joined

_HOLDING = ("approval", "hide", "deny")
"""Kinds of guard that hold a tool, whatever it is given."""

_WORTH = 4
"""Measures that are named although the verdict does not need them."""


@dataclass(frozen=True, slots=True)
class InShort:
    """The decision without its conditions, which take a search."""

    verdict: str
    """Yes, with conditions or once confirmed; Not without conditions; Not yet."""
    asks: str
    """What is so today, and what the yes needs."""
    stories: tuple[str, ...]
    """The worst that can happen, in two sentences each."""
    unknown: tuple[str, ...]
    """What is not known and would change the score, where no yes hangs on it."""
    confirmations: tuple[Confirmation, ...]
    """What a yes hangs on besides its conditions, by who can confirm it."""
    undone: Stair | None
    """The score if none of that is as confirmed; None where nothing is asked."""
    stays: Stays
    """What a yes accepts; empty where no yes is asked for."""


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
    holds: PolicyEffect | None = None
    """What the policy does; None where it is no condition."""
    stops: tuple[Stop, ...] = ()
    """What stops each of the stories, in their order; empty where too little is known."""
    worth: str = ""
    """What lowers the score and changes neither verdict nor band; empty without any."""
    words: tuple[tuple[str, str], ...] = ()
    """Words of the page and what they mean."""

    @property
    def then(self) -> tuple[float, str] | None:
        """The score once all that is asked for is met, and with what; None: nothing is."""
        if not self.stairs:
            return None
        return self.stairs[-1].value, f"with the {'conditions' if self.enough else 'measures'}"


def decision_of(assessment: Assessment) -> Decision:
    """Work out what the first minute needs."""
    found = _decided(assessment) if assessment.enough_known else _undecided(assessment)
    rules = policy_rules(assessment.knowledge).advise.words
    return replace(found, words=said_plainly(_texts(assessment, found), rules))


def _undecided(assessment: Assessment) -> Decision:
    word, asks = verdict.UNKNOWN
    return Decision(
        verdict=word,
        asks=asks,
        stories=tuple(map(story, worst_of(assessment))),
        unknown=answers.open_ones(answers.moving(assessment)),
        confirmations=(),
        undone=None,
        stays=Stays(),
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
        bound, ends = with_cures(assessment, bound, told)
        most = asked = bound.advice
    else:
        ends = endings(assessment, bound, told) if most.steps else []
    rows = rows_of(bound)
    number = next((n for n, row in enumerate(rows, 1) if row.choice.id == POLICY), 0)
    tools = _behind(assessment, asked, rows, "condition" if most.reached else "measure")
    stairs = tuple(reasoned(assessment, bound, rows, tuple(climbed(today, rows)), ends))
    blank = tuple(unsaid(tools, number) if most.reached else ceilings(tools))
    ruling = judged(assessment, bound, most, stairs, blank=bool(blank))
    page = policy_rules(assessment.knowledge).advise.page
    return Decision(
        **ruling._replace(asks=ruling.asks + verdict.left_open(asked))._asdict(),
        stories=tuple(map(story, told)),
        stays=_stays(assessment, bound, told, ends),
        today=today,
        unsaid=blank,
        advice=asked,
        enough=most.reached,
        stairs=stairs,
        joined=any(one.joined for one in stairs),
        holds=holds_of(number, tools) if number else None,
        stops=tuple(_stops(asked, rows, ends, page)),
        worth=_worth(assessment, most, rows, page),
    )


def _banded(assessment: Assessment, most: Advice) -> Advice:
    """Give what takes the score into a lower band, where nothing takes it below the line."""
    below = verdict.lower_band(most.today, most.value)
    return replace(most, steps=(), left=()) if below is None else advise(assessment, below)


def _stays(
    assessment: Assessment, bound: Bound, told: Sequence[WorstCase], ends: Sequence[Ending | None]
) -> Stays:
    if not bound.advice.reached or bound.advice.under > verdict.LINE:
        return Stays()
    if bound.advice.steps:
        return stays_under(assessment, bound, told, ends)
    return stays_as_it_is(assessment, tuple(map(as_it_is, told)))


def _behind(
    assessment: Assessment, asked: Advice, rows: Sequence[SharedStep], noun: str
) -> GuardedTools:
    """Take the agents that the policy stands in front of; all of them where it is not asked for.

    `noun` is what the page calls each of the rows.
    """
    held = {one.agent: one for one in asked.held}
    numbers, by = numbers_of(rows), defaultdict[str, dict[str, int]](dict)
    for step in asked.steps:
        for tool in step.choice.hold | step.choice.without:
            by[step.choice.id.rpartition("/")[0]][tool] = numbers[step.choice.id]
    if not isinstance(assessment, SystemAssessment):
        name = assessment.agent.name
        alone = Guarded("", assessment, held.get(name, Held(name, (), ())), by[""])
        return GuardedTools((alone,), noun)
    names = [one.agent.name for one in assessment.members]
    behind = [name for name in names if name in held] or names
    return GuardedTools(
        tuple(
            Guarded(name, one, held.get(name, Held(name, (), ())), by[name])
            for one in assessment.members
            if (name := one.agent.name) in behind
        ),
        noun,
    )


def _worth(
    assessment: Assessment, most: Advice, rows: Sequence[SharedStep], words: DecisionWords
) -> str:
    """Name what lowers the score further and no yes hangs on."""
    if most.reached:
        return "" if rows else _guarded(assessment, words)
    asked = {one for row in rows for one in row.ids}
    more = [row for row in rows_of(bind(assessment, most)) if not asked.issuperset(row.ids)]
    if not more:
        return ""
    named = " ".join(says_of(row) for row in more[:_WORTH])
    rest = f" And {len(more) - _WORTH} more." if len(more) > _WORTH else ""
    lower = "lowers" if len(more) == 1 else "lower"
    return (
        f"{count(len(more), 'measure')} {'more ' if rows else ''}{lower} it to {most.value:.1f},"
        f" which is {severity(most.value)} still: {named}{rest}"
    )


def _guarded(assessment: Assessment, words: DecisionWords) -> str:
    """Say what the policy would do where the score is under the line without it."""
    after = next(iter(assessment.residuals), None)
    if after is None or after.value >= assessment.score.value:
        return ""
    waits = {guard.tool for guard in assessment.plan.guards if guard.kind in _HOLDING}
    held = [reading for reading in assessment.readings if reading.name in waits]
    held.sort(key=lambda one: GRAVEST_FIRST.index(one.tool_class))
    names = [f"`{one.name}`" for one in held[:NAMED]]
    if len(held) > NAMED:
        names.append(words.more.format(number=len(held) - NAMED))
    then = words.guarding.format(tools=joined(names)) if names else ""
    return words.guarded.format(score=after.value, then=then)


def _stops(
    asked: Advice, rows: Sequence[SharedStep], ends: Sequence[Ending | None], words: DecisionWords
) -> Iterator[Stop]:
    """Say of each of the worst cases what stops it."""
    numbers, enough = numbers_of(rows), asked.reached and asked.under <= verdict.LINE
    for one in ends:
        yield stop_of(one, numbers, words, enough=enough)


def _texts(assessment: Assessment, found: Decision) -> Iterator[str]:
    """Yield everything that the page says."""
    yield from (assessment.agent.name, what_it_is(assessment), found.asks, found.worth)
    yield from (*found.stories, *found.unknown, *found.unsaid)
    yield from (line.says for one in found.confirmations for line in one.lines)
    yield from (part for one in (*found.stops, found.stays) for part in one)
    yield from (part for one in found.stairs for part in (one.says, one.why))
    yield from (line.text for line in (found.holds.lines if found.holds else ()))


def in_short(assessment: Assessment, after: Residual | None) -> InShort:
    """Say what can be said of the decision without a search for conditions."""
    known, value = assessment.enough_known, assessment.score.value
    told = told_as_it_is(assessment) or tuple(map(as_it_is, worst_of(assessment)))
    stories = tuple(one.story for one in told)
    if known and value < verdict.LINE:
        found = judged_as_it_is(assessment, open_answers(assessment))._asdict()
        return InShort(**found, stories=stories, stays=stays_as_it_is(assessment, told))
    word, asks = verdict.not_as_it_is(value, after) if known else verdict.UNKNOWN
    unknown = answers.open_ones(answers.moving(assessment))
    return InShort(word, asks, stories, unknown, (), None, Stays())
