"""Rule packs: an organisation's own rules beside ours, checked like ours, bounded, and told."""

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from threatmodel.assessment import assess
from threatmodel.cli import main
from threatmodel.cli.app import COMMANDS, app
from threatmodel.description.load import load_agent_text
from threatmodel.errors import AivssError, every
from threatmodel.files import shipped
from threatmodel.packs.in_force import packs_in_force, use_packs
from threatmodel.rules.load import load_knowledge

ACME = Path(str(shipped("examples/packs/acme")))
CLERK = Path(__file__).parent / "packs" / "clerk.yaml"
HEAD = {"id": "acme", "version": "1.0.0", "says": "rules of a test"}


@pytest.fixture(autouse=True)
def no_pack_stays():
    yield
    use_packs()


@pytest.fixture
def pack(tmp_path):
    """Write a pack of one file; gives its folder."""

    def write(head=HEAD, **sections):
        folder = tmp_path / "pack"
        folder.mkdir(exist_ok=True)
        text = yaml.safe_dump({"pack": head} | sections, sort_keys=False, width=1000)
        (folder / "pack.yaml").write_text(text, encoding="utf-8")
        return folder

    return write


def faults_of(*folders):
    with pytest.raises((AivssError, ExceptionGroup)) as caught:
        use_packs(*folders)
    return every(caught.value)


def copied(tmp_path, **changes):
    folder = tmp_path / "acme"
    shutil.copytree(ACME, folder)
    for name, (old, new) in changes.items():
        file = folder / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
    return folder


# What a pack brings.


def test_a_pack_brings_facts_a_threat_guards_gate_rules_and_a_look(tmp_path):
    agent = load_agent_text(CLERK.read_bytes(), "clerk.yaml")
    with packs_in_force(ACME):
        found = assess(agent)
        (threat,) = [f for f in found.model.findings if f.id == "TH-ACME-01"]
        assert threat.state == "open_assumed"
        assert threat.tools == ("create_journal_entry",)
        assert "month-end closing" in threat.text
        guards = {(g.kind, g.tool) for g in found.plan.guards}
        assert ("approval", "create_journal_entry") in guards
        assert (
            main(["report", str(CLERK), "--pack", str(ACME), "-o", str(tmp_path / "a.html")]) == 0
        )
    assert "ACME Finance" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_the_words_of_a_fact_are_evidence_with_their_place():
    agent = load_agent_text(CLERK.read_bytes(), "clerk.yaml")
    with packs_in_force(ACME):
        fact = assess(agent).facts.facts["acme.month_end"]
    assert fact.value is True
    assert fact.basis == "observed"
    assert fact.evidence[0].place.startswith("clerk.yaml:3:")
    assert "month-end" in fact.evidence[0].says


def test_where_no_word_of_a_fact_stands_it_is_unknown_and_not_false():
    with packs_in_force(ACME):
        fact = assess(load_agent_text(b"name: Quiet\ntools: []\n", "q.yaml")).facts.facts
    assert fact["acme.month_end"].value is None
    assert fact["t.acme_ledger"].value is False  # a complete list of tools shows it


