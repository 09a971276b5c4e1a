"""Sessions behind policies that know tools by name only, by our own reading of each format."""

import json
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from threatmodel.policy.formats.claude_code import written_rule
from threatmodel.policy.formats.contextforge import gateway_name
from threatmodel.policy.formats.coverage import arrange
from threatmodel.policy.formats.names_only import NOBODY
from threatmodel.policy.guard import EVERY, CompiledPolicy, Plan
from threatmodel.policy.proof.session import SECONDS, Answer, Call, Opener, Session, Verdict
from threatmodel.scales import Window

Decide = Callable[[str, str, str], tuple[Verdict, bool]]
"""Server, tool and subject -> verdict, and whether the tool is named for it."""


def opener(compiled: CompiledPolicy, plan: Plan, _fingerprints: dict[str, str]) -> Opener:
    """Read the policy once; nothing is remembered between calls."""
    access = {tool.name: tool.access.id for tool in arrange(plan).tools}
    decide = _READERS[compiled.format](compiled.text)
    limits = _LIMITS.get(compiled.format, _unlimited)(compiled.text)
    named = _named(compiled.text) if compiled.format == "litellm" else {}
    counted = gateway_name if compiled.format == "contextforge" else _own_name
    return lambda: _Session(decide, limits, named, counted, plan, access)


def _own_name(_server: str, tool: str) -> str:
    return tool


@dataclass(slots=True)
class _Session(Session):
    decide: Decide
    limits: Mapping[str, int]
    named: Mapping[str, frozenset[str]]
    counted: Callable[[str, str], str]
    plan: Plan
    access: dict[str, str]
    minute: int = 0
    used: Counter[tuple[str, int]] = field(default_factory=Counter)

    def call(self, call: Call) -> Answer:
        server = dict(self.plan.servers).get(call.tool, self.plan.name)
        verdict, named = self.decide(server, call.tool, call.subject)
        if verdict == "hold" and call.approved:
            verdict = "pass"
        if verdict == "pass" and not call.arguments.keys() <= self.named.get(
            call.tool, call.arguments.keys()
        ):
            verdict = "refuse"
        if verdict == "pass" and not self._within(self.counted(server, call.tool)):
            verdict = "refuse"
        stopped = named and verdict != "pass"
        return Answer(verdict, (self.access.get(call.tool, ""),) if stopped else ())

    def wait(self, window: Window) -> bool:
        self.minute += SECONDS[window] // SECONDS["minute"]
        return True

    def _within(self, tool: str) -> bool:
        counters = [name for name in (tool, EVERY) if name in self.limits]
        if any(self.used[name, self.minute] >= self.limits[name] for name in counters):
            return False
        self.used.update((name, self.minute) for name in counters)
        return True


def _claude_code(text: str) -> Decide:
    rules = json.loads(text)["permissions"]
    order: tuple[tuple[str, Verdict], ...] = (
        ("deny", "refuse"),
        ("ask", "hold"),
        ("allow", "pass"),
    )

    def decide(server: str, tool: str, _subject: str) -> tuple[Verdict, bool]:
        for name, verdict in order:
            if any(_matches(rule, server, tool) for rule in rules.get(name, ())):
                return verdict, True
        return ("refuse" if rules.get("defaultMode") == "dontAsk" else "hold"), False

    return decide


def _matches(rule: str, server: str, tool: str) -> bool:
    """Tell whether a rule names a tool: in full, by a `*` at the end, or by its server."""
    name = written_rule(server, tool)
    if rule.endswith("*") and rule.startswith(written_rule(server, "")):
        return name.startswith(rule[:-1])
    return rule in (name, written_rule(server, "").removesuffix("__"))


def _gemini_cli(text: str) -> Decide:
    rules = sorted(tomllib.loads(text)["rule"], key=lambda rule: -int(rule["priority"]))
    verdicts: Mapping[str, Verdict] = {"allow": "pass", "ask_user": "hold", "deny": "refuse"}

    def decide(_server: str, tool: str, _subject: str) -> tuple[Verdict, bool]:
        for rule in rules:
            names = rule.get("toolName", "*")
            every = names == "*"
            fits = every or tool in ([names] if isinstance(names, str) else names)
            if fits and "argsPattern" not in rule:
                return verdicts[rule["decision"]], not every
        return "hold", False

    return decide


