"""The rules of frameworks/policy/ as the planner reads them, and which of them fit a tool."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from threatmodel.classify.classify import load_class_rules
from threatmodel.classify.operation import find_verb
from threatmodel.classify.result import Argument, Effect, ToolReading
from threatmodel.classify.words import Words, split_name
from threatmodel.policy.phrases import PhraseIndex, Spelling, acted_on, called, has_phrase, spelled
from threatmodel.rules import guards
from threatmodel.rules.advise import AdviseRules
from threatmodel.rules.decode import decoded
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.rules.recommended import AccessRule, ArgumentRule, Company, Shapes, ToolPick

GRAVE = frozenset({"Destructive", "Financial"})
"""Classes of tools that destroy or pay."""


class _Rows(NamedTuple):
    """Rules by what most of them are ruled out by, in their order."""

    access: PhraseIndex[AccessRule]
    arguments: PhraseIndex[ArgumentRule]
    opening: tuple[ArgumentRule, ...]
    """Argument rules that open a tool whichever rule makes it wait."""
    of_class: dict[str, frozenset[int]]
    """Access rules by class of tool."""
    of_kind: dict[tuple[str, str, str], frozenset[int]]
    """Argument rules by class of tool, role and type of argument."""


@dataclass(frozen=True)
class PolicyRules:
    """Everything in frameworks/policy/ that a plan is made by; `rules/policy.py` says more."""

    classes: dict[str, guards.Access]
    derived: guards.Derived
    """Where the recommended preset departs from it."""
    access: tuple[AccessRule, ...]
    """What tools get for what they reach; the first that fits."""
    arguments: tuple[ArgumentRule, ...]
    """What arguments may hold; the first that fits."""
    graver: frozenset[str]
    """Facts beside which no tool is let through by its name, unless a rule knows of them."""
    mild_words: frozenset[str]
    strong_values: tuple[str, ...]
    """Values of arguments that are final."""
    kinds: dict[str, guards.KindWords]
    limits: tuple[guards.LimitRule, ...]
    values: guards.CheckRule
    items: guards.CheckRule
    taint: guards.Taint
    sequence: tuple[guards.Order, ...]
    inherit: guards.Inherit
    condition: guards.CreditCondition
    """What must hold for any credit."""
    attended_keep: frozenset[str]
    credits: tuple[guards.Credit, ...]
    hostile: dict[str, tuple[tuple[str, str | int], ...]]
    """How a check compares -> what a replay tries, and the value."""
    shapes: Shapes
    """What text may look like."""
    advise: AdviseRules
    """What `aivss advise` may ask for."""

    @cached_property
    def found(self) -> _Rows:
        """The same rules, to be found by phrase, class and kind."""
        access = PhraseIndex(self.access, lambda row: row.tools.words or row.tools.objects)
        arguments = PhraseIndex(self.arguments, lambda row: row.names)
        return _Rows(access, arguments, tuple(row for row in self.arguments if row.opens), {}, {})


@per_rules
def policy_rules(knowledge: Knowledge) -> PolicyRules:
    """Give the policy rules of the knowledge."""
    rows: Mapping[str, Any] = knowledge.sections["policy"]
    return decoded(PolicyRules, {**rows, "arguments": rows["arguments_of_effects"]})


def picks(pick: guards.Pick, reading: ToolReading) -> bool:
    """Tell whether a tool is picked."""
    return (
        reading.tool_class in pick.classes
        or any(flag in pick.flags for flag in reading.flags)
        or any(argument.role in pick.roles for argument in reading.arguments)
        or any(effect.verb in pick.effects for effect in reading.effects)
    )


def wants(cover: guards.Cover, reading: ToolReading) -> bool:
    """Tell whether a tool must be guarded."""
    return picks(cover, reading) and not (cover.changing and reading.tool_class == "Read")


def _access_rows(
    rules: PolicyRules, tool_class: str, names: Iterable[Spelling]
) -> Iterator[AccessRule]:
    rows = rules.found
    if tool_class not in rows.of_class:
        rows.of_class[tool_class] = rows.access.places(lambda row: _is_for(row.tools, tool_class))
    return rows.access.near(names, rows.of_class[tool_class])


def argument_rows(
    rules: PolicyRules, kind: tuple[str, str, str], name: Spelling
) -> Iterator[ArgumentRule]:
    """Give the rules that a name comes near, of a class of tool, role and JSON type of argument."""
    rows = rules.found
    if kind not in rows.of_kind:
        tool_class, role, json_type = kind
        rows.of_kind[kind] = rows.arguments.places(
            lambda row: (
                _is_for(row.tools, tool_class)
                and (not row.roles or role in row.roles)
                and not (
                    row.operator == "under" and role == "content"
                )  # a text, named after a file
                and (not row.types or json_type in row.types)
            )
        )
    return rows.arguments.near((name,), rows.of_kind[kind])


def rows_that_open(rules: PolicyRules) -> tuple[ArgumentRule, ...]:
    """Give the argument rules that open a tool whichever rule makes it wait."""
    return rules.found.opening


def _is_for(pick: ToolPick, tool_class: str) -> bool:
    return not pick.classes or tool_class in pick.classes


def access_rule(
    rules: PolicyRules, reading: ToolReading, every: Iterable[Argument]
) -> AccessRule | None:
    """Give the first access rule that fits a tool, of which `every` are the arguments.

    What passes by its name passes only where nothing that the tool says of itself weighs more.
    """
    names = (called(reading.name), *(spelled(effect.object) for effect in reading.effects))
    for row in _access_rows(rules, reading.tool_class, names):
        if not row.company and _takes(rules, row, reading, every):
            return row
    return None


def _takes(
    rules: PolicyRules, row: AccessRule, reading: ToolReading, every: Iterable[Argument]
) -> bool:
    opens = row.access == "allow"
    return fits(row.tools, reading, every) and not (opens and _weighs_more(rules, row, reading))


def in_company(
    rules: PolicyRules,
    readings: Iterable[ToolReading],
    arguments: Mapping[str, Sequence[Argument]],
    access: Mapping[str, AccessRule | None],
) -> dict[str, AccessRule | None]:
    """Give the access rules of a server's tools anew, where they say something of one another.

    What writes beside many tools that write parts of one work writes a part of it, too: no list of
    words holds all that models, scores and drawings are made of.
    """
    found = dict(access)
    for row in rules.access:
        if (company := row.company) is None:
            continue
        those = [one for one in readings if _is_for(row.tools, one.tool_class)]
        alike = [one.name for one in those if _is_alike(company, one, access[one.name])]
        if len(alike) < max(company.least, company.share * len(those)):
            continue
        taken = {one.path[0] for name in alike for one in arguments[name]}
        for one in those:
            every, own = arguments[one.name], access[one.name]
            apart = every and taken.isdisjoint(argument.path[0] for argument in every)
            if own and own.id in company.over and not apart and _takes(rules, row, one, every):
                found[one.name] = row
    return found


def _is_alike(company: Company, reading: ToolReading, row: AccessRule | None) -> bool:
    fitting = row is not None and row.id in company.rules
    return fitting or _is_about(company.objects, reading.effects, reading.name)


def _weighs_more(rules: PolicyRules, row: AccessRule, reading: ToolReading) -> bool:
    """Tell whether a tool does more harm than a rule that lets it through by its name knows of.

    Words that except such a tool count in what its description speaks of, too: there they make it
    wait, where in a rule that holds they would let it through.
    """
    known = {*row.takes, *row.tools.shows, *row.knows}
    graver = any(fact in rules.graver and fact not in known for fact, _ in reading.traits)
    return graver or _on(row.tools.without, reading.effects, reading.name)


def is_called(names: Words, argument: Argument) -> bool:
    """Tell whether an argument's own name has one of the phrases in it, or is one with `=`."""
    return has_phrase(names, spelled(argument.path[0]))


