"""The command line, as a person and as a script use it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from threatmodel._version import VERSION
from threatmodel.cli import main
from threatmodel.cli.app import COMMANDS

AGENTS = Path(__file__).parents[1] / "agents"
CONFLUENT = str(AGENTS / "confluent.yaml")
WEATHER = str(AGENTS / "weather.yaml")


@pytest.fixture
def run(capsysbinary):
    def go(*argv: str) -> tuple[int, str, str]:
        """Run in this process; exit code, stdout, stderr."""
        code = main(list(argv))
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return go


def from_empty_folder(folder: Path, *argv: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """Run as a process of its own in an empty folder, with next to nothing in its environment."""
    clean = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-m", "threatmodel", *argv],
        cwd=folder,
        env=clean,
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_help_lists_every_command_and_fits_eighty_columns(run):
    code, out, _ = run("--help")
    assert code == 0
    assert all(f"  {name} " in out for name in COMMANDS)
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run, name):
    code, out, _ = run(name, "--help")
    assert code == 0
    assert out.startswith(f"Usage: aivss {name}")
    assert "\\b" not in out


def test_version_is_the_package_version(run):
    assert run("--version")[1].strip().endswith(VERSION)


def test_what_a_run_made_is_not_gone_through_once_more_at_its_end():
    code = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 1000, flush=True))
from threatmodel.cli import main
main(["--version"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("True\n")


def test_a_run_that_is_stopped_while_it_starts_says_so():
    code = """
import sys, threatmodel.cli

class Stops:
    def find_spec(self, name, *_):
        if name == "click":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stops())
