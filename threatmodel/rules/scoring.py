"""Scoring profiles: as people write them in `frameworks/profiles/`, and as they are packed."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from threatmodel.errors import AivssError
from threatmodel.reading.record import Record
from threatmodel.scales import Band

FACTORS = 10
"""Factors of every AIVSS profile."""

ShortText = Annotated[str, Field(min_length=1)]
Share = Annotated[Decimal, Field(ge=0, le=1)]
Points = Annotated[Decimal, Field(ge=0, le=10, decimal_places=1)]
ProfileId = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]


class LevelRecord(Record):
    """One step of a factor's rubric."""

    at: Share
    """Value of the factor at this step, 0 to 1."""
    text: ShortText
    """What an agent at this step is like, in our own words."""


class FactorRecord(Record):
    """One of the ten agentic factors."""

    id: Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]
    """Snake-case id, unique in the profile."""
    key: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    """Its two letters in the vector string, unique in the profile and unlike any CVSS metric."""
    name: ShortText
    """Name in the standard."""
    asks: ShortText
    """The question a reviewer answers to set it."""
    levels: Annotated[tuple[LevelRecord, ...], Field(min_length=2)]
    """Rubric, from 0 up to 1."""
    source: ShortText
    """Document and section that the rubric follows."""

    @model_validator(mode="after")
    def _rubric_spans_the_scale(self) -> Self:
        steps = [level.at for level in self.levels]
        if steps != sorted(set(steps)) or steps[0] != 0 or steps[-1] != 1:
            raise ValueError("levels go up from 0 to 1")
        return self


class OptionRecord(Record):
    """One row of a multiplier table."""

    id: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    """Kebab-case id, unique in the table."""
    value: Share
    """The multiplier."""
    text: ShortText
    """When it applies, in our own words."""


class TableRecord(Record):
    """A multiplier table of the standard."""

    default: str
    """Id of the row that holds where nothing is said; empty where the profile has no such table."""
    options: tuple[OptionRecord, ...]
    """Rows, highest value first."""
    source: ShortText
    """Document, section and table."""

    @model_validator(mode="after")
    def _default_is_a_row(self) -> Self:
        ids = [option.id for option in self.options]
        if len(set(ids)) != len(ids):
            raise ValueError("an id stands twice in the table")
        if self.default not in (ids or [""]):
            raise ValueError(f"default is one of {', '.join(ids) or 'none'}")
        return self


class BandRecord(Record):
    """A severity band."""

    name: Band
    low: Points
    """Lowest score in it."""
    high: Points
    """Highest score in it."""


class ProfileRecord(Record):
    """A way to compute AIVSS: a formula, ten factors, tables and bands."""

    id: ProfileId
    """Id, as `--profile` takes it."""
    order: Annotated[int, Field(ge=1)]
    """Place among the profiles; the first is the default."""
    extends: ProfileId | None = None
    """Profile whose factors, values, tables and bands hold where this one gives none."""
    name: ShortText
    """Short name for headings."""
    edition: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+$")]
    """Edition of AIVSS whose formula it uses; opens the vector string."""
    formula: Literal["v0_8", "v0_8_amended", "v0_5"]
    """Id of the formula."""
    equation: ShortText
    """The formula, as reports print it."""
    wording: ShortText
    """One sentence that says how it relates to the published standard; reports print it."""
    source: ShortText
    """Documents and sections it follows."""
    values: tuple[Share, ...] | None = None
    """Values a factor may take; an empty list means any from 0 to 1."""
    factors: Annotated[tuple[FactorRecord, ...], Field(min_length=FACTORS, max_length=FACTORS)] | (
        None
    ) = None
    """The ten factors, in the standard's order."""
    threat_multiplier: TableRecord | None = None
    """Exploit maturity -> multiplier."""
    mitigation_factor: TableRecord | None = None
    """Strength of the controls in place -> multiplier."""
    bands: tuple[BandRecord, ...] | None = None
    """Severity bands, highest first."""

    @model_validator(mode="after")
    def _factors_differ(self) -> Self:
        for part in ("id", "key"):
            names = [getattr(factor, part) for factor in self.factors or ()]
            if len(set(names)) != len(names):
                raise ValueError(f"two factors have the same {part}")
        return self


INHERITED = ("values", "factors", "threat_multiplier", "mitigation_factor", "bands")
"""Fields that a profile takes from the one it extends."""


def profile_rows(records: Iterable[ProfileRecord]) -> dict[str, Any]:
    """Pack profiles as JSON values, each complete, by id in their order; decimals as text.

    AivssError where an id or place is taken twice, where a profile extends one that does not
    stand on its own feet, or where a part is missing.
    """
    ordered = sorted(records, key=lambda record: (record.order, record.id))
    by_id = {record.id: record for record in ordered}
    if len(by_id) != len(ordered) or len({record.order for record in ordered}) != len(ordered):
        raise AivssError("two scoring profiles have the same id or order")
    return {record.id: _row(record, by_id) for record in ordered}


def _row(record: ProfileRecord, by_id: dict[str, ProfileRecord]) -> dict[str, Any]:
    whole = _complete(record, by_id)
    row: dict[str, Any] = whole.model_dump(mode="json", exclude={"extends"})
    return row


def _complete(record: ProfileRecord, by_id: dict[str, ProfileRecord]) -> ProfileRecord:
    """Fill what the profile leaves out from the one it extends."""
    parent = by_id.get(record.extends or "")
    if record.extends and (parent is None or parent.extends):
        raise AivssError(
            f"profile {record.id} extends {record.extends}, which is not a profile of its own",
            hint="extend a profile that extends none",
        )
    own = {part: getattr(record, part) for part in INHERITED}
    filled = {
        part: value if value is not None or parent is None else getattr(parent, part)
        for part, value in own.items()
    }
    missing = [part for part, value in filled.items() if value is None]
    if missing:
        raise AivssError(f"profile {record.id} lacks {', '.join(missing)}")
    return record.model_copy(update=filled)
