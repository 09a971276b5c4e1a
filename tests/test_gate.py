"""The gate in a pipeline: rules, exemptions, baseline, and what changed between revisions."""

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import partial
from pathlib import Path

import click
import jsonschema
import pytest
import yaml
from markdown_it import MarkdownIt

from threatmodel.advise import advise
from threatmodel.assessment import assess
from threatmodel.cli import main
from threatmodel.description.load import load_agent
from threatmodel.diff import compare
from threatmodel.outputs import render
from threatmodel.snapshot import snapshot_from, snapshot_of

ROOT = Path(__file__).parent.parent


def server(name: str, *tools: tuple[str, str]) -> str:
    """Write a description; JSON is YAML."""
    listed = [{"name": tool, "description": says} for tool, says in tools]
    return json.dumps({"name": name, "kind": "mcp-server", "tools": listed})


LIST = ("list_notes", "List the notes of the user.")
ERASE = ("delete_note", "Delete a note for good.")
REFUND = ("create_refund", "Refund a payment to a card.")
READER = server("Reader", ("get_forecast", "Return the weather forecast for a city."))
PAYER, SECOND = server("Payer", REFUND), server("Second", REFUND)
KEEPER, ERASER = server("Keeper", LIST), server("Keeper", LIST, ERASE)
RULES = """
[[gate.rule]]
id = "no-destruction"
says = "No destructive tool without a person."
when = "class.destructive and not k.human_approval"
unknown = "break"

[[gate.rule]]
id = "one-payer"
says = "At most one agent can move money."
when = "class.financial"
at_most = 1

[[gate.rule]]
id = "score"
says = "No agent scores over 9.9."
score_over = 9.9
"""
EXEMPT = """
[[gate.exempt]]
rule = "no-destruction"
agent = "Keep*"
reason = "Notes are kept in a bin for thirty days."
owner = "Notes team"
expires = 2026-12-31
"""


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Three agents and the rules, committed."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("reader", READER), ("payer", PAYER), ("keeper", KEEPER)):
        write(f"{name}.yaml", text)
    write("aivss.toml", RULES)
    git("init", "-q", "-b", "main")
    commit("first")
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


def git(*arguments: str) -> None:
    who = (
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "commit.gpgsign=false",
    )
    program = shutil.which("git") or pytest.skip("needs git")
    subprocess.run([program, *who, *arguments], check=True, capture_output=True)


def commit(message: str) -> None:
    git("add", "-A")
    git("commit", "-qm", message)


def gate(capsys, *more: str) -> tuple[int, dict]:
    files = sorted(str(path) for path in Path().glob("*.yaml"))
    status = main(["gate", *files, "--format", "json", "--date", "2026-12-01", *more])
    return status, json.loads(capsys.readouterr().out)


def states(found: dict) -> dict[str, str]:
    return {f"{one['rule']} {one['agent']}": one["state"] for one in found["breaks"]}


@pytest.mark.usefixtures("repository")
def test_a_change_that_breaks_a_rule_fails_until_it_is_accepted_and_again_after(capsys):
    status, found = gate(capsys)
    assert (status, found["breaks"]) == (0, [])
    write("keeper.yaml", ERASER)
    status, found = gate(capsys)
    assert status == 1
    (broken,) = found["breaks"]
    assert broken["rule"] == "no-destruction"
    assert "k.human_approval" in broken["mend"]
    write("aivss.toml", RULES + EXEMPT)
    status, found = gate(capsys)
    assert (status, states(found)) == (0, {"no-destruction Keeper": "exempt"})
    assert "Notes team" in found["breaks"][0]["note"]
    assert gate(capsys, "--date", "2026-12-31")[0] == 0
    status, found = gate(capsys, "--date", "2027-01-01")
    assert (status, states(found)) == (1, {"no-destruction Keeper": "expired"})
    main(["gate", "keeper.yaml", "--date", "2027-01-01", "--write-baseline", "known.json"])
    assert "1 break not written" in capsys.readouterr().err
    assert json.loads(Path("known.json").read_bytes())["known"] == []


