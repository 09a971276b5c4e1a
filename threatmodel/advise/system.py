"""The cheapest conditions for a system: checks at flows, then what is asked of each member.

The headline is the highest score of a member in its place, and what is asked of one member changes
no other: the cheapest conditions of the members together are the cheapest of the whole, as its
flows are checked. A check at a flow can spare several members their conditions. The checks that
help most are tried, one after the other, and each is kept where the whole then costs less.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from threatmodel.advise.choices import Advice, Choice, Left, Step
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.overrides import Answer, Statement
from threatmodel.description.system import System
from threatmodel.errors import slug
from threatmodel.score.result import Question
from threatmodel.system.flows import Helping, Reader
from threatmodel.system.merge import merged_questions
from threatmodel.system.net import HANDED
from threatmodel.system.paths import ENTRY

Advise = Callable[[Assessment], Advice]
"""Gives the conditions of one member."""

_TRIED = 3
"""Checks that are tried at a time, the best first."""

_MOST_CHECKS = 6
"""Checks that are asked for at most."""


@dataclass(frozen=True)
class _Way:
    """A system with some checks at its flows, and what it then takes."""

    whole: SystemAssessment
    advise: Advise
    known: dict[tuple[str, frozenset[str]], Advice]
    """Member and what the flows show of it -> its conditions; each of them is found once."""
    steps: tuple[Step, ...] = ()
    """The checks that were put in."""

    @cached_property
    def found(self) -> list[Advice]:
        """The conditions of the members, the weakest member's first."""
        members = sorted(self.whole.members, key=lambda one: -one.score.value)
        return [self._of(one) for one in members]

    def _of(self, member: Assessment) -> Advice:
        name = member.agent.name
        key = name, frozenset(self.whole.read.facts.get(name, {}))
        if key not in self.known:
            self.known[key] = self.advise(member)
        return self.known[key]

    @property
    def cost(self) -> tuple[bool, float, int]:
        """Whether the line is missed, then by how much, then the efforts together."""
        missed = not all(one.reached for one in self.found)
        value = max(one.value for one in self.found) if missed else 0.0
        return missed, value, self.effort

    @property
    def effort(self) -> int:
        """Efforts of the checks and of the members' conditions."""
        checks = sum(step.choice.effort for step in self.steps)
        return checks + sum(one.effort for one in self.found)

    def with_check(self, helping: Helping) -> "_Way":
        """Put a check in."""
        system = self.whole.system
        flow = system.flows[helping.flow]
        checked = flow.changed({"checked_by": (*flow.checks, helping.check)})
        flows = (*system.flows[: helping.flow], checked, *system.flows[helping.flow + 1 :])
        whole = self.whole.again(system.changed({"flows": flows}))
        choice = _check_choice(whole, helping.flow, helping.check)
        before = {f.id for f in self.whole.model.open}
        closes = tuple(sorted(before - {f.id for f in whole.model.open}))
        step = Step(choice, whole.score.value, whole.score.severity, closes)
        return replace(self, whole=whole, steps=(*self.steps, step))


def advise_system(whole: SystemAssessment, under: float, advise: Advise) -> Advice:
    """Put checks at flows and conditions of members together, the weakest member's first."""
    way = _cheapest(_Way(whole, advise, {}))
    found = way.found
    worst = max(found, key=lambda one: one.value)
    deployed = _deployed(way)
    return Advice(
        agent=whole.agent.name,
        under=under,
        today=whole.score.value,
        severity=whole.score.severity,
        reached=all(one.reached for one in found),
        steps=(*way.steps, *_steps(found)),
        value=worst.value,
        effort=way.effort,
        stays=worst.stays,
        format=worst.format,
        held=tuple(held for one in found for held in one.held),
        deployed=deployed,
        asked=tuple(_asked(found)),
        worst=max(one.worst for one in found),
        left=_ways_left(whole.again(deployed)),
    )


def _cheapest(way: _Way) -> _Way:
    """Put in one check after the other, as long as the whole then costs less."""
    while len(way.steps) < _MOST_CHECKS and any(one.steps for one in way.found):
        tried = [way.with_check(one) for one in way.whole.trial.helping[:_TRIED]]
        best = min((way, *tried), key=lambda one: one.cost)
        if best is way:
            break
        way = best
    return way


def _asked(found: list[Advice]) -> Iterator[Question]:
    """Yield what is still to be asked of members, where the answers move the whole."""
    for question in merged_questions([(one.agent, one.value, one.asked) for one in found]):
        if question.moves:
            yield question


