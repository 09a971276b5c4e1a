"""How tools are called: arguments that should pass, and what the calls know about the policy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.policy.formats.conditions import addressable
from threatmodel.policy.formats.coverage import Arranged, ToolGuards, arrange
from threatmodel.policy.guard import SEARCHED, ArgumentCheck, CompiledPolicy, Guard, Plan
from threatmodel.policy.proof.session import Call, Opener, ReplayCase, everyday, fitting, with_value
from threatmodel.threats.result import AttackPath


@dataclass(frozen=True, slots=True)
class Setting:
    """What cases are made from."""

    plan: Plan
    arranged: Arranged
    """The same, by tool."""
    readings: Mapping[str, ToolReading]
    """Tools by name."""
    outcomes: Mapping[str, str]
    """Guard id -> kept, weakened or rehearses; dropped ones are left out."""

    @property
    def held_to_names(self) -> Mapping[str, tuple[str, ...]]:
        """Tools that the format refuses any argument but these."""
        guard = self.arranged.everywhere.get("schema")
        return dict(guard.named) if guard and guard.id in self.outcomes else {}

    def can_repeat(self, tool: str) -> bool:
        """Tell whether many calls of a tool are told apart, or need not be."""
        repeats = self.arranged.everywhere.get("repeat")
        return tool not in self.held_to_names or not (repeats and repeats.id in self.outcomes)

    @property
    def subject(self) -> str:
        """Someone who may call."""
        guard = self.arranged.everywhere.get("subject")
        return guard.values[0] if guard and guard.values else ""


def setting_of(plan: Plan, compiled: CompiledPolicy, readings: Iterable[ToolReading]) -> Setting:
    """Gather what cases are made from."""
    outcomes = dict.fromkeys(compiled.kept, "kept")
    for loss in compiled.losses:
        if loss.outcome == "weakened":
            outcomes[loss.guard] = "rehearses" if loss.becomes == "dry-run" else "weakened"
    return Setting(plan, arrange(plan), {r.name: r for r in readings}, outcomes)


def reachable(setting: Setting, tool: ToolGuards) -> bool:
    """Tell whether the format lets a tool be called at all."""
    outcome = setting.outcomes.get(tool.access.id)
    return tool.callable and outcome in ("kept", "rehearses")


def passing_calls(setting: Setting, tool: ToolGuards) -> tuple[tuple[Call, ...], ...]:
    """Give calls that should pass: without optional arguments, with the first ones, with all."""
    reading = setting.readings.get(tool.name)
    base: dict[str, Any] = {}
    for argument in reading.arguments if reading else ():
        if argument.required:
            base = with_value(base, argument.path, everyday(argument.type, argument.enum))
    checks = [check for guard in _checked(tool) for check in guard.checks]
    needed = _with(base, [check for check in checks if not check.optional])
    first = _with(needed, _first_of_each(tool))
    simple = _with(needed, _first_of_each(tool, plain_only=True))
    every = _with(needed, [check for check in checks if check.optional])
    before = tuple(_before(setting, tool))
    variants = [needed, first, simple, every, *_by_clause(tool, needed)]
    distinct = [one for n, one in enumerate(variants) if one not in variants[:n]]
    return tuple((*before, _call(setting, tool, one)) for one in distinct)


def sized(way: Sequence[Call], path: Sequence[str], size: int) -> tuple[Call, ...]:
    """Give the array at a path so many items, each like the first."""
    value: Any = arguments_of(way)
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    item = value[0] if isinstance(value, list) and value else "plain"
    return changed(way, with_value(dict(arguments_of(way)), path, [item] * size))


def arguments_of(way: Sequence[Call]) -> Mapping[str, Any]:
    """Give the arguments of the call that is judged."""
    return way[-1].arguments


def changed(way: Sequence[Call], arguments: Mapping[str, Any]) -> tuple[Call, ...]:
    """Give the call that is judged other arguments."""
    return (*way[:-1], replace(way[-1], arguments=arguments))


def _call(setting: Setting, tool: ToolGuards, arguments: Mapping[str, Any]) -> Call:
    approved = tool.access.kind == "approval" and setting.outcomes.get(tool.access.id) == "kept"
    return Call(tool.name, arguments, subject=setting.subject, approved=approved)


def _checked(tool: ToolGuards) -> tuple[Guard, ...]:
    rehearsal = (tool.access,) if tool.access.kind == "dry-run" else ()
    return (*rehearsal, *tool.arguments)


def _with(base: Mapping[str, Any], checks: Sequence[ArgumentCheck]) -> dict[str, Any]:
    """Put fitting values in.

    Sizes come first, so that items keep their array, then what any name or word is as well.
    """
    arguments = dict(base)
    order = {"max_items": 0, "without_text": 1, "free_of": 1}
    for check in sorted(checks, key=lambda check: order.get(check.operator, 2)):
        if check.operator == "max_items":
            size = len(check.path)
            inside = any(c.path[:size] == check.path for c in checks if c is not check)
            if inside or check.path[0] in arguments:
                continue
        arguments = with_value(arguments, check.path, fitting(check))
    return arguments


def _by_clause(tool: ToolGuards, needed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield arguments with all optional ones of a clause, where a clause has several."""
    clauses: dict[str, list[ArgumentCheck]] = {}
    for guard in tool.arguments:
        valued = (c for c in guard.checks if c.optional and c.operator != "max_items")
        clauses.setdefault(guard.clause, []).extend(valued)
    for checks in clauses.values():
        if len({check.path for check in checks}) > 1:
            yield _with(needed, checks)