@pytest.mark.usefixtures("repository")
def test_other_files_of_a_folder_are_passed_over_and_named(capsys):
    """A compose file beside them was a fault of the gate."""
    write("compose.yaml", "services: {shed: {image: shed}}")
    assert main(["gate", "."]) == 0
    out, err = capsys.readouterr()
    assert ("3 agents" in out, "passed over: compose.yaml" in err, "error:" in err) == (
        True, True, False,
    )  # fmt: skip
    assert main(["gate", "compose.yaml"]) == 2
    Path("apart").mkdir()
    shutil.move("compose.yaml", "apart")
    assert main(["gate", "apart"]) == 2
    assert "no description is among these files" in capsys.readouterr().err


@pytest.mark.usefixtures("repository")
def test_with_a_baseline_only_what_is_new_fails(capsys):
    write("keeper.yaml", ERASER)
    assert gate(capsys, "--write-baseline", "known.json")[0] == 0
    status, found = gate(capsys, "--baseline", "known.json")
    assert (status, states(found)) == (0, {"no-destruction Keeper": "known"})
    write("second.yaml", SECOND)
    status, found = gate(capsys, "--baseline", "known.json")
    assert status == 1
    assert states(found)["one-payer Payer, Second"] == "broken"


@pytest.mark.usefixtures("repository")
def test_a_revision_against_the_file_and_against_another(capsys):
    write("keeper.yaml", ERASER)
    assert main(["diff", "--rev", "main", "keeper.yaml", "--format", "json"]) == 0
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert {"tool", "threat", "guard"} <= {change["kind"] for change in changes}
    assert {change["cause"] for change in changes} == {"source"}
    assert main(["diff", "--rev", "main", "keeper.yaml", "--fail-on-new"]) == 1
    capsys.readouterr()
    commit("a new power")
    assert main(["diff", "--rev", "HEAD~1..HEAD", "keeper.yaml", "--format", "markdown"]) == 0
    assert "`delete_note`" in capsys.readouterr().out


