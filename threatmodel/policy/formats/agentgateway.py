"""agentgateway: CEL over tool names, and over the request body for arguments.

An expression that fails counts as false, so that a `deny` fails open; only `allow` and `require`
are written. Arguments are not known where tools are authorised: they are checked one layer further
out, on the HTTP request, whose body must then be one JSON-RPC message that can be read.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.emit import yaml_text
from threatmodel.policy.formats.cel import cel_check, cel_list, cel_string, searchable
from threatmodel.policy.formats.coverage import Arranged, Ledger, ToolGuards, Written, arrange
from threatmodel.policy.guard import Guard, GuardKind, Plan, RateLimit
from threatmodel.scales import WINDOWS, Window

UPSTREAM = "upstream.invalid"
"""Stands for the tool server's address until a person fills it in."""

_OTHERWISE: dict[GuardKind, str] = {
    "spend": "Buckets count requests, not the amounts they carry.",
    "taint": "Rules keep no memory of earlier calls.",
    "sequence": "Rules keep no memory of earlier calls.",
    "repeat": "Buckets do not look at arguments.",
    "pin": "Definitions are not compared.",
    "audit": "Recording is set elsewhere in the configuration.",
}
_NOTES = (
    f"Replace {UPSTREAM} by the tool server's address.",
    "A request whose body is larger than the gateway's buffer cannot be judged and is refused.",
    "Buckets fill at once at the start of each window and are kept per gateway instance.",
)
_BODY = "json(request.body)"
_CALLS = f'{_BODY}.method == "tools/call"'
_ENTRIES = 64
"""Conditional entries that the loader of the gateway takes, since its commit of 2026-05-05."""
_ARGUMENTS = f"{_BODY}.params.arguments"
_SECONDS = {"minute": "60s", "hour": "3600s", "day": "86400s"}


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as an agentgateway configuration."""
    arranged, ledger = arrange(plan), Ledger(plan)
    on_calls = list(_on_calls(arranged, ledger))
    policies: dict[str, Any] = {
        "mcpAuthorization": {"rules": list(_on_tools(arranged, ledger))},
        "authorization": {"rules": [{"require": rule} for rule in on_calls]},
    }
    buckets = list(_buckets(arranged, ledger))
    if buckets:
        policies["localRateLimit"] = {"conditional": buckets}
    target: dict[str, Any] = {"name": plan.name, "mcp": {"host": UPSTREAM}}
    return ledger.written(
        yaml_text({"mcp": {"port": 3000, "policies": policies, "targets": [target]}}),
        _OTHERWISE,
        _NOTES,
    )


def _on_tools(arranged: Arranged, ledger: Ledger) -> Iterator[dict[str, str]]:
    """Write the rules that also decide which tools are listed."""
    for tool in arranged.tools:
        if not tool.callable or tool.access.kind == "approval":
            yield {"require": f"mcp.tool.name != {cel_string(tool.name)}"}
            if not tool.callable:
                ledger.keep(tool.access)
    if arranged.default == "allow":
        yield {"allow": "true"}
        return
    ledger.keep(arranged.everywhere["default-deny"])
    names = [tool.name for tool in arranged.callable if tool.access.kind != "approval"]
    ledger.keep(*(tool.access for tool in arranged.callable if tool.access.kind == "allow"))
    yield {"allow": f"mcp.tool.name in {cel_list(names)}" if names else "false"}


def _on_calls(arranged: Arranged, ledger: Ledger) -> Iterator[str]:
    """Write the rules on the request: it can be read, and its arguments pass."""
    # Fails, and so refuses, where the body is no message that can be read; lists of tools pass.
    yield f'request.method != "POST" || {_BODY}.method != "tools/call" || {_BODY}.params.name != ""'
    subject = arranged.everywhere.get("subject")
    if subject:
        ledger.keep(subject)
        yield f"jwt.sub in {cel_list(subject.values)}"
    schema = arranged.everywhere.get("schema")
    named = dict(schema.named) if schema else {}
    if schema:
        ledger.keep(schema)
    for tool in arranged.callable:
        if tool.access.kind == "approval":
            ledger.refuse(tool, "There is no approval step: the call is refused.")
            continue
        if tool.name in named:
            yield f"{_other_than(tool.name)} || {_only(named[tool.name])}"
        for guard in _checked(tool, ledger):
            yield f"{_other_than(tool.name)} || ({_passes(guard)})"


def _checked(tool: ToolGuards, ledger: Ledger) -> Iterator[Guard]:
    if tool.access.kind == "dry-run":
        ledger.rehearse(tool.access)
        yield tool.access
    yield from searchable(tool.arguments, ledger)


def _other_than(tool: str) -> str:
    call = f'request.method != "POST" || {_BODY}.method != "tools/call"'
    return f"{call} || {_BODY}.params.name != {cel_string(tool)}"


def _only(names: Sequence[str]) -> str:
    """Pass calls that carry no argument besides these; a list has no keys, a text fails."""
    every = f"{_ARGUMENTS}.all(name, name in {cel_list(names)})"
    return f"!has({_ARGUMENTS}) || {_ARGUMENTS} == null || {every}"


def _passes(guard: Guard) -> str:
    checks = " && ".join(cel_check(check, _ARGUMENTS) for check in guard.checks)
    if all(check.optional for check in guard.checks):
        return f"!has({_ARGUMENTS}) || {_ARGUMENTS} == null || ({checks})"
    return checks


def _buckets(arranged: Arranged, ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Write one bucket per tool: only the first whose condition holds is drawn from."""
    # Sorted by window and bound, so that tools which have to share a bucket lose little by it.
    drawn = sorted(_drawn(arranged, ledger))
    size = max(1, ceil(len(drawn) / (_ENTRIES - 1)))  # one more may hold all tools together
    for start in range(0, len(drawn), size):
        some = drawn[start : start + size]
        names = [name for *_, name in some]
        if len(some) > 1:
            _tell_shared(arranged, names, ledger)
        most, window = min(one[1] for one in some), WINDOWS[max(one[0] for one in some)]
        yield _row(f"{_CALLS} && {_named(names)}", RateLimit(most, window, ""))
    overall = arranged.everywhere.get("rate")
    if overall and overall.limit:
        instead = "Only tools without a limit of their own share this bucket."
        ledger.drop(overall, instead)
        yield _row(f'{_BODY}.method == "tools/call"', overall.limit)


