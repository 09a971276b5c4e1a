"""Places on the 0 to 10 scale of the first page, and the before-and-after strip."""

from dataclasses import dataclass

from threatmodel.policy.guard import Residual
from threatmodel.score.headline import Score

_LEAST_LABEL, _MOST_LABEL = 14.0, 88.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Places in percent of the scale's width."""

    now: float
    """The score today."""

    label: float
    """Middle of its label, kept inside the scale."""

    after: float | None
    """The score with the policy; None without one."""

    low: float
    """Start of the range."""

    width: float
    """Width of the range."""

    middle: float
    """Middle of the range's label, kept inside the scale."""

    told: str
    """All of it in words."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One part of the strip of threats with the policy."""

    style: str
    """o open, r reduced, c closed."""

    width: float
    """Percent."""

    text: str
    """Count and word."""


def scale_of(score: Score, after: Residual | None) -> Scale:
    """Place a score on the scale."""
    told = f"Score {score.value:.1f} of 10, {score.severity}"
    if score.high > score.low:
        told += f"; range {score.low:.1f} to {score.high:.1f}"
    if after is not None:
        told += f"; {after.value:.1f} with the policy"
    return Scale(
        now=_percent(score.value),
        label=_inside(score.value),
        after=None if after is None else _percent(after.value),
        low=_percent(score.low),
        width=_percent(score.high - score.low),
        middle=_inside((score.low + score.high) / 2),
        told=f"{told}.",
    )


def strip_of(numbers: tuple[int, int, int]) -> tuple[Strip, ...]:
    """Divide a strip of threats by how many are open, reduced, closed."""
    parts = tuple(zip("orc", numbers, ("open", "reduced", "closed"), strict=True))
    total = sum(number for _, number, _ in parts) or 1
    return tuple(
        Strip(style, round(100 * number / total, 1), f"{number} {word}")
        for style, number, word in parts
        if number
    )  # fmt: skip


def _percent(points: float) -> float:
    return round(min(max(points, 0.0), 10.0) * 10, 1)


def _inside(points: float) -> float:
    return min(max(_percent(points), _LEAST_LABEL), _MOST_LABEL)
