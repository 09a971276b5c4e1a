"""Gemini CLI: rules of its policy engine, in TOML.

The highest priority wins. Arguments are matched as the text of their JSON, where a key may stand
in more than one place: no rule allows by such a pattern, the user is asked instead.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence

from threatmodel.classify.result import ToolReading
from threatmodel.emit import JsonData, toml_table
from threatmodel.errors import SHORT, slug
from threatmodel.policy.formats.coverage import (
    Arranged,
    Ledger,
    ToolGuards,
    Written,
    arrange,
    servers_of,
)
from threatmodel.policy.formats.names_only import BY_NAME, NamesRead, asks
from threatmodel.policy.guard import CallVerdict, Plan

_NOTES = (
    "As an admin policy (/etc/gemini-cli/policies) these rules cannot be overridden.",
    "The server must be named as mcpName in settings.json; its name must hold no underscore.",
    "Without a person at the terminal, asking is refusing.",
)
# Between 0 and 999, with room on both sides: a person's own rule can stand before ours or after.
_FIRST, _LAST = 900, 100


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as policy rules."""
    arranged, ledger = arrange(plan), Ledger(plan)
    return ledger.written(
        "\n".join(toml_table("[[rule]]", rule) for rule in _rules(plan, arranged, ledger)),
        BY_NAME,
        _NOTES,
    )


def _rules(plan: Plan, arranged: Arranged, ledger: Ledger) -> Iterator[dict[str, JsonData]]:
    offered = servers_of(plan)
    names = {server: slug(server, SHORT) for _, server in plan.servers}
    for tool in arranged.tools:
        decision = _decision(tool, ledger)
        for server in dict.fromkeys(names.get(one, one) for one in offered[tool.name]):
            rule: dict[str, JsonData] = {"mcpName": server, "toolName": tool.name}
            rule |= {"decision": decision, "priority": _FIRST}
            if decision == "deny":
                rule["denyMessage"] = tool.access.message
            yield rule
    fallback = arranged.everywhere.get("default-deny")
    for server in sorted({plan.name, *names.values()}):
        decision = "deny" if fallback else "allow"
        rule = {"mcpName": server, "toolName": "*", "decision": decision, "priority": _LAST}
        if fallback:
            rule["denyMessage"] = fallback.message
        yield rule
    if fallback:
        ledger.keep(fallback)


def _decision(tool: ToolGuards, ledger: Ledger) -> str:
    if not tool.callable:
        ledger.keep(tool.access)
        return "deny"
    return "ask_user" if asks(tool, ledger) else "allow"


def read(text: str) -> NamesRead:
    """Read rules: the highest priority that names a tool decides, whatever its arguments."""
    rules = sorted(tomllib.loads(text)["rule"], key=lambda rule: -int(rule["priority"]))
    verdicts: Mapping[str, CallVerdict] = {"allow": "pass", "ask_user": "hold", "deny": "refuse"}

    def decide(_server: str, tool: str, _subject: str) -> tuple[CallVerdict, bool]:
        for rule in rules:
            names = rule.get("toolName", "*")
            every = names == "*"
            fits = every or tool in ([names] if isinstance(names, str) else names)
            if fits and "argsPattern" not in rule:
                return verdicts[rule["decision"]], not every
        return "hold", False

    return NamesRead(decide)
