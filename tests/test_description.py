"""The description: its own file, the product it extends, the tool list it points at."""

import json

import pytest

from threatmodel.assessment import assess
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.description.overrides import States
from threatmodel.description.sections import Credential, Supply
from threatmodel.facts.stated import SECTIONS, stating_fields
from threatmodel.rules.load import load_knowledge


def write(folder, **files: str):
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder / "agent.yaml"


def faults(file) -> list[str]:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - one fault or a group of them
        load_agent(file)
    fault = caught.value
    return [str(f) for f in fault.exceptions] if isinstance(fault, ExceptionGroup) else [str(fault)]


def test_only_a_name_is_required():
    agent = load_agent_text(b"name: Alone\n", "x.yaml")
    assert agent.name == "Alone"
    assert agent.known_tools == ()


def test_every_section_can_be_said_unknown():
    sections = "\n".join(f"{name}: unknown" for name in [*SECTIONS, "credentials", "tools"])
    agent = load_agent_text(f"name: X\n{sections}\ncontrols: unknown\n".encode(), "x.yaml")
    assert assess(agent).score.value == 0


def test_every_marked_field_states_a_fact_that_exists_and_every_fact_can_be_stated():
    rules = load_knowledge()
    known = {*rules.facts, *rules.controls}
    marks = [m for kind in (*SECTIONS.values(), Credential) for _, m in stating_fields(kind)]
    named = {
        fact
        for mark in marks
        for fact in (
            [mark.fact]
            if isinstance(mark, States)
            else [fact for choice in mark.choices.values() for fact in choice]
        )
    }
    assert named <= known
    assert stating_fields(Supply)
    seen_in_tools = {row.id for row in rules.facts.values() if "tool_schema" in row.seen_in}
    assert named & seen_in_tools <= {"t.read_private", "t.metered"}


def test_a_tool_list_keeps_its_own_places_and_cannot_choose_its_class(tmp_path):
    tools = {"tools": [{"name": "wipe_disk", "description": "Delete everything.",
                        "class": {"value": "Read"}, "server": "x", "icons": []}]}  # fmt: skip
    file = write(tmp_path, agent_yaml="name: X\ntools: {file: list.json}\n")
    (tmp_path / "list.json").write_text(json.dumps(tools, indent=1))
    agent = load_agent(file)
    (tool,) = agent.known_tools
    assert tool.override is None
    assert tool.server is None
    assert str(agent.places.of(("tools", 0, "name"))).endswith("list.json:4:12")
    assert assess(agent).readings[0].tool_class == "Destructive"


def test_a_person_sets_the_class_of_a_listed_tool(tmp_path):
    file = write(
        tmp_path,
        agent_yaml="name: X\ntools: {file: list.json}\n"
        "tool_classes: {frobnicate: {value: Read, note: it only looks}}\n",
    )
    (tmp_path / "list.json").write_text('[{"name": "frobnicate"}]')
    assert assess(load_agent(file)).readings[0].tool_class == "Read"
    file.write_text(file.read_text().replace("frobnicate", "frobnicat"))
    assert "did you mean 'frobnicate'" in faults(file)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]\n", "a description is a mapping"),
        ("name: X\ntools: {file: ../list.json}\n", "outside the folder"),
        ("name: X\ntools: {file: /etc/hostname}\n", "outside the folder"),
        ("name: X\ntools: {files: list.json}\n", "neither a list of tools nor"),
        ("name: X\ntools: {file: empty.json}\n", "not a tool list"),
        ("name: X\ntools: {file: none.json}\n", "agent.yaml:2:15: tools: none.json is not a file"),
        ("name: X\nextends: none.yaml\n", "is not a file"),
        ("name: X\nextends: agent.yaml\n", "more than 4 files deep"),
        ("name: X\nhost: mainframe\n", "there is no reference host"),
        ("name: X\ncontrols: {sandbx: yes}\n", "did you mean 'sandbox'"),
        ("name: X\nscores: {factors: {autonomi: 0.5}}\n", "there is no factor"),
    ],
)
def test_what_cannot_be_opened_or_named_is_refused_with_its_place(tmp_path, text, said):
    file = write(tmp_path, agent_yaml=text)
    (tmp_path / "empty.json").write_text("{}")
    assert any(said in fault for fault in faults(file))
    assert all(".yaml" in fault or ".json" in fault for fault in faults(file))


PRODUCT = """\
name: Product
kind: mcp-server
form: product
date: 2026-01-01
stated_by: vendor
tools: [{name: delete_file, description: Delete a file.}]
memory: {persistent: yes, shared: no}
facts: {au.unattended: yes}
"""
DEPLOYMENT = """\
name: Deployment
extends: product.yaml
form: deployment
memory: {shared: yes}
"""


