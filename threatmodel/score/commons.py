"""Threats that any agent of a kind shares: they hold through its host, whatever its tools are."""

from typing import NamedTuple

from threatmodel.description.agent import Agent
from threatmodel.facts.defaults import Completion, completion_for, judging_host, reference_host
from threatmodel.rules.cases import Masks
from threatmodel.rules.evaluate import derive
from threatmodel.rules.load import Knowledge


class Commons(NamedTuple):
    """What any agent of a kind has in common with the others on its host."""

    threats: frozenset[int]
    """Threats whose condition holds for an agent of which nothing is known but its kind, by their
    place in the rules."""
    host: str
    """Id of the reference host; empty for what is its own host."""
    full: Masks
    """What is known of such an agent, with presumed facts."""
    firm: Masks
    """The same without presumed facts."""
    own: int
    """Bits of facts that are about an agent itself, not about its host."""


_COMMONS: dict[tuple[str, str, str], Commons] = {}


def commons_of(agent: Agent, knowledge: Knowledge) -> Commons:
    """Give what an agent shares; worked out once per kind, host and set of rules.

    A deployment that states its own host is compared with the reference host of its kind, so that
    a product and its deployments share the same threats.
    """
    host = judging_host(agent, knowledge) or reference_host(agent, knowledge)
    key = (knowledge.digest, agent.kind, host.id if host else "")
    if key not in _COMMONS:
        _COMMONS[key] = _commons(completion_for(agent.kind, host, knowledge), knowledge)
    return _COMMONS[key]


def _commons(completion: Completion, knowledge: Knowledge) -> Commons:
    firm = completion.firm((0, knowledge.sets.surface))
    full = completion.full(firm)
    closed = derive(knowledge, *full)
    rows = enumerate(knowledge.threats)
    threats = frozenset(index for index, row in rows if row.when.holds(*closed))
    own = knowledge.sets.stated & ~knowledge.sets.host
    host = completion.host.id if completion.host else ""
    return Commons(threats, host, full, firm, own)
