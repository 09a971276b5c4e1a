"""All that one score is computed from, as the AIVSS vector string on one line; and computing it.

    AIVSS:0.8/P:agentic/CVSS:4.0/AV:N/…/SA:H/AA:0.6/…/OR:0.5/ThM:0.97/MF:1

Edition, profile, CVSS part, factor part, threat multiplier and mitigation factor, in this order,
each once. The CVSS part is a CVSS 4.0 base vector as FIRST writes it, or `CVSS-B:6.9` where only a
base score is known. The factor part has the ten keys of the profile in its order, or `FS:5.5`
where only the sum is known. Numbers have no exponent and no trailing zeros; the base has one
decimal. No edition of the standard defines such a string; the two-part one of v0.5 (section 4.1.3)
leaves out what a score needs to be computed again.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from threatmodel.errors import AivssError
from threatmodel.rules.rows import BASE_METRICS
from threatmodel.score.cvss import PREFIX, CvssBase, read_base
from threatmodel.score.formula import (
    EXACT,
    FACTOR_SUM,
    MITIGATION_FACTOR,
    TEN,
    THREAT_MULTIPLIER,
    Result,
    one_factor,
    plain_number,
    short_quote,
)
from threatmodel.score.profiles import MultiplierTable, Profile, profile_named

# A full vector has some 150 characters; splitting and matching a megabyte would take seconds.
_LONGEST = 1000
_SHAPE = "it is AIVSS:…/P:…/CVSS:4.0/…/(ten factors)/ThM:…/MF:…; `aivss calc` prints it"


class Inputs(NamedTuple):
    """All that one score is computed from."""

    profile: Profile
    """Formula, factors and tables."""
    cvss: CvssBase
    """Where it starts."""
    factors: tuple[Decimal, ...]
    """The ten factors in the profile's order, 0 to 1 each; empty where only the sum is known."""
    factor_sum: Decimal
    """Their sum, 0 to 10."""
    threat_multiplier: Decimal
    """0 to 1.5."""
    mitigation_factor: Decimal
    """0 to 1."""


def total(factors: tuple[Decimal, ...]) -> Decimal:
    """Add factors up without rounding."""
    with localcontext(EXACT):
        return sum(factors, Decimal(0))


def format_vector(inputs: Inputs) -> str:
    """Write the canonical vector string; `parse_vector` gives equal inputs back."""
    cvss = inputs.cvss.vector or f"CVSS-B:{inputs.cvss.base:.1f}"
    keys = [factor.key for factor in inputs.profile.factors]
    factors = [
        f"{key}:{plain_number(value)}" for key, value in zip(keys, inputs.factors, strict=False)
    ]
    return "/".join(
        [
            f"AIVSS:{inputs.profile.edition}",
            f"P:{inputs.profile.id}",
            cvss,
            *(factors or [f"FS:{plain_number(inputs.factor_sum)}"]),
            f"ThM:{plain_number(inputs.threat_multiplier)}",
            f"MF:{plain_number(inputs.mitigation_factor)}",
        ]
    )


def parse_vector(text: str, profiles: Mapping[str, Profile]) -> Inputs:
    """Read a vector string. AivssError says which part is wrong and what belongs there."""
    text = text.strip()
    if len(text) > _LONGEST:
        raise AivssError(f"no AIVSS vector is longer than {_LONGEST} characters", hint=_SHAPE)
    parts = _Parts(text.split("/"))
    edition = parts.take("AIVSS")
    profile = profile_named(profiles, parts.take("P"))
    if edition != profile.edition:
        raise AivssError(
            f"AIVSS:{edition} does not go with P:{profile.id}",
            hint=f"this profile computes by edition {profile.edition}: AIVSS:{profile.edition}",
        )
    cvss = _take_cvss(parts)
    factors, factor_sum = _take_factors(parts, profile)
    threat = THREAT_MULTIPLIER.read(parts.take("ThM"))
    mitigation = MITIGATION_FACTOR.read(parts.take("MF"))
    parts.end()
    return Inputs(profile, cvss, factors, factor_sum, threat, mitigation)


class _Parts:
    """The `key:value` parts of a vector string, taken from left to right."""

    def __init__(self, parts: list[str]) -> None:
        self._rest = parts

    @property
    def key(self) -> str:
        """Key of the next part; empty at the end."""
        return self._rest[0].partition(":")[0] if self._rest else ""

    def take(self, key: str) -> str:
        """Take the next part, which has to have this key; gives its value."""
        if self.key != key:
            found = short_quote(self._rest[0]) if self._rest else "the end"
            raise AivssError(f"the AIVSS vector has {found} where {key}: belongs", hint=_SHAPE)
        return self._rest.pop(0).partition(":")[2]

    def end(self) -> None:
        """Refuse parts that are left over."""
        if self._rest:
            raise AivssError(
                f"the AIVSS vector goes on with {short_quote(self._rest[0])} after MF:",
                hint="each part stands once, in a fixed order, and MF: is the last",
            )


def _take_cvss(parts: _Parts) -> CvssBase:
    if parts.key == "CVSS-B":
        return read_base(parts.take("CVSS-B"))
    head = f"CVSS:{parts.take('CVSS')}"
    if head != PREFIX and parts.key != "AV":
        raise AivssError(
            f"the AIVSS vector holds {short_quote(head)} and no metrics after it",
            hint=f"a CVSS vector opens with {PREFIX}/AV:, a bare base score is written CVSS-B:6.9",
        )
    if head != PREFIX:
        return read_base(head)
    return read_base("/".join([head, *(f"{m}:{parts.take(m)}" for m in BASE_METRICS)]))


def _take_factors(parts: _Parts, profile: Profile) -> tuple[tuple[Decimal, ...], Decimal]:
    if parts.key == "FS":
        return (), FACTOR_SUM.read(parts.take("FS"))
    factors = tuple(
        one_factor(factor.key).read(parts.take(factor.key)) for factor in profile.factors
    )
    return factors, total(factors)


# The bare calculator: a score from numbers alone, with a warning for each off the standard.


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
