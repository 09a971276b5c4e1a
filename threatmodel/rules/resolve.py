"""From checked source records to packed rows, with every cross-reference resolved."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from graphlib import CycleError, TopologicalSorter
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter

from threatmodel.errors import AivssError, gathered, refuse
from threatmodel.rules.condition import (
    ConditionError,
    Dnf,
    Node,
    compile_condition,
    parse_condition,
    polarities,
)
from threatmodel.rules.sources import CascadeSource, Sources
from threatmodel.rules.threats import FactSource, ThreatSource

Row = dict[str, Any]
"""One packed row: JSON values only."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names that conditions may use."""

    facts: frozenset[str]
    """Facts and capabilities: what makes a threat apply."""
    controls: frozenset[str]
    """Controls: what closes or reduces it."""
    capabilities: Mapping[str, str] = field(default_factory=dict)
    """Capability -> its condition."""
    meanings: Mapping[str, Node] = field(default_factory=dict)
    """Name -> what it stands for in every condition."""

    @property
    def all(self) -> frozenset[str]:
        """Every name that has a bit."""
        return self.facts | self.controls

    def naming(self, conditions: Mapping[str, str]) -> "Vocabulary":
        """Let names stand for conditions; what cannot be read stands for itself."""
        meanings: dict[str, Node] = {}
        for name, text in conditions.items():
            with suppress(ConditionError):
                meanings[name] = parse_condition(text, self.all)
        return replace(self, facts=self.facts | conditions.keys(), meanings=meanings)

    def after(self, names: Mapping[str, str], *rows: Callable[[], Row]) -> list[Row]:
        """Pack rows after reading what names stand for; raises the faults of both."""
        steps: list[Callable[[], Row]] = [
            partial(self.pack, text, self.all, f"names, {name}") for name, text in names.items()
        ]
        return gathered([*steps, *rows])[len(names) :]

    def pack(self, text: str, names: Iterable[str], place: str) -> Row:
        """Compile a condition over `names`; AivssError names the place where it cannot be read."""
        dnf = self.compile(text, names, place)
        return {"text": text, "true": dnf.true_when, "false": dnf.false_when}

    def row(self, record: BaseModel, place: str, **conditions: Iterable[str]) -> Row:
        """Pack a record with its conditions compiled, each over its names; an empty one is None.

        Raises an AivssError for one fault, an ExceptionGroup for several.
        """
        row: Row = record.model_dump(mode="json")
        told = {name: text for name in conditions if (text := row[name])}
        packed = gathered(
            partial(self.pack, text, conditions[name], f"{place}, {name}")
            for name, text in told.items()
        )
        return row | dict.fromkeys(conditions) | dict(zip(told, packed, strict=True))

    def compile(self, text: str, names: Iterable[str], place: str) -> Dnf:
        """Give the cases of a condition over `names`; AivssError names the place."""
        try:
            return compile_condition(text, frozenset(names), self.meanings)
        except ConditionError as error:
            said = f"{place}: {error.message} at character {error.column}"
            raise AivssError(said, hint=error.hint) from error


def vocabulary(sources: Sources) -> Vocabulary:
    """Collect every name that conditions may use."""
    made_of = {name: row.when for name, row in sources.capabilities.capabilities.items()}
    facts = frozenset(fact for file in sources.facts for fact in file.facts)
    return Vocabulary(facts | made_of.keys(), frozenset(sources.controls.controls), made_of)


def fact_rows(sources: Sources) -> list[Row]:
    """Pack facts and then controls, each sorted by id; AivssError on a fact used both ways."""
    _check_polarity(sources)
    facts = {k: v for file in sources.facts for k, v in file.facts.items()}
    rows = [
        {"id": k, "family": k.split(".")[0], **dump(v)}
        | {"from": list(v.seen_in), "presumed": v.presumed, "raises": v.raises}
        | {"belongs": v.belongs}
        for k, v in sorted(facts.items())
    ]
    return rows + [
        {"id": k, "family": "k", **dump(v), "from": [], "presumed": None, "raises": False}
        | {"belongs": v.belongs}
        for k, v in sorted(sources.controls.controls.items())
    ]


def capability_rows(sources: Sources, words: Vocabulary) -> list[Row]:
    """Pack capabilities, each after those it is made of; AivssError when they go in a circle."""
    known = sources.capabilities.capabilities
    conditions = gathered(
        partial(words.pack, source.when, words.facts, f"capability {name}")
        for name, source in known.items()
    )
    return capabilities_in_order(
        {"id": name, "says": source.says, "when": packed}
        for (name, source), packed in zip(known.items(), conditions, strict=True)
    )


def capabilities_in_order(capabilities: Iterable[Row]) -> list[Row]:
    """Sort packed capabilities, each after those it is made of; AivssError for a circle."""
    rows = {row["id"]: row for row in capabilities}
    made_of = {name: _parts_of(row["when"]) for name, row in rows.items()}
    try:
        order = tuple(TopologicalSorter(made_of).static_order())
    except CycleError as error:
        said = f"capabilities in a circle: {' -> '.join(error.args[1])}"
        raise AivssError(said, hint="let one of them name facts alone") from error
    return [rows[name] for name in _steady(order, made_of)]


def _parts_of(packed: Row) -> set[str]:
    leaves = {leaf.lstrip("!") for case in packed["true"] for leaf in case}
    return {leaf for leaf in leaves if leaf.startswith("c.")}


