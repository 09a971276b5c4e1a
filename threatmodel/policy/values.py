"""What the recommended preset lets an argument hold, by the rules of frameworks/."""

from collections.abc import Iterable, Sequence

from threatmodel.classify.result import Argument, ToolReading
from threatmodel.classify.words import Words
from threatmodel.policy.guard import ITEMS, ArgumentCheck, Scalar, key_of
from threatmodel.policy.operations import (
    NONE_AGREED,
    WAITING,
    mild_values,
    only_looks,
    reads_of,
    strong_words,
)
from threatmodel.policy.phrases import has_phrase, spelled
from threatmodel.policy.rules import (
    PolicyRules,
    argument_rows,
    fits,
    has_beside,
    rows_that_open,
)
from threatmodel.rules.recommended import AccessRule, ArgumentRule


def _argument_rule(
    rules: PolicyRules, reading: ToolReading, argument: Argument, every: Iterable[Argument]
) -> ArgumentRule | None:
    """Give the first argument rule that fits an argument of a tool, one of `every`."""
    key = spelled(key_of(argument.path))
    is_switch = argument.type != "boolean" and _spelled_switch(argument) is not None
    kind = reading.tool_class, argument.role, "boolean" if is_switch else argument.type
    for row in argument_rows(rules, kind, key):
        if (
            not row.opens
            and not (row.operator == "mild_value" and _picks_nothing(argument, every))
            and (row.operator != "read_value" or any(map(only_looks, argument.words)))
            and _has_choice(rules, row, reading, argument)
            and not (row.opaque and any(_is_inside(one, argument) for one in every))
            and (not row.names or has_phrase(row.names, key))
            and (not row.beside or has_beside(row.beside, every))
            and fits(row.tools, reading, every)
        ):
            return row
    return None


def _has_choice(
    rules: PolicyRules, row: ArgumentRule, reading: ToolReading, argument: Argument
) -> bool:
    """Tell whether a rule about values leaves a choice among those that the schema lists.

    One that would let all of them pass, or is about addresses that a list is none of, is no guard,
    and hides none of the rules behind it.
    """
    if row.operator == "mild_value":
        listed = bool(argument.enum)
        return bool(mild_values(rules, reading, argument)) if listed else argument.type == "string"
    if row.operator == "recipient" and argument.enum:
        return bool(_of_enum(row.allow, argument.enum))
    if row.listed and row.operator == "in":
        return bool(_of_enum(row.allow, argument.enum))
    if row.listed:
        return 0 < len(_unnamed(row, argument)) < len(argument.enum)
    return row.operator != "in" or not argument.enum or bool(_of_enum(row.allow, argument.enum))


def _unnamed(row: ArgumentRule, argument: Argument) -> Words:
    """List the values that have no word of those that a rule names."""
    return tuple(v for v in argument.enum if not has_phrase(row.allow, spelled(v)))


Ruled = tuple[Argument, ArgumentRule | None]
"""An argument, and the rule that decides what it may hold."""

_OF_WHOLES = frozenset({"in", "eq"})


def ruled(
    rules: PolicyRules,
    reading: ToolReading,
    every: Sequence[Argument],
    access: AccessRule | None,
) -> tuple[Ruled, ...]:
    """Give each argument of a tool with its rule; `access` is the rule of the tool itself.

    An object is no text: where parts of it have its role, such as the address of a recipient, they
    are held by its rule in its place. A part that stands alone has to be given with the object.
    """
    found = [(one, _argument_rule(rules, reading, one, every)) for one in every]
    for at, (whole, row) in enumerate(found):
        if row is None or whole.type != "object" or row.operator in _OF_WHOLES:
            continue
        if parts := [a for a in every if _is_part(a, whole)]:
            found[at] = (whole, None)
            for part in parts:
                needed = whole.required and len(parts) == 1
                found[every.index(part)] = (part._replace(required=needed), row)
    # Where an argument rule opens the tool already, that one says what passes.
    held = access if access and access.access in WAITING else None
    if held is None or any(row and row.id in held.lifted_by for _, row in found):
        return tuple(found)
    return _opened(rules, reading, found)


def _opened(rules: PolicyRules, reading: ToolReading, found: Sequence[Ruled]) -> tuple[Ruled, ...]:
    """Let those operations pass that only read, of a tool that would wait whatever it is given."""
    looking = rows_that_open(rules)[:1]
    looks = (looking and _has_looks(rules, reading, argument) for argument, _ in found)
    return tuple(
        (one, looking[0]) if opens else (one, row)
        for (one, row), opens in zip(found, looks, strict=True)
    )


def _has_looks(rules: PolicyRules, reading: ToolReading, argument: Argument) -> bool:
    """Tell whether each call picks an operation by it, and some of these only look or stop."""
    picks = argument.role == "operation" and len(argument.path) == 1 and argument.required
    return picks and not argument.is_array and bool(reads_of(rules, reading, argument))