def _listed(allowed: list[str] | None, refused: list[str] | None) -> Decide:
    """Read two lists; where there is only one, a tool is refused by not being on it."""

    def decide(_server: str, tool: str, _subject: str) -> tuple[Verdict, bool]:
        if refused is not None and tool in refused:
            return "refuse", True
        if allowed is None or tool in allowed:
            return "pass", False
        return "refuse", refused is None

    return decide


def _codex(text: str) -> Decide:
    tables = tomllib.loads(text).get("mcp_servers", {}).values()
    limited = [table["enabled_tools"] for table in tables if "enabled_tools" in table]
    refused = [name for table in tables for name in table.get("disabled_tools", ())]
    listed = _listed([n for names in limited for n in names] if limited else None, refused)
    rows = (row for table in tables for row in table.get("tools", {}).items())
    asked = {name for name, row in rows if row.get("approval_mode") == "prompt"}

    def decide(server: str, tool: str, subject: str) -> tuple[Verdict, bool]:
        verdict, named = listed(server, tool, subject)
        return ("hold", True) if verdict == "pass" and tool in asked else (verdict, named)

    return decide


def _litellm(text: str) -> Decide:
    server = next(iter(yaml.safe_load(text)["mcp_servers"].values()))
    return _listed(server.get("allowed_tools"), server.get("disallowed_tools", []))


def _named(text: str) -> dict[str, frozenset[str]]:
    """Give the arguments that each tool may be called with, of those that LiteLLM holds to some."""
    server = next(iter(yaml.safe_load(text)["mcp_servers"].values()))
    return {tool: frozenset(some) for tool, some in server.get("allowed_params", {}).items()}


def _docker(text: str) -> Decide:
    words = shlex.split(text.replace("\\\n", ""), comments=True)
    if words[:4] != ["docker", "mcp", "gateway", "run"]:
        raise ValueError("it does not start the gateway")
    flags = [word.removeprefix("--tools=") for word in words if word.startswith("--tools=")]
    return _listed([flag.partition(":")[2] for flag in flags] if flags else None, None)


def _contextforge(text: str) -> Decide:
    config = yaml.safe_load(text)["plugins"][0]["config"]
    rules = config["engines"][0]["settings"]["rules"]
    allowed = [rule["actions"][0].removeprefix("tools.invoke.") for rule in rules]
    listed = _listed(allowed if config["default_decision"] == "deny" else None, None)
    return lambda server, tool, subject: listed(server, gateway_name(server, tool), subject)


def _kong(text: str) -> Decide:
    config: Mapping[str, Any] = yaml.safe_load(text)["plugins"][0]["config"]
    lists = {tool["name"]: tool["acl"]["allow"] for tool in config["tools"]}
    default = config["default_acl"][0]["allow"]

    def decide(_server: str, tool: str, subject: str) -> tuple[Verdict, bool]:
        groups = lists.get(tool, default)
        refused = groups == [NOBODY]
        known = subject in groups or re.fullmatch("agents", groups[0]) is not None
        return ("pass" if known and not refused else "refuse"), refused and tool in lists

    return decide


def _unlimited(_text: str) -> dict[str, int]:
    return {}


def _per_server(text: str) -> dict[str, int]:
    server = next(iter(yaml.safe_load(text)["mcp_servers"].values()))
    return {EVERY: server["rpm"]} if "rpm" in server else {}


def _per_minute(text: str) -> dict[str, int]:
    plugins = yaml.safe_load(text)["plugins"]
    config: dict[str, Any] = next((p["config"] for p in plugins if p["name"] == "RateLimiter"), {})
    overall = {EVERY: config["by_user"]} if "by_user" in config else {}
    rates = {**config.get("by_tool", {}), **overall}
    return {tool: int(rate.removesuffix("/m")) for tool, rate in rates.items()}


_LIMITS: dict[str, Callable[[str], dict[str, int]]] = {
    "litellm": _per_server,
    "contextforge": _per_minute,
}
_READERS: dict[str, Callable[[str], Decide]] = {
    "claude-code": _claude_code,
    "gemini-cli": _gemini_cli,
    "codex": _codex,
    "litellm": _litellm,
    "docker": _docker,
    "contextforge": _contextforge,
    "kong": _kong,
}