def threat_rows(sources: Sources, words: Vocabulary) -> list[Row]:
    """Pack threats, sorted by id; AivssError when one names something that does not exist."""
    rows = gathered(
        partial(_threat, file.layer, name, threat, words)
        for file in sources.threats
        for name, threat in file.threats.items()
    )
    return sorted(rows, key=lambda row: str(row["id"]))


def _threat(layer: str, name: str, threat: ThreatSource, words: Vocabulary) -> Row:
    place = f"threat {name}"
    pack: dict[str, Callable[[], Row]] = {
        "when": partial(words.pack, threat.when, words.facts, f"{place}, when"),
        "closed_by": partial(words.pack, threat.closed_by, words.all, f"{place}, closed_by"),
        "reduced_by": partial(words.pack, threat.reduced_by, words.all, f"{place}, reduced_by"),
    }
    conditions = dict(zip(pack, gathered(pack.values()), strict=True))
    refs = {k: [str(v) for v in ids] for k, ids in threat.refs.items() if ids}
    return {"id": name, "layer": layer, **dump(threat), **conditions, "refs": refs}


def _check_polarity(sources: Sources) -> None:
    """A fact either makes things worse or better, wherever it is named; raises every fault."""
    worse, better = _used(sources)
    faults = [
        fault
        for file in sources.facts
        for name, fact in file.facts.items()
        for fault in _misused(name, fact, name in worse, name in better)
    ]
    faults += [
        AivssError(f"control {name} makes things worse", hint="name it in closed_by or reduced_by")
        for name in sorted(set(sources.controls.controls) & worse)
    ]
    refuse(faults)


def _misused(name: str, fact: FactSource, worse: bool, better: bool) -> Iterator[AivssError]:  # noqa: FBT001
    if (worse and better) != fact.mixed:
        used = "both ways" if worse and better else "one way"
        hint = "set `mixed` to what is meant, or mend the condition"
        yield AivssError(f"fact {name} is used {used}", hint=hint)
    elif not fact.mixed and (better if fact.raises else worse):
        raises = str(fact.raises).lower()
        message = f"fact {name}: `raises: {raises}`, but conditions say otherwise"
        yield AivssError(message, hint="turn `raises` round, or mend the conditions that name it")


def _used(sources: Sources) -> tuple[set[str], set[str]]:
    """Names whose truth makes things worse, and names whose truth makes things better."""
    names = vocabulary(sources).all
    used: dict[bool, set[str]] = {True: set(), False: set()}
    for text, up in _conditions(sources):
        for name, positive in polarities(parse_condition(text, names)):
            used[positive == up].add(name)
    return used[True], used[False]


def _conditions(sources: Sources) -> Iterable[tuple[str, bool]]:
    """Every condition with whether its truth makes things worse."""
    for capability in sources.capabilities.capabilities.values():
        yield capability.when, True
    for file in sources.threats:
        for threat in file.threats.values():
            yield threat.when, True
            yield " or ".join((*threat.raise_if, *threat.raise_impact)), True
            yield threat.closed_by, False
            yield threat.reduced_by, False


def _steady(order: Iterable[str], made_of: Mapping[str, set[str]]) -> list[str]:
    """Sort by depth, then id, so that the order never depends on the file's."""
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = max((depth[part] + 1 for part in made_of[name]), default=0)
    return sorted(depth, key=lambda name: (depth[name], name))


def dump(record: object) -> Row:
    """Give the fields that differ from their defaults, as JSON values."""
    adapter = _adapter(cast("Hashable", type(record)))
    row: Row = adapter.dump_python(record, mode="json", exclude_defaults=True, by_alias=True)
    row.pop("mixed", None)
    return row


@lru_cache(maxsize=64)
def _adapter(kind: Hashable) -> TypeAdapter[object]:
    return TypeAdapter(cast("type[object]", kind))


# Packed rows of all that hangs on threats: layers, mitigations, clauses, cascades, chains.


def layer_rows(sources: Sources, words: Vocabulary) -> list[Row]:
    """Pack layers in the order L1 to L7, XL."""
    layers = sources.layers.layers
    rows = []
    for name in sorted(layers, key=lambda name: (layers[name].number or 8, name)):
        mapped_by = [words.row(r, f"layer {name}", when=words.all) for r in layers[name].mapped_by]
        rows.append({"id": name, **layers[name].model_dump(mode="json"), "mapped_by": mapped_by})
    return rows


def cascade_rows(sources: Sources) -> list[Row]:
    """Pack cascades, one row per edge, sorted."""
    return [
        {"source": source, "target": target, "kind": kind}
        for source, cascade in sorted(sources.cascades.cascades.items())
        for kind, targets in _edges(cascade)
        for target in sorted(targets)
    ]


def priority_row(sources: Sources) -> Row:
    """Pack the priority table: matrix rows in the order of `impacts`."""
    row: Row = sources.priority.model_dump(mode="json")
    return row | {"matrix": [row["matrix"][impact] for impact in row["impacts"]]}


def packed(file: BaseModel, section: str) -> list[Row]:
    """Pack the rows of a section as they are written, sorted by id."""
    rows = file.model_dump(mode="json", exclude_defaults=True)[section]
    return [{"id": name, **row} for name, row in sorted(rows.items())]


def _edges(cascade: CascadeSource) -> Iterable[tuple[str, tuple[str, ...]]]:
    yield "amplifies", cascade.amplifies
    yield "enables", cascade.enables
    yield "hides", cascade.hides
