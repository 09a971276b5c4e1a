"""The formula of a score with its numbers put in, term by term."""

from dataclasses import dataclass

from threatmodel.score.headline import Score

Term = tuple[str, str]
"""What is written and what stands below it; signs have nothing below."""


@dataclass(frozen=True, slots=True)
class Line:
    """One equation."""

    name: str
    """Left-hand side."""

    terms: tuple[Term, ...]
    """Right-hand side."""

    result: str
    """Value."""

    note: str
    """What stands below the value."""


def formula(score: Score) -> tuple[Line, ...]:
    """Put the numbers into the profile's equations. Source: AIVSS v0.5 and v0.8."""
    if score.profile == "owasp-0.5":
        return _v0_5(score)
    base, uplift, gap = _base(score), f"{score.aars:.2f}", (f"(10 − {_base(score)})", "gap")
    first = Line(
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
    return first, Line("AIVSS", terms, f"{score.value:.1f}", score.severity)


_TIMES: Term = ("×", "")
_PLUS: Term = ("+", "")


def _v0_5(score: Score) -> tuple[Line, ...]:
    terms = (
        (f"({_base(score)} + {score.factor_sum:.1f}) / 2", "base and factor sum, averaged"),
        _TIMES,
        _maturity(score),
    )
    return (Line("AIVSS", terms, f"{score.value:.1f}", score.severity),)


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
