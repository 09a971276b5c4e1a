"""Envoy AI Gateway: an MCPRoute whose rules allow, under a default that denies.

A rule that fails to evaluate does not match, so that a `Deny` on an argument fails open: rules on
arguments are only ever `Allow`, `Deny` stands for names alone. There are at most 32 rules of 4,096
characters: plain tools share rules, and tools with checks are joined where they fit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.emit import yaml_text
from threatmodel.errors import first_of
from threatmodel.policy.formats.cel import cel_check, cel_list, cel_string, searchable
from threatmodel.policy.formats.conditions import carried_kinds, pattern_of
from threatmodel.policy.formats.coverage import Arranged, Ledger, ToolGuards, Written, arrange
from threatmodel.policy.formats.text import escape
from threatmodel.policy.guard import ArgumentCheck, Guard, GuardKind, Plan

_OTHERWISE: dict[GuardKind, str] = {
    "rate": "A route keeps no counts per tool.",
    "spend": "A route keeps no sums.",
    "taint": "Rules keep no memory of earlier calls.",
    "sequence": "Rules keep no memory of earlier calls.",
    "repeat": "A route keeps no counts.",
    "pin": "Definitions are not compared.",
    "schema": "A route has no room for the names of every argument.",
    "audit": "Recording is set elsewhere in the gateway.",
}
_NOTES = (
    "Point parentRefs and backendRefs at your own Gateway and Backend.",
    "Who calls is read from the token: `sub` is only known where the route has oauth configured.",
)
_RULES = 32
_LONGEST = 4096
_NAMES = 32
_COST = 10_000
"""What the evaluation of one expression may cost: `CostLimit` in the gateway's own source."""
_TOLD = 6
_LONG = 2000
"""Characters of a text that nobody takes for an everyday one: a bound above needs no word."""
_PARAMS = "request.mcp.params"
_ARGUMENTS = f"{_PARAMS}.arguments"


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as an MCPRoute."""
    arranged, ledger = arrange(plan), Ledger(plan)
    hidden = [tool.name for tool in arranged.tools if tool.access.kind == "hide"]
    backend: dict[str, Any] = {
        "name": plan.name,
        "kind": "Backend",
        "group": "gateway.envoyproxy.io",
        "path": "/mcp",
    }
    if hidden:
        backend["toolSelector"] = _without(hidden)
    longest: dict[str, int] = {}
    rules = _rules(arranged, ledger, longest)
    action = "Deny" if arranged.default == "deny" else "Allow"
    route: dict[str, Any] = {
        "apiVersion": "aigateway.envoyproxy.io/v1beta1",
        "kind": "MCPRoute",
        "metadata": {"name": plan.name},
        "spec": {
            "parentRefs": [
                {"name": "aigw-run", "kind": "Gateway", "group": "gateway.networking.k8s.io"}
            ],
            "backendRefs": [backend],
            "securityPolicy": {"authorization": {"defaultAction": action, "rules": rules}},
        },
    }
    return ledger.written(yaml_text(route), _OTHERWISE, (*_NOTES, *_bounds(longest)))


def _without(hidden: Sequence[str]) -> dict[str, list[str]]:
    """Leave tools out of the list: by name while the names fit, by pattern beyond."""
    if len(hidden) <= _NAMES:
        return {"exclude": list(hidden)}
    size = -(-len(hidden) // _NAMES)
    groups = [hidden[start : start + size] for start in range(0, len(hidden), size)]
    return {"excludeRegex": [f"^(?:{'|'.join(map(escape, group))})$" for group in groups]}


def _rules(arranged: Arranged, ledger: Ledger, longest: dict[str, int]) -> list[dict[str, str]]:
    """Write denials by name, then what is allowed; whatever does not fit is refused."""
    who = _who(arranged.everywhere.get("subject"), ledger)
    refused, plain, checked = _sorted(arranged, ledger, longest)
    # What is allowed needs its rules; names that are refused need none under a default that denies.
    room = _RULES - min(len(_named(refused)), _RULES // 2) - 2
    allowed = _joined([_named_by(names, who) for names in _named(plain)], checked, who)
    fitting, left = allowed[:room], allowed[room:]
    for tool in (
        tool for tool in arranged.callable if any(tool.name in names for _, names in left)
    ):
        ledger.refuse(tool, "There is no room for another rule: the tool is refused.")
        refused.append(tool.name)
    denials = _named(refused)
    if arranged.default == "deny":
        # Names for which no rule is left are refused all the same: no rule allows them.
        denials = denials[: _RULES - len(fitting)]
    rules = [{"action": "Deny", "cel": _one_of(names)} for names in denials]
    rules += [{"action": "Allow", "cel": text} for text, _ in fitting]
    if arranged.default == "deny":
        ledger.keep(arranged.everywhere["default-deny"])
    else:
        # Under a default that allows, a tool whose checks fail matches no rule and would pass.
        rules += [{"action": "Deny", "cel": _one_of(names)} for names in _named(list(checked))]
    return rules


def _sorted(
    arranged: Arranged, ledger: Ledger, longest: dict[str, int]
) -> tuple[list[str], list[str], dict[str, str]]:
    """Tell refused tools, plain ones, and those with checks and their expressions apart."""
    refused, plain, checked = [], [], {}
    for tool in arranged.tools:
        guards = _checked(tool, ledger)
        if guards is None:
            refused.append(tool.name)
        elif not guards:
            plain.append(tool.name)
        else:
            fitting = _fitting(tool, guards)
            if fitting is None:
                ledger.refuse(tool, "Its checks are too long for a rule: the tool is refused.")
                refused.append(tool.name)
            else:
                for guard in set(guards) - set(fitting):
                    ledger.drop(guard, "The checks of its tool are too long together for a rule.")
                if fitting:
                    checked[tool.name] = _passes(tool, fitting)
                    longest[tool.name] = _longest(check for g in fitting for check in g.checks)
                else:
                    plain.append(tool.name)
    return refused, plain, checked


def _fitting(tool: ToolGuards, guards: tuple[Guard, ...]) -> tuple[Guard, ...] | None:
    """Give the guards that fit into a rule: of those that give way, the longest go first.

    What they seek besides goes before they do: a few marks are better than nothing.
    """

    def length(*some: Guard) -> int:
        return len(_passes(tool, some))

    giving = [g for g in guards if g.checks and all(check.gives_way for check in g.checks)]
    left = {guard.id: guard for guard in guards}
    giving.sort(key=lambda guard: (-length(guard), guard.id))
    for some, name in ((some, guard.id) for some in (1, 0) for guard in giving):
        # Half: who calls has to fit into the same rule.
        if length(*left.values()) <= _LONGEST // 2:
            break
        cut = left.pop(name)
        if some:
            left[name] = replace(cut, checks=cut.checks[:some])
    return tuple(left.values()) if length(*left.values()) <= _LONGEST // 2 else None


def _longest(checks: Iterable[ArgumentCheck]) -> int:
    """Give about how many characters one text of a call may have for its rule to be paid for.

    As cel-go counts: ten characters of a text cost one for each ten of a mark that is sought in
    them, and for each four of a pattern; each mark costs some thirty besides.
    """
    costs: dict[tuple[str, ...], tuple[int, int]] = {}
    for check in checks:
        patterns = [pattern for pattern in (pattern_of(check),) if pattern]
        if check.operator == "free_of":
            patterns = [kind.found for kind in carried_kinds(check)]
        marks = [str(one) for one in check.values] if check.operator == "without_text" else []
        each = sum(ceil(len(mark) / 10) for mark in marks) + ceil(sum(map(len, patterns)) / 4)
        known, once = costs.get(check.path, (0, 0))
        costs[check.path] = known + each, once + 30 * len(marks)
    left = _COST - sum(once for _, once in costs.values())
    return 10 * left // max([1, *(each for each, _ in costs.values())])


def _bounds(longest: dict[str, int]) -> list[str]:
    """Tell which tools are refused a text that is long, and from what length on."""
    by_size: dict[int, list[str]] = {}
    for name, size in longest.items():
        if size < _LONG:
            by_size.setdefault(size // 100 * 100, []).append(name)
    told = "; ".join(
        f"{size:,} characters in {first_of(by_size[size], _TOLD)}" for size in sorted(by_size)
    )
    cost = f"Longer texts are refused, as a rule may cost {_COST:,}: over about {told}."
    return [cost] if told else []


def _checked(tool: ToolGuards, ledger: Ledger) -> tuple[Guard, ...] | None:
    if not tool.callable:
        ledger.keep(tool.access)
        return None
    if tool.access.kind == "approval":
        ledger.refuse(tool, "There is no approval step: the call is refused.")
        return None
    arguments = searchable(tool.arguments, ledger)
    if tool.access.kind == "dry-run":
        ledger.rehearse(tool.access)
        return (tool.access, *arguments)
    ledger.keep(tool.access)
    return arguments


def _passes(tool: ToolGuards, guards: Sequence[Guard]) -> str:
    """Allow a tool for arguments that pass, and when it is only listed, without parameters."""
    checks = [check for guard in guards for check in guard.checks]
    text = " && ".join(cel_check(check, _ARGUMENTS) for check in checks)
    if all(check.optional for check in checks):
        text = f"(!has({_ARGUMENTS}) || {_ARGUMENTS} == null || ({text}))"
    named = f"request.mcp.tool == {cel_string(tool.name)}"
    return f"({named} && ({_PARAMS} == null || ({text})))"


def _joined(
    plain: list[tuple[str, list[str]]], checked: dict[str, str], who: str
) -> list[tuple[str, list[str]]]:
    """Join expressions with `or` while they fit into one rule."""
    rules = list(plain)
    text = ""
    names: list[str] = []
    for name, clause in checked.items():
        if text and len(who) + len(text) + len(clause) + 8 > _LONGEST:
            rules.append((f"{who}({text})", names))
            text, names = "", []
        text = f"{text} || {clause}" if text else clause
        names = [*names, name]
    return [*rules, (f"{who}({text})", names)] if text else rules


def _named(names: Sequence[str]) -> list[list[str]]:
    """Split names into groups that fit into one rule each."""
    groups: list[list[str]] = []
    size = _LONGEST
    for name in names:
        length = len(cel_string(name)) + 2
        if size + length > _LONGEST // 2:
            groups.append([])
            size = 0
        groups[-1].append(name)
        size += length
    return groups


def _named_by(names: list[str], who: str) -> tuple[str, list[str]]:
    return f"{who}{_one_of(names)}", names


def _one_of(names: Sequence[str]) -> str:
    return f"request.mcp.tool in {cel_list(names)}"


def _who(subject: Guard | None, ledger: Ledger) -> str:
    if subject is None:
        return ""
    ledger.keep(subject)
    return f"request.auth.jwt.claims.sub in {cel_list(subject.values)} && "
