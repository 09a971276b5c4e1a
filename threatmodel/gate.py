"""Named rules over assessed agents: which are broken, where, why, and what would mend it."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

from threatmodel.advise import advise
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.errors import InvalidFileError, first_of
from threatmodel.reading.positions import Tree
from threatmodel.rules.condition import Node, parse_condition, polarities, value_of
from threatmodel.rules.gate import Exemption, Gate, GateRule, faults_of, names_of_gate
from threatmodel.rules.load import Knowledge
from threatmodel.scales import CLASSES, FLAGS
from threatmodel.threats.finding import Finding

# A pull request is told where to begin; `aivss advise` has the rest.
_CONDITIONS = 3
_NAMED = 6

# What is broken.

RuleState = Literal["broken", "exempt", "expired", "known"]
"""Broken; accepted; accepted until a day that is past; in the baseline."""


@dataclass(frozen=True, slots=True)
class Break:
    """A rule that an agent breaks."""

    rule: str
    """The rule."""
    says: str
    """The rule in a sentence."""
    agent: str
    """Name of the agent; several where a rule counts them."""
    file: str
    """Where it is described; empty where a rule counts agents."""
    finding: str
    """Threat id, where a threat breaks it; else empty."""
    why: str
    """What breaks it."""
    mend: str
    """The cheapest thing that is known to mend it; empty where nothing is."""
    state: RuleState = "broken"
    """broken, exempt, expired, or known from the baseline."""
    note: str = ""
    """Who accepted it, why and until when."""
    member: str = ""
    """Which member of a system breaks it; empty for one agent, and where only the whole does."""

    @property
    def key(self) -> str:
        """What a baseline remembers it by."""
        whose = (self.member,) if self.member else ()
        return "|".join((self.rule, self.file or self.agent, *whose, self.finding))

    @property
    def named(self) -> str:
        """The agent, or the member with its system: `Claims/payer`."""
        return f"{self.agent}/{self.member}" if self.member else self.agent

    @property
    def fails(self) -> bool:
        """Whether it makes the gate fail."""
        return self.state in ("broken", "expired")


def judge_gate(
    gate: Gate,
    agents: Sequence[tuple[str, Assessment]],
    day: dt.date,
    known: Iterable[str] = (),
) -> tuple[Break, ...]:
    """Hold agents against rules.

    Args:
        gate: The rules, checked.
        agents: File and assessment of each agent.
        day: The day on which exemptions must still hold.
        known: Keys of a baseline: breaks that rest.
    """
    baseline = frozenset(known)
    found: list[Break] = []
    for rule in gate.rule:
        if rule.at_most is None:
            for file, one in agents:
                found += _held(rule, file, one)
        else:
            found += _counted(rule, agents)
    return tuple(_settled(one, gate.exempt, day, baseline) for one in found)


def _held(rule: GateRule, file: str, one: Assessment) -> list[Break]:
    """Ask a rule of an agent; of a system member by member, then of the whole.

    What only the members together show breaks a rule as well.
    """
    if not isinstance(one, SystemAssessment):
        return list(_broken(rule, file, one))
    found = [
        replace(broken, agent=one.agent.name, member=member.agent.name)
        for member in one.members
        for broken in _broken(rule, file, member)
    ]
    # The whole repeats what its members break; it is asked only where none of them does.
    return found or list(_broken(rule, file, one))


def _broken(rule: GateRule, file: str, one: Assessment) -> Iterator[Break]:
    name = one.agent.name
    limit = rule.score_over
    if limit is not None and one.score.value > limit:
        why = f"it scores {one.score.value:.1f} {one.score.severity}, over {limit:g}"
        yield Break(rule.id, rule.says, name, file, "", why, _advised(one, limit))
    for finding in one.model.open:
        if finding.severity in rule.severity or finding.priority in rule.priority:
            yield _by_finding(rule, file, one, finding)
    for finding in one.model.live:
        if finding.id in rule.threats:
            yield _by_finding(rule, file, one, finding)
    if rule.when:
        yield from _by_condition(rule, file, one)


def _by_finding(rule: GateRule, file: str, one: Assessment, finding: Finding) -> Break:
    points = "" if finding.score is None else f" {finding.score:.1f}"
    why = f"{finding.id} {finding.title} is {finding.state.split('_')[0]},{points}"
    words = [word for word in (finding.severity, finding.priority) if word]
    fixes = [one.knowledge.mitigations[i].says for i in finding.mitigations[:1]]
    mend = fixes[0] if fixes else ""
    told = f"{why} {', '.join(words)}"
    return Break(rule.id, rule.says, one.agent.name, file, finding.id, told, mend)


def _by_condition(rule: GateRule, file: str, one: Assessment) -> Iterator[Break]:
    node = parse_condition(rule.when, names_of_gate(one.knowledge.bits))
    values = _values_of(one)
    held = value_of(node, values)
    if held or (held is None and rule.unknown == "break"):
        why = _because(node, values, one) if held else "it cannot be told from the description"
        undecided = "" if held else f"state {first_of(_undecided(node, values), _NAMED)}"
        mend = undecided or _control_for(node, values, one)
        yield Break(rule.id, rule.says, one.agent.name, file, "", why, mend)


def _values_of(one: Assessment) -> dict[str, bool | None]:
    """Give what a condition of a gate can ask: facts, controls, capabilities, classes, flags."""
    knowledge = one.knowledge
    true, false = one.scored.outcome.known
    values: dict[str, bool | None] = {
        name: True if true >> bit & 1 else False if false >> bit & 1 else None
        for name, bit in knowledge.bits.items()
    }
    listed = isinstance(one.agent.tools, tuple)
    classes = {reading.tool_class for reading in one.readings}
    flags = {flag for reading in one.readings for flag in reading.flags}
    # Without a list of tools nobody knows what is not among them.
    absent = False if listed else None
    values |= {f"class.{name.lower()}": True if name in classes else absent for name in CLASSES}
    values |= {f"flag.{name}": True if name in flags else absent for name in FLAGS}
    return values


def _because(node: Node, values: Mapping[str, bool | None], one: Assessment) -> str:
    names = [name for name in _leaves(node) if values[name]]
    told = []
    for name in names[:_NAMED]:
        tools = _showing(name, one)
        told.append(f"{name} ({first_of(tools, _NAMED)})" if tools else name)
    return f"it is so: {', '.join(told)}" if told else "none of what it asks for is so"


def _showing(name: str, one: Assessment) -> list[str]:
    head, _, tail = name.partition(".")
    return [
        reading.name
        for reading in one.readings
        if (head == "class" and reading.tool_class.lower() == tail)
        or (head == "flag" and tail in reading.flags)
        or any(fact == name for fact, _ in reading.traits)
    ]


def _control_for(node: Node, values: Mapping[str, bool | None], one: Assessment) -> str:
    """Name a control that would by itself make a condition false; empty where none does."""
    controls = one.knowledge.controls
    for name in _leaves(node):
        if name in controls and value_of(node, {**values, name: True}) is False:
            return f"put {name} in place: {controls[name].says}"
    return ""


def _undecided(node: Node, values: Mapping[str, bool | None]) -> list[str]:
    """List what a description would have to say; classes and flags follow from its tools."""
    names = [name for name in _leaves(node) if values[name] is None]
    stated = [name for name in names if not name.startswith(("class.", "flag."))]
    return ["its tools (`tools:`)", *stated] if len(stated) < len(names) else stated


def _leaves(node: Node) -> list[str]:
    return list(dict.fromkeys(name for name, _ in polarities(node)))


def _counted(rule: GateRule, agents: Sequence[tuple[str, Assessment]]) -> Iterator[Break]:
    """Count the agents for which a condition holds; one break where they are too many.

    The members of a system count one by one.
    """
    counted = [pair for _, one in agents for pair in _parts(one)]
    holding = [
        name
        for name, one in counted
        if value_of(parse_condition(rule.when, names_of_gate(one.knowledge.bits)), _values_of(one))
    ]
    if rule.at_most is not None and len(holding) > rule.at_most:
        agents_held = "1 agent" if len(holding) == 1 else f"{len(holding)} agents"
        why = f"{agents_held} instead of {rule.at_most}: {first_of(holding, _NAMED)}"
        yield Break(rule.id, rule.says, ", ".join(holding), "", "", why, "")


def _parts(one: Assessment) -> Iterator[tuple[str, Assessment]]:
    if not isinstance(one, SystemAssessment):
        yield one.agent.name, one
        return
    for member in one.members:
        yield f"{one.agent.name}/{member.agent.name}", member


def _advised(one: Assessment, limit: float) -> str:
    # A gate breaks over its limit, advice brings below a line: half of the smallest step lies
    # between.
    advice = advise(one, limit + 0.05)
    if not advice.reached:
        return ""
    says = [step.choice.says for step in advice.steps]
    more = f" And {len(says) - _CONDITIONS} more: aivss advise." if len(says) > _CONDITIONS else ""
    return " ".join(says[:_CONDITIONS]) + more


def _settled(
    one: Break, exemptions: Iterable[Exemption], day: dt.date, baseline: frozenset[str]
) -> Break:
    """Say whether a break counts: it may be exempt, expired, or known from a baseline."""
    state: RuleState = "known" if one.key in baseline else "broken"
    note = ""
    for exemption in exemptions:
        fits = exemption.rule == one.rule and exemption.finding in (None, one.finding)
        names = (one.file, one.agent, one.named)
        if fits and any(fnmatchcase(name, exemption.agent) for name in names):
            note = f"{exemption.owner}, until {exemption.expires}: {exemption.reason}"
            state = "exempt" if exemption.expires >= day else "expired"
            # One exemption that holds is enough, however many on the same break have run out.
            if state == "exempt":
                break
    return replace(one, state=state, note=note)


# What a gate may name.


def check_gate(gate: Gate, tree: Tree, knowledge: Knowledge) -> None:
    """Refuse conditions and names that mean nothing; ExceptionGroup with every one of them."""
    faults = tuple(_faults(gate, tree, knowledge))
    if faults:
        raise ExceptionGroup("rules that do not hold together", faults)


def _faults(gate: Gate, tree: Tree, knowledge: Knowledge) -> Iterator[InvalidFileError]:
    seen = {rule.id for pack in knowledge.packs for rule in pack.gate}
    for number, rule in enumerate(gate.rule):
        for key, message, hint in faults_of(
            rule, seen, names_of_gate(knowledge.bits), knowledge.by_id
        ):
            yield InvalidFileError(message, tree.places.of(("gate", "rule", number, key)), hint)
        seen.add(rule.id)
    for number, exemption in enumerate(gate.exempt):
        if exemption.rule not in seen:
            where = tree.places.of(("gate", "exempt", number, "rule"))
            yield InvalidFileError(f"there is no rule {exemption.rule}", where, "check its name")
