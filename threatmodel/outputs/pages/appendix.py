"""The appendix: facts with their evidence, references by framework, sources."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.facts.fact import Fact
from threatmodel.outputs.pages.labels import short_place
from threatmodel.outputs.text import cut, one_line

_SAYS = 120
_PLACES = 2


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact that is known."""

    fact: Fact
    """The fact."""

    answer: str
    """yes or no."""

    basis: str
    """How it is known, and by whom."""

    place: str
    """Where the deciding evidence is."""


@dataclass(frozen=True, slots=True)
class Framework:
    """References of one framework."""

    title: str
    """Name and version."""

    url: str
    """Where it is published."""

    entries: tuple[tuple[str, str], ...]
    """Id of the framework, and the findings it stands for."""


def known_facts(assessment: Assessment) -> tuple[FactRow, ...]:
    """List the facts that are true, and those that were found or said to be false."""
    rows = []
    for fact in assessment.facts.facts.values():
        if fact.value is None:
            continue
        by = f" by {fact.by}" if fact.basis == "stated" and fact.by else ""
        places = [short_place(e.place) for e in fact.evidence if e.place][:_PLACES]
        more = len(fact.evidence) - len(places)
        place = ", ".join(cut(one_line(p), _SAYS) for p in places)
        place += f", {more} more" if more > 0 and places else ""
        answer = "yes" if fact.value else "no"
        rows.append(FactRow(fact, answer, f"{fact.basis}{by}", place))
    return tuple(rows)


def unknown_facts(assessment: Assessment) -> tuple[str, ...]:
    """List the ids of the facts that nobody has stated."""
    return tuple(f.id for f in assessment.facts.facts.values() if f.value is None)


def frameworks(assessment: Assessment) -> tuple[Framework, ...]:
    """List, for each public framework, its ids and the open findings they stand for."""
    namespaces = assessment.knowledge.namespaces
    found: dict[str, dict[str, list[str]]] = {}
    for finding in assessment.model.open:
        for pinned, ids in finding.refs.items():
            short = pinned.split("@")[0]
            for id_ in ids:
                found.setdefault(short, {}).setdefault(str(id_), []).append(finding.id)
    return tuple(
        Framework(
            f"{namespaces[short].title}, {namespaces[short].version}",
            namespaces[short].url,
            tuple((id_, ", ".join(sorted(f))) for id_, f in sorted(entries.items(), key=_natural)),
        )
        for short, entries in sorted(found.items())
        if short in namespaces
    )


def _natural(entry: tuple[str, list[str]]) -> tuple[str, int, str]:
    text = entry[0]
    letters = text.rstrip("0123456789")
    digits = text[len(letters) :]
    return letters, int(digits or 0), text
