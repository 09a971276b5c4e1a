"""Which facts an import leaves open, for a person to answer."""

from collections.abc import Iterator

from threatmodel.description.access import Credential
from threatmodel.description.answer import States
from threatmodel.facts.stated import SECTIONS, marked_fields
from threatmodel.importers.imported import Imported
from threatmodel.importers.said import Path
from threatmodel.knowledge.load import load_knowledge


def unanswered(imported: Imported) -> tuple[str, ...]:
    """List the ids of facts that no source answers: those without a presumed value first.

    Among equals the order is that of the description. The score orders them by what they move.
    """
    knowledge = load_knowledge()
    said = {fact for one in imported.said for fact in _stated(one.path, one.value)}
    open_facts = dict.fromkeys(fact for fact in _askable() if fact not in said)
    seen = imported.tools is not None
    known = [
        fact
        for fact in open_facts
        if fact in knowledge.facts and not (seen and "tool_schema" in knowledge.facts[fact].seen_in)
    ]
    return tuple(sorted(known, key=lambda fact: knowledge.facts[fact].presumed is not None))


def _askable() -> Iterator[str]:
    for kind in (*SECTIONS.values(), Credential):
        for _, mark in marked_fields(kind):
            if isinstance(mark, States):
                yield mark.fact
            else:
                yield from (fact for facts in mark.choices.values() for fact in facts)


def _stated(path: Path, value: object) -> Iterator[str]:
    """Give the facts that a value at a path states."""
    if path[0] in {"facts", "controls"}:
        yield path[1] if path[0] == "facts" else f"k.{path[1]}"
        return
    kind = Credential if path[0] == "credentials" else SECTIONS.get(path[0])
    for name, mark in marked_fields(kind) if kind else ():
        if name != path[-1]:
            continue
        if isinstance(mark, States):
            yield mark.fact
        else:
            yield from mark.choices.get(str(value), {})
