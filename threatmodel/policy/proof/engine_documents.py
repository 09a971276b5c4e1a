"""Sessions behind policies by our own reading: documents of conditions, and lists of names.

Intercept's document is read as its source has it (engine.go, snapshot 77f0429),
PolicyLayer's as its documentation has it. None is the product: nothing is proven by them.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from threatmodel.policy.formats.coverage import arrange
from threatmodel.policy.formats.names_only import NamesRead
from threatmodel.policy.guard import EVERY, CompiledPolicy, Plan
from threatmodel.policy.proof.session import (
    SECONDS,
    Call,
    CallOutcome,
    Opener,
    Session,
    next_window,
    same_json,
)
from threatmodel.scales import Window

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter that a rule reserves."""

    name: str
    """Scope and counter."""
    most: float
    """Largest value after the call."""
    seconds: int
    """Length of the window."""
    adds: str = ""
    """Path of the argument that is added; one per call where empty."""


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule of a tool."""

    message: str
    """What a refused caller reads."""
    conditions: tuple[Mapping[str, Any], ...] = ()
    """All must hold."""
    counted: Counted | None = None
    """Counter that the call is reserved on."""
    denies: bool = False
    """Whether it refuses whatever is asked."""
    unless: tuple[Mapping[str, Any], ...] = ()
    """Refuses when all of these hold."""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy as rules per tool."""

    default: str
    """`allow` or `deny`, for tools that are not listed."""
    hidden: frozenset[str]
    """Tools that are not offered."""
    rules: Mapping[str, tuple[PolicyRule, ...]]
    """Rules per tool, in order; those of `*` last."""


def opener(compiled: CompiledPolicy, plan: Plan, _fingerprints: dict[str, str]) -> Opener:
    """Read the document once."""
    read = _hosted if compiled.format == "policylayer" else _local
    document = read(compiled.text)
    messages: dict[tuple[str, str], list[str]] = {}
    for guard in plan.guards:
        messages.setdefault((guard.tool, guard.message), []).append(guard.id)
        if guard.limit:
            messages.setdefault((guard.tool, _quota_of(guard.limit.counter)), []).append(guard.id)
    for tool in arrange(plan).of_kind("hide"):
        messages[tool.name, _HIDDEN] = [tool.access.id]
    return lambda: _Session(document, messages)


_HIDDEN = "hidden by policy"


