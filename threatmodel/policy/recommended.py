"""What the recommended preset asks of a tool and of its arguments, by the rules of frameworks/."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from threatmodel.classify.classify import load_class_rules
from threatmodel.classify.operation import find_verb
from threatmodel.classify.result import Argument, Effect, ToolReading
from threatmodel.classify.words import split_name
from threatmodel.policy.guard import ITEMS, ArgumentCheck, Scalar, key_of
from threatmodel.policy.phrases import Index, called, has_phrase, is_whole, spelled
from threatmodel.policy.rules import PolicyRules
from threatmodel.rules.recommended import AccessRule, ArgumentRule, ToolPick

Words = tuple[str, ...]

_MILD = frozenset({"Read", "Write"})
_GRAVE = frozenset({"Destructive", "Financial"})
_STOPS = frozenset({"stop", "cancel"})


class _Rows(NamedTuple):
    """Rules by what most of them are ruled out by, in their order."""

    rules: PolicyRules
    access: dict[str, Index[AccessRule]]
    """By class of tool."""
    arguments: dict[tuple[str, str, str], Index[ArgumentRule]]
    """By class of tool, role and type of argument."""


_ROWS: dict[int, _Rows] = {}
"""One entry: which rules hold is a matter of the process."""


def _rows(rules: PolicyRules) -> _Rows:
    found = _ROWS.get(id(rules))
    if found is None or found.rules is not rules:
        _ROWS.clear()
        found = _ROWS[id(rules)] = _Rows(rules, {}, {})
    return found


def _accesses(rules: PolicyRules, tool_class: str) -> Index[AccessRule]:
    known = _rows(rules).access
    if tool_class not in known:
        rows = [row for row in rules.access if _is_for(row.tools, tool_class)]
        known[tool_class] = Index(rows, lambda row: row.tools.words or row.tools.objects)
    return known[tool_class]


def _arguments(rules: PolicyRules, kind: tuple[str, str, str]) -> Index[ArgumentRule]:
    known = _rows(rules).arguments
    if kind not in known:
        tool_class, role, json_type = kind
        rows = [
            row
            for row in rules.arguments
            if _is_for(row.tools, tool_class)
            and (not row.roles or role in row.roles)
            and (not row.types or json_type in row.types)
        ]
        known[kind] = Index(rows, lambda row: row.names)
    return known[kind]


def _is_for(pick: ToolPick, tool_class: str) -> bool:
    return not pick.classes or tool_class in pick.classes


def access_rule(
    rules: PolicyRules, reading: ToolReading, every: Iterable[Argument]
) -> AccessRule | None:
    """Give the first access rule that fits a tool, of which `every` are the arguments."""
    names = (called(reading.name), *(spelled(effect.object) for effect in reading.effects))
    rows = _accesses(rules, reading.tool_class).near(names)
    return next((row for row in rows if fits(row.tools, reading, every)), None)


def argument_rule(
    rules: PolicyRules, reading: ToolReading, argument: Argument, every: Iterable[Argument]
) -> ArgumentRule | None:
    """Give the first argument rule that fits an argument of a tool, one of `every`."""
    key = spelled(key_of(argument.path))
    for row in _arguments(rules, (reading.tool_class, argument.role, argument.type)).near((key,)):
        if (
            not (row.operator == "mild_value" and _is_plain_item(argument))
            and (row.operator != "read_value" or any(map(_only_reads, argument.enum)))
            and _has_choice(rules, row, argument)
            and (not row.names or has_phrase(row.names, key))
            and (not row.beside or _has_beside(row.beside, every))
            and fits(row.tools, reading, every)
        ):
            return row
    return None


def _has_choice(rules: PolicyRules, row: ArgumentRule, argument: Argument) -> bool:
    """Tell whether a rule about values leaves a choice among those that the schema lists.

    One that would let all of them pass, or is about addresses that a list is none of, is no guard,
    and hides none of the rules behind it.
    """
    if row.operator == "mild_value" and argument.enum:
        return bool(mild_values(rules, argument.enum))
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


def ruled(rules: PolicyRules, reading: ToolReading, every: Sequence[Argument]) -> tuple[Ruled, ...]:
    """Give each argument of a tool with its rule.

    An object is no text: where parts of it have its role, such as the address of a recipient, they
    are held by its rule in its place. A part that stands alone has to be given with the object.
    """
    found = [(one, argument_rule(rules, reading, one, every)) for one in every]
    for at, (whole, row) in enumerate(found):
        if row is None or whole.type != "object" or row.operator in _OF_WHOLES:
            continue
        if parts := [a for a in every if _is_part(a, whole)]:
            found[at] = (whole, None)
            for part in parts:
                needed = whole.required and len(parts) == 1
                found[every.index(part)] = (part._replace(required=needed), row)
    return tuple(found)


def _is_part(argument: Argument, whole: Argument) -> bool:
    inside = argument.path[: len(whole.path)] == whole.path and argument.path != whole.path
    return inside and argument.role == whole.role and argument.type != "object"


def _is_plain_item(argument: Argument) -> bool:
    """Tell a value of a list, which names things, from the operation of each item of one."""
    return argument.is_array and not (
        argument.role == "operation" and argument.enum and argument.path[-1] != ITEMS
    )


def is_called(names: Words, argument: Argument) -> bool:
    """Tell whether an argument's own name has one of the phrases in it, or is one with `=`."""
    return has_phrase(names, spelled(argument.path[0]))


def _has_beside(names: Words, every: Iterable[Argument]) -> bool:
    return any(is_called(names, argument) for argument in every)


