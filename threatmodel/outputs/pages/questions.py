"""The open questions, as a form to send to whoever can answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.score.result import Question
from threatmodel.system.merge import question_to
from threatmodel.threats.finding import Finding

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """One question of the form."""

    number: int
    """1 for the one whose answer moves the score most."""
    fact: str
    """Fact id that the answer states."""
    text: str
    moves: str
    """Score if yes and if no, such as `9.1 / 7.0`; empty where it only settles a threat."""
    threats: tuple[str, ...]
    members: tuple[str, ...] = ()
    """Members of a system that it is asked of; empty for one agent."""
    alone: str = ""
    """The question as one of them is asked."""


def all_questions(assessment: Assessment) -> tuple[FormQuestion, ...]:
    """List every question: those that move the score, then those that settle a threat or layer."""
    score, model = assessment.score, assessment.model
    moving = {q.fact: q for q in score.questions}
    waiting: dict[str, list[str]] = {}
    of: dict[str, list[str]] = {fact: list(q.members) for fact, q in moving.items()}
    open_ids = {finding.id for finding in model.findings if finding.state == "needs_answer"}
    for name, finding in _findings(assessment):
        if finding.id in open_ids and finding.state == "needs_answer":
            for fact in finding.questions:
                waiting.setdefault(fact, []).append(finding.id)
                of.setdefault(fact, []).append(name)
    others = sorted(waiting, key=lambda fact: (-len(waiting[fact]), fact))
    for layer in model.layers:
        for fact in layer.questions:
            of.setdefault(fact, []).append(layer.member)
    asked = dict.fromkeys((*moving, *others, *of))
    return tuple(
        _ask(assessment, n, moving.get(fact) or fact, of[fact], waiting.get(fact, ()))
        for n, fact in enumerate(asked, 1)
    )


def _findings(assessment: Assessment) -> Iterator[tuple[str, Finding]]:
    """Yield the findings, of a system those of each member under its name."""
    if not isinstance(assessment, SystemAssessment):
        yield from (("", finding) for finding in assessment.model.findings)
        return
    several = len(assessment.members) > 1
    for one in assessment.members:
        name = one.agent.name if several else ""
        yield from ((name, finding) for finding in one.model.findings)


def _ask(
    assessment: Assessment,
    number: int,
    asked: Question | str,
    of: Sequence[str],
    waiting: Sequence[str],
) -> FormQuestion:
    members = tuple(dict.fromkeys(name for name in of if name))
    fact = asked if isinstance(asked, str) else asked.fact
    alone, threats = question_of(assessment, fact), tuple(dict.fromkeys(waiting))
    if isinstance(asked, str):
        return FormQuestion(number, fact, question_to(members, alone), "", threats, members, alone)
    moves = f"{asked.if_true:.1f} / {asked.if_false:.1f}"
    return FormQuestion(number, fact, asked.text, moves, threats or asked.threats, members, alone)


def shown_questions(assessment: Assessment) -> tuple[tuple[FormQuestion, ...], int]:
    """Give the questions that a report prints, and how many more there are."""
    found = all_questions(assessment)
    return found[:_SHOWN], max(0, len(found) - _SHOWN)


def question_of(assessment: Assessment, fact: str) -> str:
    """Give the question that settles a fact or control."""
    knowledge = assessment.knowledge
    row = knowledge.facts.get(fact) or knowledge.controls.get(fact)
    return row.question if row else fact
