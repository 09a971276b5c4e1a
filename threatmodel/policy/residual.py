"""What a policy in force leaves: the tools as a caller still meets them, and its credits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats.coverage import ACCESS
from threatmodel.policy.guard import EVERY, SEARCHED, CompiledPolicy, Guard, Plan, Residual
from threatmodel.policy.rules import PolicyRules, policy_rules, wants
from threatmodel.rules.guards import Cover, Credit
from threatmodel.rules.load import Knowledge
from threatmodel.rules.recommended import ArgumentRule
from threatmodel.scales import ToolClass
from threatmodel.score.agent import Rescored
from threatmodel.threats.result import ThreatModel

_GONE = frozenset({"hide", "deny"})
_ATTENDED = frozenset({"approval", "dry-run"})
_MILD: dict[str, ToolClass] = {"Read": "Read", "Write": "Write"}


def effective(
    readings: Iterable[ToolReading],
    access: Mapping[str, str],
    guards: Mapping[str, tuple[Guard, ...]],
    rules: PolicyRules,
) -> Iterator[ToolReading]:
    """Give each tool as the policy leaves it, in order; a tool on no list is gone.

    Args:
        readings: The tools as they are.
        access: Tool -> kind of access that is really in force.
        guards: Tool -> guards that are really in force.
        rules: The policy rules.
    """
    by_id = {row.id: row for row in rules.arguments}
    harmless = {row.id: set(row.takes) for row in rules.access if row.takes}
    for reading in readings:
        # On no list: what the plan does not name the default refuses.
        kind = access.get(reading.name, "deny")
        if kind in _GONE:
            continue
        if kind in _ATTENDED:
            # Approving a call changes what is done and not whose data it is about, so that those
            # facts stay.
            yield _without(reading, {t for t, _ in reading.traits} - rules.attended_keep, "Read")
            continue
        for guard in guards.get(reading.name, ()):
            if guard.kind == "allow" and guard.rule in harmless:
                reading = _without(reading, harmless[guard.rule], "Write")  # noqa: PLW2901 - as left
        held = {g.rule for g in guards.get(reading.name, ()) if g.kind == "argument"}
        yield _within(reading, [by_id[rule] for rule in sorted(held & set(by_id))])


def _within(reading: ToolReading, rows: Iterable[ArgumentRule]) -> ToolReading:
    for row in rows:
        if row.takes:
            reading = _without(reading, set(row.takes), row.leaves)
        if row.turns:
            reading = _turned(reading, row.turns)
    return reading


def _turned(reading: ToolReading, turns: Mapping[str, str]) -> ToolReading:
    """Replace facts by what is left of them, each once."""
    # In reverse, so that of two facts that become one the first keeps its clues.
    traits = {turns.get(fact, fact): clues for fact, clues in reversed(reading.traits)}
    return reading._replace(traits=tuple(reversed(traits.items())))


def _without(reading: ToolReading, taken: set[str], leaves: str) -> ToolReading:
    traits = tuple(trait for trait in reading.traits if trait[0] not in taken)
    return reading._replace(traits=traits, tool_class=_MILD.get(leaves, reading.tool_class))


Wanted = tuple[ToolReading, tuple[Cover, ...]]
"""A tool that must be guarded, and how."""


Taking = Mapping[str, frozenset[str]]
"""Argument rule -> facts about a tool that hold no more within it."""


class Rescorable(Protocol):
    """An assessed agent, as far as the residual looks at it."""

    @property
    def plan(self) -> Plan:
        """What a proxy must enforce."""

    @property
    def readings(self) -> tuple[ToolReading, ...]:
        """What each tool can do."""

    @property
    def knowledge(self) -> Knowledge:
        """The rules."""

    @property
    def model(self) -> ThreatModel:
        """What can go wrong."""

    def rescore(self, controls: frozenset[str], readings: tuple[ToolReading, ...]) -> Rescored:
        """Judge and score these tools again as if these controls held too."""


@dataclass(frozen=True, slots=True)
class Force:
    """What really guards each tool."""

    access: dict[str, str]
    """Tool -> kind of access in force; tools that are missing have none."""
    guards: dict[str, tuple[Guard, ...]]
    """Tool, or `*`, -> guards in force."""


def residual_of(assessed: Rescorable, compiled: CompiledPolicy | None) -> Residual:
    """Work out what is left once a format is in force; None: if everything planned were."""
    rules = policy_rules(assessed.knowledge)
    force = force_of(assessed.plan, compiled)
    left = tuple(effective(assessed.readings, force.access, force.guards, rules))
    controls, rounds = credited(assessed.readings, force, rules, assessed.knowledge)
    again = assessed.rescore(frozenset(controls), left)
    shared = {finding.id for finding in assessed.model.findings if finding.shared}
    # What every agent on the host has would be left by any policy, and hide what this one does.
    counted = [state for threat, state in again.states.items() if threat not in shared]
    return Residual(
        format=compiled.format if compiled else "",
        controls=controls,
        open=counted.count("open_stated") + counted.count("open_assumed"),
        reduced=counted.count("reduced"),
        closed=counted.count("closed"),
        ways_round=rounds,
        condition=_condition(assessed.model, rules),
        **again._asdict(),
    )


def force_of(plan: Plan, compiled: CompiledPolicy | None) -> Force:
    """Tell what guards each tool: as planned, or as a format really has it."""
    losses = {loss.guard: loss for loss in compiled.losses} if compiled else {}
    access: dict[str, str] = {}
    guards: dict[str, list[Guard]] = {}
    for guard in plan.guards:
        loss = losses.get(guard.id)
        # A guard that a format cannot say is not in force, however the plan reads: where that is
        # whether a tool may be called, it runs.
        if loss and loss.outcome == "dropped":
            if guard.kind in ACCESS:
                access[guard.tool] = "allow"
            continue
        guards.setdefault(guard.tool, []).append(guard)
        if guard.kind in ACCESS:
            access[guard.tool] = loss.becomes if loss else guard.kind
    return Force(access, {tool: tuple(found) for tool, found in guards.items()})


def credited(
    readings: Sequence[ToolReading], force: Force, rules: PolicyRules, knowledge: Knowledge
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List the controls credited, and the ways round those that would be but for a tool."""
    given: list[str] = []
    rounds: list[str] = []
    measure = _Measure.of(force, rules)
    for credit, wanted in measure.creditable(readings, rules):
        says = knowledge.controls[credit.control].says
        open_ways = list(measure.ways_round(wanted))
        if not open_ways:
            given.append(credit.control)
        elif any(
            _guarded(cover, reading, force, measure.taking)
            for reading, covers in wanted
            for cover in covers
        ):
            # some tool is guarded, so that the others are ways round and not the rule
            rounds += [f"{way}, so '{says}' is not credited." for way in open_ways]
    return tuple(sorted(given)), tuple(dict.fromkeys(rounds))


