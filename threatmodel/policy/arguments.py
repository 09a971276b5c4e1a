"""Argument guards: what the wishes allow, for arguments that the tool really has."""

import re
from collections.abc import Iterator

from threatmodel.classify.reading import Argument, ToolReading
from threatmodel.policy.guard import ArgumentCheck, Guard, Scalar
from threatmodel.policy.making import listed, make
from threatmodel.policy.rules import CheckRule
from threatmodel.policy.scope import Scope, key_of, spelled


def argument_guards(scope: Scope, reading: ToolReading) -> Iterator[Guard]:
    """Make the argument guards of one tool; none where the wishes are silent."""
    for argument, row in scope.wished[reading.name]:
        wished = scope.wishes.values.get(key_of(argument.path), ())
        if wished:
            rule = scope.rules.values
            values = _typed(argument, wished)
            if values is not None:
                yield _guard(scope, reading, argument, rule, values)
        elif row and getattr(scope.wishes, row.wish):
            allowed = tuple(getattr(scope.wishes, row.wish))
            yield _guard(scope, reading, argument, row.check, allowed)


def check_guard(
    scope: Scope,
    reading: ToolReading,
    checks: tuple[ArgumentCheck, ...],
    rule: CheckRule,
    says: str,
) -> Guard:
    """Make the guard of some checks of one argument; `says` is the bound in words."""
    check = checks[0]
    name = spelled(check.path)
    slots = {"argument": f"`{name}`", "allowed": rule.allowed.format(values=says)}
    tail = f"{name}:{check.operator}"
    return make(scope, "argument", reading, slots, checks=checks, clause=rule.clause, tail=tail)


def _guard(
    scope: Scope,
    reading: ToolReading,
    argument: Argument,
    rule: CheckRule,
    values: tuple[Scalar, ...],
) -> Guard:
    optional = not argument.required
    check = ArgumentCheck(argument.path, rule.operator, values, optional, argument.type)
    return check_guard(scope, reading, (check,), rule, listed(values))


def _typed(argument: Argument, wished: tuple[str, ...]) -> tuple[Scalar, ...] | None:
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
