"""The numbers a score is computed from: read, held to their ranges, written plainly."""

import re
from decimal import Decimal
from typing import NamedTuple

from threatmodel.errors import AivssError

DECIMALS = 30
"""Most decimals a number may have; arithmetic stays exact up to there."""

_SHOWN = 40

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
            raise AivssError(f"{self.name} is not a number: {quoted(text)}", hint=self._hint())
        return self.check(Decimal(text))

    def check(self, value: Decimal) -> Decimal:
        """Give the number back if it lies within the bounds; AivssError otherwise."""
        if not value.is_finite() or not 0 <= value <= self.high:
            raise AivssError(f"{self.name} cannot be {plain(value)}", hint=self._hint())
        if -int(value.as_tuple().exponent) > DECIMALS:
            raise AivssError(
                f"{self.name} has more than {DECIMALS} decimals",
                hint="round it; no table of the standard needs more than two",
            )
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


def plain(value: Decimal) -> str:
    """Write a number without exponent or trailing zeros: 0.60 -> 0.6, 1E+1 -> 10."""
    if not value.is_finite():
        return str(value)
    text = format(value or value.copy_abs(), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def quoted(text: str) -> str:
    """Quote a stranger's text for a message: control characters escaped, cut to 40 characters."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
