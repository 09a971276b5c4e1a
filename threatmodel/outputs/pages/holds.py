"""What the policy does when it is a condition, in plain words, and what nobody has stated yet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from threatmodel.description.overrides import Limit, PolicyWishes
from threatmodel.outputs.pages.behind import NAMED, Behind, Guarded, Tool
from threatmodel.outputs.pages.subject import has_purpose
from threatmodel.outputs.text import count, listed
from threatmodel.policy.guard import EVERY, RateLimit
from threatmodel.policy.rules import policy_rules
from threatmodel.threats.names import LONGEST_NAME, named, plain

_SLOW = ("hour", "day")
"""Windows whose limit says how much work the calls are for whoever approves them."""

_OPEN = {
    "policy.recipients": "To whom may it write?",
    "policy.domains": "Which hosts may it call?",
}
"""Parameter without which no call of its kind passes -> what somebody has to say."""

_ONLY = {
    "topics": "topics",
    "paths": "folders",
    "domains": "hosts",
    "recipients": "addresses that it writes to",
    "statements": "kinds of statement",
    "subjects": "callers",
}
"""List of the description -> what it names."""


class Line(NamedTuple):
    """What the policy does to some tools."""

    label: str
    text: str
    tools: tuple[Tool, ...]
    """Tools of which it is so; each tool stands in one line."""


@dataclass(frozen=True, slots=True)
class Holds:
    """What becomes of the tools under the policy."""

    number: int
    """Number of the condition that the policy is."""
    lines: tuple[Line, ...]
    """What it does, in a word, and to which tools."""


def holds_of(number: int, tools: Behind) -> Holds:
    """Say in a few lines what the policy hides, holds and lets pass; each tool in one of them."""
    words = tools.words
    lines = (
        _hides(tools),
        _asks(tools),
        _asks_sometimes(tools),
        _passes(tools),
        Line(words.limits, _limits(tools), ()),
    )
    return Holds(number, tuple(line for line in lines if line.text))


def _hides(tools: Behind) -> Line:
    hidden = tools.ranked(lambda one, name: name in one.held.hidden)
    words = tools.words
    them = words.it if len(hidden) == 1 else words.them
    told = words.hidden.format(tools=tools.by_condition(hidden), them=them) if hidden else ""
    return Line(words.hides, told, hidden)


def _asks(tools: Behind) -> Line:
    held = tools.ranked(lambda one, name: name in one.held.slowed and name not in one.held.hidden)
    told = tools.words.asked.format(tools=tools.by_condition(held)) if held else ""
    return Line(tools.words.asks, told, held)


def _asks_sometimes(tools: Behind) -> Line:
    words = tools.words
    whens = {Tool(one.member, t): when for one in tools.agents for t, when in one.sometimes.items()}
    every = tools.ranked(lambda one, name: name in one.sometimes)
    parts = [
        getattr(words, when).format(tools=tools.counted(some))
        for when in ("value", "text", "either")
        if (some := [tool for tool in every if whens[tool] == when])
    ]
    return Line(words.sometimes, f"{'; '.join(parts)}." if parts else "", every)


def _passes(tools: Behind) -> Line:
    words = tools.words
    free = tools.ranked(lambda one, name: name in one.free and name not in one.sometimes)
    guards = [guard for one in tools.agents for guard in one.agent.plan.guards]
    whole = next((g.limit for g in guards if g.kind == "rate" and g.tool == EVERY), None)
    most = words.most.format(rate=_rate(whole)) if whole and len(tools.agents) == 1 else ""
    told = words.passed.format(tools=tools.counted(free), most=most) if free else ""
    if any(one.guarded("argument", "deny") for one in tools.agents):
        told = f"{told} {words.refused}".strip()
    return Line(words.passes, told, free)


def _limits(tools: Behind) -> str:
    told = [text for one in tools.agents for text in _stated(one)]
    more = len(told) - NAMED * 2
    shown = (*told[: NAMED * 2], f"{more} more") if more > 0 else tuple(told)
    return f"{listed(shown)}." if shown else ""


def _stated(one: Guarded) -> Iterator[str]:
    yield from (_limit(one, limit) for limit in one.limits)
    wishes = one.agent.agent.policy or PolicyWishes()
    for name, values in wishes.values.items():
        if f"`{name}`" not in one.idle:
            yield f"{named(name)} only {_values(values)}"
    for field, what in _ONLY.items():
        if values := getattr(wishes, field):
            yield f"{what}: only {_values(values)}"


def _limit(one: Guarded, limit: Limit) -> str:
    most = f"{limit.max.normalize():,f}"
    if limit.argument is None:
        return f"{named(limit.tool)} at most {most} times {_window(limit.window)}"
    said = _said_of(one, limit.tool, limit.argument)
    argument = f"{named(limit.argument)}{f' ({said})' if said else ''}"
    return f"{argument} of {named(limit.tool)} at most {most} {_window(limit.window)}"


def _said_of(one: Guarded, tool: str, argument: str) -> str:
    """Give what the tool list says of an argument: its name alone may tell nobody anything."""
    tools = one.agent.agent.known_tools
    schema = next((t.input_schema for t in tools if t.name == tool), None)
    said: object = schema or {}
    for key in ("properties", argument, "description"):
        said = said.get(key) if isinstance(said, Mapping) else None
    text = plain(said, LONGEST_NAME) if isinstance(said, str) else ""
    return text[:1].lower() + text[1:]


def _window(window: str) -> str:
    return {"call": "in one call", "hour": "an hour"}.get(window, f"a {window}")


def _values(values: Sequence[str]) -> str:
    shown = tuple(plain(one, LONGEST_NAME) for one in values[:NAMED])
    more = len(values) - len(shown)
    return listed((*shown, f"{more} more") if more else shown, "or")


def _rate(limit: RateLimit) -> str:
    return f"{count(int(limit.max), 'call')} {_window(limit.window)}"


def unsaid(tools: Behind, number: int) -> Iterator[str]:
    """Ask for what no description says, and what decides how much the conditions are worth.

    `number` is the condition that the policy is; 0 where it is none.
    """
    if not all(has_purpose(one.agent) for one in tools.agents):
        yield tools.words.no_purpose
    if number:
        yield from _of_policy(tools, number)
    yield from _of_amounts(tools)
    if any(one.agent.agent.credentials in (None, "unknown") for one in tools.agents):
        yield "With which key or account does it sign in? Not stated."
    yield "Who owns the risk, and until when does a yes hold? To be written beside the signature."


def _of_policy(tools: Behind, number: int) -> Iterator[str]:
    parameters = [p for one in tools.agents for p in one.agent.plan.parameters]
    open_ones = {p.name for p in parameters if p.closed}
    if approved := _approved(tools, number):
        yield (
            f"Who approves, for {approved}? Nobody is named; until somebody is, the calls"
            f" that wait stay refused. How many wait in a day is not known either{_caps(tools)}."
        )
    for name, asks in _OPEN.items():
        if name in open_ones:
            yield f"{asks} Not stated; until it is, no such call passes by itself."


def _approved(tools: Behind, number: int) -> str:
    """Name the conditions under which a person approves calls; empty where none waits."""
    found = {one.by.get(tool, number) for one in tools.agents for tool in one.held.slowed}
    if any(one.sometimes for one in tools.agents):
        found.add(number)
    numbers = listed(tuple(map(str, sorted(found))))
    return f"condition{'s' if len(found) > 1 else ''} {numbers}" if found else ""


def _caps(tools: Behind) -> str:
    """Say how many of the calls that wait the policy lets through at most."""
    caps = [
        f"{tools.named(Tool(one.member, g.tool))} at most {_rate(g.limit)}"
        for one in tools.agents
        for g in one.agent.plan.guards
        if g.kind == "rate" and g.tool in one.held.slowed and g.limit and g.limit.window in _SLOW
    ]
    return f"; the policy lets {listed(tuple(caps[:NAMED]))} through" if caps else ""


def _of_amounts(tools: Behind) -> Iterator[str]:
    """Name the tools of which a limit decides, and none is stated."""
    amounts = policy_rules(tools.agents[0].agent.knowledge).advise.amounts
    counted = {
        Tool(one.member, r.name)
        for one, r in tools.readings
        if not r.brake and any(fact in amounts for fact, _ in r.traits)
    }
    daily, once = set[Tool](), set[Tool]()
    for one in tools.agents:
        spent = {Tool(one.member, g.tool) for g in one.agent.plan.guards if g.kind == "spend"}
        daily |= spent | {Tool(one.member, x.tool) for x in one.limits if x.window != "call"}
        once |= {Tool(one.member, x.tool) for x in one.limits}
        counted -= {Tool(one.member, name) for name in one.held.hidden}
    asked = [tool for tool in tools.ranked(lambda *_: True) if tool in counted - daily]
    if bare := [tool for tool in asked if tool not in once]:
        yield f"How much at most, for {tools.some(bare)}? No limit is stated."
    if often := [tool for tool in asked if tool in once]:
        asks = f"How much in a day, for {tools.some(often)}?"
        yield f"{asks} A limit is stated for a single call alone."
