"""What a tool does, in short phrases for readers: its own verb, and what is acted on."""

import re
from collections.abc import Sequence
from itertools import pairwise

from threatmodel.classify.evidence import ToolEvidence
from threatmodel.classify.operation import Operation
from threatmodel.classify.rules import ClassRules, Features, shown
from threatmodel.classify.verdict import Base
from threatmodel.classify.words import Words, plural, singular, spelt, split_name

_PLAIN_NAME = 3
_WHERE = frozenset(("to", "into", "onto", "for", "from"))
"""Words in a name after which it says where, and not what."""


_OWN_VERB = re.compile(r"\{(\w+)\|([^}]+)\}")
"""What stands for the tool's own verb of a kind, and the words for it where that says no more."""
_OBJECT = re.compile(r"\{object(?:\|([^}]+))?\}")
"""What stands for the thing acted on, and the words where none is named."""


def things_of(name: str, base: Base, evidence: ToolEvidence) -> tuple[str, Operation | None]:
    """Give what a name seems to act on and its texts do not speak of, and what is done to what.

    A name may only begin with a product's, or shorten a thing: `gh_reject` rejects no
    `gh`, but an application, as its description says.
    """
    first = next((one for one in base.operations if one.object), None)
    prose = evidence.prose.operations
    verbs = {one.form.verb for one in base.operations}
    told = [one for one in prose if one.form.verb in verbs and one.object]
    if first is None:
        return "", next(iter(told), None)
    if other := _instead(name, first, told):
        return "", other
    spoken = {singular(word) for word in evidence.prose.lead}
    *before, last = map(singular, split_name(name) or ("",))
    elsewhere = first.source == "name" and spoken.union(first.object).isdisjoint(before)
    if elsewhere and last in first.form.words:
        return " ".join(before), first
    # `acme_customer_create`, "Create a customer": what only the name has is whose the tool is.
    ours = (one for one in told if first.object[-len(one.object) :] == one.object != first.object)
    shorter = next((one for one in ours if first.object[0] not in spoken), None)
    if _begins(name, first) and shorter:
        return " ".join(first.object), shorter
    if first.kinds or not spoken.isdisjoint(first.object):
        return "", first
    thing, named = next((one for one in told if one.kinds), first), " ".join(first.object)
    begins = tuple(map(singular, split_name(name)[: len(first.object)])) == first.object
    apart = thing.object != first.object
    return named if apart or (spoken and begins) else "", thing


def _begins(name: str, first: Operation) -> bool:
    """Tell a name that begins with what is acted on: its first word may be a product."""
    return first.source == "name" and singular(split_name(name)[0]) == first.object[0]


def _instead(name: str, first: Operation, told: Sequence[Operation]) -> Operation | None:
    """Give what the description acts on where the name only says where to, or how it then is.

    `duplicate_to_archive` duplicates no archive, `mark_deceased` marks an animal.
    """
    if first.source != "name":
        return None
    words = tuple(map(singular, split_name(name)))
    before = next((a for a, b in pairwise(words) if b == first.object[0]), "")
    aside = before in _WHERE or (len(first.object) == 1 and first.object[0].endswith("ed"))
    return next((one for one in told if aside and one.form.verb == first.form.verb), None)


def signals_of(
    spoken: Operation | None, text: str, base: Base, features: Features, rules: ClassRules
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Word what a tool does, and give its own verb and what it is done to, where that says more."""
    thing = _named(spoken, text, rules)
    several = rules.several(thing) if thing else ""
    ways = ((spoken,) if spoken else ()) + base.operations
    verbs = {one.does: one for one in reversed(ways)}
    own = _own_verb(spoken, thing, rules) if spoken else ""
    to = "" if _whole(own, rules) else several
    told: list[str] = []
    for says in shown(rules.signals, features):
        asked = _OWN_VERB.search(says)
        one = verbs.get(asked[1]) if asked else None
        # Of several values that a call may have, each acts on what it names itself.
        other = one is not None and one is not spoken and one.source == "schema"
        named = _named(one, text, rules) if other else thing
        things = rules.several(named) if named else ""
        verb = _own_verb(one, named, rules) if one else ""
        told.append(_worded(says, verb, None if _whole(verb, rules) else things))
        if verb and verb == own:
            # Of people records are kept.
            to = told[-1][len(third_person(verb)) :].strip()
    return tuple(told), (own, to) if own else ()


def _worded(says: str, verb: str, things: str | None) -> str:
    """Fill a signal with a verb and what it is done to; None where the verb says that itself."""
    if "{" not in says:
        return says
    asked = _OBJECT.search(says)
    if asked:
        named = "" if things is None else things or asked[1] or "data"
        says = says.replace(asked[0], named).strip()
    return _OWN_VERB.sub(third_person(verb).capitalize() or r"\2", says)


def _named(one: Operation | None, text: str, rules: ClassRules) -> str:
    return " ".join(spelt(word, text) for word in _nameable(one, rules))


def _own_verb(one: Operation, thing: str, rules: ClassRules) -> str:
    """Give a verb as it stands before a thing; empty where it says no more than its group."""
    grammar, verb = rules.grammar, one.form.base
    verb = next((two for two in grammar.governing if two.split()[0] == verb), verb)
    fits = bool(thing)
    if _whole(verb, rules):
        fits = not thing or verb.partition(" ")[2] in grammar.uncounted
    noun = one.tool_class == "Read" and not one.form.firm
    return verb if fits and not noun and verb not in grammar.altering else ""


def _whole(verb: str, rules: ClassRules) -> bool:
    """Tell a verb with its thing in it: `log time`."""
    grammar, rest = rules.grammar, verb.partition(" ")[2]
    return rest != "" and rest not in grammar.particles and verb not in grammar.governing


def third_person(verb: str) -> str:
    """Give a verb as it stands after a name: `checks in`."""
    first, gap, rest = verb.partition(" ")
    several = f"{first}es" if first.endswith("o") else plural(first)
    return f"{several}{gap}{rest}" if verb else ""


def _nameable(spoken: Operation | None, rules: ClassRules) -> Words:
    """Give the words of a thing up to one that joins another; none where they are no name."""
    words = spoken.object if spoken else ()
    joins = (n for n, word in enumerate(words) if word in rules.grammar.coordinators and n)
    kept = words[: next(joins, None)]
    # More than one verb before the last word: a list of what can be done, cut short.
    cut = len(kept) > _PLAIN_NAME and sum(_is_verb(word, rules) for word in kept[:-1]) > 1
    # What is only said to have been done to a thing names none: `get_mentioned`.
    cut = cut or (kept[-1:] != () and kept[-1].endswith("ed") and not rules.nouns.of(kept[-1]))
    return () if cut or rules.grammar.nameless.intersection(kept) else kept


def _is_verb(word: str, rules: ClassRules) -> bool:
    return any(form.firm and form.words == (word,) for form in rules.verbs.of(word))
