"""The vendor's form: written by a report, filled in, read back as what the vendor says."""

import io
import re

import pikepdf
import pytest

from threatmodel.assessment import assess
from threatmodel.cli import main
from threatmodel.description.load import load_agent, load_agent_text
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


def test_a_form_that_came_back_empty_changes_nothing(described):
    before = described.read_text()
    _, imported = bring_in(described, filled(described, {}))
    assert described.read_text() == before
    assert any(remark.startswith("0 of ") for remark in imported.remarks)


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


HOW = 'We looked (twice) at "all" of it \u2014 and \u4e2d, back\\slash'


def screen(file, answers: dict[str, str], how=HOW, **saving) -> bytes:
    """Fill the PDF in as a viewer does: a group says its choice, and so does its button."""
    assessment = assess(load_agent(file))
    numbers = {ask.fact: ask.number for ask in all_questions(assessment)}
    said = {f"q{numbers[fact]}": answer for fact, answer in answers.items()}
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(render("form", assessment))) as pdf:
        for field in pdf.Root.AcroForm.Fields:
            name, _, part = str(field.T).partition("-")
            if name in said and part:
                field.V = pikepdf.String({"how": how, "where": "a paper"}[part])
            elif name in said and "/Kids" in field:
                choice = ("yes", "no").index(said[name])
                field.V = pikepdf.Name(f"/{choice}")
                field.Kids[choice].AS = pikepdf.Name(f"/{choice}")
        pdf.save(made, **saving)
    return made.getvalue()


FIRST = all_questions(assess(load_agent_text(DESCRIPTION.encode(), "agent.yaml")))[0].fact
SAVED = [pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate]


@pytest.mark.parametrize("streams", SAVED)
def test_the_form_that_was_filled_in_on_screen_comes_back_as_facts_of_the_vendor(
    described, streams
):
    asked = len(all_questions(assess(load_agent(described))))
    before = assess(load_agent(described)).score
    answers = {"id.admin_scope": "yes", "au.unattended": "no"}
    agent, imported = bring_in(described, screen(described, answers, object_stream_mode=streams))
    for fact, answer in answers.items():
        assert agent.facts[fact].value is (answer == "yes")
        assert agent.facts[fact].by == "vendor"
        assert HOW in agent.facts[fact].note
    assert "offered as proof: a paper" in agent.facts["id.admin_scope"].note
    assert f"2 of {asked} questions are answered" in imported.remarks
    after = assess(agent).score
    assert after.value >= before.value
    assert not {question.fact for question in after.questions} & set(answers)


def appended(made, name, entry):
    """Write the object of a field once more at the end, as viewers do that keep what was there."""
    with pikepdf.open(io.BytesIO(made)) as pdf:
        (number,) = {f.objgen[0] for f in pdf.Root.AcroForm.Fields if str(f.T) == name}
    return made + f"\n{number} 0 obj\n<< /T ({name}) {entry} >>\nendobj\n".encode()


def test_what_a_viewer_appends_to_a_file_is_what_counts(described):
    made = appended(screen(described, {FIRST: "yes"}, "once"), "q1-how", "/V <feff4e2d>")
    agent, _ = bring_in(described, made)
    assert agent.facts[FIRST].note.startswith("\u4e2d")


def test_a_question_with_both_answers_has_none(described):
    made = appended(screen(described, {FIRST: "yes"}), "q1-how", "/V (x)")
    agent, _ = bring_in(described, made + b"\n9999 0 obj << /T (q1) /AS /1 >> endobj")
    assert FIRST not in agent.facts


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\n1 0 obj\n" + b"<<" * 200_000,
        b"%PDF-1.7\n1 0 obj\n(" + b"(\\9" * 200_000,
        b"%PDF-1.7\n1 0 obj\n<</Type /ObjStm/First 9>>\nstream\n1 0 2 0 3 ]]]",
        b"%PDF-1.7\n1 0 obj\n<</Type /EmbeddedFile/Filter /FlateDecode>>\nstream\n\0\0endstream",
    ],
)
def test_a_pdf_without_a_form_is_refused_with_what_to_give_instead(data, described):
    with pytest.raises(AivssError, match="carries no form of questions") as fault:
        bring_in(described, data)
    assert "saved" in fault.value.hint


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


@pytest.mark.parametrize(("word", "value"), [('"Yes"', True), ("TRUE", True), ('" no "', False)])
def test_an_answer_counts_however_a_person_writes_yes_or_no(described, word, value):
    agent, imported = bring_in(described, filled(described, {"au.unattended": word}))
    assert agent.facts["au.unattended"].value is value
    assert any("1 of" in remark for remark in imported.remarks)


def test_an_answer_that_is_neither_yes_nor_no_is_named_and_left_out(described):
    form = filled(described, {"au.unattended": "sometimes", "id.admin_scope": "no"})
    agent, imported = bring_in(described, form)
    assert set(agent.facts) == {"id.admin_scope"}
    assert "neither yes, no nor unknown, left out: au.unattended" in imported.remarks


def test_answers_never_make_a_description_of_their_own(described, tmp_path):
    form = filled(described, {"au.unattended": "yes"})
    with pytest.raises(AivssError, match="answers add to a description"):
        bring_in(tmp_path / "new.yaml", form)
    assert not (tmp_path / "new.yaml").exists()


def test_answers_about_another_agent_are_taken_with_a_word_of_warning(described, tmp_path, capsys):
    form = tmp_path / "form.yaml"
    form.write_bytes(filled(described, {"au.unattended": "yes"}))
    told = "whether they belong together"
    assert main(["import", str(form), "-o", str(described)]) == 0
    assert told not in " ".join(capsys.readouterr().err.split())
    form.write_text(form.read_text().replace('"Example"', '"Another"'))
    assert main(["import", str(form), "-o", str(described)]) == 0
    assert told in " ".join(capsys.readouterr().err.split())