def check_of(
    rules: PolicyRules, row: ArgumentRule, argument: Argument, wished: Sequence[str]
) -> ArgumentCheck | None:
    """Make the check of a rule: with what the description says, else with the safe default."""
    operator = (row.with_parameter or row.operator) if wished else row.operator
    optional = not argument.required
    absent = optional and row.left_out and not wished
    gives_way = row.gives_way and not wished

    def check(name: str, value: Scalar | tuple[Scalar, ...]) -> ArgumentCheck:
        kept = (optional, argument.type, absent, gives_way)
        return ArgumentCheck(argument.path, name, value, *kept)  # type: ignore[arg-type]

    match operator:
        case "eq":
            return check("eq", value=row.allow == ("true",))
        case "free" | "name" | "without_text" if argument.enum or operator == "free":
            return None
        case "public_url" | "ref" | "name" | "without_text":
            return check(operator, tuple(wished) or row.allow)
        case "not_named" | "mild_value" if row.allow and not argument.enum and not wished:
            return check("not_named", row.allow)
        case _:
            known = _allowed(rules, row, argument, wished)
            if not known:
                return None
            listed = operator in ("mild_value", "read_value", "not_named")
            return check("in" if listed else operator, known)


def _allowed(
    rules: PolicyRules, row: ArgumentRule, argument: Argument, wished: Sequence[str]
) -> tuple[Scalar, ...] | Scalar:
    """Give what passes: as wished, else by the rule; nothing where that would be no guard."""
    if row.operator == "mild_value":
        return tuple(wished or mild_values(rules, argument.enum))
    if row.operator == "read_value":
        return tuple(wished or (value for value in argument.enum if _only_reads(value)))
    if row.operator == "not_named":
        if row.listed:
            return _unnamed(row, argument)
        left = tuple(v for v in argument.enum if v.lower() not in row.allow)
        return left if len(left) < len(argument.enum) else ()
    allow = tuple(wished) or row.allow
    known = _of_enum(allow, argument.enum) if argument.enum else allow
    if row.operator == "lte" and known:
        return float(known[0]) if "." in known[0] else int(known[0])
    return known


def _of_enum(allow: Words, enum: Words) -> Words:
    """List the values of an enum that are allowed, in whichever case it spells them."""
    return tuple(v for one in allow for v in enum if v.lower() == one.lower())


def mild_values(rules: PolicyRules, values: Iterable[str]) -> Words:
    """List the values that do no harm; none where all or none of them do."""
    every = tuple(values)
    mild = tuple(value for value in every if _is_mild(rules, value))
    return mild if len(mild) < len(every) else ()


def named_after_harm(reading: ToolReading) -> bool:
    """Tell whether the tool's own name says that it destroys or pays, whatever it is given."""
    class_rules = load_class_rules()
    words = split_name(reading.name)
    forms = (find_verb(words, at, class_rules, plain=True) for at in range(len(words)))
    return any(form.verb.tool_class in _GRAVE for form in forms if form)


def _is_mild(rules: PolicyRules, value: str) -> bool:
    """Judge a value by its first verb; a later one that destroys or pays counts as well."""
    words, spelling = split_name(value), spelled(value)
    if is_whole(rules.strong_values, spelling):
        return False
    if not rules.mild_words.isdisjoint(spelling.runs):
        return True
    if has_phrase(rules.strong_values, spelling):
        return False
    class_rules = load_class_rules()
    forms = [form for at in _acting(words) if (form := find_verb(words, at, class_rules))]
    first = forms[:1]
    return all(f.verb.id in _STOPS or f.verb.tool_class in _MILD for f in first) and not any(
        form.verb.tool_class in _GRAVE for form in forms
    )


def _acting(words: Words) -> Iterable[int]:
    """Give the places of words that may act: none behind `of`, as in "out of order"."""
    return (at for at in range(len(words)) if at == 0 or words[at - 1] != "of")


def _only_reads(value: str) -> bool:
    words, class_rules = split_name(value), load_class_rules()
    form = find_verb(words, 0, class_rules) if words else None
    return form is not None and form.verb.tool_class == "Read"


def fits(pick: ToolPick, reading: ToolReading, every: Iterable[Argument] = ()) -> bool:
    """Tell whether a tool is picked; `every` are its arguments, those without a role included."""
    if not _is_for(pick, reading.tool_class):
        return False
    verbs = pick.verbs
    effects = [e for e in reading.effects if e.verb in verbs] if verbs else reading.effects
    return (
        (not pick.flags or not set(pick.flags).isdisjoint(reading.flags))
        and (not pick.roles or any(a.role in pick.roles for a in _given(pick, reading)))
        and (not pick.shows or any(fact in pick.shows for fact, _ in reading.traits))
        and bool(effects or not pick.verbs)
        and (not pick.words or has_phrase(pick.words, called(reading.name)))
        and (not pick.objects or _on(pick.objects, effects, reading.name))
        and (not pick.beside or _has_beside(pick.beside, every))
        and not (pick.not_beside and _has_beside(pick.not_beside, every))
        and not (pick.without and _is_excepted(pick, reading))
    )


def _given(pick: ToolPick, reading: ToolReading) -> Iterable[Argument]:
    """Give the arguments that decide: all, or those that a call has to give."""
    if not pick.required or len(reading.arguments) == 1:
        return reading.arguments
    return (argument for argument in reading.arguments if argument.required)


def _is_excepted(pick: ToolPick, reading: ToolReading) -> bool:
    """Look for the excepting words in the name; in objects too where the rule looks at those."""
    return _on(pick.without, reading.effects if pick.objects else (), reading.name)


def _on(phrases: Words, effects: Iterable[Effect], name: str) -> bool:
    if has_phrase(phrases, called(name)):
        return True
    return any(has_phrase(phrases, spelled(effect.object)) for effect in effects)
