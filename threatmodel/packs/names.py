"""Ids of a pack: each carries the pack's name, none is taken; and facts are used one way."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from threatmodel.errors import AivssError
from threatmodel.packs.read import Noted, PackPart, PackSource
from threatmodel.rules.condition import ConditionError, parse_condition, polarities
from threatmodel.rules.resolve import Vocabulary

TABLES = ("facts", "controls", "capabilities", "mitigations", "threats")
"""Parts of a pack whose rules go by their id."""
_RESERVED = frozenset({"aivss", "class", "flag"})
_SHAPES = {
    "facts": ("{id}.name, or t.{id}_name for what a tool does", r"({id}\.|t\.{id}_).+"),
    "controls": ("k.{id}_name", r"k\.{id}_.+"),
    "capabilities": ("c.{id}_name", r"c\.{id}_.+"),
    "mitigations": ("mt-{id}-name", r"mt-{id}-.+"),
    "threats": ("TH-{ID}-01", r"TH-{ID}-\d\d"),
    "nouns": ("{id}_name", r"{id}_.+"),
    "rows": ("{id}-name", r"{id}-[a-z0-9][a-z0-9-]*"),
}
"""Part of a pack -> how its ids look."""


def check_names(
    source: PackSource, rows: Mapping[str, Any], before: frozenset[str], noted: Noted
) -> None:
    """Note ids that do not carry the pack's name, that are ours, or that stand twice."""
    head = next(part for part in source.parts if part.record.pack is not None)
    with noted.at(head, "pack", "id"):
        _check_own(source.head.id, before)
    taken = _taken(rows)
    seen: set[str] = set()
    for part, path, name, shape, key in _ids(source):
        with noted.at(part, *path, key=key):
            _check_id(name, shape, source.head.id, taken)
            if name in seen:
                raise AivssError(f"{name} stands twice in this pack", hint="rename one")
        seen.add(name)


def _check_own(name: str, before: frozenset[str]) -> None:
    if name in _RESERVED:
        raise AivssError(f"no pack can be called {name}", hint="take your organisation's name")
    if name in before:
        raise AivssError(f"two packs are called {name}", hint="name each once with --pack")


def _taken(rows: Mapping[str, Any]) -> frozenset[str]:
    tables = ("facts", "capabilities", "mitigations", "threats")
    found = {row["id"] for table in tables for row in rows[table]}
    return frozenset(found | {row["kind"] for row in rows["sections"]["classes"]["nouns"]})


def _check_id(name: str, shape: str, pack: str, taken: frozenset[str]) -> None:
    form, pattern = (
        part.replace("{id}", pack).replace("{ID}", pack.upper()) for part in _SHAPES[shape]
    )
    if name in taken:
        message = f"{name} is an id of the rules that ship with aivss; a pack cannot change it"
        raise AivssError(message, hint=f"give it an id of your own: {form}")
    if not re.fullmatch(pattern, name):
        message = f"'{name}' does not carry the name of the pack"
        raise AivssError(message, hint=f"ids of this pack look like {form}")


def _ids(source: PackSource) -> Iterator[tuple[PackPart, tuple[str | int, ...], str, str, bool]]:
    """Give file, place, id, shape of each id, and whether it is a key."""
    for part in source.parts:
        record = part.record
        for table in TABLES:
            for name in getattr(record, table):
                yield part, (table, name), name, table, True
        for number, noun in enumerate(record.classes.nouns):
            yield part, ("classes", "nouns", number, "kind"), noun.kind, "nouns", False
        for place, entries in _lists(part):
            for number, name in enumerate(entries):
                yield part, (*place, number, "id"), name, "rows", False


def _lists(part: PackPart) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    record = part.record
    yield ("derivations",), [rule.id for rule in record.derivations]
    yield ("gate",), [rule.id for rule in record.gate]
    yield ("guards", "access"), [row.id for row in record.guards.access]
    yield ("guards", "arguments"), [row.id for row in record.guards.arguments]


# A fact makes things worse or better, and every condition must agree on which.


def check_polarity(
    source: PackSource, rows: Mapping[str, Any], words: Vocabulary, noted: Noted
) -> None:
    """Note facts that a condition uses against what they are said to do."""
    raises = {row["id"]: bool(row["raises"]) for row in rows["facts"]}
    raises |= {n: fact.raises for part in source.parts for n, fact in part.record.facts.items()}
    raises |= {n: False for part in source.parts for n in part.record.controls}
    ours = frozenset(row["id"] for row in rows["facts"])
    mixed: frozenset[str] | None = None
    for part, path, text, up in _conditions(source):
        for name, worse in _used(text, words, up=up):
            if raises.get(name, worse) == worse:
                continue
            mixed = _mixed(rows) if mixed is None else mixed
            with noted.at(part, *path):
                if name not in mixed:
                    raise _against(name, worse=worse, own=name not in ours)


def _used(text: str, words: Vocabulary, *, up: bool) -> Iterator[tuple[str, bool]]:
    try:
        node = parse_condition(text, words.all)
    except ConditionError:
        return  # it is told where the condition is packed
    for name, positive in dict.fromkeys(polarities(node)):
        yield name, positive == up


def _against(name: str, *, worse: bool, own: bool) -> AivssError:
    does = "worse" if worse else "better"
    message = f"{name}: here its truth makes things {does}, but it is said to do the opposite"
    hint = f"set `raises: {str(worse).lower()}` for it, or turn the condition round"
    return AivssError(message, hint=hint if own else "turn the condition round, or add a fact")


def _conditions(source: PackSource) -> Iterator[tuple[PackPart, tuple[str | int, ...], str, bool]]:
    """Give file, place and text of each condition, and whether its truth makes things worse."""
    for part in source.parts:
        for name, capability in part.record.capabilities.items():
            yield part, ("capabilities", name, "when"), capability.when, True
        for name, threat in part.record.threats.items():
            yield part, ("threats", name, "when"), threat.when, True
            for field in ("raise_if", "raise_impact"):
                for number, fact in enumerate(getattr(threat, field)):
                    yield part, ("threats", name, field, number), fact, True
            yield part, ("threats", name, "closed_by"), threat.closed_by, False
            yield part, ("threats", name, "reduced_by"), threat.reduced_by, False


def _mixed(rows: Mapping[str, Any]) -> frozenset[str]:
    """Name the facts that conditions of ours use both ways."""
    used: dict[bool, set[str]] = {True: set(), False: set()}
    for row in rows["capabilities"]:
        _sort(row["when"], used, up=True)
    for row in rows["threats"]:
        _sort(row["when"], used, up=True)
        _sort(row["closed_by"], used, up=False)
        _sort(row["reduced_by"], used, up=False)
    return frozenset(used[True] & used[False])


def _sort(
    packed: Mapping[str, Iterable[Iterable[str]]], used: dict[bool, set[str]], *, up: bool
) -> None:
    for case in packed["true"]:
        for literal in case:
            used[literal.startswith("!") is not up].add(literal.lstrip("!"))
