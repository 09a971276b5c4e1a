"""Say why a fact holds for a member: the way that shows it, as evidence and in sentences."""

import re
from collections.abc import Iterator, Sequence
from functools import partial

from threatmodel.description.system import Flow
from threatmodel.facts.fact import Sighting, Sign
from threatmodel.facts.stated import SignedFact
from threatmodel.system.net import Flowing, Shown, ShownFacts
from threatmodel.threats.names import LONGEST_NAME, in_sentence, listed


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


# Name the member where the words about one agent alone need not.


# Sentences about one agent say `this agent`; in a system that could be any member.
_UNNAMED = re.compile(r"\b[Tt]his (?:agent|server|skill)\b")


def naming(text: str, member: str) -> str:
    """Put a member's name in the place of `this agent`, `this server` and `this skill`."""
    name = in_sentence(member, LONGEST_NAME)
    return _UNNAMED.sub(lambda _: name, text)
