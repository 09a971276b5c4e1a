"""The AIVSS formulas: exact decimals in, a score of 0 to 10 and its parts out."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from itertools import pairwise
from typing import NamedTuple

from threatmodel.errors import AivssError

ZERO, TWO, TEN = Decimal(0), Decimal(2), Decimal(10)
TENTH = Decimal("0.1")

EXACT = Context(prec=160, rounding=ROUND_HALF_UP)
"""Arithmetic without rounding for inputs of up to 30 decimals, whatever the caller's context."""

BANDS: tuple[tuple[str, Decimal], ...] = (
    ("Critical", Decimal("9.0")),
    ("High", Decimal("7.0")),
    ("Medium", Decimal("4.0")),
    ("Low", TENTH),
    ("None", ZERO),
)
"""Band and its lowest score. Source: AIVSS v0.8, section 3.5.2; None as CVSS has it for 0.0."""
WORST_FIRST = tuple(name for name, _ in BANDS)


class Term(NamedTuple):
    """One bar of the waterfall."""

    label: str
    points: Decimal
    """Points it adds; negative where it takes away."""
    total: Decimal
    """Points so far."""


Steps = tuple[tuple[str, Decimal], ...]
"""Label and exact running total of each step."""


class Result(NamedTuple):
    """A score and what it is made of."""

    value: Decimal
    """The score: 0.0 to 10.0, one decimal, rounded half up."""
    aars: Decimal
    """AARS, exact: the uplift in points in v0.8, the factor sum in v0.5."""
    factor_sum: Decimal
    """Sum of the ten factors, 0 to 10."""
    steps: Steps
    """Each step of the formula, before limit and rounding."""
    amended: Decimal | None
    """What `v0_8_amended` gives for the same inputs, where the value is below its CVSS base."""

    @property
    def severity(self) -> str:
        """Band of the rounded score."""
        return severity(self.value)

    @property
    def raw(self) -> Decimal:
        """The exact outcome of the formula, before limit and rounding."""
        return self.steps[-1][1]

    @property
    def terms(self) -> tuple[Term, ...]:
        """What each step contributes; the points add up to the value exactly."""
        totals = (("", ZERO), *self.steps, ("Limit of 10", _limited(self.raw)))
        totals = (*totals, ("Rounding to one decimal", self.value))
        with localcontext(EXACT):
            terms = tuple(
                Term(label, total - before, total)
                for (_, before), (label, total) in pairwise(totals)
            )
        formula, finish = terms[: len(self.steps)], terms[len(self.steps) :]
        return (*formula, *(term for term in finish if term.points))


Formula = Callable[[Decimal, Decimal, Decimal, Decimal], Result]
"""CVSS base, factor sum, threat multiplier, mitigation factor -> result."""


def v0_8(cvss: Decimal, factor_sum: Decimal, threat: Decimal, mitigation: Decimal) -> Result:
    """Fill the gap between the CVSS base and 10 by the factors, then scale all by mitigation.

    Source: AIVSS v0.8, sections 3.3.1 to 3.5.1:
    `AARS = (10 - CVSS) x (Factor_Sum / 10) x ThM`, `AIVSS = (CVSS + AARS) x MF`.
    CVSS and sum 0 to 10, threat 0 to 1.5, mitigation 0 to 1. The standard needs no limit as its
    multipliers stay at or below 1; above, the score is held at 10.
    """
    with localcontext(EXACT):
        aars, steps = _steps(cvss, factor_sum, threat)
        steps = (*steps, ("Mitigation factor", (cvss + aars) * mitigation))
        value = _rounded(steps[-1][1])
        amended = _amended(cvss, aars * mitigation) if value < cvss else None
    return Result(value, aars, factor_sum, steps, amended)


def v0_8_amended(
    cvss: Decimal, factor_sum: Decimal, threat: Decimal, mitigation: Decimal
) -> Result:
    """Fill the gap as v0.8 does, but let mitigation scale the uplift alone.

    Source: amendment proposed to AIVSS v0.8 (MindXO, 2026; kept as the repaired form in the v1.0
    candidate's legacy calculator): `AIVSS = CVSS + AARS x MF`, never below the CVSS base.
    Ranges as in `v0_8`; equal to it at mitigation 1.
    """
    with localcontext(EXACT):
        aars, steps = _steps(cvss, factor_sum, threat)
        steps = (*steps, ("Mitigation factor", cvss + aars * mitigation))
        value = _amended(cvss, aars * mitigation)
    return Result(value, aars, factor_sum, steps, None)


def _steps(cvss: Decimal, factor_sum: Decimal, threat: Decimal) -> tuple[Decimal, Steps]:
    """Fill the gap; give the uplift that the threat multiplies, and the steps so far."""
    uplift = _risk_gap(cvss) * _share(factor_sum)
    aars = uplift * threat
    told = (("CVSS base", cvss), ("Agentic factors", cvss + uplift))
    return aars, (*told, ("Threat multiplier", cvss + aars))


