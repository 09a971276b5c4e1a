"""Find every fact of an agent: weigh what is stated, observed, derived and presumed."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from threatmodel.classify.result import Clue, ToolReading
from threatmodel.description.agent import Agent
from threatmodel.description.overrides import truth_of
from threatmodel.facts.defaults import Completion, Concluded, completion_of
from threatmodel.facts.fact import EVIDENCE_SHOWN, Facts, Sighting, Sign, Told, Weighed
from threatmodel.facts.stated import SignedFact, place_of, said_at, stated
from threatmodel.rules.cases import Masks
from threatmodel.rules.load import Knowledge, per_rules

# What the tools show: each trait of each tool, and what the set as a whole shows.

MANY = 20
"""More tools than this is more than one purpose needs, unless the description says otherwise."""

WATCHING = 6
"""One tool in so many: one that reads a log makes no server one that watches.

Beside an expert over 110 servers, L5 is the same for 102 of them, and for 88 where one tool counts.
"""

WATCHERS = 5
"""So many of them watch, however large the server is."""


FEW = 3
"""So many tools that change something are few, however many there are.

A count and no share: one more tool that answers would else make the same changes milder.
"""


TELEMETRY = "t.telemetry"
"""Fact that a tool works on logs, metrics, alerts or incidents."""

UNLISTED = "t.unlisted"
"""Fact that more tools exist than are listed: then a list shows nothing of what no tool does."""


def observed(
    agent: Agent, readings: Sequence[ToolReading], knowledge: Knowledge
) -> Iterator[SignedFact]:
    """Yield what the tools show; nothing where the tools are unknown."""
    if not isinstance(agent.tools, tuple):
        return
    shown, known = dict[str, int](), knowledge.facts
    for index, reading in enumerate(readings):
        for fact, clues in reading.traits:
            if fact in known:
                count = shown[fact] = shown.get(fact, 0) + 1
                if count <= EVIDENCE_SHOWN:
                    words = partial(_clue_words, agent, index, reading, clues)
                    yield fact, Sign("observed", value=True, words=words, tool=reading.name)
    if UNLISTED not in agent.facts or truth_of(agent.facts[UNLISTED]) is False:
        yield from _absent(agent, knowledge, shown)
    yield from _whole_set(agent, readings)


def _clue_words(agent: Agent, index: int, reading: ToolReading, clues: Sequence[Clue]) -> Sighting:
    where = f"{place_of(agent, ('tools', index))} tools[{index}]"
    if not clues:
        return where, reading.name
    clue = clues[0]
    place = f"{where}.{clue.pointer}" if clue.pointer else where
    return place, f"{reading.name}: {clue.says}"


def _absent(agent: Agent, knowledge: Knowledge, shown: Container[str]) -> Iterator[SignedFact]:
    """A complete tool list also shows what no tool in it does.

    That it is complete is taken for granted until something says otherwise: whoever learns of more
    tools has another surface to describe, which no answer to a question could stand for.
    """
    count = len(agent.known_tools)
    said = partial(said_at, agent, ("tools",))
    whole = "a list of tools counts as whole unless something says otherwise"
    yield UNLISTED, Sign("derived", value=False, words=partial(said, whole))
    says = f"none of {count} tools shows it" if count else "it has no tools"
    # One sign for all of them: a list shows the absence of some thirty facts, each in the same
    # words.
    absent = Sign("observed", value=False, words=partial(said, says))
    for fact in _seen_in_tools(knowledge):
        if fact not in shown:
            yield fact, absent


@per_rules
def _seen_in_tools(knowledge: Knowledge) -> tuple[str, ...]:
    """Name the facts that a list of tools shows."""
    return tuple(i for i, row in knowledge.facts.items() if "tool_schema" in row.seen_in)


def _whole_set(agent: Agent, readings: Sequence[ToolReading]) -> Iterator[SignedFact]:
    count, said = len(readings), partial(said_at, agent, ("tools",))
    many = are_many(count)
    says = f"{count} tools, {'more' if many else 'not more'} than {MANY}"
    yield "t.many", Sign("observed", value=many, words=partial(said, says))
    watching = sum(any(fact == TELEMETRY for fact, _ in one.traits) for one in readings)
    says = f"{watching} of {count} tools work on logs, metrics, alerts or incidents"
    mainly = are_watching(watching, count)
    yield "t.watching", Sign("observed", value=mainly, words=partial(said, says))
    few = are_few(sum(map(weight_of, readings)), count)
    says = f"{'few' if few else 'not only few'} of {count} tools change something"
    yield "t.few_changes", Sign("observed", value=few, words=partial(said, says))
    labelled = sum(tool.annotations is not None for tool in agent.known_tools)
    says = f"{labelled} of {count} tools carry annotations of their server"
    yield "t.labels_only", Sign("observed", value=labelled > 0, words=partial(said, says))


def are_many(count: int) -> bool:
    """Tell whether so many tools are more than one purpose needs."""
    return count > MANY


def are_watching(watching: int, count: int) -> bool:
    """Tell whether a set of tools watches, of which so many do."""
    return watching >= WATCHERS or watching * WATCHING >= count > 0


_KEEPS = ("Write", "Destructive")
_WRITES, _PRIVATE = "t.write", "touches_private_data"


def weight_of(reading: ToolReading) -> int:
    """Tell how much a tool that changes something adds to what is few; 0 for one that answers.

    What runs something, what is about somebody's data, and what nobody understood is too much by
    itself.
    """
    if reading.tool_class == "Read":
        return 0
    plain = reading.tool_class in _KEEPS and _WRITES not in reading.thin
    return 1 if plain and _PRIVATE not in reading.flags else FEW + 1


def are_few(weight: int, count: int) -> bool:
    """Tell whether few tools of a set change something."""
    return weight <= FEW and count > 0


def find_facts(
    agent: Agent,
    readings: Sequence[ToolReading],
    knowledge: Knowledge,
    flows: Iterable[SignedFact] = (),
) -> Facts:
    """Find all facts and controls; those without any evidence are unknown.

    Stated beats derived beats assumed. What a vendor states without proof counts only where it
    raises the risk. Stated against observed is a contradiction; the reviewer's or operator's word
    then stands, a vendor's does not (docs/design.md, Facts). `flows` is what the flows of a system
    show of a member; it counts like what its tools show.
    """
    shows = observed(agent, readings, knowledge)
    weighed = weigh(spoken(agent, knowledge, flows), shows, knowledge)
    said, claimed, asked = masks_of(weighed, knowledge)
    completion = completion_of(agent, knowledge, asked)
    concluded = completion.conclude(said)
    firm = completion.on_host(concluded.known)
    return Facts(
        said=said,
        claimed=claimed,
        asked=asked,
        firm=firm,
        full=completion.full(firm),
        shaky=concluded.shaky,
        brought=completion.hosted & ~(concluded.known[0] | concluded.known[1]),
        readings=readings,
        tell=partial(_tell, weighed, completion, concluded, knowledge),
    )


class Spoken(NamedTuple):
    """What shows facts of an agent besides its tools; weighed in this order, they in between."""

    first: tuple[SignedFact, ...]
    then: tuple[SignedFact, ...]


def spoken(agent: Agent, knowledge: Knowledge, flows: Iterable[SignedFact]) -> Spoken:
    """Gather what a description says, and what flows show."""
    return Spoken((*stated(agent), *_offered(agent)), (*_spotted(agent, knowledge), *flows))


def weigh(said: Spoken, shows: Iterable[SignedFact], knowledge: Knowledge) -> "dict[str, Weighed]":
    """Weigh it against what tools show."""
    signs = _collect(chain(said.first, shows, said.then), knowledge)
    # Most facts have one sign, and nobody's word is doubted.
    return {
        i: Weighed(some, some[0])
        if len(some) == 1 and some[0].by != "vendor"
        else _weigh(i, some, knowledge)
        for i, some in signs.items()
    }


def _offered(agent: Agent) -> Iterable[SignedFact]:
    """Give what a server offers besides its tools shows; few descriptions hold it."""
    if agent.offers is None:
        return ()
    from threatmodel.facts.texts import offered  # noqa: PLC0415 - few descriptions need it

    return offered(agent)


def _spotted(agent: Agent, knowledge: Knowledge) -> Iterable[SignedFact]:
    """Give what words of the description show; only packs have such facts."""
    rows = knowledge.sections.get("patterns")
    if not rows:
        return ()
    from threatmodel.facts.texts import spotted_facts  # noqa: PLC0415 - only with packs

    return spotted_facts(agent, rows)


def lowers(fact_id: str, value: bool, knowledge: Knowledge) -> bool:  # noqa: FBT001 - it is the fact's value
    """Tell whether this value of a fact can only lower the risk."""
    row = knowledge.facts.get(fact_id) or knowledge.controls[fact_id]
    return value is not row.raises


def _collect(found: Iterable[SignedFact], knowledge: Knowledge) -> dict[str, list[Sign]]:
    collected: dict[str, list[Sign]] = {}
    bits = knowledge.bits
    for fact_id, sign in found:
        signs = collected.get(fact_id)
        if signs is not None:
            signs.append(sign)
        elif fact_id in bits:
            collected[fact_id] = [sign]
    return collected


_SEEN = frozenset({"observed", "derived"})


def _weigh(fact_id: str, signs: Sequence[Sign], knowledge: Knowledge) -> Weighed:
    """Decide between stated and observed evidence."""
    first = signs[0]
    if first.by != "vendor" and all(s.basis in _SEEN for s in signs):
        return Weighed(signs, first)
    deciding = _deciding(fact_id, signs, knowledge)
    claim = next((s for s in signs if _unproven(fact_id, s, knowledge)), None)
    # Kept apart, so that a report can print the score as claimed beside the score as verified.
    claimed = claim.value if claim and (deciding is None or deciding.value != claim.value) else None
    return Weighed(signs, deciding, claimed)


def _deciding(fact_id: str, signs: Sequence[Sign], knowledge: Knowledge) -> Sign | None:
    """Pick what holds: last word of a person, then what a tool shows."""
    trusted = [s for s in signs if s.basis == "stated" and not _unproven(fact_id, s, knowledge)]
    seen = [s for s in signs if s.basis in _SEEN]
    # Where a tool shows it, a vendor's word adds nothing and cannot take it away.
    worst = [s for s in trusted if s.by == "vendor"] if any(s.value for s in seen) else []
    # The last word holds: `facts` come after the sections, and name the fact itself.
    for sign in reversed([s for s in trusted if s not in worst]):
        return sign if sign.value is not None or not seen else seen[0]
    return seen[0] if seen else (worst[-1] if worst else None)


def _unproven(fact_id: str, sign: Sign, knowledge: Knowledge) -> bool:
    """Tell whether a vendor says, without proof, what would lower the risk."""
    by_vendor = sign.by == "vendor" and sign.basis == "stated" and not sign.proof
    value = sign.value
    return by_vendor and value is not None and lowers(fact_id, value, knowledge)


def masks_of(weighed: Mapping[str, Weighed], knowledge: Knowledge) -> tuple[Masks, Masks, int]:
    """Give what is said, the same with what is claimed believed, and what is asked on purpose."""
    bits, by_value, claims = knowledge.bits, {True: 0, False: 0, None: 0}, {True: 0, False: 0}
    asked = 0
    for fact_id, one in weighed.items():
        bit, (_, deciding, claimed) = 1 << bits[fact_id], one
        value = deciding.value if deciding else None  # a property takes twice as long
        by_value[value] |= bit
        if claimed is not None:
            claims[claimed] |= bit
        if value is None and one.asked:
            asked |= bit
    true, false = by_value[True], by_value[False]
    believed = true & ~claims[False] | claims[True], false & ~claims[True] | claims[False]
    return (true, false), believed, asked


def _tell(
    weighed: Mapping[str, Weighed],
    completion: Completion,
    concluded: Concluded,
    knowledge: Knowledge,
) -> Told:
    # A score tells none of them: a third of this room is not loaded for it.
    from threatmodel.facts.wording import tell_facts  # noqa: PLC0415

    return tell_facts(weighed, completion, concluded, knowledge)
