"""What the planner looks at: the tools, the wishes, and which open threats ask for which clause."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict, Unpack

from threatmodel.classify.result import Argument, ToolReading
from threatmodel.classify.schema import all_named, nodes
from threatmodel.description.agent import Agent, Tool
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
from threatmodel.policy.recommended import Ruled, access_rule, ruled
from threatmodel.policy.rules import PolicyRules, policy_rules
from threatmodel.rules.load import Knowledge
from threatmodel.threats.finding import ThreatModel

_ORDER = ("Read", "Write", "Execute", "Financial", "Destructive")


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
class Scope:
    """One agent as the planner sees it."""

    rules: PolicyRules
    asked: Asked
    """What the threats ask for."""
    readings: tuple[ToolReading, ...]
    """Tools, each name once; of two with one name the more dangerous."""
    arguments: Mapping[str, tuple[Argument, ...]]
    """Tool name -> its arguments, those without a role included."""
    ruled: Mapping[str, tuple[Ruled, ...]]
    """Tool name -> each argument with the rule that decides what it may hold."""
    defaults: Mapping[tuple[str, tuple[str, ...]], object]
    """Tool and path of an argument -> what the schema says the server takes without it."""
    floors: Mapping[tuple[str, tuple[str, ...]], object]
    """Tool and path of an argument -> the smallest number that its schema takes."""
    bounds: Mapping[tuple[str, tuple[str, ...]], object]
    """Tool and path of an argument -> the largest number that its schema takes."""
    named: tuple[tuple[str, tuple[str, ...]], ...]
    """Tool -> its arguments, of tools whose schema names them all; sorted by tool."""
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
    agent: Agent, readings: Iterable[ToolReading], model: ThreatModel, knowledge: Knowledge
) -> Scope:
    """Gather what the planner needs."""
    rules = policy_rules(knowledge)
    unique = tuple(_settled(rules, reading) for reading in _unique(readings))
    tools = {tool.name: tool for tool in agent.known_tools}
    arguments = {r.name: (*r.arguments, *_others(r, tools.get(r.name))) for r in unique}
    return Scope(
        rules,
        asked_of(model, knowledge),
        unique,
        arguments,
        {r.name: ruled(rules, r, arguments[r.name]) for r in unique},
        _told(tools, arguments, "default"),
        _told(tools, arguments, "minimum"),
        _told(tools, arguments, "maximum"),
        _named(unique, tools),
        agent.policy or PolicyWishes(),
    )


def asked_of(model: ThreatModel, knowledge: Knowledge) -> Asked:
    """Gather what the open threats ask for."""
    by_clause: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for finding in model.live:
        for clause in knowledge.by_id[finding.id].clauses:
            by_clause.setdefault(clause, []).append((finding.id, frozenset(finding.tools)))
    return Asked({clause: tuple(found) for clause, found in by_clause.items()})


def spelled(path: tuple[str, ...]) -> str:
    """Spell a path for people: `messages[].value`."""
    return ".".join(path).replace(f".{ITEMS}", ITEMS)


def _unique(readings: Iterable[ToolReading]) -> tuple[ToolReading, ...]:
    found: dict[str, ToolReading] = {}
    for reading in readings:
        if reading.name == EVERY:  # would read as all tools; unlisted, it is refused
            continue
        known = found.get(reading.name)
        if known is None or _rank(reading) > _rank(known):
            found[reading.name] = reading
    return tuple(found.values())


def _settled(rules: PolicyRules, reading: ToolReading) -> ToolReading:
    """Take the brake off what a rule says is none."""
    if reading.brake:
        row = access_rule(rules, reading, reading.arguments)
        return reading._replace(brake=row is None or not row.no_brake)
    return reading


def _rank(reading: ToolReading) -> tuple[bool, int]:
    return not reading.brake, _ORDER.index(reading.tool_class)


def _named(
    readings: Iterable[ToolReading], tools: Mapping[str, Tool]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give the arguments of each tool that the schema names all of."""
    known = sorted(r.name for r in readings if r.name in tools)
    found = ((name, all_named(tools[name].input_schema)) for name in known)
    return tuple((name, names) for name, names in found if names is not None)


def _told(
    tools: Mapping[str, Tool], arguments: Mapping[str, Iterable[Argument]], what: str
) -> dict[tuple[str, tuple[str, ...]], object]:
    """Gather what schemas say of arguments under one keyword, where they do."""
    found = {
        (name, argument.path): _said(tools.get(name), argument.path, what)
        for name, some in arguments.items()
        for argument in some
    }
    return {place: told for place, told in found.items() if told is not None}


def _said(tool: Tool | None, path: tuple[str, ...], what: str) -> object:
    shape: object = tool.input_schema if tool else None
    for key in path:
        inner = (
            shape.get("items" if key == ITEMS else "properties")
            if isinstance(shape, dict)
            else None
        )
        shape = inner if key == ITEMS else inner.get(key) if isinstance(inner, dict) else None
    return shape.get(what) if isinstance(shape, dict) else None


def _others(reading: ToolReading, tool: Tool | None) -> Iterator[Argument]:
    """List arguments of the schema that the reading leaves out, without a role.

    What stands inside an object counts as well: many servers take all arguments in one.
    """
    schema = tool.input_schema if tool else None
    known = {argument.path for argument in reading.arguments}
    for node in nodes(schema) if isinstance(schema, dict) else ():
        outer = len(node.path) == 1 or node.path[1:] == (ITEMS,)
        if node.path not in known and (outer or (node.type != "object" and node.path[-1] != ITEMS)):
            kind = "any" if node.mixed else node.type
            yield Argument(node.path, "other", kind, node.required, node.is_array)


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


def listed(values: Iterable[object], joint: str = "or") -> str:
    """Join values for a sentence: `a, b or c`."""
    words = [str(value) for value in values]
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else "".join(words)


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
