"""What a description's first sentences say a tool does."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from threatmodel.classify.cues import compiled
from threatmodel.classify.names import find_in_script
from threatmodel.classify.operation import Operation, find_verb, is_manner, operation
from threatmodel.classify.parted import (
    STOPS,
    behind,
    done_to,
    ends_first,
    ends_object,
    has_object,
    is_listed,
    is_part,
    joined_up,
    listed_verb,
    parted,
    says_how,
    verb_after,
)
from threatmodel.classify.rules import ClassRules
from threatmodel.classify.words import VerbForm, Words

# A longer run of words without a preposition is no object but a list.
_OBJECT_WORDS = 9
# `Creates a ..., or updates it`: further on, a verb is of what is explained and not of the tool.
_REACH = 26
# "Copies (pulls) an image": what explains the verb is no object.
_EXPLAINED = re.compile(r"(\w+) \(\w+\)(?= )")
# "A fastened (rigid) mate" is a fastened mate.
_ASIDE, _REACH_OF_ASIDES = re.compile(r" \(\w+\)(?= \w)"), 40
_TOKEN = re.compile(r"[^\W\d_][^\W_]*(?:'[a-z]+)?|\d[a-z]{1,2}\b|[,;()/&]")


class Prose(NamedTuple):
    """The beginning of a description, read."""

    operations: tuple[Operation, ...]
    """The leading verb and those joined to it."""
    lead: Words
    """Words of the sentence that led."""
    late: bool = False
    """Whether an earlier sentence led with no verb."""


def read_sentences(text: str | None, rules: ClassRules) -> Iterator[Words]:
    """Give the words of the first sentences, openings that say nothing left out.

    One by one: most tools are told by the first of them.
    """
    if not text:
        return
    for part in parted(text):
        said = _without_leads(part, rules)
        # At the beginning alone: a substitution would look for one all along the sentence.
        if explained := _EXPLAINED.match(said):
            said = explained[1] + said[explained.end() :]
        elif " (" in said[:_REACH_OF_ASIDES]:
            said = _ASIDE.sub("", said, count=1)
        if words := tuple(_TOKEN.findall(said)):
            yield words


def read_prose(
    sentences: Iterable[Words],
    rules: ClassRules,
    known: frozenset[str] = frozenset(),
    context: frozenset[str] = frozenset(),
    asked: frozenset[str] = frozenset(),
) -> Prose:
    """Read the leading verb of the first sentence that has one.

    `known` are verbs of the name, `asked` the things that it asks for: `listPatchPolicies` tells of
    "Patch titles with version spread".
    """
    first: Words = ()
    for words in sentences:
        first = first or words
        # "No order is placed", "Does not connect".
        if not rules.grammar.negations.isdisjoint(words[:2]) or _addresses(words, rules):
            continue
        if words is not first and is_part(words, rules):
            continue
        if words[0] in asked and not _orders(words, rules, known):
            continue
        operations = _operations(words, rules, known, context)
        if operations:
            return Prose(operations, words, words is not first)
    return Prose((), first)


def _addresses(words: Words, rules: ClassRules) -> bool:
    """Tell sentences that tell the reader when to call: "Call this tool before ..."."""
    return words[0] in rules.grammar.conditionals and words[1:2] in (("this",), ("it",), ("these",))


def _orders(words: Words, rules: ClassRules, known: frozenset[str]) -> bool:
    """Tell an order from a thing that the name asks for: "Patch a title", not "Patch titles"."""
    plain = words[0] in known or words[0] in rules.grammar.trailing
    return plain or not rules.grammar.determiners.isdisjoint(words[1:2])


def _without_leads(sentence: str, rules: ClassRules) -> str:
    """Strip openings such as "This tool allows you to", as often as they stand there."""
    leads = compiled(rules.grammar.leads)
    for _ in range(6):
        lead = leads.match(sentence)  # a search would look for a start all along the sentence
        if lead is None:
            break
        sentence = sentence[lead.end() :]
    return sentence


def _operations(
    words: Words,
    rules: ClassRules,
    known: frozenset[str],
    context: frozenset[str],
) -> tuple[Operation, ...]:
    at = 0
    while at < len(words) and says_how(words, at, rules):
        at += 1
    if at >= len(words):
        return ()
    words = joined_up(words, at, rules)
    form = find_verb(words, at, rules)
    if form is None:
        found = _after_unknown(words, at, rules)
        if not found:
            return _in_script(words, rules)
    elif not _is_verb_here(form, words, at, rules, known):
        return ()
    else:
        end = at + len(form.words)
        found = [(at, form), *_joined(words, end, rules, inflected=form.inflected)]
    objects = ((one, *_object(words, behind(words, n, one, rules), rules)) for n, one in found)
    return tuple(
        operation(
            one,
            things,
            "description",
            rules,
            pointer="description",
            firm=True,
            context=context,
            named=first,
        )
        for one, things, first in objects
    )


def _after_unknown(words: Words, at: int, rules: ClassRules) -> list[tuple[int, VerbForm]]:
    """Find verbs that change something, joined to an unknown one: "Commutes ... and pays"."""
    if not words[at].endswith("s"):
        return []
    joined = _joined(words, at + 1, rules, inflected=True)
    return [one for one in joined if one[1].firm and one[1].verb.tool_class != "Read"]


def _in_script(words: Words, rules: ClassRules) -> tuple[Operation, ...]:
    found = find_in_script(" ".join(words), rules)
    if found is None:
        return ()
    return (operation(found, (), "description", rules, pointer="description", firm=True),)


def _is_verb_here(
    form: VerbForm,
    words: Words,
    at: int,
    rules: ClassRules,
    known: frozenset[str],
) -> bool:
    """Refuse nouns at the start of a sentence: "Details of", "Message queue", "Refunds of"."""
    end = at + len(form.words)
    if form.inflected and _is_thing(form, words, at, rules, known):
        return False
    if end >= len(words):
        return True
    # "Schedule of a hall": what is of something is a thing.
    if words[end] == "of" and form.base not in known:
        return False
    asked = not form.firm or _is_asked(form, known, rules)
    if words[end] in rules.grammar.prepositions and asked:
        return False
    told = form.firm or form.inflected or form.base in known | rules.grammar.trailing
    return told or words[end] in rules.grammar.determiners


def _is_thing(
    form: VerbForm, words: Words, at: int, rules: ClassRules, known: frozenset[str]
) -> bool:
    """Tell a form that ends like a verb and names a thing: "Details of", "Positions and profit"."""
    end = at + len(form.words)
    if end < len(words) and words[end] in rules.grammar.nominal:
        return True
    if words[at].endswith("ing") and _all_read(known, rules):
        return True
    # "Orders placed today" of `recent_orders`, not "Orders a coffee".
    told = rules.grammar.determiners.isdisjoint(words[end : end + 1])
    if told and not form.firm and form.verb.tool_class != "Read" and _all_read(known, rules):
        return True
    if not form.firm and words[end : end + 1] == ("and",) and _all_read(known, rules):
        return True
    return not form.firm and form.base not in known and _is_named(words, end, rules, known)


def _is_named(words: Words, end: int, rules: ClassRules, known: frozenset[str]) -> bool:
    """Tell a plural that is one of a list, or has had something done to it.

    "Comments, mentions and messages", "Files downloaded in this session"; not "Orders, cancels".
    """
    after = words[end : end + 1]
    if after and after[0].endswith("ed"):
        return True
    if after != (",",):
        return False
    if _all_read(known, rules):
        return True
    other = find_verb(words, end + 1, rules) if end + 1 < len(words) else None
    return other is None or not (other.firm and other.inflected)


def _is_asked(form: VerbForm, known: frozenset[str], rules: ClassRules) -> bool:
    """Tell what a reading name asks for: "Open position by delivery period" of `position_get`."""
    return not form.inflected and len(form.words) > 1 and _all_read(known, rules)


def _all_read(known: frozenset[str], rules: ClassRules) -> bool:
    forms = [find_verb((verb,), 0, rules) for verb in known]
    return bool(forms) and all(one and one.verb.tool_class == "Read" for one in forms)


def _joined(
    words: Words, end: int, rules: ClassRules, *, inflected: bool
) -> Iterator[tuple[int, VerbForm]]:
    """Find verbs of the same form joined by commas, `and` or `or` in the same sentence."""
    place, last = end, min(len(words) - 1, end + _REACH)
    while place < last:
        if words[place] in rules.grammar.conditionals and words[place - 1] in STOPS:
            return
        start = _after_joiners(words, place, rules)
        other = find_verb(words, start, rules) if place < start < len(words) else None
        verb = other is not None and other.inflected == inflected
        firm = verb and other is not None and (other.firm or inflected)
        # "And record the result": a noun has its article before it, not behind.
        firm = firm or (verb and words[place] == "and" and has_object(words, start, other, rules))
        firm = firm and not is_listed(words, start, other, rules)
        if other and firm and ((other.firm and end == place) or _acts(words, start, other, rules)):
            yield start, other
            end = start + len(other.words)
        place = max(place + 1, end)


def _after_joiners(words: Words, place: int, rules: ClassRules) -> int:
    """Step over a joining word and what may stand between it and a verb; else stay."""
    if words[place] not in rules.grammar.coordinators:
        return place
    while place < len(words) and words[place] in rules.grammar.joiners:
        place += 1
    return place


def _acts(words: Words, start: int, form: VerbForm, rules: ClassRules) -> bool:
    """Tell a second verb from a noun: it has an object of its own, or is one of payment only."""
    if form.firm and form.verb.tool_class == "Financial":
        return True
    return form.words[-1] in rules.grammar.determiners or has_object(words, start, form, rules)


def _object(words: Words, start: int, rules: ClassRules) -> tuple[Words, Words]:
    """Collect the words of the object up to a preposition or a stop, and those of its first thing.

    "Record a gift or tithe" is about both; it is named by the first.
    """
    found: list[str] = []
    parts: list[int] = []
    end = min(len(words), start + _OBJECT_WORDS)
    at = start
    while at < end:
        word = words[at]
        if word == "of" and len(found) == 1 and found[0] in rules.grammar.measures:
            found.clear()
        elif word in STOPS or word in rules.grammar.coordinators:
            if found and ends_object(words, at, rules):
                break
            parts.append(len(found))
            # "Edit/delete/reopen a comment": the verbs share what follows them.
            at += 0 if found else verb_after(words, at, rules) or listed_verb(words, at, rules)
        elif word in rules.grammar.prepositions or done_to(found, word):
            if found:
                break
        elif word not in rules.grammar.determiners and not is_manner(word, rules):
            found.append(word)
        at += 1
    return tuple(found), tuple(found[: ends_first(found, parts, rules)])
