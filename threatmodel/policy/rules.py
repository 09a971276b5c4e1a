"""The rules of frameworks/policy/ as the planner reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.rules import guards
from threatmodel.rules.advise import AdviseRules
from threatmodel.rules.decode import decoded
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.rules.recommended import AccessRule, ArgumentRule, Shapes


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """Everything in frameworks/policy/ that a plan is made by; `rules/policy.py` says more."""

    classes: dict[str, guards.Access]
    derived: guards.Derived
    """Where the recommended preset departs from it."""
    access: tuple[AccessRule, ...]
    """What tools get for what they reach; the first that fits."""
    arguments: tuple[ArgumentRule, ...]
    """What arguments may hold; the first that fits."""
    graver: frozenset[str]
    """Facts beside which no tool is let through by its name, unless a rule knows of them."""
    mild_words: frozenset[str]
    strong_values: tuple[str, ...]
    """Values of arguments that are final."""
    kinds: dict[str, guards.KindWords]
    limits: tuple[guards.LimitRule, ...]
    values: guards.CheckRule
    items: guards.CheckRule
    taint: guards.Taint
    sequence: tuple[guards.Order, ...]
    inherit: guards.Inherit
    condition: guards.CreditCondition
    """What must hold for any credit."""
    attended_keep: frozenset[str]
    credits: tuple[guards.Credit, ...]
    hostile: dict[str, tuple[tuple[str, str | int], ...]]
    """How a check compares -> what a replay tries, and the value."""
    shapes: Shapes
    """What text may look like."""
    advise: AdviseRules
    """What `aivss advise` may ask for."""


@per_rules
def policy_rules(knowledge: Knowledge) -> PolicyRules:
    """Give the policy rules of the knowledge."""
    rows: Mapping[str, Any] = knowledge.sections["policy"]
    return decoded(PolicyRules, {**rows, "arguments": rows["arguments_of_effects"]})


def picks(pick: guards.Pick, reading: ToolReading) -> bool:
    """Tell whether a tool is picked."""
    return (
        reading.tool_class in pick.classes
        or any(flag in pick.flags for flag in reading.flags)
        or any(argument.role in pick.roles for argument in reading.arguments)
        or any(effect.verb in pick.effects for effect in reading.effects)
    )


def wants(cover: guards.Cover, reading: ToolReading) -> bool:
    """Tell whether a tool must be guarded."""
    return picks(cover, reading) and not (cover.changing and reading.tool_class == "Read")
