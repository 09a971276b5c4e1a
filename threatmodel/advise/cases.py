"""One of the worst cases under conditions: whether it can still happen, and what it is then."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from threatmodel.advise.binding import BoundMember
from threatmodel.advise.choices import POLICY, Choice
from threatmodel.rules.evaluate import places_of
from threatmodel.rules.load import Knowledge
from threatmodel.threats.finding import Finding
from threatmodel.threats.result import AttackPath
from threatmodel.threats.routes import Route, ends_of, reach_of, routes

WorstCase = AttackPath | Finding
"""A worst case as it is told: a path, or one finding where no path leads to harm."""


def case_of(part: BoundMember, told: WorstCase) -> "ThreatCase":
    """Make the case of a path, or of one threat alone."""
    return ThreatCase(part, told) if isinstance(told, Finding) else PathCase(part, told)


@dataclass(frozen=True)
class ThreatCase:
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
    def value(self) -> float:
        """Score of the gravest threat that it leads over under all conditions."""
        rated = self.part.trial.outcome(frozenset(self.part.steps)).rated
        return max((float(rated[t].result.value) for t in self._over if t in rated), default=0.0)

    @property
    def _over(self) -> Iterable[str]:
        """The threats that it leads over under the conditions that count against it."""
        return self.threats

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
class PathCase(ThreatCase):
    """A case that leads from a way in to damage."""

    told: AttackPath

    @property
    def threats(self) -> tuple[str, ...]:
        """Threats that it leads over."""
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
        return not self._entries.isdisjoint(self._leading(held))

    def _leading(self, held: Iterable[str]) -> list[str]:
        live, reach = self.live(held), reach_of(self.knowledge)
        return [e for e in self._rules["entries"] if reach.leads(live, e, self.told.impact)]

    @cached_property
    def _entries(self) -> frozenset[str]:
        """Give where it begins, and what leads there in the same words: to a reader that is one."""
        wording = self.part.trial.wording(frozenset())
        told = {e: wording.plainly("entries", e, "story") for e in self._leading(())}
        mine = told.pop(self.told.entry, None)
        return frozenset({self.told.entry, *(e for e, story in told.items() if story == mine)})

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
            if route.entry in self._entries and route.impact == self.told.impact:
                yield route

    @property
    def _over(self) -> Iterable[str]:
        return {threat for route in self._routes(self.useful) for threat in route.threats}

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


def is_power(choice: Choice) -> bool:
    """Tell whether something only works where a policy stands in front."""
    return bool(choice.hold or choice.without)
