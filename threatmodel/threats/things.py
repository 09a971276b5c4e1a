"""What tools act on, as a person would name it, such as `credit notes`; nothing where unsure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from threatmodel.classify.result import ToolReading
from threatmodel.threats.names import in_sentence, plural

LEAST_SURE = 0.5
"""Confidence below which what a tool acts on is not repeated."""

SHORTEST = 3
"""Letters of a word that can be a noun worth repeating."""

SHOWN = 2
"""Things that are named before the rest reads `and more`."""

READ = 400
"""Characters of a description that are read."""

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

    def named(self, tools: Iterable[ToolReading], verbs: frozenset[str]) -> tuple[list[str], bool]:
        """Name the things in the plural, and tell whether these are all: each tool gave one."""
        found = [self.thing(tool, verbs) for tool in tools]
        named = list(dict.fromkeys(filter(None, found)))
        longer = {one.rpartition(" ")[2] for one in named if " " in one}
        things = [one for one in named if one not in longer]
        return things[:SHOWN], all(found) and len(things) <= SHOWN

    def thing(self, tool: ToolReading, verbs: frozenset[str]) -> str:
        """Name what a tool acts on, where its name and its description agree; else empty."""
        effect = tool.effects[0] if tool.effects else None
        if effect is None or effect.verb not in verbs or tool.confidence < LEAST_SURE:
            return ""
        *before, head = effect.object.split(" ")
        if len(head) < SHORTEST or head == self.prefix:
            return ""
        name = parts(tool.name)
        if (before and before[-1] in JOINING) or not _ends(name, head):
            return ""
        text = self.descriptions.get(tool.name, "")[:READ]
        said = tuple(word for word in _TOKEN.findall(text.lower()) if word != "-")
        if not (plural(head) in self._in_names or _counted(said, head)):
            return ""
        kept = before[-1:] if _fits(before, head, (said,) if before[1:] else (name, said)) else []
        if head in self.vague and not (kept and self._tells(kept[0])):
            return ""
        return in_sentence(plural(" ".join(spelt(word, text) for word in (*kept, head))))

    def _tells(self, word: str) -> bool:
        """Tell whether a word makes a vague thing telling: `fhir resources`, not `batch items`."""
        return word not in self.vague and word not in self.empty and word != self.prefix

    @cached_property
    def _in_names(self) -> frozenset[str]:
        return frozenset(part for tool in self.readings for part in parts(tool.name))

    @cached_property
    def prefix(self) -> str:
        """Give the word that most tool names begin with: the product, not a thing."""
        words = [re.split(r"[^a-z0-9]", tool.name.lower())[0] for tool in self.readings]
        most = max(dict.fromkeys(words), key=words.count, default="")
        return most if words.count(most) > max(_FEW, len(words) // 2) else ""


def spelt(word: str, text: str) -> str:
    """Write an acronym as the description does: `FHIR`."""
    return word.upper() if word.upper() in text and word not in text else word


def parts(name: str) -> tuple[str, ...]:
    """Give the words of a name."""
    return tuple(part.lower() for part in _PART.findall(name))


def _ends(name: Sequence[str], head: str) -> bool:
    """Tell whether the head of a name is this thing: last, or before a word such as `by`."""
    forms = (head, plural(head))
    pairs = zip(name, (*name[1:], "by"), strict=False)
    return any(word in forms and after in _AFTER - {"from"} for word, after in pairs)


def _counted(said: Sequence[str], head: str) -> bool:
    """Tell whether the description speaks of one such thing, or of several."""
    return any(many or _ONE & set(said[max(0, at - 3) : at]) for at, many in _seen(said, head))


def _seen(said: Sequence[str], head: str) -> Iterator[tuple[int, bool]]:
    """Find where a noun stands by itself, and whether in the plural."""
    forms = {head: False, plural(head): True}
    for at, (word, after) in enumerate(zip(said, (*said[1:], "."), strict=False)):
        if word in forms and (after in _AFTER or not after.isalnum()):
            yield at, forms[word]


def _fits(before: Sequence[str], head: str, texts: Iterable[Sequence[str]]) -> bool:
    """Tell whether the word before a head belongs to it: side by side, and not cut off a third."""
    heads = (head, plural(head))
    return any(
        two == before[-1] and three in heads and one not in before[:-1]
        for text in texts
        if before and len(before[-1]) >= SHORTEST
        for one, two, three in zip(("", *text), text, text[1:], strict=False)
    )
