"""Find every fact of an agent: weigh what is stated, observed, derived and presumed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.description.overrides import truth_of
from threatmodel.facts.defaults import Completion, completion_of
from threatmodel.facts.fact import Basis, Contradiction, Evidence, Fact, Facts
from threatmodel.facts.stated import Found, place_of, stated
from threatmodel.rules.cases import Masks
from threatmodel.rules.load import Knowledge, per_rules

# What the tools show: each trait of each tool, and what the set as a whole shows.

MANY = 20
"""More tools than this is more than one purpose needs, unless the description says otherwise."""


UNLISTED = "t.unlisted"
"""Fact that more tools exist than are listed: then a list shows nothing of what no tool does."""


def observed(
    agent: Agent, readings: Sequence[ToolReading], knowledge: Knowledge
) -> Iterator[Found]:
    """Yield what the tools show; nothing where the tools are unknown."""
    if not isinstance(agent.tools, tuple):
        return
    shown: set[str] = set()
    for index, reading in enumerate(readings):
        where = f"{place_of(agent, ('tools', index))} tools[{index}]"
        for fact, clues in reading.traits:
            if fact not in knowledge.facts:
                continue
            shown.add(fact)
            clue = clues[0] if clues else None
            place = f"{where}.{clue.pointer}" if clue and clue.pointer else where
            says = f"{reading.name}: {clue.says}" if clue else reading.name
            yield fact, Evidence("observed", value=True, place=place, says=says, tool=reading.name)
    if UNLISTED not in agent.facts or truth_of(agent.facts[UNLISTED]) is False:
        yield from _absent(agent, knowledge, shown)
    yield from _whole_set(agent, readings)


def _absent(agent: Agent, knowledge: Knowledge, shown: set[str]) -> Iterator[Found]:
    """A complete tool list also shows what no tool in it does.

    That it is complete is taken for granted until something says otherwise: whoever learns of more
    tools has another surface to describe, which no answer to a question could stand for.
    """
    place, count = place_of(agent, ("tools",)), len(agent.known_tools)
    whole = "a list of tools counts as whole unless something says otherwise"
    yield UNLISTED, Evidence("derived", value=False, place=place, says=whole)
    says = f"none of {count} tools shows it" if count else "it has no tools"
    absent = Evidence("observed", value=False, place=place, says=says)
    for fact, row in knowledge.facts.items():
        if fact not in shown and "tool_schema" in row.seen_in:
            yield fact, absent


def _whole_set(agent: Agent, readings: Sequence[ToolReading]) -> Iterator[Found]:
    place, count = place_of(agent, ("tools",)), len(readings)
    many = count > MANY
    says = f"{count} tools, {'more' if many else 'not more'} than {MANY}"
    yield "t.many", Evidence("observed", value=many, place=place, says=says)
    labelled = sum(tool.annotations is not None for tool in agent.known_tools)
    says = f"{labelled} of {count} tools carry annotations of their server"
    yield "t.labels_only", Evidence("observed", value=labelled > 0, place=place, says=says)


_EVIDENCE_SHOWN = 12
"""Evidence kept per fact; a server with 400 tools would otherwise repeat itself 400 times."""

ASSUMED = {
    value: Evidence(
        "assumed",
        value,
        "frameworks/facts",
        "nothing said; presumed by the documented default",
    )
    for value in (True, False)
}
"""Evidence of a documented default."""


def find_facts(
    agent: Agent,
    readings: Sequence[ToolReading],
    knowledge: Knowledge,
    flows: Iterable[Found] = (),
) -> Facts:
    """Find all facts and controls; those without any evidence are unknown.

    Stated beats derived beats assumed. What a vendor states without proof counts only where it
    raises the risk. Stated against observed is a contradiction; the reviewer's or operator's word
    then stands, a vendor's does not (docs/design.md, Facts). `flows` is what the flows of a system
    show of a member; it counts like what its tools show.
    """
    silence = _silence_of(knowledge)
    shows = chain(
        stated(agent),
        _offered(agent),
        observed(agent, readings, knowledge),
        _spotted(agent, knowledge),
        flows,
    )
    found = _collect(shows)
    shown = {i: _weigh(i, found[i], knowledge) for i in found if i in knowledge.bits}
    said = _masks(shown, knowledge)
    claimed = _claimed(shown, knowledge, said)
    asked = _asked(shown, knowledge)
    contradictions = tuple(sorted(_contradictions(shown), key=lambda c: c.id))
    completion = completion_of(agent, knowledge, asked)
    firm = completion.firm(said)
    facts = silence.unknown | shown
    if len(facts) > len(silence.unknown):
        facts = dict(sorted(facts.items()))
    _settle_silence(facts, completion, said, silence)
    full = completion.full(firm)
    tools = _by_tool(readings)
    return Facts(facts, contradictions, said, claimed, asked, firm, full, tools)


def _offered(agent: Agent) -> Iterable[Found]:
    """Give what a server offers besides its tools shows; few descriptions hold it."""
    if agent.offers is None:
        return ()
    from threatmodel.facts.offered import offered  # noqa: PLC0415 - few descriptions need it

    return offered(agent)


def _spotted(agent: Agent, knowledge: Knowledge) -> Iterable[Found]:
    """Give what words of the description show; only packs have such facts."""
    rows = knowledge.sections.get("patterns")
    if not rows:
        return ()
    from threatmodel.facts.patterns import spotted_facts  # noqa: PLC0415 - only with packs

    return spotted_facts(agent, rows)


def lowers(fact_id: str, value: bool, knowledge: Knowledge) -> bool:  # noqa: FBT001 - it is the fact's value
    """Tell whether this value of a fact can only lower the risk."""
    row = knowledge.facts.get(fact_id) or knowledge.controls[fact_id]
    return value is not row.raises


class _Silence(NamedTuple):
    """Facts of which nothing is said; most are, and every agent shares them."""

    unknown: dict[str, Fact]
    """All, sorted by id, before any default."""

    presumed: dict[str, Fact]
    """Those that have a documented default."""


@per_rules
def _silence_of(knowledge: Knowledge) -> _Silence:
    """Give the facts of an agent that is silent."""
    rows = {**knowledge.facts, **knowledge.controls}
    unknown = {
        i: Fact(i, rows[i].says, None, "unknown", "", ())
        for i in sorted(rows)
        if not knowledge.sets.system >> knowledge.bits[i] & 1
    }
    presumed = {
        row.id: _settle(unknown[row.id], ASSUMED[row.presumed])
        for row in knowledge.facts.values()
        if row.presumed is not None
    }
    return _Silence(unknown, presumed)


def _collect(found: Iterable[Found]) -> dict[str, list[Evidence]]:
    collected: dict[str, list[Evidence]] = {}
    for fact_id, evidence in found:
        collected.setdefault(fact_id, []).append(evidence)
    return collected


def _says(fact_id: str, knowledge: Knowledge) -> str:
    row = knowledge.facts.get(fact_id) or knowledge.controls[fact_id]
    return row.says


def _weigh(fact_id: str, found: Sequence[Evidence], knowledge: Knowledge) -> Fact:
    """Decide between stated and observed evidence."""
    says, only = _says(fact_id, knowledge), found[0]
    if len(found) == 1 and only.basis == "observed":  # most facts about tools
        return Fact(fact_id, says, only.value, "observed", only.by, (only,))
    deciding = _deciding(fact_id, found, knowledge)
    claim = next((e for e in found if _unproven(fact_id, e, knowledge)), None)
    claimed = claim.value if claim and (deciding is None or deciding.value != claim.value) else None
    ordered = tuple(sorted(found, key=lambda e: e is not deciding))[:_EVIDENCE_SHOWN]
    if deciding is None:
        asked = any(e.value is None for e in found)
        basis: Basis = "stated" if asked else "unknown"
        return Fact(fact_id, says, None, basis, "", ordered, claimed=claimed)
    value, by = deciding.value, deciding.by
    return Fact(fact_id, says, value, deciding.basis, by, ordered, claimed=claimed)


def _deciding(fact_id: str, found: Sequence[Evidence], knowledge: Knowledge) -> Evidence | None:
    """Pick the evidence that holds: last word of a person, then what a tool shows."""
    trusted = [e for e in found if e.basis == "stated" and not _unproven(fact_id, e, knowledge)]
    seen = [e for e in found if e.basis in ("observed", "derived")]
    worst = [e for e in trusted if e.by == "vendor"] if any(e.value for e in seen) else []
    for evidence in reversed([e for e in trusted if e not in worst]):
        return evidence if evidence.value is not None or not seen else seen[0]
    return seen[0] if seen else (worst[-1] if worst else None)


def _unproven(fact_id: str, evidence: Evidence, knowledge: Knowledge) -> bool:
    """Tell whether a vendor says, without proof, what would lower the risk."""
    by_vendor = evidence.basis == "stated" and evidence.by == "vendor" and not evidence.proof
    value = evidence.value
    return by_vendor and value is not None and lowers(fact_id, value, knowledge)


def _settle_silence(
    facts: dict[str, Fact], completion: Completion, said: Masks, silence: _Silence
) -> None:
    """Put in what is derived, then what is presumed."""
    for fact_id, evidence in completion.reasons(said):
        facts[fact_id] = _settle(facts[fact_id], evidence)
    for fact_id, presumed in silence.presumed.items():
        fact = facts[fact_id]
        if fact is silence.unknown[fact_id]:
            facts[fact_id] = presumed
        elif fact.value is None and fact.basis != "stated":
            facts[fact_id] = _settle(fact, presumed.evidence[0])


def _settle(fact: Fact, evidence: Evidence) -> Fact:
    shown = (evidence, *fact.evidence)
    return Fact(
        fact.id, fact.says, evidence.value, evidence.basis, evidence.by, shown, claimed=fact.claimed
    )


def _asked(facts: dict[str, Fact], knowledge: Knowledge) -> int:
    """Collect what is said to be unknown on purpose: then no default is presumed."""
    unknown = (f.id for f in facts.values() if f.basis == "stated" and f.value is None)
    return knowledge.mask(*unknown)


def _masks(facts: dict[str, Fact], knowledge: Knowledge) -> Masks:
    true = false = 0
    for fact_id, fact in facts.items():
        if fact.value is not None:
            bit = 1 << knowledge.bits[fact_id]
            true, false = (true | bit, false) if fact.value else (true, false | bit)
    return true, false


def _claimed(facts: dict[str, Fact], knowledge: Knowledge, said: Masks) -> Masks:
    true, false = said
    for fact_id, fact in facts.items():
        if fact.claimed is not None:
            bit = 1 << knowledge.bits[fact_id]
            true, false = (true | bit, false & ~bit) if fact.claimed else (true & ~bit, false | bit)
    return true, false


def _contradictions(facts: dict[str, Fact]) -> Iterable[Contradiction]:
    for fact in facts.values():
        yes = next((e for e in fact.evidence if e.value is True), None)
        no = next((e for e in fact.evidence if e.value is False), None)
        if yes and no and "assumed" not in (yes.basis, no.basis):
            text = f"{yes.says} ({yes.place}), but {no.says} ({no.place})"
            yield Contradiction(f"contradiction:{fact.id}", fact.id, text)


def _by_tool(readings: Sequence[ToolReading]) -> dict[str, tuple[str, ...]]:
    tools: dict[str, list[str]] = {}
    for reading in readings:
        for fact_id, _ in reading.traits:
            tools.setdefault(fact_id, []).append(reading.name)
    return {fact_id: tuple(tools[fact_id]) for fact_id in sorted(tools)}
