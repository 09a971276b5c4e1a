"""What the rules say about one agent: capabilities, states and severities over bit masks."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from threatmodel.rules.cases import Masks, union
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.rules.masks import (
    AIDED,
    CLOSED,
    HALF,
    HALF_CLOSED,
    NEEDS_ANSWER,
    NOT_APPLICABLE,
    OPEN_ASSUMED,
    OPEN_STATED,
    REDUCED,
    UNAIDED,
    Rule,
    Verdict,
)
from threatmodel.scales import STATES

Standing = tuple[int, int]
"""How a threat stands, one of the numbers of `STATES`, and how much its controls help."""

LIVE = frozenset({OPEN_STATED, OPEN_ASSUMED, REDUCED})
"""States in which a threat is a finding."""


def derive(knowledge: Knowledge, true: int, false: int) -> Masks:
    """Add to the known facts the capabilities that follow from them."""
    asked = _asked(knowledge)
    more_true, more_false = _following(knowledge, true & asked, false & asked)
    return true | more_true, false | more_false


@lru_cache(maxsize=4096)
def _following(knowledge: Knowledge, true: int, false: int) -> Masks:
    """Give the capabilities that follow, and that do not.

    Told by the names that they speak of alone: four in five of the answers and conditions that are
    tried change none of these.
    """
    more_true = more_false = 0
    for row in knowledge.capabilities.values():
        held = row.when.holds(true | more_true, false | more_false)
        if held:
            more_true |= 1 << row.bit
        elif held is not None:
            more_false |= 1 << row.bit
    return more_true, more_false


@per_rules
def _asked(knowledge: Knowledge) -> int:
    """Give the bits of all names that capabilities speak of."""
    return union(row.when.leaves() for row in knowledge.capabilities.values())


def judge(knowledge: Knowledge, full: Masks, firm: Masks) -> tuple[Verdict, ...]:
    """Judge every threat, in the order of `Knowledge.threats`.

    Both are masks closed by `derive`: `full` with presumed facts, `firm` without. A threat that
    only applies because of presumed facts needs an answer.
    """
    met = _met(knowledge, full, firm)
    standings = [(rule, _standing_of(rule, full, met)) for rule in knowledge.rules]
    return tuple([_verdict(rule, full, standing, knowledge) for rule, standing in standings])


def live(knowledge: Knowledge, full: Masks, firm: Masks) -> Iterator[tuple[int, Standing]]:
    """Give the index and standing of each threat that is open or reduced; masks as for `judge`."""
    met, firmly = _met(knowledge, full, firm)
    # What is met without presumed facts is met with them.
    applying = [i for i, cases in enumerate(_applying(knowledge)) if cases & firmly]
    for index in applying:
        standing = handled(knowledge.rules[index], full, met)
        if standing[0] in LIVE:
            yield index, standing


def live_bits(knowledge: Knowledge, full: Masks, firm: Masks) -> int:
    """Give the threats that are open or reduced as bits, each at its place in the rules.

    Masks as known, not closed by `derive`.
    """
    closed, firmly = derive(knowledge, *full), derive(knowledge, *firm)
    return sum([1 << index for index, _ in live(knowledge, closed, firmly)])


def states(
    knowledge: Knowledge, full: Masks, firm: Masks, threats: Iterable[str]
) -> tuple[str, ...]:
    """Give the states of some threats, by their ids; masks as for `live_bits`."""
    closed, firmly = derive(knowledge, *full), derive(knowledge, *firm)
    met, places = _met(knowledge, closed, firmly), places_of(knowledge)
    rules = (knowledge.rules[places[threat]] for threat in threats)
    return tuple([STATES[_standing_of(rule, closed, met)[0]] for rule in rules])


@per_rules
def places_of(knowledge: Knowledge) -> dict[str, int]:
    """Give the place of each threat in the rules, by its id."""
    return {row.id: place for place, row in enumerate(knowledge.threats)}


@per_rules
def _applying(knowledge: Knowledge) -> tuple[int, ...]:
    """Give the cases in which each threat applies, in order."""
    return tuple(rule.applies for rule in knowledge.rules)


def _met(knowledge: Knowledge, full: Masks, firm: Masks) -> tuple[int, int]:
    """Give the cases that are met with presumed facts, and without."""
    met = knowledge.board.met(full)
    return met, met if firm is full else knowledge.board.met(firm)


def verdict_of(knowledge: Knowledge, index: int, full: Masks, standing: Standing) -> Verdict:
    """Give the verdict on a threat, by its place in the rules."""
    return _verdict(knowledge.rules[index], full, standing, knowledge)


def _verdict(rule: Rule, full: Masks, standing: Standing, knowledge: Knowledge) -> Verdict:
    (state, aid), true = standing, full[0]
    impact = rule.impact + (rule.raise_impact & true != 0)
    likelihood = rule.ladder[(rule.raise_if & true).bit_count()]
    return knowledge.verdicts[state][impact][aid][likelihood]


def _standing_of(rule: Rule, full: Masks, met: tuple[int, int]) -> Standing:
    """Tell how one threat stands.

    Args:
        rule: The threat.
        full: What is known, presumed facts included, closed by `derive`.
        met: Cases of the board that are met with presumed facts, and without.
    """
    if not rule.applies & met[0]:
        return (NOT_APPLICABLE if rule.fails & met[0] else NEEDS_ANSWER), UNAIDED
    if not rule.applies & met[1]:
        return NEEDS_ANSWER, UNAIDED
    return handled(rule, full, met[0])


def handled(rule: Rule, full: Masks, met: int) -> Standing:
    """Give the state that its controls leave a threat in that applies, and how much they help.

    `met` are cases of the board that are met with presumed facts.
    """
    true, false = full
    if not rule.helps & true:
        # Stated needs every control denied: one that nobody spoke of may be there.
        return (OPEN_STATED if rule.controls & false == rule.controls else OPEN_ASSUMED), UNAIDED
    aid = UNAIDED
    for must, must_not, total in rule.closing:
        held = (must & true).bit_count() + (must_not & false).bit_count()
        if held == total:
            return CLOSED, HALF_CLOSED
        if held >= total * HALF:
            aid = HALF_CLOSED
    if rule.eases & met:
        return REDUCED, aid or AIDED
    return OPEN_ASSUMED, aid