def v0_5(cvss: Decimal, factor_sum: Decimal, threat: Decimal, mitigation: Decimal) -> Result:
    """Average the CVSS base and the factor sum, then scale by threat.

    Source: AIVSS v0.5, sections 4.1.1 to 4.1.4: `AIVSS = ((CVSS + AARS) / 2) x ThM`, AARS being
    the factor sum. v0.5 has no mitigation factor: the argument is there for one signature, and
    is not used. Ranges as in `v0_8`.
    """
    del mitigation
    with localcontext(EXACT):
        average = (cvss + factor_sum) / TWO
        steps = (
            ("CVSS base, half", cvss / TWO),
            ("Agentic factors, half", average),
            ("Threat multiplier", average * threat),
        )
        value = _rounded(steps[-1][1])
        uplift = _risk_gap(cvss) * _share(factor_sum) * threat
        amended = _amended(cvss, uplift) if value < cvss else None
    return Result(value, factor_sum, factor_sum, steps, amended)


FORMULAS: dict[str, Formula] = {"v0_8": v0_8, "v0_8_amended": v0_8_amended, "v0_5": v0_5}
"""Formula id, as profiles name it -> function."""


def severity(score: Decimal | float) -> str:
    """Name the band of a rounded score.

    Source: AIVSS v0.8, section 3.5.2, the same cut-offs as CVSS. v0.5 prints names only; its
    ranking table agrees with them.
    """
    return next(name for name, lowest in BANDS if score >= lowest)


def _risk_gap(cvss: Decimal) -> Decimal:
    """Points between the base and 10. Source: AIVSS v0.8, section 3.4."""
    return TEN - cvss


def _share(tens: Decimal) -> Decimal:
    """Bring 0..10 to 0..1."""
    return tens / TEN


def _amended(cvss: Decimal, uplift: Decimal) -> Decimal:
    """Add the mitigated uplift to the base; never below it."""
    return max(cvss, _rounded(cvss + uplift))


def _rounded(raw: Decimal) -> Decimal:
    """Limit to 0..10, then round half up to one decimal. Source: AIVSS v0.8, section 3.5.1."""
    return _limited(raw).quantize(TENTH, ROUND_HALF_UP)


def _limited(raw: Decimal) -> Decimal:
    """Keep within the scale."""
    return max(ZERO, min(TEN, raw))


# The numbers a score is computed from: read, held to their ranges, written plainly.

DECIMALS = 30
"""Most decimals a number may have; arithmetic stays exact up to there."""

# A number is short; what is longer is no number, and its beginning shows that.
_SHOWN = 40

# `Decimal` also takes `NaN`, underscores and exponents that would fill the memory when written out.
_SHAPE = re.compile(r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?")


class Bounds(NamedTuple):
    """What a number is called and where it may lie."""

    name: str
    """What it is, as a person reads it."""
    high: Decimal
    """Highest value allowed; the lowest is 0."""

    def read(self, text: str) -> Decimal:
        """Read a decimal number within the bounds; AivssError otherwise."""
        if not _SHAPE.fullmatch(text):
            raise AivssError(f"{self.name} is not a number: {short_quote(text)}", hint=self._hint())
        return self.check(Decimal(text))

    def check(self, value: Decimal) -> Decimal:
        """Give the number back if it lies within the bounds; AivssError otherwise."""
        if not value.is_finite() or not 0 <= value <= self.high:
            raise AivssError(f"{self.name} cannot be {plain_number(value)}", hint=self._hint())
        if -int(value.as_tuple().exponent) > DECIMALS:
            raise AivssError(
                f"{self.name} has more than {DECIMALS} decimals",
                hint="round it; no table of the standard needs more than two",
            )
        # So that -0.0 is 0: a badge would show the sign.
        return value.copy_abs()

    def _hint(self) -> str:
        return f"{self.name} is a number from 0 to {self.high}"


FACTOR_SUM = Bounds("the factor sum", Decimal(10))
THREAT_MULTIPLIER = Bounds("the threat multiplier", Decimal("1.5"))
MITIGATION_FACTOR = Bounds("the mitigation factor", Decimal(1))
CVSS_BASE = Bounds("the CVSS base score", Decimal(10))


def one_factor(name: str) -> Bounds:
    """Bounds of one agentic factor."""
    return Bounds(f"the factor {name}", Decimal(1))


def plain_number(value: Decimal) -> str:
    """Write a number without exponent or trailing zeros: 0.60 -> 0.6, 1E+1 -> 10."""
    if not value.is_finite():
        return str(value)
    text = format(value or value.copy_abs(), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def short_quote(text: str) -> str:
    """Quote a stranger's text for a message: control characters escaped, cut to 40 characters."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