def _deployed(way: _Way) -> System:
    """Give the system with its checks, and each member with its conditions."""
    conditions: dict[str, Agent] = {one.agent: one.deployed for one in way.found}
    members = (conditions.get(one.name, one) for one in way.whole.system.members)
    return way.whole.system.changed({"members": tuple(members)})


def _steps(found: list[Advice]) -> Iterator[Step]:
    """Yield the steps with the headline of the whole after each of them."""
    now = {one.agent: (one.today, one.severity) for one in found}
    for advice in found:
        for step in advice.steps:
            now[advice.agent] = step.value, step.severity
            value, severity = max(now.values(), key=lambda pair: pair[0])
            choice = replace(
                step.choice,
                id=f"{advice.agent}/{step.choice.id}",
                says=f"{advice.agent}: {step.choice.says}",
            )
            yield Step(choice, value, severity, step.closes)


def _ways_left(whole: SystemAssessment) -> tuple[Left, ...]:
    """Find the ways that a system has left, one for each member that is handed strangers' text."""
    return tuple(_left(whole, Reader(whole.wired)))


def _left(whole: SystemAssessment, reader: Reader) -> Iterator[Left]:
    flows = whole.system.flows
    for member in whole.members:
        name = member.agent.name
        shown = whole.read.facts.get(name, {}).get(HANDED)
        harm = next((path.title for path in member.model.paths if path.entry == ENTRY), "")
        if shown and shown.way and harm:
            places = (flows[shown.way[0]].sender, *(flows[at].to for at in shown.way))
            yield Left(name, places, harm, _closing(whole, reader, name, shown.way))


def _closing(
    whole: SystemAssessment, reader: Reader, name: str, way: tuple[int, ...]
) -> Choice | None:
    """Try the checks, the cheapest first and the last flow first."""
    for row in whole.wired.rules.tries:
        for at in reversed(way):
            if row.check not in whole.trial.fitting(at):
                continue
            checks = list(whole.wired.net.checks)
            checks[at] |= {row.check}
            if HANDED not in reader.read(checks).facts.get(name, {}):
                return _check_choice(whole, at, row.check)
    return None


def _check_choice(whole: SystemAssessment, at: int, check: str) -> Choice:
    """Give a check at a flow as something that can be asked for."""
    flow = whole.system.flows[at]
    row = next(one for one in whole.wired.rules.tries if one.check == check)
    says = row.do.format(**{"from": flow.sender, "to": flow.to})
    return Choice(f"flow:{at}:{check}", who=row.who, effort=row.effort, says=says, check=check)


# Several agents in one session: what one brings in, another can act on.


# What the name of an agent may have at most; several joined would be longer.
_LONGEST_NAME = 300


def together(assessments: Sequence[Assessment]) -> Agent:
    """Give one agent with the tools of all, and the worst that is said of any.

    Tools of one name keep it for the first agent and get the agent's name in front for the others.
    """
    first = assessments[0].agent
    tools: list[Tool] = []
    taken: set[str] = set()
    for one in assessments:
        for tool in one.agent.known_tools:
            name = tool.name if tool.name not in taken else f"{slug(one.agent.name)}.{tool.name}"
            taken.add(name)
            tools.append(tool.changed({"name": name}))
    kinds = [one.agent.kind for one in assessments]
    made = Agent(
        name=" with ".join(one.agent.name for one in assessments)[:_LONGEST_NAME],
        kind=next((kind for kind in kinds if kind != "mcp-server"), "mcp-server"),
        facts=_worst_said(assessments),
        policy=first.policy,
    )
    listed = all(isinstance(one.agent.tools, tuple) for one in assessments)
    return made.changed({"tools": tuple(tools) if listed else None})


def _worst_said(assessments: Sequence[Assessment]) -> dict[str, Answer]:
    knowledge = assessments[0].knowledge
    found: dict[str, Answer] = {}
    for row in (*knowledge.facts.values(), *knowledge.controls.values()):
        if "tool_schema" in getattr(row, "seen_in", ()):
            continue
        bit = 1 << row.bit
        worse = [bool(one.facts.said[0 if row.raises else 1] & bit) for one in assessments]
        better = [bool(one.facts.said[1 if row.raises else 0] & bit) for one in assessments]
        if any(worse) or all(better):
            found[row.id] = Statement(value=row.raises is any(worse), by="reviewer")
    return found


def opened_together(whole: Assessment, assessments: Iterable[Assessment]) -> tuple[str, ...]:
    """List the threats that are open only when these agents share a session, sorted by id."""
    alone = {f.id for one in assessments for f in one.model.open}
    return tuple(sorted(f.id for f in whole.model.open if f.id not in alone))
