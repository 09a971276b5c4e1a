"""What a tool does, as one verb on one object, and the class that follows."""

from functools import lru_cache
from typing import NamedTuple

from threatmodel.classify.result import ClueSource
from threatmodel.classify.rules import ClassRules
from threatmodel.classify.words import VerbForm, Words, is_version, singular
from threatmodel.scales import ToolClass

NOTHING: frozenset[str] = frozenset()


class Operation(NamedTuple):
    """One verb on one object, as one part of a definition says it."""

    form: VerbForm
    """The verb as spelt."""
    object: Words
    """Words of what is acted on, in the singular."""
    kinds: frozenset[str]
    """Kinds of these words."""
    head: frozenset[str]
    """Kinds of the main word."""
    source: ClueSource
    """Where it was read."""
    pointer: str
    """Place inside the definition."""
    firm: bool
    """Whether the verb can be nothing but a verb there."""
    tool_class: ToolClass
    """Class that follows."""

    @property
    def does(self) -> str:
        """Canonical verb: `update` where a verb that may pay or read changes a record instead."""
        verb = self.form.verb
        instead = self.tool_class == "Write" and verb.tool_class in ("Financial", "Read")
        return "update" if instead else verb.id

    @property
    def soft(self) -> bool:
        """Whether the verb says how rather than what."""
        return self.form.base in self.form.verb.soft


def operation(  # noqa: PLR0913 - the parts of one reading
    form: VerbForm,
    words: Words,
    source: ClueSource,
    rules: ClassRules,
    *,
    pointer: str,
    firm: bool,
    around: Words = (),
    context: frozenset[str] = NOTHING,
    named: Words = (),
) -> Operation:
    """Classify a verb on the words of its object.

    `around` are words of the same name that only give kinds, `context` the kinds spoken of
    elsewhere in the definition, `named` those of the words that name the object.
    """
    things = tuple(map(singular, words))
    kinds, head = kinds_of(things, rules)
    if around:
        kinds |= kinds_of(tuple(map(singular, around)), rules)[0]
    found = _class_of(form, kinds, head, context | kinds)
    shown = tuple(map(singular, named)) or things
    return Operation(form, shown, kinds, head, source, pointer, firm, found)


def find_verb(
    words: Words, start: int, rules: ClassRules, *, plain: bool = False
) -> VerbForm | None:
    """Find the longest verb form that starts at one place; `plain` asks for base forms."""
    for form in rules.verbs.of(words[start]):
        if words[start : start + len(form.words)] == form.words and not (plain and form.inflected):
            return form
    return None


def is_manner(word: str, rules: ClassRules) -> bool:
    """Tell adverbs that are never part of a thing's name: `permanently`."""
    grammar = rules.grammar
    if word in grammar.lasting or word in grammar.often:
        return True
    return word.endswith("ly") and word in grammar.adverbs


@lru_cache(maxsize=16384)
def kinds_of(words: Words, rules: ClassRules) -> tuple[frozenset[str], frozenset[str]]:
    """Give the kinds of all things named, and those of the last one (the head)."""
    found: set[str] = set()
    head = NOTHING
    at = 0
    while at < len(words):
        match = _noun_at(words, at, rules)
        if match is None:
            if words[at] not in rules.grammar.fillers and not is_version(words[at]):
                head = NOTHING
            at += 1
            continue
        phrase, kinds = match
        if not (len(phrase) == 1 and phrase[0] in rules.grammar.fillers and found):
            head = kinds
        found |= kinds
        at += len(phrase)
    return frozenset(found), head


def _noun_at(words: Words, at: int, rules: ClassRules) -> tuple[Words, frozenset[str]] | None:
    for entry in rules.nouns.of(words[at]):
        if words[at : at + len(entry[0])] == entry[0]:
            return entry
    return None


def _class_of(
    form: VerbForm,
    kinds: frozenset[str],
    head: frozenset[str],
    context: frozenset[str],
) -> ToolClass:
    for rule in form.verb.objects:
        if rule.words and form.base not in rule.words:
            continue
        if rule.on and not rule.on & kinds:
            continue
        if rule.head and not rule.head & head:
            continue
        if rule.context and not rule.context & context:
            continue
        if rule.unless & context:
            continue
        if rule.none_of & kinds:
            continue
        return rule.tool_class
    return form.verb.tool_class
