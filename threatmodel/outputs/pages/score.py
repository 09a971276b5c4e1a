"""The score section: charts of the factors, of what would change it, and of the profiles."""

import math
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.outputs.charts.score import Spoke, answer_span, factor_bar, radar, waterfall
from threatmodel.outputs.text import count, sentence
from threatmodel.score.result import FactorLevel, Question, Score
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
# Half of the last digit that is shown: less would be drawn as a step of 0.00.
_LEAST_STEP = 0.005


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A factor as a row."""

    level: FactorLevel
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
    question: Question
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
    return radar(
        [Spoke(_short(f.name), f.value, f.low, f.high, _estimate(f)) for f in score.factors]
    )


def _estimate(level: FactorLevel) -> float | None:
    return level.estimate if level.basis == "given" else None


def radar_says(score: Score) -> str:
    """Say what the radar shows: values given by people against what rules estimate."""
    given = [level for level in score.factors if level.basis == "given"]
    band = any(level.high > level.low for level in score.factors)
    grey = " The grey band is what open questions leave." if band else ""
    if not given:
        return f"All ten are estimated by rules from the facts.{grey}"
    apart = max(given, key=lambda level: (abs(level.value - level.estimate), level.name))
    gap = abs(apart.value - apart.estimate)
    text = (
        f"Solid: as given by a person for {count(len(given), 'factor')}. Dashed: as rules estimate."
    )
    if gap < _LEAST_STEP:
        return f"{text} The two agree.{grey}"
    return (
        f"{text} They differ most in {apart.name}: {apart.value:.2f} given,"
        f" {apart.estimate:.2f} estimated.{grey}"
    )


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


def waterfall_says(score: Score) -> str:
    """Say what the waterfall shows; empty without one."""
    first = next(iter(score.waterfall), None)
    return f"{first.label} makes {first.value:.1f} of {score.value:.1f}" if first else ""


def factor_rows(assessment: Assessment) -> tuple[FactorRow, ...]:
    """Lay out the factors."""
    worst = assessment.worst.agent.name if isinstance(assessment, SystemAssessment) else ""
    asked = enumerate(assessment.score.questions, 1)
    numbers = {q.fact: n for n, q in asked if not q.members or worst in q.members}
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
    return " ".join(sentence(reason) for reason in level.reasons[:_REASONS])


def _short(name: str) -> str:
    return _SHORT.get(name) or (name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…")


# The formula of a score with its numbers put in, term by term.

Term = tuple[str, str]
"""What is written and what stands below it; signs have nothing below."""


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation."""

    name: str
    """Left-hand side."""
    terms: tuple[Term, ...]
    """Right-hand side."""
    result: str
    """Value."""
    note: str
    """What stands below the value."""


def formula(score: Score) -> tuple[Equation, ...]:
    """Put the numbers into the profile's equations. Source: AIVSS v0.5 and v0.8."""
    if score.profile == "owasp-0.5":
        return _v0_5(score)
    base, uplift, gap = _base(score), f"{score.aars:.2f}", (f"(10 − {_base(score)})", "gap")
    first = Equation(
        "Uplift",
        (gap, _TIMES, _sum(score), _TIMES, _maturity(score)),
        uplift,
        "",
    )
    mitigation = (f"{score.mitigation_factor:.2f}", _mitigation(score))
    if score.profile == "owasp-0.8-amended":
        terms: tuple[Term, ...] = ((base, "base"), _PLUS, (uplift, "uplift"), _TIMES, mitigation)
    else:
        terms = ((f"({base} + {uplift})", "base and uplift"), _TIMES, mitigation)
    return first, Equation("AIVSS", terms, f"{score.value:.1f}", score.severity)


_TIMES: Term = ("×", "")
_PLUS: Term = ("+", "")


def _v0_5(score: Score) -> tuple[Equation, ...]:
    terms = (
        (f"({_base(score)} + {score.factor_sum:.1f}) / 2", "base and factor sum, averaged"),
        _TIMES,
        _maturity(score),
    )
    return (Equation("AIVSS", terms, f"{score.value:.1f}", score.severity),)


def _base(score: Score) -> str:
    return f"{score.cvss.base:.1f}"


def _sum(score: Score) -> Term:
    text = f"{score.factor_sum:.2f}".removesuffix("0")
    return f"{text} / 10", "factor sum"


def _maturity(score: Score) -> Term:
    words = {1.0: "attacked already", 0.97: "proof of concept", 0.5: "unreported"}
    text = words.get(round(score.threat_multiplier, 2), "exploit maturity")
    return f"{score.threat_multiplier:.2f}", text


def _mitigation(score: Score) -> str:
    words = {1.0: "no control credited", 0.83: "partly mitigated", 0.67: "mostly mitigated"}
    return words.get(round(score.mitigation_factor, 2), "mitigation")
