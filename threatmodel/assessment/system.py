"""A system, assessed: each member alone and in its place, and the whole as its worst member."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from threatmodel.assessment import Assessment, AssessmentOptions, Hinge, assess_one
from threatmodel.classify.result import ToolReading
from threatmodel.description.system import System
from threatmodel.errors import AivssError, slug
from threatmodel.facts.find import find_facts
from threatmodel.policy.guard import Guard, GuardKind, Plan
from threatmodel.rules.evaluate import derive
from threatmodel.rules.load import load_knowledge
from threatmodel.rules.system import system_rules_of
from threatmodel.score.agent import Rescored
from threatmodel.score.result import Question, Score
from threatmodel.score.what_if import MOST_QUESTIONS
from threatmodel.system.flows import CheckTrial, read_flows
from threatmodel.system.merge import (
    merged_facts,
    merged_findings,
    merged_layers,
    merged_outcome,
    merged_questions,
    worst_of,
)
from threatmodel.system.net import Flowing, Net, Reading, Shown, ShownFacts
from threatmodel.system.paths import MemberPath, evidence_of, member_paths
from threatmodel.threats.finding import Finding
from threatmodel.threats.names import naming
from threatmodel.threats.result import ThreatModel, WordedModel


@dataclass(frozen=True)
class SystemAssessment(Assessment):
    """A system; what an output asks of an agent, it answers for the whole."""

    alone: tuple[Assessment, ...] = ()
    """Each member that is an agent, by itself."""
    members: tuple[Assessment, ...] = ()
    """The same members in their places, with what reaches them."""
    flowing: Flowing | None = None
    """The flows; `wired` gives them as never missing."""
    reading: Reading | None = None
    """What the flows show; `read` gives it as never missing."""

    def forget(self) -> None:
        """Drop what later steps keep, of the members too."""
        super().forget()
        for one in (*self.alone, *self.members):
            one.forget()

    @property
    def worst(self) -> Assessment:
        """The weakest member: the one with the highest score in its place."""
        return worst_of(self.members)

    @cached_property
    def score(self) -> Score:
        """The weakest member's score, over the range of all."""
        scores = [one.score for one in self.members]
        own = self.scored.score
        # Believing a vendor in one member leaves the others as they are, so that the worst of all
        # counts.
        claimed = max(own.value if s.as_claimed is None else s.as_claimed for s in scores)
        return replace(
            own,
            low=max(s.low for s in scores),
            high=max(s.high for s in scores),
            range_exact=all(s.range_exact for s in scores),
            floor=max(s.floor for s in scores),
            shared=tuple(sorted(self.scored.outcome.shared)),
            ask=self._ask,
            as_claimed=claimed if claimed != own.value else None,
        )

    def _ask(self) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
        """Ask what is open of the members, with the headline of the whole for each answer."""
        scores = [(one.agent.name, one.score) for one in self.members]
        own = merged_questions([(name, one.value, one.questions) for name, one in scores])
        run = merged_questions([(name, one.value, one.run_questions) for name, one in scores])
        return own[:MOST_QUESTIONS], run[:MOST_QUESTIONS]

    @property
    def headline_way(self) -> Shown | None:
        """The way over members that the headline rests on; None where the member makes it alone."""
        threat, flowed = self.score.threat, self.read.facts.get(self.worst.agent.name, {})
        finding = next((f for f in self.worst.model.findings if f.id == threat), None)
        shown = [flowed[fact] for fact in (finding.because if finding else ()) if fact in flowed]
        ways = sorted((one for one in shown if one.way), key=lambda one: -len(one.way))
        return next(iter(ways), None)

    @cached_property
    def model(self) -> ThreatModel:
        """What can go wrong, each threat in the place where it is worst."""
        findings = merged_findings(self.members, slug(self.agent.name))
        decided = self.agent.decided
        findings = tuple(
            replace(f, decision=decided[f.id].decision) if f.id in decided else f for f in findings
        )
        return ThreatModel(findings, self._tell)

    def _tell(self, findings: tuple[Finding, ...]) -> WordedModel:
        paths = tuple(one.path for one in self.paths)
        return WordedModel(
            merged_layers(self.members, findings, self.wired.rules), paths, self._summary()
        )

    @cached_property
    def paths(self) -> tuple[MemberPath, ...]:
        """The worst attack paths over members."""
        return member_paths(self.wired, self.read, self.members)

    @cached_property
    def trial(self) -> CheckTrial:
        """What a check at a flow would change."""
        return CheckTrial(self.wired, self.read, self._value)

    @cached_property
    def hinge(self) -> Hinge | None:
        """As for the weakest member, unless another one is as weak without that tool."""
        hinge = self.worst.hinge
        if hinge is None:
            return None
        others = (one.score.value for one in self.members if one is not self.worst)
        # Without that tool another member may be the weakest, and the headline hardly lower.
        left = max(hinge.value, *others, 0.0)
        return hinge._replace(value=left) if self.score.value - left >= 0.5 else None  # noqa: PLR2004

    @cached_property
    def profiles(self) -> tuple[Score, ...]:
        """The highest score of a member under every profile."""
        own = self.score
        found = zip(*(one.profiles for one in self.members), strict=True)
        return tuple(
            own if scores[0].profile == own.profile else max(scores, key=lambda s: s.value)
            for scores in found
        )

    @property
    def handed(self) -> bool:
        """Whether a member is handed strangers' text: one session holds the calls of all."""
        return any(one.handed for one in self.members)

    @cached_property
    def plan(self) -> Plan:
        """What one proxy in front of all must enforce; of members that differ, the strictest."""
        whole, strictest = super().plan, dict[str, Guard]()
        for guard in (guard for one in self.members for guard in one.plan.guards):
            # One proxy sees a name and no member: what one of them may not call, none may.
            if guard.kind in _STRICT:
                held = strictest.setdefault(guard.tool, guard)
                strictest[guard.tool] = min(held, guard, key=lambda one: _STRICT.index(one.kind))
        guards = (_stricter(guard, strictest) for guard in whole.guards)
        return replace(whole, guards=tuple(guards))

    def rescore(self, controls: frozenset[str], readings: tuple[ToolReading, ...]) -> Rescored:
        """Judge and score each member again with what is left of its tools."""
        parts = zip(self.members, _parted(self.members, readings), strict=True)
        again = [one.rescore(controls, left) for one, left in parts]
        worst = max(again, key=lambda one: one.value)
        states = {
            threat: max((one.states[threat] for one in again), key=_STATES.index)
            for threat in worst.states
        }
        return worst._replace(states=states)

    @property
    def system(self) -> System:
        """The system, as described."""
        if not isinstance(self.agent, System):
            raise AivssError("this is not a system")
        return self.agent

    @property
    def wired(self) -> Flowing:
        """The flows."""
        if self.flowing is None:
            raise AivssError("this system was not assessed")
        return self.flowing

    @property
    def read(self) -> Reading:
        """What the flows show."""
        if self.reading is None:
            raise AivssError("this system was not assessed")
        return self.reading

    def again(self, system: System) -> "SystemAssessment":
        """Assess it with some assumptions; members that are as they were, but once."""
        asked = AssessmentOptions(self.score.profile, system.date, self.preset, trying=True)
        return assess_system(system, asked, self)

    def unmoved(self, system: System, day: str, shown: ShownFacts) -> dict[str, Assessment]:
        """Give the members to which nothing happens where other checks stand at the flows."""
        rest, then = self.system.given, self.read.facts
        ends = [[(flow.sender, flow.to) for flow in one.flows] for one in (self.system, system)]
        # A way is told by the ends of its flows.
        keys = {*rest, *system.given} - {"flows"}
        others = any(rest.get(key) is not system.given.get(key) for key in keys)
        if others or ends[0] != ends[1] or day != self.date:
            return {}
        names = {one.agent.name: one for one in self.members}
        return {name: one for name, one in names.items() if shown.get(name) == then.get(name)}

    def _value(self, name: str, facts: ShownFacts) -> float:
        one = next(one for one in self.alone if one.agent.name == name)
        flows = evidence_of(self.wired, facts, name)
        found = find_facts(one.agent, one.readings, one.knowledge, flows)
        return float(one.scored.engine.value(found.full, found.firm))

    def _summary(self) -> str:
        first = next((one for one in self.paths if one.way), None)
        # A way over members leads the summary only where it comes near the headline; paths rank by
        # a score that counts doubt, so that a little less is near enough.
        if first is not None and first.path.score >= self.score.value - 0.3:
            return first.path.story
        return naming(self.worst.model.summary, self.worst.agent.name)


