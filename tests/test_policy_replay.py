"""Recorded calls, existing policies and single tools, held against the plan."""

import json
from dataclasses import dataclass, field

import pytest

from tests.policy.make import agent, finding, model, open_all, plan
from tests.policy.sample import WISHES, bank, confluent
from threatmodel.classify.classify import load_class_rules, read_tools
from threatmodel.description.agent import Agent, Tool
from threatmodel.errors import AivssError, InvalidFileError
from threatmodel.policy.against import against
from threatmodel.policy.formats import FORMATS, compile_policy
from threatmodel.policy.guard import Plan
from threatmodel.policy.proof import engine_of, engine_rego
from threatmodel.policy.proof.session import Call
from threatmodel.policy.replay import read_calls, replay
from threatmodel.policy.tool_page import Pattern, in_words, tool_page
from threatmodel.rules.load import Knowledge, load_knowledge
from threatmodel.threats.result import ThreatModel

READINGS = confluent()
PLAN = plan(*READINGS, wishes=WISHES | {"subjects": []})


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows)


def replayed(kind, *rows):
    compiled = compile_policy(kind, PLAN, READINGS)
    records, skipped = read_calls(lines(*rows), "calls.jsonl")
    return replay(PLAN, compiled, READINGS, records, skipped)


ROWS = (
    {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}},
    {"jsonrpc": "2.0", "id": 1, "result": {}},
    {"tool": "list-topics"},
    {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "delete-topics"}},
    {"tool": "produce-message", "arguments": {"topicName": "secret"}},
    {"tool": "produce-message", "arguments": {"topicName": "orders"}},
    {"name": "produce-message", "arguments": {"topicName": "other"}},
    {"tool": "gone", "arguments": {}},
)


@pytest.mark.parametrize("kind", ["rego", "cedar", "envoy", "agentgateway", "policylayer"])
def test_what_a_policy_would_refuse_is_listed_by_rule(kind):
    found = replayed(kind, *ROWS)
    assert (found.total, found.passed, found.skipped) == (6, 2, 2)
    assert [(row.guard, row.count, row.lines) for row in found.stopped] == [
        ("argument:produce-message:topicName:in", 2, (5, 7)),
        ("default-deny:*", 1, (8,)),
        ("hide:delete-topics", 1, (4,)),
    ]
    assert "orders or refunds" in found.stopped[0].message


def test_calls_without_times_are_not_counted_as_one_minute():
    many = [{"tool": "produce-message", "arguments": {"topicName": "orders"}}] * 40
    found = replayed("policylayer", *many)
    assert (found.passed, found.timed) == (40, False)


@pytest.mark.parametrize("stamp", [lambda n: n, lambda n: f"2026-11-20T10:00:{n:02d}Z"])
def test_calls_with_times_are_counted(stamp):
    row = {"tool": "produce-message", "arguments": {"topicName": "orders"}}
    found = replayed("policylayer", *(row | {"time": stamp(second)} for second in range(40)))
    assert (found.passed, found.timed) == (30, True)
    assert found.stopped[0].guard == "rate:produce-message"


def test_a_minute_later_the_window_is_open_again():
    row = {"tool": "produce-message", "arguments": {"topicName": "orders"}}
    times = [*range(30), *range(60, 90)]
    found = replayed("policylayer", *(row | {"timestamp": time} for time in times))
    assert found.passed == 60


def test_what_waits_for_a_person_is_told_apart():
    rows = [
        {"tool": "create-flink-statement", "arguments": {"statement": "SELECT 1"}},
        {"tool": "create-flink-statement", "arguments": {"statement": "DROP TABLE a"}},
    ]
    found = replayed("rego", *rows)
    assert [(row.guard, row.verdict) for row in found.stopped] == [
        ("argument:create-flink-statement:statement:statement", "hold")
    ]


