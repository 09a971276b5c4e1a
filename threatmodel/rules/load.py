"""Load the compiled knowledge: fast, cached, without YAML, pydantic or networkx."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from threatmodel.files import shipped
from threatmodel.rules.cases import Board, Cases, union
from threatmodel.rules.decode import (
    BitSets,
    bit_sets,
    capability,
    decoded,
    fact,
    index_of,
    layer,
    threat,
)
from threatmodel.rules.masks import Rule, Verdicts, all_verdicts, rule_of
from threatmodel.rules.rows import (
    CapabilityRow,
    Cascade,
    Chain,
    Clause,
    FactRow,
    Host,
    LayerRow,
    Mitigation,
    Namespace,
    PriorityRows,
    ThreatRow,
)

if TYPE_CHECKING:
    from threatmodel.rules.gate import GateRule


FEATURED = (
    "raises",
    "lowers",
    "brakes",
    "owned",
    "opened",
    "flags",
    "traits",
    "otherwise",
    "plain",
    "signals",
)
"""Parts of the class rules that ask for features of a tool."""


def asked_features(rows: Mapping[str, Any]) -> Iterator[str]:
    """Yield every feature that the class rules ask for."""
    for part in FEATURED:
        for row in rows[part]:
            for case in row["when"]:
                for features in case.values():
                    yield from features


M = TypeVar("M")


class Pack(NamedTuple):
    """A rule pack that is part of the rules."""

    id: str
    version: str
    says: str
    owner: str
    """Who answers for it; may be empty."""
    digest: str
    """sha256 over its YAML files."""
    holds: dict[str, tuple[str, ...]]
    """What it brings: kind -> ids."""
    gate: "tuple[GateRule, ...]"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Knowledge:
    """Everything in frameworks/, and in the packs in force, ready for use.

    Compared by identity.
    """

    rules_version: str
    digest: str
    """sha256 over the YAML files it was compiled from."""
    facts: dict[str, FactRow]
    """Facts by id, sorted."""
    controls: dict[str, FactRow]
    """Controls by id, sorted."""
    capabilities: dict[str, CapabilityRow]
    """Capabilities by id, each after those it is made of."""
    threats: tuple[ThreatRow, ...]
    """Threats, sorted by id."""
    by_id: dict[str, ThreatRow]
    """The same, by id."""
    mitigations: dict[str, Mitigation]
    """Mitigations by id, sorted."""
    clauses: dict[str, Clause]
    """Clauses by id, sorted."""
    layers: dict[str, LayerRow]
    """Layers by id, L1 to L7 and XL."""
    cascades: tuple[Cascade, ...]
    """Cascades, sorted by source, kind, target."""
    loops: tuple[tuple[str, ...], ...]
    """Known groups of threats that feed each other."""
    chains: dict[str, Chain]
    """Chains by id."""
    namespaces: dict[str, Namespace]
    """Public frameworks by short name."""
    factors: dict[str, str]
    """Labels of the agentic factors."""
    priority: PriorityRows
    bits: dict[str, int]
    """Place of every fact, control and capability in the shared index; sorted by id."""
    sets: BitSets
    """The same, by what they have in common."""
    codes: dict[str, int]
    """Code of every literal, for `unpack`."""
    rules: tuple[Rule, ...]
    """The threats as bit masks, in the order of `threats`."""
    board: Board
    """The cases of their conditions."""
    verdicts: Verdicts
    """Every possible verdict of a threat."""
    sections: dict[str, Any]
    """Sections that other packages unpack, as JSON values."""
    packs: tuple[Pack, ...] = ()
    """Rule packs in force, in the order in which they were named."""

    def mask(self, *names: str) -> int:
        """Give the bits of some names."""
        return union(1 << self.bits[name] for name in names)

    def pinned(self, refs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Key references by namespace and version, such as `atlas@5.6.0`."""
        return {f"{name}@{self.namespaces[name].version}": ids for name, ids in refs.items()}


_IN_FORCE: list[Knowledge] = []
"""Rules that stand in place of those that ship; none, or one."""


def load_knowledge() -> Knowledge:
    """Give the rules in force: those that ship with the package, loaded once, unless others are."""
    return _IN_FORCE[0] if _IN_FORCE else _shipped()


def put_in_force(knowledge: Knowledge | None) -> None:
    """Let other rules hold in this process and the workers that it forks; None: those that ship."""
    _IN_FORCE[:] = [] if knowledge is None else [knowledge]


@lru_cache(maxsize=1)
def _shipped() -> Knowledge:
    return knowledge_of(shipped_rows())


COMPILED = "compiled.json"
"""The compiled rules below frameworks/, without the sections that lie apart."""

APART = ("policy", "wording")
"""Sections in files of their own: half of all rules, and `aivss score` shows nothing of them."""


def compiled_apart(section: str) -> str:
    """Name the compiled file of such a section."""
    return f"compiled-{section}.json"


