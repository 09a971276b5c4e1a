"""What is in frameworks/ is checked, compiled and true to the public lists it refers to."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, get_args

import pytest
from pydantic import AfterValidator, TypeAdapter, ValidationError

from threatmodel.errors import AivssError, InvalidFileError, every
from threatmodel.files import shipped
from threatmodel.rules import guide
from threatmodel.rules.compile import compiled_files, main
from threatmodel.rules.ids import AttackPattern, filled
from threatmodel.rules.load import (
    APART,
    COMPILED,
    knowledge_of,
    load_knowledge,
    shipped_rows,
    unpack,
)
from threatmodel.rules.rows import Chain, Clause, Mitigation, Namespace

KNOWLEDGE = load_knowledge()
NAMES = shipped_rows()["names"]
"""Official names by id, by namespace."""
FRAMEWORKS = Path(str(shipped("frameworks")))


@pytest.fixture
def copy(tmp_path) -> Path:
    """Copy frameworks/ to a place where it may be spoilt."""
    return Path(shutil.copytree(FRAMEWORKS, tmp_path / "frameworks"))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def compiled(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("compiled*.json")}


def test_the_compiled_file_is_what_the_sources_say(capsys):
    assert main(["--check"]) == 0, "run: python -m threatmodel.rules.compile"
    with capsys.disabled():
        print(  # noqa: T201
            f"\nknowledge {KNOWLEDGE.rules_version}: {len(KNOWLEDGE.facts)} facts,"
            f" {len(KNOWLEDGE.controls)} controls, {len(KNOWLEDGE.capabilities)} capabilities,"
            f" {len(KNOWLEDGE.threats)} threats, {len(KNOWLEDGE.mitigations)} mitigations,"
            f" {len(KNOWLEDGE.clauses)} clauses, {len(KNOWLEDGE.cascades)} cascades,"
            f" {len(KNOWLEDGE.chains)} chains"
        )


def test_a_comment_is_enough_to_make_the_compiled_file_stale(copy, capsys):
    main([], copy)
    assert main(["--check"], copy) == 0
    change(copy / "controls.yaml", "controls:", "# another word\ncontrols:")
    assert main(["--check"], copy) == 1
    assert "is stale" in capsys.readouterr().err
    main([], copy)
    assert main(["--check"], copy) == 0


def test_compiling_twice_gives_the_same_bytes(copy):
    assert compiled_files(copy) == compiled_files(FRAMEWORKS)


def test_the_compiled_file_holds_one_row_per_line():
    text = (FRAMEWORKS / COMPILED).read_text(encoding="utf-8")
    assert sum(line.lstrip().startswith('{"also"') for line in text.splitlines()) + sum(
        '"id":"TH-' in line for line in text.splitlines()
    ) >= len(KNOWLEDGE.threats)
    assert max(Counter(line.count('"id":"TH-') for line in text.splitlines())) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("capabilities.yaml", "t.browser", "t.browsr", "unknown name 't.browsr'"),
        ("threats/L2.yaml", "k.readonly_db and", "k.readonly and", "unknown name 'k.readonly'"),
        ("threats/L2.yaml", "raise_if: [c.", "raise_if: [c.x", "unknown c.x"),
        ("threats/L3.yaml", "TH-L3-01:", "TH-L4-77:", "TH-L4-77 stands in the file of layer L3"),
        ("threats/L2.yaml", "when: c.reach_private", "when: k.dlp", "unknown name 'k.dlp'"),
        (
            "facts/data.yaml",
            "d.personal:",
            "t.personal:",
            "t.personal stands in the file of family",
        ),
        ("facts/data.yaml", "facts:", "facts:\n", "used one way"),
        ("policy/hostile.yaml", "{folder}x", "{foldr}x", "not {foldr}"),
        ("policy/hostile.yaml", "  own_host:", "  own_hst:", "nothing compares by own_hst"),
    ],
)
def test_a_name_that_means_nothing_is_refused(copy, file, old, new, words):
    if words == "used one way":
        new = old
        change(copy / file, "    from:", "    mixed: true\n    from:")
    change(copy / file, old, new)
    with pytest.raises((AivssError, ExceptionGroup)) as caught:
        compiled_files(copy)
    assert any(words in fault.message for fault in every(caught.value))


def test_every_id_that_leads_nowhere_is_named_at_once(copy):
    change(copy / "threats/L1.yaml", "mt-input-screen", "mt-nothing")
    change(copy / "chains.yaml", "TH-L1-02", "TH-L1-99")
    change(copy / "layers.yaml", "asks: [mo.hosted", "asks: [mo.nothing")
    with pytest.raises(ExceptionGroup) as caught:
        compiled_files(copy)
    words = " ".join(str(fault) for fault in caught.value.exceptions)
    assert all(name in words for name in ("mt-nothing", "TH-L1-99", "mo.nothing"))


MISSPELT = (
    ("facts/data.yaml", "    question:", "    quesion:"),
    ("threats/L4.yaml", "likelihood: possible", "likelihood: maybe"),
    ("controls.yaml", "    says: default-deny tool list\n", ""),
    ("hosts.yaml", "mo.hosted: true", "mo.hosted: maybe"),
    ("system.yaml", "[task, text, data]", "[task, smoke]"),
    ("wording/paths.yaml", "shown: 5", "shown: five"),
    ("profiles/owasp-0.8.yaml", "at: 0", "at: 7"),
    ("classes/verbs_mild.yaml", "class: Read", "class: Reed"),
    ("policy/recommended.yaml", "access: allow", "access: alow"),
    ("policy/shapes.yaml", "not_reading: [", "not_readin: ["),
    ("importers.yaml", "- '\\$\\{[^}]*\\}'", "- '\\$\\{[^}*\\}'"),
)
ASTRAY = (
    ("threats/L2.yaml", "when: c.reach_private and", "when: c.reach_privat and"),
    ("threats/L6.yaml", "mitigations: [", "mitigations: [mt-wish, "),
    ("cascades.yaml", "enables: [TH-L1-03,", "enables: [TH-L1-33,"),
    ("chains.yaml", "breaks_best_at: TH-L3-01", "breaks_best_at: TH-L5-01"),
    ("derivations.yaml", "when: id.admin_scope,", "when: id.admin_scope and,"),
    ("factors/agentic.yaml", "when: c.irreversible,", "when: c.irreversibel,"),
    ("vectors.yaml", "value: N", "value: Q"),
    ("policy/kinds.yaml", '"{tool} may be called."', '"{tol} may be called."'),
    ("policy/flow.yaml", "[reads_untrusted_content]", "[reads_untrusted]"),
    ("wording/L2.yaml", "{tools:t.bulk_read}", "{toools:t.bulk_read}"),
)


@pytest.mark.parametrize("faults", [MISSPELT, ASTRAY, MISSPELT + ASTRAY[5:9]])
def test_faults_of_every_file_are_told_at_once_each_with_its_place(copy, capsys, faults):
    for file, old, new in faults:
        change(copy / file, old, new)
    before = compiled(copy)
    assert main([], copy) == 2
    told = capsys.readouterr().err
    for file, _, _ in faults:
        assert re.search(rf"^{re.escape(str(copy / file))}:\d+:\d+: ", told, re.MULTILINE), file
    assert compiled(copy) == before


@pytest.mark.parametrize("broken", ["names.yaml", "facts/data.yaml"])
def test_a_file_that_is_no_yaml_hides_no_fault_of_another_and_makes_none(copy, capsys, broken):
    others = [row for row in MISSPELT if row[0] != broken]
    astray = [row for row in ASTRAY if row[0] in ("threats/L6.yaml", "cascades.yaml")]
    for file, old, new in (*others, *astray):
        change(copy / file, old, new)
    with (copy / broken).open("a", encoding="utf-8") as file:
        file.write("[\n")
    assert main([], copy) == 2
    told = capsys.readouterr().err
    wanted = {broken, *(file for file, _, _ in (*others, *astray))}
    assert all(f"{copy / file}:" in told for file in wanted)
    assert set(re.findall(rf"^{re.escape(str(copy))}/([\w./-]+):", told, re.MULTILINE)) == wanted


def test_rules_that_hang_together_wrongly_are_refused_with_their_place(copy, capsys):
    text = (copy / "clauses.yaml").read_text(encoding="utf-8")
    new = "  pc-idle:\n    says: nobody asks for it\n"
    (copy / "clauses.yaml").write_text(text + new, encoding="utf-8")
    before = compiled(copy)
    assert main([], copy) == 2
    told = capsys.readouterr().err
    assert "clause pc-idle leads to no threat" in told
    assert f"{copy / 'clauses.yaml'}:" in told
    assert compiled(copy) == before


def test_half_of_what_closes_a_threat_must_reduce_it(copy, capsys):
    change(
        copy / "threats/L5.yaml",
        "reduced_by: k.audit_log or k.user_delegation",
        "reduced_by: k.audit_log",
    )
    assert main([], copy) == 2
    said = capsys.readouterr().err
    told = "TH-L5-01: k.immutable_log and k.user_delegation, half of its closed_by, does not"
    assert re.search(rf"threats/L5\.yaml:1[0-9]:\d+: {told}", said), said


def test_a_file_that_no_rules_stand_in_is_refused_in_words(copy, capsys):
    (copy / "policy" / "flows.yaml").write_text("taint: {}\n", encoding="utf-8")
    assert main([], copy) == 2
    told = capsys.readouterr().err
    assert "policy/flows.yaml is no file of policy rules" in told
    assert "did you mean 'flow'?" in told


def test_a_name_given_twice_in_a_list_is_refused(copy):
    change(copy / "threats/L2.yaml", "raise_if: [", "raise_if: [c.loop, c.loop, ")
    with pytest.raises(InvalidFileError, match=r"named twice: c\.loop"):
        compiled_files(copy)


def test_words_that_values_are_held_against_are_single_words(copy):
    change(copy / "policy/recommended_arguments.yaml", "ongoing, progress", "ongoing, in progress")
    with pytest.raises((AivssError, ExceptionGroup)) as caught:
        compiled_files(copy)
    assert any("each of these is one word" in fault.message for fault in every(caught.value))


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("threats/L2.yaml", "k.readonly_db and", "k.readonly and", "unknown name 'k.readonly'"),
        ("threats/L4.yaml", "tools: [t.read_secrets", "tools: [t.secrets", "unknown t.secrets"),
        ("threats/L1.yaml", "mt-input-screen", "mt-nothing", "unknown mt-nothing"),
        ("wording/L4.yaml", "{credential.static} {#does", "{credential.old} {#does", "{credential"),
        ("capabilities.yaml", "t.browser", "t.browsr", "unknown name 't.browsr'"),
        ("chains.yaml", "TH-L1-02", "TH-L1-99", "unknown TH-L1-99"),
        ("layers.yaml", "asks: [mo.hosted", "asks: [mo.nothing", "unknown mo.nothing"),
        ("policy/arguments.yaml", "pc-rowcap", "pc-nothing", "unknown pc-nothing"),
    ],
)
def test_a_fault_is_told_at_its_line_without_a_traceback(  # noqa: PLR0913, PLR0917
    copy, capsys, file, old, new, told
):
    before = compiled(copy)
    change(copy / file, old, new)
    line = (copy / file).read_text(encoding="utf-8").split(new, 1)[0].count("\n") + 1
    assert main([], copy) == 2
    said = capsys.readouterr().err
    places = re.findall(rf"{re.escape(str(copy / file))}:(\d+):\d+: .*{re.escape(told)}", said)
    assert places, said
    assert 0 <= line - int(places[0]) <= 2
    assert compiled(copy) == before


def test_all_faults_of_all_files_are_told_in_one_run(copy, capsys):
    change(copy / "threats/L2.yaml", "k.readonly_db and", "k.readonly and")
    change(copy / "threats/L4.yaml", "when: c.borrowed_rights", "when: c.borrowd_rights")
    change(copy / "wording/L4.yaml", "{credential.static} {#does", "{credential.old} {#does")
    change(copy / "cascades.yaml", "enables: [TH-", "enables: [TH-L6-99, TH-")
    assert main([], copy) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("k.readonly", "c.borrowd_rights", "credential.old"))
    assert "TH-L6-99" in said
    assert "\n4 to mend" in said


FAULTS = (
    ("threats/L3.yaml", "mt-least-tools", "mt-lest-tools", "did you mean 'mt-least-tools'?"),
    ("threats/L3.yaml", "raise_if: [c.uns", "raise_if: [c.unx", "raise_if.0: unknown c.unx"),
    ("threats/L3.yaml", "asi: [ASI02]", "asii: [ASI02]", "refs: unknown asii"),
    ("threats/L3.yaml", "t.write, t.query_write", "in.files, t.query_write", "unknown in.files"),
    ("threats/L3.yaml", "when: c.change_state", "when: c.change", "did you mean 'c.change_state'?"),
    ("threats/L5.yaml", "TH-L5-09:", "TH-L6-79:", "TH-L6-79 stands in the file of layer L5"),
    ("facts/tools.yaml", "t.steering:", "x.steering:", "x.steering stands in the file of family t"),
    ("mitigations.yaml", "gives: [k.", "gives: [k.x", "unknown k.x"),
    ("hosts.yaml", "mo.hosted:", "mo.hostd:", "did you mean 'mo.hosted'?"),
    (
        "derivations.yaml",
        "fact: id.broad_scope",
        "fact: id.brod_scope",
        "did you mean 'id.broad_scope'?",
    ),
    ("derivations.yaml", "closed: t.read", "closed: t.reed", "names, closed: unknown name 't.reed"),
    ("factors/agentic.yaml", "looks_up: t.", "looks_up: t.x", "names, looks_up: unknown name 't.x"),
    ("system.yaml", "fact: sy.", "fact: sy.x", "fact: unknown sy.x"),
    ("vectors.yaml", "value: N", "value: Q", "it has no value 'Q'"),
    ("factors/agentic.yaml", "when: c.", "when: c.x", "unknown name 'c.x"),
    ("importers.yaml", "facts: [", "facts: [t.x, ", "unknown t.x"),
    ("wording/L3.yaml", "  TH-L3-02:", "  TH-L3-98:", "unknown TH-L3-98"),
    ("wording/L3.yaml", "runs[ with {credential}]", "runs[ with {credential}", "close it with ]"),
    ("wording/paths.yaml", "gate: TH-L4-10", "gate: TH-L4-98", "gate: unknown TH-L4-98"),
    ("wording/paths.yaml", "pc-hide, pc-deny", "pc-hid, pc-deny", "did you mean 'pc-hide'?"),
    ("wording/phrases.yaml", "t.delete: Destr", "t.delet: Destr", "did you mean 't.delete'?"),
    ("classes/traits.yaml", "on:paper", "on:papper", "did you mean 'on:paper'?"),
    ("classes/traits.yaml", "id: t.db_query", "id: t.db_qery", "did you mean 't.db_query'?"),
    ("classes/verdict.yaml", "sure: prose", "sure: proze", "did you mean 'prose'?"),
    ("classes/verbs_strong.yaml", "head: [money_move", "head: [money_mve", "unknown money_mve"),
    ("policy/residual.yaml", "effects: [delete]", "effects: [delet]", "did you mean 'delete'?"),
    ("policy/residual.yaml", "roles: [sql]", "roles: [sqll]", "did you mean 'sql'?"),
    (
        "policy/residual.yaml",
        "control: k.tool_hidden",
        "control: k.tool_hidn",
        "unknown k.tool_hidn",
    ),
    ("policy/advise.yaml", "fact: id.admin_scope", "fact: id.admin_scop", "'id.admin_scope'?"),
    ("policy/recommended.yaml", "classes: [Read, Wr", "classes: [Reed, Wr", "'Read'?"),
    ("policy/recommended.yaml", "lifted_by: [oper", "lifted_by: [opr", "'operations'?"),
    ("policy/flow.yaml", "first: [preview]", "first: [previw]", "did you mean 'preview'?"),
    ("chains.yaml", "TH-L2-06", "TH-L2-96", "unknown TH-L2-96"),
)
"""File, what stands there, what a slip of the hand makes of it, and what must be told of it."""


SHAPES = (
    ("system.yaml", "  task: a task\n", "", "there is no task"),
    ("system.yaml", "{holders} hold", "{holder} hold", "fill in {holders} and {key}"),
    ("system.yaml", "{from} hands to {to} to fixed", "{from} hands on", "fill in {from} and {to}"),
    ("hosts.yaml", "kinds: [mcp-server, skill]", "kind: [mcp-server, skill]", "mean 'kinds'?"),
    ("vectors.yaml", "{value: L, because", "{value: L, when: t.bulk_read, because", "leave `when`"),
    ("factors/agentic.yaml", "  goal_driven_pl", "  goal_driven_pp", "'goal_driven_planning'?"),
    ("factors/owasp-0.8.yaml", "profiles: [owasp-0.8,", "profiles: [owasp-0.9,", "owasp-0.8'?"),
    ("factors/owasp-0.5.yaml", "    tool_use: dynamic_tool_use\n", "", "estimates tool_use"),
    ("profiles/owasp-0.8.yaml", "formula: v0_8", "formula: v0.8", "did you mean 'v0_8'?"),
    (
        "classes/cues.yaml",
        "\\bfor telemetry",
        "\\bfor (telemetry",
        "before a sign",
    ),
    (
        "layers.yaml",
        "mo.hosted or mo.self",
        "mo.hosted or or mo.self",
        "a condition is made of names",
    ),
    ("policy/recommended.yaml", "    because:", "    becaus:", "did you mean 'because'?"),
    ("policy/flow.yaml", "{first:", "{frist:", "did you mean 'first'?"),
    ("policy/advise.yaml", "effort: 2", "effort: -2", "must be at least 1, not -2"),
    ("wording/L1.yaml", "- {when: in.ext", "- {wen: in.ext", "did you mean 'when'?"),
)
"""The same for keys, types and what is left out: in every kind of file."""


SOURCES = (
    ("chains.yaml", "steps: [", "stepps: [", "did you mean 'steps'?"),
    ("clauses.yaml", "    says:", "    sayz:", "did you mean 'says'?"),
    ("mitigations.yaml", "    gives:", "    give:", "did you mean 'gives'?"),
    ("priority.yaml", "raise_one: 1", "raise_one: one", "write it in digits"),
    ("catalogue.yaml", "rules_version:", "rule_version:", "did you mean 'rules_version'?"),
    ("wording/paths.yaml", "gate: TH-L4-10", "gate: TH-L4-98", "gate: unknown TH-L4-98"),
    ("policy/advise.yaml", "effort: 2", "effort: 0", "must be at least 1, not 0"),
)
"""The same where what conditions speak of cannot be read."""


@pytest.mark.parametrize("slips", [FAULTS, SHAPES, SOURCES])
def test_slips_in_as_many_rules_are_all_told_at_once_with_line_and_hint(copy, capsys, slips):
    for file, old, new, _ in slips:
        change(copy / file, old, new)
    assert main([], copy) == 2
    said = capsys.readouterr().err
    for file, old, new, told in slips:
        text = (copy / file if new else FRAMEWORKS / file).read_text(encoding="utf-8")
        line = text.split(new or old, 1)[0].count("\n") + 1
        at = rf"^{re.escape(str(copy / file))}:(\d+):\d+: .*\n?.*{re.escape(told)}"
        places = re.findall(at, said, re.MULTILINE)
        assert any(abs(line - int(place)) <= 2 for place in places), (file, told, line, places)
    assert "Traceback" not in said


def test_two_rules_of_one_id_are_refused_at_the_second(copy, capsys):
    file = copy / "policy/recommended_arguments.yaml"
    text = file.read_text(encoding="utf-8")
    line = text.split("- id: run-types", 1)[0].count("\n") + 1
    change(file, "- id: run-types", "- id: into-the-bin")
    assert main([], copy) == 2
    said = capsys.readouterr().err
    assert f"{file}:{line}:9: arguments.1.id: into-the-bin stands here already" in said


def test_what_is_said_of_a_fact_against_its_conditions_is_told_of_every_fact(copy, capsys):
    file = copy / "facts/identity.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace(
            "\n    from:", "\n    raises: false\n    from:", 3
        ),
        encoding="utf-8",
    )
    assert main([], copy) == 2
    said = capsys.readouterr().err
    assert said.count("but conditions say otherwise\n  help: turn `raises` round") == 3


def test_a_threat_without_wording_is_refused(copy, capsys):
    change(copy / "wording/L4.yaml", "  TH-L4-01:", "  TH-L4-77:")
    assert main([], copy) == 2
    said = capsys.readouterr().err
    assert "threat TH-L4-01 has no wording" in said
    assert "wording/L4.yaml" in said
    assert "unknown TH-L4-77" in said


def test_an_unknown_field_is_refused(copy):
    change(copy / "threats/L1.yaml", "impact:", "impct:")
    with pytest.raises((InvalidFileError, ExceptionGroup)):
        compiled_files(copy)


def test_a_fact_that_is_used_both_ways_is_refused(copy):
    change(copy / "threats/L1.yaml", "when: c.ingest_untrusted", "when: not in.files")
    with pytest.raises(AivssError, match=r"in\.files is used both ways"):
        compiled_files(copy)


def test_a_fact_that_says_the_wrong_way_is_refused(copy):
    change(copy / "facts/inputs.yaml", "    from:", "    raises: false\n    from:")
    with pytest.raises(AivssError, match="but conditions say otherwise"):
        compiled_files(copy)


def test_a_control_that_makes_things_worse_is_refused(copy):
    change(copy / "threats/L1.yaml", 'closed_by: ""', "closed_by: not k.dlp")
    with pytest.raises(AivssError, match=r"control k\.dlp makes things worse"):
        compiled_files(copy)


def test_only_what_is_lost_behind_can_be_mild(copy):
    change(copy / "vectors.yaml", "value: N, entry: [content]", "value: N, mild: true")
    with pytest.raises(AivssError, match="metric AV: only rows of SC, SI and SA"):
        compiled_files(copy)


def test_capabilities_in_a_circle_are_refused(copy):
    change(copy / "capabilities.yaml", "t.read_public_web or", "c.way_around or c.send_out or")
    change(
        copy / "capabilities.yaml", "c.hand_out or t.http_out", "c.hand_out or c.ingest_untrusted"
    )
    with pytest.raises(AivssError, match="capabilities in a circle"):
        compiled_files(copy)


LOWERING = {
    "sy.no_sender",
    "sy.no_receiver",
    "t.few_changes",
    "t.keeps_little",
    "t.only_fetches",
    "t.only_public",
    "t.only_reads",
}
"""Facts that make things better: of a member that only receives or sends, of tools that look up."""


def test_every_name_has_a_bit_of_its_own_and_a_question():
    assert sorted(KNOWLEDGE.bits) == list(KNOWLEDGE.bits)
    assert sorted(KNOWLEDGE.bits.values()) == list(range(len(KNOWLEDGE.bits)))
    for row in (*KNOWLEDGE.facts.values(), *KNOWLEDGE.controls.values()):
        assert KNOWLEDGE.bits[row.id] == row.bit
        assert row.question.endswith("?")
        assert row.raises == (row.family != "k" and row.id not in LOWERING)


def test_questions_and_titles_are_asked_once():
    for texts in (
        [row.question for row in (*KNOWLEDGE.facts.values(), *KNOWLEDGE.controls.values())],
        [row.title for row in KNOWLEDGE.threats],
        [row.says for row in KNOWLEDGE.mitigations.values()],
    ):
        assert [text for text, count in Counter(texts).items() if count > 1] == []


def printed(code: str) -> list[str]:
    """Run code in a process of its own, which has loaded nothing yet."""
    command = [sys.executable, "-c", code]
    here = FRAMEWORKS.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=here)
    return done.stdout.splitlines()


def test_loading_needs_neither_yaml_nor_pydantic_nor_networkx():
    code = (
        "import sys, threatmodel.rules.evaluate as e, threatmodel.rules.load as l;"
        "l.load_knowledge();"
        "print(sorted({'yaml', 'pydantic', 'networkx'} & set(sys.modules)))"
    )
    assert printed(code) == ["[]"]


def test_a_score_reads_no_rules_of_policy_and_no_words_of_threats():
    code = (
        "from threatmodel.cli import main; from threatmodel.rules.load import load_knowledge as k;"
        "main(['score', 'agents/confluent.yaml']); print(*sorted({*APART} & {*k().sections}));"
        "print(*(len(k().sections[one]) > 3 for one in APART), 'nothing' in k().sections)"
    ).replace("APART", repr(APART))
    assert printed(code)[-2:] == ["", "True True False"]
    with pytest.raises(KeyError):
        KNOWLEDGE.sections["nothing"]


def test_knowledge_is_loaded_once():
    assert load_knowledge() is KNOWLEDGE


def test_a_packed_condition_can_be_unpacked_again():
    data = json.loads((FRAMEWORKS / COMPILED).read_text(encoding="utf-8"))
    again = knowledge_of(data)
    for row in data["threats"]:
        assert unpack(row["when"], again) == KNOWLEDGE.by_id[row["id"]].when


def test_references_are_pinned_to_a_version():
    refs = KNOWLEDGE.pinned(KNOWLEDGE.by_id["TH-L1-01"].refs)
    assert refs["atlas@5.6.0"] == ("AML.T0051.000", "AML.T0054")
    assert all("@" in name and not name.endswith("@") for name in refs)


def test_every_atlas_and_safe_id_is_in_the_published_lists(facts_folder, capsys):
    known = json.loads((facts_folder / "public_ids.json").read_text(encoding="utf-8"))
    cited = {name: cited_ids(name) for name in ("atlas", "safe")}
    with capsys.disabled():
        print(f"\ncited: {len(cited['atlas'])} ATLAS, {len(cited['safe'])} SAFE ids")  # noqa: T201
    for name, ids in cited.items():
        assert ids <= set(known[name])
        for ref, official in NAMES[name].items():
            assert official == known[name][ref]


def test_every_cited_id_of_a_list_that_we_carry_has_a_name_and_no_other_has():
    for namespace, names in NAMES.items():
        cited = cited_ids(namespace)
        parents = {ref.rpartition(".")[0] for ref in cited}
        assert cited <= set(names)
        if namespace in ("atlas", "safe"):
            assert set(names) - cited <= parents


def cited_ids(namespace: str) -> set[str]:
    rows = (*KNOWLEDGE.threats, *KNOWLEDGE.mitigations.values())
    return {ref for row in rows for ref in row.refs.get(namespace, ())}


def test_every_published_attack_pattern_leads_to_a_threat_and_to_tools():
    for pattern in get_args(AttackPattern):
        rows = [row for row in KNOWLEDGE.threats if pattern in row.attack]
        assert any(row.tools for row in rows), pattern


def test_every_trait_of_a_tool_is_abused_by_some_threat():
    named = {name for row in KNOWLEDGE.threats for name in row.tools}
    traits = {name for name in KNOWLEDGE.facts if name.startswith("t.")}
    assert traits - named == {
        "t.few_changes",
        "t.keeps_little",
        "t.many",
        "t.labels_only",
        "t.only_fetches",
        "t.only_public",
        "t.only_reads",
        "t.read_reference",
        "t.telemetry",
        "t.unlisted",
        "t.watching",
    }


def test_every_threat_says_why_what_to_check_and_when_it_is_a_false_alarm():
    for row in KNOWLEDGE.threats:
        texts = row.texts
        assert 2 <= len([part for part in texts.why.split(". ") if part]) <= 4, row.id
        assert len(texts.why) <= 420, row.id
        assert texts.check.rstrip()[-1] in "?.:", row.id
        assert texts.false_positives.endswith("."), row.id
        assert row.refs, row.id


def test_the_reference_host_and_every_layer_can_be_asked_about():
    for layer in KNOWLEDGE.layers.values():
        assert len(layer.asks) <= 6
        assert layer.about
        for name in layer.asks:
            assert (KNOWLEDGE.facts.get(name) or KNOWLEDGE.controls[name]).question


def test_the_guide_is_what_the_rules_say():
    assert guide.main(["--check"]) == 0, "run: python -m threatmodel.rules.guide"


def test_an_edit_of_the_guide_by_hand_is_noticed_and_undone(copy, capsys):
    assert guide.main(["--check"], copy) == 0
    change(copy / guide.GUIDE, "# Rules", "# Our rules")
    assert guide.main(["--check"], copy) == 1
    assert "is stale" in capsys.readouterr().err
    assert guide.main([], copy) == 0
    assert guide.main(["--check"], copy) == 0


def test_the_guide_names_every_id():
    text = (FRAMEWORKS / guide.GUIDE).read_text(encoding="utf-8")
    for name in (
        *KNOWLEDGE.bits,
        *KNOWLEDGE.by_id,
        *KNOWLEDGE.mitigations,
        *KNOWLEDGE.clauses,
        *KNOWLEDGE.chains,
        *(section for section in KNOWLEDGE.sections),
    ):
        assert f"`{name}`" in text, name


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (Mitigation, {"says": "   ", "kind": "preventive", "gives": ["k.a"]}, "says"),
        (Mitigation, {"says": "x" * 1201, "kind": "preventive", "gives": ["k.a"]}, "says"),
        (Mitigation, {"says": "Do it.", "kind": "preventive", "gives": []}, "gives"),
        (Clause, {"says": "no"}, "says"),
        (Chain, {"name": "A way", "steps": ["TH-L1-01"], "breaks_best_at": "TH-L1-01"}, "steps"),
        (
            Namespace,
            {"title": "One", "version": "1", "url": "javascript:alert(1)", "used_for": "both"},
            "url",
        ),
    ],
)
def test_a_rule_says_something_of_a_readable_length_and_links_only_to_https(kind, given, told):
    with pytest.raises(ValidationError, match=told):
        TypeAdapter(Annotated[kind, AfterValidator(filled)]).validate_python(given)
