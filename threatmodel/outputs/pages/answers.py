"""The open answers on the page that decides, and the verdict as far as it hangs on them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import NamedTuple

from threatmodel.advise import Advice
from threatmodel.advise.binding import Bound, BoundMember, parts_as_they_are, value_if_bad
from threatmodel.assessment import Assessment
from threatmodel.classify.classify import load_class_rules
from threatmodel.classify.operation import kinds_of
from threatmodel.outputs.pages import verdict
from threatmodel.outputs.pages.labels import mark, width
from threatmodel.outputs.pages.stairs import Stair, stair
from threatmodel.outputs.pages.verdict import LINE
from threatmodel.outputs.text import sentence
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.advise import AdviseRules, ConfirmRule
from threatmodel.score.formula import severity
from threatmodel.score.result import Question
from threatmodel.system.merge import question_to
from threatmodel.threats.names import joined

_SHOWN = 3
"""Answers that are told where none decides."""


class ToConfirm(NamedTuple):
    """One statement to be ticked."""

    says: str
    """What must be so, in a sentence without a negation."""
    look: str
    """How somebody sees that it is so."""
    value: float
    """Score if it is not so."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What one person has to confirm before a yes, since nobody has stated it."""

    letter: str
    """A for what weighs most."""
    who: str
    """Who can say, as a role."""
    lines: tuple[ToConfirm, ...]
    """What must be so, what weighs most first."""
    shown: int
    """Lines that stand on the page that decides; the others stand after it."""
    value: float
    """Score if none of it is as confirmed."""
    style: str
    """Style name of that score's band."""
    width: float
    """Length of its bar, per cent of the scale."""

    @property
    def more(self) -> int:
        """Lines that do not stand on the page that decides."""
        return len(self.lines) - self.shown


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
    return _is_assumed(assessment, asked), -(asked.high - asked.low), asked.fact


def _is_assumed(assessment: Assessment, asked: Question) -> bool:
    """Tell whether a documented default stands in for the answer."""
    return assessment.facts.facts[asked.fact].basis == "assumed"


def confirmations(
    assessment: Assessment, parts: Mapping[str, BoundMember], over: Sequence[Question]
) -> tuple[Confirmation, ...]:
    """Put what a yes hangs on together by who can say so, what weighs most first."""
    rules = policy_rules(assessment.knowledge).advise
    crowded = len(over) > rules.many
    asked: dict[str, list[Question]] = {}
    for q in over:
        asked.setdefault(_who(rules, q).who, []).append(q)
    valued = [(value_if_bad(parts, some), who, some) for who, some in asked.items()]
    valued.sort(key=lambda one: (-one[0], -len(one[2]), one[1]))
    told = [_lines(assessment, parts, some, crowded=crowded) for _, _, some in valued]
    return tuple(
        Confirmation(letter, who, lines, shown, value, mark(severity(value)), width(value))
        for letter, (value, who, _), lines, shown in zip(
            ascii_uppercase, valued, told, _shown(told, rules.shown), strict=False
        )
    )


def _shown(told: Sequence[Sequence[ToConfirm]], most: int) -> list[int]:
    """Count the lines of each group that stand on the page that decides: what weighs most.

    One that would be left alone stands there too.
    """
    ranked = sorted((-line.value, n) for n, lines in enumerate(told) for line in lines)
    first = ranked if len(ranked) <= most + 1 else ranked[:most]
    return [sum(n == own for _, n in first) for own in range(len(told))]


def _lines(
    assessment: Assessment,
    parts: Mapping[str, BoundMember],
    some: Sequence[Question],
    *,
    crowded: bool,
) -> tuple[ToConfirm, ...]:
    """Make a line of each statement, and work out the score if it is not so."""
    told: dict[_Said, list[Question]] = {}
    for q, (says, look) in zip(some, _said(assessment, some, crowded=crowded), strict=True):
        told.setdefault(_Said(question_to(q.members, says), look), []).append(q)
    lines = []
    for said, asked in told.items():
        value = asked[0].high if len(asked) == 1 else value_if_bad(parts, asked)
        lines.append(ToConfirm(*said, value))
    return tuple(sorted(lines, key=lambda line: -line.value))


class _Said(NamedTuple):
    """What must be so, and how somebody sees that it is."""

    says: str
    look: str


