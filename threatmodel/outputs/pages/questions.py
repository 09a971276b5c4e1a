"""The open questions, as a form to send to whoever can answer."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment

_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of the form."""

    number: int
    """1 for the one whose answer moves the score most."""

    fact: str
    """Fact id that the answer states."""

    text: str
    """The question."""

    moves: str
    """Score if yes and if no, such as `9.1 / 7.0`; empty where it only settles a threat."""

    threats: tuple[str, ...]
    """Threats that wait for it."""


def all_questions(assessment: Assessment) -> tuple[Ask, ...]:
    """List every question: those that move the score, then those that settle a threat or layer."""
    score, model = assessment.score, assessment.model
    asked = {q.fact: (q.text, f"{q.if_true:.1f} / {q.if_false:.1f}") for q in score.questions}
    waiting: dict[str, list[str]] = {}
    for finding in model.findings:
        if finding.state == "needs_answer":
            for fact in finding.questions:
                waiting.setdefault(fact, []).append(finding.id)
    layers = [fact for layer in model.layers for fact in layer.questions]
    others = sorted(waiting, key=lambda fact: (-len(waiting[fact]), fact))
    for fact in (*others, *layers):
        asked.setdefault(fact, (question_of(assessment, fact), ""))
    moved = {q.fact: q.threats for q in score.questions}
    return tuple(
        Ask(n, fact, text, moves, tuple(waiting.get(fact, moved.get(fact, ()))))
        for n, (fact, (text, moves)) in enumerate(asked.items(), 1)
    )


def shown_questions(assessment: Assessment) -> tuple[tuple[Ask, ...], int]:
    """Give the questions that a report prints, and how many more there are."""
    found = all_questions(assessment)
    return found[:_SHOWN], max(0, len(found) - _SHOWN)


def question_of(assessment: Assessment, fact: str) -> str:
    """Give the question that settles a fact or control."""
    knowledge = assessment.knowledge
    row = knowledge.facts.get(fact) or knowledge.controls.get(fact)
    return row.question if row else fact
