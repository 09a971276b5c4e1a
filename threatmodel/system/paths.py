"""Ways over members: as evidence for a fact of one, and as attack paths to the member that acts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from threatmodel.description.system import Flow
from threatmodel.errors import slug
from threatmodel.facts.fact import Sighting, Sign
from threatmodel.facts.stated import SignedFact
from threatmodel.system.merge import Placed
from threatmodel.system.net import HANDED, Flowing, Reading, Shown, ShownFacts
from threatmodel.threats.names import listed, named, naming
from threatmodel.threats.result import AttackPath, PathStep

ENTRY = "outsider-text"
"""Way in of a member's own paths that the text of strangers makes."""

SHOWN = 5
"""Paths that are told."""


class MemberPath(NamedTuple):
    """An attack path, and the way on which a stranger's text comes to the member that acts."""

    member: str
    way: tuple[int, ...]
    """Flows on which the text comes; empty where the member reads it itself."""
    path: AttackPath
    """The steps, those between members included."""


def member_paths(
    flowing: Flowing, reading: Reading, placed: Sequence[Placed]
) -> tuple[MemberPath, ...]:
    """Tell the worst paths of the system: one for each kind of damage, then one for each member."""
    found = [one for member in placed for one in _paths(flowing, reading, member)]
    found.sort(key=lambda one: (-one.path.score, not one.way))
    by_damage = {one.path.impact: one for one in reversed(found)}
    by_member = {(one.member, one.path.impact): one for one in reversed(found)}
    order = {one.path.id: at for at, one in enumerate(found)}
    ranked = sorted(by_damage.values(), key=lambda one: order[one.path.id])
    more = sorted(by_member.values(), key=lambda one: order[one.path.id])
    kept = dict.fromkeys((*ranked, *more))
    return tuple(sorted(tuple(kept)[:SHOWN], key=lambda one: order[one.path.id]))


def _paths(flowing: Flowing, reading: Reading, member: Placed) -> Iterator[MemberPath]:
    name = member.agent.name
    handed = reading.facts.get(name, {}).get(HANDED)
    way = handed.way if handed else ()
    for path in member.model.paths:
        over = way if path.entry == ENTRY else ()
        title = f"{name}: {path.title[:1].lower()}{path.title[1:]}"
        story = f"{name}: {path.story}"
        steps = tuple(replace(step, text=naming(step.text, name)) for step in path.steps)
        told = replace(path, id=f"{slug(name)}/{path.id}", title=title, story=story, steps=steps)
        if over:
            told = _over(flowing, over, told)
        yield MemberPath(name, over, told)


def _over(flowing: Flowing, way: tuple[int, ...], path: AttackPath) -> AttackPath:
    """Put the way between members before the steps of the one that acts."""
    begins = PathStep("entry", path.steps[0].id, "", _where_it_begins(flowing, way[0]))
    steps = (begins, *_hops(flowing, way), *path.steps[1:])
    return replace(path, steps=steps, story=_story(flowing, way, path))


def _where_it_begins(flowing: Flowing, first: int) -> str:
    """Say where a stranger's text begins its way."""
    net, flow = flowing.net, flowing.net.system.flows[first]
    if flow.sender in net.outside:
        return flowing.rules.say("outside_writes", **_ends(flow))
    written = "store_written" if flow.sender in net.stores else "member_reads"
    return flowing.rules.say(written, **_ends(flow))


def _hops(flowing: Flowing, way: Sequence[int]) -> tuple[PathStep, ...]:
    """Say how the text goes on from place to place; where it begins is told by itself."""
    first = flowing.net.system.flows[way[0]].sender
    return tuple(hop(flowing, index) for index in way[int(first in flowing.net.outside) :])