@dataclass(slots=True)
class _Session(Session):
    document: PolicyFile
    messages: dict[tuple[str, str], list[str]]
    now: int = 0
    used: dict[tuple[str, int], float] = field(default_factory=dict)

    def call(self, call: Call) -> CallOutcome:
        message = self._refusal(call)
        if message is None:
            return CallOutcome("pass")
        named = self.messages.get((call.tool, message), [])
        return CallOutcome("refuse", (*named, *self.messages.get((EVERY, message), [])))

    def wait(self, window: Window) -> bool:
        self.now = next_window(self.now, window)
        return True

    def _refusal(self, call: Call) -> str | None:
        if call.tool in self.document.hidden:
            return _HIDDEN
        if call.tool not in self.document.rules and self.document.default == "deny":
            return "not permitted by policy"
        rules = (*self.document.rules.get(call.tool, ()), *self.document.rules.get(EVERY, ()))
        for rule in rules:
            if rule.denies or not all(self._holds(one, call) for one in rule.conditions):
                return rule.message
            if rule.unless and all(self._holds(one, call) for one in rule.unless):
                return rule.message
        return self._reserve([rule for rule in rules if rule.counted], call)

    def _reserve(self, rules: list[PolicyRule], call: Call) -> str | None:
        """Reserve on all counters or on none."""
        reserved: list[tuple[tuple[str, int], float]] = []
        for rule in rules:
            counted = rule.counted
            if counted is None:
                continue
            amount = _number(_argument(counted.adds, call)) if counted.adds else 1
            key = (counted.name, self.now // counted.seconds)
            if self.used.get(key, 0) + amount > counted.most:
                return rule.message
            reserved.append((key, amount))
        for key, amount in reserved:
            self.used[key] = self.used.get(key, 0) + amount
        return None

    def _holds(self, condition: Mapping[str, Any], call: Call) -> bool:
        path = condition["path"]
        if path.startswith("state."):
            counter = path.removeprefix("state.")
            value: Any = max(
                (used for (name, _), used in self.used.items() if name == counter), default=0
            )
        else:
            value = _argument(path, call)
        if condition["op"] == "exists":
            return (value is not _MISSING) is condition["value"]
        return value is not _MISSING and _OPERATORS[condition["op"]](value, condition["value"])


def _argument(path: str, call: Call) -> Any:  # noqa: ANN401 - JSON
    value: Any = call.arguments
    for key in path.removeprefix("args.").split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return _MISSING if value is None else value


def _local(text: str) -> PolicyFile:
    document = yaml.safe_load(text)
    rules = {
        tool: tuple(_rule(tool, rule) for rule in row["rules"])
        for tool, row in document.get("tools", {}).items()
    }
    return PolicyFile(document.get("default", "allow"), frozenset(document.get("hide", ())), rules)


def _rule(tool: str, rule: Mapping[str, Any]) -> PolicyRule:
    message = rule.get("on_deny", f'Denied by rule "{rule["name"]}"')
    if "rate_limit" in rule:
        most, _, window = rule["rate_limit"].partition("/")
        name, seconds = f"{tool}._rate_{window}", SECONDS[cast("Window", window)]
        return PolicyRule(message, counted=Counted(name, float(most), seconds))
    conditions = tuple(rule.get("conditions", ()))
    if "state" not in rule:
        return PolicyRule(message, conditions, denies=rule.get("action") == "deny")
    state = rule["state"]
    name = f"{tool}.{state['counter']}"
    own = [c for c in conditions if c["path"] == f"state.{name}" and c["op"] in ("lt", "lte")]
    most = float(own[0]["value"]) if own else float("inf")
    counted = Counted(name, most, SECONDS[state["window"]], state.get("increment_from", ""))
    return PolicyRule(message, tuple(c for c in conditions if c not in own), counted)


def _hosted(text: str) -> PolicyFile:
    document = json.loads(text)
    rules = {tool: tuple(_granted(row)) for tool, row in document.get("tools", {}).items()}
    overall = tuple(map(_quota, document.get("all_tools", {}).get("limits", ())))
    return PolicyFile(
        document["default"],
        frozenset(document.get("hide", ())),
        rules | ({EVERY: overall} if overall else {}),
    )


def _granted(row: Mapping[str, Any]) -> Iterator[PolicyRule]:
    for rule in row.get("deny_if", ()):
        message = rule.get("on_deny", "denied")
        conditions = tuple(rule["conditions"])
        yield PolicyRule(message, denies=not conditions, unless=conditions)
    for rule in row.get("require", ()):
        yield PolicyRule(rule.get("on_deny", "required"), tuple(rule["conditions"]))
    yield from map(_quota, row.get("limits", ()))


def _quota(limit: Mapping[str, Any]) -> PolicyRule:
    counted = Counted(limit["counter"], limit["max"], SECONDS[limit["window"]])
    return PolicyRule(_quota_of(limit["counter"]), counted=counted)


def _quota_of(counter: str) -> str:
    return f"quota {counter}"


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    # What is no number cannot be counted: over every limit, so that the call is refused.
    return float("inf")


def _numeric(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def check(value: Any, bound: Any) -> bool:  # noqa: ANN401 - JSON
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and compare(value, bound)

    return check


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": same_json,
    "neq": lambda value, other: not same_json(value, other),
    "in": lambda value, others: any(same_json(value, other) for other in others),
    "not_in": lambda value, others: not any(same_json(value, other) for other in others),
    "lt": _numeric(lambda value, bound: value < bound),
    "lte": _numeric(lambda value, bound: value <= bound),
    "gt": _numeric(lambda value, bound: value > bound),
    "gte": _numeric(lambda value, bound: value >= bound),
    # Go's `$` ends the text; Python's also matches before a last line break.
    "regex": lambda value, pattern: (
        isinstance(value, str) and re.search(f"{pattern[:-1]}\\Z", value) is not None
    ),
    "contains": lambda value, other: other in value,
}


# Policies that know tools by name only.


_LOOSEST = ("pass", "hold", "refuse")


def names_opener(policy: NamesRead, plan: Plan) -> Opener:
    """Open sessions behind a policy that was read once; each counts for itself."""
    access = {tool.name: tool.access.id for tool in arrange(plan).tools}
    return lambda: _NamedSession(policy, plan, access)


@dataclass(slots=True)
class _NamedSession(Session):
    policy: NamesRead
    plan: Plan
    access: dict[str, str]
    # The formats count by the minute or not at all.
    minute: int = 0
    used: Counter[tuple[str, int]] = field(default_factory=Counter)

    def call(self, call: Call) -> CallOutcome:
        servers = [one for tool, one in self.plan.servers if tool == call.tool] or [self.plan.name]
        # Several may offer a tool of that name: what passes at one of them passes.
        decided = [(*self.policy.decide(one, call.tool, call.subject), one) for one in servers]
        verdict, named, server = min(decided, key=lambda one: _LOOSEST.index(one[0]))
        if verdict == "hold" and call.approved:
            verdict = "pass"
        if verdict == "pass" and not call.arguments.keys() <= self.policy.arguments.get(
            call.tool, call.arguments.keys()
        ):
            verdict = "refuse"
        if verdict == "pass" and not self._within(self.policy.counted(server, call.tool)):
            verdict = "refuse"
        stopped = named and verdict != "pass"
        return CallOutcome(verdict, (self.access.get(call.tool, ""),) if stopped else ())

    def wait(self, window: Window) -> bool:
        self.minute += SECONDS[window] // SECONDS["minute"]
        return True

    def _within(self, tool: str) -> bool:
        counters = [name for name in (tool, EVERY) if name in self.policy.limits]
        if any(self.used[name, self.minute] >= self.policy.limits[name] for name in counters):
            return False
        self.used.update((name, self.minute) for name in counters)
        return True
