"""Operations that an argument picks: each is judged as the tool that it would be alone."""

from collections.abc import Collection, Iterable

from threatmodel.classify.classify import load_class_rules, read_tools
from threatmodel.classify.operation import find_verb, kinds_of
from threatmodel.classify.result import Argument, ToolReading
from threatmodel.classify.words import VerbForm, Words, singular, split_name
from threatmodel.description.agent import Tool
from threatmodel.policy.phrases import has_phrase, is_whole, spelled
from threatmodel.policy.rules import GRAVE, PolicyRules, access_rule

_MILD = frozenset({"Read", "Write"})
_STOPS = frozenset({"stop", "cancel"})
WAITING = frozenset({"approval", "deny", "hide"})
"""What tools may get under which no call of theirs goes through by itself."""
NONE_AGREED = ("(none agreed yet)",)
"""What rules allow of which nothing passes until a person says more."""


def mild_values(rules: PolicyRules, reading: ToolReading, argument: Argument) -> Words:
    """List the values that do no harm; none where all or none of them do.

    Of operations that are mild by their words and all wait as tools of their own, none passes.
    """
    writes = _methods_that_write(argument.words)
    mild = free = [w for w in argument.words if w not in writes and _is_mild(rules, w)]
    if argument.role == "operation":
        free = [word for word in mild if not _waits(rules, reading, word)]
    if mild and not free:
        return NONE_AGREED
    return _values(argument, free) if len(free) < len(argument.enum) else ()


_HTTP_READS = frozenset({"get", "head"})
_HTTP_WRITES = frozenset({"patch", "post", "put"})


def _methods_that_write(words: Collection[str]) -> frozenset[str]:
    """Give the methods of HTTP that change something; `put` alone is like any operation."""
    writes = frozenset(word for word in words if word.lower() in _HTTP_WRITES)
    reads = any(word.lower() in _HTTP_READS for word in words)
    return writes if reads or len(writes) > 1 else frozenset()


def _values(argument: Argument, words: Collection[str]) -> Words:
    """Give the values that stand for some of an argument's words."""
    both = zip(argument.enum, argument.words, strict=True)
    return tuple(value for value, word in both if word in words)


def reads_of(rules: PolicyRules, reading: ToolReading, argument: Argument) -> Words:
    """List the values that only read, stop or prepare, and would not wait as tools of their own."""
    free = (word for word in argument.words if only_looks(word) or _prepares(rules, word))
    return _values(argument, [word for word in free if not _waits(rules, reading, word)])


def _prepares(rules: PolicyRules, value: str) -> bool:
    """Tell whether a rule would let a tool through that were called like an operation."""
    row = access_rule(rules, _alone(value), ()) if split_name(value) else None
    return row is not None and row.access == "allow" and not row.takes


def _waits(rules: PolicyRules, reading: ToolReading, value: str) -> bool:
    """Tell whether a tool of its own that did what an operation does would wait for a person."""
    if not rules.mild_words.isdisjoint(spelled(value).runs):
        return False
    asked = f"get_{value}" if _lists(split_name(value)) else value
    if not split_name(value):
        return False
    return _waits_alone(rules, asked, bare=True) or _waits_alone(
        rules, _called_for(reading.name, asked)
    )


def _alone(name: str) -> ToolReading:
    (alone,) = read_tools((Tool(name=name),), load_class_rules())
    return alone


def _waits_alone(rules: PolicyRules, name: str, *, bare: bool = False) -> bool:
    alone = _alone(name)
    row = access_rule(rules, alone, ())
    if row and row.last and bare:
        return False
    stops = alone.brake and not (row and row.no_brake)  # to stop a guard or a log is no brake
    return row is not None and not stops and row.access in WAITING


_OF_ANY = frozenset({"action", "batch", "bulk", "operation", "operations"})
"""Words of a tool of many operations that name nothing it acts on."""
_KEEPERS = frozenset({"admin", "control", "management", "manager"})
"""Words that name nothing beside what is kept by it."""


def _called_for(tool: str, value: str) -> str:
    """Name an operation as a tool of its own, `create` of `manage_rules` as `create_rules`."""
    words = split_name(value)
    named = tuple(word for word in _behind_both(split_name(tool)) if word not in _OF_ANY)
    named = tuple(word for word in named if word not in _KEEPERS) or named
    ends = {0, 1, len(named) - 1}  # behind the name of a product as well
    verbs = {at for at in ends if 0 <= at < len(named) and _is_verb(named, at)}
    thing = (word for at, word in enumerate(named) if at not in verbs)
    return "_".join((words[0], *thing, *words[1:]))


def _behind_both(words: Words) -> Words:
    """Leave out verbs that a name joins: of `add_or_remove_album` an operation is on albums."""
    joins = load_class_rules().grammar.coordinators
    joined = [at for at in range(1, len(words) - 1) if words[at] in joins]
    last = max((at for at in joined if _is_verb(words, at + 1)), default=None)
    both = last is not None and _is_verb(words, last - 1)
    return (words[last + 2 :] or words) if last is not None and both else words


def _is_verb(words: Words, at: int) -> bool:
    form = find_verb(words, at, load_class_rules(), plain=True)
    return form is not None and form.firm


def strong_words(rules: PolicyRules) -> Words:
    """List the words that a value which no schema lists must not have in it."""
    return tuple(one.lstrip("=") for one in rules.strong_values if one.lstrip("=").isalnum())


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
        form.verb.tool_class in GRAVE for form in forms
    )


def _acting(words: Words) -> Iterable[int]:
    """Give the places of words that may act: none behind `of`, as in "out of order"."""
    return (at for at in range(len(words)) if at == 0 or words[at - 1] != "of")


def only_looks(value: str) -> bool:
    """Tell whether an operation only reads or stops."""
    form = _first_verb(value)
    return only_reads(value) or (form is not None and form.verb.id in _STOPS)


def only_reads(value: str) -> bool:
    """Tell whether an operation begins with a verb that only reads, or names what it lists."""
    form = _first_verb(value)
    return _lists(split_name(value)) if form is None else form.verb.tool_class == "Read"


def _first_verb(value: str) -> VerbForm | None:
    words = split_name(value)
    return find_verb(words, 0, load_class_rules()) if words else None


_SORTS = frozenset({"latest", "recent", "unread"})
"""Words that ask for some of what there is."""


def _lists(words: Words) -> bool:
    """Tell whether an operation is called like known things that it gives: `accounts`, `unread`."""
    rules = load_class_rules()
    if len(words) == 1 and words[0] in _SORTS:  # alone, "unread" asks for mail and marks none
        return True
    if not words or any(find_verb(words, at, rules) for at in range(len(words))):
        return False
    one = singular(words[-1])
    return words[-1] in _SORTS or (one != words[-1] and bool(kinds_of((one,), rules)[0]))