def test_every_line_that_cannot_be_read_is_told():
    text = '{"tool": "a"}\n\nnot json\n[1]\n{"arguments": {}}\n{"tool": "x", "arguments": 1}\n'
    text += '{"tool": "x", "time": "yesterday"}\n{"tool": "x", "tool": "y"}\n'
    text += '{"tool": "x", "arguments": {"n": 1e999}}\n{"tool": "x", "arguments": {"n": NaN}}\n'
    text += '{"tool": "x", "arguments": {"s": "\\ud800"}}\n'
    text += f'{{"tool": "x", "arguments": {{"deep": {"[" * 500}{"]" * 500}}}}}'
    with pytest.raises(ExceptionGroup) as caught:
        read_calls(text, "calls.jsonl")
    assert [fault.where.line for fault in caught.value.exceptions] == list(range(3, 13))


def test_a_file_of_another_kind_is_told_in_its_first_lines():
    with pytest.raises(ExceptionGroup) as caught:
        read_calls("{\n" * 300, "tools.json")
    *first, last = caught.value.exceptions
    assert (len(first), str(last)) == (20, "tools.json: 280 more lines cannot be read")


@pytest.mark.parametrize("text", ["", '{"jsonrpc": "2.0", "id": 1, "result": {}}\n'])
def test_a_file_without_a_call_proves_nothing_and_is_refused(text):
    with pytest.raises(InvalidFileError, match="no recorded call is in it"):
        read_calls(text, "calls.jsonl")


def test_what_opa_says_of_another_policy_is_told_in_its_words():
    compiled = compile_policy("rego", PLAN, READINGS)
    with pytest.raises(InvalidFileError, match=r"OPA refuses it: 1 error occurred: policy\.rego:1"):
        against(PLAN, compiled, READINGS, "permit (principal, action, resource);", "old")


def test_what_only_the_engine_refuses_is_called_by_no_guard():
    """A number beyond Cedar's: the tool is on the list, and no guard of the plan is about it."""
    (row,) = replayed("cedar", {"tool": "list-topics", "arguments": {"page": 2**63}}).stopped
    assert (row.guard, row.verdict) == ("no guard of the plan", "refuse")


def test_the_engine_that_decided_is_told():
    assert replayed("cedar", *ROWS).engine.startswith("Cedar by cedarpy 4")
    assert replayed("cedar", *ROWS).real
    assert replayed("kong", *ROWS).real is False


@pytest.mark.parametrize("kind", FORMATS)
def test_a_policy_against_itself_differs_in_nothing(kind):
    compiled = compile_policy(kind, PLAN, READINGS)
    found = against(PLAN, compiled, READINGS, compiled.text, "old")
    assert (found.looser, found.stricter, found.threats, found.changes) == ((), (), (), "")


@pytest.mark.parametrize("kind", ["policylayer", "intercept", "rego"])
def test_a_looser_policy_is_found_with_the_threats_it_leaves_open(kind):
    compiled = compile_policy(kind, PLAN, READINGS)
    weaker = compile_policy(kind, plan(*READINGS, preset="published"), READINGS).text
    found = against(PLAN, compiled, READINGS, weaker, "old")
    guards = {departure.guard for departure in found.looser}
    assert "argument:produce-message:topicName:in" in guards
    assert set(found.threats) >= {"TH-L3-01"}
    assert "--- old" in found.changes


def test_a_stricter_policy_is_told_apart():
    closed = {"version": "1", "default": "deny", "tools": {}}
    compiled = compile_policy("policylayer", PLAN, READINGS)
    found = against(PLAN, compiled, READINGS, json.dumps(closed), "old")
    assert {departure.guard for departure in found.stricter} >= {"allow:list-topics"}
    assert {d.threats for d in found.stricter} == {()}