def test_everything_that_is_said_of_an_agent_names_the_packs(tmp_path, capsys):
    folder = str(ACME)
    digest = _digest(ACME)
    assert main(["score", "--pack", folder, str(CLERK)]) == 0
    assert f"rule pack acme 1.0.0 (sha256 {digest[:12]})" in " ".join(
        capsys.readouterr().out.split()
    )
    for name in ("report.json", "report.md", "report.html", "report.sarif"):
        out = tmp_path / name
        assert main(["report", "--pack", folder, str(CLERK), "-o", str(out)]) == 0
        assert "+acme-1.0.0" in out.read_text(encoding="utf-8"), name
    made = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["agent"]
    assert made["packs"] == [{"id": "acme", "version": "1.0.0", "digest": digest}]
    assert digest in (tmp_path / "report.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["gate", str(CLERK), "--pack", folder, "--format", "json"]) in (0, 1)
    gated = json.loads(capsys.readouterr().out)
    assert gated["packs"] == [{"id": "acme", "version": "1.0.0", "digest": digest}]


def test_a_site_made_with_packs_holds_with_and_without_them(tmp_path, capsys):
    folder = tmp_path / "agents"
    folder.mkdir()
    (folder / "clerk.yaml").write_bytes(CLERK.read_bytes())
    site = str(tmp_path / "site")
    assert main(["catalog", str(folder), "-o", site, "--pack", str(ACME)]) == 0
    for more in (["--pack", str(ACME)], []):
        capsys.readouterr()
        assert main(["verify", site, *more]) == 0
        assert "agent.json: holds" in capsys.readouterr().out


def test_the_hook_for_packs_runs_their_tests(tmp_path):
    root = Path(__file__).parent.parent
    hooks = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (hook,) = [one for one in hooks if one["id"] == "aivss-test"]
    shutil.copytree(ACME, tmp_path / "packs")
    words = [sys.executable, "-m", "threatmodel", *hook["entry"].split()[1:], *hook["args"]]
    run = partial(subprocess.run, words, cwd=tmp_path, capture_output=True, text=True, check=False)
    done = run()
    assert (done.returncode, "0 failed" in done.stdout) == (0, True), done.stderr
    (broken,) = list((tmp_path / "packs" / "tests").glob("*.yaml"))[:1]
    broken.write_text(
        broken.read_text("utf-8").replace("t.acme_ledger: true", "t.acme_ledger: false"), "utf-8"
    )
    assert run().returncode == 1


def test_verify_says_which_packs_are_missing(tmp_path, capsys):
    report = str(tmp_path / "a.json")
    assert main(["report", str(CLERK), "--pack", str(ACME), "-o", report]) == 0
    asked = ["verify", report, "--description", str(CLERK)]
    assert main([*asked, "--pack", str(ACME)]) == 0
    capsys.readouterr()
    assert main(asked) == 1
    told = capsys.readouterr().out
    assert "FAIL rule packs" in told
    assert "--pack" in told


@pytest.mark.parametrize("name", ["acme", "TH-ACME-01", "t.acme_ledger", "acme-four-eyes"])
def test_what_a_pack_brings_is_explained_like_ours(name, capsys):
    assert main(["explain", name, "--pack", str(ACME)]) == 0
    told = capsys.readouterr().out
    assert told.startswith(name)
    if name != "acme":
        assert "pack acme 1.0.0" in told


def _digest(folder):
    with packs_in_force(folder):
        return load_knowledge().packs[0].digest


# Without a pack nothing changes, and with one the same bytes come out.


def test_without_a_pack_the_rules_are_those_that_ship_and_nothing_of_packs_is_loaded():
    before = load_knowledge()
    with packs_in_force(ACME):
        assert load_knowledge().digest != before.digest
        assert load_knowledge().rules_version == f"{before.rules_version}+acme-1.0.0"
    assert load_knowledge() is before
    assert "patterns" not in before.sections
    assert "spots" not in before.sections["classes"]


def test_one_command_with_a_pack_leaves_none_in_force_for_the_next(capsys):
    assert main(["score", "--pack", str(ACME), str(CLERK)]) == 0
    capsys.readouterr()
    assert main(["score", str(CLERK)]) == 0
    assert "acme" not in capsys.readouterr().out


def test_a_pack_gives_the_same_rules_whatever_the_order_of_its_files(tmp_path):
    split = tmp_path / "acme"
    split.mkdir()
    joined: dict[str, object] = {}
    for name in ("policy", "threats", "pack"):
        joined |= yaml.safe_load((ACME / f"{name}.yaml").read_text(encoding="utf-8"))
    (split / "pack.yaml").write_text(yaml.safe_dump(joined), encoding="utf-8")
    with packs_in_force(ACME):
        one = load_knowledge()
    with packs_in_force(split):
        other = load_knowledge()
    assert one.threats == other.threats
    assert one.facts == other.facts
    assert one.sections["wording"] == other.sections["wording"]


# Where packs are named.


def test_packs_of_the_configuration_hold_for_every_command_and_are_told(
    tmp_path, monkeypatch, capsys
):
    shutil.copytree(ACME, tmp_path / "rules" / "acme")
    (tmp_path / "aivss.toml").write_text('packs = ["rules/acme"]\n', encoding="utf-8")
    shutil.copy(CLERK, tmp_path / "clerk.yaml")
    monkeypatch.chdir(tmp_path)
    assert main(["model", "clerk.yaml"]) == 0
    shown = capsys.readouterr()
    assert "TH-ACME-01" in shown.out
    assert "packs named by the configuration: rules/acme" in shown.err
    assert main(["gate", "clerk.yaml"]) == 1
    assert "acme-four-eyes" in capsys.readouterr().out


def test_packs_of_pyproject_stand_beside_rules_of_the_gate(tmp_path, monkeypatch, capsys):
    shutil.copytree(ACME, tmp_path / "acme")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.aivss]\npacks = ["acme"]\n\n[[tool.aivss.gate.rule]]\nid = "calm"\n'
        'says = "Nothing scores over five."\nscore_over = 5\n\n[[tool.aivss.gate.exempt]]\n'
        'rule = "acme-four-eyes"\nagent = "*"\nreason = "Being introduced."\nowner = "Finance"\n'
        "expires = 2999-01-01\n",
        encoding="utf-8",
    )
    shutil.copy(CLERK, tmp_path / "clerk.yaml")
    monkeypatch.chdir(tmp_path)
    assert main(["gate", "clerk.yaml"]) == 1
    told = capsys.readouterr().out
    assert "ok     calm" in told
    assert "Finance, until 2999-01-01" in told


