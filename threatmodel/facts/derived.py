"""What follows from other facts, and what the reference host of a server brings along."""

from collections.abc import Iterator, Mapping

from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Evidence, Fact
from threatmodel.facts.stated import Found
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.settings import Host, settings_of


def derived(agent: Agent, facts: Mapping[str, Fact], knowledge: Knowledge) -> Iterator[Found]:
    """Yield what rules conclude from the firm facts, then what the reference host brings."""
    settings = settings_of(knowledge)
    true = false = 0
    for fact_id, fact in facts.items():
        if fact.value is not None:
            bit = 1 << knowledge.bits[fact_id]
            true, false = (true | bit, false) if fact.value else (true, false | bit)
    for rule in settings.rules:
        bit = 1 << knowledge.bits[rule.fact]
        if not (true | false) & bit and rule.applies(agent.kind, true, false):
            true, false = (true | bit, false) if rule.value else (true, false | bit)
            place = "frameworks/derivations.yaml"
            yield rule.fact, Evidence("derived", rule.value, place, rule.because, by=rule.id)
    host = host_of(agent, knowledge)
    for fact_id, value in host.facts.items() if host else ():
        if not (true | false) >> knowledge.bits[fact_id] & 1:
            says = f"reference host: {host.name}" if host else ""
            place = "frameworks/hosts.yaml"
            yield fact_id, Evidence("derived", value, place, says, by=f"host:{host.id}")


def host_of(agent: Agent, knowledge: Knowledge) -> Host | None:
    """Give the reference host a product is judged with; None where the host is its own."""
    hosts = settings_of(knowledge).hosts
    if agent.host:
        return hosts.get(agent.host)
    alone = agent.kind in ("mcp-server", "skill") and agent.form != "deployment"
    return next((h for h in hosts.values() if agent.kind in h.kinds), None) if alone else None
