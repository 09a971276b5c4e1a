"""What the policy does when it is a condition, in plain words, and what nobody has stated yet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from threatmodel.description.overrides import Limit, PolicyWishes
from threatmodel.outputs.pages.guarded_tools import (
    NAMED,
    Guarded,
    GuardedTool,
    GuardedTools,
    fitting,
    waiting,
)
from threatmodel.outputs.pages.subject import has_purpose
from threatmodel.outputs.text import count
from threatmodel.policy.guard import EVERY, RateLimit
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.advise import BlankRule
from threatmodel.rules.decision_words import DecisionWords
from threatmodel.threats.names import LONGEST_NAME, in_sentence, joined, named

_CHANGING = 5
"""Tools that change something and pass, named before the rest is counted."""


class PolicyLine(NamedTuple):
    """What the policy does to some tools."""

    label: str
    text: str
    tools: tuple[GuardedTool, ...]
    """Tools of which it is so; each tool stands in one line."""


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What becomes of the tools under the policy."""

    number: int
    """Number of the condition that the policy is."""
    lines: tuple[PolicyLine, ...]
    """What it does, in a word, and to which tools."""


def holds_of(number: int, tools: GuardedTools) -> PolicyEffect:
    """Say in a few lines what the policy hides, holds and lets pass; each tool in one of them."""
    words = tools.words
    lines = (
        _hides(tools),
        _asks(tools),
        _asks_sometimes(tools),
        _passes(tools),
        PolicyLine(words.limits, limits_told(tools), ()),
    )
    return PolicyEffect(number, tuple(line for line in lines if line.text))


def _hides(tools: GuardedTools) -> PolicyLine:
    hidden = tools.ranked(lambda one, name: name in one.held.hidden)
    words = tools.words
    them = words.it if len(hidden) == 1 else words.them
    told = words.hidden.format(tools=tools.by_condition(hidden), them=them) if hidden else ""
    return PolicyLine(words.hides, told, hidden)


def _asks(tools: GuardedTools) -> PolicyLine:
    held = tools.ranked(lambda one, name: name in one.held.slowed and name not in one.held.hidden)
    names = tools.by_condition(held, partial(paced, tools))
    told = tools.words.asked.format(tools=names) if held else ""
    return PolicyLine(tools.words.asks, told, held)


def _asks_sometimes(tools: GuardedTools) -> PolicyLine:
    every = tools.ranked(lambda one, name: name in one.sometimes)
    return PolicyLine(tools.words.sometimes, f"{waiting(tools)}." if every else "", every)


def _passes(tools: GuardedTools) -> PolicyLine:
    words = tools.words
    free = tools.ranked(lambda one, name: name in one.free and name not in one.sometimes)
    whole = tools.agents[0].rates.get(EVERY)
    most = words.most.format(rate=rate_text(whole)) if whole and len(tools.agents) == 1 else ""
    told = words.passed.format(tools=_by_what_they_do(tools, free), most=most) if free else ""
    if any(one.guarded("argument", "deny") for one in tools.agents):
        told = f"{told} {words.refused}".strip()
    return PolicyLine(words.passes, told, free)


def _by_what_they_do(tools: GuardedTools, free: Sequence[GuardedTool]) -> str:
    """Name the tools that change something, and count those that look things up."""
    reads = {GuardedTool(one.member, r.name) for one, r in tools.readings if r.tool_class == "Read"}
    looking = [tool for tool in free if tool in reads]
    changing = [tool for tool in free if tool not in reads]
    if len(looking) <= NAMED:
        return joined(tuple(_counted(tools, [*changing, *looking], tools.words.more)))
    parts = [*_counted(tools, changing, tools.words.changing)]
    return joined((*parts, tools.words.looking.format(number=len(looking))))


def _counted(tools: GuardedTools, some: Sequence[GuardedTool], more: str) -> Iterator[str]:
    first = tuple(fitting(map(tools.named, some[:_CHANGING])))
    yield from first
    if len(some) > len(first):
        yield more.format(number=len(some) - len(first))


def unsaid(tools: GuardedTools, number: int) -> Iterator[str]:
    """Ask for what no description says, and what somebody has to say before a yes.

    `number` is the condition that the policy is; 0 where it is none.
    """
    words = tools.words
    if not all(has_purpose(one.agent) for one in tools.agents):
        yield words.no_purpose
    if number and (approved := _approved(tools, number)):
        yield words.approver.format(conditions=approved)
    yield from ceilings(tools)
    if number:
        yield from agreed(tools)
    if any(one.agent.agent.credentials in (None, "unknown") for one in tools.agents):
        yield words.key
    yield words.owner
    yield words.until