class _Sections(dict[str, Any]):
    """Sections by name; one that lies apart is read when it is first asked for."""

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - JSON values
        if name not in APART:
            raise KeyError(name)
        return self.setdefault(name, _read(compiled_apart(name)))


def shipped_rows() -> dict[str, Any]:
    """Read the packed rules that ship with the package; the caller may change what it gets."""
    rows: dict[str, Any] = _read(COMPILED)
    return rows | {"sections": _Sections(rows["sections"])}


def _read(name: str) -> Any:  # noqa: ANN401 - JSON values
    return json.loads(shipped(f"frameworks/{name}").read_bytes())


def unpack(packed: Mapping[str, Any], knowledge: Knowledge) -> Cases:
    """Unpack a condition that a section carries (`Vocabulary.pack`)."""
    return Cases.build(packed["true"], packed["false"], knowledge.codes, tuple(knowledge.bits))


def per_rules(made: Callable[[Knowledge], M]) -> Callable[[Knowledge], M]:
    """Let a function work something out once per set of rules: by their digest."""
    known: dict[str, M] = {}

    @wraps(made)
    def once(knowledge: Knowledge) -> M:
        # By digest and not by identity: rules that a worker or a test loads again are the same
        # rules.
        if knowledge.digest not in known:
            known[knowledge.digest] = made(knowledge)
        return known[knowledge.digest]

    return once


def knowledge_of(data: Mapping[str, Any], packs: tuple[Pack, ...] = ()) -> Knowledge:
    """Turn the compiled JSON into rows; `packs` are those that are in it."""
    # Sorted, so that a bit means the same in each process that has the same rules.
    names = tuple(sorted(row["id"] for row in (*data["facts"], *data["capabilities"])))
    index = index_of(names)
    facts = [fact(row, index) for row in data["facts"]]
    threats = tuple(threat(row, index) for row in data["threats"])
    table, board = decoded(PriorityRows, data["priority"]), Board()
    return Knowledge(
        rules_version=data["rules_version"],
        digest=data["digest"],
        facts={row.id: row for row in facts if row.family != "k"},
        controls={row.id: row for row in facts if row.family == "k"},
        capabilities={row["id"]: capability(row, index) for row in data["capabilities"]},
        threats=threats,
        by_id={row.id: row for row in threats},
        mitigations={row["id"]: decoded(Mitigation, row) for row in data["mitigations"]},
        clauses={row["id"]: decoded(Clause, row) for row in data["clauses"]},
        layers={row["id"]: layer(row, index) for row in data["layers"]},
        cascades=tuple(Cascade(**row) for row in data["cascades"]),
        loops=tuple(tuple(loop) for loop in data["loops"]),
        chains={row["id"]: decoded(Chain, row) for row in data["chains"]},
        namespaces={row["id"]: decoded(Namespace, row) for row in data["namespaces"]},
        factors=data["factors"],
        priority=table,
        bits=index.bits,
        sets=bit_sets(facts, index),
        codes=index.codes,
        rules=tuple(rule_of(row, index.bits, table, board) for row in threats),
        board=board,
        verdicts=all_verdicts(table),
        sections=data["sections"],
        packs=packs,
    )


# Derivations as the engine reads them.


class Derivation(NamedTuple):
    """One conclusion from facts to a fact; `DerivationSource` says what its fields hold."""

    id: str
    fact: str
    value: bool
    kind: tuple[str, ...]
    because: str
    when: Cases | None
    """Condition; None always holds."""
    unless: Cases | None
    """Condition that stops it when known true."""
    bit: int
    """Bit of the fact it concludes."""
    leaves: int
    """Bits of every name that its conditions speak of."""

    def holds(self, true: int, false: int) -> bool:
        """Tell whether it holds for known facts."""
        if self.unless is not None and self.unless.holds(true, false):
            return False
        return self.when is None or self.when.holds(true, false) is True


class Settings(NamedTuple):
    """Hosts and derivations."""

    hosts: dict[str, Host]
    """Host id -> host."""
    rules: tuple[Derivation, ...]
    """In order."""


@per_rules
def settings_of(knowledge: Knowledge) -> Settings:
    """Give the hosts and derivations of the rules."""
    hosts = knowledge.sections["hosts"]
    rules = tuple(_derivation(row, knowledge) for row in knowledge.sections["derivations"])
    return Settings({name: decoded(Host, row, id=name) for name, row in hosts.items()}, rules)


def _derivation(row: Mapping[str, Any], knowledge: Knowledge) -> Derivation:
    when, unless = (unpack(row[n], knowledge) if row[n] else None for n in ("when", "unless"))
    leaves = (when.leaves() if when else 0) | (unless.leaves() if unless else 0)
    bit = 1 << knowledge.bits[row["fact"]]
    return decoded(Derivation, row, when=when, unless=unless, bit=bit, leaves=leaves)
