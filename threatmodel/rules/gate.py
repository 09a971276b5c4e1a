"""The rules of a gate as people write them: `[[gate.rule]]` and `[[gate.exempt]]`."""

import datetime as dt
from collections.abc import Container, Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from threatmodel.reading.record import Record
from threatmodel.rules.condition import ConditionError, parse_condition
from threatmodel.rules.ids import AnyThreatId, Text
from threatmodel.scales import CLASSES, FLAGS, Priority, Severity


class GateRule(Record):
    """One rule; it is broken where anything that it names holds."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,60}$")]
    """Name, by which exemptions, baselines and reports speak of it."""
    says: Text
    """The rule in a sentence."""
    score_over: Annotated[float, Field(ge=0, le=10)] | None = None
    """Broken where the headline is over this."""
    severity: tuple[Severity, ...] = ()
    """Broken by each open threat of its own with one of these."""
    priority: tuple[Priority, ...] = ()
    """Broken by each open threat of its own with one of these."""
    threats: tuple[AnyThreatId, ...] = ()
    """Broken by each of these that is open."""
    when: str = ""
    """Broken where this condition is true: `and`, `or`, `not`, `atleast(n, ...)` over facts,
    capabilities and controls, `class.x` and `flag.x` of any tool."""
    unknown: Literal["pass", "break"] = "pass"
    """What a condition does that cannot be decided from what is known."""
    at_most: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """`when` may be true for this many of the agents given, and breaks the rule for more."""

    @model_validator(mode="after")
    def _says_something(self) -> "GateRule":
        named = (self.severity, self.priority, self.threats, self.when)
        if self.score_over is None and not any(named):
            raise ValueError("a rule needs score_over, severity, priority, threats or when")
        if self.at_most is not None and not self.when:
            raise ValueError("at_most counts agents for which `when` is true; it needs `when`")
        return self


class Exemption(Record):
    """A break that is accepted for a time."""

    rule: str
    agent: str
    """Which agents: file or name, with `*` and `?`."""
    finding: AnyThreatId | None = None
    """Only this threat; all where left out."""
    reason: Text
    """Why it is accepted."""
    owner: Text
    """Who answers for it."""
    expires: dt.date
    """Last day on which it holds."""


class Gate(Record):
    """All rules."""

    rule: Annotated[tuple[GateRule, ...], Field(min_length=1)]
    exempt: tuple[Exemption, ...] = ()
    """Breaks that are accepted."""


class GateFile(Record):
    """What `aivss gate` reads of aivss.toml."""

    gate: Gate
    """Rules and exemptions."""


def faults_of(
    rule: GateRule, seen: Container[str], names: frozenset[str], threats: Container[str]
) -> Iterator[tuple[str, str, str]]:
    """Give key, message and hint of each fault of one rule."""
    if rule.id in seen:
        yield "id", f"the rule {rule.id} stands twice", "rename one"
    for threat in rule.threats:
        if threat not in threats:
            yield "threats", f"there is no threat {threat}", "`aivss explain threats` lists them"
    try:
        if rule.when:
            parse_condition(rule.when, names)
    except ConditionError as fault:
        yield "when", f"when: {fault.message} at character {fault.column}", fault.hint


def names_of_gate(bits: Iterable[str]) -> frozenset[str]:
    """Give the names that a rule may ask for: what has a bit, classes and flags."""
    own = {f"class.{name.lower()}" for name in CLASSES} | {f"flag.{name}" for name in FLAGS}
    return frozenset({*bits, *own})
