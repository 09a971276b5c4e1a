"""Scores that others published: which formula they used, and where a row contradicts itself."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation, localcontext
from pathlib import Path
from typing import Any, NamedTuple

from threatmodel.errors import InvalidFileError, Location, grouped, short
from threatmodel.reading import read_bytes_tree, read_data
from threatmodel.score.formula import EXACT, TEN, TWO, ZERO, severity

NAMES: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "slug", "id", "agent", "title"),
    "score": ("score", "published_score", "expected_score", "aivss", "aivss_score", "value"),
    "band": ("band", "severity", "published_severity", "expected_severity"),
    "base": ("base", "cvss_base", "cvss", "cvss_score"),
    "aars": ("aars", "published_aars", "expected_aars"),
    "factor_sum": ("factor_sum", "sum"),
    "threat": ("threat_multiplier", "thm", "threat"),
    "mitigation": ("mitigation_factor", "mitigation", "mf"),
}
"""What is read -> the columns or keys that it goes by, the first that a row has."""

_NEAR = Decimal("0.05")
# The public directories together list 32,500 servers.
_MOST = 100_000
_ALONE = "cvss"

Exact = Callable[[Decimal, Decimal, Decimal, Decimal], Decimal]
"""CVSS base, factor sum, threat multiplier, mitigation factor -> score before rounding."""


class KnownFormula(NamedTuple):
    """A formula that published scores are made with."""

    id: str
    says: str
    """As the standard, or the directory, writes it."""
    uplift: bool
    """Whether its AARS is an uplift in points; else it is the factor sum."""
    exact: Exact
    """Works it out from base, factor sum, threat multiplier and mitigation factor."""
    from_aars: Exact
    """The same from the AARS that is stated, in place of the factor sum."""


def _gap(base: Decimal, total: Decimal, threat: Decimal) -> Decimal:
    return (TEN - base) * total / TEN * threat


FORMULAS: tuple[KnownFormula, ...] = (
    KnownFormula(
        "v0.8",
        "(CVSS + (10 - CVSS) x sum / 10 x ThM) x MF",
        True,  # noqa: FBT003 - see Known
        lambda base, total, threat, mf: (base + _gap(base, total, threat)) * mf,
        lambda base, aars, _threat, mf: (base + aars) * mf,
    ),
    KnownFormula(
        "v0.8-amended",
        "CVSS + (10 - CVSS) x sum / 10 x ThM x MF",
        True,  # noqa: FBT003
        lambda base, total, threat, mf: base + _gap(base, total, threat) * mf,
        lambda base, aars, _threat, mf: base + aars * mf,
    ),
    KnownFormula(
        "v0.5",
        "(CVSS + sum) / 2 x ThM",
        False,  # noqa: FBT003
        lambda base, total, threat, _mf: (base + total) / TWO * threat,
        lambda base, aars, threat, _mf: (base + aars) / TWO * threat,
    ),
    KnownFormula(
        "v0.5-mitigated",
        "(CVSS + sum) / 2 x ThM x MF",
        False,  # noqa: FBT003
        lambda base, total, threat, mf: (base + total) / TWO * threat * mf,
        lambda base, aars, threat, mf: (base + aars) / TWO * threat * mf,
    ),
    KnownFormula(
        _ALONE,
        "CVSS alone, as the v1.0 candidate has it",
        False,  # noqa: FBT003
        lambda base, _total, _threat, _mf: base,
        lambda base, _aars, _threat, _mf: base,
    ),
)
"""Every formula that is told apart, the published standard first.

