"""Fill templates: packed parts and the phrases of one agent give a sentence, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from threatmodel.rules.cases import Cases
from threatmodel.rules.load import Knowledge, unpack

Key = tuple[str, str]
"""Name and argument of a placeholder."""


class Phrase(NamedTuple):
    """Words for a placeholder; a tuple, for there are hundreds per agent."""

    text: str
    many: bool = False
    """Whether words agree with it as with many."""
    verbatim: bool = False
    """Whether it begins with a name, which keeps its first letter."""
    known: bool = True
    """Whether it says something; a fallback does not."""
    hosted: bool = False
    """Whether it holds only because of the reference host."""
    about: bool = False
    """Whether it names the agent, or a tool, a key or data of its own."""
    lists: frozenset[str] = frozenset()
    """Lists of tools that it writes out."""


@dataclass(frozen=True, slots=True)
class Put:
    """A placeholder."""

    key: Key


@dataclass(frozen=True, slots=True)
class Agree:
    """Words that agree in number."""

    key: Key
    """With what."""
    one: str
    many: str


@dataclass(frozen=True, slots=True)
class Maybe:
    """Alternatives: the first that is known; nothing where none is."""

    options: tuple["Parts", ...]
    """Best first."""


Parts = tuple["str | Put | Agree | Maybe", ...]
"""A template, ready to fill."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to say something, and when it fits."""

    parts: Parts
    when: Cases | None
    """Must hold; None always does."""
    unless: Cases | None
    """Must not be known to hold."""
    kinds: tuple[str, ...]
    """Kinds of agent; empty fits all."""
    many: bool | None
    """Number, where it is fixed."""
    whole: Phrase | None = None
    """What it says where nothing is to be filled, as in two of five that are told."""


Sentence = tuple[Variant, ...]
"""Ways to say it, most special first."""


class Scene(Protocol):
    """What a template is filled from."""

    @property
    def written(self) -> frozenset[str]:
        """Give the lists of tools that were written out before."""

    def phrase(self, key: Key) -> Phrase | None:
        """Give the words for a placeholder; None where nothing is known."""

    def fits(self, way: Variant) -> bool:
        """Tell whether the conditions of a way hold."""

    def by_host(self, condition: Cases | None) -> bool:
        """Tell whether a condition holds only because of the reference host."""


def say(sentence: Sentence, scene: Scene, *, strict: bool = False) -> Phrase | None:
    """Take the first way whose conditions hold and whose placeholders have words."""
    for way in sentence:
        if scene.fits(way):
            said = way.whole or fill(way.parts, scene, strict=strict)
            if said is not None:
                hosted = said.hosted or scene.by_host(way.when)
                many = said.many if way.many is None else way.many
                same = (many, hosted) == (said.many, said.hosted)
                return said if same else said._replace(many=many, hosted=hosted)
    return None


def fill(parts: Parts, scene: Scene, *, strict: bool = False) -> Phrase | None:
    """Fill a template; None where a placeholder has no words, or, when strict, only a fallback."""
    out: list[str] = []
    number: bool | None = None
    verbatim = hosted = about = False
    lists: frozenset[str] = frozenset()
    for part in parts:
        if isinstance(part, str):
            out.append(part)
            continue
        if isinstance(part, Agree):
            of = scene.phrase(part.key)
            if of is None or (strict and not of.known):
                return None
            out.append(part.many if of.many else part.one)
            continue
        found = _option(part, scene) if isinstance(part, Maybe) else scene.phrase(part.key)
        if found is None or (strict and not found.known):
            return None
        if found.lists and found.lists & (scene.written | lists) and isinstance(part, Put):
            found = _AGAIN
        if found.text:
            verbatim = verbatim or (found.verbatim and not any(out))
            number = found.many if number is None else number
            hosted, about = hosted or found.hosted, about or found.about
            lists = lists | found.lists if found.lists else lists
            out.append(found.text)
    return Phrase("".join(out), bool(number), verbatim, hosted=hosted, about=about, lists=lists)


_NOTHING = Phrase("")
# A paragraph that lists the same eight tools twice is not read to its end.
_AGAIN = Phrase("these tools", many=True)


def _option(part: Maybe, scene: Scene) -> Phrase:
    for option in part.options:
        # A bracket says more or is left out, and a fallback says nothing more.
        found = fill(option, scene, strict=True)
        if found is not None:
            return found
    return _NOTHING


def asks_for(parts: Parts, key: Key) -> bool:
    """Tell whether a placeholder stands in a template, in a bracket of it too."""
    return any(
        any(asks_for(option, key) for option in part.options)
        if isinstance(part, Maybe)
        else part.key == key
        for part in parts
        if not isinstance(part, str)
    )


def sentence_of(rows: Sequence[Mapping[str, Any]], knowledge: Knowledge) -> Sentence:
    """Make packed variants ready to fill."""
    return tuple(_variant(row, knowledge) for row in rows)


def _variant(row: Mapping[str, Any], knowledge: Knowledge) -> Variant:
    parts = parts_of(row["say"])
    words = [part for part in parts if isinstance(part, str)]
    return Variant(
        parts,
        unpack(row["when"], knowledge) if "when" in row else None,
        unpack(row["unless"], knowledge) if "unless" in row else None,
        tuple(row.get("kinds", ())),
        row.get("many"),
        Phrase("".join(words)) if len(words) == len(parts) else None,
    )


def parts_of(packed: Sequence[Any]) -> Parts:
    """Make packed parts ready to fill."""
    return tuple(part if isinstance(part, str) else _part(part) for part in packed)


def _part(packed: Sequence[Any]) -> Put | Agree | Maybe:
    match packed:
        case ["put", name, argument]:
            return Put((name, argument))
        case ["agree", name, argument, one, many]:
            return Agree((name, argument), one, many)
        case ["maybe", *options]:
            return Maybe(tuple(parts_of(option) for option in options))
        case _:
            pass
    raise ValueError(f"no part of a template: {packed}")
