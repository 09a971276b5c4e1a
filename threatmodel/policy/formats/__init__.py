"""The formats that policies are written in: one file each, and the one list of them."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from threatmodel._version import VERSION
from threatmodel.classify.result import ToolReading
from threatmodel.errors import AivssError, first_of, visible
from threatmodel.policy.guard import CompiledPolicy, Parameter, Plan


@dataclass(frozen=True, slots=True)
class Format:
    """What is told of a format apart from what its module writes."""

    title: str
    """Name of the product for people."""
    file_name: str
    module: str
    """Module below this package whose `compile` writes it."""
    place: str
    """Where the file goes, and how it is put there without losing what is there."""
    comment: str = "#"
    """What begins a comment; empty where the format has none."""
    keyed: bool = False
    """Whether tools are known by the name that the client or gateway gives to their server."""
    engine: str = ""
    """Module of `policy.proof` that asks the product's own engine; empty where there is none."""
    tried: str = ""
    """The version of the program that loaded such policies and decided calls by them, as
    docs/policies.md counts; empty where nobody here could ask the product itself."""
    reading: str = ""
    """Module of `policy.proof` with our own reading of it, which proves nothing of the product;
    empty where `read` of its own module gives one, or there is none."""


FORMATS: dict[str, Format] = {
    "policylayer": Format(
        "PolicyLayer (hosted)",
        "policy.json",
        "policylayer",
        "the policy editor of the server, as a whole",
        comment="",
        reading="engine_documents",
    ),
    "intercept": Format(
        "Intercept",
        "policy.yaml",
        "intercept",
        "beside the proxy; start it with this file",
        reading="engine_documents",
        tried="Intercept 1.1.0 (77f0429)",
    ),
    "cedar": Format(
        "Cedar (Bedrock AgentCore)",
        "policies.cedar",
        "cedar",
        "the policy engine that is attached to the AgentCore gateway, in enforce mode",
        comment="//",
        keyed=True,
        engine="engine_cedar",
        tried="Cedar, in cedarpy 4.12.2",
    ),
    "rego": Format(
        "OPA (Rego)",
        "policy.rego",
        "rego",
        "the bundle of the OPA that the gateway asks; it decides `data.mcp.authz`",
        engine="engine_rego",
        tried="OPA, in opa-golib-python-bindings 0.4.4",
    ),
    "agentgateway": Format(
        "agentgateway",
        "config.yaml",
        "agentgateway",
        "the `mcp:` section of its configuration; `agentgateway -f` takes the file alone",
        engine="engine_cel",
    ),
    "envoy": Format(
        "Envoy AI Gateway",
        "mcproute.yaml",
        "envoy",
        "`kubectl apply -f` this file, once the backend is filled in",
        engine="engine_cel",
    ),
    "claude-code": Format(
        "Claude Code",
        "settings.json",
        "claude_code",
        "`.claude/settings.json`; where there is one: jq -s '.[0] * .[1]' settings.json THIS",
        comment="",
        keyed=True,
        tried="Claude Code 2.1.197",
    ),
    "gemini-cli": Format(
        "Gemini CLI",
        "policy.toml",
        "gemini_cli",
        "`~/.gemini/policies/` under a name of its own; other files there stay",
        keyed=True,
        tried="Gemini CLI 0.61.0",
    ),
    "codex": Format(
        "Codex",
        "config.toml",
        "codex",
        "the end of `~/.codex/config.toml`, in place of this server's table",
        keyed=True,
        tried="Codex 0.171.0",
    ),
    "litellm": Format(
        "LiteLLM proxy",
        "config.yaml",
        "litellm",
        "the `mcp_servers:` of its configuration, beside the others",
        keyed=True,
        tried="LiteLLM 1.108.7",
    ),
    "docker": Format(
        "Docker MCP Gateway",
        "run.sh",
        "docker",
        "a script, `sh run.sh`, in place of the present `docker mcp gateway run`",
        keyed=True,
        tried="Docker MCP Gateway 0.43.3 (2bd20fe)",
    ),
    "contextforge": Format(
        "ContextForge",
        "plugins.yaml",
        "contextforge",
        "`plugins/config.yaml`; the plugins of others stay above these",
        keyed=True,
        tried="cpex 0.1.4 with the plugins of ContextForge 1.0.7",
    ),
    "kong": Format(
        "Kong",
        "kong.yaml",
        "kong",
        "`deck gateway apply` this file, once the route is filled in; `sync` would delete the rest",
    ),
}
"""Kind -> format, in the order in which they are listed."""


