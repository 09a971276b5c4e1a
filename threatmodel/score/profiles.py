"""Scoring profiles at run time: a formula, its ten factors, tables and bands."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from threatmodel.errors import AivssError
from threatmodel.rules.decode import decoded
from threatmodel.score.formula import FORMULAS, Formula


class Level(NamedTuple):
    """One step of a factor's rubric."""

    at: Decimal
    """Value of the factor at this step, 0 to 1."""
    text: str
    """What an agent at this step is like."""


class Factor(NamedTuple):
    """One of the ten agentic factors; `FactorRecord` says what its fields hold."""

    id: str
    key: str
    """Its two letters in the vector string."""
    name: str
    asks: str
    levels: tuple[Level, ...]
    source: str


class Option(NamedTuple):
    """One row of a multiplier table."""

    id: str
    """Such as `proof-of-concept`."""
    value: Decimal
    """The multiplier."""
    text: str
    """When it applies."""


class MultiplierTable(NamedTuple):
    """A multiplier table of the standard."""

    options: tuple[Option, ...]
    """Rows, highest value first; none where the edition has no such multiplier."""
    default: Decimal
    """Multiplier where nothing is said; 1 where there is no such multiplier."""
    source: str
    """Document, section and table."""

    def value(self, option: str) -> Decimal:
        """Look up a row's multiplier by its id; AivssError for an unknown one."""
        for row in self.options:
            if row.id == option:
                return row.value
        known = ", ".join(row.id for row in self.options)
        raise AivssError(f"no multiplier is called {option!r}", hint=f"known: {known or 'none'}")


class Band(NamedTuple):
    """A severity band; `BandRecord` says what its fields hold."""

    name: str
    """None, Low, Medium, High or Critical."""
    low: Decimal
    high: Decimal


class Profile(NamedTuple):
    """A way to compute AIVSS; `ProfileRecord` says what its fields hold."""

    id: str
    name: str
    edition: str
    formula: str
    """Id of the formula in `FORMULAS`."""
    equation: str
    wording: str
    """One sentence that says how it relates to the published standard."""
    source: str
    values: tuple[Decimal, ...]
    """Values a factor may take by the standard; empty means any from 0 to 1."""
    factors: tuple[Factor, ...]
    """The ten factors, in order."""
    threat_multiplier: MultiplierTable
    mitigation_factor: MultiplierTable
    bands: tuple[Band, ...]

    @property
    def compute(self) -> Formula:
        """The formula itself."""
        return FORMULAS[self.formula]


def profiles_from(rows: Mapping[str, Any]) -> dict[str, Profile]:
    """Unpack the rows that `profile_rows` made; profiles by id, the default first."""
    ordered = sorted(rows.values(), key=lambda row: int(row["order"]))
    return {row["id"]: _profile(row) for row in ordered}


def profile_named(profiles: Mapping[str, Profile], name: str) -> Profile:
    """Look a profile up by id; AivssError that lists the known ones otherwise."""
    if name not in profiles:
        raise AivssError(f"no profile is called {name!r}", hint=f"known: {', '.join(profiles)}")
    return profiles[name]


def _profile(row: Mapping[str, Any]) -> Profile:
    tables = {name: _table(row[name]) for name in ("threat_multiplier", "mitigation_factor")}
    return decoded(Profile, row, **tables)


def _table(row: Mapping[str, Any]) -> MultiplierTable:
    options = tuple(decoded(Option, option) for option in row["options"])
    values = {option.id: option.value for option in options}
    return MultiplierTable(options, values.get(row["default"], Decimal(1)), row["source"])
