"""What the rules say about one agent: capabilities, states and severities over bit masks."""

from threatmodel.rules.condition import Masks
from threatmodel.rules.load import Knowledge
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
    Verdicts,
    rule_of,
)
from threatmodel.rules.rows import ThreatRow


def derive(knowledge: Knowledge, true: int, false: int) -> Masks:
    """Add to the known facts the capabilities that follow from them."""
    for row in knowledge.capabilities.values():
        held = row.when.holds(true, false)
        if held:
            true |= 1 << row.bit
        elif held is not None:
            false |= 1 << row.bit
    return true, false


def judge(knowledge: Knowledge, full: Masks, firm: Masks) -> tuple[Verdict, ...]:
    """Judge every threat, in the order of `Knowledge.threats`.

    Both are masks closed by `derive`: `full` with presumed facts, `firm` without. A threat that
    only applies because of presumed facts needs an answer.
    """
    verdicts = knowledge.verdicts
    return tuple([_judge(rule, full, firm, verdicts) for rule in knowledge.rules])


def judge_rule(knowledge: Knowledge, rule: Rule, full: Masks, firm: Masks) -> Verdict:
    """Judge one threat of `Knowledge.rules`; masks as for `judge`."""
    return _judge(rule, full, firm, knowledge.verdicts)


def judge_one(knowledge: Knowledge, threat: ThreatRow, full: Masks, firm: Masks) -> Verdict:
    """Judge one threat; masks as for `judge`."""
    rule = rule_of(threat, knowledge.bits, knowledge.priority)
    return _judge(rule, full, firm, knowledge.verdicts)


def verdict_of(knowledge: Knowledge, threat: ThreatRow, true: int, false: int) -> Verdict:
    """Judge one threat when no fact is merely presumed; masks closed by `derive`."""
    return judge_one(knowledge, threat, (true, false), (true, false))


def _judge(rule: Rule, full: Masks, firm: Masks, verdicts: Verdicts) -> Verdict:
    true, false = full
    held = rule.any_of & true or rule.when.holds(true, false)
    aid = UNAIDED
    if not held:
        state = NEEDS_ANSWER if held is None else NOT_APPLICABLE
    elif firm is not full and not (rule.any_of & firm[0] or rule.when.holds(*firm)):
        state = NEEDS_ANSWER
    elif rule.helps & true:
        state, aid = _handled(rule, true, false)
    else:
        state = OPEN_STATED if rule.controls & false == rule.controls else OPEN_ASSUMED
    impact = rule.impact + (rule.raise_impact & true != 0)
    return verdicts[state][impact][aid][rule.ladder[(rule.raise_if & true).bit_count()]]


def _handled(rule: Rule, true: int, false: int) -> tuple[int, int]:
    """Give the state that its controls leave it in, and how much they help."""
    aid = UNAIDED
    for must, must_not, total in rule.closing:
        met = (must & true).bit_count() + (must_not & false).bit_count()
        if met == total:
            return CLOSED, HALF_CLOSED
        if met >= total * HALF:
            aid = HALF_CLOSED
    if rule.eased_by & true or rule.reduced_by.holds(true, false):
        return REDUCED, aid or AIDED
    return OPEN_ASSUMED, aid
