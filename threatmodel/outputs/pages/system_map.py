"""The map of a system: members, people, stores and outside parties, and what goes between them."""

from collections.abc import Mapping
from typing import NamedTuple

from threatmodel.outputs.charts.data_flow import Flow, Node, Zone
from threatmodel.outputs.system import FlowShape, MemberShape, SystemShape
from threatmodel.outputs.text import count, listed, one_line
from threatmodel.system.reading import OUTSIDER_TEXT

_COLUMNS = 4
_TITLES = (
    ("outside", "Outside"),
    ("reached", "Strangers' text comes here"),
    ("clean", "No strangers' text"),
    ("person", "People"),
    ("store", "Stores"),
)
_CARRIED = {"task": "task", "text": "text", "data": "records", "secrets": "credentials"}


class _Place(NamedTuple):
    """A node and the zone that it belongs to."""

    node: Node
    zone: str


def system_map(system: SystemShape) -> tuple[tuple[Zone, ...], tuple[Flow, ...]]:
    """Give the zones of a system, what strangers' text reaches apart, and its flows."""
    places = _places(system)
    columns = _columns(system, places)
    zones = tuple(
        Zone(title, column, nodes)
        for column in range(_COLUMNS)
        for kind, title in _TITLES
        if (
            nodes := tuple(
                place.node
                for name, place in places.items()
                if place.zone == kind and columns[name] == column
            )
        )
    )
    flows = tuple(
        Flow(places[f.sender].node.key, places[f.to].node.key, _says(f), _risky(f, places))
        for f in system.flows
    )
    return zones, flows


def _places(system: SystemShape) -> dict[str, _Place]:
    found: dict[str, _Place] = {}
    for number, party in enumerate(system.places):
        kind = "store" if party.kind == "store" else "outside"
        said = "trusted" if party.trusted else "not trusted"
        details = () if kind == "store" else (f"{party.kind}, {said}",)
        node = Node(f"p{number}", one_line(party.name), details)
        found[party.name] = _Place(node, kind)
    for number, member in enumerate(system.members):
        found[member.name] = _Place(_member(number, member, system), _zone(member))
    return found


def _zone(member: MemberShape) -> str:
    if member.kind == "person":
        return "person"
    return "reached" if member.way else "clean"


def _member(number: int, member: MemberShape, system: SystemShape) -> Node:
    if member.value is None or member.alone is None:
        return Node(f"m{number}", one_line(member.name), ("reads and decides",))
    scores = f"alone {member.alone:.1f}, in place {member.value:.1f}"
    weakest = member.name == system.weakest
    details = (scores, count(member.tools, "tool"))
    return Node(f"m{number}", one_line(member.name), details, "subject" if weakest else "known")


def _columns(system: SystemShape, places: Mapping[str, _Place]) -> dict[str, int]:
    """Place everything by how many flows lead to it, in at most four columns."""
    outside = [name for name, place in places.items() if place.zone == "outside"]
    entered = {flow.to for flow in system.flows}
    depth = dict.fromkeys(outside, 0)
    depth |= {name: int(bool(outside)) for name in places if name not in {*entered, *outside}}
    waiting = list(depth)
    after: dict[str, list[str]] = {}
    for flow in system.flows:
        after.setdefault(flow.sender, []).append(flow.to)
    for name in waiting:
        for other in after.get(name, ()):
            if other not in depth:
                depth[other] = depth[name] + 1
                waiting.append(other)
    deepest = max(depth.values(), default=0)
    return {name: _column(depth.get(name, deepest), deepest, bool(outside)) for name in places}


def _column(depth: int, deepest: int, outside: bool) -> int:  # noqa: FBT001 - whether there is one
    """Squeeze a depth into the columns; outside parties keep the first one for themselves."""
    if deepest < _COLUMNS or not depth:
        return depth
    first, last = int(outside), _COLUMNS - 1
    return first + round((depth - first) * (last - first) / (deepest - first))


def _says(flow: FlowShape) -> str:
    carries = listed(tuple(_CARRIED[one] for one in flow.carries if one in _CARRIED))
    fixed = "a fixed value" if flow.carries else "anything"
    checks = f", checked by {listed(tuple(flow.checks))}" if flow.checks else ""
    return f"{carries or fixed}{checks}"


def _risky(flow: FlowShape, places: Mapping[str, _Place]) -> bool:
    """Tell whether it carries strangers' text, or data that is not public to the outside."""
    out = places[flow.to].zone == "outside" and "private-data" in flow.labels
    return OUTSIDER_TEXT in flow.labels or out


def system_says(system: SystemShape) -> str:
    """Say which member makes the headline, over which places, and where a check helps most."""
    weakest = one_line(system.weakest)
    over = f", by way of {' to '.join(map(one_line, system.way))}" if system.way else ", by itself"
    makes = f"{weakest} makes the headline{over}."
    helps = system.helps
    if helps is None:
        return f"{makes} No single check at a flow changes that."
    ends = f"from {one_line(helps.sender)} to {one_line(helps.to)}"
    names = listed(tuple(helps.freed))
    freed = f", and strangers' text reaches {names} no more" if names else ""
    return (
        f"{makes} Where a check helps most: by {helps.check}, {ends} ({helps.says})."
        f" The headline is then {helps.value:.1f}{freed}."
    )