def _first_of_each(tool: ToolGuards, *, plain_only: bool = False) -> list[ArgumentCheck]:
    """Give the first optional check of each clause that has no required one.

    What everyday calls leave out is passed over, as formats do.

    With `plain_only`, of those that stand in no array and under no key with a dot; text that is
    only searched counts for none, as such formats drop it.
    """
    checks = [(guard.clause, check) for guard in tool.arguments for check in guard.checks]
    seen = {
        clause
        for clause, check in checks
        if not check.optional and (not plain_only or _is_demanded(check))
    }
    found = []
    for guard in tool.arguments:
        for check in guard.checks:
            passed_over = check.operator == "max_items" or check.absent or check.gives_way
            if not check.optional or guard.clause in seen or passed_over:
                continue
            if not plain_only or addressable(check.path):
                seen.add(guard.clause)
                found.append(check)
    return found


def _is_demanded(check: ArgumentCheck) -> bool:
    return addressable(check.path) and not (check.gives_way and check.operator in SEARCHED)


def _before(setting: Setting, tool: ToolGuards) -> Iterator[Call]:
    """Yield what has to run first."""
    tools = {other.name: other for other in setting.arranged.callable}
    for guard in tool.flows:
        if guard.kind == "sequence" and guard.id in setting.outcomes:
            for name in guard.after:
                if name in tools and name != tool.name:
                    yield passing_calls(setting, tools[name])[0][-1]


# Attack paths as calls: where the policy stops each.


@dataclass(frozen=True, slots=True)
class PathProof:
    """One attack path behind a policy."""

    path: str
    calls: int
    """Tool calls it takes."""
    stopped_at: str
    """Tool whose call is stopped; empty where the policy lets all of them pass."""
    by: tuple[str, ...]
    """Guards that stop it."""


def path_cases(
    setting: Setting, paths: Iterable[AttackPath], meant: Opener
) -> tuple[tuple[PathProof, ...], tuple[ReplayCase, ...]]:
    """Play the calls of each path; the first that the plan stops, the engine must stop too."""
    told: list[PathProof] = []
    cases: list[ReplayCase] = []
    for path in paths:
        calls = tuple(_calls(setting, path))
        stopped, by = _stopped(calls, meant)
        tool = calls[stopped].tool if stopped is not None else ""
        told.append(PathProof(path.id, len(calls), tool, by))
        if stopped is not None and by:
            says = f"attack path {path.id}"
            cases.append(ReplayCase(by[0], says, "stop", (calls[: stopped + 1],)))
    return tuple(told), tuple(cases)


def _calls(setting: Setting, path: AttackPath) -> Iterator[Call]:
    """Yield one call of each tool that a path uses, in its order."""
    tools = {tool.name: tool for tool in setting.arranged.tools}
    seen: set[str] = set()
    for step in path.steps:
        for name in step.tools:
            if name in tools and name not in seen:
                seen.add(name)
                yield passing_calls(setting, tools[name])[0][-1]


def _stopped(calls: tuple[Call, ...], meant: Opener) -> tuple[int | None, tuple[str, ...]]:
    session = meant()
    for number, call in enumerate(calls):
        answer = session.call(call)
        if answer.verdict != "pass":
            return number, answer.by
    return None, ()
