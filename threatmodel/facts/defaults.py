"""Complete what is stated and observed: conclusions, the reference host, documented defaults."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Evidence
from threatmodel.rules.cases import Masks
from threatmodel.rules.evaluate import derive
from threatmodel.rules.load import Derivation, Knowledge, settings_of
from threatmodel.rules.rows import Host

_MOST = 4096
"""Conclusions remembered for agents of a kind; a catalogue of thousands would pile them up."""


class Concluded(NamedTuple):
    """What follows from what is stated and observed."""

    rules: tuple[Derivation, ...]
    """Those that were drawn, in order."""
    known: Masks

    @property
    def shaky(self) -> int:
        """Bits of what is concluded only as long as nothing speaks against it."""
        return sum(rule.bit for rule in self.rules if rule.unless is not None)


class Completion(NamedTuple):
    """How silence is filled for one agent; pure bit work, so that answers can be tried quickly."""

    rules: tuple[Derivation, ...]
    """Conclusions for this kind of agent, in order."""
    host: Host | None
    """Reference host; None where the agent has its own."""
    places: dict[str, int]
    """Fact id -> bit."""
    presumed: Masks
    """Bits of facts presumed true and presumed false."""
    brought: Masks
    """Bits of facts that the host brings as true and as false; what only a system could settle is
    false, and no evidence is shown for it."""
    hosted: int
    """Bits of all facts that the host brings."""
    asked: int
    """Bits of facts said to be unknown on purpose: no default is presumed for them."""
    hinges: int
    """Bits of all names that the conclusions speak of."""
    drawn: dict[Masks, Concluded]
    """What was concluded, by what is said of those names: four in five of the answers and
    conditions that are tried change none of them."""

    def conclude(self, said: Masks) -> Concluded:
        """Add what follows from what is stated and observed."""
        key = said[0] & self.hinges, said[1] & self.hinges
        found = self.drawn.get(key)
        if found is None:
            if len(self.drawn) >= _MOST:
                self.drawn.clear()
            found = self.drawn[key] = self._draw(*key)
        return Concluded(found.rules, (said[0] | found.known[0], said[1] | found.known[1]))

    def _draw(self, true: int, false: int) -> Concluded:
        drawn = []
        for rule in self.rules:
            bit = rule.bit
            if not (true | false) & bit and rule.holds(true, false):
                true, false = (true | bit, false) if rule.value else (true, false | bit)
                drawn.append(rule)
        return Concluded(tuple(drawn), (true, false))

    def on_host(self, known: Masks) -> Masks:
        """Add what the host brings."""
        free = ~(known[0] | known[1])
        return known[0] | self.brought[0] & free, known[1] | self.brought[1] & free

    def firm(self, said: Masks) -> Masks:
        """Add what follows from what is stated and observed, and what the host brings."""
        return self.on_host(self.conclude(said).known)

    def full(self, firm: Masks) -> Masks:
        """Add the documented defaults."""
        free = ~(firm[0] | firm[1] | self.asked)
        return firm[0] | self.presumed[0] & free, firm[1] | self.presumed[1] & free

    def reasons(self, concluded: Concluded) -> Iterator[tuple[str, Evidence]]:
        """Yield the evidence for everything that `firm` adds."""
        for rule in concluded.rules:
            place = "frameworks/derivations.yaml"
            yield rule.fact, Evidence("derived", rule.value, place, rule.because, by=rule.id)
        if self.host is not None:
            yield from self._brought(self.host, concluded.known[0] | concluded.known[1])

    def _brought(self, host: Host, known: int) -> Iterator[tuple[str, Evidence]]:
        for fact, value in host.facts.items():
            if not known >> self.places[fact] & 1:
                says = f"reference host: {host.name}"
                place, by = "frameworks/hosts.yaml", f"host:{host.id}"
                yield fact, Evidence("derived", value, place, says, by=by)


def completion_of(agent: Agent, knowledge: Knowledge, asked: int) -> Completion:
    """Tell how silence is filled for an agent."""
    alike = _completion_for(agent.kind, judging_host(agent, knowledge), knowledge)
    # Agents of a kind share one completion and what it has concluded; few say anything is unknown.
    return alike._replace(asked=asked) if asked else alike


_COMPLETIONS: dict[tuple[str, str, str], Completion] = {}


def _completion_for(kind: str, host: Host | None, knowledge: Knowledge) -> Completion:
    """Tell how silence is filled for any agent of a kind on a host; found once."""
    key = (knowledge.digest, kind, host.id if host else "")
    if key not in _COMPLETIONS:
        true, false = _masks(knowledge, host.facts if host else {})
        brought, presumed = (true, false | knowledge.sets.system), knowledge.sets.presumed
        rules = tuple(r for r in settings_of(knowledge).rules if not r.kind or kind in r.kind)
        hosted = true | false
        hinges = 0
        for rule in rules:
            hinges |= rule.leaves | rule.bit
        _COMPLETIONS[key] = Completion(
            rules, host, knowledge.bits, presumed, brought, hosted, 0, hinges, {}
        )
    return _COMPLETIONS[key]


def _masks(knowledge: Knowledge, facts: Mapping[str, bool]) -> Masks:
    true = knowledge.mask(*(fact for fact, value in facts.items() if value))
    return true, knowledge.mask(*(fact for fact, value in facts.items() if not value))


def judging_host(agent: Agent, knowledge: Knowledge) -> Host | None:
    """Give the reference host a product is judged with; None where the host is its own."""
    hosts = settings_of(knowledge).hosts
    if agent.host:
        return hosts.get(agent.host)
    # An agent and a deployment are their own host, so that silence about it is a question and no
    # default.
    alone = agent.kind in ("mcp-server", "skill") and agent.form != "deployment"
    return reference_host(agent, knowledge) if alone else None


def reference_host(agent: Agent, knowledge: Knowledge) -> Host | None:
    """Give the host that products of this kind are judged with; None for what is its own host."""
    hosts = settings_of(knowledge).hosts.values()
    return next((host for host in hosts if agent.kind in host.kinds), None)


# Threats that any agent of a kind shares: they hold through its host, whatever its tools are.


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
        _COMMONS[key] = _commons(_completion_for(agent.kind, host, knowledge), knowledge)
    return _COMMONS[key]


def _commons(completion: Completion, knowledge: Knowledge) -> Commons:
    firm = completion.firm((0, knowledge.sets.surface))
    full = completion.full(firm)
    closed = derive(knowledge, *full)
    rows = enumerate(knowledge.threats)
    threats = frozenset(index for index, row in rows if row.when.surely(*closed))
    own = knowledge.sets.stated & ~knowledge.sets.host
    host = completion.host.id if completion.host else ""
    return Commons(threats, host, full, firm, own)
