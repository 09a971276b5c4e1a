"""What follows from who is tied to whom: neighbours, circles, shared stores and shared keys."""

from collections.abc import Iterable

from threatmodel.system.net import Checks, Flowing, Net, Shown, ShownRows, circles


def tied(flowing: Flowing) -> ShownRows:
    """Yield what follows from who is tied to whom, whatever is checked."""
    yield from _neighbours(flowing.net)
    yield from _one_way(flowing)
    yield from _shared_stores(flowing.net)
    yield from _shared_keys(flowing.net)
    yield from _authentication(flowing)


def _neighbours(net: Net) -> ShownRows:
    """What the other end of a flow tells of a member."""
    flows = net.system.flows
    for index, flow in enumerate(flows):
        yield from _neighbour(net, index, flow.to, flow.sender)
        if "task" in net.carried[index]:
            yield from _tasked(net, index)
    for index, flow in enumerate(flows):  # what comes in tells more than what goes out
        yield from _neighbour(net, index, flow.sender, flow.to)


def _neighbour(net: Net, index: int, name: str, other: str) -> ShownRows:
    if net.asks(name) and net.asks(other):
        yield name, "ma.multi_agent", Shown((index,))
    if net.asks(name) and other in net.outside and net.outside[other].kind == "agent":
        yield name, "ma.third_party_peer", Shown((index,))


def _one_way(flowing: Flowing) -> ShownRows:
    """Members that only send to other agents, or only receive, as far as nobody says otherwise."""
    net, bit = flowing.net, flowing.knowledge.bits["ma.multi_agent"]
    first: dict[tuple[str, str], int] = {}
    for index, flow in enumerate(net.system.flows):
        first.setdefault((flow.sender, flow.to), index)
    for name, (senders, receivers) in net.dealings.items():
        said = flowing.alone[name][0] >> bit & 1
        if receivers and not senders and not said:
            yield name, "sy.no_sender", Shown((first[name, receivers[0]],))
        if senders and not receivers and not said:
            yield name, "sy.no_receiver", Shown((first[senders[0], name],))


def _tasked(net: Net, index: int) -> ShownRows:
    flow = net.system.flows[index]
    sender = net.outside.get(flow.sender)
    hired = flow.to in net.outside and net.outside[flow.to].kind == "agent"
    if net.asks(flow.sender) and (net.asks(flow.to) or hired):
        yield flow.sender, "ma.delegates", Shown((index,))
    asked = flow.to in net.agents and sender and sender.kind == "person"
    if asked and not net.trusts(flow.sender) and flow.trust != "trusted":
        yield flow.to, "in.external_users", Shown((index,))


def circling(net: Net, checks: Checks) -> ShownRows:
    """Members to which a task that they hand on can come back."""
    after: dict[str, list[str]] = {}
    first: dict[str, int] = {}
    for index, flow in enumerate(net.system.flows):
        tasks = "task" in net.carried[index] and "person" not in checks[index]
        if tasks and net.asks(flow.sender) and net.asks(flow.to):
            after.setdefault(flow.sender, []).append(flow.to)
    inside = circles(tuple(after), after)
    for index, flow in enumerate(net.system.flows):
        if flow.sender in inside and flow.to in inside and flow.to in after.get(flow.sender, ()):
            first.setdefault(flow.sender, index)
    for name, index in first.items():
        yield name, "sy.circle", Shown((index,))


def unproven(net: Net, checks: Checks) -> ShownRows:
    """Messages of agents that prove nothing, and tasks of which nobody records who asked first."""
    for index, flow in enumerate(net.system.flows):
        agent = flow.sender in net.outside and net.outside[flow.sender].kind == "agent"
        if not (net.asks(flow.to) and (net.asks(flow.sender) or agent)):
            continue
        if "identity" not in checks[index]:
            yield flow.to, "sy.unproven_sender", Shown((index,))
        if "task" in net.carried[index] and "record" not in checks[index]:
            yield flow.to, "sy.unrecorded", Shown((index,))


def _shared_stores(net: Net) -> ShownRows:
    """Stores that several members use and one of them writes."""
    used: dict[str, dict[str, int]] = {}
    ends = {(flow.sender, flow.to) for flow in net.system.flows}
    for index, flow in enumerate(net.system.flows):
        for store, name in ((flow.to, flow.sender), (flow.sender, flow.to)):
            if store in net.stores and name in net.agents:
                used.setdefault(store, {}).setdefault(name, index)
    for store, members in used.items():
        if len(members) > 1 and any((name, store) in ends for name in members):
            for name, index in members.items():
                yield name, "m.shared", Shown((index,), store)


def _shared_keys(net: Net) -> ShownRows:
    for key, holders in _holders(net).items():
        if len(holders) > 1:
            for name in holders:
                yield name, "id.shared_account", Shown((), key)


def _holders(net: Net) -> dict[str, list[str]]:
    """Map the keys of the system to the members that hold them."""
    shared = net.system.credentials
    keys = [one.name for one in shared if one.name] if isinstance(shared, tuple) else []
    held: dict[str, list[str]] = {key: [] for key in keys}
    for name, agent in net.agents.items():
        own = agent.credentials if isinstance(agent.credentials, tuple) else ()
        for credential in own:
            if credential.name in held:
                held[credential.name].append(name)
    return held


def _authentication(flowing: Flowing) -> ShownRows:
    """Members along a task that prove themselves differently: as a user, and as a service."""
    net, bits = flowing.net, flowing.knowledge.bits

    def holds(name: str, facts: Iterable[str]) -> bool:
        return any(flowing.alone[name][0] >> bits[fact] & 1 for fact in facts)

    user, service = ("id.oauth", "k.user_delegation"), ("id.static_key",)
    for index, flow in enumerate(net.system.flows):
        ends = flow.sender, flow.to
        if "task" not in net.carried[index] or not all(net.asks(name) for name in ends):
            continue
        if holds(ends[0], user) and holds(ends[1], service) and not holds(ends[1], user):
            yield flow.sender, "ma.mixed_auth", Shown((index,))
            yield flow.to, "ma.mixed_auth", Shown((index,))