def _said(assessment: Assessment, some: Sequence[Question], *, crowded: bool) -> Iterator[_Said]:
    """Say of each question what must be so; one sentence may stand for several of them.

    Where there are many of them, those of one theme stand in one line.
    """
    rules = policy_rules(assessment.knowledge).advise
    for q in some:
        unwanted = {one.fact for one in some if one.members == q.members and not _is_good(one)}
        themes = (
            _Said(rule.says.format(parts=joined(tuple(own))), rule.look)
            for rule in rules.themes
            if crowded and q.fact in rule.parts
            if len(own := [text for fact, text in rule.parts.items() if fact in unwanted]) > 1
        )
        together = (
            _Said(rule.says, rule.look)
            for rule in rules.together
            if rule.facts[0] in unwanted
            and q.fact in rule.facts
            and len(unwanted.intersection(rule.facts)) > 1
        )
        beyond = (
            _Said(rule.says, rule.look)
            for rule in rules.beyond
            if rule.fact == q.fact and _reads(assessment, rule.kinds)
        )
        ways = () if _is_good(q) else (*themes, *together, *beyond)
        yield next(iter(ways), None) or _alone(assessment, q)


def _alone(assessment: Assessment, asked: Question) -> _Said:
    """Say what must be so of one fact; whoever adds a fact may leave its sentences out."""
    row = assessment.knowledge.facts.get(asked.fact) or assessment.knowledge.controls[asked.fact]
    rules = policy_rules(assessment.knowledge).advise
    look = _who(rules, asked).look
    if _is_good(asked):
        return _Said(sentence(row.says), look)
    return _Said(row.confirm or rules.page.not_so.format(fact=row.says), row.look or look)


def _who(rules: AdviseRules, asked: Question) -> ConfirmRule:
    """Find who can say whether something is so: of what has to be there, whoever puts it there."""
    family = asked.fact.partition(".")[0]
    does = (one.who for one in rules.conditions if one.fact == asked.fact)
    who = next(does, rules.policy.who) if _is_good(asked) else ""
    rows = (row for row in rules.confirm if (row.who == who if who else family in row.families))
    return next(rows, rules.confirm[-1])


def _reads(assessment: Assessment, kinds: Sequence[str]) -> bool:
    """Tell whether a tool looks up things of such kinds that are not public."""
    rules = load_class_rules()
    return any(
        not kinds_of(tuple(effect.object.split()), rules)[1].isdisjoint(kinds)
        for reading in assessment.readings
        if reading.tool_class == "Read" and "touches_private_data" in reading.flags
        for effect in reading.effects[:1]
    )


def _is_good(asked: Question) -> bool:
    """Tell whether yes is the better answer."""
    return asked.if_true <= asked.if_false


def open_ones(asked: Sequence[Question]) -> tuple[str, ...]:
    """Tell what the first answers would make of the score as it is."""
    return tuple(
        f"{q.text} If yes it scores {q.if_true:.1f}, if no {q.if_false:.1f}."
        for q in asked[:_SHOWN]
    )


class Judgement(NamedTuple):
    """The verdict with what it hangs on; named as in `decision.InShort`."""

    verdict: str
    asks: str
    unknown: tuple[str, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    undone: Stair | None = None


def judged(
    assessment: Assessment, bound: Bound, most: Advice, stairs: Sequence[Stair], *, blank: bool
) -> Judgement:
    """Give the verdict under the conditions, and what it hangs on besides.

    `blank` is whether somebody fills in besides what nobody has stated.
    """
    if not most.reached:
        told = verdict.not_yet(assessment, most, bound.advice, len(stairs))
        return Judgement(*told, open_ones(moving(assessment)))
    if not stairs:
        return judged_as_it_is(assessment, most.asked, blank=blank)
    found = _hanging(assessment, bound.parts, most.asked, most.worst, blank=blank)
    days = [one.effort for one in stairs]
    told = verdict.under_conditions(assessment.score, most.value, days, found.hanging)
    return Judgement(*told, (), found.confirmations, found.undone)


def judged_as_it_is(
    assessment: Assessment, asked: Iterable[Question], *, blank: bool = False
) -> Judgement:
    """Give the verdict where nothing has to be done, by the answers that are `asked` for."""
    parts = parts_as_they_are(assessment)
    found = _hanging(assessment, parts, asked, assessment.score.high, blank=blank)
    told = verdict.as_it_is(assessment.score, found.hanging)
    if found.confirmations:
        return Judgement(*told, (), found.confirmations, found.undone)
    return Judgement(*told, open_ones(moving(assessment)))


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
    *,
    blank: bool,
) -> _Hanging:
    """Say what a yes hangs on besides its conditions, in numbers and by who can confirm it."""
    over = lifting(assessment, asked)
    words = policy_rules(assessment.knowledge).advise.page
    if not over:
        return _Hanging(verdict.Hanging(words, 0, 0.0, 0.0, worst, blank))
    asks, value = confirmations(assessment, parts, over), value_if_bad(parts, over)
    lines = [line.value for one in asks for line in one.lines]
    hanging = verdict.Hanging(words, len(lines), max(lines), value, worst, blank)
    return _Hanging(hanging, asks, stair(0, words.undone, "", value, severity(value)))