def _drawn(arranged: Arranged, ledger: Ledger) -> Iterator[tuple[int, float, str]]:
    """Give each tool that has a limit of its own: window, most, name; alike ones sort together."""
    for tool in arranged.callable:
        limits = [(guard, guard.limit) for guard in tool.rates if guard.limit]
        for guard, limit in limits:
            if limit.sum_of:
                ledger.drop(guard, "Buckets count requests, not the items they carry.")
        calls = [(guard, limit) for guard, limit in limits if not limit.sum_of]
        if calls and tool.access.kind != "approval":
            most, window = _tightest(calls, ledger)
            yield WINDOWS.index(window), most, tool.name


def _named(tools: Sequence[str]) -> str:
    name = f"{_BODY}.params.name"
    return (
        f"{name} == {cel_string(tools[0])}" if len(tools) == 1 else f"{name} in {cel_list(tools)}"
    )


def _tell_shared(arranged: Arranged, tools: Sequence[str], ledger: Ledger) -> None:
    """Report the limits of tools that must share a bucket, as there are too many for one each."""
    instead = f"One bucket for {', '.join(tools)}: the gateway takes {_ENTRIES} entries."
    for tool in arranged.callable:
        if tool.name in tools:
            for guard in tool.rates:
                if guard.limit and not guard.limit.sum_of:
                    ledger.weaken(guard, instead)


def _tightest(calls: Sequence[tuple[Guard, RateLimit]], ledger: Ledger) -> tuple[float, Window]:
    """Give the one limit that a tool can have, and account for its others."""
    most = min(limit.max for _, limit in calls)
    window = max((limit.window for _, limit in calls), key=WINDOWS.index)
    for guard, limit in calls:
        if (limit.max, limit.window) == (most, window):
            ledger.keep(guard)
        else:
            ledger.weaken(guard, f"One bucket per tool: {int(most)} calls per {window}.")
    return most, window


def _row(condition: str, limit: RateLimit) -> dict[str, Any]:
    most = int(limit.max)
    fill = {"maxTokens": most, "tokensPerFill": most, "fillInterval": _SECONDS[limit.window]}
    return {"condition": f'request.method == "POST" && {condition}', **fill}
