"""The description of a system: its members, and what they hand to whom."""

from typing import Annotated, Literal

from threatmodel.description.agent import Agent, Unknown
from threatmodel.description.overrides import Note, Reply
from threatmodel.description.part import Part
from threatmodel.description.taking import Key, Length
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
    written_by_outsiders: Reply = None
    """Outsiders can write into it by a way of their own."""
    private: Reply = None
    """It holds data that is not public."""
    secrets: Reply = None
    """It holds credentials or keys."""


class Outside(Part):
    """Somebody or something outside the system that members deal with."""

    name: Name
    """What flows call it."""
    kind: Literal["person", "service", "agent"] = "person"
    """People, a service, or an agent that others run."""
    trusted: Reply = None
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
