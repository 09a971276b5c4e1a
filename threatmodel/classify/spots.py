"""Words of packs, found in texts: no regular expression of a stranger is ever run."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from threatmodel.classify.evidence import ToolEvidence
from threatmodel.classify.result import Clue, ClueSource
from threatmodel.classify.rules import Spot
from threatmodel.classify.words import split_name
from threatmodel.description.agent import Tool

MOST = 20_000
"""Characters of a text that are looked at."""

_SHOWN = 60

Texts = Mapping[str, tuple[tuple[ClueSource, str, str], ...]]
"""Place such as `tool.name` -> source, pointer and text of what stands there."""


def spotted(
    tool: Tool, evidence: ToolEvidence, spots: Iterable[Spot]
) -> dict[str, tuple[Clue, ...]]:
    """Give the facts that words of a tool show, each with the first word that does."""
    texts = texts_of(tool, evidence)
    found: dict[str, tuple[Clue, ...]] = {}
    for spot in spots:
        if spot.fact not in found and (clue := _first(spot, texts)) is not None:
            found[spot.fact] = (clue,)
    return found


def _first(spot: Spot, texts: Texts) -> Clue | None:
    for place in sorted(spot.where):
        for source, pointer, text in texts.get(place, ()):
            words = matched(spot.words, text)
            if words:
                return Clue(source, pointer, words, f"says '{words}'")
    return None


def texts_of(tool: Tool, evidence: ToolEvidence) -> Texts:
    """Give what a tool says, by place."""
    title = tool.title or (tool.annotations.title if tool.annotations else None)
    return {
        "tool.name": (("name", "name", " ".join(split_name(tool.name))),),
        "tool.title": (("title", "title", title),) if title else (),
        "tool.description": (("description", "description", tool.description),)
        if tool.description
        else (),
        "tool.arguments": tuple(_arguments(evidence)),
    }


def _arguments(evidence: ToolEvidence) -> Iterator[tuple[ClueSource, str, str]]:
    for seen in evidence.arguments:
        yield "schema", seen.pointer, " ".join(split_name(" ".join(seen.argument.path)))
        if seen.text:
            yield "schema", f"{seen.pointer}.description", seen.text


def matched(patterns: Iterable[str], text: str) -> str:
    """Give the first words of a text that one of the patterns fits; empty where none does."""
    lowered = text[:MOST].lower()
    for pattern in patterns:
        head, found = _compiled(pattern)
        if head in lowered and (words := found.search(lowered)) is not None:
            return words.group()[:_SHOWN]
    return ""


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> tuple[str, re.Pattern[str]]:
    """Turn words into a search that takes time in proportion to the text.

    Also gives the beginning of the first word, without which nothing can fit.
    """
    words = pattern.lower().split()
    body = r"[\W_]{1,5}".join(_word(word) for word in words)
    return words[0].removesuffix("*"), re.compile(rf"(?<![^\W_]){body}(?![^\W_])")


def _word(word: str) -> str:
    return re.escape(word.removesuffix("*")) + (r"[^\W_]{0,30}" if word.endswith("*") else "")
