"""Attack paths: from a way in over open threats to damage, ranked, with the cheapest break."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from threatmodel.knowledge.load import Knowledge
from threatmodel.score.engine import OPEN
from threatmodel.threats.finding import AttackPath, Finding, PathStep
from threatmodel.threats.paths_break import cheapest_break
from threatmodel.threats.paths_search import Route, ends_of, routes
from threatmodel.threats.wording import Wording

_NOTES = 2
_SEVERITIES = ("low", "medium", "high", "critical")
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
        worst = max(self.live[threat].score or 0.0 for threat in route.threats)
        share = sum(self._certainty(threat) for threat in route.threats) / len(route.threats)
        return round(worst * share, 1)

    def order(self, pair: tuple[Route, float]) -> tuple[float, int, int, int, int, str]:
        """Sort key: worst score, worst damage, then as ways in and damage are listed."""
        route, score = pair
        entry, impact = self.rules["entries"][route.entry], self.rules["impacts"][route.impact]
        severity = _SEVERITIES.index(self.live[self.last(route)].severity or "low")
        ids = ">".join(route.threats)
        return -score, -severity, entry["rank"], impact["rank"], len(route.threats), ids

    def last(self, route: Route) -> str:
        """Give the threat that does the damage; a story may go on after it."""
        ends = self.rules["impacts"][route.impact]["threats"]
        return next(threat for threat in route.threats if threat in ends)

    def _certainty(self, threat: str) -> float:
        if self.live[threat].state == "reduced":
            return _REDUCED
        hosted = self.wording.speaker.by_host(self.knowledge.by_id[threat].when)
        return _HOSTED if hosted else 1.0


def find_paths(
    knowledge: Knowledge, findings: Sequence[Finding], wording: Wording
) -> tuple[AttackPath, ...]:
    """Tell the worst paths over open and reduced threats, no two of them alike."""
    live = {f.id: f for f in findings if f.state in OPEN}
    rules = knowledge.sections["wording"]["paths"]
    case = _Case(knowledge, live, wording, rules)
    scores = {name: finding.score or 0.0 for name, finding in live.items()}
    found = [(route, case.score(route)) for route in routes(knowledge, scores, ends_of(rules))]
    found.sort(key=case.order)
    return tuple(_tell(route, score, case) for route, score in _diverse(found, rules["shown"]))


def _diverse(ranked: Sequence[tuple[Route, float]], most: int) -> list[tuple[Route, float]]:
    """Pick paths that differ in way in and damage, then in damage, then in either."""
    chosen: list[tuple[Route, float]] = []
    for alike in (_same_part, _same_damage, _same_ends, _same_story):
        for pair in ranked:
            if len(chosen) < most and not any(alike(pair, other) for other in chosen):
                chosen.append(pair)
    return sorted(chosen, key=ranked.index)


def _same_part(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    return _same_damage(one, other) or one[0].entry == other[0].entry


def _same_damage(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    return one[0].impact == other[0].impact


def _same_ends(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    return _same_damage(one, other) and one[0].threats[0] == other[0].threats[0]


def _same_story(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    """Tell whether two paths have the same ends and the same middle or the same score."""
    middles = set(one[0].threats[1:-1]) == set(other[0].threats[1:-1])
    return _same_ends(one, other) and (middles or one[1] == other[1])


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
        case.wording.speaker.firm,
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
        notes=tuple(_notes(route, case)),
    )


def _id(route: Route) -> str:
    """Give a path its stable id: the chain's, else its threats without their common letters."""
    if route.chain:
        return route.chain.id
    return f"P:{'>'.join(threat.removeprefix('TH-') for threat in route.threats)}"


def _path_steps(route: Route, case: _Case) -> Iterator[PathStep]:
    wording, rows = case.wording, case.rules
    entry = rows["entries"][route.entry]
    tools = wording.speaker.names.showing(entry["id"])
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
    names, knowledge = case.wording.speaker.names, case.knowledge
    leaves = knowledge.by_id[finding.id].when.leaves()
    rows = case.rules["capabilities"]
    for fact in sorted(rows, key=lambda name: int(rows[name]["rank"])):
        tools = [tool for tool in names.showing(fact) if tool in finding.tools]
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
