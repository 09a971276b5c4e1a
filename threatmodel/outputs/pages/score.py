"""The score section: charts of the factors, of what would change it, and of the profiles."""

import math
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.assessment import Assessment
from threatmodel.outputs.charts.bars import answer_span, factor_bar
from threatmodel.outputs.charts.radar import Spoke, radar
from threatmodel.outputs.charts.waterfall import waterfall
from threatmodel.outputs.text import sentence
from threatmodel.score.headline import FactorLevel, Question, Score
from threatmodel.threats.finding import Finding

_SHORT = {
    "Autonomy of Action": "Autonomy",
    "Goal-Driven Planning": "Planning",
    "Self-Modification": "Self-mod.",
    "Dynamic Tool Use": "Tool use",
    "Persistent Memory": "Memory",
    "Contextual Awareness": "Context",
    "Dynamic Identity": "Identity",
    "Multi-Agent Interactions": "Multi-agent",
    "Non-Determinism": "Non-determ.",
    "Opacity & Reflexivity": "Opacity",
}
_LETTERS = 14
_REASONS = 4
_LEAST_STEP = 0.005


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A factor as a row."""

    level: FactorLevel
    """The factor."""

    bar: Markup
    """Its bar, SVG."""

    range: str
    """Such as `0.40-0.80`; empty where nothing is unknown."""

    why: str
    """Its reasons as sentences."""

    question: int
    """Number of an open question that moves it; 0 without one."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An open question as a row."""

    number: int
    """Its number in the form."""

    question: Question
    """The question."""

    span: Markup
    """The scores that its answer allows, SVG."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis above the answers."""

    low: float
    """Score at its left end."""

    high: float
    """Score at its right end."""


def radar_of(score: Score) -> Markup:
    """Draw the factors of a score."""
    return radar([Spoke(_short(f.name), f.value, f.low, f.high) for f in score.factors])


def waterfall_of(score: Score) -> Markup:
    """Draw what each term contributes, and the sum."""
    terms = [
        (term.label, term.value, term.total)
        for n, term in enumerate(score.waterfall)
        if n == 0 or abs(term.value) >= _LEAST_STEP
    ]
    if not terms:
        return Markup()
    told = ", ".join(f"{label} {value:+.2f}" for label, value, _ in terms)
    title = f"What each term contributes, on a scale of 0 to 10: {told}. AIVSS {score.value:.1f}."
    return waterfall([*terms, ("AIVSS", score.value, score.value)], title)


def factor_rows(assessment: Assessment) -> tuple[FactorRow, ...]:
    """Lay out the factors."""
    numbers = {q.fact: n for n, q in enumerate(assessment.score.questions, 1)}
    return tuple(
        FactorRow(
            level,
            factor_bar(level.value, level.low, level.high),
            f"{level.low:.2f}–{level.high:.2f}" if level.high > level.low else "",
            _why(level),
            next((numbers[fact] for fact in level.facts if fact in numbers), 0),
        )
        for level in assessment.score.factors
    )


def answer_rows(score: Score) -> tuple[AnswerRow, ...]:
    """Lay out what each answer would change; answers that change nothing stay in the form."""
    ends = axis_of(score)
    return tuple(
        AnswerRow(n, q, answer_span(q.low, q.high, score.value, (ends.low, ends.high)))
        for n, q in enumerate(score.questions, 1)
        if q.high > q.low or q.high != score.value
    )


def axis_of(score: Score) -> Axis:
    """Give the axis that all answers fit on, from one whole point to another."""
    ends = [score.value, *(q.low for q in score.questions), *(q.high for q in score.questions)]
    low, high = math.floor(min(ends)), math.ceil(max(ends))
    return Axis(float(low), float(high if high > low else low + 1))


def headline_finding(assessment: Assessment) -> Finding | None:
    """Give the finding that the headline stands for."""
    return next((f for f in assessment.model.findings if f.id == assessment.score.threat), None)


def base_title(assessment: Assessment) -> str:
    """Head the part on the CVSS base."""
    given = assessment.score.cvss.basis == "given"
    return "The base was given" if given else "The base stands for one path"


def base_text(assessment: Assessment) -> str:
    """Say what the CVSS base stands for."""
    finding, cvss = headline_finding(assessment), assessment.score.cvss
    if finding is None:
        return "No threat is open, so there is no path to score."
    if cvss.basis == "given":
        return (
            f"Set by a person at {cvss.base:.1f}; the worst path derived from facts,"
            f" {finding.id}, has {cvss.derived:.1f}."
        )
    return f"{finding.id}, {finding.title}. Derived from facts, {cvss.base:.1f}."


def _why(level: FactorLevel) -> str:
    told = " ".join(sentence(reason) for reason in level.reasons[:_REASONS])
    if level.basis == "given" and level.estimate != level.value:
        told += f" Rules estimate {level.estimate:.2f}."
    return told


def _short(name: str) -> str:
    return _SHORT.get(name) or (name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…")
