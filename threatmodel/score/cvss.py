"""The CVSS 4.0 base score that AIVSS starts from: vectors checked, scored, and held to."""

import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

from threatmodel.errors import AivssError
from threatmodel.files import keep_current, shipped
from threatmodel.rules.rows import BASE_METRICS
from threatmodel.score.formula import CVSS_BASE, short_quote

# The base score of every CVSS 4.0 vector, worked out once by the `cvss` package.
#
# `python -m threatmodel.score.cvss` writes the table again, `--check` tells whether it is
# current. Looking a score up takes a hundredth of working it out.

PREFIX = "CVSS:4.0"

FILE = "frameworks/cvss-4.0.bin"
"""The table: one byte per vector, its score in tenths; vectors as `product` makes them."""


def base_at(place: int) -> int:
    """Give the score at a place, in tenths, 0 to 100: the sum over a vector of `place_of`."""
    return _table()[place]


def table_place(metric: str, value: str) -> int:
    """Give what one metric's value adds to a vector's place in the table."""
    return _PLACES[metric, value]


def main(arguments: Sequence[str]) -> int:
    """Write the table, or `--check` it."""
    folder, _, name = FILE.rpartition("/")
    return keep_current(arguments, shipped(folder), {name: bytes(_scores())})


def _scores() -> Iterator[int]:
    from cvss import CVSS4  # noqa: PLC0415 - only whoever writes the table needs it

    for values in product(*BASE_METRICS.values()):
        pairs = zip(BASE_METRICS, values, strict=True)
        vector = "/".join([PREFIX, *(f"{metric}:{value}" for metric, value in pairs)])
        yield round(10 * CVSS4(vector).base_score)


@cache
def _table() -> bytes:
    return shipped(FILE).read_bytes()


def _places() -> Iterator[tuple[tuple[str, str], int]]:
    stride = 1
    for metric, values in reversed(BASE_METRICS.items()):
        yield from (((metric, value), stride * at) for at, value in enumerate(values))
        stride *= len(values)


TENTHS = tuple(Decimal(tenths).scaleb(-1) for tenths in range(101))
"""Every base score, 0.0 to 10.0, by its tenths."""

_PLACES = dict(_places())

_MORE_METRICS: dict[str, tuple[str, ...]] = {
    "E": tuple("XAPU"),
    **dict.fromkeys(("CR", "IR", "AR"), tuple("XHML")),
    "MAV": tuple("XNALP"),
    "MAC": tuple("XLH"),
    "MAT": tuple("XNP"),
    "MPR": tuple("XNLH"),
    "MUI": tuple("XNPA"),
    **dict.fromkeys(("MVC", "MVI", "MVA", "MSC"), tuple("XHLN")),
    **dict.fromkeys(("MSI", "MSA"), tuple("XSHLN")),
    "S": tuple("XNP"),
    "AU": tuple("XNY"),
    "R": tuple("XAUI"),
    "V": tuple("XDC"),
    "RE": tuple("XLMH"),
    "U": ("X", "Clear", "Green", "Amber", "Red"),
}

METRICS: dict[str, tuple[str, ...]] = {
    **{metric: tuple(values) for metric, values in BASE_METRICS.items()},
    **_MORE_METRICS,
}
"""Every CVSS 4.0 metric -> its values, in the order a vector must have them."""

_ORDER = {metric: place for place, metric in enumerate(METRICS)}


class CvssBase(NamedTuple):
    """A CVSS 4.0 base score and where it comes from."""

    vector: str
    """Vector of the eleven base metrics; empty where only a score was stated."""
    base: Decimal
    """Base score, 0.0 to 10.0, one decimal."""
    dropped: tuple[str, ...] = ()
    """Threat, environmental and supplemental metrics that were left out, such as `E:P`."""


