"""The appendix: every open finding by framework, and what is known, in words."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.facts.fact import Fact
from threatmodel.outputs.pages.findings import numbered
from threatmodel.outputs.pages.labels import FAMILIES, short_place
from threatmodel.outputs.pages.summary import worst_first
from threatmodel.outputs.text import cut, one_line
from threatmodel.threats.finding import Finding

_PLACE, _HALF = 48, 88
_SHARED = "Shared by every agent on its host"


@dataclass(frozen=True, slots=True)
class FrameworkColumn:
    """Public frameworks as a column of the crosswalk."""

    title: str
    names: tuple[str, ...]
    """Namespaces of the ids in it."""
    wide: float
    """Width in rem."""


COLUMNS = (
    FrameworkColumn("OWASP ASI, T, LLM, MCP", ("asi", "t", "llm", "mcp"), 11.2),
    FrameworkColumn("MITRE ATLAS, CWE", ("atlas", "cwe"), 10.3),
)
"""Columns of the crosswalk; the attached JSON has all frameworks and all ids."""


@dataclass(frozen=True, slots=True)
class CrossRow:
    """An open finding with its ids in public frameworks."""

    number: int
    """Its number in this report; 0 for what is shared with every agent of its host."""
    finding: Finding
    cells: tuple[str, ...]
    """Its first id in each framework of a column, in the order of `COLUMNS`."""


@dataclass(frozen=True, slots=True)
class CrossPart:
    """Open findings of one priority."""

    title: str
    """The priority, or that they are shared."""
    rows: tuple[CrossRow, ...]
    """Worst first."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What is known about one subject."""

    title: str
    """The subject, such as `Tools`."""
    facts: tuple[tuple[str, str], ...]
    """What holds, and the place that shows it."""

    @property
    def short(self) -> bool:
        """Whether it takes no more than a line of half a page."""
        told = sum(len(says) + len(place) for says, place in self.facts)
        return len(self.title) + told <= _HALF


def crosswalk(assessment: Assessment) -> tuple[CrossPart, ...]:
    """List the open findings by priority, shared ones last, with their ids elsewhere."""
    numbers, model = numbered(assessment), assessment.model
    parts: dict[str, list[CrossRow]] = {}
    for finding in (*worst_first(model.open), *worst_first(model.shared)):
        title = _SHARED if finding.shared else (finding.priority or "priority open").capitalize()
        cells = tuple(_first(finding, column.names) for column in COLUMNS)
        parts.setdefault(title, []).append(CrossRow(numbers.get(finding.id, 0), finding, cells))
    return tuple(CrossPart(title, tuple(rows)) for title, rows in parts.items())


def _first(finding: Finding, names: tuple[str, ...]) -> str:
    by_name = {pinned.split("@")[0]: ids for pinned, ids in finding.refs.items()}
    return " ".join(str(by_name[name][0]) for name in names if by_name.get(name))


def known(assessment: Assessment) -> tuple[Topic, ...]:
    """Say what holds, by what it is about; what one place shows stands together."""
    groups: dict[str, dict[str, list[str]]] = {}
    home = assessment.facts.home
    for fact in assessment.facts.facts.values():
        if fact.value:
            by_place = groups.setdefault(fact.id.split(".")[0], {})
            by_place.setdefault(_place(fact, home), []).append(fact.says)
    return tuple(
        Topic(FAMILIES[family], tuple(("; ".join(s), place) for place, s in found.items()))
        for family in FAMILIES
        if (found := groups.get(family))
    )


def _place(fact: Fact, home: str) -> str:
    """Say where a fact was seen; how it is known where it was seen nowhere."""
    first = fact.first
    if first is None or fact.basis in ("assumed", "derived"):
        return fact.basis
    return cut(one_line(short_place(first.place, home)), _PLACE)


def counted(assessment: Assessment) -> tuple[int, int, int]:
    """Count the facts that hold, that do not, and that are not known."""
    values = [fact.value for fact in assessment.facts.facts.values()]
    return values.count(True), values.count(False), values.count(None)
