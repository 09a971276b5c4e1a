"""Facts, controls, capabilities and layers as a person writes them in frameworks/."""

from typing import Annotated

from pydantic import Field, StringConstraints

from threatmodel.knowledge.ids import CapabilityId, ControlId, FactId, LayerId, Names, Seen, Text
from threatmodel.record import Record


class FactSource(Record):
    """A yes/no statement about an agent."""

    says: Text
    """What it means when true."""

    question: Text
    """The same as a question that a vendor or operator can answer with yes or no."""

    seen_in: Annotated[tuple[Seen, ...], Field(alias="from", min_length=1)]
    """Where it can be seen."""

    presumed: bool | None = None
    """What silence is taken to mean; left out where silence stays unknown."""

    raises: bool = True
    """Whether true makes things worse; checked against every condition that names it."""

    mixed: bool = False
    """Whether conditions use it both ways on purpose."""


class FactFile(Record):
    """One family of facts."""

    family: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,2}$")]
    """What stands before the dot in its ids."""

    title: Text
    """Heading for readers."""

    facts: dict[FactId, FactSource]
    """The facts, by id."""


class ControlSource(Record):
    """Something that may be in place against threats."""

    says: Text
    """What it means when true."""

    question: Text
    """The same as a question that can be answered with yes or no."""


class ControlFile(Record):
    """All controls."""

    controls: dict[ControlId, ControlSource]
    """The controls, by id."""


class CapabilitySource(Record):
    """What facts add up to."""

    says: Text
    """What it means when true."""

    when: Text
    """Condition over facts and other capabilities."""


class CapabilityFile(Record):
    """All capabilities."""

    capabilities: dict[CapabilityId, CapabilitySource]
    """The capabilities, by id."""


class LayerSource(Record):
    """A MAESTRO layer, or the cross-layer view."""

    number: Annotated[int, Field(ge=1, le=7)] | None
    """1 to 7; none for the cross-layer view."""

    name: Text
    """Published name."""

    about: Text
    """What sits there."""

    vertical: bool
    """Whether it cuts through the others."""

    decides: Annotated[Names, Field(min_length=1, max_length=6)]
    """Facts and controls that must be stated or observed for the layer to count as mapped."""


class LayerFile(Record):
    """All layers."""

    layers: dict[LayerId, LayerSource]
    """The layers, by id."""
