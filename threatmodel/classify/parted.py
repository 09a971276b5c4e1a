"""Sentences, verbs whose end stands behind their object, and things that look like verbs."""

import re
from collections.abc import Iterator, Sequence

from threatmodel.classify.operation import find_verb
from threatmodel.classify.rules import ClassRules
from threatmodel.classify.words import VerbForm, Words, singular

STOPS = frozenset(",;()/&")
"""Signs that end an object."""

_ARTICLES = frozenset(("a", "an", "the"))

# "Put a machine with a fault out of service": further on, the end of a verb is another word.
_BETWEEN = 8


# What a tool does is said at the beginning; manuals for the model follow, and speak of other tools.
_READ_CHARACTERS = 1200
_SENTENCES = 5
_BARRED_CHARACTERS = 2400
_MARKUP = re.compile(r"[*#>|]+")
_ITEM = r"[A-Za-z_]\w*(?: ?\((?:[^()]|\([^()]*\))*\))?"
# "play | stop | record(armed)": what a call can choose from, and no sentence.
_OFFERS = re.compile(rf"{_ITEM}(?: \| {_ITEM})+")
# "Operations: get, set (value=bool), get/set_mode": the same, where a list is announced.
_NAMED = r"[`\"']?[A-Za-z_][\w/]*[`\"']?(?: ?\((?:[^()]|\([^()]*\))*\))?"
_ANNOUNCED = re.compile(
    rf"(?i)\b(?:operation|action|command)s? ?: *"
    rf"({_NAMED}(?:,\s{{1,9}}(?:and |or )?{_NAMED})+)(?![\w-]| \w)"
)
_WORD = re.compile(r"\w+")
_BAR = re.compile(r"\s\|\s")
_ASIDE = re.compile(r"\([^()]*\)")
_FIRST = re.compile(r"\s*([A-Za-z_]\w*)")
_LAST = re.compile(r"([A-Za-z_]\w*)\s*$")
# Fewer may be a type, such as `string | null`.
_FEWEST = 3
# First one of the signs that a sentence may end with: for those `re` looks twice as quickly.
_SENTENCE = re.compile(
    r"[\s.!?:](?:(?<=[a-z0-9)\"'`\]][.!?])(?=\s|$)"
    r"|(?<=\n)\s*\n|(?<=\n)\s*[-*\d]|(?<=\s)[-–—]\s|(?<=:)\s)"
)


def parted(text: str) -> Iterator[str]:
    """Give the first sentences of a description in lower case, each when it is asked for."""
    start = text[:_READ_CHARACTERS]
    if " | " in start:
        start = _OFFERS.sub(" ", start)
    if ":" in start:
        start = _ANNOUNCED.sub(" ", start)
    start = _MARKUP.sub(" ", start).lower().replace("’", "'").strip()
    at = 0
    for _ in range(_SENTENCES):
        end = _SENTENCE.search(start, at)
        yield start[at : end.start() if end else None].strip()
        if end is None:
            return
        at = end.end()


def barred(text: str) -> tuple[str, ...]:
    """Give what a description parts by bars: `play`, `stop` of "play | stop (at once) | ..."."""
    text = text[:_BARRED_CHARACTERS]
    if text.count("|") < _FEWEST - 1:
        return ()
    first, *others = _BAR.split(_ASIDE.sub("", _ASIDE.sub("", text)))
    found = [_LAST.search(first), *map(_FIRST.match, others)]
    return tuple(one[1].lower() for one in found if one) if len(others) >= _FEWEST - 1 else ()


def announced(text: str) -> tuple[str, ...]:
    """Give what a description lists as operations: "operations: get/set_mode, clear"."""
    found: list[str] = []
    for match in _ANNOUNCED.finditer(text[:_BARRED_CHARACTERS]):
        for item in _ASIDE.sub("", _ASIDE.sub("", match[1])).split(","):
            words = [one for one in _WORD.findall(item.lower()) if one not in ("and", "or")]
            *others, last = words or ("",)
            thing = last.partition("_")[1:]
            found += [f"{one}{''.join(thing)}" for one in others] + [last]
    return tuple(filter(None, found))


