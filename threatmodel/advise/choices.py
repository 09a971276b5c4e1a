"""What somebody can do about an agent, the agent once it is done, and how that is told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from threatmodel.assessment import Assessment
from threatmodel.description.agent import Agent
from threatmodel.description.overrides import Answer, Limit, PolicyWishes, Statement
from threatmodel.errors import first_of
from threatmodel.facts.fact import Fact
from threatmodel.policy.guard import CALLABLE, Plan
from threatmodel.policy.rules import PolicyRules
from threatmodel.score.result import Question
from threatmodel.score.what_if import unresolved

POLICY = "policy"
"""Id of the choice to put the recommended policy in front."""

PROMISED = "a condition of approval, to be verified"
"""Note beside each condition in the file of a deployment."""

# Names in one instruction: whoever gets it can hold four in mind; the tools' own page lists all.
_SHOWN = 4
# A line of a terminal has 80 letters, and the sentence around the names takes a few of them.
_LETTERS = 70
_OWNER = "process owner"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that somebody can do."""

    id: str
    """`policy`, a fact or control id, or `hold:` or `without:` and what the tools show."""
    who: str
    """Who does it, as a role."""
    effort: int
    """Working days, from 1; judgement, as in frameworks/policy/advise.yaml."""
    says: str
    """What to do, in a sentence."""
    states: tuple[tuple[str, bool], ...] = ()
    """Facts and what they become; none for the policy and for tools that go."""
    hold: frozenset[str] = frozenset()
    """Tools of which a person approves each call."""
    without: frozenset[str] = frozenset()
    """Tools that go."""
    verify: bool = False
    """Whether it is an open answer, which must come out well."""
    check: str = ""
    """Check that a flow of a system gets; empty for what is asked of an agent."""


def is_policy(id_: str) -> bool:
    """Tell whether a step is the policy; a member of a system stands before it."""
    return id_.rpartition("/")[2] == POLICY


def choices_of(assessment: Assessment, rules: PolicyRules) -> Iterator[Choice]:
    """Give everything that can still be done: policy, conditions, open answers, powers to lose."""
    asked = rules.advise
    if assessment.readings:
        yield Choice(POLICY, asked.policy.who, asked.policy.effort, asked.policy.do)
    knowledge, facts = assessment.knowledge, assessment.facts
    given = {credit.control for credit in rules.credits}
    named: set[str] = set()
    for rule in asked.conditions:
        states = {rule.fact: rule.value, **rule.also}
        named |= states.keys()
        if rule.needs and all(facts.facts[need].value is False for need in rule.needs):
            continue
        if any(_is_open(facts.facts[fact], value) for fact, value in states.items()):
            yield Choice(rule.fact, rule.who, rule.effort, rule.do, tuple(states.items()))
    open_bits = unresolved(facts, knowledge)
    for row in knowledge.facts.values():
        if row.id in named or row.id in given or not open_bits >> row.bit & 1:
            continue
        if row.raises and facts.facts[row.id].value is not False:
            says = f"Find out, and it must be no: {row.question}"
            who, effort = asked.verify.who, asked.verify.effort
            yield Choice(row.id, who, effort, says, ((row.id, False),), verify=True)
    yield from _powers(assessment, rules)


def _is_open(fact: Fact, value: bool) -> bool:  # noqa: FBT001 - it is the fact's value
    return fact.value is not value or fact.basis == "assumed"


def _powers(assessment: Assessment, rules: PolicyRules) -> Iterator[Choice]:
    kinds = _kinds(assessment.plan)
    for rule in rules.advise.powers:
        tools = tuple(
            reading.name
            for reading in assessment.readings
            if reading.name in kinds
            and not reading.brake
            and any(fact in rule.shows for fact, _ in reading.traits)
        )
        opened = tuple(name for name in tools if kinds[name] == "allow")
        shown = "+".join(rule.shows)
        if opened:
            says = f"Have a person approve each call of {rule.what}: {_some(opened)}."
            yield Choice(f"hold:{shown}", _OWNER, rule.hold, says, hold=frozenset(opened))
        if tools:
            says = f"Do without {rule.what}: {_some(tools)}."
            yield Choice(f"without:{shown}", _OWNER, rule.without, says, without=frozenset(tools))