EXISTING = {
    "policylayer": json.dumps(
        {
            "version": "1",
            "default": "deny",
            "tools": {
                "list-topics": {},
                "produce-message": {
                    "deny_if": [
                        {"conditions": [{"path": "args.topicName", "op": "neq", "value": "orders"}]}
                    ]
                },
            },
        }
    ),
    "intercept": 'version: "1"\ndefault: deny\ntools:\n  list-topics: {rules: []}\n',
    "cedar": """permit(principal, action == AgentCore::Action::"Kafka___list-topics",
        resource == AgentCore::Gateway::"arn:aws:x");""",
    "agentgateway": """mcp:
  policies:
    mcpAuthorization:
      rules:
      - 'mcp.tool.name == "list-topics"'
      - deny: 'mcp.tool.name == "delete-topics"'
""",
    "envoy": """spec:
  securityPolicy:
    authorization:
      rules:
      - target: {tools: [{backend: kafka, tool: list-topics}]}
      - source: {jwt: {claims: [{name: sub, values: [root]}]}}
""",
    "claude-code": '{"permissions": {"deny": ["mcp__test-agent"], "allow": ["mcp__x__*"]}}',
    "gemini-cli": """[[rule]]
mcpName = "test-agent"
toolName = ["list-topics", "produce-message"]
decision = "allow"
priority = 10
""",
    "codex": '[mcp_servers.kafka]\nenabled_tools = ["list-topics"]\n',
}


@pytest.mark.parametrize("kind", EXISTING)
def test_policies_that_others_wrote_are_read(kind):
    compiled = compile_policy(kind, PLAN, READINGS)
    found = against(PLAN, compiled, READINGS, EXISTING[kind], "theirs")
    assert found.changes
    stricter = {departure.guard for departure in found.stricter}
    assert "allow:list-topics" not in stricter or kind == "claude-code"


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_no_policy_at_all_is_refused(kind):
    compiled = compile_policy(kind, PLAN, READINGS)
    with pytest.raises(InvalidFileError, match="not such a policy"):
        against(PLAN, compiled, READINGS, "{{ [ ''", "junk")


@dataclass(frozen=True)
class Assessed:
    """An assessed agent."""

    readings: tuple
    plan: Plan
    model: ThreatModel
    agent: Agent = field(default_factory=agent)
    knowledge: Knowledge = field(default_factory=load_knowledge)


def page_of(name, readings=READINGS, made=PLAN, threats=None):
    return tool_page(Assessed(readings, made, threats or open_all()), name)


def test_a_page_tells_everything_about_one_tool():
    threats = model(finding("TH-L3-01", tools=["produce-message"]), finding("TH-L2-06"))
    page = page_of("produce-message", threats=threats)
    assert (page.tool_class, page.risk, page.server) == ("Write", "Medium", "Test Agent")
    assert page.threats == ("TH-L3-01",)
    assert [pattern.id for pattern in page.patterns] == ["indirect-prompt-injection"]
    assert list(json.loads(page.block)["tools"]) == ["produce-message"]
    assert [one.policy.format for one in page.formats] == list(FORMATS)
    assert page.similar == ()
    assert any("30 calls per minute" in guard for guard in page.guards)


@pytest.mark.parametrize(
    ("name", "says", "told"),
    [
        ("zq_delete", "Delete applications by name.", "deletes applications."),
        (
            "list_tag_catalog_entry_links",
            "A sorted list of links.",
            "lists tag catalog entry links.",
        ),
        ("run_python", "Run code that is passed.", "runs "),
        ("press_key", "Press a key.", "presses keys."),
        ("publish_message", "WRITE: publish a text to a topic.", "publishes messages."),
        ("health_check", "", "looks things up"),  # its first word is hardly a verb
    ],
)
def test_a_page_says_what_its_tool_acts_on(name, says, told):
    readings = read_tools((Tool.of({"name": name, "description": says}),), load_class_rules())
    does = in_words(readings[0], load_knowledge().sections["policy"]["pages"], says)
    assert does.startswith(f"{name} {told}")
    assert "its arguments say" not in does


