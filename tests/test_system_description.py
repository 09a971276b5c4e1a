"""What a system may say: members, flows, stores, keys; every fault with its place."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from threatmodel.cli.app import app
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.description.members import MOST_MEMBERS
from threatmodel.description.model import schema_text
from threatmodel.description.system import System, unreached
from threatmodel.errors import AivssError, InvalidFileError, every

CLAIMS = """
name: Claims
form: deployment
credentials:
  - {name: bank key, kind: static-key}
  - {name: mail login, kind: oauth}
memory: {persistent: no}
autonomy: {multi_step: yes, unattended: yes}
members:
  - name: intake
    keys: [mail login]
    autonomy: {unattended: no}
    tools: [{name: read_letters, description: Read letters of customers.}]
  - {name: reviewer, kind: person, summary: Approves each payment.}
  - name: payer
    credentials: [{name: own key, kind: password}]
    tools: [{name: issue_payment, description: Pay an amount.}]
stores: [{name: case file, private: yes}]
outside: [{name: customers}]
flows:
  - {from: customers, to: intake, carries: [text]}
  - {from: intake, to: case file, carries: [data]}
  - {from: intake, to: reviewer, carries: [data], checked_by: [schema]}
  - {from: reviewer, to: payer, carries: [task]}
"""


def load(text: str) -> System:
    system = load_agent_text(text.encode(), "claims.yaml")
    assert isinstance(system, System)
    return system


def faults(text: str) -> list[str]:
    with pytest.raises((AivssError, ExceptionGroup)) as caught:
        load_agent_text(text.encode(), "claims.yaml")
    return [str(fault).split("\n")[0] for fault in every(caught.value)]


def member(system: System, name: str):
    return next(one for one in system.members if one.name == name)


def test_what_the_system_says_holds_for_members_unless_they_say_otherwise():
    system = load(CLAIMS)
    intake, payer = member(system, "intake"), member(system, "payer")
    assert intake.autonomy.multi_step is not None
    assert (intake.autonomy.unattended, payer.autonomy.unattended) == ("no", "yes")
    assert {one.form for one in (intake, payer)} == {"deployment"}
    assert {one.kind for one in (intake, payer)} == {"agent"}


def test_a_member_holds_the_keys_that_it_names_or_its_own_or_all():
    system = load(CLAIMS)
    assert [c.name for c in member(system, "intake").credentials] == ["mail login"]
    assert [c.name for c in member(system, "payer").credentials] == ["own key"]
    every_key = load(CLAIMS.replace("    keys: [mail login]\n", ""))
    assert [c.name for c in member(every_key, "intake").credentials] == ["bank key", "mail login"]
    none = load(CLAIMS.replace("keys: [mail login]", "keys: []"))
    assert member(none, "intake").credentials == ()


def test_every_value_keeps_its_place_in_the_file():
    system = load(CLAIMS)
    intake, payer = member(system, "intake"), member(system, "payer")
    assert intake.places.of(("tools", 0, "name")).line == 13
    assert intake.places.of(("autonomy", "multi_step")).line == 8
    assert intake.places.of(("credentials", 0, "kind")).line == 6
    assert payer.places.of(("credentials", 0)).line == 16


def test_a_member_can_be_taken_from_a_file(tmp_path: Path):
    (tmp_path / "payer.yaml").write_text("name: Payer\nstated_by: vendor\nmemory: {shared: no}\n")
    text = "name: S\nmemory: {persistent: yes}\nmembers:\n- {name: payer, extends: payer.yaml}\n"
    (tmp_path / "system.yaml").write_text(text)
    system = load_agent(tmp_path / "system.yaml")
    (payer,) = system.members
    assert (payer.name, payer.memory.shared, payer.memory.persistent) == ("payer", "no", "yes")
    assert payer.speaker_at(str(tmp_path / "payer.yaml")) == "vendor"
    before = system.digest
    (tmp_path / "payer.yaml").write_text("name: Payer\n")
    assert load_agent(tmp_path / "system.yaml").digest != before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("to: payer,", "to: payr,"), "24:26: flows.3.to: there is no member, store or outside"),
        (("to: payer,", "to: reviewer,"), "24:5: flows.3: a flow from 'reviewer' to itself"),
        (
            ("[{name: customers}]", "[{name: customers}, {name: intake}]"),
            "19:37: outside: there are 2",
        ),
        (("[mail login]", "[mail]"), "11:12: keys: the system has no credential 'mail'"),
        (("[schema]", "[sceme]"), "23:64: flows.2.checked_by.0: should be one of 6 known words"),
        (("  - name: payer", "  - name: payer\n    members: []"), "a member cannot be a system"),
        (("  - name: payer", "  - name: payer\n    flows: []"), "a member cannot be a system"),
        (("  - name: payer", "  - name: payer\n    toolz: []"), "16:5: toolz: unknown key"),
        (("form:", "tools: []\nform:"), "3:1: tools: a system has none of its own"),
        (("form:", "kind: skill\nform:"), "3:7: kind: a description with members is multi-agent"),
        (("kind: person,", "kind: person, tools: [],"), "14:36: tools: unknown key"),
        (("carries: [task]", "trust: trusted"), "24:40: flows.3.trust: 'reviewer' is not outside"),
    ],
)
def test_every_fault_is_told_with_its_place(change, said):
    (told,) = faults(CLAIMS.replace(*change, 1))
    assert said in told


def test_all_faults_are_told_at_once():
    text = CLAIMS.replace("to: payer,", "to: payr,").replace("to: case file", "to: case")
    assert len(faults(text)) == 2
    text = CLAIMS.replace("[mail login]", "[mail]").replace("persistent: no", "persisted: no")
    assert len(faults(text)) == 3  # the misspelt section is also that of each member


def test_a_system_in_a_file_cannot_be_a_member(tmp_path: Path):
    (tmp_path / "inner.yaml").write_text(CLAIMS)
    (tmp_path / "outer.yaml").write_text(
        "name: S\nmembers:\n  - {name: office, extends: inner.yaml}\n"
    )
    with pytest.raises((AivssError, ExceptionGroup), match="cannot be a system itself"):
        load_agent(tmp_path / "outer.yaml")


@pytest.mark.parametrize("members", ["[]", "{}", "payer", "[payer]"])
def test_members_are_a_list_of_mappings(members):
    assert faults(f"name: S\nmembers: {members}\n")


def test_a_system_larger_than_anyone_reads_is_refused():
    rows = "".join(f"- {{name: m{number}}}\n" for number in range(MOST_MEMBERS + 1))
    (told,) = faults(f"name: S\nmembers:\n{rows}")
    assert f"more than {MOST_MEMBERS}" in told


def test_members_that_no_flow_reaches_are_named():
    assert unreached(load(CLAIMS)) == []
    lonely = load(CLAIMS + "  - {from: payer, to: case file, carries: [data]}\n")
    assert unreached(lonely) == []
    apart = CLAIMS.replace(", to: payer,", ", to: case file,")
    assert [name for name, _ in unreached(load(apart))] == ["payer"]


def test_where_every_member_is_answered_work_begins_with_the_first():
    circle = (
        "name: S\nmembers:\n- {name: a}\n- {name: b}\n- {name: c}\nflows:\n"
        "- {from: a, to: b}\n- {from: b, to: a}\n"
    )
    assert [name for name, _ in unreached(load(circle))] == ["c"]


def test_validate_names_members_out_of_reach_and_counts_the_rest(tmp_path: Path):
    file = tmp_path / "claims.yaml"
    file.write_text(CLAIMS.replace(", to: payer,", ", to: case file,"))
    run = CliRunner().invoke(app, ["validate", str(file)], standalone_mode=False)
    assert run.return_value == 0
    assert "good; 3 members, 4 flows, 2 tools" in run.stdout
    assert f"{file}:15:5: no flow reaches the member 'payer'" in run.stderr


def test_the_published_schema_takes_a_system():
    schema = json.loads(schema_text())
    jsonschema.validate(yaml.safe_load(CLAIMS.replace(": no", ": false")), schema)
    wrong = yaml.safe_load(CLAIMS.replace("kind: person,", "kind: person, keys: [],"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


TWO = "name: S\nmembers:\n  - {name: a, tools: []}\n  - {name: b, tools: []}\n"
KEYED = "name: S\ncredentials: [{name: k, kind: static-key}]\nmembers:\n"


@pytest.mark.parametrize(
    ("text", "said", "does"),
    [
        (TWO + "flows:\n  - {from: a, to: c}\n", "6:19: flows.0.to: there is no", "a, b"),
        (TWO + "flows:\n  - {from: a}\n", "6:5: flows.0.to: is missing", "add `to: ...`"),
        (TWO + "flows: a to b\n", "5:8: flows: should be a list", '"- "'),
        (TWO + "flows: [{from: a, to: b, carries: text}]\n", "5:35: flows.0.carries", "entry"),
        (TWO + "flows: [{from: a, to: b, via: c}]\n", "5:26: flows.0.via: unknown", "checked_by"),
        (TWO + "stores: [{name: a}]\n", "5:17: stores: there are 2 called 'a'", "name of its own"),
        (TWO + "stores: [{private: yes}]\n", "5:10: stores.0.name: is missing", "name"),
        (TWO + "outside: [{name: x, kind: robot}]\n", "5:27: outside.0.kind", "person"),
        ("name: S\nmembers:\n  - {name: a}\n  - {name: a, kind: person}\n", "4:12", "of its own"),
        ("name: S\nmembers:\n  - {name: a, kind: person, tools: []}\n", "3:29: tools", "summary"),
        ("name: S\nmembers:\n  - {name: p, kind: person}\n", "3:3: members: none", "people alone"),
        ("name: S\nmembers:\n  - {name: a, kind: multi-agent}\n", "3:5: a member cannot", "inner"),
        ("name: S\nmembers:\n  - {name: a, name: b}\n", "3:15: the key 'name'", "keep one"),
        ("name: S\nmembers:\n  - {name: '  '}\n", "3:12: members.0.name", "tell from others"),
        ("name: S\nmembers:\n  - {name: ''}\n", "3:12: name: must not be empty", ""),
        ("name: S\nmembers:\n  - {name: 5}\n", "3:12: name: should be text", "quotes"),
        ("name: S\nmembers: [null]\n", "2:11: a description is a mapping", "name"),
        (KEYED + "  - {name: a, keys: [[k]]}\n", "4:22: keys: the system has no", "k"),
        (KEYED + "  - {name: a, keys: [{name: k}]}\n", "4:22: keys: the system has no", "k"),
        (KEYED + "  - {name: a, keys: k}\n", "4:21: keys: should be a list", "keys: [name]"),
        ("name: S\nflows: [{from: a, to: b}]\n", "2:1: flows: unknown key", "possible"),
        ("name: S\nmembers:\n  - {name: a, extends: no.yaml}\n", "3:24: extends", "check the name"),
        ("name: S\nmembers:\n  - {name: a, extends: ../a.yaml}\n", "3:24: ../a.yaml", "folder"),
    ],
)  # fmt: skip
def test_what_is_broken_is_told_with_its_place_and_what_to_do(text, said, does):
    with pytest.raises((AivssError, ExceptionGroup)) as caught:
        load_agent_text(text.encode(), "claims.yaml")
    (fault,) = every(caught.value)
    assert f"claims.yaml:{said}" in str(fault).split("\n")[0]
    assert does in str(fault)


@pytest.mark.parametrize("inner", ["name: T\nextends: inner.yaml\n", "extends: system.yaml\n"])
def test_files_that_extend_in_a_circle_are_refused(inner, tmp_path: Path):
    (tmp_path / "inner.yaml").write_text(inner)
    (tmp_path / "system.yaml").write_text("name: S\nmembers:\n  - {name: a, extends: inner.yaml}\n")
    with pytest.raises((AivssError, ExceptionGroup), match=r"deep|cannot be a system"):
        load_agent(tmp_path / "system.yaml")


def test_ten_thousand_flows_are_read_and_every_fault_is_told():
    flows = "".join(f"  - {{from: a, to: {'b' if n % 2 else 'c'}}}\n" for n in range(10_000))
    assert len(faults(f"{TWO}flows:\n{flows}")) == 5_000
    system = load(f"{TWO}flows:\n{flows.replace('to: c', 'to: b')}")
    assert len(system.flows) == 10_000


BASE = """
name: Base
members:
  - {name: reader, tools: [{name: read_mail, description: Read mail that customers sent.}]}
  - {name: clerk, kind: agent}
  - {name: payer, tools: [{name: create_refund, description: Refund a payment to a card.}]}
