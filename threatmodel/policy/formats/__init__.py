"""The formats that policies are written in: one file each, and the one list of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType

from threatmodel.classify.result import ToolReading
from threatmodel.errors import AivssError
from threatmodel.policy.guard import CompiledPolicy, GuardKind, Plan


@dataclass(frozen=True, slots=True)
class Format:
    """One format."""

    title: str
    """Name of the product for people."""

    file_name: str
    """Customary name of the file."""

    module: str
    """Module below this package that writes it: `CAN` and `compile`."""


FORMATS: dict[str, Format] = {
    "policylayer": Format("PolicyLayer (hosted)", "policy.json", "policylayer"),
    "intercept": Format("Intercept", "policy.yaml", "intercept"),
    "cedar": Format("Cedar (Bedrock AgentCore)", "policies.cedar", "cedar"),
    "rego": Format("OPA (Rego)", "policy.rego", "rego"),
    "agentgateway": Format("agentgateway", "config.yaml", "agentgateway"),
    "envoy": Format("Envoy AI Gateway", "mcproute.yaml", "envoy"),
    "claude-code": Format("Claude Code", "settings.json", "claude_code"),
    "gemini-cli": Format("Gemini CLI", "policy.toml", "gemini_cli"),
    "codex": Format("Codex", "config.toml", "codex"),
    "litellm": Format("LiteLLM proxy", "config.yaml", "litellm"),
    "docker": Format("Docker MCP Gateway", "run.sh", "docker"),
    "contextforge": Format("ContextForge", "plugins.yaml", "contextforge"),
    "kong": Format("Kong", "kong.yaml", "kong"),
}
"""Kind -> format, in the order in which they are listed."""


def can(kind: str) -> frozenset[GuardKind]:
    """Say which kinds of guard a format can express; raises AivssError for an unknown one."""
    known: frozenset[GuardKind] = _module(kind).CAN
    return known


def compile_policy(kind: str, plan: Plan, readings: Sequence[ToolReading]) -> CompiledPolicy:
    """Write a plan in one format; raises AivssError for an unknown one."""
    compiled: CompiledPolicy = _module(kind).compile(plan, readings)
    return compiled


MONITORS: dict[str, tuple[str, str, str]] = {
    "contextforge": ("mode: enforce", "mode: permissive", "Refusals are logged, calls pass."),
    "cedar": ("", "", "Attach the policy engine to the gateway in LOG_ONLY mode."),
}
"""Format that can watch without refusing -> what is written, what instead, and a note."""


def watching(compiled: CompiledPolicy) -> CompiledPolicy:
    """Turn a policy into one that only watches; raises AivssError where a format cannot."""
    if compiled.format not in MONITORS:
        raise AivssError(
            f"{compiled.title} has no mode that only watches",
            hint=f"these have: {', '.join(sorted(MONITORS))}; or replay recorded calls",
        )
    enforced, watched, note = MONITORS[compiled.format]
    text = compiled.text.replace(enforced, watched) if enforced else compiled.text
    return replace(compiled, text=text, notes=(note, *compiled.notes))


def _module(kind: str) -> ModuleType:
    if kind not in FORMATS:
        raise AivssError(f"unknown policy format '{kind}'", hint=f"one of: {', '.join(FORMATS)}")
    return import_module(f"threatmodel.policy.formats.{FORMATS[kind].module}")
