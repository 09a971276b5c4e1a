"""Names and texts as words: split at separators and humps, plurals brought to the singular."""

import re
from functools import lru_cache
from typing import NamedTuple

from threatmodel.scales import ToolClass

# In this order: a version behind capitals, a version, `URLs`, capitals before a new word, a word, a
# number, letters of other scripts. `APIKeyV2` is api, key, v2.
_HUMPS = re.compile(
    r"[A-Z]+(?=V\d)|[vV]\d+(?![a-z])|[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z\u00df-\u024f])"
    r"|[A-Z]?[a-z\u00df-\u024f]+|[0-9]+|[^\W\d_a-zA-Z\u00df-\u024f]+",
)
# `gas`, `bus` and `dns` are no plurals.
_SHORTEST_PLURAL = 4
_VERSION = re.compile(r"^v?\d+$")
_IRREGULAR = {
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "people": "person",
    "children": "child",
    "statuses": "status",
    "customs": "customs",
    "aliases": "alias",
    "viruses": "virus",
    "series": "series",
    "species": "species",
    "news": "news",
    "docs": "docs",
    "analyses": "analysis",
    "movies": "movie",
    "cookies": "cookie",
    "lies": "lie",
    "https": "https",
    "cvs": "cv",
    "caches": "cache",
    "sizes": "size",
    "atlas": "atlas",
    "canvas": "canvas",
    "bias": "bias",
    "kubernetes": "kubernetes",
    "postgres": "postgres",
    "sales": "sales",
}


@lru_cache(maxsize=8192)
def split_name(name: str) -> tuple[str, ...]:
    """Split snake, kebab, camel, dotted and spaced names into lower-case words."""
    return tuple(part.lower() for part in _HUMPS.findall(name))


def is_version(word: str) -> bool:
    """Tell whether a word is only a number or version mark, such as `v1`."""
    return _VERSION.match(word) is not None


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """Bring a plural noun to the singular, whose it is left out; other words stay."""
    if word.endswith(("'s", "s'")):
        return singular(word.removesuffix("'s").removesuffix("'"))
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    # Rules and not a dictionary: a word that comes out wrong does so in the lexicon too, and still
    # fits.
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


_ODD = {
    "analysis": "analyses", "bonus": "bonuses", "census": "censuses", "child": "children",
    "criterion": "criteria", "datum": "data",
    "man": "men", "media": "media", "person": "people", "staff": "staff",
    "stock": "stock", "vertex": "vertices", "woman": "women",
}  # fmt: skip


def plural(thing: str) -> str:
    """Give the plural of an English noun phrase in lower case, or of one that ends in `API`."""
    before, gap, head = thing.rpartition(" ")
    if not head.isascii():
        return thing  # a word of another language has endings of its own
    if head in _ODD:
        return f"{before}{gap}{_ODD[head]}"
    if head.isupper():
        return thing if head.endswith("S") else f"{thing}s"
    if thing.endswith(("s", "x", "z", "ch", "sh")):
        return f"{thing}es" if not thing.endswith("s") or thing.endswith("ss") else thing
    if thing.endswith("y") and thing[-2:-1] not in "aeiou":
        return f"{thing[:-1]}ies"
    return f"{thing}s"


def spelt(word: str, text: str) -> str:
    """Write an acronym as the description does: `FHIR`."""
    return word.upper() if word.upper() in text and word not in text else word


# Words and phrases that the classifier knows.

Words = tuple[str, ...]
"""Words in lower case."""


class Narrowing(NamedTuple):
    """A narrower class of a verb, by what it acts on."""

    words: frozenset[str]
    """Words of the group it is for; empty: all."""
    on: frozenset[str]
    """Kinds of which one must be acted on; empty: no demand."""
    head: frozenset[str]
    """Kinds of which the main thing must be one; empty: no demand."""
    context: frozenset[str]
    """Kinds of which one must be spoken of around it; empty: no demand."""
    unless: frozenset[str]
    """Kinds that must not be spoken of around it."""
    none_of: frozenset[str]
    """Kinds that must be absent."""
    tool_class: ToolClass


class Verb(NamedTuple):
    """A group of verbs with one meaning; `VerbRecord` says what its fields hold."""

    id: str
    tool_class: ToolClass
    says: str
    soft: frozenset[str]
    quiet: frozenset[str]
    """Words that do not outvote a milder name."""
    tames: bool
    objects: tuple[Narrowing, ...]
    """Narrower classes."""


class VerbForm(NamedTuple):
    """One spelling of a verb; a tuple, for there are thousands."""

    words: Words
    base: str
    verb: Verb
    firm: bool
    """Whether it is a verb wherever it stands."""
    inflected: bool
    """Whether it is not the base form."""


class Role(NamedTuple):
    """A role that an argument can play."""

    id: str
    types: frozenset[str]
    """JSON types it can have."""
    says: str
    """What such an argument does."""


class Settle(NamedTuple):
    """Description patterns that change an argument's role."""

    role: str
    near: str
    """Pattern of parts of which one must be in the text first."""
    says: str
    """Pattern of which one branch must match."""
    unless: str
    """Pattern that must not match; empty: none."""


class Settles(NamedTuple):
    """All that may change one role."""

    near: str
    """Pattern of parts of which one must be in the text first: of any of them."""
    rows: tuple[Settle, ...]
    """Each, in order."""


class Grammar(NamedTuple):
    """Function words, by what they do in a name or sentence.

    `GrammarRecord` says what its fields hold.
    """

    prepositions: frozenset[str]
    determiners: frozenset[str]
    fillers: frozenset[str]
    coordinators: frozenset[str]
    adverbs: frozenset[str]
    measures: frozenset[str]
    lasting: frozenset[str]
    often: frozenset[str]
    spans: frozenset[str]
    extents: frozenset[str]
    uncounted: frozenset[str]
    altering: frozenset[str]
    nameless: frozenset[str]
    governing: frozenset[str]
    negations: frozenset[str]
    trailing: frozenset[str]
    routing: frozenset[str]
    nominal: frozenset[str]
    yielding: frozenset[str]
    conditionals: frozenset[str]
    joiners: frozenset[str]
    """Coordinators and adverbs."""
    inverses: frozenset[str]
    particles: frozenset[str]
    leads: str
    """Pattern of openings that say nothing."""
