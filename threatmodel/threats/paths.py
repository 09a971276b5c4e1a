"""Attack paths: from a way in over open threats to damage, ranked, with the cheapest break."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from threatmodel.rules.cases import Masks
from threatmodel.rules.load import Knowledge
from threatmodel.rules.rows import ThreatRow
from threatmodel.scales import OPEN, PRIORITIES
from threatmodel.threats.finding import Finding
from threatmodel.threats.result import AttackPath, Lead, PathStep
from threatmodel.threats.routes import Route, diverse, ends_of, routes
from threatmodel.threats.wording import Wording

# The cheapest place to break a path, and what breaks it there.

_DEAREST = 9
"""Cost of a mitigation without a price."""


@dataclass(frozen=True, slots=True)
class PathBreak:
    """A way to break a path."""

    threat: str
    mitigation: str
    guard: str
    """Policy clause that does it or helps at the proxy; empty where none can."""
    cost: int
    """What it costs; 0 where a clause of the proxy stops the step for good, 1 where there is a way
    round the proxy."""
    price: int
    """What the mitigation costs by itself."""


def cheapest_break(
    threats: Sequence[str], preferred: str, knowledge: Knowledge, known: Masks, *, gated: bool
) -> PathBreak:
    """Find the cheapest mitigation of any step; ties go to the preferred step, then the earliest.

    `gated` says that there is a way round the proxy.
    """
    rules = knowledge.sections["wording"]["paths"]
    found = [
        _break(knowledge.by_id[threat], mitigation, (knowledge, rules, known), gated=gated)
        for threat in threats
        for mitigation in knowledge.by_id[threat].mitigations
    ]
    at = {threat: number for number, threat in enumerate(threats)}
    return min(found, key=lambda b: (b.cost, b.price, b.threat != preferred, at[b.threat]))


def _break(
    row: ThreatRow,
    mitigation: str,
    context: tuple[Knowledge, Mapping[str, Any], Masks],
    *,
    gated: bool,
) -> PathBreak:
    knowledge, rules, (true, false) = context
    done = knowledge.mitigations[mitigation]
    price = int(rules["costs"].get(mitigation, _DEAREST))
    guards = [clause for clause in row.clauses if clause in done.clauses]
    stopping = next((clause for clause in guards if clause in rules["stops"]), "")
    # A clause that stops it at the proxy costs a line of a file; all else has a price in the rules.
    if stopping and row.proxy == "full":
        return PathBreak(row.id, mitigation, stopping, int(gated), price)
    gives = knowledge.mask(*done.gives)
    stops = row.closed_by.holds(true | gives, false & ~gives) is True
    cost = price if stops else price + int(rules["narrows"])
    return PathBreak(row.id, mitigation, next(iter(guards), ""), cost, price)


# A path is a story: with more than two asides nobody follows it.
_NOTES = 2
# A rank and no score: a step that is hindered, or that only the host brings, counts less.
_REDUCED, _HOSTED = 0.8, 0.9


@dataclass(frozen=True, slots=True)
class _Case:
    """What paths are told from."""

    knowledge: Knowledge
    live: Mapping[str, Finding]
    wording: Wording
    rules: Mapping[str, Any]

    def score(self, route: Route) -> float:
        """AIVSS of the worst threat, less where steps are hindered or hang on the host."""
        # The mean over its steps, not their product: a long way would vanish though each step is
        # open.
        share = sum(self._certainty(threat) for threat in route.threats) / len(route.threats)
        return round(self.worst(route) * share, 1)

    def worst(self, route: Route) -> float:
        """AIVSS of the worst threat."""
        return max(self.live[threat].score or 0.0 for threat in route.threats)

    def order(self, pair: tuple[Route, float]) -> tuple[float, int, int, int, int, str]:
        """Sort key: worst score, worst damage, then as ways in and damage are listed."""
        route, score = pair
        entry, impact = self.rules["entries"][route.entry], self.rules["impacts"][route.impact]
        priority = PRIORITIES.index(self.live[self.last(route)].priority or "note")
        ids = ">".join(route.threats)
        return -score, -priority, entry["rank"], impact["rank"], len(route.threats), ids

    def last(self, route: Route) -> str:
        """Give the threat that does the damage; a story may go on after it."""
        ends = self.rules["impacts"][route.impact]["threats"]
        return next(threat for threat in route.threats if threat in ends)

    def _certainty(self, threat: str) -> float:
        if self.live[threat].state == "reduced":
            return _REDUCED
        hosted = self.wording.voice.by_host(self.knowledge.by_id[threat].when)
        return _HOSTED if hosted else 1.0


@dataclass(frozen=True, slots=True)
class Paths:
    """The worst paths over open and reduced threats, no two of them alike."""

    picked: Sequence[tuple[Route, float]]
    """Each with its score, the worst first."""
    case: _Case

    def told(self) -> tuple[AttackPath, ...]:
        """Tell them step by step."""
        return tuple(_tell(route, score, self.case) for route, score in self.picked)

    def leads(self) -> tuple[Lead, ...]:
        """Give them in short, each with a story that waits."""
        case = self.case
        return tuple(
            Lead(
                score,
                case.worst(route),
                route.impact,
                case.last(route),
                partial(_story, route, case),
            )
            for route, score in self.picked
        )


def find_paths(knowledge: Knowledge, findings: Sequence[Finding], wording: Wording) -> Paths:
    """Find the worst paths."""
    live = {f.id: f for f in findings if f.state in OPEN}
    rules = knowledge.sections["wording"]["paths"]
    case = _Case(knowledge, live, wording, rules)
    scores = {name: finding.score or 0.0 for name, finding in live.items()}
    found = [(route, case.score(route)) for route in routes(knowledge, scores, ends_of(rules))]
    found.sort(key=case.order)
    true = wording.voice.firm[0]
    grave = {
        name
        for name, row in rules["impacts"].items()
        if (fact := row.get("told_unless")) and true >> knowledge.bits[fact] & 1
    }
    ways = {route.impact for route, _ in found}
    told_else = {name for name, row in rules["impacts"].items() if row.get("like") in ways}
    return Paths(diverse(found, rules["shown"], grave, told_else), case)


def _tell(route: Route, score: float, case: _Case) -> AttackPath:
    rows = case.rules
    title = (
        route.chain.name
        if route.chain
        else (
            f"{rows['entries'][route.entry]['title']} to {rows['impacts'][route.impact]['title']}"
        )
    )
    best = cheapest_break(
        route.threats,
        route.chain.breaks_best_at if route.chain else "",
        case.knowledge,
        case.wording.voice.firm,
        gated=rows["gate"] in case.live,
    )
    return AttackPath(
        id=_id(route),
        title=title,
        steps=tuple(_path_steps(route, case)),
        score=score,
        break_at=best.threat,
        break_by=best.mitigation,
        guard=best.guard,
        entry=route.entry,
        impact=route.impact,
        ends_at=case.last(route),
        story=_story(route, case),
        notes=tuple(_notes(route, case)),
        worst=case.worst(route),
    )


def _story(route: Route, case: _Case) -> str:
    """Tell a path in two sentences, without a name that only an engineer knows."""
    last = case.live[case.last(route)]
    begins = case.wording.plainly("entries", route.entry, "story")
    ends = case.wording.plainly("impacts", route.impact, "story", tools=last.tools, threat=last.id)
    return " ".join(f"{part[:1].upper()}{part[1:]}." for part in (begins, ends))


def _id(route: Route) -> str:
    """Give a path its stable id: the chain's, else its threats without their common letters."""
    if route.chain:
        return route.chain.id
    return f"P:{'>'.join(threat.removeprefix('TH-') for threat in route.threats)}"


