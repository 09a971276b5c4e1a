"""Which conditions end the worst that can happen, and what else would."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from threatmodel.advise.bound import ALONE, Bound, Part
from threatmodel.advise.choices import POLICY, Choice, deployment
from threatmodel.advise.trial import Trial
from threatmodel.facts.find import find_facts
from threatmodel.score.engine import Outcome
from threatmodel.threats.finding import AttackPath, Finding
from threatmodel.threats.paths import Route, ends_of, routes
from threatmodel.threats.wording import wording_of

_HELD = ("reduced", "closed", "not_applicable")
"""States of a threat that is held, the least held first."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of one of the worst cases under the conditions."""

    by: tuple[str, ...]
    """Ids of the conditions that end it together, none of them idle; empty: they do not."""
    left: str = ""
    """Harm that stays of it, in a sentence, where they end what it is told as and not all of it."""
    hinder: tuple[str, ...] = ()
    """Ids of the conditions that make harder what stays."""
    besides: Choice | None = None
    """The cheapest single thing that would end what stays; None where no single one does."""


Told = AttackPath | Finding
"""A worst case as it is told: a path, or one finding where no path leads to harm."""


def ending(bound: Bound, told: Told, member: str = ALONE) -> Ending | None:
    """Tell what ends a case of an agent, or of a member; None where nobody of that name is."""
    part = bound.parts.get(member)
    if part is None:
        return None
    case = _Threat(part, told) if isinstance(told, Finding) else _Way(part, told)
    if not case.is_open(()):
        return Ending(tuple(step.choice.id for step in bound.checks))
    found = _found(case)
    return found if member == ALONE else _placed(found, member)


def _placed(found: Ending, member: str) -> Ending:
    """Name the member before what is asked of it."""
    by, hinder = (tuple(f"{member}/{one}" for one in some) for some in (found.by, found.hinder))
    besides = found.besides and replace(found.besides, says=f"{member}: {found.besides.says}")
    return Ending(by, found.left, hinder, besides)


@dataclass(frozen=True)
class _Threat:
    """A case that is one threat alone."""

    part: Part
    told: Any

    @property
    def threats(self) -> tuple[str, ...]:
        """Threats that it leads over."""
        return (self.told.id,)

    def is_open(self, held: Iterable[str]) -> bool:
        """Tell whether it can still happen."""
        return self.told.id in self.outcome(held).rated

    def outcome(self, held: Iterable[str]) -> Outcome:
        """Judge every threat under these conditions."""
        return self.part.trial.outcome(frozenset(held))

    def harm(self, held: Iterable[str]) -> str:  # noqa: ARG002 (a threat is told in one way)
        """Tell the harm, as it is under these conditions."""
        return ""

    @property
    def useful(self) -> tuple[str, ...]:
        """The conditions that count against it."""
        return self.part.steps


@dataclass(frozen=True)
class _Way(_Threat):
    """A case that leads from a way in to damage."""

    told: AttackPath

    @property
    def threats(self) -> tuple[str, ...]:
        return tuple(step.id for step in self.told.steps if step.kind == "threat")

    @property
    def useful(self) -> tuple[str, ...]:
        """Leave the policy out where who comes this way does not ask it."""
        if not self._past_policy:
            return self.part.steps
        choices = self.part.trial.choices
        return tuple(one for one in self.part.steps if one != POLICY and not is_power(choices[one]))

    @cached_property
    def _past_policy(self) -> bool:
        return bool(self._rules["entries"][self.told.entry].get("past_policy"))

    @property
    def _rules(self) -> Any:  # noqa: ANN401 (packed rules)
        return self.part.trial.assessment.knowledge.sections["wording"]["paths"]

    def is_open(self, held: Iterable[str]) -> bool:
        """Tell whether any way still leads from where it begins to the same damage."""
        return next(self._routes(held), None) is not None

    def _routes(self, held: Iterable[str]) -> Iterator[Route]:
        """Give the ways that are left. What a key can do, whoever holds it can."""
        outcome, last = self.outcome(held), self.told.ends_at
        scores = {name: float(rated.result.value) for name, rated in outcome.rated.items()}
        if self._past_policy and outcome.verdicts[last].state != "closed":
            scores[last] = 0.0
        knowledge, ends = self.part.trial.assessment.knowledge, ends_of(self._rules)
        for route in routes(knowledge, scores, ends):
            if (route.entry, route.impact) == (self.told.entry, self.told.impact):
                yield route

    def harm(self, held: Iterable[str]) -> str:
        """Tell the harm, of the tools as these conditions leave them."""
        trial, chosen = self.part.trial, frozenset(held)
        one, left = trial.assessment, trial.left(chosen)
        agent = deployment(one.agent, [trial.choices[i] for i in sorted(chosen)], one.plan)
        facts = find_facts(agent, left, one.knowledge, one.flows)
        wording = wording_of(agent, left, facts, one.knowledge)
        ends = self._rules["impacts"][self.told.impact]["threats"]
        lasts = [t for route in self._routes(held) for t in route.threats if t in ends]
        last = self.told.ends_at if self.told.ends_at in lasts else lasts[0]
        tools = wording.speaker.names.abused(one.knowledge.by_id[last])
        return wording.plainly("impacts", self.told.impact, "story", tools=tools, threat=last)


def _found(case: _Threat) -> Ending:
    steps = case.useful
    if not case.is_open(steps):
        return Ending(_needed(steps, lambda held: not case.is_open(held)))
    hinder, besides = tuple(_hindering(case)), _besides(case)
    today, then = case.harm(()), case.harm(steps)
    if today == then:
        return Ending((), "", hinder, besides)
    by = _needed(steps, lambda held: case.harm(held) != today)
    return Ending(by, then, tuple(one for one in hinder if one not in by), besides)


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
    verdicts = case.outcome(held).verdicts
    states = (verdicts[threat].state for threat in case.threats)
    return [_HELD.index(state) + 1 if state in _HELD else 0 for state in states]


def _besides(case: _Threat) -> Choice | None:
    held, trial = frozenset(case.useful), case.part.trial
    left = (one for one in trial.choices.values() if one.id not in case.part.steps)
    doable = (one for one in left if not one.verify and _counts(one, held, trial))
    for one in sorted(doable, key=lambda choice: (choice.effort, choice.id)):
        if not case.is_open(held | {one.id}):
            return one
    return None


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
