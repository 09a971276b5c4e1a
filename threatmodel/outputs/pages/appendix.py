"""The appendix: every open finding by framework, and what is known, in words."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.facts.fact import Fact
from threatmodel.outputs.pages.labels import FAMILIES, short_place
from threatmodel.outputs.pages.summary import worst_first
from threatmodel.outputs.text import cut, one_line
from threatmodel.threats.finding import Finding

_PLACE = 48

COLUMNS = (("OWASP", ("asi", "t", "llm", "mcp")), ("ATLAS", ("atlas",)), ("CWE", ("cwe",)))
"""Column of the crosswalk and the frameworks in it; the attached JSON has all of them."""


@dataclass(frozen=True, slots=True)
class CrossRow:
    """An open finding with its ids in public frameworks."""

    finding: Finding
    """The finding."""

    cells: tuple[str, ...]
    """The first id of each framework, in the order of `COLUMNS`."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about one subject."""

    title: str
    """The subject, such as `Tools`."""

    facts: tuple[tuple[str, str], ...]
    """What holds, and where it was seen or said."""


def crosswalk(assessment: Assessment) -> tuple[CrossRow, ...]:
    """List the open findings, what to do first at the top, with their ids elsewhere."""
    return tuple(
        CrossRow(finding, tuple(_ids(finding, names) for _, names in COLUMNS))
        for finding in worst_first(assessment.model.live)
    )


def _ids(finding: Finding, names: tuple[str, ...]) -> str:
    by_name = {pinned.split("@")[0]: ids for pinned, ids in finding.refs.items()}
    return ", ".join(str(by_name[name][0]) for name in names if by_name.get(name))


def known(assessment: Assessment) -> tuple[Known, ...]:
    """Say what holds, by what it is about, each with the place that shows it."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for fact in assessment.facts.facts.values():
        if fact.value:
            family = fact.id.split(".")[0]
            groups.setdefault(family, []).append((fact.says, _place(fact)))
    return tuple(
        Known(FAMILIES[family], tuple(groups[family])) for family in FAMILIES if family in groups
    )


def _place(fact: Fact) -> str:
    """Say where a fact was seen; how it is known where it was seen nowhere."""
    first = fact.evidence[0] if fact.evidence else None
    if first is None or fact.basis in ("assumed", "derived"):
        return fact.basis
    return cut(one_line(short_place(first.place)), _PLACE)


def counted(assessment: Assessment) -> tuple[int, int, int]:
    """Count the facts that hold, that do not, and that are not known."""
    values = [fact.value for fact in assessment.facts.facts.values()]
    return values.count(True), values.count(False), values.count(None)