def _approved(tools: GuardedTools, number: int) -> str:
    """Name the conditions under which a person approves calls; empty where none waits."""
    found = {one.by.get(tool, number) for one in tools.agents for tool in one.held.slowed}
    if any(one.sometimes for one in tools.agents):
        found.add(number)
    numbers = joined(tuple(map(str, sorted(found))))
    return f"condition{'s' if len(found) > 1 else ''} {numbers}" if found else ""


def ceilings(tools: GuardedTools) -> Iterator[str]:
    """Ask for the limit of tools of which it decides how much harm they can do: who, and what."""
    rules = policy_rules(tools.agents[0].agent.knowledge).advise
    counted = {
        GuardedTool(one.member, r.name)
        for one, r in tools.readings
        if not r.brake and any(fact in rules.amounts for fact, _ in r.traits)
    }
    daily, once, waits = set[GuardedTool](), set[GuardedTool](), set[GuardedTool]()
    for one in tools.agents:
        spent = {
            GuardedTool(one.member, g.tool) for g in one.agent.plan.guards if g.kind == "spend"
        }
        daily |= spent | {GuardedTool(one.member, x.tool) for x in one.limits if x.window != "call"}
        once |= {GuardedTool(one.member, x.tool) for x in one.limits}
        waits |= {GuardedTool(one.member, name) for name in one.held.slowed}
        counted -= {GuardedTool(one.member, name) for name in one.held.hidden}
    asked = [tool for tool in tools.ranked(lambda *_: True) if tool in counted - daily]
    bare = [tool for tool in asked if tool not in once]
    often = [tool for tool in asked if tool in once]
    for rule, some in ((rules.ceiling, bare), (rules.daily, often)):
        if some:
            yield _blank(tools, rule, tools.some(some), held=waits.issuperset(some))


def agreed(tools: GuardedTools) -> Iterator[str]:
    """Ask for what the policy holds values to, each with what holds until somebody says it."""
    for rule in policy_rules(tools.agents[0].agent.knowledge).advise.agreed:
        asked = [found for one in tools.agents for found in one.parameters(rule.wish)]
        if asked:
            yield _blank(tools, rule, held=any(one.closed for one in asked))


def _blank(tools: GuardedTools, rule: BlankRule, about: str = "", *, held: bool) -> str:
    until, asks = rule.held if held else rule.free, rule.asks.format(tools=about)
    return tools.words.filled.format(asks=asks, who=rule.who, until=until)


_HOURS = 8
"""Hours of a day in which a person can be asked."""

_ONLY = {
    "topics": "topics",
    "paths": "folders",
    "domains": "hosts",
    "recipients": "addresses that it writes to",
    "statements": "kinds of statement",
    "subjects": "callers",
}
"""List of the description -> what it names."""


# How often calls may come.


def paced(tools: GuardedTools, some: Sequence[GuardedTool]) -> str:
    """Name tools with how many calls of each a person may be asked for in a day.

    What is limited by the minute says nothing of that.
    """
    agents, words = {one.member: one for one in tools.agents}, tools.words
    alike: dict[str, list[GuardedTool]] = {}
    for tool in some:
        limit = agents[tool.member].rates.get(tool.name)
        alike.setdefault(_in_a_day(limit, words) if limit else "", []).append(tool)
    parts = []
    for rate, own in sorted(alike.items(), key=lambda one: not one[0]):
        said = words.each if len(own) > 1 else words.paced
        parts.append(said.format(tools=tools.some(own), rate=rate) if rate else tools.some(own))
    return "; ".join(parts)


def _in_a_day(limit: RateLimit, words: DecisionWords) -> str:
    if limit.window == "hour":
        day = int(limit.max) * _HOURS
        return words.daily.format(rate=rate_text(limit), day=day)
    return rate_text(limit) if limit.window == "day" else ""


def rate_text(limit: RateLimit) -> str:
    """Say how many calls may come."""
    return f"{count(int(limit.max), 'call')} {_window(limit.window)}"


def _window(window: str) -> str:
    return {"call": "in one call", "hour": "an hour"}.get(window, f"a {window}")


# What the description itself limits.


def limits_told(tools: GuardedTools) -> str:
    """Tell the limits of the descriptions."""
    told = [text for one in tools.agents for text in _stated(one)]
    more = len(told) - NAMED * 2
    shown = (*told[: NAMED * 2], f"{more} more") if more > 0 else tuple(told)
    return f"{joined(shown)}." if shown else ""


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
    text = in_sentence(said, LONGEST_NAME) if isinstance(said, str) else ""
    return text[:1].lower() + text[1:]


def _values(values: Sequence[str]) -> str:
    shown = tuple(in_sentence(one, LONGEST_NAME) for one in values[:NAMED])
    more = len(values) - len(shown)
    return joined((*shown, f"{more} more") if more else shown, "or")