_STATES = ("not_applicable", "closed", "needs_answer", "reduced", "open_assumed", "open_stated")


_STRICT: tuple[GuardKind, ...] = ("hide", "deny", "approval", "dry-run", "allow")
"""Ways in which a tool may be called, the strictest first."""


def _stricter(guard: Guard, strictest: Mapping[str, Guard]) -> Guard:
    other = strictest.get(guard.tool, guard)
    both = guard.kind in _STRICT and _STRICT.index(other.kind) < _STRICT.index(guard.kind)
    return other if both else guard


def _parted(
    members: Sequence[Assessment], readings: Sequence[ToolReading]
) -> Iterator[tuple[ToolReading, ...]]:
    """Give each member what is left of its tools; those of one name are told apart by their order.

    A proxy lets all tools of one name through or none.
    """
    left: dict[str, list[ToolReading]] = {}
    for reading in readings:
        left.setdefault(reading.name, []).append(reading)
    for one in members:
        names = [reading.name for reading in one.readings if left.get(reading.name)]
        yield tuple(left[name].pop(0) for name in names if left[name])


def assess_system(
    system: System, asked: AssessmentOptions, before: SystemAssessment | None = None
) -> SystemAssessment:
    """Assess each member alone and in its place; `before` is the same without some assumptions.

    Raises:
        AivssError: A given score contradicts itself or the standard, or there is no such profile.
        ExceptionGroup: Decisions that are expired, or on findings that are not open.
    """
    rules = load_knowledge()
    trying = asked._replace(trying=True)  # decisions are held to what is found in place
    # Twice: the flows carry what members can do alone, and each is then judged with what they
    # bring.
    found = {id(one.agent): one for one in (before.alone if before else ())}
    alone = tuple(found.get(id(agent)) or assess_one(agent, trying) for agent in system.agents)
    known = {one.agent.name: derive(rules, *one.facts.firm) for one in alone}
    flowing = Flowing(Net(system), known, system_rules_of(rules), rules)
    reading = read_flows(flowing, flowing.net.checks)
    kept = before.unmoved(system, str(asked.day or ""), reading.facts) if before else {}
    members = tuple(
        kept.get(agent.name)
        or assess_one(
            flowing.net.among(agent), asked, evidence_of(flowing, reading.facts, agent.name)
        )
        for agent in system.agents
    )
    first = worst_of(members)
    # The numbers are the weakest member's; an average would hide it behind the harmless ones.
    scored = first.scored._replace(outcome=merged_outcome(members))
    return SystemAssessment(
        agent=system,
        knowledge=rules,
        date=first.date,
        readings=tuple(reading for one in members for reading in one.readings),
        facts=merged_facts([one.facts for one in members]),
        scored=scored,
        preset=asked.preset,
        alone=alone,
        members=members,
        flowing=flowing,
        reading=reading,
    )