def rounds_of(
    readings: Sequence[ToolReading], force: Force, rules: PolicyRules
) -> list[tuple[str, frozenset[str]]]:
    """Give each control that these guards can be credited for, with the tools that are a way round.

    The same controls come in the same order whatever access tools have.
    """
    measure = _Measure.of(force, rules)
    return [
        (
            credit.control,
            frozenset(tool[0].name for tool in wanted if any(measure.ways_round([tool]))),
        )
        for credit, wanted in measure.creditable(readings, rules)
    ]


class _Measure(NamedTuple):
    """What guards are measured by."""

    force: Force
    harmless: set[str]
    """Access rules of what undoes."""
    taking: Taking

    @classmethod
    def of(cls, force: Force, rules: PolicyRules) -> "_Measure":
        """Find which rules take harm away."""
        harmless = {row.id for row in rules.access if row.takes}
        taking = {row.id: frozenset(row.takes) for row in rules.arguments if row.takes}
        return cls(force, harmless, taking)

    def creditable(
        self, readings: Sequence[ToolReading], rules: PolicyRules
    ) -> Iterator[tuple[Credit, tuple[Wanted, ...]]]:
        """Give the credits that these guards can earn, and the tools that each wants guarded."""
        set_wide = {guard.kind for guard in self.force.guards.get(EVERY, ())}
        wanted = _wanted(rules.credits, tuple(readings))
        for credit, some in zip(rules.credits, wanted, strict=True):
            if set(credit.set_wide) <= set_wide and (some or not credit.covers):
                yield credit, some

    def ways_round(self, wanted: Iterable[Wanted]) -> Iterator[str]:
        """Tell the tools that no guard holds as a credit wants it."""
        return _ways_round(wanted, self.force, self.harmless, self.taking)


@lru_cache(maxsize=2)
def _wanted(
    credited_by: tuple[Credit, ...], readings: tuple[ToolReading, ...]
) -> tuple[tuple[Wanted, ...], ...]:
    """Say which tools each credit wants guarded: the same for every format and trial."""
    return tuple(
        tuple(
            (reading, covers)
            for reading in readings
            if (covers := tuple(cover for cover in credit.covers if wants(cover, reading)))
        )
        for credit in credited_by
    )


def _ways_round(
    wanted: Iterable[Wanted], force: Force, harmless: set[str], taking: Taking
) -> Iterator[str]:
    for reading, covers in wanted:
        if reading.brake:
            continue
        # What undoes is let through as such: only its arguments can be a way round.
        undoes = any(
            g.kind == "allow" and g.rule in harmless for g in force.guards.get(reading.name, ())
        )
        unheld = (
            cover
            for cover in covers
            if not (undoes and not cover.roles) and not _guarded(cover, reading, force, taking)
        )
        if first := next(unheld, None):
            yield f"{reading.name} {first.round}"


def _guarded(cover: Cover, reading: ToolReading, force: Force, taking: Taking) -> bool:
    access = force.access.get(reading.name, "deny")
    if access in cover.kinds or (access == "hide" and "deny" in cover.kinds):
        return True
    every = force.guards.get(reading.name, ())
    if cover.asked and _asks(every, taking, frozenset(cover.asked)):
        return True
    kinds = set(cover.kinds) - ACCESS
    guards = [g for g in every if g.kind in kinds]
    if not cover.arguments:
        return bool(guards)
    # A text that is only searched for a few marks may still say anything.
    checks = (check for guard in guards for check in guard.checks)
    bounded = {check.path for check in checks if check.operator not in SEARCHED}
    wanted = {a.path for a in reading.arguments if a.role in cover.roles}
    return wanted <= bounded


def _asks(guards: Iterable[Guard], taking: Taking, harms: frozenset[str]) -> bool:
    """Tell whether such a harm of an argument waits for a person, while the rest passes."""
    return any(
        g.kind == "argument"
        and g.otherwise == "approval"
        and not harms.isdisjoint(taking.get(g.rule, ()))
        for g in guards
    )


def _condition(model: ThreatModel, rules: PolicyRules) -> str:
    state = next((f.state for f in model.findings if f.id == rules.condition.threat), "")
    closed = state in ("closed", "not_applicable")
    return rules.condition.holds if closed else rules.condition.fails
