"""The map of a system: members, people, stores and outside parties, and what goes between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from threatmodel.outputs.charts.data_flow import Arrow, Box, Zone
from threatmodel.outputs.charts.map import map_of, routed
from threatmodel.outputs.system import help_that_helps, made_by
from threatmodel.outputs.text import count, one_line
from threatmodel.system.net import OUTSIDER_TEXT
from threatmodel.threats.names import joined

if TYPE_CHECKING:
    from threatmodel.outputs.system_types import FlowShape, MemberShape, SystemShape

MOST_PLACES, MOST_FLOWS = 26, 60
"""Boxes and flows that one map shows; of a larger system it shows the ways to what is weakest."""

_MOST_COLUMNS, _LEAST_COLUMNS, _WIDEST = 6, 3, 980.0
_TITLES = {
    "outside": "Outside",
    "reached": "Strangers' text here",
    "clean": "No strangers' text",
    "open": "Not known",
    "person": "People",
    "store": "Stores",
}
_CARRIED = {"task": "task", "text": "text", "data": "records", "secrets": "credentials"}


class SystemMap(NamedTuple):
    """What a map of a system shows."""

    zones: tuple[Zone, ...]
    """Fields of places that are alike, in columns."""
    flows: tuple[Arrow, ...]
    """The flows between them that are shown."""
    says: str
    """What it shows, in sentences."""


class _Place(NamedTuple):
    """A box and the kind of field that it belongs to."""

    node: Box
    kind: str


def system_map(system: SystemShape, *, whole: bool = False) -> SystemMap:
    """Give the places of a system in fields, and its flows.

    Args:
        system: The system.
        whole: Whether a system that no picture holds is given whole as well.
    """
    places = _places(system)
    shown = places if whole else _shown(system, places)
    kept = system.flows if whole else _kept(system, shown, places)
    depths = _depths([name for name in places if name in shown], kept, places)
    flows = tuple(_flow(flow, places) for flow in kept)
    zones = _in_columns(depths, places, flows)
    return SystemMap(zones, flows, _says(system, kept, len(shown), places))


def drawn(found: SystemMap, title: str) -> Markup:
    """Draw the map."""
    outside = any(zone.column == 0 and zone.title == _TITLES["outside"] for zone in found.zones)
    border = "edge of the system" if outside and found.zones[-1].column else ""
    return map_of(routed(found.zones, found.flows), title, border)


def _flow(flow: FlowShape, places: Mapping[str, _Place]) -> Arrow:
    ends = places[flow.sender].node.key, places[flow.to].node.key
    return Arrow(*ends, carries(flow), _risky(flow, places))


def _shown(system: SystemShape, places: Mapping[str, _Place]) -> Collection[str]:
    """Choose what a picture can hold: the weakest members, and the ways to them."""
    if len(places) <= MOST_PLACES:
        return places
    found: dict[str, None] = {}
    ranked = sorted(system.members, key=lambda one: (one.name != system.weakest, -(one.value or 0)))
    for member in ranked:
        more = dict.fromkeys((*member.way, member.name))
        if len(found | more) <= MOST_PLACES:
            found |= more
    return found


def _kept(
    system: SystemShape, shown: Collection[str], places: Mapping[str, _Place]
) -> list[FlowShape]:
    """Choose the flows that a picture can hold: between what it shows, the red ones first."""
    ways = {pair for member in system.members for pair in pairwise(member.way)}
    every = len(shown) == len(places)
    among = [
        flow
        for flow in system.flows
        if flow.sender in shown and flow.to in shown and (every or (flow.sender, flow.to) in ways)
    ]
    among.sort(key=lambda flow: not _risky(flow, places))
    told = {id(flow) for flow in among[:MOST_FLOWS]}
    return [flow for flow in system.flows if id(flow) in told]


def _in_columns(
    depths: Mapping[str, int], places: Mapping[str, _Place], flows: Sequence[Arrow]
) -> tuple[Zone, ...]:
    """Put the places into as many columns as a page holds."""
    most = min(_MOST_COLUMNS, max(depths.values(), default=0) + 1)
    zones: tuple[Zone, ...] = ()
    for columns in range(most, min(most, _LEAST_COLUMNS) - 1, -1):
        squeezed = _squeezed(depths, columns, places)
        zones = tuple(_zones(squeezed, places))
        if routed(zones, flows).lefts[-1] <= _WIDEST:
            break
    return zones


def _zones(columns: Mapping[str, int], places: Mapping[str, _Place]) -> Iterator[Zone]:
    for at in sorted(set(columns.values())):
        for kind, title in _TITLES.items():
            here = [n for n, column in columns.items() if column == at and places[n].kind == kind]
            nodes = tuple(places[name].node for name in here)
            if nodes:
                yield Zone(title, at, nodes, warm=kind == "reached")


def _places(system: SystemShape) -> dict[str, _Place]:
    found: dict[str, _Place] = {}
    for number, party in enumerate(system.places):
        key, title = f"p{number}", one_line(party.name)
        if party.kind == "store":
            found[party.name] = _Place(Box(key, title, shape="store"), "store")
        else:
            trusted = "trusted" if party.trusted else "untrusted"
            node = Box(key, title, (f"{party.kind}, {trusted}",), shape="party")
            found[party.name] = _Place(node, "outside")
    for number, member in enumerate(system.members):
        found[member.name] = _Place(_member(member_key(number), member, system), _kind(member))
    return found


def _kind(member: MemberShape) -> str:
    if member.kind == "person":
        return "person"
    if member.way or member.takes_in:
        return "reached"
    return "clean" if member.known else "open"


def member_key(number: int) -> str:
    """Give the key of a member's box by its place in the description."""
    return f"m{number}"


