"""Compare factor estimates with published ones, on the half they were set by and on the other."""

import json
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from threatmodel.assessment import assess
from threatmodel.description.load import load_agent

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "benchmark"
EXAMPLE = ROOT / "agents" / "confluent-estimated.yaml"
EXAMPLE_PUBLISHED = (0.6, 0.4, 0.1, 0.8, 0.2, 0.5, 0.7, 0.3, 0.6, 0.5)
"""Values that the directory published for the Confluent server; no part of either half."""

Values = tuple[float, ...]
"""One value per factor."""


@dataclass(frozen=True, slots=True)
class Half:
    """Agents of one half with published and estimated values."""

    published: dict[str, Values]
    """Slug -> what the directory published."""

    estimated: dict[str, Values]
    """Slug -> what the rules give for our description."""

    def errors(self) -> Values:
        """Give the mean absolute error of each factor, 0 to 1."""
        return _mean_gaps(self.published.values(), self.estimated.values())

    def errors_of(self, constant: Values) -> Values:
        """Give the same for one answer to everything."""
        return _mean_gaps(self.published.values(), [constant] * len(self.published))

    def middle(self) -> Values:
        """Give the median of each factor: the best constant for this half."""
        return tuple(statistics.median(column) for column in _columns(self.published.values()))


@cache
def factor_names() -> tuple[str, ...]:
    """Give the factors' ids in the order of the values."""
    return tuple(_published()["factors"])


@cache
def halves() -> tuple[Half, Half]:
    """Give the half that the weights were set by and the one held out: every other slug."""
    published = {slug: tuple(row) for slug, row in sorted(_published()["agents"].items())}
    first, second = list(published)[::2], list(published)[1::2]
    return _half(first, published), _half(second, published)


def estimate(file: Path) -> Values:
    """Estimate the ten factors of a description."""
    found = {factor.id: float(factor.value) for factor in assess(load_agent(file)).score.factors}
    return tuple(found[name] for name in factor_names())


def table() -> str:
    """Give the errors of both halves as text, one factor per line."""
    ours, held = halves()
    columns = (ours.errors(), held.errors(), held.errors_of(ours.middle()))
    lines = [f"{'mean absolute error':<26} calibrated  held out  constant"]
    for name, *values in zip(factor_names(), *columns, strict=True):
        lines.append(f"{name:<26} {values[0]:10.3f} {values[1]:9.3f} {values[2]:9.3f}")
    means = [statistics.mean(column) for column in columns]
    lines.append(f"{'mean of the ten':<26} {means[0]:10.3f} {means[1]:9.3f} {means[2]:9.3f}")
    sizes = f"{len(ours.published)} and {len(held.published)}"
    return "\n".join([*lines, f"{sizes} agents; constant: the first half's medians on the second"])


def example() -> str:
    """Give the Confluent server's published and estimated values side by side."""
    estimated = estimate(EXAMPLE)
    lines = [f"{'Confluent MCP server':<26}  published  estimated"]
    for name, given, ours in zip(factor_names(), EXAMPLE_PUBLISHED, estimated, strict=True):
        lines.append(f"{name:<26} {given:10.2f} {ours:10.2f}")
    error = statistics.mean(_mean_gaps([EXAMPLE_PUBLISHED], [estimated]))
    return "\n".join([*lines, f"{'mean absolute error':<26} {error:21.3f}"])


def main() -> None:
    """Print both tables."""
    sys.stdout.write(f"{table()}\n\n{example()}\n")


def _published() -> dict[str, dict[str, list[float]]]:
    loaded: dict[str, dict[str, list[float]]] = json.loads(
        (FOLDER / "published.json").read_text(encoding="utf-8")
    )
    return loaded


def _half(slugs: Sequence[str], published: dict[str, Values]) -> Half:
    estimated = {slug: estimate(FOLDER / f"{slug}.yaml") for slug in slugs}
    return Half({slug: published[slug] for slug in slugs}, estimated)


def _mean_gaps(first: Iterable[Values], second: Iterable[Values]) -> Values:
    gaps = [
        tuple(abs(a - b) for a, b in zip(one, other, strict=True))
        for one, other in zip(first, second, strict=True)
    ]
    return tuple(statistics.mean(column) for column in _columns(gaps))


def _columns(rows: Iterable[Values]) -> Iterable[Values]:
    return zip(*rows, strict=True)


if __name__ == "__main__":
    main()
