"""The bare calculator: a score from numbers alone, with a warning for each off the standard."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from threatmodel.errors import AivssError
from threatmodel.score.cvss import CvssBase
from threatmodel.score.formula import (
    EXACT,
    FACTOR_SUM,
    MITIGATION_FACTOR,
    TEN,
    THREAT_MULTIPLIER,
    Result,
    one_factor,
    plain_number,
)
from threatmodel.score.profiles import MultiplierTable, Profile
from threatmodel.score.vector import Inputs, format_vector, total


class Calculation(NamedTuple):
    """A score, what went in, and what to know about it."""

    inputs: Inputs
    """All that it was computed from."""
    result: Result
    """The score and its parts."""
    vector: str
    """Canonical vector string of the inputs."""
    warnings: tuple[str, ...]
    """What is off the standard's tables or was left out, in the order of the inputs."""

    def to_json(self) -> dict[str, Any]:
        """Give the fields of the JSON `score` that a bare calculation knows."""
        inputs, result = self.inputs, self.result
        return {
            "value": float(result.value),
            "severity": result.severity,
            "profile": inputs.profile.id,
            "vector": self.vector,
            "cvss": {
                "vector": inputs.cvss.vector,
                "base": float(inputs.cvss.base),
                "basis": "given",
            },
            "factors": [
                {"id": factor.id, "name": factor.name, "value": float(value)}
                for factor, value in zip(inputs.profile.factors, inputs.factors, strict=False)
            ],
            "factor_sum": float(inputs.factor_sum),
            "aars": float(result.aars),
            "threat_multiplier": float(inputs.threat_multiplier),
            "mitigation_factor": float(inputs.mitigation_factor),
            "amended": None if result.amended is None else float(result.amended),
            "warnings": list(self.warnings),
        }


def calculate(
    profile: Profile,
    cvss: CvssBase,
    factors: Sequence[Decimal] | Decimal,
    threat_multiplier: Decimal | None = None,
    mitigation_factor: Decimal | None = None,
) -> Calculation:
    """Compute a score. `factors` is the ten in the profile's order, 0 to 1 each, or their sum.

    Multipliers (threat 0 to 1.5, mitigation 0 to 1) left out take the standard's default. A value
    inside its range but off the standard's table is taken, with a warning; one outside is an
    AivssError.
    """
    values = () if isinstance(factors, Decimal) else _ten(profile, factors)
    factor_sum = FACTOR_SUM.check(factors) if isinstance(factors, Decimal) else total(values)
    threat = _or_default(threat_multiplier, profile.threat_multiplier)
    mitigation = _or_default(mitigation_factor, profile.mitigation_factor)
    return recalculate(
        Inputs(
            profile,
            cvss,
            values,
            factor_sum,
            THREAT_MULTIPLIER.check(threat),
            MITIGATION_FACTOR.check(mitigation),
        )
    )


def recalculate(inputs: Inputs) -> Calculation:
    """Compute the score of inputs that are within their ranges, such as a parsed vector's."""
    result = inputs.profile.compute(
        inputs.cvss.base, inputs.factor_sum, inputs.threat_multiplier, inputs.mitigation_factor
    )
    return Calculation(inputs, result, format_vector(inputs), _warnings(inputs, result))


def _ten(profile: Profile, factors: Sequence[Decimal]) -> tuple[Decimal, ...]:
    if len(factors) != len(profile.factors):
        names = ", ".join(factor.id for factor in profile.factors)
        raise AivssError(
            f"profile {profile.id} has {len(profile.factors)} factors, {len(factors)} are given",
            hint=f"give them in this order: {names}; or give their sum",
        )
    return tuple(
        one_factor(factor.id).check(value)
        for factor, value in zip(profile.factors, factors, strict=True)
    )


def _or_default(value: Decimal | None, table: MultiplierTable) -> Decimal:
    return table.default if value is None else value


def _warnings(inputs: Inputs, result: Result) -> tuple[str, ...]:
    profile = inputs.profile
    return (
        *_dropped(inputs.cvss),
        *_off_levels(inputs),
        *_off_table("threat multiplier", inputs.threat_multiplier, profile.threat_multiplier),
        *_off_table("mitigation factor", inputs.mitigation_factor, profile.mitigation_factor),
        *(
            [f"the formula gives {plain_number(result.raw)}, held at 10"]
            if result.raw > TEN
            else []
        ),
    )


def _dropped(cvss: CvssBase) -> list[str]:
    if not cvss.dropped:
        return []
    what = ", ".join(cvss.dropped)
    why = "AIVSS starts from the base score and counts exploit maturity in its threat multiplier"
    return [f"{what} left out of the CVSS vector: {why}"]


def _off_levels(inputs: Inputs) -> list[str]:
    """Name factors that are not at a level of the profile, or a sum that no levels add up to."""
    levels = inputs.profile.values
    if not levels:
        return []
    allowed = ", ".join(plain_number(level) for level in levels)
    if not inputs.factors:
        # In our own context: the caller's may have too few digits for a remainder.
        with localcontext(EXACT):
            fits = inputs.factor_sum % (levels[1] - levels[0]) == 0
        odd = f"no ten factors at {allowed} have the sum {plain_number(inputs.factor_sum)}"
        return [] if fits else [odd]
    return [
        f"{factor.id} {plain_number(value)} is not a level of {inputs.profile.name} ({allowed})"
        for factor, value in zip(inputs.profile.factors, inputs.factors, strict=True)
        if value not in levels
    ]


def _off_table(name: str, value: Decimal, table: MultiplierTable) -> list[str]:
    known = [option.value for option in table.options]
    if value in known or (not known and value == table.default):
        return []
    if not known:
        return [f"the {name} {plain_number(value)} is not used: this edition has none"]
    allowed = ", ".join(f"{known_value:.2f}" for known_value in known)
    return [f"the {name} {plain_number(value)} is not in the standard's table ({allowed})"]
