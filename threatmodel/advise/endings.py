"""Which conditions end the worst that can happen, and what else would."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from threatmodel.advise.binding import ALONE, Bound
from threatmodel.advise.cases import ThreatCase, WorstCase, case_of, is_power
from threatmodel.advise.choices import POLICY, Choice
from threatmodel.advise.trial import Trial

_HELD = ("reduced", "closed", "not_applicable")
"""States of a threat that is held, the least held first."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of one of the worst cases under the conditions."""

    by: tuple[str, ...]
    """Ids of the conditions that end it together, none of them idle; empty: they do not."""
    asked: bool = False
    """Whether they leave it to a person: it still happens where they say yes to every call."""
    left: str = ""
    """Harm that stays of it, in a sentence, where they end what it is told as and not all of it."""
    hinder: tuple[str, ...] = ()
    """Ids of the conditions that make harder what stays."""
    besides: Choice | None = None
    """The cheapest single thing that would end what stays; None where no single one does."""
    eases: Choice | None = None
    """The cheapest single thing that would make it harder, where none would end it."""


def ending(bound: Bound, told: WorstCase, member: str = ALONE) -> Ending | None:
    """Tell what ends a case of an agent, or of a member; None where nobody of that name is."""
    part = bound.parts.get(member)
    if part is None:
        return None
    case = case_of(part, told)
    if not case.is_open(()):
        return Ending(tuple(step.choice.id for step in bound.checks))
    found = _found(case)
    return found if member == ALONE else _placed(found, member)


class ToldCase(NamedTuple):
    """A case in words, with its score."""

    story: str = ""
    """Empty where it cannot happen."""
    value: float = 0.0
    """Score of the gravest threat that it leads over."""


def case_left(bound: Bound, told: WorstCase, member: str = ALONE) -> ToldCase:
    """Tell a case as these conditions leave it; empty where they end it, or nobody is there."""
    part = bound.parts.get(member)
    case = case_of(part, told) if part else None
    if case and case.is_open(steps := case.useful):
        return ToldCase(case.story(steps), case.value)
    return ToldCase()


def _placed(found: Ending, member: str) -> Ending:
    """Name the member before what is asked of it."""
    by, hinder = (tuple(f"{member}/{one}" for one in some) for some in (found.by, found.hinder))
    besides = found.besides and replace(found.besides, says=f"{member}: {found.besides.says}")
    eases = found.eases and replace(found.eases, says=f"{member}: {found.eases.says}")
    return replace(found, by=by, hinder=hinder, besides=besides, eases=eases)


def _found(case: ThreatCase) -> Ending:
    steps = case.useful
    if not case.is_open(steps):
        by = _needed(steps, lambda held: not case.is_open(held))
        # A policy that only asks changes nothing where whoever is asked always says yes.
        return Ending(by, POLICY in by and case.unattended.is_open(by))
    hinder, besides = tuple(_hindering(case)), _besides(case)
    eases = None if besides else next(_easing(case), None)
    today, then = case.harm(()), case.harm(steps)
    if _same(today, then):
        return Ending((), hinder=hinder, besides=besides, eases=eases)
    by = _needed(steps, lambda held: not _same(case.harm(held), today))
    asked = POLICY in by and _same(case.unattended.harm(by), today)
    return Ending(by, asked, then, tuple(one for one in hinder if one not in by), besides, eases)


def _same(told: str, other: str) -> bool:
    """Tell whether two sentences name the same things, if in another order, or some of many."""
    first, more, harm = told.partition(" and more ")
    if more and more in other:  # which of many are named says nothing of what is left
        return harm == other.partition(more)[2]
    one, another = (sorted(text.lower().replace(",", "").split()) for text in (first, other))
    return one == another


def _needed(steps: tuple[str, ...], enough: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
    """Leave out, from the last on, what is not needed; what is enough alone is best."""
    if first := next((one for one in steps if enough((one,))), None):
        return (first,)
    needed = steps
    for one in reversed(steps):
        fewer = tuple(other for other in needed if other != one)
        if enough(fewer):
            needed = fewer
    return needed


def _hindering(case: ThreatCase) -> Iterator[str]:
    now = _states(case, ())
    for one in case.useful:
        if any(a > b for a, b in zip(_states(case, (one,)), now, strict=True)):
            yield one


def _states(case: ThreatCase, held: Iterable[str]) -> list[int]:
    states = case.part.trial.states(frozenset(held), case.threats)
    return [_HELD.index(state) + 1 if state in _HELD else 0 for state in states]


def _besides(case: ThreatCase) -> Choice | None:
    held = frozenset(case.useful)
    return next((one for one in _doable(case) if not case.is_open(held | {one.id})), None)


def _easing(case: ThreatCase) -> Iterator[Choice]:
    """Give what would make a case harder besides what is asked for, the cheapest first."""
    held = frozenset(case.useful)
    now = _states(case, held)
    for one in _doable(case):
        after = _states(case, held | {one.id})
        if any(a > b for a, b in zip(after, now, strict=True)):
            yield one


def _doable(case: ThreatCase) -> list[Choice]:
    """Give what can be done against a case besides what is asked for, the cheapest first."""
    held, trial = frozenset(case.useful), case.part.trial
    left = (one for one in trial.choices.values() if one.id not in case.part.steps)
    fit = (one for one in left if not one.verify and case.counts(one))
    doable = (one for one in fit if _counts(one, held, trial))
    return sorted(doable, key=lambda one: (one.effort, one.id))


def _counts(choice: Choice, held: frozenset[str], trial: Trial) -> bool:
    """Tell whether a choice says anything new: the policy is asked for without a way round it."""
    if POLICY not in held:
        return choice.id != POLICY and not is_power(choice)
    knowledge = trial.assessment.knowledge
    way_round = knowledge.by_id[trial.rules.condition.threat].closed_by.leaves()
    return not any(way_round >> knowledge.bits[fact] & 1 for fact, _ in choice.states)
