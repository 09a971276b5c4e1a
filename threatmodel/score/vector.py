"""The AIVSS vector string: all that one score is computed from, on one line.

    AIVSS:0.8/P:agentic/CVSS:4.0/AV:N/…/SA:H/AA:0.6/…/OR:0.5/ThM:0.97/MF:1

Edition, profile, CVSS part, factor part, threat multiplier and mitigation factor, in this order,
each once. The CVSS part is a CVSS 4.0 base vector as FIRST writes it, or `CVSS-B:6.9` where only a
base score is known. The factor part has the ten keys of the profile in its order, or `FS:5.5`
where only the sum is known. Numbers have no exponent and no trailing zeros; the base has one
decimal. No edition of the standard defines such a string; the two-part one of v0.5 (section 4.1.3)
leaves out what a score needs to be computed again.
"""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import NamedTuple

from threatmodel.errors import AivssError
from threatmodel.rules.rows import BASE_METRICS
from threatmodel.score.cvss import PREFIX, CvssBase, read_base
from threatmodel.score.formula import (
    EXACT,
    FACTOR_SUM,
    MITIGATION_FACTOR,
    THREAT_MULTIPLIER,
    one_factor,
    plain_number,
    short_quote,
)
from threatmodel.score.profiles import Profile, profile_named

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