sys.exit(threatmodel.cli.main(["--version"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "stopped\n")


def test_score_is_plain_in_a_pipe_and_fits_eighty_columns(tmp_path):
    code, out, err = from_empty_folder(tmp_path, "score", CONFLUENT)
    assert (code, err) == (0, "")
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert "Confluent MCP server" in out
    assert list(tmp_path.iterdir()) == []


def test_score_reads_standard_input(tmp_path):
    code, out, _ = from_empty_folder(tmp_path, "score", "-", stdin=b"name: From stdin\n")
    assert code == 0
    assert "From stdin" in out


def test_verify_reads_standard_input(tmp_path):
    _, report, _ = from_empty_folder(tmp_path, "report", CONFLUENT, "--to", "json")
    code, out, _ = from_empty_folder(tmp_path, "verify", "-", stdin=report.encode())
    assert (code, out.splitlines()[0]) == (0, "<stdin>: holds")
    code, _, err = from_empty_folder(tmp_path, "verify", "-", stdin=b"nothing")
    assert code == 2
    assert "<stdin>: no score that can be recomputed" in err
    code, _, err = from_empty_folder(tmp_path, "verify", "-", "--description", "-", stdin=b"{}")
    assert code == 2
    assert "standard input is read once" in err


@pytest.mark.parametrize(
    "scores",
    [
        "name,score,base,factor_sum\nDesk,7.3,6.9,1.3\n",
        "- {name: Desk, score: 7.3, base: 6.9, sum: 1.3}\n",
    ],
)
def test_published_scores_are_read_from_standard_input(tmp_path, scores):
    stdin = scores.encode()
    code, out, err = from_empty_folder(tmp_path, "verify", "-", "--published", stdin=stdin)
    assert (code, err) == (0, "")
    assert out.startswith("ok Desk: ")


def test_an_empty_standard_input_is_called_what_it_is(tmp_path):
    code, _, err = from_empty_folder(tmp_path, "verify", "-", "--published", stdin=b"")
    assert code == 2
    assert "<stdin>: no row has a score and a CVSS base" in err


def test_score_prints_the_contract_as_json(run):
    code, out, _ = run("score", CONFLUENT, "--format", "json")
    score = json.loads(out)["score"]
    assert code == 0
    assert set(score) >= {
        "value", "severity", "profile", "vector", "cvss", "factors", "factor_sum", "aars",
        "threat_multiplier", "mitigation_factor", "range", "questions", "threat",
    }  # fmt: skip
    assert set(score["cvss"]) >= {"vector", "base", "basis"}
    assert len(score["factors"]) == 10
    given = [factor["value"] for factor in score["factors"]]
    assert given == [0.6, 0.4, 0.1, 0.8, 0.2, 0.5, 0.7, 0.3, 0.6, 0.5]
    assert score["range"]["low"] <= score["value"] <= score["range"]["high"]


def test_several_files_give_a_table(run):
    code, out, _ = run("score", CONFLUENT, WEATHER)
    assert code == 0
    assert len(out.splitlines()) == 3


def test_every_profile_stands_side_by_side(run):
    _, out, _ = run("score", WEATHER, "--profile", "all")
    for profile in ("agentic", "owasp-0.8", "owasp-0.8-amended", "owasp-0.5"):
        assert f"\n{profile} " in out
    rows = json.loads(run("score", WEATHER, "--profile", "all", "--format", "json")[1])["profiles"]
    assert rows[0]["profile"] == "agentic"


def test_fail_over_exits_1_and_only_over_the_limit(run):
    assert run("score", CONFLUENT, "--fail-over", "1")[0] == 1
    assert run("score", CONFLUENT, "--fail-over", "10")[0] == 0
    value = json.loads(run("score", CONFLUENT, "--format", "json")[1])["score"]["value"]
    assert run("score", CONFLUENT, "--fail-over", str(value))[0] == 0
    assert run("score", CONFLUENT, "--fail-over", f"{value - 0.1:.1f}")[0] == 1


def test_a_limit_that_is_passed_is_told_also_where_nobody_reads_on(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "threatmodel", "score", CONFLUENT, "--fail-over", "1"]
    done = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_an_assumption_is_taken_as_stated(run):
    before = json.loads(run("score", WEATHER, "--format", "json")[1])["score"]
    assumed = ("--assume", "t.execute=true")
    after = json.loads(run("score", WEATHER, *assumed, "--format", "json")[1])["score"]
    assert after["value"] > before["value"]
    assert run("score", WEATHER, "--assume", "t.exekute=true")[0] == 2
    assert "did you mean 't.execute'" in run("score", WEATHER, "--assume", "t.exekute=true")[2]
    assert run("score", WEATHER, "--assume", "t.execute=perhaps")[0] == 2


def test_compare_says_what_differs_and_why(run):
    code, out, _ = run("score", "--compare", WEATHER, CONFLUENT)
    assert code == 0
    assert "delete-topics: absent -> Destructive" in out
    assert "t.delete: false -> true" in out
    told = json.loads(run("score", "--compare", WEATHER, CONFLUENT, "--format", "json")[1])
    assert {change["kind"] for change in told["changes"]} >= {"tool", "fact", "threat"}
    assert run("score", "--compare", WEATHER)[0] == 2


def test_calc_recomputes_the_vector_of_a_score(run):
    score = json.loads(run("score", CONFLUENT, "--format", "json")[1])["score"]
    again = json.loads(run("calc", "--vector", score["vector"], "--format", "json")[1])["score"]
    assert again["value"] == score["value"]
    assert again["severity"] == score["severity"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("calc",), "a CVSS base is needed"),
        (("calc", "--cvss", "6.9"), "either --factors or --factor-sum"),
        (("calc", "--cvss", "6.9", "--factors", "0.1"), "takes 10 values, not 1"),
        (("calc", "--cvss", "CVSS:3.1/AV:N", "--factor-sum", "3"), "not CVSS 4.0"),
        (("calc", "--vector", "AIVSS:0.8/P:agentic", "--cvss", "3"), "carries every number"),
        (
            ("calc", "--cvss", "5", "--factors", ",".join("1" * 10), "--profile", "all"),
            "--factor-sum",
        ),
        (("score", "missing.yaml"), "there is no such file"),
        (("score", WEATHER, "--profile", "best"), "no profile is called 'best'"),
        (("explain", "TH-L9-99"), "there is nothing called"),
        (("report", WEATHER), "which form the report should have"),
        (("scor",), "did you mean 'score'"),
        (("verify", CONFLUENT), "no score that can be recomputed"),
        (("import",), "nothing to import"),
    ],
)
def test_wrong_input_exits_2_and_says_what_to_do(run, argv, said):
    code, _, err = run(*argv)
    assert code == 2
    assert said in err
    assert "Traceback" not in err


def test_calc_shows_every_profile_for_a_sum(run):
    rows = json.loads(run("calc", "--cvss", "6.9", "--factor-sum", "4.7", "--profile", "all",
                          "--format", "json")[1])  # fmt: skip
    assert [row["score"]["profile"] for row in rows][:2] == ["agentic", "owasp-0.8"]
    text = run("calc", "--cvss", "6.9", "--factor-sum", "4.7")[1]
    assert text.startswith("AIVSS 8.3 High")
    assert run("calc", "--cvss", "9.4", "--factors", ",".join(["0.5"] * 10),
               "--mitigation-factor", "0.67", "--threat-multiplier", "1")[0] == 0  # fmt: skip