Sources: AIVSS v0.8, section 3.5; its proposed amendment; AIVSS v0.5, section 4.1; the last two
are what directories were found to compute under those labels.
"""


class PublishedRow(NamedTuple):
    """One published score; None where it is not stated."""

    name: str
    where: Location
    score: Decimal
    base: Decimal
    """CVSS base."""
    factor_sum: Decimal | None
    """Stated sum of the factors, else the sum of those given."""
    added: Decimal | None
    """Sum of the factors given."""
    aars: Decimal | None
    """Stated AARS."""
    threat: Decimal
    """Threat multiplier; 1 where it is not stated."""
    mitigation: Decimal
    """Mitigation factor; 1 where it is not stated."""
    band: str


class Audit(NamedTuple):
    """What a row turns out to be."""

    row: PublishedRow
    formulas: tuple[str, ...]
    """Formulas that give the score from the factors; several where the row cannot tell them."""
    stated: tuple[str, ...]
    """Formulas that give it from the stated AARS alone, where no formula gives it otherwise."""
    faults: tuple[str, ...]
    """Where the row contradicts itself, a sentence each."""
    notes: tuple[str, ...]
    """What holds and surprises, a sentence each."""


def audit(row: PublishedRow) -> Audit:
    """Find the formulas behind a row, and what in it does not fit."""
    with localcontext(EXACT):
        fits = _fitting(row, row.factor_sum, (known.exact for known in FORMULAS))
        stated = _fitting(row, row.aars, (known.from_aars for known in FORMULAS))
        if fits == (_ALONE,) and set(stated) - {_ALONE}:
            fits = ()  # a row that states an AARS did not leave it out
        if len(fits) > 1:
            fits = tuple(k.id for k in FORMULAS if k.id in fits and _agrees(k, row)) or fits
        below = f"the score {row.score} is below its own CVSS base {row.base}"
        return Audit(
            row,
            fits,
            () if fits else tuple(id_ for id_ in stated if id_ != _ALONE),
            tuple(_faults(row, fits, stated)),
            (below,) if row.score < row.base else (),
        )


def _fitting(row: PublishedRow, part: Decimal | None, exact: Iterable[Exact]) -> tuple[str, ...]:
    """Name the formulas that give the score; of those that come to the same, the first."""
    if part is None:
        return ()
    found: dict[Decimal, str] = {}
    for known, formula in zip(FORMULAS, exact, strict=True):
        raw = max(ZERO, min(TEN, formula(row.base, part, row.threat, row.mitigation)))
        if abs(raw - row.score) <= _NEAR:
            found.setdefault(raw, known.id)
    return tuple(found.values())


def _agrees(known: KnownFormula, row: PublishedRow) -> bool:
    """Tell whether the stated AARS is what this formula calls so."""
    if row.aars is None or row.factor_sum is None:
        return False
    uplift = _gap(row.base, row.factor_sum, row.threat)
    return abs((uplift if known.uplift else row.factor_sum) - row.aars) <= _NEAR


def _faults(row: PublishedRow, fits: tuple[str, ...], stated: tuple[str, ...]) -> Iterator[str]:
    if not fits and stated:
        yield f"the score follows the stated AARS {row.aars}, which its factors do not give"
    if not fits and not stated:
        yield "no known formula gives the score from these numbers"
    if row.added is not None and row.factor_sum is not None and row.added != row.factor_sum:
        yield f"the factors add up to {row.added}, not to the stated {row.factor_sum}"
    if row.band and row.band.lower() != severity(row.score).lower():
        yield f"{row.score} is {severity(row.score)}, not {short(row.band)}"


def read_published(path: Path, data: bytes | None = None) -> tuple[PublishedRow, ...]:
    """Read published scores: a CSV with a header, or a JSON or YAML list of objects.

    Rows without a score or base are left out. `data` is what was read already, such as from
    standard input, which has no ending: what begins like no list is a CSV.

    Raises InvalidFileError for a faulty row, an ExceptionGroup for several.
    """
    is_csv = path.suffix.lower() == ".csv" if data is None else data.lstrip()[:1] not in _LISTS
    data = read_data(path) if data is None else data
    records = _csv(data, path) if is_csv else _tree(data, path)
    rows, faults = [], []
    for record, where in records:
        try:
            row = _row(record, where)
        except InvalidFileError as fault:
            faults.append(fault)
        else:
            rows += [row] if row else []
    if faults:
        raise grouped(str(path), faults[:200])
    if not rows:
        told = f"columns are read by these names: {', '.join(n[0] for n in NAMES.values())}"
        raise InvalidFileError("no row has a score and a CVSS base", Location(str(path)), told)
    return tuple(rows)


_LISTS = (b"[", b"{", b"-", b"#")
"""How JSON and YAML begin."""


def _csv(data: bytes, path: Path) -> Iterator[tuple[Mapping[str, Any], Location]]:
    try:
        text = data.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        for record in reader:
            known = {str(key).strip().lower(): value for key, value in record.items() if key}
            yield known, Location(str(path), reader.line_num, 1)
    except UnicodeDecodeError as fault:
        raise InvalidFileError("it is not UTF-8", Location(str(path)), "save it so") from fault
    except csv.Error as fault:
        raise InvalidFileError(
            f"no CSV: {fault}", Location(str(path), reader.line_num, 1)
        ) from fault


def _tree(data: bytes, path: Path) -> Iterator[tuple[Mapping[str, Any], Location]]:
    tree = read_bytes_tree(data, str(path))
    if not isinstance(tree.value, list):
        raise InvalidFileError("found no list of scores", Location(str(path)), "write a list")
    for number, record in enumerate(tree.value[:_MOST]):
        where = tree.places.of((number,)) or Location(str(path))
        if not isinstance(record, dict):
            raise InvalidFileError("this is no object", where, "give each score as an object")
        yield record, where


def _row(record: Mapping[str, Any], where: Location) -> PublishedRow | None:
    found = {part: _first(record, names) for part, names in NAMES.items()}
    score, base = (_number(found[part], part, where) for part in ("score", "base"))
    if score is None or base is None:
        return None
    added = _added(record, where)
    total = _number(found["factor_sum"], "factor_sum", where, TEN)
    multipliers = (_number(found[part], part, where) for part in ("threat", "mitigation"))
    threat, mitigation = (Decimal(1) if one is None else one for one in multipliers)
    return PublishedRow(
        short(str(found["name"] or "")) or f"row at line {where.line}",
        where,
        score,
        base,
        added if total is None else total,
        added,
        _number(found["aars"], "aars", where),
        threat,
        mitigation,
        str(found["band"] or "").strip(),
    )


def _first(record: Mapping[str, Any], names: Iterable[str]) -> object:
    return next((record[n] for n in names if record.get(n) not in (None, "")), None)


def _added(record: Mapping[str, Any], where: Location) -> Decimal | None:
    """Add up the factors: of an object or list, or of the columns factor_* and f1 to f10."""
    factors = record.get("factors")
    if isinstance(factors, dict):
        factors = list(factors.values())
    if not isinstance(factors, list):
        numbered = {f"f{number}" for number in range(1, 11)}
        factors = [
            value
            for key, value in record.items()
            if (key in numbered or (key.startswith("factor_") and key != "factor_sum"))
            and value not in (None, "")
        ]
    if not factors or (isinstance(factors[0], str) and not factors[0].strip()[:1].isdigit()):
        return None
    with localcontext(EXACT):
        return sum((_number(f, "factor", where) or ZERO for f in factors), ZERO)


def _number(value: object, part: str, where: Location, most: Decimal = TEN) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not ZERO <= number <= most if number.is_finite() else True:
        said = f"{part} is {short(str(value))!r}"
        raise InvalidFileError(said, where, f"write a number from 0 to {most}")
    return number
