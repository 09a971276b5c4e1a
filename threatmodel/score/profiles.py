"""Scoring profiles at run time: formula and tables, and the ten factors as estimated."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from threatmodel.errors import AivssError
from threatmodel.rules.cases import Board, Cases, Masks
from threatmodel.rules.decode import decoded
from threatmodel.rules.load import Knowledge, unpack
from threatmodel.score.formula import FORMULAS, TENTH, ZERO, Formula


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


# The ten factors, estimated from facts by the steps in `frameworks/factors/`.

_ONE = Decimal(1)


class FactorStep(NamedTuple):
    """One reason to move a factor."""

    add: Decimal
    because: str
    when: Cases
    cases: int
    """Bits of the cases in which it does, on the board of the estimators."""
    told: str
    """Why, with what it adds."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Estimator:
    """How one factor is estimated."""

    factor: Factor
    given_as: str
    """Factor id under which a person may have given its value."""
    start: Decimal
    """Value before any step."""
    steps: tuple[FactorStep, ...]
    """Steps, each counted when its condition holds."""
    levels: tuple[Decimal, ...]
    """Values the profile allows; empty means tenths from 0 to 1."""
    leaves: int
    """Bits of every name its steps speak of."""
    board: Board
    """The cases of all steps of the profile; its estimators share it."""
    cases: int
    """Bits of those of its own steps."""

    def value(self, known: Masks) -> Decimal:
        """Give the level, 0 to 1, counting each step whose condition is known to hold."""
        return self.at(self.board.met(known))

    def at(self, met: int) -> Decimal:
        """Give the same by the cases that are met."""
        return _value(self, met & self.cases)

    def counted(self, met: int) -> tuple[FactorStep, ...]:
        """Give the steps that count."""
        return tuple(step for step in self.steps if step.cases & met)

    def nearest(self, value: Decimal) -> Decimal:
        """Hold a value to 0..1 and to the profile's levels; halves go up."""
        held = max(ZERO, min(_ONE, value))
        if self.levels:
            return min(self.levels, key=lambda level: (abs(level - held), -level))
        return held.quantize(TENTH, ROUND_HALF_UP)


def estimators(profile: Profile, knowledge: Knowledge) -> tuple[Estimator, ...]:
    """Give the estimators of a profile's factors, in its order."""
    rows, board = knowledge.sections["factors"][profile.id], Board()
    return tuple(_estimator(f, rows[f.id], profile, knowledge, board) for f in profile.factors)


@lru_cache(maxsize=65536)
def _value(estimator: Estimator, met: int) -> Decimal:
    """Count the steps once per set of cases that are met."""
    return estimator.nearest(sum((step.add for step in estimator.counted(met)), estimator.start))


def _estimator(
    factor: Factor, row: Mapping[str, Any], profile: Profile, knowledge: Knowledge, board: Board
) -> Estimator:
    steps = tuple(_step(step, unpack(step["when"], knowledge), board) for step in row["steps"])
    leaves = cases = 0
    for step in steps:
        leaves, cases = leaves | step.when.leaves(), cases | step.cases
    start = Decimal(str(row["start"]))
    return Estimator(factor, row["of"], start, steps, profile.values, leaves, board, cases)


def _step(row: Mapping[str, Any], when: Cases, board: Board) -> FactorStep:
    add, because = Decimal(row["add"]), row["because"]
    return FactorStep(add, because, when, board.add(when.true_when), f"{because} ({add:+})")