def test_a_deployment_lays_its_words_over_the_products(tmp_path):
    file = write(tmp_path, agent_yaml=DEPLOYMENT, product_yaml=PRODUCT)
    agent = load_agent(file)
    assert (agent.name, agent.kind, agent.form, agent.date) == (
        "Deployment", "mcp-server", "deployment", None,
    )  # fmt: skip
    assert agent.memory.persistent == "yes"
    assert agent.memory.shared == "yes"
    assert agent.known_tools[0].name == "delete_file"


def test_each_statement_of_a_deployment_names_its_own_file_and_speaker(tmp_path):
    file = write(tmp_path, agent_yaml=DEPLOYMENT, product_yaml=PRODUCT)
    facts = assess(load_agent(file)).facts.facts
    assert (facts["m.shared"].by, facts["m.persistent"].by) == ("reviewer", "vendor")
    assert "agent.yaml:4" in facts["m.shared"].evidence[0].place
    assert "product.yaml:7" in facts["m.persistent"].evidence[0].place
    assert "product.yaml:8" in facts["au.unattended"].evidence[0].place


def test_the_digest_covers_every_file(tmp_path):
    file = write(tmp_path, agent_yaml=DEPLOYMENT, product_yaml=PRODUCT)
    before = load_agent(file).digest
    (tmp_path / "product.yaml").write_text(PRODUCT + "# a comment\n")
    assert load_agent(file).digest != before


def test_a_product_server_is_judged_with_a_named_host_and_a_deployment_is_not(tmp_path):
    file = write(tmp_path, agent_yaml=DEPLOYMENT, product_yaml=PRODUCT)
    product = assess(load_agent(tmp_path / "product.yaml")).facts.facts["mo.hosted"]
    assert (product.basis, product.by) == ("derived", "host:desktop-assistant")
    assert assess(load_agent(file)).facts.facts["mo.hosted"].basis == "assumed"


def test_an_empty_list_of_credentials_says_that_there_are_none():
    facts = assess(load_agent_text(b"name: X\ncredentials: []\n", "x.yaml")).facts.facts
    assert facts["id.static_key"].value is False
    assert facts["id.admin_scope"].value is False


def test_credentials_fold_one_weak_is_enough_and_a_control_needs_all():
    text = b"""\
name: X
credentials:
  - {name: a, kind: static-key, scope: least}
  - {name: b, kind: short-lived, scope: broad}
"""
    facts = assess(load_agent_text(text, "x.yaml")).facts.facts
    assert facts["id.static_key"].value is True
    assert facts["id.broad_scope"].value is True
    assert facts["k.short_lived_creds"].value is not True
    assert facts["k.least_privilege"].value is not True


def test_what_is_said_unknown_on_purpose_is_not_presumed():
    said = assess(load_agent_text(b"name: X\nmodel: {fine_tuned: unknown}\n", "x.yaml"))
    silent = assess(load_agent_text(b"name: X\n", "x.yaml"))
    assert said.facts.facts["mo.fine_tuned"].value is None
    assert silent.facts.facts["mo.fine_tuned"].basis == "assumed"


def test_a_statement_against_what_a_tool_shows_is_a_contradiction():
    text = b"""\
name: X
tools: [{name: delete_file, description: Delete a file for good.}]
facts: {t.delete: {value: no, by: %s}}
"""
    operator = assess(load_agent_text(text % b"operator", "x.yaml"))
    assert operator.facts.facts["t.delete"].value is False
    assert [c.id for c in operator.contradictions] == ["contradiction:t.delete"]
    vendor = assess(load_agent_text(text % b"vendor", "x.yaml"))
    assert vendor.facts.facts["t.delete"].value is True


def test_an_unproven_claim_of_a_vendor_is_shown_beside_what_is_verified():
    text = b"""\
name: X
stated_by: vendor
tools: [{name: delete_file, description: Delete a file for good.}]
controls: {human_approval: %s, tool_allowlist: %s, no_alt_path: %s, sandbox: %s, net_segment: %s}
"""
    claimed = assess(load_agent_text(text % ((b"yes",) * 5), "x.yaml")).score
    proven = b"{value: yes, proof: seen by the reviewer}"
    shown = assess(load_agent_text(text % ((proven,) * 5), "x.yaml")).score
    assert claimed.as_claimed is not None
    assert claimed.as_claimed < claimed.value
    assert shown.value == claimed.as_claimed
    assert shown.as_claimed is None