def hop(flowing: Flowing, index: int) -> PathStep:
    """Say how the text goes from one place to the next."""
    net, flow = flowing.net, flowing.net.system.flows[index]
    if flow.to in net.stores:
        verb = "puts"
    elif flow.sender in net.stores:
        verb = "reads"
    elif "task" in net.carried[index] and flow.to in net.agents and flow.sender in net.agents:
        verb = "asks"
    else:
        verb = "hands"
    text = flowing.rules.say(verb, **_ends(flow))
    return PathStep("handover", f"{flow.sender}>{flow.to}", "L7", text)


def _ends(flow: Flow) -> dict[str, str]:
    return {"from": flow.sender, "to": flow.to}


def _story(flowing: Flowing, way: tuple[int, ...], path: AttackPath) -> str:
    """Tell a path over members in two or three sentences."""
    over = [step.text for step in _hops(flowing, way)]
    last = path.steps[-1]
    tools = listed([named(tool) for tool in last.tools])
    actor = flowing.net.system.flows[way[-1]].to
    uses = "uses" if tools else "obeys"
    names = {"tools": tools} if tools else {}
    does = flowing.rules.say(uses, actor=actor, end=last.text, **names)
    parts = (_where_it_begins(flowing, way[0]), listed(over, len(over)), does)
    return " ".join(f"{part}." for part in parts if part)


# Why a fact holds for a member: the way that shows it.


def evidence_of(flowing: Flowing, facts: ShownFacts, name: str) -> tuple[SignedFact, ...]:
    """Give what the flows show of a member, as evidence beside what its tools show."""
    shown = facts.get(name, {})
    return (*_evidence(flowing, shown), *_settled(flowing, shown, name))


def _settled(flowing: Flowing, shown: dict[str, Shown], name: str) -> Iterator[SignedFact]:
    """Yield what does not hold, since the flows that would show it are described and do not."""
    system, known = flowing.net.system, flowing.alone[name]
    if not system.flows or len(system.members) < 2:  # noqa: PLR2004 - alone it is as by itself
        return

    def words() -> Sighting:
        return str(system.places.of(("flows",)) or "flows"), flowing.rules.say("settled")

    for fact in flowing.rules.settles:
        if fact not in shown and not known[0] >> flowing.knowledge.bits[fact] & 1:
            yield fact, Sign("derived", value=False, words=words)


def _evidence(flowing: Flowing, shown: dict[str, Shown]) -> Iterator[SignedFact]:
    for fact, why in shown.items():
        by = f"flow:{flowing.net.system.flows[why.way[-1]].sender}" if why.way else ""
        yield fact, Sign("derived", value=True, words=partial(_words, flowing, why), by=by)


def _words(flowing: Flowing, why: Shown) -> Sighting:
    return _place(flowing, why), because(flowing, why)


def _place(flowing: Flowing, why: Shown) -> str:
    path = ("flows", why.way[-1]) if why.way else ("credentials",)
    where = flowing.net.system.places.of(path)
    return str(where) if where else ".".join(str(part) for part in path)


def because(flowing: Flowing, why: Shown) -> str:
    """Say why a fact holds: what comes, or what is shared, and over which places."""
    system, net, rules = flowing.net.system, flowing.net, flowing.rules
    ways = along([system.flows[index] for index in why.way])
    if not why.way:
        holders = [m.name for m in system.agents if _holds(m.credentials, why.about)]
        return rules.say("same_key", holders=listed(holders), key=why.about)
    labels = {label.id: label.says for label in rules.labels}
    if why.about in labels:
        return rules.say("label", label=labels[why.about], way=ways)
    if why.about in rules.acts:
        return rules.say("act", act=rules.acts[why.about], way=ways)
    return rules.say("shared", way=ways) if why.about in net.stores else ways


def _holds(credentials: object, key: str) -> bool:
    given = credentials if isinstance(credentials, tuple) else ()
    return any(one.name == key for one in given)


def along(flows: Sequence[Flow]) -> str:
    """Name the places of a way: `letters to intake to payer`."""
    return " to ".join((flows[0].sender, *(flow.to for flow in flows))) if flows else ""
