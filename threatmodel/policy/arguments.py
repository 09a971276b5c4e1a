"""Argument guards: what the wishes allow, for arguments that the tool really has."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from threatmodel.classify.result import Argument, ToolReading
from threatmodel.classify.words import split_name
from threatmodel.policy.guard import (
    ArgumentCheck,
    Guard,
    Operator,
    Scalar,
    key_of,
)
from threatmodel.policy.operations import NONE_AGREED, only_reads
from threatmodel.policy.rules import rows_that_open
from threatmodel.policy.scope import Scope, make, number, path_text
from threatmodel.policy.values import check_of
from threatmodel.rules.guards import CheckRule
from threatmodel.rules.recommended import ArgumentRule, Words
from threatmodel.threats.names import joined

AGREED = "agreed-values"
"""Rule of the guards that `policy.values` of the description asks for."""

_RUN = frozenset({"command", "code"})
_SETTING = "setting"


def argument_guards(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    """Make the argument guards of one tool: what was said may pass, else the safe default.

    Where the operations that pass only read, what writing needs has not to be given; what is
    given is judged all the same.
    """
    ruled = {argument.path: (argument, row) for argument, row in scope.ruled[reading.name]}
    guards = tuple(_argument_guards(scope, reading))
    reads = any(_only_reads(*ruled[guard.checks[0].path], guard) for guard in guards)
    for guard in guards:
        row = ruled[guard.checks[0].path][1]
        spared = reads and row is not None and guard.rule == row.id and not _is_for_reads(row)
        yield replace(guard, checks=tuple(map(_spared, guard.checks))) if spared else guard


def _spared(check: ArgumentCheck) -> ArgumentCheck:
    return replace(check, optional=True)


def _only_reads(argument: Argument, row: ArgumentRule | None, guard: Guard) -> bool:
    """Tell whether each call has to pick an operation, and only such as read pass."""
    check = guard.checks[0]
    picks = argument.role == "operation" and len(argument.path) == 1 and argument.required
    if not picks or row is None or row.operator not in _PICKS or check.operator != "in":
        return False
    words = dict(zip(argument.enum, argument.words, strict=True))
    return all(only_reads(words.get(str(value), str(value))) for value in check.values)


_PICKS = frozenset({"mild_value", "read_value"})


def _is_for_reads(row: ArgumentRule) -> bool:
    return row.operator in _PICKS or not row.tools.classes or "Read" in row.tools.classes


def _argument_guards(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    shut = {a.path for a, row in scope.ruled[reading.name] if row and _is_shut(scope, a, row)}
    for argument, row in scope.ruled[reading.name]:
        if any(argument.path[:size] in shut for size in range(1, len(argument.path))):
            continue  # what stands inside is left out with the object
        wished = scope.wished(reading.name, argument.path)
        values = typed(argument, wished) if wished else None
        if values:
            yield _of_values(scope, reading, argument, values)
        elif row:
            said = tuple(getattr(scope.wishes, row.parameter)) if row.parameter else ()
            check = check_of(scope.rules, row, reading, argument, said)
            place = (reading.name, argument.path)
            if check and not _is_met(row, check, scope.floors.get(place), scope.bounds.get(place)):
                default = None if _is_of_one(reading, argument) else scope.defaults.get(place)
                yield _of_rule(scope, reading, row, _by_default(check, default))


def _is_of_one(reading: ToolReading, argument: Argument) -> bool:
    """Tell whether an argument belongs to the one operation of its tool that is named like it.

    The default of `archive` under `action: archive` says nothing of the calls that list or read.
    """
    words = {*split_name(key_of(argument.path))}
    operations = (one for one in reading.arguments if one.role == "operation" and one.required)
    return any(
        not words.isdisjoint(split_name(value))
        for one in operations
        if one.path != argument.path
        for value in one.enum
    )


def _is_shut(scope: Scope, argument: Argument, row: ArgumentRule) -> bool:
    """Tell whether an object is held as a whole."""
    held = argument.type == "object" and row.operator == "in"
    return held and not (row.parameter and getattr(scope.wishes, row.parameter))


def _is_met(row: ArgumentRule, check: ArgumentCheck, least: object, most: object) -> bool:
    """Tell whether the schema takes no number that the bounds would hold, and may do without."""
    if check.operator != "lte" or row.needed or not isinstance(check.value, int | float):
        return False
    above = isinstance(most, int | float) and most <= check.value
    below = not row.least or (isinstance(least, int | float) and least >= int(row.least))
    return above and below


_USUAL = 10
"""How many times a bound a server's own default may be and still count as an everyday number."""


def _by_default(check: ArgumentCheck, default: object) -> ArgumentCheck:
    """Let what the server takes without the argument pass, or else demand the argument.

    A number that is the server's own default is an everyday one; a value that does harm is not.
    Where no value passes, none could be given in the default's place, and the caller chose nothing.
    """
    if default is None or not check.optional or check.values == NONE_AGREED:
        return check
    if check.operator == "lte" and isinstance(check.value, int | float):
        if isinstance(default, int | float) and default <= _USUAL * check.value:
            return replace(check, value=max(check.value, default))
        return check
    known = check.values
    match check.operator:
        case "eq" | "in":
            harmless = default in known
        case "not_named":
            harmless = str(default).lower() not in known
        case _:
            harmless = True
    return check if harmless else replace(check, optional=False, absent=False)


