"""`aivss policy`: the published block, losses, proof, replay, comparison, the page of a tool."""

import json
from pathlib import Path

import pytest

from threatmodel.cli import main
from threatmodel.policy.formats import FORMATS

AGENTS = Path(__file__).parents[1] / "agents"
CONFLUENT = str(AGENTS / "confluent.yaml")
SUPPORT = str(AGENTS / "support-agent.yaml")

PUBLISHED = {
    "version": "1",
    "default": "deny",
    "tools": {
        "produce-message": {
            "limits": [
                {
                    "counter": "produce-message_rate",
                    "window": "minute",
                    "max": 30,
                    "scope": "grant",
                }
            ]
        }
    },
}


@pytest.fixture
def run(capsysbinary):
    def go(*argv: str) -> tuple[int, str, str]:
        code = main(["policy", *argv])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return go


def test_the_published_block_of_one_tool_is_exactly_the_published_one(run):
    code, out, _ = run(
        CONFLUENT, "--for", "policylayer", "--tool", "produce-message", "--preset", "published"
    )
    assert code == 0
    assert json.loads(out) == PUBLISHED


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_prints_a_policy_and_its_losses(run, kind):
    code, out, err = run(SUPPORT, "--for", kind)
    assert code == 0
    assert out.strip()
    assert "guards as planned" in err


@pytest.mark.parametrize(("kind", "asks"), [("rego", True), ("litellm", False), ("envoy", False)])
def test_nobody_is_said_to_be_asked_by_a_format_that_asks_nobody(run, kind, asks):
    _, out, err = run(SUPPORT, "--for", kind)
    assert ("= waits for a person: " in err) == asks
    assert ("= refused, as nobody is asked here: " in err) != asks
    assert ("? approvers: " in err) == asks
    assert ("approvers" in out.split("Note:")[0]) == asks


def test_the_list_names_every_format(run):
    out = run("--list")[1]
    assert [line.split()[0] for line in out.splitlines()] == list(FORMATS)


def test_json_carries_guards_parameters_losses_and_proof(run):
    code, out, _ = run(SUPPORT, "--for", "rego", "--format", "json", "--test")
    found = json.loads(out)
    assert code == 0
    assert found["policy"]["format"] == "rego"
    assert found["proof"]["failures"] == []
    assert found["guards"]
    assert {"kept", "losses", "text", "file"} <= set(found["policy"])


def test_a_proof_names_the_engine_that_decided(run):
    err = run(SUPPORT, "--for", "cedar", "--test")[2]
    assert "engine Cedar by cedarpy 4" in err
    assert "0 wrong" in err


def test_strict_exits_1_where_a_loss_leaves_something_serious_open(run):
    assert run(SUPPORT, "--for", "codex", "--strict")[0] == 1
    assert run(SUPPORT, "--for", "rego", "--strict")[0] == 0


def test_recorded_calls_are_replayed_and_refusals_name_their_rule(run, tmp_path):
    calls = tmp_path / "calls.jsonl"
    calls.write_text(
        '{"tool": "delete-topics", "arguments": {"topicNames": ["a"]}}\n'
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call",'
        ' "params": {"name": "list-topics", "arguments": {}}}\n'
        '{"jsonrpc": "2.0", "id": 2, "method": "tools/list"}\n'
    )
    code, out, _ = run(CONFLUENT, "--for", "cedar", "--replay", str(calls))
    assert code == 0
    assert "1 of 2 recorded calls pass" in out
    assert "hide:delete-topics" in out
    row = json.loads(
        run(CONFLUENT, "--for", "cedar", "--replay", str(calls), "--format", "json")[1]
    )
    assert (row["total"], row["passed"], row["skipped"]) == (2, 1, 1)


