"""The description of a system: its members, and what they hand to whom; names are checked."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from threatmodel.description.agent import Agent, Unknown
from threatmodel.description.overrides import MaybeAnswer, Note
from threatmodel.description.part import Part
from threatmodel.description.plain_values import Key, Length, visible_letters
from threatmodel.errors import InvalidFileError, Location, suggestion
from threatmodel.reading.positions import Places, Steps
from threatmodel.rules.system import Carried, Check

Name = Annotated[str, Length(1, 120)]
"""What a member, store or outside party is called in flows."""


class Person(Part):
    """A member that is a person, such as a step of approval."""

    name: Name
    """What the role is called, such as `reviewer`."""
    kind: Literal["person"]
    """Tells a person from an agent."""
    summary: Note | None = None
    """What the person decides."""


class Store(Part):
    """Something that members write and read, such as an index, a case file or a shared memory."""

    name: Name
    """What flows call it."""
    summary: Note | None = None
    """What it holds."""
    written_by_outsiders: MaybeAnswer = None
    """Outsiders can write into it by a way of their own."""
    private: MaybeAnswer = None
    """It holds data that is not public."""
    secrets: MaybeAnswer = None
    """It holds credentials or keys."""


class Outside(Part):
    """Somebody or something outside the system that members deal with."""

    name: Name
    """What flows call it."""
    kind: Literal["person", "service", "agent"] = "person"
    """People, a service, or an agent that others run."""
    trusted: MaybeAnswer = None
    """Nobody outside the operator's trust can write what it sends."""
    summary: Note | None = None
    """Who it is."""


class Flow(Part):
    """One way on which something is handed over."""

    sender: Annotated[Name, Key("from")]
    """Who hands it over: a member, a store or an outside party."""
    to: Name
    """Who receives it."""
    carries: tuple[Carried, ...] | Unknown | None = None
    """What it carries; anything where left out."""
    checked_by: tuple[Check, ...] | Unknown | None = None
    """What checks it outside the model; nothing where left out."""
    trust: Literal["trusted", "untrusted", "unknown"] | None = None
    """`untrusted` where it carries strangers' text by itself; `trusted` where an outside party
    sends only text of the operator's own. The sender's where left out."""
    note: Note = ""
    """Anything else."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, none where nothing is said."""
        return self.checked_by if isinstance(self.checked_by, tuple) else ()


class Way(Part):
    """A flow by its ends."""

    sender: Annotated[Name, Key("from")]
    """Who hands something over."""
    to: Name
    """Who receives it."""


class System(Agent):
    """Several agents that work together, each described by itself."""

    members: tuple[Agent | Person, ...] = ()
    """The agents and people of the system. What the system says holds for each member unless it
    says otherwise; `extends` takes a member from a file, `keys` names the shared `credentials` that
    it holds."""
    flows: tuple[Flow, ...] = ()
    """Who hands what to whom."""
    stores: tuple[Store, ...] = ()
    """What several members write and read."""
    outside: tuple[Outside, ...] = ()
    """Who is outside: people, services and agents that others run."""
    without: tuple[Name | Way, ...] = ()
    """What a system that is extended has and this one has not: names of members, stores and outside
    parties, which go with their flows, and single flows."""

    @property
    def agents(self) -> tuple[Agent, ...]:
        """The members that are agents, in their order."""
        return tuple(one for one in self.members if isinstance(one, Agent))

    @property
    def people(self) -> tuple[Person, ...]:
        """The members that are people, in their order."""
        return tuple(one for one in self.members if isinstance(one, Person))


def _named_parts(system: System) -> Iterator[tuple[Steps, str]]:
    """Yield the name of everything that a flow can name, with its place in the description."""
    for part in ("members", "stores", "outside"):
        for index, one in enumerate(getattr(system, part)):
            yield (part, index), one.name


def misfits(system: System, places: Places) -> Iterator[InvalidFileError]:
    """Yield every fault of the names in flows; nothing where all fit."""
    parts = list(_named_parts(system))
    counts = Counter(name for _, name in parts)
    seen: set[str] = set()
    for steps, name in parts:
        if not visible_letters(name):
            yield InvalidFileError(
                f"{steps[0]}.{steps[1]}.name: has no letter that is seen",
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
    # Where flows only go round, some member has to be first, or all would count as never reached.
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
