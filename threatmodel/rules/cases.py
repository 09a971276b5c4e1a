"""A compiled condition: the cases in which it holds and those in which it does not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Self

Literals = tuple[str, ...]
"""One case: fact names that must be true and, with a leading `!`, names that must be false."""

Masks = tuple[int, int]
"""Two bit sets over the shared index: the names that must be true, those that must be false."""


def literal_codes(names: tuple[str, ...]) -> dict[str, int]:
    """Give each name its bit, and each `!name` a bit above all of those.

    The literals of a case are distinct, so that their codes add up to both of its masks at once.
    """
    plain = {name: 1 << bit for bit, name in enumerate(names)}
    return plain | {f"!{name}": code << len(names) for name, code in plain.items()}


class Cases(NamedTuple):
    """A condition in three-valued logic, as two lists of cases over bit masks."""

    true_when: tuple[Masks, ...]
    """The condition is true when one of these is met."""
    false_when: tuple[Masks, ...]
    """The condition is false when one of these is met; neither list met means unknown."""
    names: tuple[str, ...]
    """Name of each bit, lowest first."""

    def surely(self, true: int, false: int) -> bool:
        """Tell whether it is known to hold, without telling false from unknown as `holds` does."""
        for must, must_not in self.true_when:
            if must & true == must and must_not & false == must_not:
                return True
        return False

    def holds(self, true: int, false: int) -> bool | None:
        """Tell whether it holds when `true` are known true and `false` known false."""
        for must, must_not in self.true_when:  # not by `surely`: capabilities ask it by the dozen
            if must & true == must and must_not & false == must_not:
                return True
        for must, must_not in self.false_when:
            if must & true == must and must_not & false == must_not:
                return False
        return None

    def explain(self, true: int, false: int) -> tuple[str, ...]:
        """Name the fewest names that decide it, or, undecided, those whose values are missing."""
        verdict = self.holds(true, false)
        if verdict is None:
            return self._name(self._missing(true, false))
        cases = self.true_when if verdict else self.false_when
        met = (c for c in cases if c[0] & true == c[0] and c[1] & false == c[1])
        must, must_not = min(met, key=lambda c: ((c[0] | c[1]).bit_count(), c))
        return self._name(must | must_not)

    def leaves(self) -> int:
        """Give the bits of every name the condition speaks of."""
        return union(must | must_not for must, must_not in (*self.true_when, *self.false_when))

    @classmethod
    def build(
        cls,
        true_when: Iterable[Iterable[str]],
        false_when: Iterable[Iterable[str]],
        codes: Mapping[str, int],
        names: tuple[str, ...],
    ) -> Self:
        """Turn cases written as literals into masks; `codes` from `literal_codes(names)`."""
        # One sum for both masks, parted at the end: nearly five hundred conditions are unpacked at
        # each start.
        split = 1 << len(names)
        return cls(
            tuple([divmod(sum(map(codes.__getitem__, case)), split)[::-1] for case in true_when]),
            tuple([divmod(sum(map(codes.__getitem__, case)), split)[::-1] for case in false_when]),
            names,
        )

    def _missing(self, true: int, false: int) -> int:
        """Bits without a value in the cases that could still come true, else come false."""
        # What could still make it true first: a question is asked to confirm a risk before it is
        # asked to rule one out.
        return _unknown(self.true_when, true, false) or _unknown(self.false_when, true, false)

    def _name(self, mask: int) -> tuple[str, ...]:
        return literal_names(mask, self.names)


def literal_names(mask: int, names: tuple[str, ...]) -> tuple[str, ...]:
    """Name the bits of a mask, lowest first."""
    found: list[str] = []
    while mask:
        lowest = mask & -mask
        found.append(names[lowest.bit_length() - 1])
        mask ^= lowest
    return tuple(found)


def _unknown(cases: tuple[Masks, ...], true: int, false: int) -> int:
    """Bits without a value in the cases that nothing known contradicts."""
    mask = 0
    for must, must_not in cases:
        if not (must & false or must_not & true):
            mask |= (must | must_not) & ~(true | false)
    return mask


# Many conditions tried at once: which of their cases are met, as one set of bits.


# Two bytes of a number are looked up at once: a table of 65,536 rows for each two bytes of names.
_WIDTH = 16
_MOST = 4096
"""Combinations remembered per group; a catalogue of thousands of agents would pile them up."""


class Board:
    """Cases of many conditions, a bit for each.

    A case is unmet as long as one name that it needs is missing. So the missing names are gone
    through, sixteen at a time, and not the cases: that takes a twentieth of trying each of them.
    """

    def __init__(self) -> None:
        """Begin without cases."""
        self._cases: list[Masks] = []
        self._needs: tuple[_Needs, _Needs] | None = None

    def add(self, cases: Sequence[Masks]) -> int:
        """Add the cases of one condition; gives their bits."""
        start = len(self._cases)
        self._cases += cases
        self._needs = None
        return ((1 << len(cases)) - 1) << start

    def cases(self, among: int) -> list[Masks]:
        """Give the cases of some bits."""
        return [self._cases[place] for place in bits(among)]

    def met(self, known: Masks) -> int:
        """Give the bits of the cases that are met by what is known true and known false."""
        if self._needs is None:
            musts, nots = zip(*self._cases, strict=True)
            self._needs = _needs(musts), _needs(nots)
        true, false = self._needs
        every = (1 << len(self._cases)) - 1
        return every & ~(true.unmet(known[0]) | false.unmet(known[1]))


class _Needs:
    """The cases that need each name."""

    def __init__(self, cases: Mapping[int, int]) -> None:
        self._asked = sum(1 << bit for bit in cases)
        groups = -(-self._asked.bit_length() // _WIDTH)
        self._groups = tuple(_Group(cases, _WIDTH * place) for place in range(groups))
        self._bytes = groups * _WIDTH // 8
        self._found: dict[int, int] = {}

    def unmet(self, known: int) -> int:
        """Give the bits of the cases that lack a name; an answer changes one mask of the two."""
        missing = self._asked & ~known
        if missing not in self._found:
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found[missing] = self._unmet(missing)
        return self._found[missing]

    def _unmet(self, missing: int) -> int:
        # Sixteen names a time: a table of 65,536 combinations fills as far as agents need it, one
        # of 200 names never would.
        parts = memoryview(missing.to_bytes(self._bytes, "little")).cast("H")
        unmet = 0
        for group, names in zip(self._groups, parts, strict=True):
            unmet |= group[names]
        return unmet


class _Group(dict[int, int]):
    """Which names of a group are missing -> bits of the cases that need any of them."""

    def __init__(self, cases: Mapping[int, int], start: int) -> None:
        super().__init__()
        self._each = tuple(cases.get(start + place, 0) for place in range(_WIDTH))

    def __missing__(self, names: int) -> int:
        if len(self) >= _MOST:
            self.clear()
        unmet = 0
        for place in bits(names):
            unmet |= self._each[place]
        self[names] = unmet
        return unmet


def _needs(masks: Iterable[int]) -> _Needs:
    cases: dict[int, int] = {}
    for place, mask in enumerate(masks):
        for bit in bits(mask):
            cases[bit] = cases.get(bit, 0) | 1 << place
    return _Needs(cases)


def bits(mask: int) -> Iterable[int]:
    """Give the places of the bits of a mask, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def union(masks: Iterable[int]) -> int:
    """Unite sets of bits."""
    total = 0
    for mask in masks:
        total |= mask
    return total
