"""Cedar, as gateways of Bedrock AgentCore evaluate it.

A policy whose evaluation fails is skipped, so that a `forbid` on an argument lets pass what it was
written against. Arguments are therefore only ever demanded by the `permit` itself; `forbid` stands
alone, without conditions. Nothing is permitted until the gateway's own ARN is filled in. Each
policy is a resource of its own there, of at most 10,000 characters.
"""

from collections.abc import Iterator, Sequence

from threatmodel.classify.result import ToolReading
from threatmodel.errors import first_of
from threatmodel.policy.formats.cedar_checks import cedar_check, cedar_string
from threatmodel.policy.formats.coverage import (
    ALTOGETHER,
    Arranged,
    Ledger,
    ToolGuards,
    Written,
    arrange,
    servers_of,
)
from threatmodel.policy.guard import SEARCHED, STRUCTURES, ArgumentCheck, Guard, GuardKind, Plan

GATEWAY = "arn:aws:bedrock-agentcore:REGION:ACCOUNT:gateway/GATEWAY"
"""Stands for the gateway until a person fills in the real one."""

_OTHERWISE: dict[GuardKind, str] = {
    "rate": "Decisions keep no counts.",
    "spend": "Decisions keep no sums.",
    "taint": "Decisions keep no memory of earlier calls.",
    "sequence": "Decisions keep no memory of earlier calls.",
    "repeat": "Decisions keep no counts.",
    "pin": "Definitions are not compared.",
    "schema": "A policy cannot list the arguments of a call.",
    "audit": "Recording is a setting of the gateway.",
}
_NOTES = (
    f"Replace {GATEWAY} by the gateway's ARN; until then every call is refused.",
    "The target must be named as the part before `___` in the actions.",
    "Create each permit and each forbid as a policy of its own; none is longer than it may be.",
)
_LISTED = (
    "The gateway's schema may make arguments with listed values another type than text; then it"
    " refuses the policies on them when they are created: "
)
_TOLD = 6
_PER_POLICY = 60
_LONGEST = 10_000
"""Characters that one policy may have."""

Text = Iterator[str]


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001
    """Write the plan as Cedar policies."""
    arranged, ledger = arrange(plan), Ledger(plan)
    policies = list(_policies(plan, arranged, ledger))
    if "default-deny" in arranged.everywhere:
        ledger.keep(arranged.everywhere["default-deny"])
    return ledger.written("\n".join(policies), _OTHERWISE, (*_NOTES, *_listed(arranged, readings)))


def _listed(arranged: Arranged, readings: Sequence[ToolReading]) -> list[str]:
    """Tell which tools are held by an argument whose values the schema lists."""
    listed = {
        (r.name, argument.path) for r in readings for argument in r.arguments if argument.enum
    }
    held = [
        tool.name
        for tool in arranged.callable
        if any((tool.name, c.path) in listed for g in tool.arguments for c in g.checks)
    ]
    return [f"{_LISTED}{first_of(held, _TOLD)}."] if held else []


def _policies(plan: Plan, arranged: Arranged, ledger: Ledger) -> Text:
    subject = arranged.everywhere.get("subject")
    who = _who(subject, ledger)
    plain: list[ToolGuards] = []
    refused = [tool for tool in arranged.tools if not tool.callable]
    ledger.keep(*(tool.access for tool in refused))
    for tool in arranged.callable:
        action = _actions(plan, [tool])
        room = _LONGEST - len(_permit(action, ["true", *who]))
        conditions = _fitting(tool, _conditions(tool, ledger), room, ledger)
        if conditions is None:
            refused.append(tool)
        elif conditions:
            yield _permit(action, [*conditions, *who])
        else:
            plain.append(tool)
    for some in _groups(plan, plain):
        yield _permit(_actions(plan, some), who)
    if arranged.default == "allow":
        yield _permit("action", who)
    refused.sort(key=lambda tool: tool.name)
    for some in _groups(plan, refused):
        yield f"forbid (\n  principal,\n  {_actions(plan, some)},\n  resource\n);\n"


