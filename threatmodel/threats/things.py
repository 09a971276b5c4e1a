"""What tools do and to what, as a person would name it: `credit notes`; nothing where unsure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise, repeat

from threatmodel.classify.classify import load_class_rules
from threatmodel.classify.operation import kinds_of
from threatmodel.classify.result import Effect, ToolReading
from threatmodel.classify.words import plural, singular, spelt
from threatmodel.threats.names import in_sentence

LEAST_SURE = 0.5
"""Confidence below which what a tool acts on is not repeated."""

SHORTEST = 3
"""Letters of a word that can be a noun worth repeating."""

SHOWN = 2
"""Things that are named before the rest reads `and more`."""

READ = 400
"""Characters of a description that are read."""

_NEAR = 4
"""Words between a thing and what counts it: `a Docker or Podman container`."""

_PUT, _HUMAN = frozenset({"from", "into", "to"}), "human"
"""Words after somebody in a name that say where to or from, and the kind that somebody is of."""

_WHERE, _SAID = frozenset({"at", "in", "into", "on", "onto", "to"}), frozenset({"send", "publish"})
"""Words after which a name says where, as in `post_to_channel`, and verbs of what is said."""

_FEW = 2
"""Tools that may begin with one word without its being a prefix."""

JOINING = frozenset({"a", "an", "and", "by", "for", "from", "in", "of", "on", "or", "the", "to"})
_ONE = frozenset({"a", "an", "another", "each", "every", "one", "per"})
_AFTER = JOINING - {"a", "an"} | {
    "are", "as", "associated", "at", "based", "belonging", "if", "into", "is", "that", "using",
    "via", "when", "where", "which", "whose", "with", "within",
}  # fmt: skip
"""Words after which a noun is not the beginning of a longer one."""

_PART = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]*|[0-9]+")
_TOKEN = re.compile(r"[a-z0-9]+|[^a-z0-9\s]")


@dataclass(frozen=True)
class Things:
    """What the tools of one agent act on."""

    readings: Sequence[ToolReading]
    """What each tool can do."""
    descriptions: Mapping[str, str]
    """What the server says of each tool, by name."""
    vague: Collection[str]
    """Things whose names say too little to be repeated."""
    empty: Collection[str] = ()
    """Words that do not make them say more."""
    own: Collection[str] = ()
    """Words of the product's name: before a thing they say nothing that is not known."""
    aspects: Collection[str] = ()
    """Things that are looked at of another one, which is named instead: its state, its details."""

    def named(self, tools: Iterable[ToolReading], verbs: frozenset[str]) -> tuple[list[str], bool]:
        """Name the things in the plural, and tell whether these are all: each tool gave one.

        What most tools of the agent are about stands first: that is what it is there for.
        """
        found = [self.thing(tool, verbs) for tool in tools]
        named = sorted(dict.fromkeys(filter(None, found)), key=lambda one: -self._weight(one))
        things = [one for n, one in enumerate(named) if not any(map(_same, named[:n], repeat(one)))]
        # Two kinds of rules tell less than rules and cases.
        heads = [one.rpartition(" ")[2] for one in things]
        told = sorted(range(len(things)), key=lambda n: heads[n] in heads[:n])
        return [things[n] for n in told[:SHOWN]], all(found) and len(things) <= SHOWN

    def thing(self, tool: ToolReading, verbs: frozenset[str]) -> str:
        """Name what a tool acts on, where its name and its description agree; else empty."""
        effect = next(iter(told_effects(tool)), None)
        if effect is None or effect.verb not in verbs or tool.confidence < LEAST_SURE:
            return ""
        # Worked out once: several sentences and the order of the tools ask for it.
        key = tool.name, tool.tool_class, effect.object
        if key not in self._found:
            self._found[key] = self._agreed(*key)
        return self._found[key]

    @cached_property
    def _found(self) -> dict[tuple[str, str, str], str]:
        return {}

    def _agreed(self, tool: str, tool_class: str, thing: str) -> str:
        """Name a thing where the name of a tool and its description agree on it; else empty."""
        name = parts(tool)
        # A name that is one word alone is what a tool of many operations works on: `queues`.
        # A verb alone is no thing.
        alone = len(name) == 1 and name[0] not in load_class_rules().verbs
        *before, head = (thing or (name[0] if alone else "")).split(" ")
        if len(head) < SHORTEST or head in (self.prefix, singular(self.prefix)):
            return ""
        if put_on(name, head):
            return ""
        if (before and before[-1] in JOINING) or not (_ends(name, head) or _leads(name, head)):
            return ""
        text = self.descriptions.get(tool, "")[:READ]
        return self._worded(before, head, name, text, whole=tool_class == "Read")

    def _worded(
        self, before: Sequence[str], head: str, name: Sequence[str], text: str, *, whole: bool
    ) -> str:
        """Word a thing with the word before it that belongs to it; empty where it tells nothing."""
        kept = [word for word in before[-1:] if self._belongs(word, before, head, (name, text))]
        vague = head in self.vague and not (kept and self._tells(kept[0]))
        if vague or not (self._several(head) or _counted(_said(text), head)):
            return ""
        # The state of a pool is looked at of a pool.
        words = kept if whole and head in self.aspects and kept else [*kept, head]
        several = load_class_rules().several
        return in_sentence(several(" ".join(spelt(word, text) for word in words)))

    def _belongs(
        self, word: str, before: Sequence[str], head: str, told: tuple[Sequence[str], str]
    ) -> bool:
        """Tell whether the word before a head says more, and is its own in the name or the text."""
        if word in self.own:
            return False
        # The name first: it mostly tells, and a text has to be parted before it is read.
        name, text = told
        return (not before[1:] and _fits(before, head, name)) or _fits(before, head, _said(text))

    def weight(self, tool: ToolReading) -> int:
        """Count the tools that speak of the same thing in their names."""
        thing = self.thing(tool, frozenset(effect.verb for effect in tool.effects[:1]))
        return self._weight(thing) if thing else 0

    def _weight(self, thing: str) -> int:
        head = thing.rpartition(" ")[2].lower()
        return sum(self._in_names[form] for form in {head, singular(head)})

    def _tells(self, word: str) -> bool:
        """Tell whether a word makes a vague thing telling: `fhir resources`, not `batch items`."""
        return word not in self.vague and word not in self.empty and word != self.prefix

    def _several(self, head: str) -> bool:
        """Tell whether the names of tools speak of several such things, or several names of it."""
        return self._in_names[plural(head)] > 0 or self._in_names[head] > _FEW

    @cached_property
    def _in_names(self) -> Counter[str]:
        return Counter(part for tool in self.readings for part in parts(tool.name))

    @cached_property
    def prefix(self) -> str:
        """Give the word that most tool names begin with: the product, not a thing."""
        words = [re.split(r"[^a-z0-9]", tool.name.lower())[0] for tool in self.readings]
        most = max(dict.fromkeys(words), key=words.count, default="")
        return most if words.count(most) > max(_FEW, len(words) // 2) else ""


def put_on(name: Sequence[str], head: str) -> bool:
    """Tell whether somebody is only put on or taken off something: `add_person_to_list`."""
    beside = {after for word, after in pairwise(name) if word in (head, plural(head))}
    return not beside.isdisjoint(_PUT) and _HUMAN in kinds_of((head,), load_class_rules())[1]


def told_effects(tool: ToolReading) -> tuple[Effect, ...]:
    """Give what a tool does, but for what its name only says where: a channel is not published."""
    name = parts(tool.name)
    at = {after for word, after in pairwise(name) if word in _WHERE}
    return tuple(one for one in tool.effects if one.verb not in _SAID or one.object not in at)


def _same(one: str, other: str) -> bool:
    """Tell whether one thing is the other with a word before it: `credit notes` and `notes`."""
    return one.endswith(f" {other}") or other.endswith(f" {one}")


@lru_cache(maxsize=8192)  # asked of a tool for each sentence that may name what it acts on
def parts(name: str) -> tuple[str, ...]:
    """Give the words of a name."""
    return tuple(part.lower() for part in _PART.findall(name))


def _ends(name: Sequence[str], head: str) -> bool:
    """Tell whether the head of a name is this thing: last, or before a word such as `by`."""
    forms = (head, plural(head))
    pairs = zip(name, (*name[1:], "by"), strict=False)
    return any(word in forms and after in _AFTER - {"from"} for word, after in pairs)


def _leads(name: Sequence[str], head: str) -> bool:
    """Tell whether a name is of a thing and what is done to it: `container_remove`."""
    last = "".join(name[-1:])
    return name[-2:-1] in ((head,), (plural(head),)) and last in load_class_rules().verbs


def _counted(said: Sequence[str], head: str) -> bool:
    """Tell whether the description speaks of one such thing, or of several."""
    return any(many or _ONE & set(said[max(0, at - _NEAR) : at]) for at, many in _seen(said, head))


def _seen(said: Sequence[str], head: str) -> Iterator[tuple[int, bool]]:
    """Find where a noun stands by itself, and whether in the plural."""
    forms = {head: False, plural(head): True}
    for at, (word, after) in enumerate(zip(said, (*said[1:], "."), strict=False)):
        if word in forms and (after in _AFTER or not after.isalnum()):
            yield at, forms[word]


def _said(text: str) -> tuple[str, ...]:
    """Give the words and signs of a text; parts of a compound are words of their own."""
    return tuple(word for word in _TOKEN.findall(text.lower()) if word != "-")


def _fits(before: Sequence[str], head: str, text: Sequence[str]) -> bool:
    """Tell whether the word before a head belongs to it: side by side, and not cut off a third.

    Of `a Docker or Podman container` neither does.
    """
    if len(before[-1]) < SHORTEST or before[-1] not in text:
        return False
    heads = (head, plural(head))
    return any(
        two == before[-1] and three in heads and not {nought, one}.intersection(before[:-1])
        for nought, one, two, three in zip(
            ("", "", *text), ("", *text), text, text[1:], strict=False
        )
    )


# What a tool does in the words of its own name, and by the verbs that were read of it.

_FORMS = ("r", "er", "s", "d", "ed", "ing")
"""Ends of a verb that is no longer the bare one."""


def own_verb(reading: ToolReading) -> tuple[str, ...]:
    """Give the verb of a tool's name, and then what it is done to; empty where it has none."""
    words, effect = parts(reading.name), reading.effects[:1]
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