def compile_policy(kind: str, plan: Plan, readings: Sequence[ToolReading]) -> CompiledPolicy:
    """Write a plan in one format; raises AivssError for an unknown one."""
    if kind not in FORMATS:
        raise AivssError(f"unknown policy format '{kind}'", hint=f"one of: {', '.join(FORMATS)}")
    known = FORMATS[kind]
    written = module_of(kind).compile(plan, readings)
    return CompiledPolicy(kind, known.title, known.file_name, *written)


def module_of(kind: str) -> Any:  # noqa: ANN401 - a module, found by its name
    """Load the module of a format: `compile` writes it, and `read`, if it has one, reads it."""
    # By name, when it is asked for: a command that writes one format loads one of thirteen.
    return import_module(f"threatmodel.policy.formats.{FORMATS[kind].module}")


# A header line with its mark stays below 100 characters, where editors and reviews wrap.
_WIDTH = 96
_NAMED = 6


def headed(compiled: CompiledPolicy, plan: Plan, agent: str, digest: str, rules: str) -> str:
    """Give a policy with its header; as it is where the format has no comments.

    Args:
        compiled: The policy.
        plan: What it was compiled from.
        agent: Name of the agent; a stranger's word.
        digest: sha256 of the description; empty for an agent made in code.
        rules: Version of the rules.
    """
    mark = FORMATS[compiled.format].comment
    if not mark:
        return compiled.text
    lines = [
        line
        for told in _header_lines(compiled, plan, agent, digest, rules)
        for line in textwrap.wrap(visible(told), _WIDTH, subsequent_indent="  ")
    ]
    return "".join(f"{mark} {line}\n" for line in lines) + compiled.text


def _header_lines(
    compiled: CompiledPolicy, plan: Plan, agent: str, digest: str, rules: str
) -> list[str]:
    """Say what a policy file is, where it goes, what to fill in and what it does not hold."""
    name = " ".join(agent.split())
    of = f", description sha256 {digest[:16]}" if digest else ""
    lines = [
        f"Policy of {name} for {compiled.title}, preset {plan.preset}{of}.",
        f"Made by aivss {VERSION}, rules {rules}. Goes into: {FORMATS[compiled.format].place}.",
        _tried(compiled),
    ]
    if parameters := open_in(compiled, plan):
        names = list(dict.fromkeys(parameter.name for parameter in parameters))
        lines.append(f"To fill in, with safe defaults until then: {first_of(names, _NAMED)}.")
    dropped = {loss.guard for loss in compiled.losses if loss.outcome == "dropped"}
    kinds = Counter(guard.kind for guard in plan.guards if guard.id in dropped)
    if kinds:
        told = ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items()))
        lines.append(f"Does not hold: {told}.")
    return [*lines, *(f"Note: {note}" for note in compiled.notes)]


def _tried(compiled: CompiledPolicy) -> str:
    if tried := FORMATS[compiled.format].tried:
        return f"Policies of this form were loaded into, and decided by, {tried}."
    by = ", a CEL engine alone decided its expressions" if FORMATS[compiled.format].engine else ""
    return f"Not tried with {compiled.title} itself{by}."


def refused_instead(compiled: CompiledPolicy) -> frozenset[str]:
    """Give the guards that hold a call for a person, and here refuse it."""
    turned = ((loss.guard, loss.becomes) for loss in compiled.losses)
    return frozenset(guard for guard, becomes in turned if becomes not in ("", "approval"))


def open_in(compiled: CompiledPolicy, plan: Plan) -> list[Parameter]:
    """List what a person may fill in: nobody can say yes where a format asks nobody."""
    refused = refused_instead(compiled)
    return [p for p in plan.parameters if not (p.guards and refused.issuperset(p.guards))]
