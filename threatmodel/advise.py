"""The cheapest conditions under which a score comes below a line.

A score is the highest over its threats, so conditions are only worth something together: each
threat above the line must lose its ground. The search is exact. It collects sets of conditions of
which at least one must be taken, and takes the cheapest choice that has one of each (an implicit
hitting set); what it then promises is assessed by the ordinary way, as the file that it writes is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from threatmodel.assessment import Assessment
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.overrides import Answer, PolicyWishes, Statement
from threatmodel.errors import slug
from threatmodel.facts.find import find_facts
from threatmodel.policy.effective import effective
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.guard import CompiledPolicy, Plan
from threatmodel.policy.residual import Force, credited, force_of, residual_of
from threatmodel.policy.rules import PolicyRules, policy_rules
from threatmodel.rules.condition import Masks
from threatmodel.score.agent import score_agent
from threatmodel.score.engine import Outcome
from threatmodel.score.what_if import unresolved

POLICY = "policy"
"""Id of the choice to put the recommended policy in front."""

_CALLABLE = frozenset({"allow", "approval", "dry-run"})
_SHOWN = 8
_LONGEST_NAME = 300
_OWNER = "process owner"

PROMISED = "a condition of approval, to be verified"
"""Note beside each condition in the file of a deployment."""

Access = tuple[frozenset[str], frozenset[str]]
"""Tools of which a person approves each call, and tools that go."""


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

    fact: str = ""
    """Fact that it states; empty for the policy and for tools that go."""

    value: bool = False
    """What the fact becomes."""

    hold: frozenset[str] = frozenset()
    """Tools of which a person approves each call."""

    without: frozenset[str] = frozenset()
    """Tools that go."""

    verify: bool = False
    """Whether it is an open answer, which must come out well."""


@dataclass(frozen=True, slots=True)
class Step:
    """One condition, in the order in which they are best met."""

    choice: Choice
    """What to do."""

    value: float
    """Headline once this and all steps before it hold."""

    severity: str
    """Its band."""

    closes: tuple[str, ...]
    """Threats that were open before this step and are not after it."""


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
    """Whether the conditions bring the headline below the line."""

    steps: tuple[Step, ...]
    """The conditions: to the line, or else to the lowest headline that is known to be reachable."""

    value: float
    """Headline with all of them."""

    effort: int
    """Their efforts together."""

    stays: str
    """Threat of the headline that is left; empty where none is open."""

    format: str
    """Format of the policy whose losses count; empty: everything planned is enforced."""

    slowed: tuple[str, ...]
    """Tools that wait for a person under the policy."""

    hidden: tuple[str, ...]
    """Tools that are hidden or refused under it."""

    deployed: Agent = field(repr=False, compare=False)
    """The agent with the conditions stated by its operator."""


def advise(assessment: Assessment, under: float, kind: str = "") -> Advice:
    """Find the cheapest conditions under which the headline is below `under`.

    Args:
        assessment: The agent as it is.
        under: The line; a headline equal to it does not pass.
        kind: Policy format whose losses count; empty where the whole plan is enforced.
    """
    trial = Trial(assessment, kind)
    choices = trial.choices
    within = _below(under)
    chosen = trial.cheapest(within) if assessment.score.value > within else frozenset[str]()
    reached = chosen is not None
    if chosen is None:
        lowest = trial.value(frozenset(choices))
        chosen = trial.cheapest(max(lowest, within)) or frozenset(choices)
    return _told(trial, chosen, under, reached=reached)


def _below(under: float) -> float:
    """Give the highest score with one decimal that is below the line."""
    tenths = round(under * 10)
    return (tenths - 1 if abs(tenths - under * 10) < 1e-9 else int(under * 10)) / 10  # noqa: PLR2004


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
        return {choice.id: choice for choice in _choices(self.assessment, self.rules)}

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
        scored, firm = self.assessment.scored, self._firm(chosen)
        return float(scored.engine.value(scored.completion.full(firm), firm))

    def outcome(self, chosen: frozenset[str]) -> Outcome:
        """Judge every threat quickly; `assessed` has the last word."""
        scored, firm = self.assessment.scored, self._firm(chosen)
        return scored.engine.outcome(scored.completion.full(firm), firm)

    def _firm(self, chosen: frozenset[str]) -> Masks:
        true, false, given = self._surface(self._access(chosen))
        for choice in (self.choices[i] for i in chosen):
            if choice.fact:
                bit = self.assessment.knowledge.mask(choice.fact)
                true, false = (
                    (true | bit, false & ~bit) if choice.value else (true & ~bit, false | bit)
                )
        return self.assessment.scored.completion.firm((true | given, false & ~given))

    def _access(self, chosen: frozenset[str]) -> "Access | None":
        """Give the tools that are held and those that go; None where no policy is in front."""
        if POLICY not in chosen:
            return None
        taken = [self.choices[i] for i in chosen]
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
        access = dict(self._force.access)
        for tools, kind in zip(changed, ("approval", "hide"), strict=True):
            access |= dict.fromkeys(tools, kind)
        force = replace(self._force, access=access)
        left = tuple(effective(one.readings, access, force.guards, self.rules))
        controls, _ = credited(one.readings, force, self.rules, one.knowledge)
        said = find_facts(one.agent, left, one.knowledge).said
        return (*said, one.knowledge.mask(*controls))

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
        facts = find_facts(agent, one.readings, one.knowledge)
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


# What can be done.


def _choices(assessment: Assessment, rules: PolicyRules) -> Iterator[Choice]:
    asked = rules.advise
    if assessment.readings:
        yield Choice(POLICY, asked.policy.who, asked.policy.effort, asked.policy.do)
    knowledge, facts = assessment.knowledge, assessment.facts
    given = {credit.control for credit in rules.credits}
    named = set()
    for rule in asked.conditions:
        named.add(rule.fact)
        fact = facts.facts[rule.fact]
        if fact.value is not rule.value or fact.basis == "assumed":
            yield Choice(rule.fact, rule.who, rule.effort, rule.do, rule.fact, rule.value)
    open_bits = unresolved(facts, assessment.scored.completion, knowledge)
    for row in knowledge.facts.values():
        if row.id in named or row.id in given or not open_bits >> row.bit & 1:
            continue
        if row.raises and facts.facts[row.id].value is not False:
            says = f"Find out, and it must be no: {row.question}"
            who, effort = asked.verify.who, asked.verify.effort
            yield Choice(row.id, who, effort, says, row.id, value=False, verify=True)
    yield from _powers(assessment, rules)


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
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _kinds(plan: Plan) -> dict[str, str]:
    """Tell of each tool that can be called how."""
    return {guard.tool: guard.kind for guard in plan.guards if guard.kind in _CALLABLE}


def deployment(agent: Agent, choices: Iterable[Choice], plan: Plan) -> Agent:
    """Give the agent with conditions stated by its operator, and with what its policy asks."""
    facts: dict[str, Answer] = dict(agent.facts)
    hold, gone = frozenset[str](), frozenset[str]()
    for choice in choices:
        if choice.fact:
            facts[choice.fact] = Statement(value=choice.value, by="operator", note=PROMISED)
        hold, gone = hold | choice.hold, gone | choice.without
    wishes = agent.policy or PolicyWishes()
    asked: dict[str, object] = {}
    if gone:
        kinds = _kinds(plan)
        asked["tools"] = tuple(t.name for t in agent.known_tools if t.name in kinds.keys() - gone)
    if hold - gone:
        asked["approve"] = (*wishes.approve, *sorted(hold - gone - set(wishes.approve)))
    return agent.changed({"facts": facts, "policy": wishes.model_copy(update=asked)})


# The staircase.


def _told(trial: Trial, chosen: frozenset[str], under: float, *, reached: bool) -> Advice:
    one = trial.assessment
    steps = tuple(_steps(trial, chosen))
    end = trial.assessed(chosen)
    guards = end.assessment.plan.guards if POLICY in chosen else ()
    return Advice(
        agent=one.agent.name,
        under=under,
        today=one.score.value,
        severity=one.score.severity,
        reached=reached,
        steps=steps,
        value=end.value,
        effort=sum(step.choice.effort for step in steps),
        stays=end.threat,
        format=trial.kind,
        slowed=tuple(g.tool for g in guards if g.kind in ("approval", "dry-run")),
        hidden=tuple(g.tool for g in guards if g.kind in ("hide", "deny")),
        deployed=end.assessment.agent,
    )


def _steps(trial: Trial, chosen: frozenset[str]) -> Iterator[Step]:
    held = frozenset[str]()
    before = trial.outcome(held)
    for choice in _ordered(trial, chosen):
        held |= {choice.id}
        after = trial.outcome(held)
        closes = tuple(sorted(before.rated.keys() - after.rated.keys()))
        yield Step(choice, float(after.result.value), after.result.severity, closes)
        before = after


def _ordered(trial: Trial, chosen: frozenset[str]) -> Iterator[Choice]:
    """Take the policy first, then always what lowers most; on a tie what is cheaper."""
    left, held = set(chosen), frozenset[str]()
    while left:
        first = min(
            left,
            key=lambda i: (i != POLICY, trial.value(held | {i}), trial.choices[i].effort, i),
        )
        left.remove(first)
        held |= {first}
        yield trial.choices[first]


# Several agents in one session: what one brings in, another can act on.


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
            tools.append(tool.model_copy(update={"name": name}))
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


# The exact search.

Passes = Callable[[frozenset[str]], bool]
"""Tells whether a set of choices is enough; a choice more never makes it fail."""


def cheapest(
    efforts: dict[str, int], passes: Passes, surely: Passes = lambda _: True
) -> frozenset[str] | None:
    """Find the cheapest set that passes; None where not even all choices together do.

    Args:
        efforts: Choice -> effort, at least 1.
        passes: Quick test.
        surely: Slow test, asked only of what passed the quick one.
    """
    everything = frozenset(efforts)
    if not passes(everything):
        return None
    order = sorted(efforts, key=lambda i: (-efforts[i], i))
    needed: list[frozenset[str]] = []
    while True:
        chosen = _hitting(needed, efforts)
        if chosen is None:
            return None
        if passes(chosen):
            if surely(chosen):
                return chosen
            needed.append(everything - chosen)
            continue
        while not passes(chosen):
            failing = _grown(chosen, order, passes)
            core = everything - failing
            needed.append(core)
            chosen |= core


def _grown(start: frozenset[str], order: Sequence[str], passes: Passes) -> frozenset[str]:
    """Add choices as long as the set still fails; many at once, since most do not matter."""
    grown = start
    waiting = [[choice for choice in order if choice not in start]]
    while waiting:
        some = waiting.pop()
        if not some:
            continue
        more = grown.union(some)
        if not passes(more):
            grown = more
        elif len(some) > 1:
            half = len(some) // 2
            waiting += [some[half:], some[:half]]
    return grown


def _hitting(needed: Sequence[frozenset[str]], efforts: dict[str, int]) -> frozenset[str] | None:
    """Find the cheapest set with a choice of each; None where one of them is empty."""
    if not all(needed):
        return None
    best: list[tuple[int, frozenset[str]]] = []

    def search(
        chosen: frozenset[str], barred: frozenset[str], spent: int, left: list[frozenset[str]]
    ) -> None:
        if best and spent + _least(left, barred, efforts) >= best[0][0]:
            return
        if not left:
            best[:] = [(spent, chosen)]
            return
        core = min(left, key=lambda one: (len(one - barred), sorted(one)))
        for choice in sorted(core - barred, key=lambda i: (efforts[i], i)):
            rest = [one for one in left if choice not in one]
            search(chosen | {choice}, barred, spent + efforts[choice], rest)
            barred |= {choice}

    search(frozenset(), frozenset(), 0, list(needed))
    return best[0][1]


def _least(left: Iterable[frozenset[str]], barred: frozenset[str], efforts: dict[str, int]) -> int:
    """Give what sets without a choice in common cost at least."""
    taken: set[str] = set()
    least = 0
    for core in sorted(left, key=len):
        free = core - barred
        if not free:
            return 1 << 30
        if taken.isdisjoint(free):
            least += min(efforts[choice] for choice in free)
            taken |= free
    return least
