"""What one agent's score is made of: its controls, what belongs to it, and what comes first."""

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.oracle import part_met
from threatmodel.assessment import assess
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.rules.condition import parse_condition
from threatmodel.rules.load import load_knowledge
from threatmodel.scales import PRIORITIES, STATES

FILES = sorted((Path(__file__).parents[1] / "agents").glob("*.yaml"))
KNOWLEDGE = load_knowledge()
TOOLS = [
    {"name": "delete_user", "description": "Delete a user for good."},
    {"name": "read_mail", "description": "Read the mails of a mailbox."},
    {"name": "run_command", "description": "Run a shell command."},
]


def described(**said):
    text = json.dumps({"name": "A", "tools": TOOLS} | said)
    return load_agent_text(text.encode(), "a.json")


def factors_of(agent) -> dict[str, tuple[str, float, bool]]:
    """Give each live finding's state, its mitigation factor, and if half of its closing is done."""
    one = assess(agent, trying=True)
    values = {name: fact.value for name, fact in one.facts.facts.items()}
    true, false = one.scored.outcome.known
    values |= {n: True if true >> b & 1 else False if false >> b & 1 else None for n, b in BITS}
    found = {}
    for finding in one.model.live:
        closing = parse_condition(KNOWLEDGE.by_id[finding.id].texts.closed_by, KNOWLEDGE.bits)
        met, terms = part_met(closing, values)
        half = bool(terms) and Fraction(met, terms) >= Fraction(1, 2)
        found[finding.id] = (finding.state, finding.mitigation_factor, half)
    return found


BITS = tuple(KNOWLEDGE.bits.items())


def test_half_of_what_closes_a_threat_takes_off_a_third_and_less_a_sixth():
    seen = set()
    for control in sorted(KNOWLEDGE.controls):
        for state, factor, half in factors_of(described().assuming({control: True})).values():
            taken = 1.0 if state != "reduced" else 0.67 if half else 0.83
            assert factor == taken, (control, state, half)
            seen.add(factor)
    assert seen == {1.0, 0.83, 0.67}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_quick_score_of_answers_is_the_full_one(file):
    one = assess(load_agent(file))
    scored = one.scored
    for control in sorted(KNOWLEDGE.controls)[::3]:
        true, false = one.facts.said
        bit = KNOWLEDGE.mask(control)
        firm = scored.completion.firm((true | bit, false & ~bit))
        full = scored.completion.full(firm)
        assert scored.engine.value(full, firm) == scored.engine.outcome(full, firm).result.value


@pytest.mark.parametrize("kind", ["mcp-server", "agent"])
def test_the_range_of_a_product_is_over_what_its_maker_could_answer(kind):
    """And no question of its range is one that only who runs it can answer."""
    product = assess(described(kind=kind, form="product")).score
    asked = {question.fact for question in product.questions}
    belongs = {n: row.belongs for n, row in KNOWLEDGE.facts.items()}
    theirs = {"product"} if kind == "mcp-server" else {"product", "host"}
    assert {belongs[name] for name in asked if name in belongs} <= theirs
    deployed = assess(described(kind=kind, form="deployment")).score
    assert deployed.high >= product.high
    assert {belongs[q.fact] for q in deployed.questions if q.fact in belongs} > theirs


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_findings_come_by_score_and_of_equal_ones_the_most_pressing_first(file):
    def pressing(finding):
        return -1 if finding.priority is None else PRIORITIES.index(finding.priority)

    live = assess(load_agent(file)).model.live
    for one, after in pairwise(live):
        assert (one.score, pressing(one)) >= (after.score, pressing(after)), (one.id, after.id)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_path_is_ranked_by_its_worst_threat_and_at_most_a_fifth_below(file):
    model = assess(load_agent(file)).model
    scores = {finding.id: finding.score for finding in model.live}
    for path in model.paths:
        worst = max(scores[step.id] for step in path.steps if step.kind == "threat")
        assert round(0.8 * worst, 1) <= path.score <= worst, path.id


def test_one_of_what_raises_a_threat_makes_it_a_step_likelier_and_three_two():
    table = KNOWLEDGE.priority
    assert (table.steps["raise_one"], table.steps["raise_two"]) == (1, 3)
    seen = set()
    for row, rule in zip(KNOWLEDGE.threats, KNOWLEDGE.rules, strict=True):
        start, top = table.likelihoods.index(row.likelihood), len(table.likelihoods) - 1
        likelier = tuple(min(top, start + step) for step in (0, 1, 1, 2, 2))
        assert rule.ladder == likelier[: len(row.raise_if) + 1], row.id
        seen.add(rule.ladder[-1] - start)
    assert {1, 2} <= seen


def test_a_priority_is_what_the_table_says_of_impact_and_likelihood_after_controls():
    table = KNOWLEDGE.priority
    place = STATES.index("reduced")
    for aid, down in enumerate((0, table.steps["reduced"], table.steps["half_closed"])):
        for impact, line in enumerate(table.matrix):
            for step, verdict in enumerate(KNOWLEDGE.verdicts[place][impact][aid]):
                left = max(0, step - down)
                assert verdict.likelihood == table.likelihoods[left]
                assert verdict.priority == line[left]
