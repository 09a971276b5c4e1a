"""What the planner looks at: the tools, the wishes, and which open threats ask for which clause."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.description.overrides import Limit, PolicyWishes
from threatmodel.policy.guard import (
    EVERY,
    ITEMS,
    ArgumentCheck,
    Guard,
    GuardKind,
    Otherwise,
    RateLimit,
    key_of,
)
from threatmodel.policy.rules import PolicyRules, policy_rules
from threatmodel.policy.tools import Tools, tools_of
from threatmodel.rules.load import Knowledge
from threatmodel.threats.result import ThreatModel


@dataclass(frozen=True, slots=True)
class Asked:
    """Which open threats ask for which clause, and on which tools."""

    by_clause: Mapping[str, tuple[tuple[str, frozenset[str]], ...]]
    """Clause id -> (threat id, tools it abuses; none for all)."""

    def threats(self, clauses: Iterable[str], tool: str = EVERY) -> tuple[str, ...]:
        """List the open threats that ask for one of `clauses` on a tool, sorted."""
        found = {
            threat
            for clause in clauses
            for threat, tools in self.by_clause.get(clause, ())
            if tool == EVERY or not tools or tool in tools
        }
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Scope(Tools):
    """One agent as the planner sees it."""

    rules: PolicyRules
    asked: Asked
    wishes: PolicyWishes
    """What the purpose needs."""
    handed: bool = False
    """Whether other members hand it strangers' text, so that every session counts as tainted."""

    @property
    def needed(self) -> frozenset[str]:
        """Tools that the description names as needed."""
        return frozenset(self.wishes.tools) | {limit.tool for limit in self.wishes.limits}

    @property
    def let_through(self) -> frozenset[str]:
        """Tools that run without a person by decision; where both are said, waiting holds."""
        return frozenset(self.wishes.allow) - frozenset(self.wishes.approve)

    def wished(self, tool: str, path: tuple[str, ...]) -> tuple[str, ...]:
        """Give the values that an argument may hold: for this tool alone, else for every tool."""
        key = key_of(path)
        every = self.wishes.values
        return every.get(f"{tool}.{key}", every.get(key, ()))

    def limits(self, tool: str) -> tuple[Limit, ...]:
        """List the wished limits of a tool."""
        return tuple(limit for limit in self.wishes.limits if limit.tool == tool)


def scope_of(
    agent: Agent, readings: Sequence[ToolReading], model: ThreatModel, knowledge: Knowledge
) -> Scope:
    """Gather what the planner needs."""
    rules = policy_rules(knowledge)
    tools = tools_of(rules, agent, readings)
    seen: dict[str, Any] = {field.name: getattr(tools, field.name) for field in fields(tools)}
    asked, wishes = asked_of(model, knowledge), agent.policy or PolicyWishes()
    return Scope(**seen, rules=rules, asked=asked, wishes=wishes)


def asked_of(model: ThreatModel, knowledge: Knowledge) -> Asked:
    """Gather what the open threats ask for."""
    by_clause: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for finding in model.live:
        abused = finding.id, frozenset(finding.tools)
        for clause in knowledge.by_id[finding.id].clauses:
            by_clause.setdefault(clause, []).append(abused)
    return Asked({clause: tuple(found) for clause, found in by_clause.items()})


def path_text(path: tuple[str, ...]) -> str:
    """Spell a path for people: `messages[].value`."""
    return ".".join(path).replace(f".{ITEMS}", ITEMS)


# How one guard is put together: its id, its words and the threats it answers.


class Parts(TypedDict, total=False):
    """Fields of a guard that only some kinds have."""

    checks: tuple[ArgumentCheck, ...]
    limit: RateLimit
    after: tuple[str, ...]
    values: tuple[str, ...]
    named: tuple[tuple[str, tuple[str, ...]], ...]
    parameter: str
    message: str
    words: str
    clause: str
    tail: str
    otherwise: Otherwise
    because: str
    rule: str


def make(
    scope: Scope,
    kind: GuardKind,
    reading: ToolReading | None,
    slots: Mapping[str, str] | None = None,
    **parts: Unpack[Parts],
) -> Guard:
    """Make a guard of one tool, or of all tools without a reading.

    `words` names the row of `kinds.yaml` where it is not the kind's own, `tail` tells guards of one
    kind on one tool apart, `slots` fill the templates.
    """
    words = scope.rules.kinds[parts.get("words", kind)]
    clauses = (parts["clause"],) if "clause" in parts else words.clauses
    tool = reading.name if reading else EVERY
    filled = {"tool": tool, **(slots or {})}
    tail = parts.get("tail", "")
    return Guard(
        id=f"{kind}:{tool}:{tail}" if tail else f"{kind}:{tool}",
        kind=kind,
        tool=tool,
        effect=_effect(reading),
        threats=scope.asked.threats(clauses, tool),
        clause=clauses[0],
        says=with_reason(words.says.format_map(filled), parts.get("because", "")),
        message=parts.get("message") or words.message.format_map(filled),
        checks=parts.get("checks", ()),
        limit=parts.get("limit"),
        after=parts.get("after", ()),
        values=parts.get("values", ()),
        named=parts.get("named", ()),
        parameter=parts.get("parameter", ""),
        otherwise=parts.get("otherwise", "deny"),
        because=parts.get("because", ""),
        rule=parts.get("rule", ""),
    )


def with_reason(says: str, because: str) -> str:
    """Put the reason behind a sentence."""
    return f"{says.removesuffix('.')}: {because}." if because else says


def number(value: float | Decimal) -> str:
    """Write a number without a needless fraction or exponent."""
    exact = Decimal(str(value))
    whole = exact.to_integral_value()
    return format(whole if exact == whole else exact.normalize(), "f")


def _effect(reading: ToolReading | None) -> str:
    if reading is None or not reading.effects:
        return ""
    first = reading.effects[0]
    return f"{first.verb} {first.object}".strip()