def joined_up(words: Words, at: int, rules: ClassRules) -> Words:
    """Put the end of a verb beside it that stands behind what is acted on.

    "Check an item out to a patron" checks out an item.
    """
    grammar = rules.grammar
    if grammar.determiners.isdisjoint(words[at + 1 : at + 2]):
        return words
    ends = grammar.prepositions | grammar.coordinators | STOPS
    for rest in (form.words[1:] for form in rules.verbs.of(words[at])):
        if not rest or rest[0] not in grammar.particles:
            continue
        for place in range(at + 3, min(len(words), at + _BETWEEN)):
            between, after = words[at + 1 : place], words[place + len(rest) :]
            ended = not after or after[0] in ends or len(rest) > 1
            found = words[place : place + len(rest)] == rest
            if found and ended and ends.isdisjoint(between):
                return (*words[: at + 1], *rest, *between, *after)
    return words


def is_listed(words: Words, start: int, form: VerbForm | None, rules: ClassRules) -> bool:
    """Tell the last of a list of things: "triggered by a tag, date or purchase"."""
    if (
        form is None
        or form.inflected
        or words[start - 1] != "or"
        or form.words[0] not in rules.nouns
    ):
        return False
    end = start + len(form.words)
    ends = end >= len(words) or words[end] in STOPS
    return ends and not rules.grammar.prepositions.isdisjoint(words[1:start])


def behind(words: Words, at: int, form: VerbForm, rules: ClassRules) -> int:
    """Tell where the object of a verb begins: behind it, or at the end where it has none.

    "Be told when a price falls" changes no price.
    """
    end = at + len(form.words)
    clause = end < len(words) and words[end] in rules.grammar.conditionals
    return len(words) if clause and form.verb.tool_class != "Read" else end


def ends_object(words: Words, at: int, rules: ClassRules) -> bool:
    """Tell whether what follows a sign or a joining word is of another thing, or another verb."""
    return words[at] in STOPS or verb_after(words, at, rules) > 0 or begins(words, at, rules)


def begins(words: Words, at: int, rules: ClassRules) -> bool:
    """Tell whether a clause begins after a joining word: "and give it a place"."""
    after = words[at + 1 : at + 3]
    lone = after[:1] and after[0] not in rules.grammar.determiners | rules.grammar.prepositions
    return bool(lone) and after[1:] in (("it",), ("them",))


def listed_verb(words: Words, at: int, rules: ClassRules) -> int:
    """Count a verb that is unknown, by its place in a list: "play, mute or shelve an alarm"."""
    joins = STOPS | rules.grammar.coordinators
    after = words[at + 1 : at + 3]
    return int(after[:1] != () and after[0] not in joins and {*after[1:]} <= joins | _ARTICLES)


def verb_after(words: Words, at: int, rules: ClassRules) -> int:
    """Count the words of a verb that can be nothing else right after a place; 0 where none is."""
    form = find_verb(words, at + 1, rules) if at + 1 < len(words) else None
    return len(form.words) if form is not None and form.firm else 0


def is_part(words: Words, rules: ClassRules) -> bool:
    """Tell the first of several parts from an order: "stage, place and time" of "Live status: ...".

    "Create, update and delete" are orders.
    """
    form = find_verb(words, 0, rules)
    after = words[len(form.words) :] if form else ()
    if after[:1] == ("(",) and ")" in after:
        after = after[after.index(")") + 1 :]
    joins = STOPS | rules.grammar.joiners
    if not after or after[0] not in joins:
        return False
    place = next((at for at, word in enumerate(after) if word not in joins), len(after))
    return place < len(after) and find_verb(after, place, rules) is None


def says_how(words: Words, at: int, rules: ClassRules) -> bool:
    """Tell an adverb: "safely delete", and not "apply" or "reply to"."""
    ends = words[at].endswith("ly") and find_verb(words, at, rules) is None
    return ends or words[at] in rules.grammar.adverbs


def has_object(words: Words, start: int, form: VerbForm | None, rules: ClassRules) -> bool:
    """Tell whether an article follows a verb."""
    end = start + len(form.words) if form else len(words)
    return not rules.grammar.determiners.isdisjoint(words[end : end + 1])


def ends_first(found: Sequence[str], parts: Sequence[int], rules: ClassRules) -> int | None:
    """Tell where the first of two things ends; None where one is a part of the other's name.

    "A password or passphrase" are two, "a stock or option order" is one.
    """
    at = parts[-1] if parts else 0
    two = at and at == len(found) - 1 and singular(found[at - 1]) in rules.nouns
    return at if two else None


def done_to(found: Sequence[str], word: str) -> bool:
    """Tell what has been done to several things named before: "messages received", "notes sent"."""
    several = found[-1:] != [] and singular(found[-1]) != found[-1]
    return several and (word.endswith("ed") or word in _DONE)


_DONE = frozenset(("sent", "made", "written", "held", "built", "sold", "bought", "left"))
