"""The base score of every CVSS 4.0 vector, worked out once by the `cvss` package.

`python -m threatmodel.score.cvss_table` writes the table again, `--check` tells whether it is
current. Looking a score up takes a hundredth of working it out.
"""

import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path

from threatmodel.resources import shipped

PREFIX = "CVSS:4.0"

BASE_METRICS: dict[str, str] = {
    "AV": "NALP",
    "AC": "LH",
    "AT": "NP",
    "PR": "NLH",
    "UI": "NPA",
    **dict.fromkeys(("VC", "VI", "VA", "SC", "SI", "SA"), "HLN"),
}
"""Base metric -> its values, in vector order. Source: FIRST CVSS v4.0, section 7, table 23."""

FILE = "frameworks/cvss-4.0.bin"
"""The table: one byte per vector, its score in tenths; vectors as `product` makes them."""


def base_at(place: int) -> Decimal:
    """Give the score at a place, 0.0 to 10.0: the sum over a vector of `place_of`."""
    return _TENTHS[_table()[place]]


def place_of(metric: str, value: str) -> int:
    """Give what one metric's value adds to a vector's place in the table."""
    return _PLACES[metric, value]


def main(arguments: Sequence[str]) -> int:
    """Write the table; with `--check` only compare, 1 when it is stale."""
    data = bytes(_scores())
    if "--check" in arguments:
        return int(_table() != data)
    Path(str(shipped(FILE))).write_bytes(data)
    return 0


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


_TENTHS = tuple(Decimal(tenths).scaleb(-1) for tenths in range(101))
_PLACES = dict(_places())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
