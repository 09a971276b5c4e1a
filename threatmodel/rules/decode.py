"""From packed JSON rows to frozen rows with conditions as bit masks."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from threatmodel.rules.condition import Cases, Masks, literal_codes
from threatmodel.rules.rows import (
    CapabilityRow,
    FactRow,
    Refs,
    SeverityRows,
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
        bit=index.bits[row["id"]],
    )


def capability(row: Packed, index: Index) -> CapabilityRow:
    """Unpack a capability."""
    when = row["when"]
    bit = index.bits[row["id"]]
    return CapabilityRow(row["id"], row["says"], when["text"], index.cases(when), bit)


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


def bit_sets(rows: Iterable[FactRow], index: Index) -> BitSets:
    """Sort the bits of facts and controls; the others are capabilities."""
    sets = dict.fromkeys(("stated", "controls", "raising", "true", "false"), 0)
    for row in rows:
        bit = 1 << row.bit
        sets["stated"] |= bit
        sets["controls"] |= bit if row.family == "k" else 0
        sets["raising"] |= bit if row.raises else 0
        sets["true"] |= bit if row.presumed is True else 0
        sets["false"] |= bit if row.presumed is False else 0
    return BitSets(
        stated=sets["stated"],
        controls=sets["controls"],
        capabilities=(1 << len(index.names)) - 1 & ~sets["stated"],
        raising=sets["raising"],
        presumed=(sets["true"], sets["false"]),
    )


def severity(row: Packed) -> SeverityRows:
    """Unpack the severity table."""
    return SeverityRows(
        impacts=tuple(row["impacts"]),
        likelihoods=tuple(row["likelihoods"]),
        severities=tuple(row["severities"]),
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
