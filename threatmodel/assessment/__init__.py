"""The whole pipeline, top to bottom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from threatmodel.assessment.decisions import check_decisions, contradictions_of
from threatmodel.classify.classify import load_class_rules, read_tools
from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.description.system import System
from threatmodel.facts.fact import Contradiction, Facts
from threatmodel.facts.find import find_facts
from threatmodel.facts.stated import SignedFact
from threatmodel.rules.load import Knowledge, load_knowledge, per_rules
from threatmodel.scales import Preset
from threatmodel.score.agent import Scored, score_agent
from threatmodel.score.profiles import Profile, profile_named, profiles_from
from threatmodel.score.result import Score

if TYPE_CHECKING:
    from threatmodel.facts.left import ToolsLeft
    from threatmodel.policy.guard import CompiledPolicy, Plan, Residual
    from threatmodel.score.agent import Rescored
    from threatmodel.threats.result import ThreatModel


DEFAULT_PROFILE = "agentic"
"""Profile of the headline unless another is asked for."""


class Hinge(NamedTuple):
    """A tool on which the headline hangs, and whose class or ability may be misread."""

    reading: ToolReading
    value: float
    """Headline without it."""
    shows: str = ""
    """What only a phrase of its description shows; empty where its class is the doubt."""


_SURE, _TELLS = 0.7, 0.5
"""Confidence from which a class is taken as sure, and points from which the difference is told."""


@dataclass(frozen=True, repr=False, eq=False)
class Assessment:
    """One agent, assessed; all that any output needs.

    Facts and score are worked out at once; the rest when it is first asked for, which is why the
    modules behind it are imported there: `aivss score` starts without them.
    """

    agent: Agent
    knowledge: Knowledge
    """The rules it was assessed by."""
    date: str
    """ISO date printed on reports; empty where none is stated."""
    readings: tuple[ToolReading, ...]
    """What each tool can do."""
    facts: Facts
    scored: Scored
    """The score with everything it was worked out from."""
    preset: Preset = "recommended"
    """Preset of the policy plan."""
    flows: tuple[SignedFact, ...] = ()
    """What the flows of a system show of it; nothing for what stands alone."""

    @property
    def score(self) -> Score:
        """How bad it could get."""
        return self.scored.score

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """What contradicts what, sorted by id."""
        return contradictions_of(self.facts, self.scored)

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What later steps keep of their work on it, by a name of theirs."""
        return {}

    def forget(self) -> None:
        """Drop what later steps keep, once nothing more is asked.

        It refers back to the assessment: both would stay in memory until circles are collected.
        """
        self.kept.clear()

    @cached_property
    def model(self) -> ThreatModel:
        """What can go wrong."""
        from threatmodel.threats.model import model_threats  # noqa: PLC0415

        return model_threats(self.agent, self.readings, self.facts, self.scored, self.knowledge)

    @property
    def enough_known(self) -> bool:
        """Whether a score says something: not where nothing is open and most threats wait."""
        outcome = self.scored.outcome
        verdicts = outcome.verdicts.values()
        waiting = sum(verdict.state == "needs_answer" for verdict in verdicts)
        own = outcome.rated.keys() - outcome.shared
        return bool(own) or 2 * waiting <= len(verdicts)

    @cached_property
    def hinge(self) -> Hinge | None:
        """The one tool that makes the headline though it is hardly sure what it does; else None."""
        # Only tools that may be misread are tried without, one or two of 73: a trial takes 0.6 ms,
        # a third of a score.
        doubtful = [reading for reading in self.readings if reading.confidence < _SURE]
        found = [Hinge(reading, self._without(reading)) for reading in doubtful]
        found += [
            Hinge(reading, self._without(reading, fact), self.knowledge.facts[fact].says)
            for fact, reading in self._told_only()
        ]
        # A headline that moves by less than half a point is not said to hang on one tool.
        lower = [one for one in found if self.score.value - one.value >= _TELLS]
        return min(lower, key=lambda one: one.value, default=None)

    def _told_only(self) -> Iterator[tuple[str, ToolReading]]:
        """Yield what one tool alone shows, and only by a phrase of its description."""
        shown: dict[str, list[ToolReading]] = {}
        for reading in self.readings:
            for fact, _ in reading.traits:
                shown.setdefault(fact, []).append(reading)
        for fact, (first, *others) in shown.items():
            clues = dict(first.traits)[fact]
            known = fact in self.knowledge.facts and not others
            if known and first.confidence >= _SURE and {c.source for c in clues} == {"description"}:
                yield fact, first

    def _without(self, tool: ToolReading, fact: str = "") -> float:
        """Score without a tool, or without one fact that it shows."""
        traits = tuple(one for one in tool.traits if one[0] != fact)
        changed = {tool.name: tool._replace(traits=traits) if fact else None}
        # Two tools may have one name, so that the tool itself is compared and not its name.
        kept = (changed.get(one.name, one) if one is tool else one for one in self.readings)
        return self.rescore(frozenset(), tuple(one for one in kept if one is not None)).value

    @cached_property
    def profiles(self) -> tuple[Score, ...]:
        """The headline under every profile, in the profiles' order."""
        own = self.score.profile
        return tuple(
            self.score
            if profile.id == own
            else score_agent(self.agent, self.facts, self.knowledge, profile).score
            for profile in profiles_of(self.knowledge).values()
        )

    @cached_property
    def plan(self) -> Plan:
        """What a proxy must enforce."""
        from threatmodel.policy.plan import plan_policy  # noqa: PLC0415

        return plan_policy(
            self.agent, self.readings, self.model, self.knowledge, self.preset, handed=self.handed
        )

    @property
    def handed(self) -> bool:
        """Whether the flows of a system hand it strangers' text."""
        if not self.flows:
            return False
        from threatmodel.system.net import HANDED  # noqa: PLC0415 - most stand alone

        return any(fact == HANDED for fact, _ in self.flows)

    @cached_property
    def policy(self) -> CompiledPolicy:
        """The plan in the first format, which a page shows."""
        from threatmodel.policy.formats import FORMATS, compile_policy  # noqa: PLC0415

        return compile_policy(next(iter(FORMATS)), self.plan, self.readings)

    @cached_property
    def policies(self) -> tuple[CompiledPolicy, ...]:
        """The plan in every format, the first one first."""
        from threatmodel.policy.formats import FORMATS, compile_policy  # noqa: PLC0415

        _, *others = FORMATS
        return (self.policy, *(compile_policy(f, self.plan, self.readings) for f in others))

    @cached_property
    def residuals(self) -> tuple[Residual, ...]:
        """What is left: first if everything planned were enforced, then per format."""
        from threatmodel.policy.residual import residual_of  # noqa: PLC0415

        return tuple(residual_of(self, policy) for policy in (None, *self.policies))

    @cached_property
    def tools_left(self) -> ToolsLeft:
        """What is said of it whichever of its tools are left."""
        from threatmodel.facts.left import ToolsLeft  # noqa: PLC0415

        return ToolsLeft(self.agent, self.readings, self.knowledge, self.flows)

    def rescore(self, controls: frozenset[str], readings: tuple[ToolReading, ...]) -> Rescored:
        """Judge and score these tools again as if these controls held too."""
        from threatmodel.score.agent import rescore  # noqa: PLC0415

        left = self.tools_left
        return rescore(self.scored, self.facts, controls, left.said(left.shown(readings)))