def read_base(text: str, stated: Decimal | None = None) -> CvssBase:
    """Read a CVSS 4.0 vector or a bare base score, and hold it to a base stated beside it.

    AIVSS starts from the base score (v0.8, section 3.4), so other metrics are left out and named
    in `dropped`. AivssError for anything but CVSS 4.0, for a vector that the standard refuses,
    and for a stated base that contradicts its vector.
    """
    text = text.strip()
    if ":" not in text and "/" not in text:
        return _agreeing(CvssBase("", _one_decimal(CVSS_BASE.read(text))), stated)
    metrics = _metrics(text)
    vector = "/".join([PREFIX, *(f"{metric}:{metrics[metric]}" for metric in BASE_METRICS)])
    dropped = tuple(f"{m}:{value}" for m, value in metrics.items() if m not in BASE_METRICS)
    return _agreeing(CvssBase(vector, base_of(vector), dropped), stated)


@lru_cache(maxsize=16384)
def base_of(vector: str) -> Decimal:
    """Score a CVSS 4.0 vector by its base metrics alone; AivssError where it is not valid."""
    metrics = _metrics(vector)
    return TENTHS[base_at(sum(table_place(metric, metrics[metric]) for metric in BASE_METRICS))]


def _agreeing(found: CvssBase, stated: Decimal | None) -> CvssBase:
    """Refuse a stated base that is not the found one."""
    if stated is not None and CVSS_BASE.check(stated) != found.base:
        raise AivssError(
            f"the CVSS base is stated as {stated}, but its vector scores {found.base}",
            hint="correct one of the two, or leave out the base: it follows from the vector",
        )
    return found


def _one_decimal(base: Decimal) -> Decimal:
    tenths = round(base, 1)
    if tenths != base:
        raise AivssError(
            f"a CVSS base score has one decimal, {base} has more",
            hint="give the vector, or the score as the CVSS calculator prints it",
        )
    return tenths


def _metrics(vector: str) -> dict[str, str]:
    """Split a vector and hold it to the standard's grammar: known, once each, in order, whole."""
    prefix, *parts = vector.split("/")
    _check_prefix(prefix)
    metrics: dict[str, str] = {}
    last = ""
    for part in parts:
        metric, _, value = part.partition(":")
        _check_value(metric, value)
        _check_order(metric, last, metrics)
        metrics[metric] = value
        last = metric
    missing = [metric for metric in BASE_METRICS if metric not in metrics]
    if missing:
        raise AivssError(
            f"the CVSS vector lacks {', '.join(missing)}",
            hint=f"all eleven base metrics are needed, in this order: {' '.join(BASE_METRICS)}",
        )
    return metrics


def _check_prefix(prefix: str) -> None:
    if prefix == PREFIX:
        return
    if prefix.startswith(("CVSS:2", "CVSS:3")):
        raise AivssError(
            f"{short_quote(prefix)} is not CVSS 4.0, which AIVSS demands",
            hint="score it again with CVSS 4.0 (https://www.first.org/cvss/calculator/4.0): AT is"
            " new, UI is N, P or A, and SC, SI, SA take the place of Scope",
        )
    raise AivssError(
        f"{short_quote(prefix)} does not begin a CVSS vector",
        hint=f"it begins with {PREFIX}/ and goes on with AV:",
    )


def _check_value(metric: str, value: str) -> None:
    if metric not in METRICS:
        raise AivssError(
            f"CVSS 4.0 has no metric {short_quote(metric)}",
            hint=f"base metrics are {' '.join(BASE_METRICS)}",
        )
    if value not in METRICS[metric]:
        raise AivssError(
            f"the CVSS metric {metric} cannot be {short_quote(value)}",
            hint=f"CVSS 4.0 allows {', '.join(f'{metric}:{known}' for known in METRICS[metric])}",
        )


def _check_order(metric: str, last: str, seen: dict[str, str]) -> None:
    if metric in seen:
        raise AivssError(
            f"the CVSS metric {metric} stands twice", hint="keep the one that is meant"
        )
    if last and _ORDER[metric] < _ORDER[last]:
        raise AivssError(
            f"the CVSS metric {metric} stands after {last}",
            hint=f"CVSS 4.0 fixes the order: {' '.join(METRICS)}",
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