def test_packs_of_a_configuration_that_is_named_are_those_of_its_folder(tmp_path, capsys):
    shutil.copytree(ACME, tmp_path / "acme")
    config = tmp_path / "rules.toml"
    config.write_text('packs = ["acme"]\n', encoding="utf-8")
    assert main(["gate", str(CLERK), "--config", str(config)]) == 1
    assert "acme-no-open-posting" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("packs", "told"), [('"acme"', "aivss.toml:2:"), ('["a\\u0000b"]', "no such folder")]
)
def test_packs_that_are_no_folders_are_refused(tmp_path, monkeypatch, capsys, packs, told):
    (tmp_path / "aivss.toml").write_text(f"\npacks = {packs}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["score", str(CLERK)]) == 2
    assert told in capsys.readouterr().err


def test_the_classes_of_a_catalogue_come_from_the_pack_in_forked_workers(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(20):
        text = CLERK.read_text(encoding="utf-8").replace("Ledger clerk", f"Clerk {number}")
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    asked = ["--date", "2026-11-28", "--jobs", "2", "--pack", str(ACME)]
    assert main(["catalog", str(folder), "-o", str(tmp_path / "site"), *asked]) == 0
    pages = list((tmp_path / "site").rglob("*.json"))
    assert sum("TH-ACME-01" in page.read_text(encoding="utf-8") for page in pages) >= 20


# Faults: all at once, each with place and hint.


def test_every_fault_of_every_file_is_told_with_line_column_and_hint(tmp_path):
    folder = copied(
        tmp_path,
        pack=("gives: [k.acme_four_eyes]", "gives: [k.acme_for_eyes]"),
        threats=("raise_if: [acme.month_end", "raise_if: [acme.month_ende"),
        policy=("when: t.acme_ledger and not", "when: t.acme_legder and not"),
    )
    faults = faults_of(folder)
    told = {(Path(f.where.path).name, f.where.line > 1, f.where.column > 1) for f in faults}
    assert told == {(f"{name}.yaml", True, True) for name in ("pack", "threats", "policy")}
    hints = " ".join(fault.hint for fault in faults)
    for meant in ("k.acme_four_eyes", "acme.month_end", "t.acme_ledger"):
        assert f"did you mean '{meant}'?" in hints


TAKEN = [
    ({"facts": {"t.delete": {"says": "it deletes", "question": "Does it?"}}}, "t.delete"),
    (
        {"controls": {"k.human_approval": {"says": "people agree", "question": "Do they?"}}},
        "k.human_approval",
    ),
    (
        {
            "mitigations": {
                "mt-approval": {"says": "ask", "kind": "preventive", "gives": ["k.human_approval"]}
            }
        },
        "mt-approval",
    ),
]


@pytest.mark.parametrize(("sections", "name"), TAKEN)
def test_ids_of_ours_are_refused(pack, sections, name):
    faults = faults_of(pack(**sections))
    told = [
        fault for fault in faults if name in fault.message and "cannot change it" in fault.message
    ]
    assert told
    assert told[0].where.line > 1
    assert "acme" in told[0].hint


def test_ids_carry_the_name_of_the_pack(pack):
    facts = {"x.thing": {"says": "a thing", "question": "Is it a thing?"}}
    (fault,) = faults_of(pack(facts=facts))
    assert fault.hint == "ids of this pack look like acme.name, or t.acme_name for what a tool does"


def test_two_packs_of_one_name_are_refused(tmp_path):
    other = copied(tmp_path)
    faults = faults_of(ACME, other)
    assert any("two packs are called acme" in fault.message for fault in faults)


def test_a_pack_named_twice_counts_once():
    with packs_in_force(ACME, ACME):
        assert [pack.id for pack in load_knowledge().packs] == ["acme"]


def test_a_later_pack_may_build_on_an_earlier_one(pack):
    folder = pack(
        {"id": "other", "version": "1", "says": "more rules"},
        gate=[{"id": "other-rule", "says": "No postings.", "when": "t.acme_ledger"}],
    )
    with packs_in_force(ACME, folder):
        assert [pack.id for pack in load_knowledge().packs] == ["acme", "other"]
    (fault,) = faults_of(folder)
    assert "t.acme_ledger" in fault.message


FAULTS = {
    "a fact of tools that nothing shows": (
        {"facts": {"t.acme_x": {"says": "it does x", "question": "Does it?"}}},
        "nothing shows t.acme_x",
    ),
    "a pattern that is an expression": (
        {
            "facts": {
                "acme.x": {
                    "says": "it is x",
                    "question": "Is it?",
                    "patterns": [{"in": ["summary"], "words": ["(a+)+$"]}],
                }
            }
        },
        "a pattern is words, not an expression",
    ),
    "a fact against its direction": (
        {
            "facts": {"acme.safe": {"says": "it is safe", "question": "Is it?"}},
            "capabilities": {"c.acme_bad": {"says": "it is bad", "when": "not acme.safe"}},
        },
        "here its truth makes things better",
    ),
    "a verb that has a meaning": (
        {"classes": {"verbs": [{"group": "read", "words": ["delete"]}]}},
        "'delete' is known already, in the group delete",
    ),
    "a kind that nothing asks for": (
        {"classes": {"nouns": [{"kind": "acme_thing", "says": "things", "words": ["thing"]}]}},
        "no fact asks for the kind acme_thing",
    ),
    "a placeholder in a guard": (
        {
            "guards": {
                "access": [
                    {
                        "id": "acme-x",
                        "tools": {"words": ["x"]},
                        "access": "deny",
                        "because": "{0.__class__}",
                    }
                ]
            }
        },
        "braces have no meaning here",
    ),
    "a circle": (
        {
            "capabilities": {
                "c.acme_a": {"says": "is a", "when": "c.acme_b"},
                "c.acme_b": {"says": "is b", "when": "c.acme_a"},
            }
        },
        "capabilities in a circle",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_meant_is_refused_with_its_line(pack, name):
    sections, message = FAULTS[name]
    faults = faults_of(pack(**sections))
    assert any(message in f.message and f.where.line > 1 for f in faults), faults


# Hostile packs: data that is bounded, and never more than data.


DEEP = "(" * 600 + "t.delete" + ")" * 600
NAMES = sorted(load_knowledge().facts)
PAIRS = zip(NAMES[:20], NAMES[20:40], strict=True)


@pytest.mark.parametrize(
    "when",
    [
        DEEP,
        "not " * 400 + "t.delete",
        f"atleast({'9' * 400}, t.delete)",
        "atleast(12, " + ", ".join(NAMES[:60]) + ")",
        " and ".join(f"({a} or {b})" for a, b in PAIRS),
    ],
    ids=["parentheses", "nots", "digits", "combinations", "products"],
)
def test_a_condition_cannot_hang_or_crash_the_program(pack, when):
    capabilities = {"c.acme_x": {"says": "it is x", "when": when[:1200]}}
    faults = faults_of(pack(capabilities=capabilities))
    assert all(fault.where.line > 1 for fault in faults)


def test_words_of_a_pack_take_time_in_proportion_to_the_text(pack):
    words = ["aa* aa* aa* aa* aa* bb"]
    fact = {
        "says": "it is x",
        "question": "Is it?",
        "patterns": [{"in": ["summary"], "words": words}],
    }
    agent = {"name": "Long", "summary": "aa-" * 600}
    with packs_in_force(pack(facts={"acme.x": fact})):
        found = assess(load_agent_text(json.dumps(agent).encode(), "long.json"))
    assert found.facts.facts["acme.x"].value is None


def test_no_file_outside_the_folder_is_read(tmp_path, pack, capsys):
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: hunter2\n", encoding="utf-8")
    folder = pack()
    (folder / "more.yaml").symlink_to(secret)
    (fault,) = faults_of(folder)
    assert "leads out of the pack" in fault.message
    (folder / "more.yaml").rename(folder / "more.txt")
    (folder / "tests").mkdir()
    (folder / "tests" / "more.yaml").symlink_to(secret)
    assert main(["test", str(folder)]) == 2
    assert "hunter2" not in capsys.readouterr().err
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    (folder / "theme.yaml").write_text("logo: ../logo.png\n", encoding="utf-8")
    (fault,) = faults_of(folder)
    assert "outside the pack" in fault.message


def test_a_pack_is_bounded(pack):
    folder = pack()
    for number in range(70):
        (folder / f"{number}.yaml").write_text("gate: []\n", encoding="utf-8")
    assert "64 files at most" in faults_of(folder)[0].message
    for file in folder.glob("[0-9]*.yaml"):
        file.unlink()
    (folder / "big.yaml").write_text("# " + "x" * 1024 * 1024, encoding="utf-8")
    assert "larger than 1 MiB" in faults_of(folder)[0].message


def test_a_name_in_a_pack_is_escaped_in_pages(tmp_path, pack):
    folder = pack({"id": "acme", "version": "1", "says": "<script>alert(1)</script>"})
    (folder / "theme.yaml").write_text("organisation: <script>x</script>\n", encoding="utf-8")
    out = tmp_path / "a.html"
    assert main(["report", str(CLERK), "--pack", str(folder), "-o", str(out)]) == 0
    assert "<script>x" not in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["nowhere", "pack.yaml", "empty", "loop", "x" * 5000, "odd"])
def test_what_is_no_pack_is_told_so(tmp_path, folder, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "pack.yaml").symlink_to(tmp_path / "odd" / "pack.yaml")
    (tmp_path / "pack.yaml").write_text("pack: {}\n", encoding="utf-8")
    assert main(["score", str(CLERK), "--pack", str(tmp_path / folder)]) == 2
    assert "help:" in capsys.readouterr().err


# `aivss test`.


def test_the_example_passes_its_own_tests(capsys):
    assert main(["test", str(ACME)]) == 0
    assert "0 failed" in capsys.readouterr().out


def test_a_test_that_fails_says_what_was_found_and_where_it_stands(tmp_path, capsys):
    folder = copied(tmp_path)
    tests = folder / "tests" / "ledger.yaml"
    text = tests.read_text(encoding="utf-8")
    text = text.replace("states: {TH-ACME-01: closed}", "states: {TH-ACME-01: reduced}")
    tests.write_text(text.replace("Read}\n      guards", "Write}\n      guards"), encoding="utf-8")
    junit = tmp_path / "out.xml"
    assert main(["test", str(folder), "--junit", str(junit)]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "TH-ACME-01 is closed, not reduced" in told
    assert "get_account_balance is read as Read, not Write" in told
    assert "ledger.yaml:" in told
    suite = ET.parse(junit).getroot()  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")


EXPECTATIONS = {
    "facts": ({"acme.month_end": False}, "acme.month_end is true, not false"),
    "findings": (["TH-L2-02"], "TH-L2-02 is not found"),
    "absent": (["TH-ACME-01"], "TH-ACME-01 is found"),
    "text": ({"TH-ACME-01": "no such words"}, "does not hold 'no such words'"),
    "classes": ({"create_journal_entry": "Read"}, "is read as Write, not Read"),
    "guards": ({"create_journal_entry": ["hide"]}, "lacks the guard hide"),
    "no_guards": ({"create_journal_entry": ["approval"]}, "has the guard approval"),
    "gate_kept": (["acme-four-eyes"], "acme-four-eyes is broken"),
    "gate_broken": (["acme-none"], "there is no gate rule acme-none"),
    "score": ({"at_most": 1}, "not 0 to 1"),
}


@pytest.mark.parametrize("kind", EXPECTATIONS)
def test_each_expectation_can_fail(tmp_path, capsys, kind):
    wanted, message = EXPECTATIONS[kind]
    folder = copied(tmp_path)
    shutil.rmtree(folder / "tests")
    (folder / "tests").mkdir()
    case = {"name": "it fails", "description": yaml.safe_load(CLERK.read_text("utf-8"))}
    case |= {"expect": {kind: wanted}}
    (folder / "tests" / "a.yaml").write_text(yaml.safe_dump({"tests": [case]}), encoding="utf-8")
    assert main(["test", str(folder)]) == 1
    assert message in " ".join(capsys.readouterr().out.split())


def test_a_description_of_a_test_is_checked_with_its_place(tmp_path, capsys):
    folder = copied(tmp_path)
    text = "tests:\n- name: wrong\n  description: {name: X, tols: []}\n  expect: {findings: []}\n"
    (folder / "tests" / "wrong.yaml").write_text(text, encoding="utf-8")
    assert main(["test", str(folder)]) == 2
    assert "wrong.yaml:3:" in capsys.readouterr().err


def test_a_pack_without_tests_is_told_so(pack, capsys):
    assert main(["test", str(pack())]) == 2
    assert "this pack has no tests" in capsys.readouterr().err


def test_a_run_without_packs_loads_nothing_that_is_for_packs():
    code = (
        "import sys; from threatmodel.cli import main; main(['score', sys.argv[1]]);"
        "print([m for m in sys.modules if 'packs' in m or m.endswith(('.spots', '.patterns'))])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(CLERK)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"


LETTERS = {
    "classes": {
        "nouns": [{"kind": "acme_letter", "says": "letters", "words": ["dunning letter"]}],
        "verbs": [{"group": "send", "words": ["dun"]}],
    },
    "facts": {
        "t.acme_dun": {
            "says": "a tool duns people",
            "question": "Can any tool dun people?",
            "features": [{"all": ["verb:send"], "any": ["on:acme_letter", "text:acme_letter"]}],
        },
        "acme.crane": {
            "says": "it reaches CRANE",
            "question": "Does it reach CRANE?",
            "patterns": [{"in": ["summary"], "words": ["crane"]}],
        },
    },
    "derivations": [
        {
            "id": "acme-crane",
            "fact": "d.personal",
            "value": True,
            "when": "acme.crane",
            "because": "CRANE holds personal data",
        }
    ],
    "guards": {
        "arguments": [
            {
                "id": "acme-site",
                "names": ["site"],
                "allow": ["B", "HH"],
                "asks": "Which sites may it write to",
                "because": "another site has its own rules",
            }
        ]
    },
}
DUNNER = b"""
name: Dunner
kind: agent
summary: Reads open items from CRANE.
tools:
  - name: dun_customer
    description: Dun a customer with a dunning letter.
    inputSchema: {type: object, properties: {site: {type: string}}}
"""


def test_words_derivations_and_values_of_a_pack_hold(pack):
    with packs_in_force(pack(**LETTERS)):
        found = assess(load_agent_text(DUNNER, "dunner.yaml"))
        facts = found.facts.facts
        assert facts["t.acme_dun"].value is True
        assert facts["d.personal"].value is True
        assert facts["d.personal"].by == "acme-crane"
        values = [g.checks[0].value for g in found.plan.guards if g.rule == "acme-site"]
    assert values in ([("B", "HH")], [])  # none where the whole call waits for a person


def test_a_conclusion_of_a_pack_rests_on_what_a_capability_is_made_of(pack):
    rule = {"id": "acme-letters-leave", "fact": "d.personal", "value": True}
    rule |= {"when": "c.hand_out and not c.run_code", "because": "letters hold personal data"}
    description = DUNNER + b"facts: {s.local_server: no, t.execute: no, t.deploy: no}\n"
    with packs_in_force(pack(**{**LETTERS, "derivations": [rule]})):
        found = assess(load_agent_text(description, "dunner.yaml")).facts.facts["d.personal"]
    assert (found.value, found.by) == (True, "acme-letters-leave")


def test_an_id_of_a_pack_that_is_not_given_is_told_to_be_one(tmp_path, capsys):
    file = tmp_path / "a.yaml"
    file.write_text("name: A\nfacts: {acme.month_end: yes}\n", encoding="utf-8")
    assert main(["score", str(file)]) == 2
    assert "acme may be a rule pack: name its folder with --pack" in capsys.readouterr().err
    assert main(["score", str(file), "--pack", str(ACME)]) == 0


def test_a_test_that_misses_a_fact_of_tools_says_what_they_show(pack, capsys):
    folder = pack(**LETTERS)
    (folder / "tests").mkdir()
    tool = {"name": "send_letter", "description": "Print a dunning letter."}
    case = {"name": "a letter", "description": {"name": "X", "tools": [tool]}}
    case |= {"expect": {"facts": {"t.acme_dun": True}}}
    case["description"]["tools"][0]["description"] = "Look up the dunning letter."
    case["description"]["tools"][0]["name"] = "get_it"
    (folder / "tests" / "a.yaml").write_text(yaml.safe_dump({"tests": [case]}), encoding="utf-8")
    assert main(["test", str(folder)]) == 1
    assert "get_it shows" in (told := " ".join(capsys.readouterr().out.split()))
    assert "acme_letter" in told


@pytest.mark.parametrize("name", ["facts", "threats", "verbs", "kinds", "packs", "clauses"])
def test_ids_are_listed_with_those_of_packs_among_them(name, capsys):
    assert main(["explain", name, "--pack", str(ACME)]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"{name}  list")
    expected = {"facts": "acme.month_end", "threats": "TH-ACME-01", "packs": "acme"}
    assert expected.get(name, "") in told


def test_the_schema_for_editors_knows_the_ids_of_a_pack(capsys):
    assert main(["schema", "--pack", str(ACME)]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert "acme.month_end" in schema["properties"]["facts"]["properties"]


FORMS = [
    "pdf",
    "brief",
    "html",
    "markdown",
    "json",
    "sarif",
    "csv",
    "mermaid",
    "tm-bom",
    "questions",
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_report_can_be_written_with_a_pack_and_is_the_same_twice(tmp_path, form):
    asked = ["report", str(CLERK), "--pack", str(ACME), "--to", form, "-o"]
    assert [main([*asked, str(tmp_path / name)]) for name in ("a", "b")] == [0, 0]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("sign", ["\x1b[31m", "\u202e", "\u200b", "\x07"])
def test_nothing_that_a_terminal_obeys_or_nobody_sees_gets_in(pack, sign):
    (fault,) = faults_of(pack({**HEAD, "says": f"rules {sign} of a test"}))
    assert "a character that nobody sees" in fault.message
    assert fault.where.line == 4


def test_a_pack_gives_the_same_bytes_under_any_hash_seed():
    asked = ["report", str(CLERK), "--pack", str(ACME), "--to", "json"]
    said = [
        subprocess.run(
            [sys.executable, "-m", "threatmodel", *asked],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]


def test_every_command_takes_packs_that_reads_rules():
    without = {
        name
        for name in COMMANDS
        if not any("--pack" in p.opts for p in app.get_command(None, name).params)
    }
    assert without == {"calc", "init", "test"}
