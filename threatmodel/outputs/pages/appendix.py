"""The appendix: facts with their evidence, references by framework, sources."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.facts.fact import Fact
from threatmodel.outputs.pages.labels import short_place
from threatmodel.outputs.text import cut, one_line, sentence

_SAYS = 120
_PLACES = 2


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact that is known."""

    fact: Fact
    """The fact."""

    shown: str
    """How it is known, by whom, and where the deciding evidence is."""


@dataclass(frozen=True, slots=True)
class Framework:
    """References of one framework."""

    title: str
    """Name and version."""

    url: str
    """Where it is published."""

    entries: str
    """Each id of the framework with the findings it stands for."""


def true_facts(assessment: Assessment) -> tuple[FactRow, ...]:
    """List the facts that hold, each with its evidence."""
    facts = assessment.facts.facts.values()
    return tuple(FactRow(fact, _shown(fact)) for fact in facts if fact.value)


def false_facts(assessment: Assessment) -> str:
    """List the facts that are known not to hold, by how they are known."""
    groups: dict[str, list[str]] = {}
    for fact in assessment.facts.facts.values():
        if fact.value is False:
            silent = fact.basis in ("assumed", "derived")
            basis, _, place = _shown(fact).partition(", ")
            groups.setdefault(basis, []).append(fact.id if silent else f"{fact.id} ({place})")
    told = (f"{sentence(basis)[:-1]}: {', '.join(ids)}." for basis, ids in sorted(groups.items()))
    return " ".join(told)


def unknown_facts(assessment: Assessment) -> tuple[str, ...]:
    """List the ids of the facts that nobody has stated."""
    return tuple(f.id for f in assessment.facts.facts.values() if f.value is None)


def _shown(fact: Fact) -> str:
    by = f" by {fact.by}" if fact.basis == "stated" and fact.by else ""
    places = list(dict.fromkeys(short_place(e.place) for e in fact.evidence if e.place))
    named = [cut(one_line(place), _SAYS) for place in places[:_PLACES]]
    more = [f"{len(places) - _PLACES} more"] if len(places) > _PLACES else []
    return ", ".join([f"{fact.basis}{by}", *named, *more])


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
            "; ".join(
                f"{id_}: {', '.join(sorted(found))}"
                for id_, found in sorted(entries.items(), key=_natural)
            )
            + ".",
        )
        for short, entries in sorted(found.items())
        if short in namespaces
    )


def _natural(entry: tuple[str, list[str]]) -> tuple[str, int, str]:
    text = entry[0]
    letters = text.rstrip("0123456789")
    digits = text[len(letters) :]
    return letters, int(digits or 0), text
