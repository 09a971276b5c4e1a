"""What a tool does in the words of its own name, and by the verbs that were read of it."""

from collections.abc import Mapping, Sequence

from threatmodel.classify.classify import load_class_rules
from threatmodel.classify.operation import kinds_of
from threatmodel.classify.result import ToolReading
from threatmodel.classify.words import plural, singular
from threatmodel.threats.things import parts

_FORMS = ("r", "er", "s", "d", "ed", "ing")
"""Ends of a verb that is no longer the bare one."""


def own_verb(reading: ToolReading) -> tuple[str, ...]:
    """Give the verb of a tool's name, and then what it is done to; empty where it has none."""
    words, effect = [part.lower() for part in parts(reading.name)], reading.effects[:1]
    at = next(
        (n for n, word in enumerate(words) if effect and effect[0].verb in _alone(word)),
        0 if words and _alone(words[0]) else -1,
    )
    if at < 0:
        return ()
    particles = load_class_rules().grammar.particles
    end = at + (1 if particles.isdisjoint(words[at + 1 : at + 2]) else 2)
    # Some name the thing first: `filing_submit`.
    return (" ".join(words[at:end]), *(words[end:] or words[:at]))


def firmly(verb: str, does: Sequence[str]) -> bool:
    """Tell whether a verb can be nothing but one of some kinds: `message` may be a thing."""
    words = tuple(verb.split())
    forms = load_class_rules().verbs.of(words[0]) if words else ()
    return any(form.firm and form.words == words and form.verb.id in does for form in forms)


def told_verb(tool: ToolReading, thing: str, verbs: Mapping[str, Sequence[str]]) -> str:
    """Give the verb for what a tool does to a thing: that of its name, where the thing follows it.

    `add_person` adds, and creates nobody; `verbs` words what the classifier read.
    """
    verb, *rest = own_verb(tool) or ("",)
    head = thing.rpartition(" ")[2].lower()
    if verb and any(head in (word, plural(word)) for word in rest):
        return verb
    return verbs[tool.effects[0].verb][1]


def kinds_told(things: str) -> frozenset[str]:
    """Give the kinds of the main one of some things."""
    return kinds_of(tuple(map(singular, things.split())), load_class_rules())[1]


def told_of(things: Sequence[str], words: Mapping[str, str]) -> list[str]:
    """Put words before things of a kind, and once before all where the first has them.

    `records of` stands before people, and before what follows them.
    """
    before = [next((s for k, s in words.items() if k in kinds_told(one)), "") for one in things]
    told = zip(before, things, strict=True)
    return [
        f"{w} {t}".strip() if w and (n == 0 or w != before[0]) else t
        for n, (w, t) in enumerate(told)
    ]


def leading_verb(tool: ToolReading, also: Sequence[str]) -> str:
    """Give the verb of a tool's first effect, or that which makes it another deed; else empty."""
    verbs = [effect.verb for effect in tool.effects]
    return next((verb for verb in verbs if verb in also), verbs[0] if verbs else "")


def _alone(word: str) -> frozenset[str]:
    """Give what a word does as a verb by itself; nothing where it is a form of another one."""
    verbs = load_class_rules().verbs
    if any(word.endswith(end) and word.removesuffix(end) in verbs for end in _FORMS):
        return frozenset()
    alone = (form for form in verbs.of(word) if form.words == (word,) and not form.inflected)
    return frozenset(form.verb.id for form in alone)
