"""Names in the flows of a system: doubled ones, ends that nobody defines, members out of reach."""

from collections import Counter
from collections.abc import Collection, Iterator

from threatmodel.description.system import Flow, System
from threatmodel.errors import InvalidFileError, Location, suggestion
from threatmodel.reading.positions import Places, Steps


def named_parts(system: System) -> Iterator[tuple[Steps, str]]:
    """Yield the name of everything that a flow can name, with its place in the description."""
    for part in ("members", "stores", "outside"):
        for index, one in enumerate(getattr(system, part)):
            yield (part, index), one.name


def misfits(system: System, places: Places) -> Iterator[InvalidFileError]:
    """Yield every fault of the names in flows; nothing where all fit."""
    parts = list(named_parts(system))
    counts = Counter(name for _, name in parts)
    seen: set[str] = set()
    for steps, name in parts:
        if not name.strip():
            yield InvalidFileError(
                f"{steps[0]}.{steps[1]}.name: has nothing but spaces",
                places.of((*steps, "name")),
                "give it a name that a reader can tell from others",
            )
        if name in seen:
            yield InvalidFileError(
                f"{steps[0]}: there are {counts[name]} called '{name}'",
                places.of((*steps, "name")),
                "give each member, store and outside party a name of its own",
            )
        seen.add(name)
    for index, flow in enumerate(system.flows):
        yield from _ends(index, flow, counts, places)
        yield from _odd(index, flow, {one.name for one in system.outside}, places)


def _ends(
    index: int, flow: Flow, known: Counter[str], places: Places
) -> Iterator[InvalidFileError]:
    for field, name in (("from", flow.sender), ("to", flow.to)):
        if name not in known:
            yield InvalidFileError(
                f"flows.{index}.{field}: there is no member, store or outside party '{name}'",
                places.of(("flows", index, field)),
                suggestion(name, known),
            )


def _odd(
    index: int, flow: Flow, outside: Collection[str], places: Places
) -> Iterator[InvalidFileError]:
    if flow.trust == "trusted" and flow.sender not in outside:
        yield InvalidFileError(
            f"flows.{index}.trust: '{flow.sender}' is not outside",
            places.of(("flows", index, "trust")),
            "what a member or a store hands on is as good as what it took in; say what checks it",
        )
    if flow.sender == flow.to:
        yield InvalidFileError(
            f"flows.{index}: a flow from '{flow.to}' to itself",
            places.of(("flows", index)),
            "what a member keeps for itself is its memory",
        )


def unreached(system: System) -> list[tuple[str, Location | None]]:
    """Name members that no flow leads to from where work begins, with their places.

    Work begins with people, outside parties, and members that no flow leads to but that hand
    something on; where there is none of them, with the first member that hands something on.
    """
    if len(system.members) == 1 and not system.flows:
        return []
    entered = {flow.to for flow in system.flows}
    sends = {flow.sender for flow in system.flows}
    known = {one.name for one in system.people} | {one.name for one in system.outside}
    begins = known | (sends - entered)
    begins |= set() if begins else {flow.sender for flow in system.flows[:1]}
    after: dict[str, list[str]] = {}
    for flow in system.flows:
        after.setdefault(flow.sender, []).append(flow.to)
    reached, waiting = set(begins), list(begins)
    while waiting:
        new = [name for name in after.get(waiting.pop(), ()) if name not in reached]
        reached.update(new)
        waiting += new
    return [
        (one.name, system.places.of(("members", index)))
        for index, one in enumerate(system.members)
        if one.name not in reached
    ]
