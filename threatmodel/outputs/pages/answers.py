"""The open answers on the page that decides: those that decide come first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from threatmodel.advise.bound import BoundMember, value_if_bad
from threatmodel.assessment import Assessment
from threatmodel.classify import load_class_rules
from threatmodel.classify.operation import kinds_of
from threatmodel.outputs.pages.labels import mark, width
from threatmodel.outputs.pages.verdict import LINE
from threatmodel.policy.rules import policy_rules
from threatmodel.score.formula import severity
from threatmodel.score.result import Question
from threatmodel.system.merge import question_to

_SHOWN = 3
"""Answers that are told where none decides."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What one person has to confirm before a yes, since nobody has stated it."""

    letter: str
    """A for what weighs most."""
    says: str
    """What must be so, and what must not."""
    who: str
    """Who can say, as a role."""
    value: float
    """Score if none of it is as confirmed."""
    style: str
    """Style name of that score's band."""
    width: float
    """Length of its bar, per cent of the scale."""


def moving(assessment: Assessment) -> list[Question]:
    """Give the questions that move the score as it is, the ones to ask first in front."""
    score = assessment.score
    asked = [q for q in (*score.questions, *score.run_questions) if q.moves]
    return sorted(asked, key=lambda q: _urgency(assessment, q))


def lifting(assessment: Assessment, asked: Iterable[Question]) -> list[Question]:
    """Give those whose answers lift the score over the line again, the gravest first."""
    over = [q for q in asked if q.high >= LINE]
    return sorted(over, key=lambda q: (-q.high, _urgency(assessment, q)))


def _urgency(assessment: Assessment, asked: Question) -> tuple[bool, float, str]:
    """Rank a question: what a documented default stands in for can wait, silence cannot."""
    return is_assumed(assessment, asked), -(asked.high - asked.low), asked.fact


def is_assumed(assessment: Assessment, asked: Question) -> bool:
    """Tell whether a documented default stands in for the answer."""
    return assessment.facts.facts[asked.fact].basis == "assumed"


def confirmations(
    assessment: Assessment, parts: Mapping[str, BoundMember], over: Sequence[Question]
) -> tuple[Confirmation, ...]:
    """Put what a yes hangs on together by who can say so, what weighs most first."""
    rows = policy_rules(assessment.knowledge).advise.confirm
    asked: dict[str, list[Question]] = {}
    for q in over:
        family = q.fact.partition(".")[0]
        row = next((row for row in rows if family in row.families), rows[-1])
        asked.setdefault(row.who, []).append(q)
    valued = [(value_if_bad(parts, some), who, some) for who, some in asked.items()]
    valued.sort(key=lambda one: (-one[0], -len(one[2]), one[1]))
    return tuple(
        Confirmation(
            letter, _told(assessment, some), who, value, mark(severity(value)), width(value)
        )
        for letter, (value, who, some) in zip(ascii_uppercase, valued, strict=False)
    )


def _told(assessment: Assessment, some: Sequence[Question]) -> str:
    """Tell what must be so and what must not, and apart from it what is only assumed."""
    words = policy_rules(assessment.knowledge).advise.page
    leads = {
        ("no", False): words.not_so,
        ("yes", False): words.so,
        ("no", True): words.assumed_not,
        ("yes", True): words.assumed_so,
    }
    parts = []
    for (good, assumed), lead in leads.items():
        fitting = [q for q in some if (_words(q)[0], is_assumed(assessment, q)) == (good, assumed)]
        if fitting:
            parts.append(lead.format(facts=_facts(assessment, fitting)))
    return " ".join(parts)


def _facts(assessment: Assessment, some: Iterable[Question]) -> str:
    """Say of what it is asked; of the members of a system, of whom."""
    of = dict[tuple[str, ...], list[Question]]()
    for q in some:
        of.setdefault(q.members, []).append(q)
    return "; ".join(
        question_to(members, "; ".join(_said(assessment, asked))) for members, asked in of.items()
    )


def _said(assessment: Assessment, some: Sequence[Question]) -> Iterable[str]:
    """Say each fact, or what stands for several of them that must not be so."""
    rows, controls = assessment.knowledge.facts, assessment.knowledge.controls
    unwanted = {q.fact for q in some if _words(q)[0] == "no"}
    together = {
        fact: rule.says
        for rule in policy_rules(assessment.knowledge).advise.together
        if rule.facts[0] in unwanted and len(unwanted.intersection(rule.facts)) > 1
        for fact in unwanted.intersection(rule.facts)
    }
    beyond = {
        rule.fact: rule.says
        for rule in policy_rules(assessment.knowledge).advise.beyond
        if rule.fact in unwanted and _reads(assessment, rule.kinds)
    }
    return dict.fromkeys(
        together.get(q.fact) or beyond.get(q.fact) or (rows.get(q.fact) or controls[q.fact]).says
        for q in some
    )


def _reads(assessment: Assessment, kinds: Sequence[str]) -> bool:
    """Tell whether a tool looks up things of such kinds that are not public."""
    rules = load_class_rules()
    return any(
        not kinds_of(tuple(effect.object.split()), rules)[1].isdisjoint(kinds)
        for reading in assessment.readings
        if reading.tool_class == "Read" and "touches_private_data" in reading.flags
        for effect in reading.effects[:1]
    )


def _words(asked: Question) -> tuple[str, str]:
    return ("no", "yes") if asked.if_true > asked.if_false else ("yes", "no")


def open_ones(asked: Sequence[Question]) -> tuple[str, ...]:
    """Tell what the first answers would make of the score as it is."""
    return tuple(
        f"{q.text} If yes it scores {q.if_true:.1f}, if no {q.if_false:.1f}."
        for q in asked[:_SHOWN]
    )
