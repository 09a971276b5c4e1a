"""Cedar, as gateways of Bedrock AgentCore evaluate it.

A policy whose evaluation fails is skipped, so that a `forbid` on an argument lets pass what it was
written against. Arguments are therefore only ever demanded by the `permit` itself; `forbid` stands
alone, without conditions. Nothing is permitted until the gateway's own ARN is filled in.
"""

from collections.abc import Iterator, Sequence

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats.cedar_checks import cedar_check, cedar_string
from threatmodel.policy.formats.coverage import Arranged, Ledger, ToolGuards, Written, arrange
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
)
_PER_POLICY = 60
_ALTOGETHER = "The tool is refused altogether."

Text = Iterator[str]


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as Cedar policies."""
    arranged, ledger = arrange(plan), Ledger(plan)
    policies = list(_policies(plan, arranged, ledger))
    if "default-deny" in arranged.everywhere:
        ledger.keep(arranged.everywhere["default-deny"])
    return ledger.written("\n".join(policies), _OTHERWISE, _NOTES)


def _policies(plan: Plan, arranged: Arranged, ledger: Ledger) -> Text:
    subject = arranged.everywhere.get("subject")
    who = _who(subject, ledger)
    plain: list[ToolGuards] = []
    refused = [tool for tool in arranged.tools if not tool.callable]
    ledger.keep(*(tool.access for tool in refused))
    for tool in arranged.callable:
        conditions = _conditions(tool, ledger)
        if conditions is None:
            refused.append(tool)
        elif conditions:
            yield _permit(_actions(plan, [tool]), [*conditions, *who])
        else:
            plain.append(tool)
    for start in range(0, len(plain), _PER_POLICY):
        yield _permit(_actions(plan, plain[start : start + _PER_POLICY]), who)
    if arranged.default == "allow":
        yield _permit("action", who)
    refused.sort(key=lambda tool: tool.name)
    for start in range(0, len(refused), _PER_POLICY):
        some = refused[start : start + _PER_POLICY]
        yield f"forbid (\n  principal,\n  {_actions(plan, some)},\n  resource\n);\n"


def _conditions(tool: ToolGuards, ledger: Ledger) -> list[str] | None:
    """Give what the permit demands, or None where the tool has to be forbidden."""
    if tool.access.kind == "approval":
        ledger.weaken(tool.access, "There is no approval step: the call is refused.")
        ledger.subsume(tool.bounds, _ALTOGETHER)
        return None
    found = []
    for guard in tool.arguments:
        for check in guard.checks:
            text = cedar_check(check)
            if lost := _lost(check, text):
                ledger.drop(guard, lost)
                continue
            if text is None:
                name = ".".join(check.path)
                ledger.weaken(guard, f"The tool is refused: `{name}` cannot be checked here.")
                ledger.subsume((tool.access, *tool.bounds), _ALTOGETHER)
                return None
            found.append(text)
            ledger.keep(guard)
    if tool.access.kind == "dry-run":
        ledger.rehearse(tool.access)
        found += [text for check in tool.access.checks if (text := cedar_check(check))]
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
    servers = dict(plan.servers)
    names = [
        f"AgentCore::Action::{cedar_string(f'{servers.get(t.name, plan.name)}___{t.name}')}"
        for t in tools
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