def _groups(plan: Plan, tools: Sequence[ToolGuards]) -> Iterator[list[ToolGuards]]:
    """Split tools into groups whose names fit into one policy."""
    group: list[ToolGuards] = []
    for tool in tools:
        more = [*group, tool]
        if group and (len(more) > _PER_POLICY or len(_actions(plan, more)) > _LONGEST * 4 // 5):
            yield group
            more = [tool]
        group = more
    if group:
        yield group


Condition = tuple[Guard, str]
"""What a permit demands, and the guard that it is there for."""


def _fitting(
    tool: ToolGuards, conditions: list[Condition] | None, room: int, ledger: Ledger
) -> list[str] | None:
    """Give the conditions that fit: of those that give way, the longest go first.

    None where the tool has to be forbidden, since what may not give way is too long.
    """
    if conditions is None:
        return None
    giving = [
        one for one in conditions if one[0].checks and all(c.gives_way for c in one[0].checks)
    ]
    for longest in sorted(giving, key=lambda one: len(one[1]), reverse=True):
        if _length(conditions) <= room:
            break
        conditions = [one for one in conditions if one is not longest]
        ledger.drop(longest[0], "The checks of its tool are too long together for one policy.")
    if _length(conditions) > room:
        ledger.refuse(tool, "Its checks are too long for one policy: the tool is refused.")
        return None
    return [text for _, text in conditions]


def _length(conditions: Sequence[Condition]) -> int:
    return sum(len(text) + len("() &&\n  ") for _, text in conditions)


def _conditions(tool: ToolGuards, ledger: Ledger) -> list[Condition] | None:
    """Give what the permit demands, or None where the tool has to be forbidden."""
    if tool.access.kind == "approval":
        ledger.refuse(tool, "There is no approval step: the call is refused.")
        return None
    found: list[Condition] = []
    for guard in tool.arguments:
        for check in guard.checks:
            text = cedar_check(check)
            if lost := _lost(check, text):
                ledger.drop(guard, lost)
                continue
            if text is None:
                name = ".".join(check.path)
                ledger.weaken(guard, f"The tool is refused: `{name}` cannot be checked here.")
                ledger.subsume((tool.access, *tool.bounds), ALTOGETHER)
                return None
            found.append((guard, text))
            ledger.keep(guard)
    if tool.access.kind == "dry-run":
        ledger.rehearse(tool.access)
        written = map(cedar_check, tool.access.checks)
        found += [(tool.access, text) for text in written if text]
    else:
        ledger.keep(tool.access)
    return found


def _lost(check: ArgumentCheck, written: str | None) -> str:
    """Say why a check is left out rather than the tool refused, if it is."""
    if check.operator == "max_items":
        return "A set has no size here; a call may carry any number of items."
    if check.operator == "free_of":
        return "Patterns are not sought here, only the marks that it lists."
    searched = check.operator in SEARCHED and check.gives_way
    if searched and (written is None or check.type in STRUCTURES):
        return "Text inside a structure is not searched here."
    return ""


def _who(subject: Guard | None, ledger: Ledger) -> list[str]:
    if subject is None:
        return []
    ledger.keep(subject)
    names = ", ".join(cedar_string(name) for name in subject.values)
    return [f"principal is AgentCore::OAuthUser && [{names}].contains(principal.id)"]


def _actions(plan: Plan, tools: Sequence[ToolGuards]) -> str:
    servers = servers_of(plan)
    names = [
        f"AgentCore::Action::{cedar_string(f'{server}___{tool.name}')}"
        for tool in tools
        for server in servers[tool.name]
    ]
    if len(names) == 1:
        return f"action == {names[0]}"
    return "action in [\n    " + ",\n    ".join(names) + "\n  ]"


def _permit(actions: str, conditions: Sequence[str]) -> str:
    head = f"permit (\n  principal,\n  {actions},\n"
    head += f"  resource == AgentCore::Gateway::{cedar_string(GATEWAY)}\n)"
    if not conditions:
        return head + ";\n"
    return head + "\nwhen {\n  " + " &&\n  ".join(f"({one})" for one in conditions) + "\n};\n"