def _is_part(argument: Argument, whole: Argument) -> bool:
    alike = argument.role == whole.role and argument.type != "object"
    return alike and _is_inside(argument, whole)


def _is_inside(argument: Argument, whole: Argument) -> bool:
    return argument.path[: len(whole.path)] == whole.path and argument.path != whole.path


def _picks_nothing(argument: Argument, every: Iterable[Argument]) -> bool:
    """Tell what only looks like an operation: a value of a list, or a word within what one takes.

    Where the tool's own argument picks the operation, `action: accept` of a rule that it is given
    is part of the rule.
    """
    if _is_plain_item(argument):
        return True
    deep = argument.role == "operation" and len(argument.path) > 1
    return deep and any(
        one.role == "operation" and len(one.path) == 1 and one.required and one.enum
        for one in every
    )


def _is_plain_item(argument: Argument) -> bool:
    """Tell a value of a list, which names things, from what is picked for each item of one."""
    return argument.is_array and not (argument.enum and argument.path[-1] != ITEMS)


def check_of(
    rules: PolicyRules,
    row: ArgumentRule,
    reading: ToolReading,
    argument: Argument,
    wished: Sequence[str],
) -> ArgumentCheck | None:
    """Make the check of a rule: with what the description says, else with the safe default."""
    operator = (row.with_parameter or row.operator) if wished else row.operator
    # Of alternatives in a list an item has one: what is only searched need not be in each.
    searched = operator == "without_text" and ITEMS in argument.path
    optional = searched or not (argument.required or row.given)
    absent = optional and row.left_out and not wished
    gives_way = row.gives_way and not wished

    def check(name: str, value: Scalar | tuple[Scalar, ...]) -> ArgumentCheck:
        kept = (optional, argument.type, absent, gives_way)
        return ArgumentCheck(argument.path, name, value, *kept)  # type: ignore[arg-type]

    match operator:
        case "eq":
            return check("eq", _switch_value(argument, on=row.allow == ("true",)))
        case "free" | "name" | "own_host" | "without_text" if argument.enum or operator == "free":
            return None
        case "public_url" | "ref" | "name" | "own_host" | "without_text":
            return check(operator, row.allow)
        case "not_named" | "mild_value" if not argument.enum and not wished:
            return check("not_named", row.allow or strong_words(rules))
        case _:
            known = _allowed(rules, row, reading, argument, wished)
            if known == ():  # nothing; not a bound of 0
                return None
            if argument.type == "integer" and argument.meanings and isinstance(known, tuple):
                known = known if known == NONE_AGREED else tuple(map(int, known))
            listed = operator in ("mild_value", "read_value", "not_named")
            return check("in" if listed else operator, known)


def _allowed(
    rules: PolicyRules,
    row: ArgumentRule,
    reading: ToolReading,
    argument: Argument,
    wished: Sequence[str],
) -> tuple[Scalar, ...] | Scalar:
    """Give what passes: as wished, else by the rule; nothing where that would be no guard."""
    if row.operator == "mild_value":
        return tuple(wished or mild_values(rules, reading, argument))
    if row.operator == "read_value":
        return tuple(wished or reads_of(rules, reading, argument))
    if row.operator == "not_named":
        if row.listed:
            return _unnamed(row, argument)
        left = tuple(v for v in argument.enum if _bare(v) not in row.allow)
        return left if len(left) < len(argument.enum) else ()
    allow = tuple(wished) or row.allow
    known = _of_enum(allow, argument.enum) if argument.enum else allow
    if row.operator == "lte" and known:
        return float(known[0]) if "." in known[0] else int(known[0])
    return known


_SWITCHES = (("0", "1"), ("false", "true"), ("no", "yes"), ("off", "on"), ("n", "y"))
"""What switches that are no boolean are off and on by."""


def _spelled_switch(argument: Argument) -> Words | None:
    """Give the values that stand for off and on, where an argument takes just two such."""
    by_word = {} if argument.meanings else {value.lower(): value for value in argument.enum}
    found = next((pair for pair in _SWITCHES if set(pair) == by_word.keys()), None)
    return tuple(by_word[word] for word in found) if found else None


def _switch_value(argument: Argument, *, on: bool) -> Scalar:
    """Give off or on as the argument spells it."""
    pair = None if argument.type == "boolean" else _spelled_switch(argument)
    if pair is None:
        return on
    return int(on) if argument.type in ("integer", "number") else pair[on]


def _bare(value: str) -> str:
    """Write a value without what parts its words: `permission_set` as `permissionset`."""
    return "".join(filter(str.isalnum, value)).lower()


def _of_enum(allow: Words, enum: Words) -> Words:
    """List the values of an enum that are allowed, in whichever case it spells them."""
    return tuple(v for one in allow for v in enum if v.lower() == one.lower())
