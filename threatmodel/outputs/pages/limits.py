"""The limits that a policy puts on calls, as the page that decides tells them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from threatmodel.description.overrides import Limit, PolicyWishes
from threatmodel.outputs.pages.guarded_tools import NAMED, Guarded, GuardedTool, GuardedTools
from threatmodel.outputs.text import count
from threatmodel.policy.guard import ArgumentCheck, RateLimit
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.advise import OutsideRule
from threatmodel.rules.decision_words import DecisionWords
from threatmodel.threats.names import LONGEST_NAME, in_sentence, joined, named

_APART = 3
"""Reasons to wait that are told apart before the rest stands together."""

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


# When a call waits for a person.


def waiting(tools: GuardedTools) -> str:
    """Say of the tools of which some calls wait when they do, the gravest tools first."""
    words, agents = tools.words, {one.member: one for one in tools.agents}
    outside = policy_rules(tools.agents[0].agent.knowledge).advise.outside
    reasons: dict[str, list[GuardedTool]] = {}
    for tool in tools.ranked(lambda one, name: name in one.sometimes):
        when = _when(agents[tool.member], tool.name, outside)
        if when not in reasons and len(reasons) >= _APART:
            when = words.value
        reasons.setdefault(when, []).append(tool)
    return "; ".join(
        words.when.format(tools=tools.counted(some), when=when) for when, some in reasons.items()
    )


def _when(one: Guarded, tool: str, outside: Sequence[OutsideRule]) -> str:
    words = policy_rules(one.agent.knowledge).advise.page
    if tool not in one.waiting_by_value:
        return words.text
    told = _by_value(one, tool, outside) or words.value
    if tool not in one.waiting_by_text:
        return told
    return words.either.format(value=told, text=words.text)


def _by_value(one: Guarded, tool: str, outside: Sequence[OutsideRule]) -> str:
    """Tell the most telling of what its values are held to; empty where no row tells any."""
    checks = one.checks.get(tool, ())
    for row in outside:
        for check in checks:
            if check.operator in row.operators:
                return row.says.format(limit=_limit_of(check))
    return ""


def _limit_of(check: ArgumentCheck) -> str:
    if isinstance(check.value, tuple):
        return joined(tuple(_apart(map(str, check.value)))[:NAMED], "or")
    return f"{check.value:,}" if isinstance(check.value, int | float) else str(check.value)


def _apart(values: Iterable[str]) -> Iterator[str]:
    """Leave out what is only another form of the value before it, such as its plural."""
    last = ""
    for value in values:
        if not last or not (value.startswith(last) or last.startswith(value)):
            yield value
        last = last if last and value.startswith(last) else value


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