@pytest.mark.usefixtures("repository")
def test_sarif_and_junit_say_what_failed_and_what_rests(capsys):
    write("keeper.yaml", ERASER)
    assert gate(capsys, "--sarif", "gate.sarif", "--junit", "gate.xml")[0] == 1
    sarif = json.loads(Path("gate.sarif").read_bytes())
    (result,) = sarif["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("no-destruction", "error")
    suite = ET.fromstring(Path("gate.xml").read_text(encoding="utf-8"))  # noqa: S314 (our own)
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    write("aivss.toml", RULES + EXEMPT)
    gate(capsys, "--sarif", "gate.sarif", "--junit", "gate.xml")
    (result,) = json.loads(Path("gate.sarif").read_bytes())["runs"][0]["results"]
    assert result["suppressions"][0]["justification"].startswith("Notes team")
    assert 'failures="0"' in Path("gate.xml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (RULES.replace("class.destructive", "class.destructiv"), 5, "destructiv"),
        (RULES.replace('"score"', '"one-payer"'), 15, "stands twice"),
        (RULES.replace("score_over = 9.9", "score_over = 99"), 17, "10"),
        (RULES.replace("score_over", "scor_over"), 17, "scor_over"),
        (RULES.replace("at_most = 1", "at_most = "), 12, "TOML"),
        (RULES + EXEMPT.replace("no-destruction", "nothing"), 20, "no rule nothing"),
        ("[tool]\nx = 1\n", None, "no rules"),
    ],
)
def test_a_fault_of_the_rules_is_told_with_its_line(capsys, text, line, says):
    write("aivss.toml", text)
    assert main(["gate", "reader.yaml"]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert line is None or f"aivss.toml:{line}:" in told
    assert "Traceback" not in told


@pytest.mark.usefixtures("repository")
def test_rules_may_stand_in_pyproject(capsys):
    Path("aivss.toml").unlink()
    moved = RULES.replace("[[gate.rule]]", "[[tool.aivss.gate.rule]]")
    Path("pyproject.toml").write_text(f'[project]\nname = "x"\n{moved}', encoding="utf-8")
    assert main(["gate", "reader.yaml"]) == 0
    Path("pyproject.toml").unlink()
    capsys.readouterr()
    assert main(["gate", "reader.yaml"]) == 2
    assert "aivss.toml" in capsys.readouterr().err


def test_the_shipped_rules_hold_for_an_example(capsys):
    weather = str(ROOT / "agents/weather.yaml")
    assert main(["gate", weather, "--config", str(ROOT / "examples/gate/aivss.toml")]) == 0
    assert "0 broken" in capsys.readouterr().out


def test_a_report_and_its_description_have_no_difference():
    one = assess(load_agent(ROOT / "agents/confluent.yaml"))
    kept = snapshot_from(json.loads(str(render("json", one))), "report.json")
    assert compare(kept, snapshot_of(one)).changes == ()


def test_what_rules_moved_is_told_from_what_the_source_moved():
    one = snapshot_of(assess(load_agent(ROOT / "agents/weather.yaml")))
    other = snapshot_of(assess(load_agent(ROOT / "agents/docs-bot.yaml")))
    assert {change.cause for change in compare(one, other).changes} <= {"source", "answer"}
    ruled = type(one)(
        **{**{f: getattr(other, f) for f in other.__slots__}, "digest": one.digest, "rules": "x"}
    )
    assert {change.cause for change in compare(one, ruled).changes} == {"rules"}


def test_something_else_than_a_report_is_refused(tmp_path, capsys):
    file = tmp_path / "x.json"
    file.write_text('{"schema": "urn:aivss:schema:assessment:1", "agent": []}', encoding="utf-8")
    assert main(["diff", str(file), str(ROOT / "agents/weather.yaml")]) == 2
    assert "no assessment" in capsys.readouterr().err


@pytest.mark.usefixtures("repository")
def test_a_file_that_was_renamed_is_compared_and_a_new_or_gone_one_is_told(capsys):
    Path("team").mkdir()
    Path("keeper.yaml").rename("team/eraser.yaml")
    write("second.yaml", SECOND)
    Path("reader.yaml").unlink()
    Path("team/link").symlink_to("/etc/passwd")
    commit("moved, added, taken away")

    def told(*words):
        status = main(["diff", "--rev", "HEAD~1..HEAD", *words])
        return status, capsys.readouterr()

    assert "nothing changed" in told("team/eraser.yaml")[1].out
    assert ", gone" in told("reader.yaml")[1].out
    status, new = told("second.yaml", "--format", "markdown", "--fail-on-new")
    assert status == 1
    assert new.out.startswith("## Second: ")
    assert ", new\n" in new.out
    assert "open threat" in new.out
    assert ", new\n" in told("second.yaml")[1].out
    status, refused = told("second.yaml", "--format", "json")
    assert (status, "nothing to compare" in refused.err) == (2, True)
    status, refused = told("nowhere.yaml")
    assert (status, "in none of the two" in refused.err) == (2, True)
    assert main(["diff", "--rev", "HEAD~1", "second.yaml"]) == 0
    assert ", new\n" in capsys.readouterr().out


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("option", ["--sarif", "--junit", "--write-baseline"])
def test_no_output_is_written_over_what_is_read(option, capsys):
    before = Path("keeper.yaml").read_bytes()
    for name in ("keeper.yaml", "./keeper.yaml", "aivss.toml"):
        asked = ["gate", "keeper.yaml", "--config", "aivss.toml", option, name]
        assert main(asked) == 2
        assert "written over" in capsys.readouterr().err
    assert Path("keeper.yaml").read_bytes() == before


@pytest.mark.usefixtures("repository")
def test_what_strangers_wrote_is_harmless_in_every_form(capsys):
    name = "<b>x</b> ](javascript:x) `y` @all \x1b[31m\u202e"
    tool = "delete`<img src=x>`\n## injected"
    write("evil.yaml", server(name, (tool, "Delete a note for good.")))
    write("plain.yaml", server(name, LIST))
    says = '"<i>No</i> ]]> \\u001b[31m \\uFFFF"'
    write("rules.toml", RULES.replace('"No destructive tool without a person."', says))
    outputs = ["--junit", "x.xml", "--sarif", "x.sarif"]
    assert main(["gate", "evil.yaml", "--config", "rules.toml", *outputs]) == 1
    assert "\x1b[31m" not in click.unstyle(capsys.readouterr().out)
    suite = ET.fromstring(Path("x.xml").read_text("utf-8"))  # noqa: S314 - just written
    assert {what: suite.get(what) for what in ("tests", "failures", "errors")} == {
        "tests": "3", "failures": "1", "errors": "0",
    }  # fmt: skip
    assert "\x1b" not in Path("x.xml").read_text("utf-8")
    assert "\x1b" not in Path("x.sarif").read_text("utf-8")
    assert main(["diff", "plain.yaml", "evil.yaml", "--format", "markdown"]) == 0
    page = MarkdownIt().render(capsys.readouterr().out)
    assert not re.search(r"<(b|img|script|a)\b", page)
    assert page.count("<h2>") == 1
    assert "@all" not in page


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("revision", ["nowhere", "-x..HEAD", "--output=x..HEAD"])
def test_a_revision_that_is_none_is_told(capsys, revision):
    assert main(["diff", f"--rev={revision}", "reader.yaml"]) == 2
    assert "git:" in capsys.readouterr().err


@pytest.mark.usefixtures("repository")
def test_json_follows_its_published_schema(capsys):
    _, found = gate(capsys)
    schema = json.loads((ROOT / "reports/schemas/gate.schema.json").read_bytes())
    jsonschema.validate(found, schema)


def test_a_newcomer_gets_from_nothing_to_a_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--yes", "--name", 'A "first" agent: 1']) == 0
    assert main(["validate", "agent.yaml"]) == 0
    assert main(["gate", "agent.yaml"]) == 0
    assert main(["report", "agent.yaml", "-o", "agent.html"]) == 0
    capsys.readouterr()
    before = Path("agent.yaml").read_bytes()
    assert main(["init", "--yes"]) == 2
    assert "there already" in capsys.readouterr().err
    assert Path("agent.yaml").read_bytes() == before


def test_five_answers_become_facts(tmp_path, monkeypatch):
    answers = "Helper\nagent\nyes\nno\nhigh-impact\n"
    monkeypatch.chdir(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "threatmodel", "init"],
        input=answers, text=True, capture_output=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "wrote agent.yaml" in done.stdout
    facts = assess(load_agent(Path("agent.yaml"))).facts.facts
    told = [
        facts[fact].value for fact in ("in.external_users", "au.unattended", "k.human_approval")
    ]
    assert told == [True, False, True]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(("files", "status"), [("reader.yaml", 0), ("keeper.yaml reader.yaml", 1)])
def test_the_steps_of_the_action_run_as_shell(files, status):
    write("keeper.yaml", ERASER)
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    steps = {step["name"]: step["run"] for step in action["runs"]["steps"]}
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_STEP_SUMMARY": "summary.md",
        "FILES": files, "BASE": "main", "CONFIG": "aivss.toml", "BASELINE": "",
    }  # fmt: skip
    subprocess.run(["/bin/sh", "-c", steps["changes"]], env=env, check=True)
    assert "Reader" in Path("summary.md").read_text(encoding="utf-8")
    done = subprocess.run(
        ["/bin/sh", "-c", steps["gate"]], env=env, check=False, capture_output=True
    )
    assert done.returncode == status
    assert Path("aivss.sarif").is_file()
    assert Path("aivss.xml").is_file()