def test_tools_groups_by_class_with_evidence(run):
    _, out, _ = run("tools", CONFLUENT, "--evidence")
    assert "Destructive (" in out
    assert "delete-topics" in out
    rows = json.loads(run("tools", CONFLUENT, "--format", "json")[1])["tools"]
    assert set(rows[0]) >= {"name", "class", "risk", "confidence", "flags", "signals", "evidence"}


def test_validate_lists_every_fault_and_goes_on(run, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: X\nmemry: {}\nfacts: {t.delete: true}\ntags: 5\n")
    code, out, err = run("validate", str(bad), WEATHER)
    assert code == 2
    assert "memry" in err
    assert "tags" in err
    assert f"{WEATHER}: good; 2 tools" in out


def test_schema_is_the_committed_one(run):
    committed = (AGENTS.parent / "frameworks" / "agent.schema.json").read_text()
    assert run("schema")[1] == committed


def test_model_names_the_dangerous_and_is_json_too(run):
    _, out, _ = run("model", CONFLUENT)
    assert "delete-topics" in out
    assert max(map(len, out.splitlines())) <= 80
    found = json.loads(run("model", CONFLUENT, "--format", "json")[1])["model"]
    assert [layer["id"] for layer in found["layers"]] == [*(f"L{n}" for n in range(1, 8)), "XL"]
    assert run("model", WEATHER, "--all")[0] == 0


@pytest.mark.parametrize(
    "identifier",
    ["t.delete", "k.human_approval", "c.send_out", "TH-L2-06", "mt-approval", "pc-rate", "L3",
     "dynamic_tool_use", "persistence", "CH-01"],
)  # fmt: skip
def test_explain_knows_every_kind_of_id_with_and_without_an_agent(run, identifier):
    alone = run("explain", identifier)
    here = run("explain", identifier, CONFLUENT)
    assert alone[0] == here[0] == 0
    assert alone[1].startswith(identifier)
    assert json.loads(run("explain", identifier, "--format", "json")[1])["id"] == identifier


def test_explain_says_why_something_does_not_apply(run):
    _, out, _ = run("explain", "TH-L2-06", WEATHER)
    assert "not applicable" in out


def test_verify_holds_what_we_print_and_finds_a_forged_number(run, tmp_path):
    file = tmp_path / "score.json"
    printed = run("score", CONFLUENT, "--format", "json")[1]
    file.write_text(printed)
    assert run("verify", str(file), "--description", CONFLUENT)[0] == 0
    value = json.loads(printed)["score"]["value"]
    file.write_text(printed.replace(f'"value": {value}', '"value": 1.0', 1))
    code, out, _ = run("verify", str(file))
    assert code == 1
    assert "it says 1.0" in out


@pytest.mark.parametrize("kind", ["badge", "card", "markdown", "json-ld"])
def test_embeds_verify_against_their_description(run, tmp_path, kind):
    file = tmp_path / "embed"
    assert run("embed", WEATHER, "--as", kind, "-o", str(file))[0] == 0
    assert run("verify", str(file), "--description", WEATHER)[0] == 0
    assert run("verify", str(file), "--description", CONFLUENT)[0] == 1


def test_nothing_is_half_written(run, tmp_path):
    out = tmp_path / "report.json"
    out.write_text("what was there before")
    assert run("report", "missing.yaml", "-o", str(out))[0] == 2
    assert out.read_text() == "what was there before"
    assert run("report", WEATHER, "-o", str(tmp_path / "no" / "such" / "folder.json"))[0] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]


def test_score_starts_without_what_it_does_not_need(tmp_path):
    probe = (
        "import sys; from threatmodel.cli import main; main(['score', sys.argv[1]]);"
        "unused = {'networkx', 'jinja2', 'weasyprint', 'rich', 'asyncio', 'importlib.metadata'};"
        "print(sorted(unused & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, CONFLUENT],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_complete(tmp_path, shell):
    done = subprocess.run(
        [Path(sys.executable).with_name("aivss")],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "_AIVSS_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "_AIVSS_COMPLETE" in done.stdout


def test_formats_are_completed(tmp_path):
    words = {"COMP_WORDS": "aivss policy --for ced", "COMP_CWORD": "3"}
    done = subprocess.run(
        [Path(sys.executable).with_name("aivss")],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "_AIVSS_COMPLETE": "bash_complete", **words},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["plain,cedar"]


def test_a_range_that_no_single_answer_moves_says_so(capsys):
    assert main(["score", str(AGENTS / "coding-agent.yaml")]) == 0
    assert "No single answer moves it" in capsys.readouterr().out
    assert main(["score", str(AGENTS / "weather.yaml")]) == 0
    assert "No single answer moves it" not in capsys.readouterr().out
