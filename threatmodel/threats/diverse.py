"""Which of many paths are told: those that differ most, and what hurts."""

from collections.abc import Collection, Sequence
from itertools import islice

from threatmodel.threats.routes import Route


def diverse(
    ranked: Sequence[tuple[Route, float]],
    most: int,
    grave: Collection[str] = (),
    told_else: Collection[str] = (),
) -> list[tuple[Route, float]]:
    """Pick paths that differ in way in and damage, then in damage, then in either.

    Damage that tools do to people or things is always among them: `grave`. What is told as worse
    damage that is there too waits until all other damage is told: `told_else`.
    """
    hurts = (pair for pair in ranked if pair[0].impact in grave)
    chosen: list[tuple[Route, float]] = list(islice(hurts, 1))
    first = [pair for pair in ranked if pair[0].impact not in told_else]
    # Five ways into the same leak tell a reader one thing: the next round is only asked where the
    # stricter one leaves room.
    rounds = (
        (_same_part, first),
        (_same_damage, first),
        (_same_ends, ranked),
        (_same_story, ranked),
    )
    for alike, pairs in rounds:
        for pair in pairs:
            if len(chosen) < most and not any(alike(pair, other) for other in chosen):
                chosen.append(pair)
    return sorted(chosen, key=ranked.index)


def _same_part(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    return _same_damage(one, other) or one[0].entry == other[0].entry


def _same_damage(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    return one[0].impact == other[0].impact


def _same_ends(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    return _same_damage(one, other) and one[0].threats[0] == other[0].threats[0]


def _same_story(one: tuple[Route, float], other: tuple[Route, float]) -> bool:
    """Tell whether two paths have the same ends and the same middle or the same score."""
    middles = set(one[0].threats[1:-1]) == set(other[0].threats[1:-1])
    return _same_ends(one, other) and (middles or one[1] == other[1])
