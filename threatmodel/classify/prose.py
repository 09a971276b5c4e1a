"""What a description's first sentences say a tool does."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from threatmodel.classify.lexicon import VerbForm, Words
from threatmodel.classify.operation import Operation, find_verb, operation
from threatmodel.classify.rules import ClassRules, pattern
from threatmodel.classify.scripts import find_in_script

_READ_CHARACTERS = 1200
_SENTENCES = 5
_OBJECT_WORDS = 9
_REACH = 26
_MARKUP = re.compile(r"[*#>|]+")
_SENTENCE = re.compile(r"(?<=[a-z0-9)\"'`\]])[.!?](?=\s|$)|\n\s*\n|\n\s*[-*\d]|\s[-–—]\s|:\s")
_TOKEN = re.compile(r"[^\W\d_][^\W_]*(?:'[a-z]+)?|[,;()/&]")
_STOPS = frozenset(",;()/&")


class Prose(NamedTuple):
    """The beginning of a description, read."""

    operations: tuple[Operation, ...]
    """The leading verb and those joined to it."""

    lead: Words
    """Words of the sentence that led."""

    late: bool = False
    """Whether an earlier sentence led with no verb."""


def read_sentences(text: str | None, rules: ClassRules) -> tuple[Words, ...]:
    """Give the words of the first sentences, openings that say nothing left out."""
    if not text:
        return ()
    start = _MARKUP.sub(" ", text[:_READ_CHARACTERS]).lower().replace("’", "'").strip()
    parts = _SENTENCE.split(start, maxsplit=_SENTENCES)[:_SENTENCES]
    words = (tuple(_TOKEN.findall(_without_leads(part.strip(), rules))) for part in parts)
    return tuple(one for one in words if one)


def read_prose(
    sentences: tuple[Words, ...],
    rules: ClassRules,
    known: frozenset[str] = frozenset(),
    context: frozenset[str] = frozenset(),
) -> Prose:
    """Read the leading verb of the first sentence that has one; `known` are verbs of the name."""
    for place, words in enumerate(sentences):
        if words[0] in rules.grammar.negations or _addresses(words, rules):
            continue
        operations = _operations(words, rules, known, context)
        if operations:
            return Prose(operations, words, place > 0)
    return Prose((), sentences[0] if sentences else ())


def _addresses(words: Words, rules: ClassRules) -> bool:
    """Tell sentences that tell the reader when to call: "Call this tool before ..."."""
    return words[0] in rules.grammar.conditionals and words[1:2] in (("this",), ("it",), ("these",))


def _without_leads(sentence: str, rules: ClassRules) -> str:
    """Strip openings such as "This tool allows you to", as often as they stand there."""
    for _ in range(6):
        before = sentence
        sentence = pattern(rules.grammar.leads).sub("", sentence, count=1)
        if sentence == before:
            break
    return sentence


def _operations(
    words: Words,
    rules: ClassRules,
    known: frozenset[str],
    context: frozenset[str],
) -> tuple[Operation, ...]:
    at = 0
    while at < len(words) and (words[at] in rules.grammar.adverbs or words[at].endswith("ly")):
        at += 1
    if at >= len(words):
        return ()
    form = find_verb(words, at, rules)
    if form is None:
        return _in_script(words, rules)
    if not _is_verb_here(form, words, at, rules, known):
        return ()
    found = [(at, form), *_joined(words, at, form, rules)]
    return tuple(
        operation(
            one,
            _object(words, place + len(one.words), rules),
            "description",
            rules,
            pointer="description",
            firm=True,
            context=context,
        )
        for place, one in found
    )


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
    """Refuse nouns at the start of a sentence: "Details of", "Message queue", "Order book"."""
    end = at + len(form.words)
    if form.firm or end >= len(words):
        return True
    if words[end] in rules.grammar.prepositions:
        return False
    other = form.inflected
    return other or form.base in known or words[end] in rules.grammar.determiners


def _joined(
    words: Words, at: int, form: VerbForm, rules: ClassRules
) -> Iterator[tuple[int, VerbForm]]:
    """Find verbs of the same form joined by commas, `and` or `or` in the same sentence."""
    end = place = at + len(form.words)
    while place < min(len(words) - 1, at + _REACH):
        if words[place] in rules.grammar.conditionals and words[place - 1] in _STOPS:
            return
        start = _after_joiners(words, place, rules)
        other = find_verb(words, start, rules) if place < start < len(words) else None
        verb = other is not None and other.firm and other.inflected == form.inflected
        if other and verb and (end == place or _has_object(words, start, other, rules)):
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


def _has_object(words: Words, start: int, form: VerbForm, rules: ClassRules) -> bool:
    """Tell a second verb from a noun: it has an object of its own."""
    end = start + len(form.words)
    return end < len(words) and words[end] in rules.grammar.determiners


def _object(words: Words, start: int, rules: ClassRules) -> Words:
    """Collect the words of the object up to a preposition or a stop."""
    found: list[str] = []
    for at, word in enumerate(words[start : start + _OBJECT_WORDS], start):
        if word in rules.grammar.prepositions or word in _STOPS:
            if found:
                break
            continue
        if word in rules.grammar.coordinators:
            after = find_verb(words, at + 1, rules) if at + 1 < len(words) else None
            if found and after is not None and after.firm:
                break
        elif word not in rules.grammar.determiners:
            found.append(word)
    return tuple(found)
