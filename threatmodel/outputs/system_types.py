"""A system in JSON: its members alone and in place, its flows, and the check that helps most."""

from collections.abc import Iterator
from functools import partial

from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.outputs.document_types import Document
from threatmodel.system.flows import passes
from threatmodel.system.net import OUTSIDER_TEXT
from threatmodel.system.paths import because


class ShownShape(Document):
    """A fact that the flows show of a member."""

    fact: str
    """Fact id."""
    says: str
    """What the fact says."""
    because: str
    """What shows it: the places that something comes over, or what is shared."""


class MemberShape(Document):
    """A member of the system."""

    name: str
    """Its name."""
    kind: str
    """agent, mcp-server, skill, person or unknown."""
    summary: str
    """What it is; empty where nothing is said."""
    tools: int
    """Number of its tools."""
    alone: float | None
    """AIVSS of the member by itself; None for a person."""
    value: float | None
    """AIVSS of the member in its place, with what reaches it; None for a person."""
    severity: str
    """Band of `value`; empty for a person."""
    threat: str
    """Threat of `value`; empty where none is open, and for a person."""
    way: list[str]
    """Places over which strangers' text comes to it, first one first; empty where none does."""
    takes_in: bool
    """Whether its own tools or users bring strangers' text in."""
    known: bool
    """Whether it is known what its tools bring in, and those of whoever hands it text; true for a
    person."""
    shown: list[ShownShape]
    """What the flows show of it."""


class FlowShape(Document):
    """A flow, and what travels on it."""

    sender: str
    """Who hands it over."""
    to: str
    """Who receives it."""
    carries: list[str]
    """What it carries; anything where nothing is said."""
    checks: list[str]
    """What checks it."""
    labels: list[str]
    """What really travels on it: strangers' text, private data, credentials."""


class PlaceShape(Document):
    """A store or an outside party."""

    name: str
    """What flows call it."""
    kind: str
    """store, or person, service or agent for an outside party."""
    trusted: bool
    """Whether an outside party is trusted; true for a store that outsiders do not write."""


class HelpShape(Document):
    """The check that helps most."""

    sender: str
    """Who hands it over."""
    to: str
    """Who receives it."""
    check: str
    """The check."""
    says: str
    """What the check means."""
    value: float
    """Headline of the system with it."""
    scores: list[float]
    """Score of each member that is an agent with it, in the members' order."""
    freed: list[str]
    """Members that strangers' text reaches no more."""


class SystemShape(Document):
    """A system of members."""

    weakest: str
    """The member whose score in its place is the headline."""
    way: list[str]
    """Places over which what makes the headline comes; empty where the member makes it alone."""
    members: list[MemberShape]
    """Members in the order of the description."""
    places: list[PlaceShape]
    """Stores, then outside parties."""
    flows: list[FlowShape]
    """Flows in the order of the description."""
    helps: HelpShape | None
    """The check at a flow that helps most; None where no single one lowers a score."""


def system_shape(assessment: SystemAssessment) -> SystemShape:
    """Give a system's members and flows."""
    headline = assessment.headline_way
    return SystemShape(
        weakest=assessment.worst.agent.name,
        way=_places(assessment, headline.way if headline else ()),
        members=list(_members(assessment)),
        places=list(_around(assessment)),
        flows=list(_flows(assessment)),
        helps=_helps(assessment),
    )


def _places(assessment: SystemAssessment, way: tuple[int, ...]) -> list[str]:
    flows = assessment.system.flows
    return [flows[way[0]].sender, *(flows[index].to for index in way)] if way else []


def _members(assessment: SystemAssessment) -> Iterator[MemberShape]:
    scored = {
        there.agent.name: (by_itself, there)
        for by_itself, there in zip(assessment.alone, assessment.members, strict=True)
    }
    unsure = _unsure(assessment)
    for member in assessment.system.members:
        if member.name in scored:
            yield _member(assessment, *scored[member.name], known=member.name not in unsure)
        else:
            yield MemberShape(
                name=member.name,
                kind="person",
                summary=member.summary or "",
                tools=0,
                alone=None,
                value=None,
                severity="",
                threat="",
                way=[],
                takes_in=False,
                known=True,
                shown=[],
            )


_UNREAD = 0.5
"""Confidence under which nobody can say what a tool brings in."""


def _unsure(assessment: SystemAssessment) -> frozenset[str]:
    """Name members whose tools are not known well enough, and those that they hand text to."""
    flowing = assessment.wired
    label = next(one for one in flowing.rules.labels if one.id == OUTSIDER_TEXT)
    takes = partial(passes, flowing.net, label, flowing.net.checks)
    first = [
        one.agent.name
        for one in assessment.members
        if not isinstance(one.agent.tools, tuple)
        or any(reading.confidence < _UNREAD for reading in one.readings)
    ]
    return frozenset({*first, *flowing.net.spread(first, takes)})


def _member(
    assessment: SystemAssessment, alone: Assessment, there: Assessment, *, known: bool
) -> MemberShape:
    agent, flowing = there.agent, assessment.wired
    shown = assessment.read.facts.get(agent.name, {})
    way = flowing.net.way(assessment.read.spreads[OUTSIDER_TEXT], agent.name)
    return MemberShape(
        name=agent.name,
        kind=agent.kind,
        summary=agent.summary or "",
        tools=len(there.readings),
        alone=alone.score.value,
        value=there.score.value,
        severity=there.score.severity,
        threat=there.score.threat,
        way=_places(assessment, way),
        takes_in=agent.name in assessment.read.starts[OUTSIDER_TEXT],
        known=known,
        shown=[
            ShownShape(
                fact=fact, says=there.facts.facts[fact].says, because=because(flowing, shown[fact])
            )
            for fact in sorted(shown)
        ],
    )


def _around(assessment: SystemAssessment) -> Iterator[PlaceShape]:
    net, read = assessment.wired.net, assessment.read
    for name in net.stores:
        begun = name in read.starts[OUTSIDER_TEXT]
        yield PlaceShape(name=name, kind="store", trusted=not begun)
    for name, party in net.outside.items():
        yield PlaceShape(name=name, kind=party.kind, trusted=net.trusts(name))


def _flows(assessment: SystemAssessment) -> Iterator[FlowShape]:
    wired, read = assessment.wired, assessment.read
    for index, flow in enumerate(assessment.system.flows):
        travels = [
            label.id
            for label in wired.rules.labels
            if passes(wired.net, label, wired.net.checks, index)
            and (
                (read.has(label.id, flow.sender) and flow.sender not in wired.net.people)
                or (label.id == OUTSIDER_TEXT and flow.trust == "untrusted")
            )
        ]
        yield FlowShape.of(
            flow,
            carries=sorted(flow.carries) if isinstance(flow.carries, tuple) else [],
            checks=sorted(flow.checks),
            labels=travels,
        )


def _helps(assessment: SystemAssessment) -> HelpShape | None:
    best = assessment.trial.best
    if best is None:
        return None
    flow = assessment.system.flows[best.flow]
    says = assessment.wired.rules.checks[best.check]
    return HelpShape.of(best, sender=flow.sender, to=flow.to, says=says)
