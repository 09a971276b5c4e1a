"""What the recommended preset asks of a tool and of its arguments, by the rules of frameworks/."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from threatmodel.classify.classify import load_class_rules
from threatmodel.classify.operation import find_verb
from threatmodel.classify.result import Argument, Effect, ToolReading
from threatmodel.classify.words import VerbForm, singular, split_name
from threatmodel.policy.guard import ITEMS, ArgumentCheck, Scalar, key_of
from threatmodel.policy.rules import PolicyRules
from threatmodel.rules.recommended import AccessRule, ArgumentRule, ToolPick

Words = tuple[str, ...]

_MILD = frozenset({"Read", "Write"})
_GRAVE = frozenset({"Destructive", "Financial"})
_STOPS = frozenset({"stop", "cancel"})


def access_rule(
    rules: PolicyRules, reading: ToolReading, every: Iterable[Argument]
) -> AccessRule | None:
    """Give the first access rule that fits a tool, of which `every` are the arguments."""
    return next((row for row in rules.access if fits(row.tools, reading, every)), None)


def argument_rule(
    rules: PolicyRules, reading: ToolReading, argument: Argument, every: Iterable[Argument]
) -> ArgumentRule | None:
    """Give the first argument rule that fits an argument of a tool, one of `every`."""
    key = _spelled(key_of(argument.path))
    for row in rules.arguments:
        if (
            (not row.roles or argument.role in row.roles)
            and (not row.types or argument.type in row.types)
            and not (row.operator == "mild_value" and _is_plain_item(argument))
            and (row.operator != "read_value" or any(map(_only_reads, argument.enum)))
            and (not row.names or _is_named(row.names, key))
            and (not row.beside or _has_beside(row.beside, every))
            and fits(row.tools, reading, every)
        ):
            return row
    return None


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
        parts = [a for a in every if _is_part(a, whole)] if whole.type == "object" else []
        if row and parts and row.operator not in _OF_WHOLES:
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
    return _is_named(names, _spelled(argument.path[0]))


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
    words = split_name(value)
    whole = tuple(row for row in rules.strong_values if row.startswith("="))
    if _is_named(whole, _spelled(value)):
        return False
    if not rules.mild_words.isdisjoint(_spelled(value).split()):
        return True
    if _any_phrase(rules.strong_values, _spelled(value)):
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
    effects = [e for e in reading.effects if not pick.verbs or e.verb in pick.verbs]
    return (
        (not pick.classes or reading.tool_class in pick.classes)
        and (not pick.flags or not set(pick.flags).isdisjoint(reading.flags))
        and (not pick.roles or any(a.role in pick.roles for a in _given(pick, reading)))
        and (not pick.shows or any(fact in pick.shows for fact, _ in reading.traits))
        and bool(effects or not pick.verbs)
        and (not pick.words or _any_phrase(pick.words, _called(reading.name)))
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


@lru_cache(maxsize=65536)
def _is_named(names: Words, key: str) -> bool:
    """Tell whether a name has one of the phrases in it, or with `=` in front is all of it."""
    return any(
        key == _phrase(name[1:]) if name.startswith("=") else _phrase(name) in key for name in names
    )


def _on(phrases: Iterable[str], effects: Iterable[Effect], name: str) -> bool:
    found = (*(_spelled(effect.object) for effect in effects), _spelled(name), _called(name))
    return any(_any_phrase(phrases, one) for one in found)


def _any_phrase(phrases: Iterable[str], spelled: str) -> bool:
    return any(
        spelled.endswith(_phrase(phrase[:-1])) if phrase[-1] == "$" else _phrase(phrase) in spelled
        for phrase in phrases
    )


# Words are compared in their base form, with a space on either side: a phrase is then found as
# text, which matters where 400 tools meet 40 rules.


@lru_cache(maxsize=4096)
def _phrase(phrase: str) -> str:
    return _spaced(phrase.split())


@lru_cache(maxsize=65536)
def _spelled(name: str) -> str:
    return _spaced(split_name(name))


@lru_cache(maxsize=65536)
def _called(name: str) -> str:
    """Spell a tool's name, and its verb once more before each end of what it acts on.

    `zone.cache.purge` is found by "purge cache", `update_full_workflow` by "update workflow".
    """
    words = split_name(name)
    at = _verb_at(words)
    if at is None:
        return _spaced(words)
    rest = words[at + 1 :] or words[:at]
    ends = (_spaced((words[at], *rest[start:])) for start in range(len(rest)))
    return _spaced(words) + "|".join(ends)


def _verb_at(words: Words) -> int | None:
    """Give the place of the verb: the last word where none that asks leads, else the first verb."""
    rules = load_class_rules()
    forms = [find_verb(words, at, rules, plain=True) for at in range(len(words))]
    first, last = (forms[0], forms[-1]) if forms else (None, None)
    if last and not _asks(first) and (last.firm or first is None) and len(words) > 1:
        return len(words) - 1
    return next((at for at, form in enumerate(forms) if form and form.firm), None)


def _asks(form: VerbForm | None) -> bool:
    return form is not None and form.firm and form.verb.tool_class == "Read"


def _spaced(words: Iterable[str]) -> str:
    return f" {' '.join(singular(word.lower()) for word in words)} "
