"""The vendor's form: written by a report, filled in, read back as what the vendor says."""

import io
import re

import pikepdf
import pytest

from threatmodel.assessment import assess
from threatmodel.description.load import load_agent
from threatmodel.errors import AivssError
from threatmodel.importers.document import SourceInput
from threatmodel.importers.run import import_sources
from threatmodel.importers.save import save
from threatmodel.outputs import render
from threatmodel.outputs.pages.questions import all_questions

DESCRIPTION = """\
# kept: a person wrote this
name: Example
tools: [{name: read_tickets, description: List tickets that customers wrote.}]
users: {read_and_act: yes}
"""


@pytest.fixture
def described(tmp_path):
    file = tmp_path / "agent.yaml"
    file.write_text(DESCRIPTION)
    return file


def filled(file, answers: dict[str, str]) -> bytes:
    form = str(render("questions", assess(load_agent(file))))
    for fact, answer in answers.items():
        assert f"  {fact}: {{value: unknown, by: vendor" in form
        form = form.replace(
            f'  {fact}: {{value: unknown, by: vendor, note: "", proof: ""}}',
            f'  {fact}: {{value: {answer}, by: operator, note: "we say so", proof: "a paper"}}',
        )
    return form.encode()


def bring_in(file, form: bytes):
    (imported,) = import_sources([SourceInput("answers.yaml", form)])
    save(file, imported)
    return load_agent(file), imported


def test_answers_become_facts_of_the_vendor_whoever_they_name(described):
    form = filled(described, {"au.unattended": "true", "id.admin_scope": "false"})
    agent, imported = bring_in(described, form)
    assert agent.facts["au.unattended"].by == "vendor"
    assert agent.facts["au.unattended"].value is True
    assert agent.facts["id.admin_scope"].value is False
    assert any("2 of" in remark for remark in imported.remarks)


def test_an_offered_proof_is_no_proof_until_a_reviewer_makes_it_one(described):
    agent, imported = bring_in(described, filled(described, {"id.admin_scope": "false"}))
    assert agent.facts["id.admin_scope"].proof == ""
    assert "offered as proof: a paper" in agent.facts["id.admin_scope"].note
    assert any("proof is offered" in remark for remark in imported.remarks)


def test_answers_add_and_take_nothing_away(described):
    agent, _ = bring_in(described, filled(described, {"au.unattended": "yes"}))
    assert "# kept: a person wrote this" in described.read_text()
    assert agent.users.read_and_act == "yes"
    assert len(agent.known_tools) == 1


def test_a_vendors_answers_never_lower_the_score(described):
    before = assess(load_agent(described)).score.value
    questions = assess(load_agent(described)).score.questions
    agent, _ = bring_in(described, filled(described, {q.fact: "false" for q in questions}))
    assert assess(agent).score.value >= before


def test_the_form_to_fill_in_on_screen_asks_the_same_and_carries_the_one_that_is_read_back(
    described,
):
    assessment = assess(load_agent(described))
    asks = all_questions(assessment)
    with pikepdf.open(io.BytesIO(render("form", assessment))) as pdf:
        fields = {str(field.T): str(field.TU) for field in pdf.Root.AcroForm.Fields}
        carried = pdf.attachments["questions.yaml"].get_file().read_bytes().decode()
    assert carried == render("questions", assessment)
    assert {f"q{ask.number}{part}" for ask in asks for part in ("", "-how", "-where")} == set(
        fields
    )
    assert all(ask.text in fields[f"q{ask.number}"] for ask in asks)


SYSTEM = """\
# kept: a person wrote this
name: Example
members:
  - name: clerk  # reads what comes in
    tools: [{name: read_tickets, description: List tickets that customers wrote.}]
  - name: payer
    tools: [{name: create_refund, description: Refund a payment to a card.}]
"""


@pytest.fixture
def system(tmp_path):
    file = tmp_path / "system.yaml"
    file.write_text(SYSTEM)
    return file


def test_the_form_of_a_system_asks_each_member_and_an_answer_is_about_that_member(system):
    form = str(render("questions", assess(load_agent(system))))
    first, cut, second = form.partition('  - name: "payer"\n')
    both = re.findall(r"^ +([a-z_.]+): \{value: unknown", second, re.MULTILINE)
    fact = next(one for one in both if f" {one}: " in first)
    answered = second.replace(f"{fact}: {{value: unknown", f"{fact}: {{value: yes")
    agent, imported = bring_in(system, f"{first}{cut}{answered}".encode())
    clerk, payer = agent.agents
    assert fact not in clerk.facts
    assert payer.facts[fact].value is True
    assert "# reads what comes in" in system.read_text()
    assert any(remark.startswith("1 of ") for remark in imported.remarks)


def test_an_answer_for_a_member_that_is_not_there_is_refused(system):
    form = str(render("questions", assess(load_agent(system)))).replace('"payer"', '"cashier"')
    form = form.replace("value: unknown", "value: yes")
    with pytest.raises(AivssError, match="has no member 'cashier'"):
        bring_in(system, form.encode())
    assert system.read_text() == SYSTEM
