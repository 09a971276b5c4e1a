"""Which conditions end the worst that can happen, and what else would."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from threatmodel.advise.binding import ALONE, Bound, BoundMember
from threatmodel.advise.choices import POLICY, Choice
from threatmodel.advise.trial import Trial
from threatmodel.rules.evaluate import places_of
from threatmodel.rules.load import Knowledge
from threatmodel.threats.finding import Finding
from threatmodel.threats.result import AttackPath
from threatmodel.threats.routes import Route, ends_of, reach_of, routes

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


WorstCase = AttackPath | Finding
"""A worst case as it is told: a path, or one finding where no path leads to harm."""


def ending(bound: Bound, told: WorstCase, member: str = ALONE) -> Ending | None:
    """Tell what ends a case of an agent, or of a member; None where nobody of that name is."""
    part = bound.parts.get(member)
    if part is None:
        return None
    case = _case(part, told)
    if not case.is_open(()):
        return Ending(tuple(step.choice.id for step in bound.checks))
    found = _found(case)
    return found if member == ALONE else _placed(found, member)


def story_left(bound: Bound, told: WorstCase, member: str = ALONE) -> str:
    """Tell a case as these conditions leave it; empty where they end it, or nobody is there."""
    part = bound.parts.get(member)
    case = _case(part, told) if part else None
    return case.story(steps) if case and case.is_open(steps := case.useful) else ""


def _case(part: BoundMember, told: WorstCase) -> "_Threat":
    return _Threat(part, told) if isinstance(told, Finding) else _Way(part, told)


def _placed(found: Ending, member: str) -> Ending:
    """Name the member before what is asked of it."""
    by, hinder = (tuple(f"{member}/{one}" for one in some) for some in (found.by, found.hinder))
    besides = found.besides and replace(found.besides, says=f"{member}: {found.besides.says}")
    eases = found.eases and replace(found.eases, says=f"{member}: {found.eases.says}")
    return replace(found, by=by, hinder=hinder, besides=besides, eases=eases)


@dataclass(frozen=True)
class _Threat:
    """A case that is one threat alone."""

    part: BoundMember
    told: Any

    @property
    def threats(self) -> tuple[str, ...]:
        """Threats that it leads over."""
        return (self.told.id,)

    def is_open(self, held: Iterable[str]) -> bool:
        """Tell whether it can still happen."""
        return bool(self.live(held) >> places_of(self.knowledge)[self.told.id] & 1)

    @property
    def knowledge(self) -> Knowledge:
        """The rules."""
        return self.part.trial.assessment.knowledge

    def live(self, held: Iterable[str]) -> int:
        """Give the threats that are open or reduced under these conditions, as bits."""
        return self.part.trial.live(frozenset(held))

    def harm(self, held: Iterable[str]) -> str:  # noqa: ARG002 (a threat is told in one way)
        """Tell the harm, as it is under these conditions."""
        return ""

    def story(self, held: Iterable[str]) -> str:  # noqa: ARG002 (a threat is told in one way)
        """Tell it, as it is under these conditions."""
        told: str = self.told.attack or self.told.title
        return told

    @property
    def unattended(self) -> Self:
        """The same where whoever is asked says yes to every call."""
        return replace(self, part=replace(self.part, trial=self.part.trial.unattended))

    @property
    def useful(self) -> tuple[str, ...]:
        """The conditions that count against it."""
        return self.part.steps

    def counts(self, choice: Choice) -> bool:  # noqa: ARG002 (a threat asks for all)
        """Tell whether something that is done can count against it."""
        return True


@dataclass(frozen=True)
class _Way(_Threat):
    """A case that leads from a way in to damage."""

    told: AttackPath

    @property
    def threats(self) -> tuple[str, ...]:
        return tuple(step.id for step in self.told.steps if step.kind == "threat")

    @property
    def useful(self) -> tuple[str, ...]:
        """Leave the policy out where who comes this way does not ask it, or it sees no harm."""
        if not (self._past_policy or self._is_told):
            return self.part.steps
        trial = self.part.trial
        kept = (one for one in self.part.steps if one != POLICY)
        return tuple(
            one
            for one in kept
            if self.counts(choice := trial.choices[one]) and not is_power(choice)
        )

    def counts(self, choice: Choice) -> bool:
        """Leave out what means nothing to who comes this way."""
        cures = self._entry.get("cures")
        return not cures or any(fact in cures for fact, _ in choice.states)

    @cached_property
    def _past_policy(self) -> bool:
        return bool(self._entry.get("past_policy"))

    @cached_property
    def _is_told(self) -> bool:
        """Tell whether people do the damage, with an answer that they were given."""
        fact = self._rules["impacts"][self.told.impact].get("told_unless")
        known = self.part.trial.assessment.facts.firm[0]
        return bool(fact) and not known >> self.knowledge.bits[fact] & 1

    @property
    def _entry(self) -> Any:  # noqa: ANN401 (packed rules)
        return self._rules["entries"][self.told.entry]

    @property
    def _rules(self) -> Any:  # noqa: ANN401 (packed rules)
        return self.knowledge.sections["wording"]["paths"]

    def is_open(self, held: Iterable[str]) -> bool:
        """Tell whether any way still leads from where it begins to the same damage."""
        return reach_of(self.knowledge).leads(self.live(held), self.told.entry, self.told.impact)

    def live(self, held: Iterable[str]) -> int:
        """Give the threats that can be gone over. What a key can do, whoever holds it can."""
        chosen = frozenset(held)
        found = self.part.trial.live(chosen)
        return (
            found | 1 << places_of(self.knowledge)[self.told.ends_at]
            if self._by_key(chosen)
            else found
        )

    def _by_key(self, chosen: frozenset[str]) -> bool:
        """Tell whether a key does the damage, past the policy."""
        last = (self.told.ends_at,)
        return self._past_policy and self.part.trial.states(chosen, last) != ("closed",)

    def _routes(self, held: Iterable[str]) -> Iterator[Route]:
        """Give the ways that are left."""
        chosen = frozenset(held)
        rated = self.part.trial.outcome(chosen).rated
        scores = {name: float(one.result.value) for name, one in rated.items()}
        if self._by_key(chosen):
            # A key does it past the policy: the threat has no score of its own then, and must still
            # be reached.
            scores[self.told.ends_at] = 0.0
        for route in routes(self.knowledge, scores, ends_of(self._rules)):
            if (route.entry, route.impact) == (self.told.entry, self.told.impact):
                yield route

    def harm(self, held: Iterable[str]) -> str:
        """Tell the harm, of the tools as these conditions leave them."""
        wording = self.part.trial.wording(frozenset(held))
        ends = self._rules["impacts"][self.told.impact]["threats"]
        lasts = [t for route in self._routes(held) for t in route.threats if t in ends]
        last = self.told.ends_at if self.told.ends_at in lasts else lasts[0]
        tools = wording.voice.names.abused(self.knowledge.by_id[last])
        return wording.plainly("impacts", self.told.impact, "story", tools=tools, threat=last)

    def story(self, held: Iterable[str]) -> str:
        """Tell it, of the tools as these conditions leave them."""
        begins = self.part.trial.wording(frozenset(held)).plainly(
            "entries", self.told.entry, "story"
        )
        return " ".join(f"{part[:1].upper()}{part[1:]}." for part in (begins, self.harm(held)))


def _found(case: _Threat) -> Ending:
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
    """Tell whether two sentences name the same things, if in another order."""
    one, another = (sorted(text.lower().replace(",", "").split()) for text in (told, other))
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


def _hindering(case: _Threat) -> Iterator[str]:
    now = _states(case, ())
    for one in case.useful:
        if any(a > b for a, b in zip(_states(case, (one,)), now, strict=True)):
            yield one


def _states(case: _Threat, held: Iterable[str]) -> list[int]:
    states = case.part.trial.states(frozenset(held), case.threats)
    return [_HELD.index(state) + 1 if state in _HELD else 0 for state in states]


def _besides(case: _Threat) -> Choice | None:
    held = frozenset(case.useful)
    return next((one for one in _doable(case) if not case.is_open(held | {one.id})), None)


def _easing(case: _Threat) -> Iterator[Choice]:
    """Give what would make a case harder besides what is asked for, the cheapest first."""
    held = frozenset(case.useful)
    now = _states(case, held)
    for one in _doable(case):
        after = _states(case, held | {one.id})
        if any(a > b for a, b in zip(after, now, strict=True)):
            yield one


def _doable(case: _Threat) -> list[Choice]:
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


def is_power(choice: Choice) -> bool:
    """Tell whether something only works where a policy stands in front."""
    return bool(choice.hold or choice.without)
