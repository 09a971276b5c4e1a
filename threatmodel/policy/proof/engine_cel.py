"""Sessions behind CEL policies, decided by common-expression-language (`cel`).

The order of rules and the buckets are ours, as the sources of the two gateways have them.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from threatmodel.policy.formats.coverage import arrange
from threatmodel.policy.guard import CompiledPolicy, Plan
from threatmodel.policy.proof.session import (
    Call,
    CallOutcome,
    Opener,
    Session,
    next_window,
    version_of,
)
from threatmodel.scales import Window

if TYPE_CHECKING:
    import cel

PRODUCT = "CEL by common-expression-language"

INSTALL = "python -m pip install common-expression-language"

Expression = Callable[["_Asked"], bool | None]
"""True, false, or None where the evaluation fails."""

_BODY, _MATCHES = "aivss_body", "aivss_matches"
"""The message that a request carries, read once, and `matches`, asked once about each text."""
_TEXT = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
_REWRITTEN = re.compile(
    rf"{_TEXT}|(?P<body>(?<![\w.])json\(request\.body\))|(?P<matches>(?<=\.)matches(?=\())"
)


def version() -> str:
    """Give the version of the package that is at hand; empty for none."""
    return version_of("common-expression-language")


def opener(compiled: CompiledPolicy, plan: Plan, _fingerprints: dict[str, str]) -> Opener:
    """Compile the expressions once."""
    document = yaml.safe_load(compiled.text)
    access = {tool.name: tool.access.id for tool in arrange(plan).tools}
    if compiled.format == "envoy":
        return _route(document, access)
    return _gateway(document, access)


# The package raises what its types raise; a rule that fails is what both gateways make of it: no
# match.
_FAILS = (ValueError, TypeError, KeyError, RuntimeError, OverflowError)


# It tells of each function that fails, which here says no more than that a rule does not match.
logging.getLogger("cel").setLevel(logging.CRITICAL)


class _Asked:
    """What rules may ask about one call, handed to the package once for all of them."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        import cel  # noqa: PLC0415 - an optional part

        self.variables = variables
        self._context: cel.Context | None = None
        with suppress(*_FAILS):
            self._context = cel.Context(dict(variables), dict(_FUNCTIONS))
            self._context.add_variable(_BODY, json.loads(variables["request"]["body"]))

    def __or__(self, more: Mapping[str, Any]) -> "_Asked":
        """Add what only some rules may ask about."""
        return _Asked({**self.variables, **more})

    def decided(self, program: "cel.Program") -> bool | None:
        """Put it to a rule; None where that fails, or what is asked is nothing for the package."""
        with suppress(*_FAILS):
            found = program.execute(self._context) if self._context else None
            return found if isinstance(found, bool) else None
        return None


# Policies that differ in one guard share all other rules.
@lru_cache(maxsize=1024)
def _expression(text: str) -> Expression:
    import cel  # noqa: PLC0415 - an optional part

    program = cel.compile(_REWRITTEN.sub(_asked_once, text))
    return lambda asked: asked.decided(program)


def _asked_once(found: re.Match[str]) -> str:
    return {"body": _BODY, "matches": _MATCHES}.get(found.lastgroup or "", found[0])


def _matches(text: object, pattern: str) -> bool:
    return _matched(text, sys.intern(pattern))


# The package reads a pattern anew each time, which for long ones takes longer than all else.
@lru_cache(maxsize=4096)
def _matched(text: object, pattern: str) -> bool:
    import cel  # noqa: PLC0415 - an optional part

    return bool(cel.evaluate("text.matches(pattern)", {"text": text, "pattern": pattern}))


_FUNCTIONS: dict[str, Callable[..., Any]] = {"json": json.loads, _MATCHES: _matches}


def _route(document: Mapping[str, Any], access: dict[str, str]) -> Opener:
    rules = document["spec"]["securityPolicy"]["authorization"]
    compiled = [(rule.get("action", "Allow"), _rule(rule)) for rule in rules.get("rules", ())]
    session = _Route(rules.get("defaultAction", "Deny"), compiled, access)
    return lambda: session


