"""A page for each member of a system: what it is, its scores, what reaches it, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.description.system import Person
from threatmodel.errors import slug
from threatmodel.outputs.pages.findings import Card, cards
from threatmodel.outputs.pages.labels import mark
from threatmodel.outputs.pages.policy import GuardGroup, guard_groups
from threatmodel.outputs.pages.subject import kind_line
from threatmodel.outputs.pages.system_map import carries
from threatmodel.outputs.system import unseen_flows
from threatmodel.outputs.text import count, one_line, sentence
from threatmodel.policy.residual import residual_of
from threatmodel.threats.names import joined

if TYPE_CHECKING:
    from threatmodel.outputs.system_types import FlowShape, MemberShape, SystemShape

MOST_PAGES = 40
"""Members that get a page; of a larger system the weakest ones."""

_CARDS = 4
_FLOWS = 12


@dataclass(frozen=True, slots=True)
class MemberPage:
    """What a page shows of one member."""

    member: MemberShape
    """Its scores, and what the flows show of it."""
    anchor: str
    """Where the page begins."""
    kind: str
    """What it is: kind, form, version, vendor."""
    mark: str
    """Style name of its severity."""
    scores: str
    handed: tuple[str, ...]
    hands: tuple[str, ...]
    cards: tuple[Card, ...]
    """Its own findings to act on first."""
    more: int
    """Findings that are open beside them."""
    guards: tuple[GuardGroup, ...]
    """What its gateway must hold."""
    policy: str
    """What those guards leave, and what no gateway sees."""


def member_pages(assessment: Assessment, system: SystemShape | None) -> tuple[MemberPage, ...]:
    """Lay out the members in the order of the description; nothing for what is no system."""
    if not isinstance(assessment, SystemAssessment) or system is None:
        return ()
    told = sorted(system.members, key=lambda one: -(one.value or 0.0))[:MOST_PAGES]
    placed = {one.agent.name: one for one in assessment.members}
    pages = ((n, one) for n, one in enumerate(system.members) if one in told)
    return tuple(
        _agent(assessment, system, (n, one), placed[one.name])
        if one.name in placed
        else _person(assessment, system, n, one)
        for n, one in pages
    )


def _anchor(number: int, member: MemberShape) -> str:
    return f"member-{number + 1}-{slug(member.name)[:40]}"


def _person(
    assessment: SystemAssessment, system: SystemShape, number: int, member: MemberShape
) -> MemberPage:
    person = next(p for p in assessment.system.people if p.name == member.name)
    return MemberPage(
        member=member,
        anchor=_anchor(number, member),
        kind="A person",
        mark="none",
        scores=_decides(person, system),
        handed=tuple(_handed(system, member)),
        hands=tuple(_hands(system, member)),
        cards=(),
        more=0,
        guards=(),
        policy="",
    )


def _decides(person: Person, system: SystemShape) -> str:
    """Say what a person in the way stops, where strangers' text or private data comes to them."""
    comes = {label for flow in system.flows if flow.to == person.name for label in flow.labels}
    if not comes:
        return "A person has no score. Nothing that could steer an agent comes here."
    return (
        "A person has no score. What comes here goes no further unread; that holds for as long as"
        " it is really read."
    )


def _agent(
    whole: SystemAssessment, system: SystemShape, told: tuple[int, MemberShape], one: Assessment
) -> MemberPage:
    number, member = told
    shown = cards(one, _CARDS)
    counted = sum(1 + len(card.parts) for card in shown)
    return MemberPage(
        member=member,
        anchor=_anchor(number, member),
        kind=kind_line(one),
        mark=mark(member.severity),
        scores=_scores(member, one),
        handed=tuple(_handed(system, member)),
        hands=tuple(_hands(system, member)),
        cards=shown,
        more=len(one.model.open) - counted,
        guards=guard_groups(one.plan.guards),
        policy=_policy(whole, one),
    )


def _scores(member: MemberShape, one: Assessment) -> str:
    """Say what the place adds, and which threat makes the score."""
    alone, value = member.alone or 0.0, member.value or 0.0
    adds = f"{value - alone:.1f} more than alone" if value > alone else "the same as alone"
    title = next((f.title for f in one.model.findings if f.id == member.threat), "")
    made = f" {member.threat} makes it: {title[:1].lower()}{title[1:]}." if title else ""
    score = one.score
    ranged = f", {score.low:.1f} to {score.high:.1f} over the open questions"
    over = ranged if score.high > score.low else ""
    return f"In its place it scores {value:.1f} of 10{over}; that is {adds}.{made}"


def _handed(system: SystemShape, member: MemberShape) -> Iterator[str]:
    yield from _few([(flow.sender, flow) for flow in system.flows if flow.to == member.name])


def _hands(system: SystemShape, member: MemberShape) -> Iterator[str]:
    yield from _few([(flow.to, flow) for flow in system.flows if flow.sender == member.name])


def _few(found: list[tuple[str, FlowShape]]) -> Iterator[str]:
    """Tell the first flows, and count the others."""
    for other, flow in found[:_FLOWS]:
        yield f"{one_line(other)}: {_travels(flow)}"
    if len(found) > _FLOWS:
        yield f"and {count(len(found) - _FLOWS, 'flow')} more"


_LABELS = {
    "outsider-text": "strangers' text",
    "private-data": "data that is not public",
    "secrets": "credentials",
}


def _travels(flow: FlowShape) -> str:
    found = joined(tuple(_LABELS[label] for label in flow.labels if label in _LABELS))
    return f"{carries(flow)}{f'; {found} can be in it' if found else ''}"


def _policy(whole: SystemAssessment, one: Assessment) -> str:
    """Say what the guards leave, and which flows they cannot hold."""
    parts = []
    if one.readings:
        after = residual_of(one, None).value
        today = one.score.value
        left = f"leave {after:.1f} of {today:.1f}" if after < today else f"do not lower {today:.1f}"
        parts.append(f"Once all are in force, they {left}.")
    hidden = unseen_flows(whole, one.agent.name)
    if hidden:
        holds = "its check is" if len(hidden) == 1 else "their checks are"
        flows = count(len(hidden), "flow")
        parts.append(f"No gateway sees {flows}, and {holds} not part of this: {_some(hidden)}.")
    return " ".join(sentence(part) for part in parts)


def _some(flows: tuple[str, ...]) -> str:
    more = len(flows) - _FLOWS
    return joined((*flows[:_FLOWS], f"{more} more") if more > 0 else flows)
