"""What a newcomer meets: wrong files, wrong words and wrong places are told with what to do."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from threatmodel.cli import main
from threatmodel.explain import LISTS

ROOT = Path(__file__).parent.parent
WEATHER = str(ROOT / "agents/weather.yaml")
AGENT = """
name: Desk
kind: agent
users: {outsiders_prompt: yes}
tools:
  - {name: refund_order, description: Refund an order to the card it was paid with.}
"""


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        out, err = capsys.readouterr()
        return code, out, " ".join(err.split())

    return run


def write(name: str, text: str) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")
    return name


def packed() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("agent.yaml", AGENT)
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "says"), [(packed(), "a ZIP archive"), (b"\x1f\x8b\x08", "a gzip archive"),
                       (b"%PDF-1.7", "a PDF")],
)  # fmt: skip
@pytest.mark.parametrize("command", ["score", "validate"])
def test_what_is_no_text_is_called_by_its_name(told, data, says, command):
    Path("agent.yaml").write_bytes(data)
    code, _, err = told(command, "agent.yaml")
    assert code == 2
    assert f"this is {says}" in err
    assert "help: " in err


def test_an_import_of_a_folder_names_what_in_it_can_be_imported(told):
    write("box/.mcp.json", '{"mcpServers": {"a": {"command": "npx", "args": ["a"]}}}')
    write("box/skills/SKILL.md", "---\nname: reader\ndescription: Reads.\n---\nRead.\n")
    write("box/README.md", "# Box\n")
    write("box/node_modules/x/.mcp.json", '{"mcpServers": {"b": {"command": "x"}}}')
    Path("box/away").symlink_to("/etc")
    code, _, err = told("import", "box", "-o", "a.yaml")
    assert code == 2
    assert "box/.mcp.json (config)" in err
    assert "box/skills/SKILL.md (skill)" in err
    assert "README" not in err
    assert "node_modules" not in err
    Path("none").mkdir()
    assert "none that is known" in told("import", "none")[2]


def test_an_import_of_a_description_says_that_it_is_one(told):
    assert "a description already" in told("import", write("a.yaml", AGENT))[2]


@pytest.mark.parametrize("word", ["yes", "true", "Yes"])
def test_a_fact_is_assumed_in_the_words_of_a_description(told, word):
    code, out, _ = told("score", WEATHER, "--assume", f"au.unattended={word}", "--format", "json")
    assert (code, json.loads(out)["score"]["value"] > 0) == (0, True)


def test_an_assumption_that_cannot_be_meant_is_refused_with_what_to_write(told):
    code, _, err = told("score", WEATHER, "--assume", "au.unattended=maybe")
    assert (code, "--assume au.unattended=yes" in err) == (2, True)
    both = ("--assume", "au.unattended=yes", "--assume", "au.unattended=no")
    code, _, err = told("score", WEATHER, *both)
    assert (code, "both yes and no" in err) == (2, True)


@pytest.mark.parametrize("limit", ["95", "-1", "nan"])
@pytest.mark.parametrize(
    "asked", [("score", WEATHER), ("calc", "--cvss", "5", "--factor-sum", "5")]
)
def test_a_limit_that_no_score_can_pass_is_refused(told, asked, limit):
    code, _, err = told(*asked, "--fail-over", limit)
    assert (code, "not in the range" in err) == (2, True)


@pytest.mark.parametrize("more", ["", ", expires: 2030-01-01"])
def test_what_any_command_refuses_in_a_description_validate_refuses_too(told, more):
    decided = (
        f"decisions: [{{finding: TH-L2-06, decision: accepted, reason: so, owner: Bob{more}}}]\n"
    )
    file = write("a.yaml", AGENT + decided)
    refused = [told(command, file) for command in ("score", "model", "validate")]
    assert {code for code, _, _ in refused} == {2}
    assert all("orphaned" in err for _, _, err in refused)


def test_a_finding_that_is_decided_twice_is_told(told):
    one = "{finding: TH-L1-01, decision: %s, reason: so, owner: Bob}"
    twice = f"decisions: [{one % 'accepted'}, {one % 'false-positive'}]\n"
    code, _, err = told("validate", write("a.yaml", AGENT + twice))
    assert (code, "TH-L1-01 is decided 2 times; the first holds" in err) == (0, True)


@pytest.mark.parametrize("name", ["   ", "\\u200b", "\\u2060 \\ufeff"])
def test_a_name_that_nobody_sees_is_a_fault(told, name):
    code, _, err = told("validate", write("a.yaml", f'name: "{name}"\n'))
    assert (code, "no letter that is seen" in err) == (2, True)


def test_two_tools_of_one_name_are_told_unless_servers_tell_them_apart(told):
    tools = "name: A\ntools: [{name: x, server: a}, {name: x%s}]\n"
    assert "is that of 2 tools" in told("validate", write("a.yaml", tools % ", server: a"))[2]
    assert "is that of 2 tools" not in told("validate", write("b.yaml", tools % ", server: b"))[2]


def test_two_members_may_have_a_tool_of_one_name(told):
    member = "{name: %s, kind: mcp-server, tools: [{name: x}%s]}"
    for more, warned in (("", False), (", {name: x}", True)):
        members = f"[{member % ('a', '')}, {member % ('b', more)}]"
        text = f"name: A\nkind: multi-agent\nmembers: {members}\nflows: [{{from: a, to: b}}]\n"
        err = told("validate", write("a.yaml", text))[2]
        assert ("warning: a.yaml: the name 'x' is that of 2 tools" in err) is warned


def test_an_id_that_is_not_known_is_met_with_where_to_look(told):
    assert "`aivss explain threats`" in told("explain", "zzzzzzzz")[2]
    assert "name its file" in told("explain", "approval:refund_order")[2]


def test_no_site_takes_the_place_of_one_where_no_description_is_found(told):
    write("agents/a.yaml", AGENT)
    assert told("catalog", "agents", "-o", "site", "--date", "2026-01-01")[0] == 0
    Path("none").mkdir()
    code, _, err = told("catalog", "none", "-o", "site", "--date", "2026-01-01")
    assert (code, "no description is below this folder" in err) == (2, True)
    assert Path("site/agents/a/index.html").is_file()


def test_an_address_that_is_none_is_refused(told):
    write("agents/a.yaml", AGENT)
    for address in ("agents.example.org", "javascript:x"):
        code, _, err = told("catalog", "agents", "-o", "site", "--base-url", address)
        assert (code, "no public address" in err) == (2, True)


def test_what_a_folder_of_reports_cannot_have_is_refused(told):
    write("agents/a.yaml", AGENT)
    whole = ("report", "agents", "-o", "out", "--to", "csv")
    assert "--member is about one system" in told(*whole, "--member", "a")[2]
    assert "0 is not in the range" in told(*whole, "--jobs", "0")[2]
    assert not Path("out").exists()


def test_an_ending_that_no_report_has_is_named(told):
    code, _, err = told("report", WEATHER, "-o", "a.docx")
    assert (code, "'.docx'" in err) == (2, True)


def test_a_word_of_another_script_gets_no_english_ending(told):
    file = write("a.yaml", 'name: A\ntools: [{name: "送信", description: "送信"}]\n')
    assert "送信s" not in told("tools", file)[1]


def test_each_break_that_a_control_would_mend_says_which(told):
    rule = '[[gate.rule]]\nid = "money"\nsays = "Money waits."\n'
    write("aivss.toml", rule + 'when = "class.financial and not k.human_approval"\n')
    file = write("a.yaml", AGENT + "autonomy: {approvals: none}\n")
    code, out, _ = told("gate", file, "--format", "json")
    (broken,) = json.loads(out)["breaks"]
    assert (code, "k.human_approval" in broken["mend"]) == (1, True)
    mended = write("b.yaml", AGENT + "autonomy: {approvals: all}\n")
    assert told("gate", mended)[0] == 0


@pytest.mark.parametrize("name", sorted(LISTS))
def test_each_list_of_ids_can_be_asked_for_and_its_first_ids_explained(told, name):
    code, out, _ = told("explain", name, "--format", "json")
    assert code == 0
    rows = [row for _, rows in json.loads(out)["parts"] for row in rows if ": " in row]
    assert rows or name == "packs"  # none is loaded here
    for row in rows[:2] if name not in ("verbs", "kinds") else ():
        assert told("explain", row.partition(": ")[0])[0] == 0


def test_a_question_that_the_vendor_answered_without_proof_says_so(told):
    answer = "facts: {au.auto_approve: {value: no, by: vendor}}\n"
    asked = "Are its tool calls approved in advance"
    text = " ".join(told("score", write("a.yaml", AGENT + answer))[1].split())
    assert asked in text
    assert "(Its vendor says no, without proof.)" in text


def test_no_line_of_the_tools_ends_in_spaces(told):
    lines = told("tools", write("a.yaml", AGENT))[1].splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


STRANGE = {
    "list.json": '{"tools": [{"name": "lend_ladder", "description": "Lend a ladder."}]}',
    "client.json": '{"mcpServers": {"shed": {"command": "shed"}}}',
    "card.json": '{"name": "Shed", "url": "https://a.example", "skills": [], "capabilities": {}}',
    "compose.yaml": "services: {shed: {image: shed}}\n",
    "agents.yaml": "lender: {role: Lender, goal: Lend}\n",
}


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("asked", ["score", "validate", "diff"])
def test_a_source_in_the_place_of_a_description_is_told_in_one_fault(told, name, asked):
    code, _, err = told(asked, write(name, STRANGE[name]), *([WEATHER] if asked == "diff" else []))
    assert (code, err.count("error:")) == (2, 1)
    assert f"{name}: this is no description" in err
    assert "`aivss import FILE -o agent.yaml`" in err


def test_what_a_description_lacks_or_misspells_is_still_told_by_its_key(told):
    assert "name: is missing" in told("score", write("a.yaml", "kind: agent\ntols: []\n"))[2]
    slips = told("score", write("s.yaml", "name: A\ndescriptoin: a\ntolls: []\nknd: agent\n"))[2]
    assert "s.yaml:3:1: tolls: unknown key help: did you mean 'tools'?" in slips
    assert (
        "n.yaml:1:1: nme: unknown key" in told("score", write("n.yaml", "nme: A\ntolls: []\n"))[2]
    )
    strange = "name: A\nkind: agent\nflows: []\nstores: []\noutside: []\nwithout: []\n"
    assert "no description" not in told("score", write("b.yaml", strange))[2]


def test_what_was_made_of_a_description_is_not_scored_as_one(told):
    file = write("a.yaml", AGENT)
    for made, says in (("a.json", "a result of aivss"), ("a.questions.yaml", "a form of open")):
        assert told("report", file, "-o", made)[0] == 0
        code, _, err = told("score", made)
        assert (code, f"this is {says}" in err) == (2, True)
    vendor = "name: A\nstated_by: vendor\nfacts: {m.rag: {value: no, note: We keep no index.}}\n"
    assert told("score", write("b.yaml", vendor))[0] == 0


def test_a_catalogue_passes_over_what_lies_beside_descriptions_and_says_so(told):
    for name, text in STRANGE.items():
        write(f"agents/{name}", text)
    code, _, err = told("catalog", "agents", "-o", "site", "--date", "2026-01-01")
    assert (code, "no description is below this folder" in err) == (2, True)
    write("agents/a.yaml", AGENT)
    assert told("report", "agents/a.yaml", "-o", "agents/a.questions.yaml")[0] == 0
    for _ in range(2):
        code, _, err = told("catalog", "agents", "-o", "site", "--date", "2026-01-01")
        assert (code, "site: 1 agent," in err, "error:" in err) == (0, True, False)
        assert "warning: no descriptions, passed over: agents.yaml, compose.yaml" in err
    assert told("report", "agents", "-o", "reports", "--to", "csv")[0] == 0
    # What had a page is missed: its file holds something else by mistake.
    write("agents/a.yaml", STRANGE["compose.yaml"])
    code, _, err = told("catalog", "agents", "-o", "site", "--date", "2026-01-01")
    assert (code, "error: a.yaml: this is no description" in err) == (2, True)
    assert Path("site/agents/a/index.html").is_file()


def test_a_gate_takes_no_form_for_a_description(told):
    write("aivss.toml", '[[gate.rule]]\nid = "low"\nsays = "Low."\nscore_over = 9.9\n')
    assert told("report", write("agents/a.yaml", AGENT), "-o", "agents/a.questions.yaml")[0] == 0
    assert told("gate", "agents")[0] == 0


def test_a_source_of_no_known_kind_is_answered_in_a_few_lines(told):
    code, _, err = told("import", write("compose.yaml", STRANGE["compose.yaml"]))
    assert (code, "no known kind of source" in err, "--as" in err) == (2, True, True)
    assert len(err) < 600


def test_a_folder_that_is_not_there_is_named_with_what_to_do(told):
    for made in ("none/a.md", "none/a.pdf"):
        code, _, err = told("report", WEATHER, "-o", made)
        assert (code, "there is no folder none" in err, "make it first" in err) == (2, True, True)
    whole = write("c.json", '{"mcpServers": {"a": {"command": "x"}, "b": {"command": "y"}}}')
    code, _, err = told("import", whole, "--all", "-o", "none/a.yaml")
    assert (code, "free some space" in err, "check its name and folder" in err) == (2, False, True)
    assert "make the folder" not in told("import", whole, "-o", "a.yaml")[2]


def test_a_key_that_a_rule_lacks_is_asked_for_as_toml_writes_it(told):
    write("aivss.toml", '[[gate.rule]]\nid = "low"\nscore_over = 9.9\n')
    assert "add `says = ...`" in told("gate", WEATHER)[2]


def test_choices_are_joined_by_one_or(told):
    err = told("validate", write("a.yaml", "name: A\nkind: robot\n"))[2]
    assert "'agent', 'mcp-server', 'skill', 'multi-agent' or 'unknown', not 'robot'" in err


def test_what_comes_after_the_first_steps_is_said_as_one_would_type_it(told):
    assert "aivss gate agent.yaml\n" in told("init", "--yes")[1]
    Path("sub").mkdir()
    assert "--config sub/aivss.toml" in told("init", "--yes", "sub/agent.yaml")[1]


def test_what_nothing_is_known_of_is_not_said_to_score_nothing(told):
    told("init", "--yes")
    for asked in (("score",), ("report", "--to", "markdown"), ("advise",)):
        out = told(asked[0], "agent.yaml", *asked[1:])[1]
        assert "no data" in out, asked
        assert "0.0 None" not in "".join(out.splitlines()[:6]), asked
    table = told("score", "agent.yaml", WEATHER)[1].splitlines()
    assert table[1].split()[:3] == ["-", "no", "data"]
    assert "too little is known" in told("score", "agent.yaml", "--fail-over", "5")[2]
    assert told("score", WEATHER, "--fail-over", "5")[::2] == (0, "")


def test_a_tool_that_is_asked_about_as_an_id_is_told_where_to_be_asked_about(told):
    code, _, err = told("explain", "refund_order", write("a.yaml", AGENT))
    assert (code, "is a tool of it" in err, "--tool NAME --explain" in err) == (2, True, True)


def test_a_server_without_two_dashes_before_it_is_told_of_them(told):
    assert "aivss import -- npx" in told("import", "npx", "-y", "shed")[2]
    assert "aivss import -- npx" in told("import", "-o", "a.yaml", "npx", "-y", "shed")[2]
    for slip in (["import", WEATHER, "-y"], ["import", "-o", "a.yaml", "-y"], ["score", "-y"]):
        assert "two dashes" not in told(*slip)[2]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("description", "summary"), ("title", "name"), ("type", "kind"), ("author", "vendor")],
)
def test_a_word_of_other_formats_is_known_for_what_it_is_here(word, meant, tmp_path, capsys):
    file = tmp_path / "kiln.yaml"
    file.write_text(f"name: Kiln\n{word}: keeps it warm\ntools: []\n", encoding="utf-8")
    assert main(["validate", str(file)])
    assert f"did you mean '{meant}'?" in capsys.readouterr().err