def _rule(rule: Mapping[str, Any]) -> Expression:
    """Read a rule: its expression, its targets and the claims it asks for must all fit."""
    expression = _expression(rule.get("cel", "true"))
    targets = [target["tool"] for target in rule.get("target", {}).get("tools", ())]
    claims = rule.get("source", {}).get("jwt", {}).get("claims", ())

    def matches(asked: _Asked) -> bool | None:
        request = asked.variables["request"]
        held = request["auth"]["jwt"]["claims"]
        if targets and request["mcp"]["tool"] not in targets:
            return False
        if any(held.get(claim["name"]) not in claim["values"] for claim in claims):
            return False
        return expression(asked)

    return matches


@dataclass(slots=True)
class _Route(Session):
    """Rules in order: the first that is true decides; one that fails does not match."""

    default: str
    rules: Sequence[tuple[str, Expression]]
    access: dict[str, str]

    def call(self, call: Call) -> CallOutcome:
        params = {"name": call.tool, "arguments": dict(call.arguments)}
        claims = {"sub": call.subject} if call.subject else {}
        mcp = {"method": "tools/call", "tool": call.tool, "params": params}
        request = {"method": "POST", "mcp": mcp, "auth": {"jwt": {"claims": claims}}}
        asked = _Asked({"request": request})
        for action, matches in self.rules:
            if matches(asked):
                named = (self.access.get(call.tool, ""),) if action == "Deny" else ()
                return CallOutcome("pass" if action == "Allow" else "refuse", named)
        return CallOutcome("pass" if self.default == "Allow" else "refuse")


@dataclass(frozen=True, slots=True)
class _Bucket:
    condition: Expression
    size: int
    seconds: int


@dataclass(frozen=True, slots=True)
class _Gateway:
    allow: Sequence[Expression]
    deny: Sequence[Expression]
    require: Sequence[Expression]
    on_request: Sequence[Expression]
    buckets: Sequence[_Bucket]
    access: dict[str, str]


def _gateway(document: Mapping[str, Any], access: dict[str, str]) -> Opener:
    policies = document["mcp"]["policies"]
    rules = [
        {"allow": rule} if isinstance(rule, str) else rule
        for rule in policies.get("mcpAuthorization", {}).get("rules", ())
    ]
    outer = policies.get("authorization", {}).get("rules", ())
    buckets = policies.get("localRateLimit", {}).get("conditional", ())
    gateway = _Gateway(
        [_expression(rule["allow"]) for rule in rules if "allow" in rule],
        [_expression(rule["deny"]) for rule in rules if "deny" in rule],
        [_expression(rule["require"]) for rule in rules if "require" in rule],
        [_expression(rule["require"]) for rule in outer if "require" in rule],
        [
            _Bucket(_expression(b["condition"]), b["maxTokens"], int(b["fillInterval"][:-1]))
            for b in buckets
        ],
        access,
    )
    return lambda: _GatewaySession(gateway)


@dataclass(slots=True)
class _GatewaySession(Session):
    """No deny, every require, then one allow; only the first bucket that fits is drawn from."""

    gateway: _Gateway
    now: int = 0
    used: dict[int, tuple[int, int]] = field(default_factory=dict)

    def call(self, call: Call) -> CallOutcome:
        params = {"name": call.tool, "arguments": dict(call.arguments)}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        variables: dict[str, Any] = {"request": {"method": "POST", "body": body}}
        variables["jwt"] = {"sub": call.subject} if call.subject else {}
        asked = _Asked(variables)
        if not all(rule(asked) for rule in self.gateway.on_request):
            return CallOutcome("refuse")
        tool = asked | {"mcp": {"tool": {"name": call.tool}}}
        denied = any(rule(tool) for rule in self.gateway.deny)
        if denied or not all(rule(tool) for rule in self.gateway.require):
            return CallOutcome("refuse", (self.gateway.access.get(call.tool, ""),))
        if self.gateway.allow and not any(rule(tool) for rule in self.gateway.allow):
            return CallOutcome("refuse")
        return CallOutcome("pass" if self._draw(asked) else "refuse")

    def wait(self, window: Window) -> bool:
        self.now = next_window(self.now, window)
        return True

    def _draw(self, asked: _Asked) -> bool:
        for number, bucket in enumerate(self.gateway.buckets):
            if bucket.condition(asked):
                window, used = self.used.get(number, (0, 0))
                if window != self.now // bucket.seconds:
                    window, used = self.now // bucket.seconds, 0
                self.used[number] = (window, used + 1)
                return used < bucket.size
        return True
