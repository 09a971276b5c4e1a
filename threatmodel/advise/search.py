"""The cheapest set that passes, exactly.

It collects sets of choices of which at least one must be taken, and takes the cheapest choice
that has one of each: an implicit hitting set.
"""

from collections.abc import Callable, Iterable, Sequence

Passes = Callable[[frozenset[str]], bool]
"""Tells whether a set of choices is enough; a choice more never makes it fail."""


def cheapest(
    efforts: dict[str, int],
    passes: Passes,
    surely: Passes = lambda _: True,
    most: int = 1 << 30,
) -> frozenset[str] | None:
    """Find the cheapest set that passes; None where not even all choices together do.

    Args:
        efforts: Choice -> effort, at least 1.
        passes: Quick test.
        surely: Slow test, asked only of what passed the quick one.
        most: Effort above which no set is looked for.
    """
    everything = frozenset(efforts)
    if not passes(everything):
        return None
    order = sorted(efforts, key=lambda i: (-efforts[i], i))
    needed: list[frozenset[str]] = []
    while True:
        chosen = _hitting(needed, efforts, most)
        if chosen is None:
            return None
        if passes(chosen):
            # The quick test may pass what the full assessment refuses: then at least one more
            # choice is needed.
            if surely(chosen):
                return chosen
            needed.append(everything - chosen)
            continue
        while not passes(chosen):
            failing = _grown(chosen, order, passes)
            core = everything - failing
            needed.append(core)
            chosen |= core


def _grown(start: frozenset[str], order: Sequence[str], passes: Passes) -> frozenset[str]:
    """Add choices as long as the set still fails; many at once, since most do not matter."""
    grown = start
    # The dearest are added first, so that what is left to choose from is cheap.
    waiting = [[choice for choice in order if choice not in start]]
    while waiting:
        some = waiting.pop()
        if not some:
            continue
        more = grown.union(some)
        if not passes(more):
            grown = more
        elif len(some) > 1:
            half = len(some) // 2
            waiting += [some[half:], some[:half]]
    return grown


def _hitting(
    needed: Sequence[frozenset[str]], efforts: dict[str, int], most: int
) -> frozenset[str] | None:
    """Find the cheapest set with a choice of each; None where all take more than the most."""
    if not all(needed):
        return None
    best: list[tuple[int, frozenset[str] | None]] = [(most + 1, None)]

    def search(
        chosen: frozenset[str], barred: frozenset[str], spent: int, left: list[frozenset[str]]
    ) -> None:
        if spent + _least(left, barred, efforts) >= best[0][0]:
            return
        if not left:
            best[:] = [(spent, chosen)]
            return
        core = min(left, key=lambda one: (len(one - barred), sorted(one)))
        for choice in sorted(core - barred, key=lambda i: (efforts[i], i)):
            rest = [one for one in left if choice not in one]
            search(chosen | {choice}, barred, spent + efforts[choice], rest)
            barred |= {choice}

    search(frozenset(), frozenset(), 0, list(needed))
    return best[0][1]


def _least(left: Iterable[frozenset[str]], barred: frozenset[str], efforts: dict[str, int]) -> int:
    """Give what sets without a choice in common cost at least."""
    taken: set[str] = set()
    least = 0
    for core in sorted(left, key=len):
        free = core - barred
        if not free:
            return 1 << 30
        if taken.isdisjoint(free):
            least += min(efforts[choice] for choice in free)
            taken |= free
    return least
