"""What stands at the top of a policy file: what it is, for whom, where it goes, what it lacks."""

import textwrap
from collections import Counter

from threatmodel._version import VERSION
from threatmodel.errors import visible
from threatmodel.policy.formats import FORMATS
from threatmodel.policy.guard import CompiledPolicy, Plan

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
        for told in header_lines(compiled, plan, agent, digest, rules)
        for line in textwrap.wrap(visible(told), _WIDTH, subsequent_indent="  ")
    ]
    return "".join(f"{mark} {line}\n" for line in lines) + compiled.text


def header_lines(
    compiled: CompiledPolicy, plan: Plan, agent: str, digest: str, rules: str
) -> list[str]:
    """Say what a policy file is, where it goes, what to fill in and what it does not hold."""
    name = " ".join(agent.split())
    of = f", description sha256 {digest[:16]}" if digest else ""
    lines = [
        f"Policy of {name} for {compiled.title}, preset {plan.preset}{of}.",
        f"Made by aivss {VERSION}, rules {rules}. Goes into: {FORMATS[compiled.format].place}.",
    ]
    if plan.parameters:
        names = list(dict.fromkeys(parameter.name for parameter in plan.parameters))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        lines.append(
            f"To fill in, with safe defaults until then: {', '.join(names[:_NAMED])}{more}."
        )
    kinds = Counter(guard.kind for guard in plan.guards if guard.id in _dropped(compiled))
    if kinds:
        told = ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items()))
        lines.append(f"Does not hold: {told}.")
    return [*lines, *(f"Note: {note}" for note in compiled.notes)]


def _dropped(compiled: CompiledPolicy) -> frozenset[str]:
    return frozenset(loss.guard for loss in compiled.losses if loss.outcome == "dropped")