def assess(
    agent: Agent,
    *,
    profile: str = DEFAULT_PROFILE,
    date: dt.date | None = None,
    preset: Preset = "recommended",
    trying: bool = False,
) -> Assessment:
    """Take an agent through every stage.

    Args:
        agent: As described.
        profile: Profile of the headline.
        date: Day of the assessment; the description's where left out.
        preset: Preset of the policy plan; a system's members are taken through one by one.
        trying: Whether facts are only assumed, so that decisions need not fit them.

    Raises:
        AivssError: A given score contradicts itself or the standard, or there is no such profile.
        ExceptionGroup: Decisions that are expired, or on findings that are not open.
    """
    asked = AssessmentOptions(profile, date or agent.date, preset, trying=trying)
    if isinstance(agent, System):
        from threatmodel.assessment.system import assess_system  # noqa: PLC0415 - most are alone

        return assess_system(agent, asked)
    return assess_one(agent, asked)


class AssessmentOptions(NamedTuple):
    """How an agent is to be assessed."""

    profile: str
    """Profile of the headline."""
    day: dt.date | None
    preset: Preset
    """Preset of the policy plan."""
    trying: bool
    """Whether facts are only assumed, so that decisions need not fit them."""


def assess_one(
    agent: Agent, asked: AssessmentOptions, flows: tuple[SignedFact, ...] = ()
) -> Assessment:
    """Take one agent through every stage; `flows` is what the flows of its system show of it."""
    rules = load_knowledge()
    readings = read_agent_tools(agent)
    facts = find_facts(agent, readings, rules, flows)
    scored = score_agent(agent, facts, rules, profile_named(profiles_of(rules), asked.profile))
    # Advice assumes facts by the dozen; a decision that no longer fits then is no fault of the
    # file.
    if not asked.trying:
        check_decisions(agent, facts, scored, asked.day)
    date = asked.day.isoformat() if asked.day else ""
    return Assessment(agent, rules, date, readings, facts, scored, asked.preset, flows)


def read_agent_tools(agent: Agent) -> tuple[ToolReading, ...]:
    """Read what each tool of an agent can do."""
    return read_tools(agent.known_tools, load_class_rules())


@per_rules
def profiles_of(knowledge: Knowledge) -> dict[str, Profile]:
    """Give the profiles of the rules."""
    return profiles_from(knowledge.sections["profiles"])
