"""What the rules say about one agent: capabilities, states and severities over bit masks."""

from threatmodel.knowledge.cases import Masks
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.rows import ThreatRow
from threatmodel.knowledge.rule import (
    CLOSED,
    NEEDS_ANSWER,
    NOT_APPLICABLE,
    OPEN_ASSUMED,
    OPEN_STATED,
    REDUCED,
    Rule,
    Verdict,
    rule_of,
)

HALF = 0.5
"""Part of `closed_by` from which a threat counts as half closed."""

_TOP = 3
_STEPS = 4


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
    return tuple([_judge(knowledge, rule, full, firm) for rule in knowledge.rules])


def judge_one(knowledge: Knowledge, threat: ThreatRow, full: Masks, firm: Masks) -> Verdict:
    """Judge one threat; masks as for `judge`."""
    rule = rule_of(threat, knowledge.bits, knowledge.severity)
    return _judge(knowledge, rule, full, firm)


def severity_of(knowledge: Knowledge, threat: ThreatRow, true: int, false: int) -> Verdict:
    """Judge one threat when no fact is merely presumed; masks closed by `derive`."""
    return judge_one(knowledge, threat, (true, false), (true, false))


def _judge(knowledge: Knowledge, rule: Rule, full: Masks, firm: Masks) -> Verdict:
    true, false = full
    steps = knowledge.severity.steps
    impact = rule.impact + (rule.raise_impact & true != 0)
    raised = (rule.raise_if & true).bit_count()
    likelihood = rule.likelihood + (raised >= steps["raise_one"]) + (raised >= steps["raise_two"])
    likelihood = min(likelihood, _TOP)
    state, half = _applies(rule, full, firm), False
    if state == OPEN_ASSUMED:
        if rule.helps & true:
            state, half = _handled(rule, true, false)
            down = steps["half_closed"] if half else steps["reduced"] * (state == REDUCED)
            likelihood -= down
        elif rule.controls & false == rule.controls:
            state = OPEN_STATED
    return knowledge.verdicts[state][min(impact, _TOP)][max(likelihood, 0) + _STEPS * half]


def _applies(rule: Rule, full: Masks, firm: Masks) -> int:
    """Tell whether it applies: OPEN_ASSUMED until its controls are looked at."""
    held = rule.any_of & full[0] != 0 or rule.when.holds(*full)
    if not held:
        return NEEDS_ANSWER if held is None else NOT_APPLICABLE
    if rule.any_of & firm[0] or rule.when.holds(*firm):
        return OPEN_ASSUMED
    return NEEDS_ANSWER


def _handled(rule: Rule, true: int, false: int) -> tuple[int, bool]:
    """Give the state that its controls leave it in, and whether it is half closed."""
    half = rule.closed_by.share(true, false) >= HALF
    if rule.closed_by.holds(true, false):
        return CLOSED, half
    if rule.reduced_by.holds(true, false):
        return REDUCED, half
    return OPEN_ASSUMED, half
