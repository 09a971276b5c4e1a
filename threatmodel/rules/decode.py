"""From packed JSON rows to frozen rows with conditions as bit masks."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from threatmodel.rules.cases import Cases, Masks, literal_codes
from threatmodel.rules.rows import (
    CapabilityRow,
    FactRow,
    LayerRow,
    PriorityRows,
    Refs,
    ThreatRow,
    ThreatTexts,
)


class BitSets(NamedTuple):
    """Facts and capabilities that have something in common, as bits."""

    stated: int
    """What can be stated: facts and controls."""

    controls: int
    """Controls."""

    capabilities: int
    """Capabilities."""

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
"""One packed row."""


class Index(NamedTuple):
    """The shared bit index."""

    bits: dict[str, int]
    """Place of each name."""

    codes: dict[str, int]
    """Code of each literal."""

    names: tuple[str, ...]
    """Name of each place."""

    controls: int
    """Bits of all controls."""

    def cases(self, packed: Packed) -> Cases:
        """Unpack a condition."""
        return Cases.build(packed["true"], packed["false"], self.codes, self.names)


def index_of(names: tuple[str, ...]) -> Index:
    """Index names, which must be sorted."""
    codes = literal_codes(names)
    return Index(
        bits={name: bit for bit, name in enumerate(names)},
        codes=codes,
        names=names,
        controls=sum(codes[name] for name in names if name.startswith("k.")),
    )


def fact(row: Packed, index: Index) -> FactRow:
    """Unpack a fact or control."""
    return FactRow(
        id=row["id"],
        family=row["family"],
        says=row["says"],
        question=row["question"],
        seen_in=tuple(row["from"]),
        presumed=row["presumed"],
        raises=row["raises"],
        belongs=row["belongs"],
        bit=index.bits[row["id"]],
    )


def capability(row: Packed, index: Index) -> CapabilityRow:
    """Unpack a capability."""
    when = row["when"]
    bit = index.bits[row["id"]]
    return CapabilityRow(row["id"], row["says"], when["text"], index.cases(when), bit)


def layer(row: Packed, index: Index) -> LayerRow:
    """Unpack a layer."""
    mapped_by = tuple((index.cases(one["when"]), one["because"]) for one in row["mapped_by"])
    return LayerRow(**{**row, "mapped_by": mapped_by, "asks": tuple(row["asks"])})


def threat(row: Packed, index: Index) -> ThreatRow:
    """Unpack a threat."""
    closed_by, reduced_by = index.cases(row["closed_by"]), index.cases(row["reduced_by"])
    controls = (closed_by.leaves() | reduced_by.leaves()) & index.controls
    return ThreatRow(
        id=row["id"],
        layer=row["layer"],
        also=_names(row, "also"),
        title=row["title"],
        when=index.cases(row["when"]),
        closed_by=closed_by,
        reduced_by=reduced_by,
        controls=controls,
        impact=row["impact"],
        likelihood=row["likelihood"],
        raise_if=_names(row, "raise_if"),
        raise_impact=_names(row, "raise_impact"),
        entry=row["entry"],
        harm=tuple(row["harm"]),
        factors=_names(row, "factors"),
        tools=_names(row, "tools"),
        attack=_names(row, "attack"),
        proxy=row["proxy"],
        clauses=_names(row, "clauses"),
        mitigations=tuple(row["mitigations"]),
        refs=refs_of(row),
        texts=_texts(row),
    )


_SETS = (
    "stated", "controls", "raising", "product", "host", "deployment", "system", "surface", "true",
    "false",
)  # fmt: skip


def bit_sets(rows: Iterable[FactRow], index: Index) -> BitSets:
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


def priority(row: Packed) -> PriorityRows:
    """Unpack the priority table."""
    return PriorityRows(
        impacts=tuple(row["impacts"]),
        likelihoods=tuple(row["likelihoods"]),
        priorities=tuple(row["priorities"]),
        matrix=tuple(tuple(line) for line in row["matrix"]),
        steps=row["steps"],
        states=row["states"],
        proxy_levels=row["proxy_levels"],
    )


def refs_of(row: Packed) -> Refs:
    """Unpack references to public frameworks."""
    return {name: tuple(ids) for name, ids in row.get("refs", {}).items()}


def _texts(row: Packed) -> ThreatTexts:
    return ThreatTexts(
        why=row.get("why", ""),
        check=row.get("check", ""),
        false_positives=row.get("false_positives", ""),
        note=row.get("note", ""),
        when=row["when"]["text"],
        closed_by=row["closed_by"]["text"],
        reduced_by=row["reduced_by"]["text"],
        incidents=_names(row, "incidents"),
    )


def _names(row: Packed, key: str) -> tuple[str, ...]:
    return tuple(row.get(key, ()))