def test_the_answer_tells_signals_as_one_sentence():
    tool = Tool.of({"name": "delete_rows", "description": "Delete rows. This cannot be undone."})
    readings = read_tools((tool,), load_class_rules())
    (reading,) = readings
    assert len(reading.signals) > 1
    page = page_of("delete_rows", readings, plan(*readings, tools=[tool]))
    answer = page.questions[0].answer
    assert reading.signals[0] in answer
    assert all(one[1:] in answer and one not in answer for one in reading.signals[1:])


def test_a_pattern_is_named_as_people_write_it():
    assert Pattern("mcp-rug-pull", "", ()).title == "MCP rug pull"
    assert Pattern("tool-poisoning", "", ()).title == "Tool poisoning"


def test_questions_are_answered_from_the_block():
    answers = {one.question: one.answer for one in page_of("produce-message").questions}
    assert "30 calls per minute" in answers["How is produce-message limited?"]
    assert "allows it" in answers["How is produce-message blocked?"]
    assert "Test Agent" in answers["Which server offers produce-message?"]
    hidden = {one.question: one.answer for one in page_of("delete-topics").questions}
    assert "hides it" in hidden["How is delete-topics blocked?"]
    assert "no call pass" in hidden["How is delete-topics limited?"]
    free = {one.question: one.answer for one in page_of("list-topics").questions}
    assert "sets no limit" in free["How is list-topics limited?"]


def test_a_refused_tool_says_with_which_words():
    made = plan(*bank(), preset="published")
    page = page_of("create_payment", bank(), made)
    answers = {one.question: one.answer for one in page.questions}
    assert "Requires human approval." in answers["How is create_payment blocked?"]
    assert page.similar == ("cancel_payment", "update_payment")


def test_an_unknown_tool_is_refused_with_a_hint():
    with pytest.raises(AivssError, match="did you mean 'produce-message'"):
        page_of("produce-mesage")


def test_every_pattern_has_words():
    words = load_knowledge().sections["policy"]["pages"]
    patterns = {name for row in load_knowledge().threats for name in row.attack}
    assert patterns <= set(words["patterns"])


def test_a_page_says_of_each_format_where_its_block_goes():
    for one in page_of("produce-message").formats:
        assert one.how == FORMATS[one.policy.format].place


WHO = {"type": "object", "properties": {"email": {"type": "string"}, "name": {"type": "string"}}}
ANN, EVE = (
    {"email": f"{who}@example.{end}", "name": who} for who, end in (("ann", "com"), ("eve", "net"))
)
NOBODY = {"address": "eve@example.net"}


@pytest.mark.skipif(not engine_rego.version(), reason="OPA: sh install.sh --dev")
@pytest.mark.parametrize(
    ("to", "passing", "held"),
    [
        (
            {"type": "array", "items": WHO},
            [[ANN], [ANN, ANN]],
            [[EVE], [ANN, EVE], [NOBODY], ["eve"]],
        ),
        (WHO, [ANN], [EVE, NOBODY, "eve@example.net"]),
    ],
)
def test_a_recipient_that_is_an_object_is_known_by_its_address(to, passing, held):
    shape = {"type": "object", "properties": {"to": to, "cc": to}, "required": ["to"]}
    tool = Tool.of({"name": "send_email", "inputSchema": shape})
    readings = read_tools((tool,), load_class_rules())
    made = plan(*readings, tools=[tool], wishes={"recipients": ["@example.com"]})
    _, opener = engine_of(made, compile_policy("rego", made, readings), readings)
    told = [opener().call(Call("send_email", {"to": one})).verdict for one in (*passing, *held)]
    assert told == ["pass"] * len(passing) + ["hold"] * len(held)
    copied = ({"to": passing[0], "cc": one} for one in (passing[0], held[0]))
    assert [opener().call(Call("send_email", one)).verdict for one in copied] == ["pass", "hold"]
