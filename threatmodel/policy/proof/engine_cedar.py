"""Sessions behind Cedar policies, decided by cedarpy the way an AgentCore gateway asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threatmodel.policy.formats.cedar import GATEWAY
from threatmodel.policy.formats.coverage import arrange
from threatmodel.policy.guard import ITEMS, CompiledPolicy, Plan
from threatmodel.policy.proof.session import Call, CallOutcome, Opener, Session, version_of

PRODUCT = "Cedar by cedarpy"

INSTALL = "python -m pip install cedarpy"

_EFFECT = re.compile(r"^(permit|forbid)\b", re.MULTILINE)
_ACTION = re.compile(r'AgentCore::Action::"([^"\\]*?)___([^"\\]*)"')
_GATEWAY = re.compile(r'AgentCore::Gateway::"([^"\\]*)"')
_NULL = {"__entity": {"type": "AgentCore::Null", "id": "null"}}


def version() -> str:
    """Give the version of the package that is at hand; empty for none."""
    return version_of("cedarpy")


def opener(compiled: CompiledPolicy, plan: Plan, _fingerprints: dict[str, str]) -> Opener:
    """Load the policies once; sessions share them, as nothing is remembered."""
    import cedarpy  # noqa: PLC0415 - an optional part

    effects = _EFFECT.findall(compiled.text)
    forbids = {f"policy{n}" for n, effect in enumerate(effects) if effect == "forbid"}
    policies = cedarpy.PolicySet.from_str(compiled.text)
    gateway = _GATEWAY.search(compiled.text)
    asked = gateway[1] if gateway else GATEWAY
    named = _named(plan, compiled.text)
    session = _Session(cedarpy, policies, forbids, named, _decimals(plan), asked)
    return lambda: session


def _named(plan: Plan, text: str) -> dict[str, tuple[str, str]]:
    """Give each tool its target, as the policies call it, and its access guard."""
    servers = dict(plan.servers) | {tool: target for target, tool in _ACTION.findall(text)}
    return {
        tool.name: (servers.get(tool.name, plan.name), tool.access.id)
        for tool in arrange(plan).tools
    } | {"": (plan.name, "")}


def _decimals(plan: Plan) -> set[tuple[str, tuple[str, ...]]]:
    """List the arguments that the gateway's schema makes decimals."""
    checks = ((g.tool, check) for g in plan.guards for check in g.checks)
    return {(tool, check.path) for tool, check in checks if check.type == "number"}


@dataclass(slots=True)
class _Session(Session):
    cedarpy: Any
    policies: Any
    forbids: set[str]
    named: dict[str, tuple[str, str]]
    decimals: set[tuple[str, tuple[str, ...]]]
    gateway: str

    def call(self, call: Call) -> CallOutcome:
        server, access = self.named.get(call.tool, self.named[""])
        user = {"type": "AgentCore::OAuthUser", "id": call.subject or "nobody"}
        context = {"input": self._record(call.arguments, call.tool, ())}
        request = {
            "principal": user,
            "action": {"type": "AgentCore::Action", "id": f"{server}___{call.tool}"},
            "resource": {"type": "AgentCore::Gateway", "id": self.gateway},
            "context": context,
        }
        entities = [{"uid": user, "attrs": {"id": user["id"]}, "parents": []}]
        found = self.cedarpy.is_authorized(request, self.policies, entities)
        if found.allowed:
            return CallOutcome("pass")
        forbidden = self.forbids & set(found.diagnostics.reasons)
        return CallOutcome("refuse", (access,) if forbidden else ())

    def _record(self, value: Mapping[str, Any], tool: str, path: tuple[str, ...]) -> dict[str, Any]:
        return {key: self._value(inner, tool, (*path, key)) for key, inner in value.items()}

    def _value(self, value: Any, tool: str, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, Mapping):
            return self._record(value, tool, path)
        if isinstance(value, list):
            return [self._value(item, tool, (*path, ITEMS)) for item in value]
        if value is None:
            return _NULL
        if isinstance(value, bool | str):
            return value
        if isinstance(value, float) or (tool, path) in self.decimals:
            return {"__extn": {"fn": "decimal", "arg": _decimal(value)}}
        return value


def _decimal(value: float) -> str:
    whole, _, part = format(value, ".4f").partition(".")
    return f"{whole}.{part.rstrip('0') or 0}"