def _path_steps(route: Route, case: _Case) -> Iterator[PathStep]:
    wording, rows = case.wording, case.rules
    entry = rows["entries"][route.entry]
    tools = wording.voice.names.showing(entry["id"])
    last = case.live[case.last(route)]
    yield PathStep("entry", entry["id"], "", wording.told("entries", route.entry, "step"), tools)
    for threat in route.threats:
        finding = case.live[threat]
        if finding is last:
            yield from _capability(finding, case)
        yield PathStep("threat", threat, finding.layer, wording.step(finding), finding.tools)
    place = ("impacts", route.impact, "step")
    text = wording.told(*place, tools=last.tools, threat=last.id)
    yield PathStep("impact", route.impact, "", text, last.tools)


def _capability(finding: Finding, case: _Case) -> Iterator[PathStep]:
    """Name what the tools of the last threat can do."""
    names, knowledge = case.wording.voice.names, case.knowledge
    leaves = knowledge.by_id[finding.id].when.leaves()
    rows = case.rules["capabilities"]
    for fact in sorted(rows, key=lambda name: int(rows[name]["rank"])):
        tools = [tool for tool in names.telling(fact) if tool in finding.tools]
        if tools and (fact in finding.because or leaves >> knowledge.bits[fact] & 1):
            text = case.wording.told("capabilities", fact, "can", tools=tools)
            yield PathStep("capability", fact, finding.layer, text, tuple(tools))
            return


def _notes(route: Route, case: _Case) -> Iterator[str]:
    """Say which other open threats make a step worse or hide it; those across layers repeat it."""
    knowledge = case.knowledge
    found = [
        (edge, case.live[edge.source])
        for edge in knowledge.cascades
        if edge.kind != "enables"
        and edge.target in route.threats
        and edge.source in case.live
        and edge.source not in route.threats
        and knowledge.layers[case.live[edge.source].layer].number
    ]
    found.sort(key=lambda pair: (-(pair[1].score or 0.0), pair[0].source, pair[0].target))
    for edge, finding in found[:_NOTES]:
        yield case.wording.note((edge.kind,), finding, case.live[edge.target])
    for threat in case.rules["no_trace"]["threats"]:
        if threat in case.live:
            yield case.wording.note(("no_trace", "note"), case.live[threat], case.live[threat])
            return