def has_beside(names: Words, every: Iterable[Argument]) -> bool:
    """Tell whether any argument of a tool is called so."""
    return any(is_called(names, argument) for argument in every)


def _has_anywhere(names: Words, every: Iterable[Argument]) -> bool:
    """Tell whether an argument, or a part of one that holds all others, is called so."""
    return any(has_phrase(names, spelled(part)) for one in every for part in one.path[:2])


def named_after_harm(reading: ToolReading) -> bool:
    """Tell whether the tool's own name says that it destroys or pays, whatever it is given.

    `add_or_remove_recipe` leaves that to what it is given.
    """
    class_rules = load_class_rules()
    words = split_name(reading.name)
    forms = [find_verb(words, at, class_rules, plain=True) for at in range(len(words))]
    grave = [bool(form and form.verb.tool_class in GRAVE) for form in forms]
    for at in range(1, len(words) - 1):
        before, behind = forms[at - 1], forms[at + 1]
        if words[at] == "or" and before and behind and grave[at - 1] != grave[at + 1]:
            grave[at - 1] = grave[at + 1] = False
    return any(grave)


def fits(pick: ToolPick, reading: ToolReading, every: Iterable[Argument] = ()) -> bool:
    """Tell whether a tool is picked; `every` are its arguments, those without a role included."""
    if not _is_for(pick, reading.tool_class):
        return False
    verbs = pick.verbs
    effects = reading.effects[:1] if pick.leading else reading.effects
    if verbs:
        effects = tuple(effect for effect in effects if effect.verb in verbs)
    return (
        (not pick.flags or not set(pick.flags).isdisjoint(reading.flags))
        and (not pick.roles or any(a.role in pick.roles for a in _given(pick, reading)))
        and (not pick.shows or any(fact in pick.shows for fact, _ in reading.traits))
        and bool(effects or not pick.verbs)
        and not (pick.unread and reading.effects)
        and (not pick.words or has_phrase(pick.words, called(reading.name)))
        and (not pick.objects or _is_about(pick.objects, effects, reading.name))
        and (not pick.beside or has_beside(pick.beside, every))
        and not (pick.not_beside and _has_anywhere(pick.not_beside, every))
        and (not pick.only or _has_only(pick.only, every))
        and not (pick.without and _is_excepted(pick, reading))
    )


def _has_only(names: Words, every: Iterable[Argument]) -> bool:
    """Tell whether a tool takes, beside one id, nothing but what is called so."""
    taken = [one for one in every if len(one.path) == 1]
    others = [one for one in taken if not is_called(names, one)]
    return len(others) < len(taken) and len(others) <= 1 and all(o.role == "id" for o in others)


def _given(pick: ToolPick, reading: ToolReading) -> Iterable[Argument]:
    """Give the arguments that decide: all, or those that a call has to give."""
    if not pick.required or len(reading.arguments) == 1:
        return reading.arguments
    return (argument for argument in reading.arguments if argument.required)


def _is_excepted(pick: ToolPick, reading: ToolReading) -> bool:
    """Look for the excepting words in the name; in objects too where the rule looks at those."""
    return _on(pick.without, reading.effects if pick.objects else (), reading.name)


def _is_about(objects: Words, effects: Iterable[Effect], name: str) -> bool:
    if has_phrase(objects, acted_on(name)):
        return True
    return any(has_phrase(objects, spelled(effect.object)) for effect in effects)


def _on(phrases: Words, effects: Iterable[Effect], name: str) -> bool:
    if has_phrase(phrases, called(name)):
        return True
    return any(has_phrase(phrases, spelled(effect.object)) for effect in effects)
