"""Conditions tried on one agent: quickly while searching, by the ordinary way in the end."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from threatmodel.advise.choices import POLICY, Choice, choices_of, deployment
from threatmodel.advise.search import cheapest
from threatmodel.advise.surface import Access, Surface, unattended
from threatmodel.assessment import Assessment
from threatmodel.classify.result import ToolReading
from threatmodel.facts.fact import Facts
from threatmodel.facts.find import find_facts
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.guard import CompiledPolicy
from threatmodel.policy.residual import Force, effective, force_of, residual_of
from threatmodel.policy.rules import PolicyRules, policy_rules
from threatmodel.rules.cases import Masks, literal_names
from threatmodel.rules.evaluate import live_bits, states
from threatmodel.score.agent import score_agent
from threatmodel.score.engine import Answer
from threatmodel.score.result import Outcome, Question
from threatmodel.score.what_if import Trials, answerable, extremes, unresolved
from threatmodel.threats.wording import Wording, wording_of


def trial_of(assessment: Assessment, kind: str) -> "Trial":
    """Give the trial of an agent: a page asks for it up to five times, and what was tried holds."""
    known: dict[str, Trial] = assessment.kept.setdefault("trials", {})
    if kind not in known:
        known[kind] = Trial(assessment, kind)
    return known[kind]


class Trial:
    """Tries conditions on one agent."""

    def __init__(self, assessment: Assessment, kind: str, *, attended: bool = True) -> None:
        """Take the agent as it is; `kind` is a policy format or empty.

        `attended` is whether calls that wait for a person count as held.
        """
        self.assessment, self.kind, self.attended = assessment, kind, attended
        self._surfaces: dict[frozenset[str], tuple[int, int, int]] = {}
        self._asked: dict[frozenset[str], tuple[Question, ...]] = {}
        self._outcomes: dict[frozenset[str], Outcome] = {}
        self._values: dict[frozenset[str], float] = {}
        self._live: dict[frozenset[str], int] = {}
        self._standings: dict[frozenset[str], Outlook] = {}
        self._wordings: dict[frozenset[str], Wording] = {}

    @cached_property
    def rules(self) -> PolicyRules:
        """The policy rules."""
        return policy_rules(self.assessment.knowledge)

    @cached_property
    def choices(self) -> dict[str, Choice]:
        """Everything that can be done, by id, in the order of the rules."""
        return {choice.id: choice for choice in choices_of(self.assessment, self.rules)}

    @cached_property
    def _force(self) -> Force:
        force = force_of(self.assessment.plan, self._compiled(self.assessment))
        return force if self.attended else unattended(force)

    @cached_property
    def unattended(self) -> "Trial":
        """The same where whoever is asked says yes to every call."""
        return Trial(self.assessment, self.kind, attended=False)

    def _compiled(self, assessment: Assessment) -> CompiledPolicy | None:
        if not self.kind:
            return None
        return compile_policy(self.kind, assessment.plan, assessment.readings)

    def cheapest(self, most: float) -> frozenset[str] | None:
        """Find the cheapest choices under which the headline is at most `most`; None: no set is."""
        efforts = {choice.id: choice.effort for choice in self.choices.values()}
        return cheapest(
            efforts,
            lambda chosen: self.value(chosen) <= most,
            lambda chosen: self.assessed(chosen).value <= most,
        )

    def value(self, chosen: frozenset[str]) -> float:
        """Give the headline quickly; `assessed` has the last word."""
        if chosen not in self._values:
            self._values[chosen] = float(self.assessment.scored.engine.value(*self._known(chosen)))
        return self._values[chosen]

    def asked(self, chosen: frozenset[str]) -> tuple[Question, ...]:
        """Give every open question that still moves the headline once these conditions hold.

        Those that its range is over come first, as it asks them; then those about how it is run.
        What its tools show is no question because a person approves each call of them: a safe for
        passwords holds passwords.
        """
        if chosen not in self._asked:
            self._asked[chosen] = self._questions(chosen)
        return self._asked[chosen]

    def _questions(self, chosen: frozenset[str]) -> tuple[Question, ...]:
        one, knowledge, facts = self.assessment, self.assessment.knowledge, self._facts(chosen)
        shown = one.scored.completion.firm(self._promised(one.facts.said, chosen))
        known = facts.firm[0] | facts.firm[1] | shown[0] | shown[1]
        open_bits = knowledge.sets.stated & ~known
        names, own = tuple(knowledge.bits), answerable(one.agent, knowledge)
        engine, completion = one.scored.engine, one.scored.completion
        trials = Trials(engine, facts, completion, engine.value(facts.full, facts.firm))
        asked = literal_names(open_bits & own, names), literal_names(open_bits & ~own, names)
        return tuple(q for q in trials.questions(*asked) if q.moves)

    def worst(self, chosen: frozenset[str]) -> float:
        """Give the headline under these conditions if all that its range is over came out badly."""
        one, facts = self.assessment, self._facts(chosen)
        own = answerable(one.agent, one.knowledge)
        _, worst = extremes(facts, unresolved(facts, one.knowledge) & own, one.knowledge)
        return float(one.scored.engine.value(one.scored.completion.full(worst), worst))

    def value_if(self, chosen: frozenset[str], answers: Iterable[Answer]) -> float:
        """Give the headline under these conditions if all these answers came out so at once."""
        mask, (true, false) = self.assessment.knowledge.mask, self.said(chosen)
        answered = list(answers)
        yes = mask(*(fact for fact, value in answered if value))
        no = mask(*(fact for fact, value in answered if not value))
        scored = self.assessment.scored
        firm = scored.completion.firm((true & ~no | yes, false & ~yes | no))
        return float(scored.engine.value(scored.completion.full(firm), firm))

    def _facts(self, chosen: frozenset[str]) -> Facts:
        """Give what is known once these conditions hold."""
        said, completion = self.said(chosen), self.assessment.scored.completion
        firm, shaky = completion.firm(said), completion.conclude(said).shaky
        full = completion.full(firm)
        return replace(self.assessment.facts, said=said, firm=firm, full=full, shaky=shaky)

    def outcome(self, chosen: frozenset[str]) -> Outcome:
        """Judge every threat quickly; `assessed` has the last word."""
        if chosen not in self._outcomes:
            engine = self.assessment.scored.engine
            self._outcomes[chosen] = engine.outcome(*self._known(chosen))
        return self._outcomes[chosen]

    def live(self, chosen: frozenset[str]) -> int:
        """Give the threats that are open or reduced, as bits at their places in the rules."""
        if chosen not in self._live:
            full, firm = self._known(chosen)
            self._live[chosen] = live_bits(self.assessment.knowledge, full, firm)
        return self._live[chosen]

    def states(self, chosen: frozenset[str], threats: Iterable[str]) -> tuple[str, ...]:
        """Give the states of some threats."""
        return states(self.assessment.knowledge, *self._known(chosen), threats)

    def _known(self, chosen: frozenset[str]) -> tuple[Masks, Masks]:
        """Give what is known with and without presumed facts."""
        completion = self.assessment.scored.completion
        firm = completion.firm(self.said(chosen))
        return completion.full(firm), firm

    def said(self, chosen: frozenset[str]) -> Masks:
        """Give what is said of the surface that is left, with what the conditions promise."""
        if not chosen:  # nor is a list made of all that could be chosen
            return self.assessment.facts.said
        *said, given = self._surface(chosen & self._powers)
        true, false = self._promised((said[0], said[1]), chosen)
        return true | given, false & ~given

    def _promised(self, said: Masks, chosen: frozenset[str]) -> Masks:
        """Give what is said once what the conditions promise is so."""
        if not chosen:
            return said
        yes = no = 0
        for one in chosen & self._stated.keys():
            true, false = self._stated[one]
            yes, no = yes | true, no | false
        return said[0] & ~no | yes, said[1] & ~yes | no

    @cached_property
    def _stated(self) -> dict[str, Masks]:
        """The bits of the facts that each choice states to be true, and false."""
        mask = self.assessment.knowledge.mask
        return {
            choice.id: (
                mask(*(fact for fact, value in choice.states if value)),
                mask(*(fact for fact, value in choice.states if not value)),
            )
            for choice in self.choices.values()
            if choice.states
        }

    @cached_property
    def _powers(self) -> frozenset[str]:
        """The choices that change what becomes of tools."""
        powers = (i for i, choice in self.choices.items() if choice.hold or choice.without)
        return frozenset((POLICY, *powers))

    def _access(self, chosen: frozenset[str]) -> "Access | None":
        """Give the tools that are held and those that go; None where no policy is in front."""
        if POLICY not in chosen:
            return None
        taken = [self.choices[i] for i in chosen & self._powers - {POLICY}]
        gone = frozenset[str]().union(*(choice.without for choice in taken))
        hold = frozenset[str]().union(*(choice.hold for choice in taken)) - gone
        return hold if self.attended else frozenset(), gone

    def _surface(self, powers: frozenset[str]) -> tuple[int, int, int]:
        """Give the facts said of the surface, and the controls that the policy puts in place."""
        if powers not in self._surfaces:
            self._surfaces[powers] = self._seen(self._access(powers))
        return self._surfaces[powers]

    def _seen(self, changed: "Access | None") -> tuple[int, int, int]:
        if changed is None:
            return (*self.assessment.facts.said, 0)
        return self._behind.seen(changed)

    @cached_property
    def _behind(self) -> Surface:
        """The tools behind the policy."""
        return Surface(self.assessment, self._force, self.rules)

    def _forced(self, changed: Access) -> Force:
        """Give what guards each tool where some are held and some are gone besides."""
        access = dict(self._force.access)
        for tools, kind in zip(changed, ("approval", "hide"), strict=True):
            access |= dict.fromkeys(tools, kind)
        return replace(self._force, access=access)

    def left(self, chosen: frozenset[str]) -> tuple[ToolReading, ...]:
        """Give the tools as these conditions leave them."""
        changed, every = self._access(chosen), self.assessment.readings
        if changed is None:
            return every
        force = self._forced(changed)
        return tuple(effective(every, force.access, force.guards, self.rules))

    def wording(self, chosen: frozenset[str]) -> Wording:
        """Give what words the agent and its tools as these conditions leave them."""
        if chosen not in self._wordings:
            one, left = self.assessment, self.left(chosen)
            agent = deployment(one.agent, [self.choices[i] for i in sorted(chosen)], one.plan)
            facts = find_facts(agent, left, one.knowledge, one.flows)
            self._wordings[chosen] = wording_of(agent, left, facts, one.knowledge)
        return self._wordings[chosen]

    def assessed(self, chosen: frozenset[str]) -> "Outlook":
        """Assess the agent with these conditions by the ordinary way."""
        if chosen not in self._standings:
            self._standings[chosen] = self._assessed(chosen)
        return self._standings[chosen]

    def _assessed(self, chosen: frozenset[str]) -> "Outlook":
        one = self.assessment
        if not chosen:
            return Outlook(one, one.score.value, one.score.threat)
        agent = deployment(one.agent, [self.choices[i] for i in sorted(chosen)], one.plan)
        facts = find_facts(agent, one.readings, one.knowledge, one.flows)
        scored = score_agent(agent, facts, one.knowledge, one.scored.engine.profile)
        again = replace(one, agent=agent, facts=facts, scored=scored)
        if POLICY not in chosen:
            score = again.score
            return Outlook(again, score.value, score.threat)
        left = residual_of(again, self._compiled(again))
        return Outlook(again, left.value, left.threat)


@dataclass(frozen=True, slots=True)
class Outlook:
    """How an agent stands with some conditions."""

    assessment: Assessment
    """The agent with them."""
    value: float
    """Headline."""
    threat: str
    """Threat of the headline; empty where none is open."""
