"""Laws that every score obeys, whatever the description says."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from threatmodel.assessment import Assessment, assess, profiles_of
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.overrides import Statement
from threatmodel.outputs.documents import score_json
from threatmodel.rules.load import load_knowledge
from threatmodel.score.calculator import parse_vector, recalculate
from threatmodel.score.engine import Engine
from threatmodel.score.what_if import Trials, answerable

RULES = load_knowledge()
FACTS = sorted(RULES.facts)
CONTROLS = sorted(RULES.controls)

TOOLS = (
    Tool(name="get_forecast", description="Return the weather forecast for a place."),
    Tool(name="list_tickets", description="List support tickets that customers wrote."),
    Tool(name="consume_messages", description="Read records from a topic."),
    Tool(name="update_record", description="Change a record of the customer database."),
    Tool(name="delete_record", description="Delete a record for good."),
    Tool(name="send_email", description="Send an email to any address."),
    Tool(name="run_command", description="Run a shell command and return its output."),
    Tool(name="create_refund", description="Refund a payment to a card."),
    Tool(name="fetch_url", description="Fetch a web page by its address."),
    Tool(name="grant_role", description="Give a user a role."),
)

tools = st.lists(st.sampled_from(TOOLS), unique_by=lambda tool: tool.name, max_size=5).map(tuple)
answers = st.dictionaries(st.sampled_from([*FACTS, *CONTROLS]), st.booleans(), max_size=12)
forms = st.sampled_from(["product", "deployment", "unknown"])
kinds = st.sampled_from(["agent", "mcp-server", "skill", "multi-agent", "unknown"])


def described(kind: str, its_tools: tuple[Tool, ...], facts: dict[str, bool]) -> Agent:
    return Agent(name="Example", kind=kind, tools=its_tools, facts=facts)


@given(kinds, tools, answers, st.sampled_from(TOOLS))
def test_one_more_tool_never_lowers_the_score(kind, its_tools, facts, more):
    if more.name in {tool.name for tool in its_tools}:
        return
    before = assess(described(kind, its_tools, facts)).score.value
    after = assess(described(kind, (*its_tools, more), facts)).score.value
    assert after >= before


@given(kinds, tools, answers, st.sampled_from(CONTROLS))
def test_a_control_never_raises_the_score(kind, its_tools, facts, control):
    without = {name: value for name, value in facts.items() if name != control}
    before = assess(described(kind, its_tools, without)).score.value
    after = assess(described(kind, its_tools, without | {control: True})).score.value
    assert after <= before


@given(kinds, tools, answers)
def test_the_answer_to_a_question_keeps_the_score_in_the_range(kind, its_tools, facts):
    now = assess(described(kind, its_tools, facts))
    for question in now.score.questions:
        for answer, promised in ((True, question.if_true), (False, question.if_false)):
            then = assess(described(kind, its_tools, facts | {question.fact: answer})).score
            assert now.score.low <= then.value <= now.score.high
            assert then.value == promised
            assert now.score.low <= then.low
            assert then.high <= now.score.high


@given(kinds, tools, answers, st.randoms(use_true_random=False))
def test_the_order_of_tools_changes_nothing(kind, its_tools, facts, random):
    shuffled = list(its_tools)
    random.shuffle(shuffled)
    first = assess(described(kind, its_tools, facts))
    second = assess(described(kind, tuple(shuffled), facts))
    assert score_json(first.score) == score_json(second.score)


@given(kinds, tools, answers)
def test_the_vector_recomputes_the_score(kind, its_tools, facts):
    for score in assess(described(kind, its_tools, facts)).profiles:
        again = recalculate(parse_vector(score.vector, profiles_of(RULES)))
        assert float(again.result.value) == score.value


@given(kinds, tools, answers, st.sampled_from([*FACTS, *CONTROLS]), st.booleans())
def test_a_vendor_without_proof_never_lowers_the_score(kind, its_tools, facts, name, value):
    without = {known: said for known, said in facts.items() if known != name}
    before = assess(described(kind, its_tools, without))
    claim = Statement(value=value, by="vendor")
    after = assess(described(kind, its_tools, without | {name: claim}))
    assert after.score.value >= before.score.value


@given(kinds, tools, answers)
def test_a_trial_gives_what_a_full_evaluation_gives(kind, its_tools, facts):
    now = assess(described(kind, its_tools, facts))
    engine, completion = now.scored.engine, now.scored.completion
    trials = Trials(engine, now.facts, completion, now.scored.outcome.result.value)
    open_facts = [f.id for f in now.facts.facts.values() if f.value is None or f.basis == "assumed"]
    for (fact, answer), value in trials.values(open_facts).items():
        assert value == _whole(now, engine, fact, answer), (fact, answer)


def _whole(now: Assessment, engine: Engine, fact: str, answer: bool) -> Decimal:  # noqa: FBT001
    bit = 1 << RULES.bits[fact]
    true, false = now.facts.said
    said = (true | bit, false & ~bit) if answer else (true & ~bit, false | bit)
    firm = now.scored.completion.firm(said)
    return engine.outcome(now.scored.completion.full(firm), firm).result.value


@given(kinds, forms, tools, answers)
def test_answering_what_belongs_to_it_keeps_the_score_inside_the_announced_range(
    kind, form, its_tools, facts
):
    now = assess(described(kind, its_tools, facts).changed({"form": form}))
    score, span = now.score, answerable(now.agent, RULES)
    assert 0 <= score.low <= score.value <= score.high <= 10
    open_facts = [f for f in now.facts.facts.values() if f.value is None or f.basis == "assumed"]
    mine = [f.id for f in open_facts if span >> RULES.bits[f.id] & 1]
    for fact in mine[:: max(1, len(mine) // 12)]:
        for answer in (True, False):
            value = _whole(now, now.scored.engine, fact, answer)
            assert Decimal(str(score.low)) <= value <= Decimal(str(score.high)), (fact, answer)


def test_nothing_known_gives_questions_and_no_finding():
    nothing = assess(Agent(name="Nothing known"))
    assert nothing.score.value == 0
    assert not nothing.model.open
    assert nothing.score.questions
    assert nothing.score.high >= 9
