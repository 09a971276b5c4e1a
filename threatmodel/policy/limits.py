"""Limits: calls, items of arrays, sums of money, and bounds on single arguments."""

from collections.abc import Iterator
from dataclasses import replace

from threatmodel.classify.result import Argument, ToolReading
from threatmodel.description.overrides import Limit
from threatmodel.policy.access import counter_of
from threatmodel.policy.arguments import check_guard
from threatmodel.policy.guard import ITEMS, ArgumentCheck, Guard, RateLimit, key_of
from threatmodel.policy.rules import fits, is_called
from threatmodel.policy.scope import Scope, make, number, path_text
from threatmodel.rules.guards import LimitRule
from threatmodel.scales import Window

_NUMBERS = frozenset({"number", "integer"})
"""Types of items that are one thing together: a vector, a range, a box."""

_COUNTABLE = frozenset({"integer", "number", "string", "any"})


def limit_guards(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    """Make the guards of the limits that the description sets for one tool."""
    for limit in scope.limits(reading.name):
        if limit.argument is None:
            yield from _of_calls(scope, reading, limit)
            continue
        for argument, rule in bounded(scope, reading, limit):
            yield _bound(scope, reading, limit, argument, rule)
            if limit.window != "call":
                yield _sum(scope, reading, limit, argument)


def bounded(
    scope: Scope, reading: ToolReading, limit: Limit
) -> Iterator[tuple[Argument, LimitRule]]:
    """List the arguments that a limit bounds: the named one, and its alternatives."""
    every = [a for a in scope.arguments[reading.name] if a.type in _COUNTABLE]
    named = [a for a in every if limit.argument in (key_of(a.path), path_text(a.path))]
    for argument in named:
        rule = next(r for r in scope.rules.limits if not r.roles or argument.role in r.roles)
        yield argument, rule
        if rule.alternatives:
            others = (a for a in every if a.role == argument.role and a not in named)
            yield from ((other, rule) for other in others)


def item_guards(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    """Bound the items of arrays, per call and over the window."""
    derived, rate = scope.rules.derived, scope.rules.derived.item_rate
    if any(fits(row, reading) for row in derived.uncounted):
        return
    most = derived.most_items.get(reading.tool_class, rate.max)
    for path in _arrays(scope, reading):
        name = path_text(path)
        check = ArgumentCheck(path, "max_items", most, optional=True, type="array")
        whole = check_guard(scope, reading, (check,), scope.rules.items, number(most))
        yield replace(whole, otherwise="approval")
        counter = f"{counter_of(scope, reading.name)}_{name}"
        limit = RateLimit(rate.max, rate.window, counter, sum_of=path)
        slots = {"max": number(rate.max), "window": rate.window, "argument": f"`{name}`"}
        yield make(scope, "rate", reading, slots, words="items", limit=limit, tail=f"items:{name}")


def _of_calls(scope: Scope, reading: ToolReading, limit: Limit) -> Iterator[Guard]:
    most = int(limit.max)
    if limit.window == "call":
        for path in _arrays(scope, reading):
            check = ArgumentCheck(path, "max_items", most, optional=True, type="array")
            yield check_guard(scope, reading, (check,), scope.rules.items, number(most))
        return
    counter = f"{counter_of(scope, reading.name)}_{limit.window}"
    slots = {"max": number(most), "window": limit.window}
    each = RateLimit(most, _window(limit), counter)
    yield make(scope, "rate", reading, slots, limit=each, tail=limit.window)


def _bound(
    scope: Scope, reading: ToolReading, limit: Limit, argument: Argument, rule: LimitRule
) -> Guard:
    optional = not (argument.required or rule.required)
    most = _plain(limit)
    check = ArgumentCheck(argument.path, rule.operator, most, optional, argument.type)
    checks = (check, *_not_negative(argument)) if rule.alternatives else (check,)
    return check_guard(scope, reading, checks, rule, number(most))


def _not_negative(argument: Argument) -> tuple[ArgumentCheck, ...]:
    """Refuse negative amounts, by which a sum could be brought down again."""
    return (ArgumentCheck(argument.path, "gte", 0, not argument.required, argument.type),)


def _sum(scope: Scope, reading: ToolReading, limit: Limit, argument: Argument) -> Guard:
    """Cap the sum over the window; alternatives share the counter, so that none adds to it."""
    name, window = path_text(argument.path), _window(limit)
    counter = f"{counter_of(scope, reading.name)}_{limit.argument}_{window}"
    cap = RateLimit(float(limit.max), window, counter, sum_of=argument.path)
    slots = {"max": number(limit.max), "window": window, "argument": f"`{name}`"}
    least = ArgumentCheck(argument.path, "gte", 0, not argument.required, argument.type)
    return make(scope, "spend", reading, slots, limit=cap, tail=f"{name}:{window}", checks=(least,))


def _window(limit: Limit) -> Window:
    return "minute" if limit.window == "call" else limit.window


def _arrays(scope: Scope, reading: ToolReading) -> tuple[tuple[str, ...], ...]:
    """List the outermost arrays whose items count, each once, in schema order."""
    found: dict[tuple[str, ...], None] = {}
    roles, but = scope.rules.derived.counted_items, scope.rules.derived.uncounted_arguments
    for argument in scope.arguments[reading.name]:
        number = argument.type in _NUMBERS and argument.role != "id"
        counted = argument.role in roles and not number
        described = _is_option(argument) or is_called(but, argument)
        if ITEMS in argument.path and counted and not described:
            found[argument.path[: argument.path.index(ITEMS)]] = None
    return tuple(found)


def _is_option(argument: Argument) -> bool:
    """Tell a list of words that only say how, such as formats, from what a call is about."""
    return argument.role == "other" and argument.type != "object" and not argument.required


def _plain(limit: Limit) -> int | float:
    whole = int(limit.max)
    return whole if whole == limit.max else float(limit.max)