def test_what_nothing_is_known_of_does_not_pass_in_silence(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--yes"]) == 0
    capsys.readouterr()
    assert main(["gate", "agent.yaml"]) == 0
    assert "too little is known" in capsys.readouterr().err
    Path("agent.yaml").write_text(READER, encoding="utf-8")
    assert main(["gate", "agent.yaml"]) == 0
    assert "too little is known" not in capsys.readouterr().err


# Systems are asked member by member.

CLAIMS = """
name: Claims
kind: multi-agent
members:
  - name: reader
    data: {written_by_outsiders: [letters]}
    tools: [{name: list_notes, description: List the notes of the user.}]
  - name: payer
    controls: {audit_log: yes}
    tools: [{name: create_refund, description: Refund a payment to a card.}]
flows: [{from: reader, to: payer, carries: [task]}]
"""
OF_MEMBERS = """
[[gate.rule]]
id = "audit"
says = "Every agent keeps a log."
when = "not k.audit_log"
unknown = "break"

[[gate.rule]]
id = "apart"
says = "Who reads strangers' text and who pays are two systems."
when = "class.financial and flag.reads_untrusted_content or class.read and class.financial"

[[gate.rule]]
id = "no-payer"
says = "Nobody pays."
when = "class.financial"
at_most = 0
"""


def broken_by(capsys) -> dict[str, list[str | None]]:
    main(["gate", "claims.yaml", "--format", "json"])
    found: dict[str, list[str | None]] = {}
    for one in json.loads(capsys.readouterr().out)["breaks"]:
        if one["state"] == "broken":
            found.setdefault(one["rule"], []).append(one.get("member"))
    return found


def test_a_rule_is_asked_of_each_member_and_the_break_names_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write("claims.yaml", CLAIMS)
    write("aivss.toml", OF_MEMBERS)
    # What only the members together show breaks a rule of the whole.
    assert broken_by(capsys) == {"audit": ["reader"], "apart": [None], "no-payer": [None]}
    main(["gate", "claims.yaml"])
    told = capsys.readouterr().out
    assert "Claims/reader (claims.yaml)" in told
    assert "1 agent instead of 0: Claims/payer" in told


def test_an_exemption_or_a_baseline_of_one_member_leaves_the_others_held(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    write("claims.yaml", CLAIMS.replace("    controls: {audit_log: yes}\n", ""))
    exempt = EXEMPT.replace("no-destruction", "audit").replace("Keep*", "Claims/reader")
    write("aivss.toml", OF_MEMBERS + exempt)
    main(["gate", "claims.yaml", "--date", "2026-06-30", "--format", "json"])
    rows = json.loads(capsys.readouterr().out)["breaks"]
    states = {one["member"]: one["state"] for one in rows if one["rule"] == "audit"}
    assert states == {"reader": "exempt", "payer": "broken"}
    write("aivss.toml", OF_MEMBERS)
    main(["gate", "claims.yaml", "--write-baseline", "known.json"])
    known = json.loads(Path("known.json").read_text(encoding="utf-8"))["known"]
    assert {"audit|claims.yaml|reader|", "audit|claims.yaml|payer|"} <= set(known)


def test_the_hook_holds_all_descriptions_as_rules_may_count_them(tmp_path):
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (hook,) = [one for one in hooks if one["id"] == "aivss-gate"]
    assert hook["pass_filenames"] is False
    fires = re.compile(hook["files"])
    assert fires.search("agents/team/a.yaml")
    assert fires.search("aivss.toml")
    assert not fires.search("src/agents.py")
    words = [sys.executable, "-m", "threatmodel", *hook["entry"].split()[1:], *hook["args"]]
    run = partial(subprocess.run, words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run().returncode == 2
    (tmp_path / "agents" / "team").mkdir(parents=True)
    (tmp_path / "aivss.toml").write_text(RULES.replace("no-destruction", "other"), "utf-8")
    done = run()
    assert (done.returncode, "no description" in done.stderr) == (2, True)
    (tmp_path / "agents" / "payer.yaml").write_text(PAYER, "utf-8")
    assert "one-payer" not in _failed(run().stdout)
    (tmp_path / "agents" / "team" / "second.yml").write_text(SECOND, "utf-8")
    done = run()
    assert done.returncode == 1
    assert "one-payer" in _failed(done.stdout)


def _failed(text):
    return {line.split()[1] for line in text.splitlines() if line.startswith("FAILED")}


@pytest.mark.usefixtures("repository")
def test_what_mends_a_score_may_leave_it_at_the_limit(capsys):
    lowest = advise(assess(load_agent(Path("payer.yaml"))), 0.1).value
    write("aivss.toml", f'[[gate.rule]]\nid = "low"\nsays = "Low."\nscore_over = {lowest}\n')
    _, found = gate(capsys)
    assert {one["agent"]: bool(one["mend"]) for one in found["breaks"]}["Payer"]
