"""From packed JSON rows to frozen rows with conditions as bit masks."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from functools import lru_cache, partial
from types import NoneType
from typing import Any, NamedTuple, TypeVar, cast, get_args, get_origin, get_type_hints

from threatmodel.rules.cases import Cases, Masks, literal_codes
from threatmodel.rules.rows import (
    CapabilityRow,
    FactRow,
    LayerRow,
    ThreatRow,
    ThreatTexts,
)


class BitSets(NamedTuple):
    """Facts and capabilities that have something in common, as bits."""

    stated: int
    """What can be stated: facts and controls."""
    controls: int
    capabilities: int
    raising: int
    """What makes things worse when true."""
    host: int
    """What is about the host that a server or skill runs in."""
    deployment: int
    """What is about how it is run."""
    system: int
    """What only the flows of a system settle; false for what stands alone."""
    surface: int
    """What a list of tools shows."""
    presumed: Masks
    """What silence is taken to mean: true, false."""


Packed = Mapping[str, Any]

Read = Callable[[Any], Any]
"""Turns a JSON value into what a field holds."""

R = TypeVar("R")


class BitIndex(NamedTuple):
    """The shared bit index."""

    bits: dict[str, int]
    """Place of each name."""
    codes: dict[str, int]
    """Code of each literal."""
    names: tuple[str, ...]
    """Name of each place."""
    controls: int

    def cases(self, packed: Packed) -> Cases:
        """Unpack a condition."""
        return Cases.build(packed["true"], packed["false"], self.codes, self.names)


def index_of(names: tuple[str, ...]) -> BitIndex:
    """Index names, which must be sorted."""
    codes = literal_codes(names)
    return BitIndex(
        bits={name: bit for bit, name in enumerate(names)},
        codes=codes,
        names=names,
        controls=sum(codes[name] for name in names if name.startswith("k.")),
    )


def fact(row: Packed, index: BitIndex) -> FactRow:
    """Unpack a fact or control."""
    return decoded(FactRow, row, seen_in=tuple(row["from"]), bit=index.bits[row["id"]])


def capability(row: Packed, index: BitIndex) -> CapabilityRow:
    """Unpack a capability."""
    when, bit = row["when"], index.bits[row["id"]]
    return decoded(CapabilityRow, row, text=when["text"], when=index.cases(when), bit=bit)


def layer(row: Packed, index: BitIndex) -> LayerRow:
    """Unpack a layer."""
    mapped_by = tuple((index.cases(one["when"]), one["because"]) for one in row["mapped_by"])
    return decoded(LayerRow, row, mapped_by=mapped_by)


def threat(row: Packed, index: BitIndex) -> ThreatRow:
    """Unpack a threat."""
    conditions = {name: index.cases(row[name]) for name in CONDITIONS}
    named = conditions["closed_by"].leaves() | conditions["reduced_by"].leaves()
    written = {name: row[name]["text"] for name in CONDITIONS}
    texts = decoded(ThreatTexts, row, **written)
    return decoded(ThreatRow, row, **conditions, controls=named & index.controls, texts=texts)


CONDITIONS = ("when", "closed_by", "reduced_by")
"""Fields of a threat that are conditions."""


_SETS = (
    "stated", "controls", "raising", "product", "host", "deployment", "system", "surface", "true",
    "false",
)  # fmt: skip


def bit_sets(rows: Iterable[FactRow], index: BitIndex) -> BitSets:
    """Sort the bits of facts and controls; the others are capabilities."""
    sets = dict.fromkeys(_SETS, 0)
    for row in rows:
        bit = 1 << row.bit
        sets["stated"] |= bit
        sets["controls"] |= bit if row.family == "k" else 0
        sets["raising"] |= bit if row.raises else 0
        sets["surface"] |= bit if "tool_schema" in row.seen_in else 0
        sets[row.belongs] |= bit
        sets["true"] |= bit if row.presumed is True else 0
        sets["false"] |= bit if row.presumed is False else 0
    return BitSets(
        stated=sets["stated"],
        controls=sets["controls"],
        capabilities=(1 << len(index.names)) - 1 & ~sets["stated"],
        raising=sets["raising"],
        host=sets["host"],
        deployment=sets["deployment"],
        system=sets["system"],
        surface=sets["surface"],
        presumed=(sets["true"], sets["false"]),
    )


# One decoder for every type of row: what a field holds is what its annotation says.


def decoded(kind: type[R], row: Packed, **worked_out: Any) -> R:  # noqa: ANN401 - values of fields
    """Make a row's record, field by field; what the row leaves out has its default, or is empty.

    Lists become tuples or sets, texts of decimals decimals, inner rows their own records.

    Args:
        kind: A named tuple or a dataclass.
        row: JSON values by field; other keys are left aside.
        worked_out: Fields that do not stand in the row as they are.
    """
    names, plan = _fields(cast("Hashable", kind))
    found = [
        worked_out[name]
        if name in worked_out
        else read(row[name])
        if name in row and read is not None
        else row[name]
        if name in row
        else empty()
        for name, read, empty in plan
    ]
    make: Callable[[list[Any]], R] | None = getattr(kind, "_make", None)  # of named tuples: quicker
    return make(found) if make else _filled(kind, dict(zip(names, found, strict=True)))


def _filled(kind: type[R], values: Packed) -> R:
    """Make a dataclass of what was checked when it was packed, ids among it."""
    made = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


_Plan = tuple[tuple[str, ...], tuple[tuple[str, Read | None, Callable[[], Any]], ...]]
"""Names of a type's fields, and for each its reader, None for what is taken as it is, and what
makes its value where a row leaves it out."""


@lru_cache(maxsize=256)
def _fields(kind: Any) -> _Plan:  # noqa: ANN401 - a type
    """Work out how the fields of a type are read, in order."""
    hints = get_type_hints(kind)
    defaults = getattr(kind, "_field_defaults", {})
    made: dict[str, Any] = {name: partial(_same, value) for name, value in defaults.items()}
    for field in fields(kind) if is_dataclass(kind) else ():
        if field.default is not MISSING:
            made[field.name] = partial(_same, field.default)
        elif field.default_factory is not MISSING:
            made[field.name] = field.default_factory
    plan = [(name, _reader(hint), made.get(name) or _nothing(hint)) for name, hint in hints.items()]
    return tuple(hints), tuple((n, None if read is _same else read, e) for n, read, e in plan)


def _reader(hint: Any) -> Read:  # noqa: ANN401 - an annotation
    inner, holds = get_args(hint), get_origin(hint)
    if hint is Decimal:
        return Decimal
    if hasattr(hint, "_fields") or is_dataclass(hint):
        return partial(decoded, hint)
    if holds in (tuple, frozenset):
        read = _reader(inner[0])
        return holds if read is _same else lambda value: holds(map(read, value))
    if holds is dict or holds is Mapping:
        read = _reader(inner[1])
        return _same if read is _same else lambda value: {k: read(v) for k, v in value.items()}
    if NoneType in inner:
        read = _reader(next(one for one in inner if one is not NoneType))
        return lambda value: None if value is None else read(value)
    return _same


def _nothing(hint: Any) -> Callable[[], Any]:  # noqa: ANN401 - an annotation
    """Give what makes the empty value of a field: no items, None, false or no text."""
    if NoneType in get_args(hint):
        return NoneType
    holds = get_origin(hint) or hint
    return holds if holds in (tuple, frozenset, dict, bool) else str


def _same(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value