def test_a_looser_policy_in_use_is_told_with_the_threats_it_leaves(run, tmp_path):
    existing = tmp_path / "policy.json"
    assert run(CONFLUENT, "--for", "policylayer", "-o", str(existing))[0] == 0
    same = run(CONFLUENT, "--for", "policylayer", "--against", str(existing))[1]
    assert "looser in 0 guards" in same
    policy = json.loads(existing.read_text())
    policy["hide"].remove("delete-topics")
    policy["tools"]["delete-topics"] = {}
    existing.write_text(json.dumps(policy))
    out = run(CONFLUENT, "--for", "policylayer", "--against", str(existing))[1]
    assert "looser: delete-topics" in out
    assert "Leaves open" in " ".join(out.split())  # it may stand across two lines
    existing.write_text("not a policy")
    assert run(CONFLUENT, "--for", "policylayer", "--against", str(existing))[0] == 2


def test_the_page_of_a_tool_answers_from_its_block(run):
    code, out, _ = run(CONFLUENT, "--tool", "create-topics", "--explain")
    assert code == 0
    assert "create-topics_rate" in out
    assert "30 calls per minute" in out
    page = json.loads(run(CONFLUENT, "--tool", "delete-topics", "--explain", "--format", "json")[1])
    assert page["tool_class"] == "Destructive"
    assert len(page["questions"]) == 6


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((CONFLUENT,), "which proxy"),
        ((), "a description is needed"),
        ((CONFLUENT, "--for", "cedar", "--tool", "delete-topic"), "did you mean 'delete-topics'"),
        ((CONFLUENT, "--explain"), "--explain is about one tool"),
    ],
)
def test_what_is_missing_is_said(run, argv, said):
    code, _, err = run(*argv)
    assert code == 2
    assert said in err


def test_strict_does_not_take_our_own_reading_for_proof(capsys):
    asked = ["policy", "agents/weather.yaml", "--for", "codex", "--test"]
    assert main(asked) == 0
    assert "decided" in capsys.readouterr().err
    assert main([*asked, "--strict"]) == 1
    assert "nothing is proven" in capsys.readouterr().err


def test_the_proof_says_of_each_guard_what_decided_it(capsys):
    asked = ["policy", "agents/confluent.yaml", "--for", "cedar", "--test", "--format", "json"]
    main(asked)
    told = json.loads(capsys.readouterr().out)
    decided = dict(told["proof"]["decided"])
    assert set(decided) == {guard["id"] for guard in told["guards"]}
    assert set(decided.values()) <= {told["proof"]["engine"], "nothing"}


def test_a_policy_that_was_written_differs_from_itself_in_nothing(run, tmp_path):
    written = str(tmp_path / "policies.cedar")
    run(SUPPORT, "--for", "cedar", "-o", written)
    told = run(SUPPORT, "--for", "cedar", "--against", written)[1]
    assert "looser in 0 guards, stricter in 0" in told
    assert "---" not in told


def test_a_policy_that_is_proven_is_what_the_file_holds(run, tmp_path):
    for asked in ("--prove", "--test"):
        written = tmp_path / asked
        run(SUPPORT, "--for", "litellm", asked, "-o", str(written))
        assert "mcp_servers:" in written.read_text("utf-8")
    assert "sequences tried" in run(SUPPORT, "--for", "litellm", "--prove", "-o", str(written))[1]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("asked", ["--replay", "--against", "--explain"])
def test_an_answer_goes_to_the_file_that_is_named(run, tmp_path, asked, form):
    given = tmp_path / "given"
    if asked == "--replay":
        given.write_text('{"tool": "produce-message", "arguments": {}}\n')
    else:
        run(CONFLUENT, "--for", "policylayer", "-o", str(given))
    more = ("--tool", "produce-message") if asked == "--explain" else (str(given),)
    question = (CONFLUENT, "--for", "policylayer", asked, *more, "--format", form)
    said = run(*question)[1]
    file = tmp_path / "answer"
    assert run(*question, "-o", str(file))[1] == ""
    assert file.read_text() == said != ""
