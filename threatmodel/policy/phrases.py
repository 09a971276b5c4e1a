"""Phrases of rules, looked for in the names of tools, arguments and values.

Words are compared in their base form. Every run of words in a name is written down once, so that
fifty phrases are looked for by a few look-ups: 400 tools meet 400 rows of rules.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from threatmodel.classify.classify import load_class_rules
from threatmodel.classify.operation import find_verb
from threatmodel.classify.words import VerbForm, Words, singular, split_name

_SHORT = {"ids": "id", "ips": "ip", "vms": "vm", "dbs": "db", "ads": "ad", "prs": "pr", "mrs": "mr"}
"""Plurals that are too short to be told from a word that ends so."""
_LONGEST = 6
"""Words in a phrase, at most."""
# A directory of 32,500 servers would fill memory; a server's own tools fit many times over.
_MOST_KEPT = 4096


class Spelling(NamedTuple):
    """A name as words in their base form, parted by spaces."""

    whole: str
    runs: frozenset[str]
    """Every run of up to six of its words."""
    ends: frozenset[str]
    starts: frozenset[str]
    """Those that begin it."""


class Phrases(NamedTuple):
    """Phrases of one field of a rule, by how they are looked for."""

    inside: frozenset[str]
    """Found anywhere."""
    whole: frozenset[str]
    """With `=` in front in the rule: all of the name."""
    ends: frozenset[str]
    """With `$` behind: the end of it."""
    starts: frozenset[str]
    """With `^` in front: the beginning of it."""


_KNOWN: dict[int, tuple[Words, Phrases]] = {}
"""Phrases by the field that they are of: hashing its words takes longer than looking them up."""


def _phrases_of(field: Words) -> Phrases:
    """Part the phrases of a field of a rule; ValueError for one of more than six words."""
    # By identity, and checked to be the same object: an id is given away again once its owner is
    # gone.
    known = _KNOWN.get(id(field))
    if known is None or known[0] is not field:
        if len(_KNOWN) >= _MOST_KEPT:
            _KNOWN.clear()
        known = _KNOWN[id(field)] = field, _parted(field)
    return known[1]


def _parted(field: Words) -> Phrases:
    marks = {mark: set[str]() for mark in ("=", "$", "^", "")}
    for phrase in field:
        mark = "$" if phrase.endswith("$") else phrase[:1] if phrase[:1] in "=^" else ""
        marks[mark].add(_unmarked(phrase))
    return Phrases(*(frozenset(marks[mark]) for mark in ("", "=", "$", "^")))


def _unmarked(phrase: str) -> str:
    words = phrase.strip("=$^").split()
    if len(words) > _LONGEST:
        raise ValueError(f"a phrase has at most {_LONGEST} words: {phrase}")
    return " ".join(map(_base, words))


def has_phrase(field: Words, name: Spelling) -> bool:
    """Tell whether a name has a phrase in it, begins or ends with one, or is one, as marked."""
    phrases = _phrases_of(field)
    return (
        not phrases.inside.isdisjoint(name.runs)
        or name.whole in phrases.whole
        or not phrases.ends.isdisjoint(name.ends)
        or not phrases.starts.isdisjoint(name.starts)
    )


R = TypeVar("R")


class PhraseIndex(Generic[R]):
    """Rows of rules by the phrases of one of their fields: of fifty rows a name comes near three.

    Trying them all took half of what a plan takes. One serves tools and arguments of every kind:
    one for each kind went through the 14,000 phrases again and again, half of a first plan.
    """

    def __init__(self, rows: Sequence[R], field: Callable[[R], Words]) -> None:
        """Sort the rows by their phrases; those without any come near every name."""
        self._rows = rows
        self._always = self.places(lambda row: not field(row))
        self._by_phrase: dict[str, list[int]] = {}
        for at, row in enumerate(rows):
            for phrase in field(row):  # parted by their marks only where a name comes near
                self._by_phrase.setdefault(_unmarked(phrase), []).append(at)

    def places(self, wanted: Callable[[R], bool]) -> frozenset[int]:
        """Give the places of some rows."""
        return frozenset(at for at, row in enumerate(self._rows) if wanted(row))

    def near(self, names: Iterable[Spelling], among: frozenset[int]) -> Iterator[R]:
        """Give, in order, the rows at some places that have a phrase in a name, or none at all."""
        found = {*self._always}
        for name in names:
            for run in name.runs & self._by_phrase.keys():
                found.update(self._by_phrase[run])
        return map(self._rows.__getitem__, sorted(found & among))


@lru_cache(maxsize=65536)
def acted_on(name: str) -> Spelling:
    """Spell a tool's name without for whom or by what means it does something."""
    return called("_".join(_acted_on(split_name(name))))


def is_whole(field: Words, name: Spelling) -> bool:
    """Tell whether a name is all of one of the phrases with `=`."""
    return name.whole in _phrases_of(field).whole


@lru_cache(maxsize=65536)
def spelled(name: str) -> Spelling:
    """Spell a name as it stands."""
    return _spelling((split_name(name),))


@lru_cache(maxsize=65536)
def called(name: str) -> Spelling:
    """Spell a tool's name, and its verbs once more before each end of what they act on.

    `zone.cache.purge` is found by "purge cache", `update_full_workflow` by "update workflow",
    `start_pipeline_run` by "start run" as by "run pipeline".
    """
    words = split_name(name)
    turned: list[Words] = []
    for at in _verbs_at(words):
        rest = _acted_on(words[at + 1 :]) or words[:at]
        # Of what follows the verb each end: rules name the thing that is acted on, which stands
        # last.
        turned += ((words[at], *rest[start:]) for start in range(min(len(rest), 2 * _LONGEST)))
    return _spelling((words, *turned))


_FOR_WHOM = frozenset({"by", "for", "using", "via", "with"})
"""Words behind which stands for whom or by what means something is done, not what it is done to."""


def _acted_on(rest: Words) -> Words:
    """Cut off for whom something is done: `save_album_for_user` saves no user."""
    ends = (at for at, word in enumerate(rest) if at and word in _FOR_WHOM)
    return rest[: next(ends, len(rest))]


def _spelling(ways: Iterable[Words]) -> Spelling:
    bases = [list(map(_base, words)) for words in ways]
    runs, ends, starts = set[str](), set[str](), set[str]()
    for words in bases:
        for size in range(1, min(len(words), _LONGEST) + 1):
            found = [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]
            runs.update(found)
            ends.update(found[-1:])
            starts.update(found[:1])
    return Spelling(" ".join(bases[0]), *map(frozenset, (runs, ends, starts)))


@lru_cache(maxsize=65536)  # 14,000 phrases of rules are made of few words
def _base(word: str) -> str:
    small = word.lower()
    return _SHORT.get(small) or singular(small)


def _verbs_at(words: Words) -> Iterator[int]:
    """Give the places of verbs: the last word where none that asks leads, and the first verb."""
    rules = load_class_rules()
    forms = [find_verb(words, at, rules, plain=True) for at in range(len(words))]
    first, last = (forms[0], forms[-1]) if forms else (None, None)
    if last and not _asks(first) and (last.firm or first is None) and len(words) > 1:
        yield len(words) - 1
        forms.pop()
    yield from [at for at, form in enumerate(forms) if form and form.firm][:1]


def _asks(form: VerbForm | None) -> bool:
    return form is not None and form.firm and form.verb.tool_class == "Read"