def _some(names: tuple[str, ...]) -> str:
    """Name the first tools, fewer where their names are long, and count the others."""
    fits = (n for n in range(_SHOWN, 1, -1) if len(", ".join(names[:n])) <= _LETTERS)
    return first_of(names, next(fits, 1))


def _kinds(plan: Plan) -> dict[str, str]:
    """Tell of each tool that can be called how."""
    return {guard.tool: guard.kind for guard in plan.guards if guard.kind in CALLABLE}


def deployment(agent: Agent, choices: Iterable[Choice], plan: Plan) -> Agent:
    """Give the agent with conditions stated by its operator, and with what its policy asks."""
    facts: dict[str, Answer] = dict(agent.facts)
    hold, gone = frozenset[str](), frozenset[str]()
    for choice in choices:
        for fact, value in choice.states:
            facts[fact] = Statement(value=value, by="operator", note=PROMISED)
        hold, gone = hold | choice.hold, gone | choice.without
    wishes = agent.policy or PolicyWishes()
    asked: dict[str, object] = {}
    if gone:
        kinds = _kinds(plan)
        left = tuple(t.name for t in agent.known_tools if t.name in kinds.keys() - gone)
        asked |= {"tools": left, "limits": _limits_left(wishes, gone, all_gone=not left)}
    if hold - gone:
        asked["approve"] = (*wishes.approve, *sorted(hold - gone - set(wishes.approve)))
    return agent.changed({"facts": facts, "policy": wishes.changed(asked)})


def _limits_left(
    wishes: PolicyWishes, gone: frozenset[str], *, all_gone: bool
) -> tuple[Limit, ...]:
    """Give the limits without tools that go: one with a limit would count as needed.

    An empty list of tools means all of them. Where none is left, a limit lets nothing through.
    """
    kept = tuple(limit for limit in wishes.limits if limit.tool not in gone)
    none = Decimal(0)
    shut = (Limit(tool=name, max=none, window="day") for name in sorted(gone) if all_gone)
    return (*kept, *shut)


@dataclass(frozen=True, slots=True)
class Step:
    """One condition, in the order in which they are best met."""

    choice: Choice
    value: float
    """Headline once this and all steps before it hold."""
    severity: str
    closes: tuple[str, ...]
    """Threats that were open before this step and are not after it."""


class Held(NamedTuple):
    """What becomes of the tools of one agent under the policy."""

    agent: str
    slowed: tuple[str, ...]
    """Tools of which each call waits for a person."""
    hidden: tuple[str, ...]
    """Tools that are hidden or refused."""


class Left(NamedTuple):
    """A way that stays open."""

    member: str
    """Who acts at its end."""
    way: tuple[str, ...]
    """The places that it leads over, first one first."""
    harm: str
    """What it can lead to, as a title."""
    closing: Choice | None
    """The cheapest check at one of its flows after which no such text comes there; None where no
    single check does that."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The cheapest conditions."""

    agent: str
    """Name of the agent."""
    under: float
    """The line."""
    today: float
    """Headline as it is."""
    severity: str
    """Its band."""
    reached: bool
    """Whether the conditions bring the headline below the line, by what is known."""
    steps: tuple[Step, ...]
    """The conditions: to the line, or else to the lowest headline that is known to be reachable."""
    value: float
    """Headline with all of them."""
    effort: int
    """Their efforts together, in days."""
    stays: str
    """Threat that the headline then rests on; empty where none is open."""
    format: str
    """Policy format whose losses count; empty: everything planned is enforced."""
    held: tuple[Held, ...]
    """Of each agent that a policy is put in front of, what becomes of its tools."""
    deployed: Agent = field(repr=False, compare=False)
    """The agent with the conditions stated by its operator."""
    asked: tuple[Question, ...] = ()
    """Every open question that still moves the headline once the conditions hold."""
    worst: float = 0.0
    """Headline with the conditions if all that the range is over came out badly."""
    left: tuple[Left, ...] = ()
    """Ways of a system on which strangers' text still comes to a member that does harm with it."""

    @property
    def slowed(self) -> tuple[str, ...]:
        """Tools that wait for a person under the policy."""
        return tuple(tool for one in self.held for tool in one.slowed)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Tools that are hidden or refused under the policy."""
        return tuple(tool for one in self.held for tool in one.hidden)
