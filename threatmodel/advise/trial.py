"""Conditions tried on one agent: quickly while searching, by the ordinary way in the end."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from threatmodel.advise.choices import POLICY, Choice, choices_of, deployment
from threatmodel.advise.search import cheapest
from threatmodel.assessment import Assessment
from threatmodel.classify.result import ToolReading
from threatmodel.facts.find import find_facts
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.guard import CompiledPolicy
from threatmodel.policy.residual import Force, credited, effective, force_of, residual_of
from threatmodel.policy.rules import PolicyRules, policy_rules
from threatmodel.rules.cases import Masks
from threatmodel.score.agent import score_agent
from threatmodel.score.engine import Outcome, sum_bits
from threatmodel.score.result import Question

_ASKED = 5
"""Questions tried under conditions, of those about the product and those about how it is run."""

Access = tuple[frozenset[str], frozenset[str]]
"""Tools of which a person approves each call, and tools that go."""


class Trial:
    """Tries conditions on one agent."""

    def __init__(self, assessment: Assessment, kind: str) -> None:
        """Take the agent as it is; `kind` is a policy format or empty."""
        self.assessment, self.kind = assessment, kind
        self._surfaces: dict[Access | None, tuple[int, int, int]] = {}
        self._values: dict[frozenset[str], float] = {}
        self._standings: dict[frozenset[str], Standing] = {}

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
        return force_of(self.assessment.plan, self._compiled(self.assessment))

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
            self._values[chosen] = self._value(chosen)
        return self._values[chosen]

    def _value(self, chosen: frozenset[str]) -> float:
        return self._with(*self._said(chosen))

    def _with(self, true: int, false: int) -> float:
        """Give the headline where these facts are said."""
        scored = self.assessment.scored
        firm = scored.completion.firm((true, false))
        return float(scored.engine.value(scored.completion.full(firm), firm))

    def asked(self, chosen: frozenset[str]) -> Iterator[Question]:
        """Give the open questions that still move the headline once these conditions hold."""
        score, knowledge = self.assessment.score, self.assessment.knowledge
        true, false = self._said(chosen)
        given = self._surface(self._access(chosen))[2]  # controls that the policy puts in place
        promised = given | sum_bits(bits for one in chosen for bits in self._stated[one])
        for question in (*score.questions[:_ASKED], *score.run_questions[:_ASKED]):
            bit = 1 << knowledge.bits[question.fact]
            if not promised & bit:
                tried = question._replace(
                    if_true=self._with(true | bit, false & ~bit),
                    if_false=self._with(true & ~bit, false | bit),
                )
                if tried.moves:
                    yield tried

    def outcome(self, chosen: frozenset[str]) -> Outcome:
        """Judge every threat quickly; `assessed` has the last word."""
        scored, firm = self.assessment.scored, self._firm(chosen)
        return scored.engine.outcome(scored.completion.full(firm), firm)

    def _firm(self, chosen: frozenset[str]) -> Masks:
        return self.assessment.scored.completion.firm(self._said(chosen))

    def _said(self, chosen: frozenset[str]) -> Masks:
        """Give what is said of the surface that is left, with what the conditions promise."""
        true, false, given = self._surface(self._access(chosen))
        yes = no = 0
        for stated in map(self._stated.__getitem__, chosen):
            yes, no = yes | stated[0], no | stated[1]
        true, false = true & ~no | yes, false & ~yes | no
        return true | given, false & ~given

    @cached_property
    def _stated(self) -> dict[str, Masks]:
        """The bits of the facts that each choice states to be true, and false."""
        mask = self.assessment.knowledge.mask
        bits = {i: mask(choice.fact) if choice.fact else 0 for i, choice in self.choices.items()}
        return {i: (bits[i], 0) if one.value else (0, bits[i]) for i, one in self.choices.items()}

    @cached_property
    def _powers(self) -> frozenset[str]:
        """The choices that change what becomes of tools."""
        return frozenset(i for i, choice in self.choices.items() if choice.hold or choice.without)

    def _access(self, chosen: frozenset[str]) -> "Access | None":
        """Give the tools that are held and those that go; None where no policy is in front."""
        if POLICY not in chosen:
            return None
        taken = [self.choices[i] for i in self._powers & chosen]
        gone = frozenset[str]().union(*(choice.without for choice in taken))
        return frozenset[str]().union(*(choice.hold for choice in taken)) - gone, gone

    def _surface(self, changed: "Access | None") -> tuple[int, int, int]:
        """Give the facts said of the surface, and the controls that the policy puts in place."""
        if changed not in self._surfaces:
            self._surfaces[changed] = self._seen(changed)
        return self._surfaces[changed]

    def _seen(self, changed: "Access | None") -> tuple[int, int, int]:
        one = self.assessment
        if changed is None:
            return (*one.facts.said, 0)
        force = self._forced(changed)
        left = tuple(effective(one.readings, force.access, force.guards, self.rules))
        controls, _ = credited(one.readings, force, self.rules, one.knowledge)
        said = find_facts(one.agent, left, one.knowledge, one.flows).said
        return (*said, one.knowledge.mask(*controls))

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

    def assessed(self, chosen: frozenset[str]) -> "Standing":
        """Assess the agent with these conditions by the ordinary way."""
        if chosen not in self._standings:
            self._standings[chosen] = self._assessed(chosen)
        return self._standings[chosen]

    def _assessed(self, chosen: frozenset[str]) -> "Standing":
        one = self.assessment
        if not chosen:
            return Standing(one, one.score.value, one.score.threat)
        agent = deployment(one.agent, [self.choices[i] for i in sorted(chosen)], one.plan)
        facts = find_facts(agent, one.readings, one.knowledge, one.flows)
        scored = score_agent(agent, facts, one.knowledge, one.scored.engine.profile)
        again = replace(one, agent=agent, facts=facts, scored=scored)
        if POLICY not in chosen:
            score = again.score
            return Standing(again, score.value, score.threat)
        left = residual_of(again, self._compiled(again))
        return Standing(again, left.value, left.threat)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agent stands with some conditions."""

    assessment: Assessment
    """The agent with them."""
    value: float
    """Headline."""
    threat: str
    """Threat of the headline; empty where none is open."""
