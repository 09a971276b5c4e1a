"""Follow what travels along flows to each member that it reaches, and the way it came."""

from collections.abc import Iterator, Sequence
from functools import partial

from threatmodel.description.overrides import truth_of
from threatmodel.rules.system import Label
from threatmodel.system.net import Net, Spread
from threatmodel.system.reading import OUTSIDER_TEXT, Checks, Flowing, Found, Reading, Shown
from threatmodel.system.ties import tied


def read_flows(flowing: Flowing, checks: Checks) -> Reading:
    """Follow everything along the flows, as they are checked; the time is linear in the flows."""
    rules = flowing.rules
    starts = {label.id: tuple(_starts(flowing, label)) for label in rules.labels}
    spreads = {
        label.id: _spread(flowing, label, checks, starts[label.id]) for label in rules.labels
    }
    reading = Reading({}, spreads, starts)
    found = (
        *_labelled(flowing, reading),
        *_handed_out(flowing, checks),
        *_lent(flowing, checks, reading),
        *tied(flowing, checks),
    )
    for name, fact, shown in found:
        reading.facts.setdefault(name, {}).setdefault(fact, shown)
    return reading


def _spread(flowing: Flowing, label: Label, checks: Checks, starts: Sequence[str]) -> Spread:
    """Follow a label from around the members first, then from those that it does not reach so."""
    net, begun = flowing.net, tuple(_begun(flowing.net, label, checks))
    takes = partial(passes, net, label, checks)
    around = [name for name in starts if name not in net.agents]
    came = net.spread(around, takes, begun)
    inside = [name for name in starts if name in net.agents and name not in came]
    return net.spread((*around, *inside), takes, begun)


def _starts(flowing: Flowing, label: Label) -> Iterator[str]:
    """Name the places where a label starts."""
    net = flowing.net
    for name, known in flowing.alone.items():
        if label.source.holds(*known) is True:
            yield name
    for name, store in net.stores.items():
        if any(truth_of(getattr(store, why, None)) is True for why in label.begins):
            yield name
    if "outside" in label.begins:
        yield from (name for name in net.outside if not net.trusts(name))


def passes(net: Net, label: Label, checks: Checks, index: int) -> bool:
    """Tell whether a flow takes a label along."""
    flow = net.system.flows[index]
    if checks[index] & label.stopped_by or not net.carried[index] & label.carried_by:
        return False
    return not (label.id == OUTSIDER_TEXT and flow.trust == "trusted")


def _begun(net: Net, label: Label, checks: Checks) -> Iterator[int]:
    """Give the flows that are said to carry strangers' text."""
    for index, flow in enumerate(net.system.flows):
        untrusted = label.id == OUTSIDER_TEXT and flow.trust == "untrusted"
        if untrusted and passes(net, label, checks, index):
            yield index


def _labelled(flowing: Flowing, reading: Reading) -> Found:
    for label in flowing.rules.labels:
        spread = reading.spreads[label.id]
        for name in flowing.net.agents:
            if name in spread and name not in reading.starts[label.id]:
                way = flowing.net.way(spread, name)
                yield name, label.fact, Shown(way, label.id)
                if label.id == OUTSIDER_TEXT and not flowing.net.asks(name):
                    yield name, "in.host_text", Shown(way, label.id)


def _handed_out(flowing: Flowing, checks: Checks) -> Found:
    net = flowing.net
    label = next(one for one in flowing.rules.labels if one.id == "private-data")
    for index, flow in enumerate(net.system.flows):
        out = flow.to in net.outside and not net.trusts(flow.to)
        if out and flow.sender in net.agents and passes(net, label, checks, index):
            yield flow.sender, "sy.hands_out", Shown((index,))


def _lent(flowing: Flowing, checks: Checks, reading: Reading) -> Found:
    """Members that can be asked to do what a steered member may not do itself."""
    net, bits = flowing.net, flowing.knowledge.bits
    steered = [name for name in net.agents if reading.has(OUTSIDER_TEXT, name) and net.asks(name)]

    def asks(index: int) -> bool:
        return "task" in net.carried[index] and "person" not in checks[index]

    for act in flowing.rules.acts:
        able = {name for name, known in flowing.alone.items() if known[0] >> bits[act] & 1}
        spread = net.spread([name for name in steered if name not in able], asks)
        for name in sorted(able & spread.keys()):
            if net.asks(name):
                yield name, "sy.lends_rights", Shown(net.way(spread, name), act)
