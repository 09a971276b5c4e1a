"""Many conditions tried at once: which of their cases are met, as one set of bits."""

from collections.abc import Iterable, Mapping, Sequence

from threatmodel.rules.cases import Masks

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