def opening_rules(
    scope: Scope, reading: ToolReading, bounds: Sequence[Guard]
) -> dict[str, list[Guard]]:
    """Give the guards that may open a tool that would wait otherwise, by the names of their rules.

    Values that a person agreed on stand for the rule of their argument, and for `agreed-values`
    where the argument is the command or the code itself. None opens a tool that sets another
    physical quantity, which nothing bounds: a mild temperature beside any pressure is not mild.
    """
    bounded = {check.path for guard in bounds for check in guard.checks}
    every = scope.arguments[reading.name]
    if any(one.role == _SETTING and one.path not in bounded for one in every):
        return {}
    ruled = {argument.path: (argument, row) for argument, row in scope.ruled[reading.name]}
    found: dict[str, list[Guard]] = {}
    for guard in bounds:
        argument, row = ruled[guard.checks[0].path]
        if guard.rule != AGREED or argument.role in _RUN:
            found.setdefault(guard.rule, []).append(guard)
        elif row:
            found.setdefault(row.id, []).append(guard)
        if _only_reads(argument, row, guard):
            for one in rows_that_open(scope.rules)[:1]:
                found.setdefault(one.id, []).append(guard)
    return found


def check_guard(
    scope: Scope,
    reading: ToolReading,
    checks: tuple[ArgumentCheck, ...],
    rule: CheckRule,
    says: str,
) -> Guard:
    """Make the guard of some checks of one argument; `says` is the bound in words."""
    check = checks[0]
    name = path_text(check.path)
    slots = {"argument": f"`{name}`", "allowed": rule.allowed.format(values=says)}
    tail = f"{name}:{check.operator}"
    return make(scope, "argument", reading, slots, checks=checks, clause=rule.clause, tail=tail)


def _of_values(
    scope: Scope, reading: ToolReading, argument: Argument, values: tuple[Scalar, ...]
) -> Guard:
    rule, optional = scope.rules.values, not argument.required
    check = ArgumentCheck(argument.path, rule.operator, values, optional, argument.type)
    guard = check_guard(scope, reading, (check,), rule, joined(values, "or"))
    return replace(guard, otherwise="approval", rule=AGREED)


def _of_rule(scope: Scope, reading: ToolReading, row: ArgumentRule, check: ArgumentCheck) -> Guard:
    name = path_text(check.path)
    slots = {"argument": f"`{name}`", "allowed": passing(scope, row, check)}
    return make(
        scope,
        "argument",
        reading,
        slots,
        checks=_within(row, check),
        clause=row.clause,
        tail=f"{name}:{check.operator}",
        otherwise="approval",
        because=row.because,
        rule=row.id,
    )


def _within(row: ArgumentRule, check: ArgumentCheck) -> tuple[ArgumentCheck, ...]:
    """Add what the rule asks besides: a bound from below, or words that must not be in it."""
    if check.operator == "without_text":
        further: tuple[tuple[Operator, Words], ...]
        further = (("not_named", row.whole_words), ("free_of", row.free_of))
        return (check, *(replace(check, operator=o, value=v) for o, v in further if v))
    if row.least and check.operator == "lte":
        return (check, replace(check, operator="gte", value=int(row.least)))
    return (check,)


# A person reads the message of a refused call; the policy itself has all the words.
_TOLD = 6
"""Words that a sentence names of those that must not be in a value."""


def passing(scope: Scope, row: ArgumentRule, check: ArgumentCheck) -> str:
    """Say in words what passes a check of a rule."""
    said = row.parameter and getattr(scope.wishes, row.parameter)
    if row.until and not said:
        return row.until
    values = check.value if isinstance(check.value, tuple) else row.allow
    if check.operator == "lte":
        return row.allowed.format(values=number(float(str(check.value))))
    if check.operator == "not_named" and row.operator == "mild_value":
        few = values[:_TOLD]
        return f"a word that is none of {joined(few, 'or')}{' and their like' * (few != values)}"
    text = row.allowed.format(values=joined(values, "or"))
    text = text if check.optional else text.removesuffix(", or left out")
    return text if len(values) > 1 else text.removeprefix("one of ")


_TYPED = frozenset({"string", "any", "integer", "number", "boolean"})


def takes_values(argument: Argument) -> bool:
    """Tell whether a description can say what an argument may hold: no object, and no list."""
    return argument.type in _TYPED


def typed(argument: Argument, wished: tuple[str, ...]) -> tuple[Scalar, ...] | None:
    """Give the wished values in the argument's own type; None where none can be."""
    allowed = [v for v in wished if not argument.enum or v in argument.enum]
    match argument.type:
        case "string" | "any":
            return tuple(allowed)
        case "integer":
            return tuple(int(v) for v in allowed if re.fullmatch(r"-?[0-9]{1,18}", v)) or None
        case "number":
            return tuple(float(v) for v in allowed if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]+)?", v))
        case "boolean":
            return tuple(v.lower() == "true" for v in allowed) or None
        case _:
            return None