stores: [{name: file}]
outside: [{name: customers}]
flows:
  - {from: customers, to: reader, carries: [text]}
  - {from: reader, to: clerk, carries: [text]}
  - {from: clerk, to: payer, carries: [task]}
  - {from: reader, to: file}
"""


def over(tmp_path, text: str):
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    file = tmp_path / "own.yaml"
    file.write_text(f"extends: base.yaml\nname: Own\n{text}", encoding="utf-8")
    return load_agent(file)


def test_a_file_that_extends_a_system_leaves_members_and_flows_out(tmp_path):
    found = over(tmp_path, "without: [payer, file, {from: customers, to: reader}]\n")
    assert [one.name for one in found.members] == ["reader", "clerk"]
    assert found.stores == ()
    assert [(flow.sender, flow.to) for flow in found.flows] == [("reader", "clerk")]
    assert found.without == ()
    place = found.places.of(("flows", 0))
    assert (place.path.endswith("base.yaml"), place.line) == (True, 11)


def test_what_is_left_out_may_come_back_otherwise(tmp_path):
    text = "without: [payer]\nmembers: [{name: clerk, tools: []}, {name: cashier, kind: agent}]\n"
    found = over(tmp_path, text)
    assert [one.name for one in found.members] == ["reader", "clerk", "cashier"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("without: [payr]", "own.yaml:3:11: without.0: the extended system has no member"),
        ("without: [{from: payer, to: clerk}]", "has no flow from 'payer' to 'clerk'"),
        ("without: [4]", "own.yaml:3:11: without.0: neither a name nor a flow"),
        ("without: payer", "should be a list of names and flows"),
        ("without: [reader, clerk, payer]", "without: no member is left"),
    ],
)
def test_what_is_left_out_has_to_be_there(tmp_path, text, said):
    with pytest.raises(ExceptionGroup) as caught:
        over(tmp_path, text)
    assert any(said in str(fault) for fault in caught.value.exceptions)


def test_faults_in_a_file_of_a_member_stand_in_that_file(tmp_path):
    (tmp_path / "odd.yaml").write_text("name: odd\n# more\ntols: []\n", encoding="utf-8")
    file = tmp_path / "own.yaml"
    said = "name: Own\nmembers:\n  - {name: a, extends: odd.yaml}\n  - {name: b, kind: agent}\n"
    file.write_text(said, encoding="utf-8")
    with pytest.raises(InvalidFileError, match=r"odd\.yaml:3:1: tols: unknown key"):
        load_agent(file)


def test_without_needs_a_system_that_is_extended(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text("name: Own\nwithout: [a]\nmembers: [{name: a, kind: agent}]\n")
    with pytest.raises(InvalidFileError, match="no system that this one extends"):
        load_agent(file)