def _member(key: str, member: MemberShape, system: SystemShape) -> Box:
    title = one_line(member.name)
    if member.value is None or member.alone is None:
        return Box(key, title, ("reads and decides",), shape="party")
    scores = f"{member.value:.1f}, alone {member.alone:.1f}"
    return Box(key, title, (scores,), "subject" if member.name == system.weakest else "known")


def _depths(
    names: Sequence[str], flows: Sequence[FlowShape], places: Mapping[str, _Place]
) -> dict[str, int]:
    """Place everything by the longest way that leads to it; ways back do not count.

    Outside parties keep the first column for themselves.
    """
    outside = [name for name in names if places[name].kind == "outside"]
    after: dict[str, list[str]] = {name: [] for name in names}
    entered = {flow.to for flow in flows}
    for flow in flows:
        if flow.to not in outside:
            after[flow.sender].append(flow.to)
    begins = [*outside, *(name for name in names if name not in entered), *names]
    depth = dict.fromkeys(names, int(bool(outside))) | dict.fromkeys(outside, 0)
    for name, others in _forward(begins, after):
        for other in others:
            depth[other] = max(depth[other], depth[name] + 1)
    return depth


def _forward(
    begins: Sequence[str], after: Mapping[str, Sequence[str]]
) -> list[tuple[str, list[str]]]:
    """Give each place with what it leads to, ways back left out, so that no place comes late."""
    done: dict[str, list[str]] = {}
    open_now: dict[str, None] = {}
    for begin in begins:
        stack = [(begin, iter(after[begin]))] if begin not in done else []
        while stack:
            name, rest = stack[-1]
            open_now[name] = None
            new = next((one for one in rest if one not in done and one not in open_now), None)
            if new is not None:
                stack.append((new, iter(after[new])))
                continue
            done[name] = [one for one in after[name] if one in done]
            del open_now[name]
            stack.pop()
    return list(reversed(done.items()))


def _squeezed(
    depths: Mapping[str, int], columns: int, places: Mapping[str, _Place]
) -> dict[str, int]:
    """Squeeze depths into columns; outside parties keep the first one for themselves."""
    first = int(any(places[name].kind == "outside" for name in depths))
    deepest, last = max(depths.values(), default=0), columns - 1
    if deepest <= last:
        return dict(depths)
    part = (last - first) / (deepest - first)
    return {
        name: depth if depth < first else first + round((depth - first) * part)
        for name, depth in sorted(depths.items(), key=lambda pair: pair[1])
    }


def carries(flow: FlowShape) -> str:
    """Say what a flow carries and what checks it."""
    carried = joined(tuple(_CARRIED[one] for one in flow.carries if one in _CARRIED))
    fixed = "a fixed value" if flow.carries else "anything"
    checks = f", checked by {joined(tuple(flow.checks))}" if flow.checks else ""
    return f"{carried or fixed}{checks}"


def _leaks(flow: FlowShape, places: Mapping[str, _Place]) -> bool:
    """Tell whether a flow takes data that is not public to somebody outside."""
    return places[flow.to].kind == "outside" and "private-data" in flow.labels


def _risky(flow: FlowShape, places: Mapping[str, _Place]) -> bool:
    return OUTSIDER_TEXT in flow.labels or _leaks(flow, places)


def _says(
    system: SystemShape, flows: Sequence[FlowShape], shown: int, places: Mapping[str, _Place]
) -> str:
    """Say which flows are red, and why, and what is left out."""
    text = [n for n, flow in enumerate(flows, 1) if OUTSIDER_TEXT in flow.labels]
    leaks = [n for n, flow in enumerate(flows, 1) if _leaks(flow, places)]
    parts = []
    if text:
        parts.append(f"strangers' text travels on {_numbers(text, len(flows))}")
    if leaks:
        parts.append(f"data that is not public leaves on {_numbers(leaks, len(flows))}")
    told = f"In red, {joined(tuple(parts))}." if parts else "No flow takes strangers' text along."
    left_out = len(places) - shown
    if left_out:
        told += (
            " Only the weakest members are drawn, and the ways on which strangers' text comes to"
            f" them; {count(left_out, 'other place')} and"
            f" {count(len(system.flows) - len(flows), 'other flow')} are not."
        )
    elif len(flows) < len(system.flows):
        told += f" {len(system.flows) - len(flows)} more flows are not drawn."
    return told


def _numbers(found: Sequence[int], every: int) -> str:
    return "every flow" if len(found) == every else joined(tuple(map(str, found)))


def system_says(system: SystemShape) -> str:
    """Say which member is the weakest, over which places, and where a check helps most."""
    by = one_line(made_by(system))
    makes = f"{one_line(system.weakest)} is the weakest member, {by}: the whole scores as it does."
    helps = help_that_helps(system)
    if helps is None:
        return f"{makes} No single check at a flow changes that."
    ends = f"from {one_line(helps.sender)} to {one_line(helps.to)}"
    names = joined(tuple(helps.freed))
    freed = f", and strangers' text reaches {names} no more" if names else ""
    return (
        f"{makes} Where a check helps most: by {helps.check}, {ends} ({helps.says})."
        f" The whole then scores {helps.value:.1f}{freed}."
    )
